"""Identifiers that a victim, witness or relative bears, as marks k·H(x) under a key of their own.

This is the seat of the protected register. What sits in it today: marks made from import rows of protected people, checked
before an identifier is listed and again before its entry is made; what is listed already leaves as it is marked.
`docs/limitations.md` says what the register will add.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select, update

from node.keys import Keys
from node.store.database import Work, in_parts
from node.store.tables import IndexItem, ProtectedMark


@dataclass(frozen=True, repr=False)
class Guarded:
    """Identifiers of somebody under protection, ready to be marked."""

    marks: frozenset[str]
    """What is kept of them."""
    identifiers: frozenset[str]
    """Their keyed digests, under which case data and the index know them: kept nowhere else."""


def guarded(keys: Keys, inputs: Iterable[bytes]) -> Guarded:
    """OPRF inputs to be marked. Costs a group operation each, so it is done before others are made to wait."""
    values = set(inputs)
    return Guarded(
        frozenset(keys.protected_mark(value) for value in values), frozenset(keys.digest("identifier", value) for value in values)
    )


def protect(work: Work, those: Guarded) -> int:
    """Mark them, and let what is listed of them leave the index with the next beat. Returns how many were not marked before."""
    fresh = 0
    for part in in_parts(those.marks):
        held = set(work.session.exec(select(col(ProtectedMark.mark)).where(col(ProtectedMark.mark).in_(part))).all())
        rows = [{"mark": each, "created": work.now()} for each in part if each not in held]
        work.insert(ProtectedMark, rows)
        fresh += len(rows)
    for part in in_parts(those.identifiers):
        work.session.flush()
        of_them = (col(IndexItem.identifier).in_(part), col(IndexItem.state) != "leaving")
        work.session.exec(update(IndexItem).where(*of_them).values(state="leaving"))
    return fresh


def is_protected(work: Work, keys: Keys, value: bytes) -> bool:
    """Whether this OPRF input is marked."""
    found = work.session.exec(select(col(ProtectedMark.mark)).where(ProtectedMark.mark == keys.protected_mark(value)))
    return found.first() is not None
