import json
from collections import Counter
from datetime import date

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from protocol.names import NAME_KEYS_VERSION, NameKeyType, PersonReason
from tests.protocol.names.second_reading import JOINED, PARTICLES, SHORT, UNKNOWN, canonical_forms, sounding, spoken, words
from tests.protocol.names.vectors import FILE, Row, completed_person, completed_word, document, printed

DOCUMENT = document()
PEOPLE: list[Row] = DOCUMENT["people"]
SOUNDS: list[Row] = DOCUMENT["sounds"]
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*sorted(PARTICLES), *JOINED, *SHORT, "O.", "D.", "Mª", "M.ª", "de la O", "Espírito Santo", "NXX", "."]),
    st.sampled_from(
        [*sorted(UNKNOWN["anywhere"] | UNKNOWN["whole"] | UNKNOWN["people"]), "NN", "N.N.", "XXX", "2º", "3rd", "J0sé", "Mu?oz"]
    ),
    st.sampled_from(sorted(UNKNOWN["beside"])),
    st.sampled_from([row["word"] for row in SOUNDS]),
    st.sampled_from([row["surnames"] for row in PEOPLE]),
)
FIELDS = st.lists(PIECES, max_size=6).map(" ".join)
DATES = st.one_of(
    st.dates(date(1880, 1, 1), date(2100, 12, 31)).map(date.isoformat),
    st.sampled_from(["", "1990", "1990-02-30", "1990-00-17", "19900531", "1900-02-29"]),
)


@pytest.mark.parametrize("row", PEOPLE, ids=range(len(PEOPLE)))
def test_every_person_has_the_words_and_keys_of_the_vectors(row: Row) -> None:
    assert completed_person(row) == row


@pytest.mark.parametrize("row", SOUNDS, ids=[row["word"] for row in SOUNDS])
def test_every_word_sounds_as_in_the_vectors(row: Row) -> None:
    assert completed_word(row) == row


def test_the_vectors_are_of_this_version_and_say_that_they_are_invented() -> None:
    assert DOCUMENT["version"] == NAME_KEYS_VERSION
    assert "invented" in DOCUMENT["fiction"]
    assert FILE.read_text("utf-8") == printed(DOCUMENT)


def test_the_file_says_what_each_field_is() -> None:
    assert {name for row in PEOPLE + SOUNDS for name in row} == set(DOCUMENT["fields"])


def test_there_are_enough_rows_of_every_type_and_reason_and_none_stands_twice() -> None:
    types = Counter(key["type"] for row in PEOPLE for key in row.get("keys", ()))
    assert set(types) == {each.value for each in NameKeyType}
    assert min(types.values()) >= 30
    # a vector holds no long text, no sheet whose dates contradict each other, and dates in ISO 8601 only
    unseen = {
        PersonReason.TOO_LONG,
        PersonReason.AMBIGUOUS_BIRTH_DATE,
        PersonReason.MIXED_DATE_ORDERS,
        PersonReason.TWO_DIGIT_YEAR,
    }
    assert {row["refused"] for row in PEOPLE if "refused" in row} == set(PersonReason) - unseen
    assert sum("keys" in row for row in PEOPLE) >= 60
    assert len(SOUNDS) >= 120
    for rows in (PEOPLE, SOUNDS):
        assert len({json.dumps(row, sort_keys=True) for row in rows}) == len(rows)


def test_the_input_of_the_function_is_computed_in_a_second_way() -> None:
    for row in PEOPLE:
        for key in row.get("keys", ()):
            parts = [part.encode() for part in ("name_dob", DOCUMENT["version"], key["canonical"])]
            assert bytes.fromhex(key["oprf_input_hex"]) == b"".join(len(part).to_bytes(2, "big") + part for part in parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Rosa Elvira", "Quispe Huamán"), ("ROSA ELVIRA", "KISPE WAMAN")),
        (("José de Jesús", "Núñez Peña"), ("JOSE<DE<JESUS", "NUNXXEZ<PENXXA")),
        (("Lucía", "Agüero Güemes"), ("LUCIA", "AGUXXERO GUXXEMES")),
        (("Jean-Baptiste", "Saint-Fleur"), ("Jean Baptiste", "St. Fleur")),
        (("Winston", "McAllister"), ("Winston", "Mc Allister")),
        (("Juan", "Pérez"), ("Pérez", "Juan")),
    ],
)
def test_rows_that_are_one_person_in_two_writings_have_the_same_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    keys = {(row["given_names"], row["surnames"]): {key["canonical"] for key in row.get("keys", ())} for row in PEOPLE}
    assert keys[one] == keys[other] != set()


@pytest.mark.parametrize("row", PEOPLE, ids=range(len(PEOPLE)))
def test_a_reader_written_from_the_page_alone_gives_the_same_words_and_keys(row: Row) -> None:
    if row.get("refused") in (PersonReason.BAD_BIRTH_DATE, PersonReason.DISTANT_BIRTH_DATE, PersonReason.FUTURE_BIRTH_DATE):
        return
    forms = canonical_forms(row["given_names"], row["surnames"], row["birth_date"])
    assert list(forms.items()) == [(key["canonical"], key["type"]) for key in row.get("keys", ())]
    for field, read in row.get("words", {}).items():
        assert words(row["given_names" if field == "given" else field])[:3] == read or len(words(row["surnames"])) > 3


def test_a_reader_written_from_the_page_alone_hears_the_same_sounds() -> None:
    assert [(spoken(row["word"]), sounding(row["word"])) for row in SOUNDS] == [
        (row["pronounced"], row["sound"]) for row in SOUNDS
    ]


@given(FIELDS, FIELDS, DATES)
@example("M.ª José", "D. O Peña", "1990-05-31")
@example("O A. Rosa", "de la O Peña y D O", "1990-05-31")
@example("O. A.", "Mac", "1990-05-31")
@example("Rosa", "H Aveiro Brandão H Couto", "1990-05-31")
def test_the_two_readers_agree_on_any_name(given_names: str, surnames: str, born: str) -> None:
    made = completed_person({"given_names": given_names, "surnames": surnames, "birth_date": born})
    assume(made.get("refused") != PersonReason.TOO_LONG)
    forms = canonical_forms(given_names, surnames, born)
    assert forms == {key["canonical"]: key["type"] for key in made.get("keys", ())}
