"""How names are taken apart. All people are invented."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.names import NotComparable, Person, PersonReason, is_nobody, read_birth_date, read_name, read_person
from protocol.names.people import LONGEST_NAME, MOST_SURNAMES


def given_names(text: str) -> tuple[str, ...]:
    return read_person(text, "Anyname", None).given


def surnames(text: str) -> tuple[str, ...]:
    return read_person("Anyname", text, None).surnames


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Muñoz", "MUNOZ"),
        ("Muñoz", "MUNXXOZ"),
        ("Mun\u0303oz", "Muñoz"),
        ("Agüero", "AGUXXERO"),
        ("Agu\u0308ero", "AGUERO"),
        ("Gonçalves", "Gonc\u0327alves"),
        ("Gonçalves", "Gonsalves"),
        ("Conceição", "CONCEISAO"),
        ("Peña Núñez", "PENA<NUNEZ<<<"),
        ("Pérez-Gómez", "Pérez Gómez"),
        ("Pérez\u2011Gómez", "Pérez – Gómez"),
        ("de la Cruz", "Cruz"),
        ("da Silva e Souza", "Silva Souza"),
        ("DELA CRUZ", "de la Cruz"),
        ("Delos Ríos", "de los Ríos"),
        ("Smith Jnr", "Smith Jr."),
        ("Smith Snr.", "Smith"),
        ("Ortega y Rubio", "Ortega Rubio"),
        ("Van der Zwaan", "Zwaan"),
        ("dos Santos Filho", "Santos"),
        ("Silva Júnior", "Silva"),
        ("Pérez de Gómez", "Pérez Gómez"),
        ("Pérez vda. de Gómez", "Pérez Gómez"),
        ("San Martín", "Sanmartín"),
        ("Sta. Cruz", "SANTACRUZ"),
        ("Santa Cruz", "STA CRUZ"),
        ("St. Fleur", "Saint-Fleur"),
        ("Ste Marie", "Sainte-Marie"),
        ("São Pedro", "Saopedro"),
        ("Mc Allister", "McAllister"),
        ("O'Reilly", "O Reilly"),
        ("O’Reilly", "OREILLY"),
        ("Oʼreilly", "O´Reilly"),
        ("D'Ambrosio", "D AMBROSIO"),
        ("De la O", "DELAO"),
        ("De la O Ruiz", "Delao Ruiz"),
        ("do Espírito Santo Lima", "Espiritosanto Lima"),
        ("Ana\u200bya", "Anaya"),
        ("\u202eAnaya\u202c", "Anaya"),
        ("Ａｎａｙａ", "Anaya"),
        ("  Anaya\t", "Anaya"),
        ("Anaya 2º", "Anaya"),
        ("Smith 3rd", "Smith"),
        ("ANAYA 2DO.", "Anaya"),
        ("Anaya 1 er", "Anaya"),
        ("ANAYA, Ruiz;", "Anaya Ruiz"),
        ("Иванов", "Ivanov"),
        ("Đorđević", "Dordevic"),
        ("İnan", "inan"),
        ("😀 Anaya", "Anaya"),
        ("Anaya: Ruiz", "Anaya Ruiz"),
    ],
)
def test_two_writings_of_one_surname_are_the_same_words(one: str, other: str) -> None:
    assert surnames(one) == surnames(other)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Ma. del Carmen", ("maria", "carmen")),
        ("Mª Carmen", ("maria", "carmen")),
        ("M.ª Carmen", ("maria", "carmen")),
        ("María de los Ángeles", ("maria", "angeles")),
        ("María de la O", ("maria", "delao")),
        ("Fco. Javier", ("francisco", "javier")),
        ("José Gpe", ("jose", "guadalupe")),
        ("Jean-Baptiste", ("jean", "baptiste")),
        ("Juan P.", ("juan",)),
        ("J. Pablo", ("pablo",)),
        ("O. Darío", ("dario",)),
        ("D. Ramiro", ("ramiro",)),
        ("D. O.", ("d", "o")),
        ("D O", ("d", "o")),
        ("J. M.", ("j", "m")),
        ("Dr. Ramiro", ("ramiro",)),
        ("Dña. Ana", ("ana",)),
        ("D.ª Ana", ("ana",)),
        ("Mac", ("mac",)),
        ("Santa", ("santa",)),
        ("St", ("saint",)),
        ("Junior", ("junior",)),
        ("De", ("de",)),
        ("Y", ("y",)),
        ("王小明", ("wangxiaoming",)),
        ("みさき", ("misaki",)),
        ("مريم", ("mrym",)),
        ("Ayşegül", ("aysegul",)),
    ],
)
def test_given_names_are_read_as_words(written: str, words: tuple[str, ...]) -> None:
    assert given_names(written) == words


@pytest.mark.parametrize("one_letter", ["O", "o", "Ó", "오"])
def test_a_surname_of_one_letter_stays(one_letter: str) -> None:
    assert surnames(one_letter) == ("o",)


def test_who_is_called_by_a_particle_keeps_it() -> None:
    assert surnames("De la") == ("de", "la")
    assert surnames("Le") == ("le",)
    assert surnames("Neto") == ("neto",)


def test_of_many_surnames_the_first_two_and_the_last_are_kept() -> None:
    assert surnames("Aveiro Brandão Corte-Real") == ("aveiro", "brandao", "real")
    assert surnames("Aveiro Brandão Couto Damasceno Esteves") == ("aveiro", "brandao", "esteves")
    assert surnames("Aveiro Brandão Couto") == ("aveiro", "brandao", "couto")


@pytest.mark.parametrize("nothing", ["", " ", "😀", "---", "\x00", "\ud800", "\u200e\u200f", "؟", ".", "'", ":::"])
def test_a_name_that_has_no_letter_is_no_name(nothing: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_person(nothing, nothing, None)
    assert refused.value.reason_code is PersonReason.NO_NAME
    assert read_person("Ana", nothing, None).surnames == ()
    assert read_person(nothing, "Anaya", None).given == ()


@pytest.mark.parametrize("length", [LONGEST_NAME + 1, 10_000_000])
@pytest.mark.parametrize("letter", ["a", "ñ", "王", "\u0303", " "])
def test_what_is_longer_than_any_name_is_refused_before_it_is_read(length: int, letter: str) -> None:
    for fields in ((letter * length, "Anaya"), ("Ana", letter * length)):
        with pytest.raises(NotComparable) as refused:
            read_person(*fields, None)
        assert refused.value.reason_code is PersonReason.TOO_LONG


@pytest.mark.parametrize(
    "written",
    [
        "J0sé",
        "Mar1a",
        "R0SA",
        "Jos３",
        "12345",
        "Anaya 2",
        "300 555 0147",
        "Mu?oz",
        "Mu\ufffdoz",
        "anaya@example.org",
        "2ºn",
        "a2º",
    ],
)
def test_a_name_with_a_digit_or_a_broken_letter_goes_back_and_is_not_parted(written: str) -> None:
    for fields in ((written, "Anaya"), ("Ana", written)):
        with pytest.raises(NotComparable) as refused:
            read_person(*fields, None)
        assert refused.value.reason_code is PersonReason.WRONG_CHARACTERS


@pytest.mark.parametrize("written", ["¿Anaya?", "Anaya ?", "? Anaya", "Anaya (?)"])
def test_a_question_mark_around_a_name_is_a_doubt_and_no_letter(written: str) -> None:
    assert surnames(written) == ("anaya",)


@pytest.mark.parametrize(("given", "family"), [("J", ""), ("J.", ""), ("", "P."), ("J. M.", "R"), ("O", "오")])
def test_initials_alone_are_no_name(given: str, family: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_person(given, family, None)
    assert refused.value.reason_code is PersonReason.INITIALS_ONLY


def test_an_initial_beside_a_name_stays_one() -> None:
    assert read_person("J.", "Anaya", None).given == ("j",)


@pytest.mark.parametrize("nobody", ["NN", "Desconocido", "n/a"])
def test_what_is_known_in_one_field_counts_whatever_the_other_says(nobody: str) -> None:
    assert read_person(nobody, "Anaya Ruiz", None) == read_person("", "Anaya Ruiz", None)
    assert read_person("Ana", nobody, None) == read_person("Ana", "", None)
    for fields in ((nobody, nobody), (nobody, ""), ("", nobody), (nobody, "…")):
        with pytest.raises(NotComparable) as refused:
            read_person(*fields, None)
        assert refused.value.reason_code is PersonReason.UNKNOWN_NAME


@pytest.mark.parametrize(
    ("given", "family"), [("John", "Doe"), ("DOE", "Jane"), ("", "John Doe"), ("Juan", "Nadie"), ("João", "Ninguém")]
)
def test_the_names_of_nobody_are_told_from_the_people_who_bear_half_of_one(given: str, family: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_person(given, family, None)
    assert refused.value.reason_code is PersonReason.UNKNOWN_NAME
    assert read_person("Samuel", "Doe", None).surnames == ("doe",)
    assert read_person("John", "Doe Weah", None).given == ("john",)
    assert read_person("John", "John", None).surnames == ("john",)


def test_of_many_surnames_those_that_come_together_may_not_make_an_unknown_name() -> None:
    assert surnames("Anaya Sin Ruiz Nombre") == ("anaya",)


def test_one_field_is_read_by_itself_too() -> None:
    assert read_name("Quispe de la Cruz") == ("quispe", "cruz")
    assert read_name("") == read_name("…") == ()
    for text, reason in (
        ("NN", PersonReason.UNKNOWN_NAME),
        ("J0sé", PersonReason.WRONG_CHARACTERS),
        ("a" * 201, PersonReason.TOO_LONG),
    ):
        with pytest.raises(NotComparable) as refused:
            read_name(text)
        assert refused.value.reason_code is reason


def test_who_is_nobody_can_be_asked_of_any_text() -> None:
    assert is_nobody("N/N")
    assert is_nobody("NN 2")
    assert not any(map(is_nobody, ("", "Anaya", "Anaya NN", "J0sé", "a" * 201)))


def test_the_longest_name_is_read() -> None:
    assert len(surnames("ab" * (LONGEST_NAME // 2))[0]) == LONGEST_NAME


def test_a_person_does_not_print_a_name() -> None:
    person = read_person("Quintasecreta", "Sobrinasecreta", None)
    assert repr(person) == str(person) == "Person()"


SCRIPTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None, categories=("Cs", "Cc", "Cf", "Co", "Mn")), max_size=20),
    st.text(string.ascii_letters + "ñçüáªº'’.-<: ", max_size=40),
    st.lists(
        st.sampled_from(
            [
                "NN",
                "sin",
                "nombre",
                "desconocido",
                "se",
                "john",
                "doe",
                "2º",
                "3rd",
                "de",
                "la",
                "o",
                "O.",
                "d",
                "st",
                "sta",
                "san",
                "mac",
                "ma",
                "y",
                "ª",
                "nxx",
                "uxx",
                "x",
                "a",
            ]
        ),
        max_size=8,
    ).map(" ".join),
)


OF_NAMES = (
    *(PersonReason.NO_NAME, PersonReason.TOO_LONG),
    *(PersonReason.UNKNOWN_NAME, PersonReason.INITIALS_ONLY, PersonReason.WRONG_CHARACTERS),
)


def words_of(text: str) -> Person | None:
    try:
        return read_person(text, text, None)
    except NotComparable as refused:
        assert refused.reason_code in OF_NAMES
        return None


@given(SCRIPTS)
def test_whatever_is_typed_becomes_words_of_a_to_z_or_is_refused(text: str) -> None:
    person = words_of(text)
    if person is not None:
        words = person.given + person.surnames
        assert all(word and set(word) <= set(string.ascii_lowercase) for word in words)
        assert len(person.surnames) <= MOST_SURNAMES


@given(SCRIPTS)
@example("munxxxxoz")
@example("O. A.")
def test_the_words_read_again_are_themselves(text: str) -> None:
    person = words_of(text)
    if person is not None and max(len(" ".join(person.given)), len(" ".join(person.surnames))) <= LONGEST_NAME:
        assert read_person(" ".join(person.given), " ".join(person.surnames), None) == person


@given(text=st.text(string.ascii_letters + " -'", max_size=40))
def test_capitals_and_spaces_around_change_nothing(text: str) -> None:
    assert words_of(text) == words_of(text.upper()) == words_of(f"\t {text.lower()} ")


def test_json_carries_lone_surrogates_and_they_are_no_trouble() -> None:
    assert surnames(json.loads('"Ana\\ud83dya"')) == ("anaya",)


def test_a_person_on_one_line_has_the_columns_of_a_case_file() -> None:
    person = read_person("Rosa Elvira", "Quispe de la Cruz", read_birth_date("1990-05"))
    assert person.written() == "rosa elvira/quispe cruz/1990-05-00"
    assert read_person("Rosa", "", None).written() == "rosa//"
    assert Person.from_words(person.to_words()) == person


def test_of_every_published_person_the_line_reads_as_the_same_again() -> None:
    rows = json.loads((Path(__file__).parents[2] / "vectors" / "names.json").read_text("utf-8"))["people"]
    read = [read_person(row["given_names"], row["surnames"], None) for row in rows if row.get("keys")]
    assert len(read) > 50
    for person in read:
        given, surnames, _ = person.written().split("/")
        assert read_person(given, surnames, None) == person
