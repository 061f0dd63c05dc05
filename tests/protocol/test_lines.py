"""Numbers and hashes on lines have one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.lines import LARGEST, base64_of, hash_in, number_in, octets_in


@given(st.integers(0, LARGEST))
def test_a_number_comes_back(number: int) -> None:
    assert number_in(str(number), "place") == number


@pytest.mark.parametrize(
    "text", ["", "00", "01", "-1", "+1", " 1", "1 ", "1\n", "1_0", "0x1", "١", "1.0", str(LARGEST + 1), "9" * 400]
)
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(Malformed, match="not_a_number"):
        number_in(text, "place")


@given(st.binary(max_size=40))
def test_octets_come_back(raw: bytes) -> None:
    assert octets_in(base64_of(raw), "place") == raw


@pytest.mark.parametrize("text", ["A", "AAA", "AA=A", "é", "AA==\n", "A A=", "AAA-"])
def test_other_texts_are_no_base64(text: str) -> None:
    with pytest.raises(Malformed):
        octets_in(text, "place")


def test_left_over_bits_and_another_length_are_refused() -> None:
    assert octets_in("AA==", "place") == b"\0"
    with pytest.raises(Malformed, match="not_canonical"):
        octets_in("AB==", "place")
    assert hash_in(base64_of(bytes(32)), "place") == bytes(32)
    for size in (0, 31, 33):
        with pytest.raises(Malformed, match="length"):
            hash_in(base64_of(bytes(size)), "place")
