"""Frames between a node and the process with the register's key: exact sizes, elements only."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CryptoError
from crypto.oprf import element_of
from node.marking.wire import ELEMENTS, BadFrame, exactly, frame, read_elements

SOME = [element_of(bytes([number])) for number in range(3)]


@given(st.integers(0, 5))
def test_elements_come_out_as_they_went_in(count: int) -> None:
    elements = [element_of(bytes([number])) for number in range(count)]
    stream = io.BytesIO(frame(b"head", elements))
    assert exactly(stream.read, 4) == b"head"
    assert read_elements(stream.read) == elements


@pytest.mark.parametrize("cut", range(1, 2 + 3 * 32))
def test_a_frame_that_is_cut_short_is_refused(cut: int) -> None:
    raw = frame(b"", SOME)
    with pytest.raises(BadFrame):
        read_elements(io.BytesIO(raw[:-cut]).read)


def test_more_elements_than_one_request_may_have_are_refused_before_they_are_read() -> None:
    stream = io.BytesIO((ELEMENTS + 1).to_bytes(2) + bytes(64))
    with pytest.raises(BadFrame):
        read_elements(stream.read)
    assert stream.tell() == 2


@pytest.mark.parametrize("raw", [bytes(32), b"\xff" * 32, b"\x01" + bytes(31)])
def test_what_is_no_element_is_refused(raw: bytes) -> None:
    with pytest.raises(CryptoError):
        read_elements(io.BytesIO(b"\x00\x01" + raw).read)
