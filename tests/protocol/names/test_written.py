"""Birth dates as people write them, and who decides what is day and what is month."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import BirthDate, DateOrder, NotComparable, PersonReason, order_of, read_birth_date, read_written_date

DATES = st.dates(date(1880, 1, 1), date(2100, 12, 31))
FORMS = st.sampled_from(["{0}/{1}/{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0:02}/{1:02}/{2}", " {0}/{1}/{2} "])


def _refusal(text: str, order: DateOrder | None = None) -> PersonReason:
    with pytest.raises(NotComparable) as refused:
        read_written_date(text, order)
    return refused.value.reason_code


@given(DATES, FORMS)
def test_a_date_in_a_known_order_is_read_as_it_was_meant(born: date, form: str) -> None:
    meant = BirthDate(born.year, born.month, born.day)
    assert read_written_date(form.format(born.day, born.month, born.year), DateOrder.DAY_FIRST) == meant
    assert read_written_date(form.format(born.month, born.day, born.year), DateOrder.MONTH_FIRST) == meant


@given(DATES, FORMS)
def test_without_an_order_it_is_read_rightly_or_not_at_all(born: date, form: str) -> None:
    meant = BirthDate(born.year, born.month, born.day)
    for first, second in ((born.day, born.month), (born.month, born.day)):
        text = form.format(first, second, born.year)
        if born.day > 12 or born.day == born.month:
            assert read_written_date(text, None) == meant
        else:
            assert _refusal(text) is PersonReason.AMBIGUOUS_BIRTH_DATE


@pytest.mark.parametrize(
    "text",
    [
        *(
            "31 de mayo de 1990",
            "31 mayo 1990",
            "31-may-1990",
            "31/mayo/1990",
            "31 may. 1990",
            "31º de maio de 1990",
            "31 de maio, 1990",
        ),
        *("May 31, 1990", "May 31st 1990", "31st of May 1990", "31 mai 1990", "1990/05/31", "1990.5.31", "1990-5-31"),
        *("1990-05-31 00:00:00", "31/05/1990 0:00", "1990-05-31T00:00:00.000"),
    ],
)
def test_a_month_in_words_a_year_in_front_and_midnight_need_no_order(text: str) -> None:
    assert read_written_date(text, None) == BirthDate(1990, 5, 31)


def test_a_month_in_words_may_stand_without_a_day() -> None:
    assert read_written_date("marzo de 1990", None) == read_written_date("mar. 1990", None) == BirthDate(1990, 3, None)
    assert read_written_date("1er janvier 1990", None) == BirthDate(1990, 1, 1)


def test_the_beginning_of_a_months_name_is_enough_unless_two_have_it() -> None:
    months = [("ene", 1), ("fév", 2), ("avr", 4), ("juin", 6), ("juil", 7), ("août", 8), ("set", 9), ("out", 10), ("dez", 12)]
    assert [read_written_date(f"3 {name} 1990", None) for name, _ in months] == [BirthDate(1990, month, 3) for _, month in months]
    assert _refusal("3 jui 1990") is _refusal("3 xyz 1990") is PersonReason.BAD_BIRTH_DATE


@pytest.mark.parametrize("text", ["", " ", "1990-05-31", "19900531", "1990-05", "1990", "1990-00-00"])
def test_what_iso_8601_writes_needs_no_order(text: str) -> None:
    assert read_written_date(text, None) == read_birth_date(text)


def test_a_date_that_can_be_written_in_one_order_only_keeps_it_against_the_columns() -> None:
    assert read_written_date("05/31/1990", DateOrder.DAY_FIRST) == BirthDate(1990, 5, 31)
    assert read_written_date("31/05/1990", DateOrder.MONTH_FIRST) == BirthDate(1990, 5, 31)


def test_in_a_column_of_both_orders_only_what_can_be_either_goes_back() -> None:
    assert _refusal("03/04/1990", DateOrder.BOTH) is PersonReason.MIXED_DATE_ORDERS
    assert read_written_date("31/05/1990", DateOrder.BOTH) == read_written_date("05/31/1990", DateOrder.BOTH)
    assert read_written_date("04/04/1990", DateOrder.BOTH) == BirthDate(1990, 4, 4)


@pytest.mark.parametrize(
    "text",
    [
        *("23/06/81", "3-4-81", "23.06.81", "81/06/23", "81-06-23", "1/1/00", " 23/06/81 00:00:00 ", "31-may-90", "31/mayo/90"),
        *("31 de mayo de 90", "31 may 90", "31 mai. 90", "31 of May '90", "May 31, 90", "1 août 90", "03 fév. ’90"),
    ],
)
@pytest.mark.parametrize("order", [None, *DateOrder])
def test_a_year_of_two_digits_goes_back_as_one(text: str, order: DateOrder | None) -> None:
    assert _refusal(text, order) is PersonReason.TWO_DIGIT_YEAR


def test_a_year_that_nobody_can_mean_goes_back_as_one() -> None:
    assert _refusal("31/5/1790") is PersonReason.DISTANT_BIRTH_DATE
    assert _refusal("31/5/2990") is PersonReason.FUTURE_BIRTH_DATE


def test_a_day_that_the_month_does_not_have_is_unknown_and_the_rest_still_tells() -> None:
    assert read_written_date("31/02/1990", None) == BirthDate(1990, 2, None)
    assert read_written_date("00/05/1990", DateOrder.DAY_FIRST) == BirthDate(1990, 5, None)


@pytest.mark.parametrize("text", ["31/13/1990", "13/13/1990", "31/05-1990", "05/1990", "\u0663/04/1990", "31/05/1", "3 xyz 199"])
def test_what_is_no_date_is_refused(text: str) -> None:
    assert _refusal(text, DateOrder.DAY_FIRST) is PersonReason.BAD_BIRTH_DATE


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["03/04/1990", "31/05/1990", "", "x"], DateOrder.DAY_FIRST),
        (["03/04/1990", "05-31-1990"], DateOrder.MONTH_FIRST),
        (["03/04/1990", "1990-05-31", "12/12/1990"], None),
        (["31/05/1990", "05/31/1990", "03/04/1990"], DateOrder.BOTH),
        ([], None),
    ],
)
def test_a_column_tells_its_order_or_that_its_dates_contradict_each_other(column: list[str], order: DateOrder | None) -> None:
    assert order_of(column) is order


@given(st.text(max_size=40), st.sampled_from([None, *DateOrder]))
def test_no_text_raises_anything_but_our_refusal(text: str, order: DateOrder | None) -> None:
    with suppress(NotComparable):
        read_written_date(text, order)
