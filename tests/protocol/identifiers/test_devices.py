import pytest
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


def test_an_imsi_of_no_known_operator_is_shown() -> None:
    assert doubts(Kind.IMSI, "732101234567890") == frozenset()
    assert doubts(Kind.IMSI, "000010123456789") == {Doubt.NOT_ASSIGNED}


@pytest.mark.parametrize(
    ("address", "shared"), [("00:1b:44:11:3a:b7", False), ("02:1b:44:11:3a:b7", True), ("01:00:5e:00:00:01", True)]
)
def test_a_randomised_or_group_mac_address_is_said_not_to_be_one_device(address: str, shared: bool) -> None:
    assert doubts(Kind.MAC, address) == ({Doubt.NOT_UNIQUE} if shared else frozenset())


@pytest.mark.parametrize(("kind", "value"), [(Kind.IMEI, "123"), (Kind.IMSI, "73210123456789"), (Kind.MAC, "00:1b:44")])
def test_a_short_number_is_refused(kind: Kind, value: str) -> None:
    assert refusal(kind, value) == (Reason.WRONG_LENGTH, None)


@pytest.mark.parametrize(("kind", "value"), [(Kind.IMEI, "A" * 15), (Kind.IMSI, "A" * 15), (Kind.MAC, "G" * 12)])
def test_letters_out_of_place_are_refused(kind: Kind, value: str) -> None:
    assert refusal(kind, value) == (Reason.WRONG_CHARACTERS, None)
