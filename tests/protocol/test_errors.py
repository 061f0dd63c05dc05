"""Errors have one code each, stand in the tree that is drawn, and say nothing but what may be shown."""

from collections.abc import Iterator

import pytest

from protocol import errors
from protocol.errors import ProtocolError
from protocol.matching import OpeningRefused


def descend(kind: type[ProtocolError]) -> Iterator[type[ProtocolError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from descend(below)


OURS = sorted((kind for kind in descend(ProtocolError) if kind.__module__.startswith("protocol.")), key=lambda kind: kind.code)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in OURS]
    assert len(set(codes)) == len(codes)
    assert OpeningRefused in OURS


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: str(kind.code))
def test_the_code_is_written_on_the_class_itself(kind: type[ProtocolError]) -> None:
    assert "code" in vars(kind)


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind.__module__ == "protocol.errors"], ids=lambda kind: str(kind.code))
def test_the_drawn_tree_is_the_tree(kind: type[ProtocolError]) -> None:
    assert errors.__doc__ is not None
    lines = errors.__doc__.splitlines()
    mine = next(line for line in lines if kind.__name__ in line.split())
    depth = len(kind.__mro__) - len(ProtocolError.__mro__)
    assert mine.index(kind.__name__) == 4 + 4 * depth


def test_the_message_names_code_place_and_facts() -> None:
    error = errors.NotFresh("envelope.exp", difference_seconds=-31, tolerance_seconds=30)
    assert str(error) == "not_fresh at envelope.exp (difference_seconds=-31, tolerance_seconds=30)"
    assert error.facts == {"difference_seconds": -31, "tolerance_seconds": 30}
    assert str(errors.WrongAddressee("envelope.to")) == "wrong_addressee at envelope.to"
