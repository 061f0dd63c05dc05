"""What only the asker's node can see: whether a question looks like a case file or like a search through numbers.

Peers see blinded elements. So the limits on what an officer may ask stand here, before anything is blinded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from node.safeguards.errors import NotNecessary
from protocol.identifiers import Identifier, Kind

RUN_LENGTH = 8
"""This many consecutive numbers of one kind are a search, not a case: eight neighbours by chance among a few hundred phones of
a country with a hundred million numbers have a probability far below one in a billion."""


@dataclass(frozen=True, repr=False)
class AskedLine:
    """One line of a case file, normalised. `attested`: the officer says that it belongs to no victim, witness or relative."""

    line: int
    written: str
    identifiers: tuple[Identifier, ...]
    attested: bool


def check_necessity(lines: Sequence[AskedLine], *, attested: bool) -> None:
    """Return if the lines make a question; raise `NotNecessary` otherwise, naming the first line at fault."""
    if not lines:
        raise NotNecessary("no_lines")
    if not attested:
        raise NotNecessary("batch_not_attested")
    for line in lines:
        if not line.attested:
            raise NotNecessary("line_not_attested", line=line.line)
    numbers: dict[Kind, set[int]] = {}
    for line in lines:
        for identifier in line.identifiers[:1]:
            digits = "".join(character for character in identifier.canonical if character.isdigit())
            if digits:
                numbers.setdefault(identifier.kind, set()).add(int(digits))
    for kind, values in numbers.items():
        if _longest_run(sorted(values)) >= RUN_LENGTH:
            raise NotNecessary("looks_like_enumeration", kind=kind.value, run=RUN_LENGTH)


def _longest_run(values: Sequence[int]) -> int:
    longest = run = 1 if values else 0
    for before, after in pairwise(values):
        run = run + 1 if after == before + 1 else 1
        longest = max(longest, run)
    return longest
