"""Which words belong to a name, and which tell that there is none."""

import re

import pytest

from protocol.recognition.name_words import (
    ALIAS,
    are_two_surnames,
    between_commas,
    capitalised_words,
    is_given,
    is_no_person,
    main_words,
)
from protocol.recognition.plain import flat


def words(text: str) -> str | None:
    found = capitalised_words(text, flat(text), 0, len(text))
    return None if found is None else text[slice(*found)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Juan Pérez de la Cruz vive", "Juan Pérez de la Cruz"),
        ("juan pérez gómez", "juan pérez gómez"),
        ("JUAN PÉREZ CON DOMICILIO", "JUAN PÉREZ"),
        ("Juan Pérez DNI", "Juan Pérez"),
        ("alias Nadie", None),
        ("300", None),
        ("   ", None),
    ],
)
def test_a_name_is_its_capitals_or_a_whole_piece_without_any(text: str, name: str | None) -> None:
    assert words(text) == name


def test_pieces_between_commas_are_all_pieces() -> None:
    text = "a, b,,c"
    assert [text[slice(*piece)] for piece in between_commas(text, 0, len(text))] == ["a", " b", "", "c"]


def test_companies_offices_and_ships_are_no_people() -> None:
    assert all(map(is_no_person, ("Hotel Rosa", "Policía Nacional", "Buque Santa Rosa", "Operación Escudo")))
    assert not is_no_person("Rosa Quispe")


@pytest.mark.parametrize(
    ("surnames", "given", "expected"),
    [
        ("PÉREZ", "Juan", True),
        ("Pérez", "Juan", True),
        ("CABANILLAS ORÉ", "WILMER", True),
        ("Zyx", "Juan", False),
        ("Pérez", "Quorla", False),
        ("San Isidro", "Rosario", False),
        ("Juan Carlos", "Rosario", False),
    ],
)
def test_given_names_are_known_ones_behind_what_looks_like_surnames(surnames: str, given: str, expected: bool) -> None:
    assert is_given(surnames, given) is expected


def test_two_surnames_are_two_words_and_no_place() -> None:
    assert are_two_surnames("Cabanillas Oré")
    assert not any(
        map(are_two_surnames, ("Cabanillas", "Villa María", "Costa Rica", "Transportes Oré", "Oré Juan", "de la Cruz"))
    )
    assert main_words("de la Cruz Gómez") == ["Cruz", "Gómez"]


@pytest.mark.parametrize("text", [', alias "Nadie"', " (a) «Nadie»", " (alias Nadie,)", ' vulgo "El Nadie"', " dit 'Nadie'"])
def test_a_nickname_is_known_with_what_introduces_it(text: str) -> None:
    assert re.compile(ALIAS, re.IGNORECASE).match(text)
