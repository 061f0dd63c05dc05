"""Births against the day of reading. All people are invented."""

from datetime import date

import pytest

from protocol.names import NAME_KIND, PersonReason
from protocol.recognition import Confidence, PersonCandidate, ReadLine, State, read_line, with_births_judged

TODAY = date(2026, 11, 22)


def read(born: str) -> ReadLine:
    return read_line(f"Nombres: Rosa Elvira; Apellidos: Quispe Luna; FN {born}; celular 300 555 0147", "CO")


def person(line: ReadLine) -> PersonCandidate:
    (found,) = (each.candidates[0] for each in line.found if each.candidates[0].kind == NAME_KIND)
    assert isinstance(found, PersonCandidate)
    return found


@pytest.mark.parametrize(
    ("born", "needs"),
    [
        ("23/11/2026", PersonReason.FUTURE_BIRTH_DATE),
        ("22/11/2026", PersonReason.FUTURE_BIRTH_DATE),
        ("01/01/1900", PersonReason.DISTANT_BIRTH_DATE),
    ],
)
def test_whoever_cannot_have_been_born_then_is_not_certain_and_needs_another_date(born: str, needs: PersonReason) -> None:
    line = read(born)
    assert person(line).confidence is Confidence.CERTAIN, "without a day, the date is taken at its word"
    judged = with_births_judged(line, TODAY)
    assert (person(judged).needs, person(judged).confidence, person(judged).canonical) == (needs, Confidence.LIKELY, None)
    assert (line.state, judged.state) == (State.RECOGNISED, State.TO_CONFIRM)
    assert [each.span for each in judged.found] == [each.span for each in line.found]
    assert judged.left == line.left


@pytest.mark.parametrize("born", ["31/05/1990", "21/11/2026", "1906"])
def test_anybody_else_and_any_identifier_stay_as_they_are(born: str) -> None:
    line = read(born)
    assert with_births_judged(line, TODAY) is line


def test_what_is_missing_already_stays_what_is_missing() -> None:
    line = read("31/05/90")
    assert person(line).needs is PersonReason.TWO_DIGIT_YEAR
    assert with_births_judged(line, TODAY) is line


def test_who_was_only_likely_gets_no_surer() -> None:
    line = read_line("Nombre: Rosa Quispe Luna, FN 23/11/2026", "CO")
    judged = with_births_judged(line, TODAY)
    (found,) = judged.found
    assert [each.confidence for each in found.candidates] == [Confidence.LIKELY, Confidence.POSSIBLE]
    assert {each.needs for each in found.candidates} == {PersonReason.FUTURE_BIRTH_DATE}
