"""From a name and a date to candidates. All people are invented; Eriksson is the specimen of ICAO Doc 9303."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers.mrz import MachineReadable, check_digit, find_mrz
from protocol.names import DateOrder, PersonReason
from protocol.recognition import Clue, Confidence, PersonCandidate, PersonDoubt
from protocol.recognition.people import Name, date_order_in, partings, people_in_zone, people_of

CERTAIN, LIKELY, POSSIBLE = Confidence
PARTED = (Name("Juan", "Pérez Gómez"),)


def zone(birth: str = "740812", expiry: str = "120415", names: str = "ERIKSSON<<ANNA<MARIA", digit: str = "") -> MachineReadable:
    """A passport's zone with its check digits, but for `digit` in the place of the birth date's."""
    born, expires = birth + (digit or str(check_digit(birth))), expiry + (str(check_digit(expiry)) if expiry.isdigit() else "0")
    number, optional = "L898902C36", "ZE184226B<<<<<1"
    together = str(check_digit(number + born + expires + optional))
    found = find_mrz(f"P<COL{names.ljust(39, '<')}\n{number}COL{born}F{expires}{optional}{together}")
    assert found is not None
    return found


def shown(candidates: tuple[PersonCandidate, ...]) -> list[tuple[str | None, Confidence]]:
    return [(each.canonical, each.confidence) for each in candidates]


def test_who_is_written_apart_with_a_whole_date_is_certain() -> None:
    assert shown(people_of(PARTED, "1990-03-12", None, Clue.HEADER)) == [("juan/perez gomez/1990-03-12", CERTAIN)]


def test_a_date_that_can_be_two_is_asked_about_and_shows_no_form() -> None:
    (person,) = people_of(PARTED, "03/04/1990", None, Clue.HEADER)
    assert (person.needs, person.canonical, person.confidence) == (PersonReason.AMBIGUOUS_BIRTH_DATE, None, LIKELY)
    assert shown(people_of(PARTED, "03/04/1990", DateOrder.MONTH_FIRST, Clue.HEADER)) == [
        ("juan/perez gomez/1990-03-04", CERTAIN)
    ]


def test_what_is_no_date_is_shown_with_what_to_do() -> None:
    (person,) = people_of(PARTED, "12/03/90", None, Clue.HEADER)
    assert (person.needs, person.canonical) == (PersonReason.TWO_DIGIT_YEAR, None)


def test_a_day_that_no_calendar_has_is_a_doubt_and_a_day_that_is_not_known_is_none() -> None:
    (person,) = people_of(PARTED, "31/02/1990", None, Clue.HEADER)
    assert (person.canonical, person.doubts) == ("juan/perez gomez/1990-02-00", frozenset({PersonDoubt.IMPOSSIBLE_DAY}))
    for written in ("1990-02-00", "1990-02"):
        (person,) = people_of(PARTED, written, None, Clue.HEADER)
        assert (person.canonical, person.confidence) == ("juan/perez gomez/1990-02-00", CERTAIN)


def test_without_a_date_two_surnames_are_needed_and_are_for_an_officer() -> None:
    assert shown(people_of(PARTED, "", None, Clue.HEADER)) == [("juan/perez gomez/", Confidence.LIKELY)]
    (person,) = people_of((Name("Juan", "Pérez"),), "", None, Clue.HEADER)
    assert person.needs is PersonReason.NEEDS_BIRTH_DATE


def test_no_name_or_one_that_is_too_long_is_no_person() -> None:
    assert people_of((Name("", "…"),), "1990-03-12", None, Clue.HEADER) == ()
    assert people_of((Name("a" * 300, ""),), "1990-03-12", None, Clue.HEADER) == ()


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        ("PÉREZ GÓMEZ, Juan", [("Juan", "PÉREZ GÓMEZ", False)]),
        ("Rosa", [("Rosa", "", True)]),
        ("Rosa Quispe", [("Rosa", "Quispe", True)]),
        ("Juan Pérez Gómez", [("Juan", "Pérez Gómez", True), ("Juan Pérez", "Gómez", True)]),
        ("Juan Carlos Pérez", [("Juan Carlos", "Pérez", True), ("Juan", "Carlos Pérez", True)]),
        ("María José de la Cruz Ruiz", [("María José", "de la Cruz Ruiz", True), ("María", "José de la Cruz Ruiz", True)]),
        ("John Smith, Jr.", [("John", "Smith", True)]),
        ("Ana dos", [("Ana", "dos", True)]),
    ],
)
def test_a_whole_name_parts_at_its_comma_or_by_guesses(whole: str, expected: list[tuple[str, str, bool]]) -> None:
    assert [(each.given, each.surnames, each.guessed) for each in partings(whole)] == expected


def test_where_surnames_come_first_the_guesses_do_too() -> None:
    assert [(each.given, each.surnames) for each in partings("PEREZ GOMEZ ROSA ELVIRA", surnames_first=True)] == [
        ("ROSA ELVIRA", "PEREZ GOMEZ"),
        ("ELVIRA", "PEREZ GOMEZ ROSA"),
    ]


def test_a_guess_is_never_certain_and_the_second_less_likely() -> None:
    people = people_of(partings("Juan Pérez Gómez"), "1990-03-12", None, Clue.WORD)
    assert shown(people) == [("juan/perez gomez/1990-03-12", LIKELY), ("juan perez/gomez/1990-03-12", POSSIBLE)]
    assert all(person.doubts == {PersonDoubt.GUESSED_PARTS} for person in people)


@pytest.mark.parametrize(
    ("country", "order"), [("CO", DateOrder.DAY_FIRST), ("US", DateOrder.MONTH_FIRST), ("CA", None), ("PA", None), (None, None)]
)
def test_where_the_day_is_written_first(country: str | None, order: DateOrder | None) -> None:
    assert date_order_in(country) is order


def test_the_zone_of_a_document_names_its_holder() -> None:
    (person,) = people_in_zone(zone())
    assert (person.canonical, person.confidence) == ("anna maria/eriksson/1974-08-12", CERTAIN)
    assert person.clues == (Clue.ZONE, Clue.CHECK_DIGIT)


@pytest.mark.parametrize(
    ("birth", "expiry", "year"),
    [
        ("740812", "120415", "1974"),
        ("100812", "300415", "2010"),
        ("300812", "300415", "2030"),
        ("310812", "300415", "1931"),
        ("450812", "990415", "1945"),
        ("700812", "690415", "1970"),
    ],
)
def test_a_birth_is_of_the_later_century_in_which_it_is_not_after_the_expiry(birth: str, expiry: str, year: str) -> None:
    (person,) = people_in_zone(zone(birth, expiry))
    assert (person.canonical, person.confidence) == (f"anna maria/eriksson/{year}-08-12", CERTAIN)


def test_without_a_year_of_expiry_both_centuries_are_asked_about() -> None:
    people = people_in_zone(zone("100812", "<<<<<<"))
    assert shown(people) == [("anna maria/eriksson/1910-08-12", LIKELY), ("anna maria/eriksson/2010-08-12", LIKELY)]
    assert all(person.doubts == {PersonDoubt.ASSUMED_CENTURY} for person in people)
    assert shown(people_in_zone(zone("740812", "<<<<<<"))) == [("anna maria/eriksson/1974-08-12", CERTAIN)]


def test_a_birth_date_whose_check_digit_fails_is_not_certain() -> None:
    (person,) = people_in_zone(zone(digit="3"))
    assert (person.confidence, person.clues) == (LIKELY, (Clue.ZONE, Clue.CHECK_DIGIT_FAILED))
    assert person.doubts == {PersonDoubt.BIRTH_CHECK_DIGIT_FAILED}


def test_unknown_parts_of_the_zones_date_stay_unknown() -> None:
    assert shown(people_in_zone(zone("74<<<<"))) == [(None, LIKELY)]
    assert shown(people_in_zone(zone("74<<<<", names="QUISPE<HUAMAN<<ROSA"))) == [("rosa/quispe huaman/1974-00-00", CERTAIN)]
    assert shown(people_in_zone(zone("<<<<<<"))) == [(None, LIKELY)]


def test_names_that_fill_their_field_are_a_doubt() -> None:
    (person,) = people_in_zone(zone(names="PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"))
    assert (person.confidence, person.doubts) == (LIKELY, frozenset({PersonDoubt.NAME_CUT}))


def test_a_zone_without_names_names_nobody() -> None:
    only = find_mrz("L898902C36COL7408122F1204159ZE184226B<<<<<10")
    assert only is not None
    assert people_in_zone(only) == ()


def test_a_name_stays_out_of_representations() -> None:
    assert "Juan" not in repr(PARTED)
    assert "juan" not in repr(people_of(PARTED, "1990-03-12", None, Clue.WORD))


@given(st.text(max_size=60), st.text(max_size=20), st.sampled_from([None, *DateOrder]))
def test_any_name_and_date_give_candidates_or_none(whole: str, born: str, order: DateOrder | None) -> None:
    people = people_of(partings(whole), born, order, Clue.WORD)
    assert len(people) <= 2
    for person in people:
        certain = not person.doubts and person.needs is None
        assert (person.confidence is CERTAIN) is certain
        assert (person.canonical is None) is (person.needs is not None)
