"""Births against the day on which a text is read. Everything before this takes a date at its word, since it knows no day."""

from dataclasses import replace
from datetime import date

from protocol.names import NotComparable, check_birth_date
from protocol.recognition.candidates import Candidate, Confidence, PersonCandidate, ReadLine


def with_births_judged(read: ReadLine, today: date) -> ReadLine:
    """The same line; whoever cannot have been born then needs another date, and is not certain."""
    found = tuple(replace(each, candidates=tuple(_judged(one, today) for one in each.candidates)) for each in read.found)
    return read if found == read.found else ReadLine.of(found, read.left)


def _judged(candidate: Candidate | PersonCandidate, today: date) -> Candidate | PersonCandidate:
    if isinstance(candidate, Candidate) or candidate.needs is not None:
        return candidate
    try:
        check_birth_date(candidate.person.born, today)
    except NotComparable as refused:
        likely = Confidence.LIKELY if candidate.confidence is Confidence.CERTAIN else candidate.confidence
        return replace(candidate, confidence=likely, needs=refused.reason_code)
    return candidate
