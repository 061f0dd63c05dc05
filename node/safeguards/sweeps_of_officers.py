"""Sweeps as only the asker's own node can see them: numbers that lie too close together, over many questions and days.

Eight neighbours in one question are refused at once (`necessity.py`). Who spreads them over questions is seen here: of every
number that an officer asked about in the last 30 days, keyed digests of the number and of its block are kept, and a block of
which one officer has asked too many is asked no further. Without the node's digest key neither can be read from its digest.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from sqlmodel import col, delete, select

from node.keys import Keys
from node.safeguards.errors import NotNecessary
from node.safeguards.necessity import CHECKED, AskedLine, readings
from node.store.database import Work, in_parts
from node.store.tables import AskedNumber
from protocol.identifiers import Identifier

REMEMBERED_DAYS = 30
"""So long a number counts. A sweep that is slower than this forgets takes years: docs/spec/matching.md has the arithmetic."""

BLOCK_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "whole": 12,
        "in_the_ninth_place": 12,
        "after_the_country": 12,
        "one_at_the_end": 24,
        "after_the_country_and_one_at_the_end": 24,
        "two_at_the_end": 64,
        "after_the_country_and_two_at_the_end": 64,
    }
)
"""Reading of a number -> how many of one block an officer may ask about: the block is the number without its last two digits.

A reading that leaves out what may be a check digit, and is none, has ten or a hundred times as many numbers in a block. The
chance that honest questions get there is below one in a million: a test repeats the arithmetic of docs/spec/matching.md."""
_BLOCK_DIGITS, _SHORTEST, _DAY = 2, 6, 86400


def note_asked(work: Work, keys: Keys, officer_id: str, lines: Sequence[AskedLine]) -> None:
    """Remember the numbers of a question that is about to be asked, or raise `NotNecessary` (`looks_like_sweep`)."""
    today = work.now() // _DAY
    work.session.exec(delete(AskedNumber).where(col(AskedNumber.day) <= today - REMEMBERED_DAYS))
    asked = {
        _digest(keys, identifier, reading, text): (_digest(keys, identifier, reading, text[:-_BLOCK_DIGITS]), identifier, reading)
        for line in lines
        for identifier in line.identifiers[:1]
        for reading, text in _numbers(identifier)
    }
    of_block: dict[str, set[str]] = {}
    for part in in_parts({block for block, _, _ in asked.values()}):
        earlier = select(AskedNumber.block, AskedNumber.number).where(
            AskedNumber.officer_id == officer_id, col(AskedNumber.block).in_(part)
        )
        for block, number in work.session.exec(earlier).all():
            of_block.setdefault(block, set()).add(number)
    known = set[str]().union(*of_block.values())
    for number, (block, identifier, reading) in asked.items():
        numbers = of_block.setdefault(block, set())
        numbers.add(number)
        if len(numbers) > BLOCK_LIMITS[reading]:
            raise NotNecessary("looks_like_sweep", kind=identifier.kind.value, days=REMEMBERED_DAYS)
    rows = [
        {"officer_id": officer_id, "number": number, "block": block, "day": today}
        for number, (block, _, _) in asked.items()
        if number not in known
    ]
    work.insert(AskedNumber, rows)


def _numbers(identifier: Identifier) -> Iterator[tuple[str, str]]:
    """The readings of an identifier that end in digits and are long enough to have a block."""
    for reading, text in readings(identifier):
        # of a kind with check digits, neighbours differ in them, and blocks of whole numbers say nothing
        counts = reading != "whole" or identifier.kind not in CHECKED
        digits = sum(character.isdigit() for character in text)
        if counts and digits >= _SHORTEST and text[-_BLOCK_DIGITS:].isdigit():
            yield reading, text


def _digest(keys: Keys, identifier: Identifier, reading: str, text: str) -> str:
    return keys.digest("asked_number", f"{identifier.kind.value}|{reading}|{text}".encode())
