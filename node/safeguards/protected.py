"""Identifiers that a victim, witness or relative bears, as marks k·H(x) under a key of their own.

This is the seat of the protected register. What sits in it today: marks made from import rows of protected people, checked
before an identifier is listed and again at every index beat. `docs/limitations.md` says what the register will add.
"""

from collections.abc import Iterable

from sqlmodel import col, select

from node.keys import Keys
from node.store.database import Work
from node.store.tables import ProtectedMark


def mark(work: Work, keys: Keys, inputs: Iterable[bytes]) -> int:
    """Mark OPRF inputs as protected. Returns how many were not marked before. The inputs themselves are not kept."""
    fresh = 0
    for value in inputs:
        name = keys.protected_mark(value)
        if work.session.get(ProtectedMark, name) is None:
            work.session.add(ProtectedMark(mark=name, created=work.now()))
            work.session.flush()
            fresh += 1
    return fresh


def any_since(work: Work, moment: int) -> bool:
    """Whether anything was marked at `moment` (POSIX seconds) or later."""
    return work.session.exec(select(col(ProtectedMark.mark)).where(ProtectedMark.created >= moment)).first() is not None


def is_protected(work: Work, keys: Keys, value: bytes) -> bool:
    """Whether this OPRF input is marked."""
    found = work.session.exec(select(col(ProtectedMark.mark)).where(ProtectedMark.mark == keys.protected_mark(value)))
    return found.first() is not None
