"""What goes over the socket between a node and the process that keeps the register's key: group elements, and nothing else.

    request   "CPK1" | operation, 1 byte | number of elements, 2 bytes, big-endian | 32 bytes each
    reply     status, 1 byte             | number of elements, 2 bytes, big-endian | 32 bytes each

One request a connection. No identifier goes over it: an element is the hash of one, and comes back multiplied.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum

from crypto.group import ELEMENT_SIZE, Element

MAGIC = b"CPK1"
ELEMENTS = 1024
"""Of one request: a tenth of a second of the group's time."""
_COUNT_BYTES = 2


class Operation(IntEnum):
    """What is asked: the methods of `RegisterKey`."""

    MARK = 1
    STATE = 2
    BEGIN_TURN = 3
    TURN = 4
    END_TURN = 5


class Status(IntEnum):
    """How it went. Of `STATE`, done says that no turn is under way."""

    DONE = 0
    TURNING = 1
    MALFORMED = 2
    SPENT = 3
    """The day's marks are used up."""
    UNUSABLE = 4
    """There is no such key."""


class BadFrame(Exception):
    """The bytes are no request, or no reply."""


def frame(head: bytes, elements: Sequence[Element] = ()) -> bytes:
    """A request (head: magic and operation) or a reply (head: status)."""
    return b"".join([head, len(elements).to_bytes(_COUNT_BYTES), *map(bytes, elements)])


def read_elements(read: Callable[[int], bytes]) -> list[Element]:
    """What follows a head; `read` gives as many bytes, or fewer at the end. Raises `BadFrame`, `BadElement`."""
    count = int.from_bytes(exactly(read, _COUNT_BYTES))
    if count > ELEMENTS:
        raise BadFrame
    raw = exactly(read, count * ELEMENT_SIZE)
    return [Element.from_bytes(raw[at : at + ELEMENT_SIZE]) for at in range(0, len(raw), ELEMENT_SIZE)]


def exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """So many bytes. Raises `BadFrame` where there are fewer."""
    raw = read(size) if size else b""
    if len(raw) != size:
        raise BadFrame
    return raw
