"""Typed rows keep to themselves what must not be printed."""

import pytest

from node.case_files import Names, SubjectRow
from protocol.names import BirthDate
from protocol.vocabulary import NetworkRole, SubjectCategory, VictimScreening


def subject(category: str, role: str | None = None, *screenings: str | None) -> SubjectRow:
    person, user, registrant = (VictimScreening(code) if code else None for code in screenings or (None, None, None))
    return SubjectRow(
        line=2,
        file="casos.csv",
        network="RED-CO-1",
        subject="S-INVENTED",
        case="CASE-INVENTED",
        category=SubjectCategory(category),
        role=NetworkRole(role) if role else None,
        screening=person or VictimScreening("pending"),
        user_screening=user,
        registrant_screening=registrant,
        names=Names("Invented", "Nobody", BirthDate(1981, 2, 3)),
        identifiers=(),
    )


def test_names_and_references_are_not_printed() -> None:
    assert repr(subject("suspect")).count("INVENTED") == 0
    assert "Nobody" not in repr(subject("suspect"))
    assert repr(Names("Invented", "Nobody", BirthDate(1981, 2, 3))) == "Names()"


@pytest.mark.parametrize("category", SubjectCategory.all())
def test_only_the_vocabularys_publishable_categories_are_unprotected(category: SubjectCategory) -> None:
    assert subject(category).protected is not category.publishable


def test_coercion_and_any_indicator_protect() -> None:
    assert not subject("suspect", "recruiter", "done_no_indicator", None, None).protected
    assert not subject("suspect", "recruiter", "pending", None, None).protected
    assert subject("suspect", "coerced_participant", "done_no_indicator", None, None).protected
    for place in range(3):
        screenings: list[str | None] = [None, None, None]
        screenings[place] = "done_indicator"
        assert subject("thing", None, *screenings).protected
