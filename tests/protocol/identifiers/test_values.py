import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Doubt, Identifier, Kind, RawIdentifier
from protocol.identifiers.values import Reading

KIND = st.sampled_from(Kind)


def test_no_value_shows_when_something_is_printed() -> None:
    for thing in (
        RawIdentifier(Kind.PHONE, "3102345678", "CO"),
        Reading(Kind.PHONE, "+573102345678"),
        Identifier(Kind.PHONE, "phone-1", "+573102345678"),
    ):
        assert "2345678" not in f"{thing!r} {thing}"


def test_the_oprf_input_is_kind_version_and_form_each_after_its_length() -> None:
    assert Identifier(Kind.IMO, "imo-1", "9319466").oprf_input() == b"\x00\x03imo\x00\x05imo-1\x00\x079319466"


@given(KIND, KIND, st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_two_identifiers_share_an_input_only_if_all_three_parts_agree(
    one: Kind, other: Kind, version: str, second: str, form: str, further: str
) -> None:
    same = (one, version, form) == (other, second, further)
    assert (Identifier(one, version, form).oprf_input() == Identifier(other, second, further).oprf_input()) is same


def test_doubts_do_not_enter_the_key() -> None:
    sure = Identifier(Kind.IMO, "imo-1", "9319467")
    unsure = dataclasses.replace(sure, doubts=frozenset({Doubt.CHECK_DIGIT_FAILED}))
    assert sure.oprf_input() == unsure.oprf_input()


def test_identifiers_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Identifier(Kind.IMO, "imo-1", "9319466").canonical = "9319467"  # type: ignore[misc]
