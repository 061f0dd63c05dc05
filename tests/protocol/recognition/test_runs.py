import pytest

from protocol.recognition import Candidate, weigh
from protocol.recognition.runs import LONGEST_RUN, runs, split


def run_texts(text: str) -> list[str]:
    return [text[run[0].start : run[-1].end] for run in runs(text, 0, len(text), shouted=text.isupper())]


def values(text: str, country: str = "CO") -> list[str]:
    def whole(start: int, end: int) -> tuple[Candidate, ...]:
        return weigh(text[start:end], country)

    return [text[start:end] for run in runs(text, 0, len(text), shouted=text.isupper()) for start, end, _ in split(run, whole)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("celular 300 123 45 67 y placa ABC 123", ["300 123 45 67", "ABC 123"]),
        ("CELULAR 300 123 45 67 Y PLACA ABC 123", ["300 123 45 67", "ABC 123"]),
        ("placa abc 123", ["abc 123"]),
        ("placas: abc 123", ["abc 123"]),
        ("la abc 123", ["123"]),
        ("el A3, tel. (601) 234-5678", ["A3", "(601) 234-5678"]),
        ("+57 (310) 234 5678 o 300-123.45.67", ["+57 (310) 234 5678", "300-123.45.67"]),
        ("DNI12345678 y CC1020304050", ["12345678", "1020304050"]),
        ("patente SS-KB-09", ["SS-KB-09"]),
        ("CSQU 305438 3", ["CSQU 305438 3"]),
        ("CASA 305438 Y NADA", ["305438"]),
        ("LJSK 849", ["LJSK 849"]),
        ("300 123, 310 234; 5 / 6", ["300 123", "310 234", "5", "6"]),
        ("señor ÑANDU 12", ["12"]),
        ("nada", []),
    ],
)
def test_a_run_is_digits_and_the_capitals_beside_them_between_two_words(text: str, found: list[str]) -> None:
    assert run_texts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("300 123 45 67", ["300 123 45 67"]),
        ("3001234567 3109876543", ["3001234567", "3109876543"]),
        ("300 123 4567 310 987 6543", ["300 123 4567", "310 987 6543"]),
        ("4111 1111 1111 1111 490154203237518", ["4111 1111 1111 1111", "490154203237518"]),
        ("4111 1111 1111 1112", ["4111 1111 1111 1112"]),
        ("KLM 123 XYZ 456", ["KLM 123", "XYZ 456"]),
        ("1.077.151.620", ["1.077.151.620"]),
        ("12", []),
        ("9" * 41, []),
    ],
)
def test_a_run_falls_apart_where_that_explains_most(text: str, found: list[str]) -> None:
    assert values(text) == found


def test_a_line_of_numbers_is_cut_into_runs_of_bounded_length() -> None:
    text = " ".join(["123"] * 100)
    cut = list(runs(text, 0, len(text), shouted=False))
    assert [len(run) for run in cut] == [LONGEST_RUN] * 4 + [4]
    assert sum(piece.end - piece.start for run in cut for piece in run) == 300
