"""Passes: what a protection liaison has looked at and released, so that nothing is held up again for the same reason.

What a pass is of, and what a hold is of, is known under one mark: a keyed digest of what the line is about.
"""

from collections.abc import Iterable

from sqlmodel import col, select

from crypto.derivation import length_prefixed
from node.keys import Keys
from node.safeguards.reviews import canonical_forms
from node.store.database import Work, in_parts
from node.store.tables import HoldPass


def mark_of(keys: Keys, inputs: Iterable[bytes]) -> str:
    """The keyed digest of what these OPRF inputs are about: the same whatever the writing or the normaliser's version."""
    return keys.digest("hold", length_prefixed(*canonical_forms(inputs)))


def passes_of(work: Work, marks: Iterable[str]) -> dict[str, HoldPass]:
    """Those of `marks` that were ever released, by mark; whether a pass still counts is for who looks to judge."""
    return {
        given.mark: given
        for part in in_parts(set(marks))
        for given in work.session.exec(select(HoldPass).where(col(HoldPass.mark).in_(part))).all()
    }
