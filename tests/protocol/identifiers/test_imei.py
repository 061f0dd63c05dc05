from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


@given(st.text("0123456789", min_size=14, max_size=14), st.text("0123456789", max_size=2))
def test_neither_check_digit_nor_software_version_changes_an_imei(number: str, end: str) -> None:
    assert canonical(Kind.IMEI, number + end) == number


def test_a_wrong_check_digit_of_an_imei_is_shown() -> None:
    assert doubts(Kind.IMEI, "490154203237518") == frozenset()
    assert doubts(Kind.IMEI, "490154203237519") == {Doubt.CHECK_DIGIT_FAILED}


def test_a_number_of_one_digit_throughout_is_said_not_to_be_one_device() -> None:
    assert doubts(Kind.IMEI, "000000000000000") == {Doubt.NOT_UNIQUE}


def test_a_short_number_and_letters_out_of_place_are_refused() -> None:
    assert refusal(Kind.IMEI, "123") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IMEI, "A" * 15) == (Reason.WRONG_CHARACTERS, None)
