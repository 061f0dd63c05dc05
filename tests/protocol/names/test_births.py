from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import BirthDate, NotComparable, PersonReason, check_birth_date, read_birth_date
from protocol.names.births import OLDEST


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1990-05-31", (1990, 5, 31)),
        ("19900531", (1990, 5, 31)),
        (" 1990-05-31\n", (1990, 5, 31)),
        ("2000-02-29", (2000, 2, 29)),
        ("1990-05", (1990, 5, None)),
        ("1990-05-00", (1990, 5, None)),
        ("1990", (1990, None, None)),
        ("1990-00-00", (1990, None, None)),
        ("1990-00-17", (1990, None, 17)),
        ("1880-01-01", (1880, 1, 1)),
        ("2100-12-31", (2100, 12, 31)),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(written: str, read: tuple[int, int | None, int | None]) -> None:
    assert read_birth_date(written) == BirthDate(*read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1990-02-30", (1990, 2, None)),
        ("1991-02-29", (1991, 2, None)),
        ("1990-13-05", (1990, None, 5)),
        ("1990-99-99", (1990, None, None)),
        ("1990-00-32", (1990, None, None)),
    ],
)
def test_what_no_calendar_has_is_taken_for_unknown_and_the_rest_still_tells(
    written: str, read: tuple[int, int | None, int | None]
) -> None:
    assert read_birth_date(written) == BirthDate(*read)


@pytest.mark.parametrize("nothing", ["", "  ", "\t\n"])
def test_an_empty_field_is_no_date_and_no_mistake(nothing: str) -> None:
    assert read_birth_date(nothing) is None


@pytest.mark.parametrize(
    "wrong",
    [
        *("31/05/1990", "31-05-1990", "1990/05/31", "90-05-31", "May 1990", "1990-5-31", "unknown"),
        *("1990-05-31T00:00", "-1990", "1990-05-31-01", "+1990"),
        "١٩٩٠-٠٥-٣١",
        "1990\u201305\u201331",
        "1990-05-31" * 4,
        "1" * 10_000_000,
    ],
)
def test_what_is_not_a_date_of_ours_is_refused_and_not_guessed(wrong: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_birth_date(wrong)
    assert refused.value.reason_code is PersonReason.BAD_BIRTH_DATE


@pytest.mark.parametrize("distant", ["1879-12-31", "0000-00-00", "0001-01-01", "1753-01-01", "1601"])
def test_a_year_in_which_nobody_of_an_open_case_was_born_is_told_apart_from_what_is_no_date(distant: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_birth_date(distant)
    assert refused.value.reason_code is PersonReason.DISTANT_BIRTH_DATE


@pytest.mark.parametrize("future", ["2101-01-01", "9999-12-31", "9999"])
def test_so_is_a_year_that_nobody_who_reads_this_will_see(future: str) -> None:
    with pytest.raises(NotComparable) as refused:
        read_birth_date(future)
    assert refused.value.reason_code is PersonReason.FUTURE_BIRTH_DATE


TODAY = date(2026, 11, 22)


def checked(written: str, today: date = TODAY) -> PersonReason | None:
    """Why a date is refused on that day, None if it is not."""
    try:
        check_birth_date(read_birth_date(written), today)
    except NotComparable as refused:
        return refused.reason_code
    return None


@pytest.mark.parametrize(
    "written", ["2026-11-21", "2026-11", "2026", "2026-00-21", "1906-11-22", "1906-11", "1906", "1906-00-30", ""]
)
def test_whoever_may_be_alive_today_is_not_refused_for_the_date(written: str) -> None:
    assert checked(written) is None


@pytest.mark.parametrize("written", ["2026-11-22", "2026-11-23", "2026-12", "2027", "2027-00-01"])
def test_nobody_is_born_today_or_later(written: str) -> None:
    assert checked(written) is PersonReason.FUTURE_BIRTH_DATE


@pytest.mark.parametrize("written", ["1906-11-21", "1906-10", "1905", "1900-01-01", "1900", "1899-12-30", "1905-00-31"])
def test_nobody_is_older_than_anybody_was(written: str) -> None:
    assert checked(written) is PersonReason.DISTANT_BIRTH_DATE


def test_the_29th_of_february_has_no_trouble_with_years_that_lack_it() -> None:
    assert checked("1908-02-29", date(2028, 2, 29)) is None
    assert checked("1904-02-28", date(2024, 2, 29)) is PersonReason.DISTANT_BIRTH_DATE


@given(st.dates(date(1880, 1, 1), date(2100, 12, 31)), st.dates(date(2001, 1, 1), date(2100, 12, 31)))
def test_of_a_date_that_is_taken_whole_every_part_of_it_is_taken_too(born: date, today: date) -> None:
    parts = [checked(text, today) for text in (f"{born:%Y-%m-%d}", f"{born:%Y-%m}", f"{born:%Y}")]
    assert parts[0] is not None or parts == [None, None, None]
    assert (parts[0] is None) == (
        born < today and (born.year + OLDEST, born.month, born.day) >= (today.year, today.month, today.day)
    )


def test_a_year_a_month_and_a_day_make_a_whole_date_and_nothing_less_does() -> None:
    assert BirthDate(1990, 5, 31).is_whole
    assert not BirthDate(1990, None, 31).is_whole
    assert not BirthDate(1990, 5, None).is_whole


def test_the_first_of_january_is_a_placeholder_and_no_other_day_is() -> None:
    assert BirthDate(1990, 1, 1).is_placeholder
    assert not BirthDate(1990, 1, 2).is_placeholder
    assert not BirthDate(1990, 2, 1).is_placeholder
    assert not BirthDate(1990, None, 1).is_placeholder


def test_a_date_does_not_print_itself() -> None:
    assert repr(BirthDate(1977, 3, 9)) == str(BirthDate(1977, 3, 9)) == "BirthDate(…)"


@given(day=st.dates(date(1880, 1, 1), date(2100, 12, 31)), dashes=st.booleans())
def test_every_day_of_the_calendar_is_read_as_itself(day: date, dashes: bool) -> None:
    written = day.isoformat() if dashes else day.strftime("%Y%m%d")
    assert read_birth_date(written) == BirthDate(day.year, day.month, day.day)


@given(st.one_of(st.text(max_size=40), st.text("0123456789-", max_size=12)))
def test_whatever_is_typed_is_a_date_nothing_or_refused(written: str) -> None:
    try:
        born = read_birth_date(written)
    except NotComparable as refused:
        of_dates = (PersonReason.BAD_BIRTH_DATE, PersonReason.DISTANT_BIRTH_DATE, PersonReason.FUTURE_BIRTH_DATE)
        assert refused.reason_code in of_dates
        return
    assert (born is None) == (not written.strip())
    assert born is None or (born.month in (None, *range(1, 13)) and born.day in (None, *range(1, 32)))
