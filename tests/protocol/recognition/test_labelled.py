"""People in lines. All people are invented."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import DateOrder, PersonReason
from protocol.recognition import Clue, Confidence, PersonDoubt
from protocol.recognition.labelled import find_people

PERSON = "juan/perez gomez/1990-03-12"


def people(line: str, order: DateOrder | None = DateOrder.DAY_FIRST) -> list[tuple[list[str], str | None, Confidence]]:
    return [
        ([line[start:end] for start, end in each.pieces], each.candidates[0].canonical, each.candidates[0].confidence)
        for each in find_people(line, order)
    ]


def names(line: str) -> list[str | None]:
    return [canonical for _, canonical, _ in people(line)]


@pytest.mark.parametrize(
    "line",
    [
        "Nombre: Juan Pérez Gómez, FN 12/03/1990",
        "NOMBRE: JUAN PÉREZ GÓMEZ, NACIDO EL 12/03/1990",
        "nombre: juan pérez gómez; f. nac.: 12-03-1990",
        "Nome completo: Juan Pérez Gómez, nascido em 12 de março de 1990",
        "Nome: Juan Pérez Gómez, nascido em Porto Alegre, em 12.03.1990",
        "name Juan Pérez Gómez born March 12, 1990",
        "Full name: Juan Pérez Gómez. DNI 30.123.456. Date of birth 12/03/1990",
        "Nom: Juan Pérez Gómez, né le 12 mars 1990",
        "Nom complet : Juan Pérez Gómez, né(e) le 12/03/1990",
        "Nombre: Juan Pérez Gómez, hijo de Pedro y Ana, nacido el 12/03/1990",
        "FN 12/03/1990, nombre: Juan Pérez Gómez",
        "2) Nombre: Juan Pérez Gómez con domicilio en Lima, FN 12/03/1990",
        'Nombre: "Juan Pérez Gómez", FN.12/03/1990',
        "Nombre: Juan Pérez Gómez, Colombia, FN 12/03/1990",
        "Nombre: Juan Pérez Gómez, Bogotá; FN 12/03/1990",
        "NOMBRE DEL IMPUTADO: JUAN PÉREZ GÓMEZ; FECHA DE NACIMIENTO: 12/03/1990",
        "Nombre: Juan Pérez Gómez, nacido en Born el 12/03/1990",
        "Nombre: Juan Pérez Gómez vive aquí, FN 12/03/1990",
    ],
)
def test_a_labelled_name_and_birth_date_are_a_person_whose_parting_is_asked(line: str) -> None:
    ((_, canonical, confidence),) = people(line)
    assert (canonical, confidence) == (PERSON, Confidence.LIKELY)


@pytest.mark.parametrize(
    "line",
    [
        "Apellidos: Pérez Gómez; Nombres: Juan; FN: 12/03/1990",
        "Nombre: Juan, apellido paterno: Pérez, apellido materno: Gómez, nacido el 12/03/1990",
        "Surname: Pérez Gómez, given names: Juan, D.O.B. 12 March 1990",
        "Nom: Pérez Gómez, prénom(s): Juan, née le 12 mars 1990",
        "Nombre: PÉREZ GÓMEZ, Juan; FN 12/03/1990",
        "Nombre: Pérez Gómez, Juan; FN 12/03/1990",
        "Apellidos y nombres: Pérez Gómez, Juan; FN 12/03/1990",
        "Ap. y Nombre: Pérez Gómez, Juan; F. de nac. 12/3/1990",
        "Nombres: Juan Apellidos: Pérez Gómez Fecha de nacimiento: 12/03/1990",
        "Prénom : Juan ; Nom : Pérez Gómez; Né le : 12/03/1990",
    ],
)
def test_labels_or_a_comma_that_part_the_name_make_it_certain(line: str) -> None:
    ((_, canonical, confidence),) = people(line)
    assert (canonical, confidence) == (PERSON, Confidence.CERTAIN)


@pytest.mark.parametrize(
    "line",
    [
        "Fecha de nacimiento: 12/03/1990",
        "Nombre de la madre: Ana Ruiz, FN 12/03/1960",
        "NOMBRE DEL BUQUE: SANTA ROSA, FN 12/03/1990",
        "NOMBRE DE LA CALLE SANTA ROSA, FN 12/03/1990",
        "Mother's name: Grace Brown, born 12/03/1960",
        "Mother's surname: Brown, born 12/03/1960",
        "Dijo su nombre: Juan Pérez Gómez, FN 12/03/1990",
        "Nombre: Hotel Santa Rosa, FN 12/03/1990",
        "Nombre: se desconoce, FN 12/03/1990",
        "Nombre: N/N, FN 12/03/1990",
        "Nombre: alias Nadie, FN 12/03/1990",
        "Nombre: DNI 30123456, FN 12/03/1990",
        "nombre rosa, FN 12/03/1990",
        "nacido el 12/03/1990",
        "Nombre: 4711, FN 12/03/1990",
        "LIMA, Perú; 12/03/1990",
        "SALVADOR, BAHIA; 12/03/1990",
        "PÉREZ GÓMEZ, Juan; mañana",
        "Pérez Gómez, juan; 12/03/1990",
        "HOTEL LÓPEZ, Rosa; 12/03/1990",
        "LÓPEZ, Rosa salió 12/03/1990",
        "Zyx, Rosa; 12/03/1990",
        "CARTAGENA, Bolivia Colombia; FN",
        "El buque, 12/03/1990",
        "Nombre: \u0640, FN 12/03/1990",
        "Detenido: tres sujetos",
        "Detenido: tres sujetos, 17/09/2021",
        "Imputado: por establecer",
        "Testigo: Sí",
        "Víctima: MENOR DE EDAD, 15 años",
        "Denunciante: Policía Nacional",
        "Capturado: Hotel Santa Rosa, 12/03/2024",
        "Nombre: Operación Escudo",
        "name Juan Pérez Gómez",
        "el imputado Juan Pérez Gómez",
        "El imputado llamó el 12/03/1990",
        "Juan Pérez Gómez habló. FN 12/03/1990",
        "Datos personales FN 12/03/1990",
        "Juan FN 1990",
        "juan pérez FN 1990",
        "1) Villa María, Córdoba (12/03/2024)",
        "1) Quispe, Zyxwick (12/03/2024)",
        "Zyx Wick, Quorla, 12/03/2024",
    ],
)
def test_other_lines_hold_nobody(line: str) -> None:
    assert people(line) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Nombre: Juan Pérez Gómez", "juan/perez gomez/"),
        ("nombre: juan pérez gómez", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez, cel 987 555 014", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez, detenido el 12/03/1990", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez, nacido en Lima y detenido el 12/03/1990", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez, nacido el 12 de marzo", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez, 1990", "juan/perez gomez/"),
        ("Nombre: Juan Pérez Gómez Madre apellidos: Ruiz, FN 12/03/1990", "juan/perez gomez/"),
        ("Nombre: Juan Pérez. Su hija, nacida el 12/03/2010", None),
        ("Nombre: Juan Pérez; hija: nacida el 12/03/2010", None),
        ("Nombre: Juan Pérez, su hija Ana, FN 12/03/2010", None),
        ("Nombre: Juan Pérez. Luego habló de Ana. Nacida el 12/03/2010", None),
        ("El celular lo usa el imputado Nombre: Juan Pérez Gómez y vive en Lima", "juan/perez gomez/"),
    ],
)
def test_whoever_a_label_announces_is_accounted_for_without_a_birth_date_too(line: str, expected: str | None) -> None:
    """What lacks is told, and nobody else's date is taken."""
    (found,) = find_people(line, DateOrder.DAY_FIRST)
    first = found.candidates[0]
    assert (first.canonical, first.confidence) == (expected, Confidence.LIKELY)
    assert first.person.born is None
    assert first.needs is (None if expected else PersonReason.NEEDS_BIRTH_DATE)


@pytest.mark.parametrize(
    "line",
    [
        "Capturado: JUAN PÉREZ GÓMEZ, fecha de nacimiento: 12/03/1990",
        "• preso: Juan Pérez Gómez, nasc. 12/03/1990",
        "- Arrêté : Juan Pérez Gómez, né le 12/03/1990",
        "* Suspect: Juan Pérez Gómez, DOB 12 Mar 1990",
        "Imputado n.º 2: Juan Pérez Gómez; FN 12/03/1990",
        "Detenido - Juan Pérez Gómez, FN 12/03/1990",
        "el imputado Juan Pérez Gómez, nacido el 12/03/1990, llamó",
        "Testigo: Nombre: Juan Pérez Gómez, FN 12/03/1990",
        "Testigo presencial: Juan Pérez Gómez, FN 12/03/1990",
        "Denunciante: Sr. Juan Pérez Gómez, FN 12/03/1990",
        "Suspect: Mr Juan Pérez Gómez, born 12/03/1990",
        "La víctima Juan Pérez Gómez nacido el 12/03/1990 en Lima",
        'Investigado: Juan Pérez Gómez (a) "Nadie", F.N. 12/03/1990',
    ],
)
def test_what_somebody_is_in_the_case_announces_a_name(line: str) -> None:
    ((_, canonical, confidence),) = people(line)
    assert (canonical, confidence) == (PERSON, Confidence.LIKELY)


@pytest.mark.parametrize(
    "line",
    [
        "MENOR: Pérez Gómez, Juan; 12/03/1990",
        "agraviado Pérez Gómez, Juan, 12/03/1990",
        "Detenido: Juan Pérez Gómez (12/03/1990)",
        'Detenido: Juan Pérez Gómez, alias "Nadie", 12/03/1990',
    ],
)
def test_a_date_right_behind_an_announced_name_is_taken_with_a_doubt(line: str) -> None:
    (found,) = find_people(line, DateOrder.DAY_FIRST)
    assert found.candidates[0].canonical == PERSON
    assert PersonDoubt.NOT_SAID_TO_BE_BIRTH in found.candidates[0].doubts


def test_a_role_begins_the_next_person() -> None:
    assert names("Nombre: Ana Ruiz, imputado: Luis Rey, FN 13/04/1985") == [None, "luis/rey/1985-04-13"]
    assert names("Imputado: Ana Ruiz, FN 12/03/1990; testigo: Luis Rey, FN 13/04/1985") == [
        "ana/ruiz/1990-03-12",
        "luis/rey/1985-04-13",
    ]
    assert names("Nombre: Ana Ruiz, celular 300 555 0147, viajaba con Nombre: Luis Rey, FN 13/04/1985") == [
        None,
        "luis/rey/1985-04-13",
    ]


def test_a_plural_announces_each_name_of_its_list() -> None:
    for line in (
        "Imputados: Juan Pérez Gómez y Luis Quispe Mamani",
        "Suspects: Juan Pérez Gómez, Luis Quispe Mamani",
        "Detenidos: Juan Pérez Gómez, y Luis Quispe Mamani y otros",
    ):
        assert [person.candidates[0].canonical for person in find_people(line, None)] == [
            "juan/perez gomez/",
            "luis/quispe mamani/",
        ]
    assert names("Imputados: PÉREZ GÓMEZ, Juan y QUISPE MAMANI, Luis") == ["juan/perez gomez/", "luis/quispe mamani/"]


def test_a_comma_behind_a_role_parts_the_name() -> None:
    ((_, canonical, confidence),) = people("Detenido: PÉREZ GÓMEZ, Juan, FN 12/03/1990")
    assert (canonical, confidence) == (PERSON, Confidence.CERTAIN)


def test_surnames_without_a_list_before_unknown_given_names_are_joined_with_a_doubt() -> None:
    (found,) = find_people("Detenido: QUISPE ZYX, QUORLA, FN 12/03/1990", DateOrder.DAY_FIRST)
    assert found.candidates[0].canonical == "quorla/quispe zyx/1990-03-12"
    assert PersonDoubt.GUESSED_PARTS in found.candidates[0].doubts
    assert [found.candidates[0].person.given for found in find_people("Nombre: Juan Pérez Gómez, Bogotá; FN 1990", None)] == [
        ("juan",)
    ]


def test_surnames_a_comma_given_names_and_a_date_are_asked_about() -> None:
    for line in ("PÉREZ GÓMEZ, Juan; 12/03/1990", "1. Pérez Gómez, Juan\t12/03/1990", '"PÉREZ GÓMEZ, JUAN"|12/03/1990'):
        (found,) = find_people(line, DateOrder.DAY_FIRST)
        (person,) = found.candidates
        assert (person.canonical, person.confidence, person.clues) == (PERSON, Confidence.LIKELY, (Clue.ORDER,))
        assert person.doubts == {PersonDoubt.NOT_SAID_TO_BE_BIRTH}
    (found,) = find_people("PÉREZ GÓMEZ, Juan, nacido el 12/03/1990", DateOrder.DAY_FIRST)
    assert found.candidates[0].doubts == {PersonDoubt.GUESSED_PARTS}


def test_every_piece_has_its_place() -> None:
    assert [pieces for pieces, _, _ in people("Apellidos: Pérez; FN 12/03/1990; Nombres: Juan")] == [
        ["Pérez", "12/03/1990", "Juan"]
    ]


def test_a_label_that_comes_again_begins_the_next_person() -> None:
    assert names("Nombre: Ana Ruiz, FN 12/03/1990; nombre: Luis Rey, FN 13/04/1985") == [
        "ana/ruiz/1990-03-12",
        "luis/rey/1985-04-13",
    ]
    assert names("FN 12/03/1990, nombre: Ana Ruiz; FN 13/04/1985, nombre: Luis Rey") == [
        "ana/ruiz/1990-03-12",
        "luis/rey/1985-04-13",
    ]


def test_who_has_one_kind_of_name_only_is_asked_about() -> None:
    for line in ("Nombres: Juan; Nombres: Ana, FN 12/03/1990", "Apellidos: Ruiz, FN 12/03/1990"):
        *_, found = find_people(line, DateOrder.DAY_FIRST)
        assert found.candidates[0].doubts == {PersonDoubt.ONE_NAME_ONLY}


def test_one_word_and_another_behind_its_comma_are_a_name_that_is_asked_about() -> None:
    ((pieces, canonical, confidence),) = people("Name: Zyxwick, Quorla; born: 12/03/1990")
    assert (pieces[0], canonical, confidence) == ("Zyxwick, Quorla", "quorla/zyxwick/1990-03-12", Confidence.LIKELY)


def test_a_state_behind_a_comma_is_no_part_of_the_name() -> None:
    assert names("Nombre: Zyxwick, Colombia, FN 12/03/1990") == ["zyxwick//1990-03-12"]


def test_a_name_without_a_birth_date_is_never_certain() -> None:
    (found,) = find_people("Apellidos y nombres: Ore Quispe, Wilmer; celular 987 555 014", None)
    (person,) = found.candidates
    assert (person.canonical, person.confidence) == ("wilmer/ore quispe/", Confidence.LIKELY)
    assert person.doubts == {PersonDoubt.NO_BIRTH_DATE}


def test_a_date_that_can_be_two_is_asked_about() -> None:
    (found,) = find_people("Apellidos: Pérez; Nombres: Juan; FN: 03/04/1990", None)
    assert found.candidates[0].needs is PersonReason.AMBIGUOUS_BIRTH_DATE


@given(st.text(max_size=120))
def test_no_text_raises(line: str) -> None:
    find_people(line, None)


PIECES = st.sampled_from(
    [
        "Nombre",
        "Nombre: ",
        "apellidos: ",
        "Juan ",
        "PÉREZ",
        "Gómez, ",
        "FN ",
        "nacido el ",
        "né le ",
        "12/03/1990",
        " de ",
        "; ",
        ". ",
        "hija ",
        "Imputado: ",
        "testigo ",
        " y ",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=14))
def test_people_stand_in_the_line_in_order_and_never_overlap(pieces: list[str]) -> None:
    line = "".join(pieces)
    places = sorted(place for person in find_people(line, None) for place in person.pieces)
    assert all(0 <= start < end <= len(line) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    for person in find_people(line, None):
        assert list(person.pieces) == sorted(person.pieces)


@pytest.mark.parametrize(
    "piece",
    [
        "Nombre: ",
        "nombre,",
        "FN ",
        "FN 1990 ",
        "nacido en ",
        "né le ",
        "Pérez, ",
        "a, ",
        ",",
        " ",
        "á",
        "A. ",
        "FN: nombre: a, b ",
        "imputado: Ana, ",
        "Imputados: Ana y ",
        "alias ",
        'Ana (a) "',
    ],
)
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    text = "FN 1990, " + piece * (65536 // len(piece))
    began = time.process_time()
    find_people(text, None)
    assert time.process_time() - began < 10
