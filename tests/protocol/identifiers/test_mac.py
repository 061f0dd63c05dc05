import pytest

from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


@pytest.mark.parametrize(
    ("address", "shared"), [("00:1b:44:11:3a:b7", False), ("02:1b:44:11:3a:b7", True), ("01:00:5e:00:00:01", True)]
)
def test_a_randomised_or_group_mac_address_is_said_not_to_be_one_device(address: str, shared: bool) -> None:
    assert doubts(Kind.MAC, address) == ({Doubt.NOT_UNIQUE} if shared else frozenset())


@pytest.mark.parametrize(
    "written",
    [
        "00:1b:44:11:3a:b7",
        "0:1B:44:11:3A:B7",
        "001b.4411.3ab7",
        "00-1b-44-11-3a-b7",
        "MAC: 001B44113AB7",
        "Wi-Fi 0:1b:44:11:3a:b7",
    ],
)
def test_an_address_has_one_key_in_every_spelling(written: str) -> None:
    assert canonical(Kind.MAC, written) == "001B44113AB7"


def test_a_short_number_and_letters_out_of_place_are_refused() -> None:
    assert refusal(Kind.MAC, "00:1b:44") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.MAC, "G" * 12) == (Reason.WRONG_CHARACTERS, None)
