"""People in lists, whom nothing but the order announces. All people are invented."""

import pytest

from protocol.names import DateOrder
from protocol.recognition import Clue, PersonDoubt
from protocol.recognition.births import find_births
from protocol.recognition.listed import listed_person
from protocol.recognition.plain import flat


def listed(line: str) -> tuple[list[str], str | None, frozenset[PersonDoubt]] | None:
    plain = flat(line)
    found = listed_person(line, plain, find_births(line, plain), DateOrder.DAY_FIRST)
    if found is None:
        return None
    pieces, candidates = found
    assert candidates[0].clues == (Clue.ORDER,)
    return [line[start:end] for start, end in pieces], candidates[0].canonical, candidates[0].doubts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Chuquimango Tapia, Rosa Elvira (23/06/1981)", "rosa elvira/chuquimango tapia/1981-06-23"),
        ("1) CABANILLAS ORÉ, WILMER, 17/09/1991", "wilmer/cabanillas ore/1991-09-17"),
        ("1.- CABANILLAS ORÉ, WILMER; 17/09/1991", "wilmer/cabanillas ore/1991-09-17"),
        ("• Cabanillas Oré, Wilmer – 17/09/1991", "wilmer/cabanillas ore/1991-09-17"),
        ("12. Cabanillas Oré, Quorla (17/09/1991)", "quorla/cabanillas ore/1991-09-17"),
        ('- Cabanillas Oré, Wilmer, alias "Nadie", 17/09/1991', "wilmer/cabanillas ore/1991-09-17"),
        ("Carter, Emily (14/03/2009)", "emily/carter/2009-03-14"),
    ],
)
def test_surnames_a_comma_given_names_and_a_date_are_a_person(line: str, expected: str) -> None:
    found = listed(line)
    assert found is not None
    assert found[1:] == (expected, frozenset({PersonDoubt.NOT_SAID_TO_BE_BIRTH}))


@pytest.mark.parametrize(
    "line",
    [
        "Juan Pérez Gómez FN 1990",
        "Juan Pérez Gómez, F.N. 1990, celular 987 555 014",
        "2) JUAN PÉREZ GÓMEZ - D.N. 1990",
        'alias "Nadie" Juan Pérez Gómez FN 1990',
        'Alias "Nadie", Juan Pérez Gómez, fecha de nacimiento 1990',
        "Juan Pérez Gómez (a) Nadie, FN 1990",
        "Juan Pérez Gómez, DNI 45678912, FN 1990",
        "Juan Pérez Gómez. nd 1990",
        "PÉREZ GÓMEZ, Juan. FN 1990",
    ],
)
def test_a_name_right_before_a_birth_is_a_person_whose_parting_is_asked(line: str) -> None:
    found = listed(line)
    assert found is not None
    assert found[1:] == ("juan/perez gomez/1990-00-00", frozenset({PersonDoubt.GUESSED_PARTS}))
    assert found[0][0].strip(".,") == found[0][0]


@pytest.mark.parametrize(
    "line",
    [
        "1) Villa María, Córdoba (12/03/2024)",
        "1) San Isidro, Lima, 12/03/2024",
        "1) Costa Rica, Heredia, 12/03/2024",
        "1) Transportes Quispe, Lima (12/03/2024)",
        "Cabanillas Oré, Quorla, 17/09/1991",
        "1) Quispe, Quorla (17/09/1991)",
        "1) Cabanillas Oré, quorla (17/09/1991)",
        "1) Cabanillas Oré, Quorla",
        "Nadie FN 1990",
        "Uno Dos Tres Cuatro Cinco Seis Siete Ocho Nueve FN 1990",
        "Ana Ruiz vive en Lima. FN 1990",
        "Hotel Santa Rosa FN 1990",
        "FN 1990",
        "",
    ],
)
def test_places_companies_and_single_words_are_nobody(line: str) -> None:
    assert listed(line) is None


def test_signs_that_are_no_name_are_nobody() -> None:
    assert listed("\u0640\u0640 \u0640\u0640 FN 1990") is None
