"""What stands for a name that nobody knows is no name, and what is known beside it is not lost. All people are invented."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import NotComparable, is_nobody, name_keys, placeholders, read_birth_date, read_name, read_person
from protocol.names.placeholders import ANYWHERE, BESIDE, PEOPLE, WHOLE, without_placeholders
from protocol.names.rarity import is_common_given_name, is_common_surname

BORN = read_birth_date("1990-05-31")
PHRASES = [phrase for lists in (ANYWHERE, WHOLE) for phrases in lists.values() for phrase in phrases.split("|")]
OF_ALL = [phrase for phrases in ANYWHERE.values() for phrase in phrases.split("|")]


def keys(given_names: str, surnames: str) -> set[str]:
    return {key.canonical for key in name_keys(read_person(given_names, surnames, BORN))}


def test_two_unnamed_people_of_one_birth_date_shared_keys_and_share_none_now(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as weakened:
        weakened.setattr("protocol.names.people.without_placeholders", lambda words: words)
        assert keys("NN", "Quispe") & keys("NN", "Luna") == {"date/n000/1990-05-31"}
    assert not keys("NN", "Quispe") & keys("NN", "Luna")


@pytest.mark.parametrize(
    "written",
    [
        *("NN", "N.N.", "n/n", "N. N.", "N N", "NNN", "N/A", "N.A.", "S/D", "s.d.", "s/n", "XX", "xxx", "X X X", "ZZZ"),
        *("Desconocido", "DESCONOCIDA", "Unknown", "Inconnu", "Inconnue", "Desconhecido", "Desconhecida", "Unidentified"),
        *(
            "Sin nombre",
            "No identificada",
            "Não identificado",
            "não informado",
            "Non identifiée",
            "Sans nom",
            "No name",
            "No consta",
        ),
        *("se desconoce", "Se ignora", "Por establecer", "A identificar", "To be identified", "Anónimo"),
        *("Apellido desconocido", "Nombre y apellidos desconocidos", "NN masculino", "Sujeto NN", "Persona no identificada"),
        *("unidentified male", "Homem não identificado", "Nom inconnu", "NN 1", "NN-2", "Desconocido 3"),
        *("Fulano de Tal", "Identidad reservada", "No name"),
        *("John Doe", "Jane Doe", "idem", "null", "Testigo protegido", "nn nn", "sin nombre sin apellidos", "de NN"),
    ],
)
def test_what_registers_write_for_an_unknown_name_is_nobody(written: str) -> None:
    assert is_nobody(written)
    assert read_person(written, "Quispe", None).given == ()
    assert read_person("Rosa", written, None).surnames == ()


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Pérez NN", ("perez",)),
        ("Pérez N.N.", ("perez",)),
        ("NN Pérez", ("perez",)),
        ("Pérez XX", ("perez",)),
        ("Pérez, segundo apellido desconocido", ("perez",)),
        ("Pérez (desconocido)", ("perez",)),
        ("Pérez - se ignora", ("perez",)),
        ("Souza não informado", ("souza",)),
        ("Baptiste inconnu", ("baptiste",)),
        ("Smith unknown", ("smith",)),
    ],
)
def test_the_part_of_a_name_that_is_known_is_not_lost(written: str, known: tuple[str, ...]) -> None:
    assert read_name(written) == known


@pytest.mark.parametrize(
    "written",
    [
        *("Nannette", "Nona", "Xenia", "Ana", "Anne", "Donoso", "Nadia", "Null Quispe", "Na Ri", "Van Nunen", "Reservado Ruiz"),
        *(
            "Segundo",
            "Segundo Primo",
            "Primo",
            "Hombre Nuevo",
            "Nombre de Dios",
            "Noname",
            "Unknownia",
            "Doe",
            "Nadie Ruiz",
            "Tal",
        ),
    ],
)
def test_whoever_is_called_nearly_so_keeps_the_name(written: str) -> None:
    assert not is_nobody(written)
    words = read_name(written)
    assert (
        without_placeholders(words)
        == words
        == tuple(re.findall("[a-z]+", written.lower().replace("de ", "").replace("van ", "")))
    )


def test_every_phrase_is_written_as_names_are_read_and_stands_once() -> None:
    for phrase in (*PHRASES, *PEOPLE):
        with pytest.MonkeyPatch.context() as plain:
            plain.setattr("protocol.names.people.without_placeholders", lambda words: words)
            assert read_name(phrase) == tuple(phrase.split())
    for lists in (ANYWHERE, WHOLE):
        for phrases in lists.values():
            assert len(set(phrases.split("|"))) == len(phrases.split("|"))
    assert not set(OF_ALL) & {phrase for phrases in WHOLE.values() for phrase in phrases.split("|")}


def test_no_common_name_of_the_region_is_one() -> None:
    words = {phrase for phrase in (*PHRASES, *BESIDE) if " " not in phrase and len(phrase) > 1}
    assert {word for word in words if is_common_given_name(word) or is_common_surname(word)} == set()
    assert placeholders.PEOPLE


@given(st.lists(st.sampled_from([*PHRASES, *PEOPLE, *sorted(BESIDE), "nn", "xx", "quispe", "luna"]), max_size=8).map(" ".join))
def test_what_is_left_holds_nothing_more_that_would_go(written: str) -> None:
    known = without_placeholders(tuple(written.split()))
    assert without_placeholders(known) == known
    assert set(known) <= set(written.split())


@given(st.sampled_from(OF_ALL), st.sampled_from(["Quispe", "Luna Ruiz", "Mamani"]), st.booleans())
def test_beside_any_of_them_that_nobody_bears_the_name_stays(phrase: str, name: str, behind: bool) -> None:
    assert read_name(f"{name} {phrase}" if behind else f"{phrase} {name}") == read_name(name)


@given(st.text(max_size=40))
def test_no_text_is_anything_but_a_name_nothing_or_refused(text: str) -> None:
    try:
        words = read_name(text)
    except NotComparable:
        return
    assert without_placeholders(words) == words
