import json
from collections import Counter

import pytest

from protocol.names import NAME_KEYS_VERSION, NameKeyType, PersonReason
from tests.protocol.names.vectors import FILE, Row, completed_person, completed_word, document, printed

DOCUMENT = document()
PEOPLE: list[Row] = DOCUMENT["people"]
SOUNDS: list[Row] = DOCUMENT["sounds"]


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
    assert {row["refused"] for row in PEOPLE if "refused" in row} == set(PersonReason) - {PersonReason.TOO_LONG}
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
