"""Random reviews: some lines are held that have nothing to do with the protected register, so that a hold says little.

The draw is a keyed function of what is asked about, whatever the writing, the normaliser's version or the officer. One half of
the reviews is for ever: whoever asks again learns what was known before. The other half is drawn anew each season: else a line
that is held now, and was not some weeks ago, could only be somebody who was registered meanwhile. A review serves oversight, too:
somebody looks at a question that nobody had a reason to suspect.

The protected are held in all that is asked about them, so reviews come together as well: what the case data have of one subject
shares a draw, and beside a line that is held, whatever the cause, some others of the same officer are (`beside`).
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from crypto.derivation import length_prefixed, parted
from node.keys import Keys
from node.settings import REVIEW_FLOOR
from protocol.names import NAME_KIND

AT_ONCE = 3 / 4
"""Of the reviews, this share is held when the officer asks, the rest when the question goes out: else a line that is held only
then could only be somebody who was registered between the two."""
BY_TWO = 1 / 2
"""Of the reviews, this share takes two liaisons to release: what stays held for long is not the protected alone."""
_DATED = b"date/"
"""How those keys of a person begin that join one name with the whole birth date: they survive any order and any missing name."""
BESIDE = 1 / 2
"""Beside a line that is held, so many others of its question are, on average, and half as many of the officer's day."""
SEASON_DAYS = 90
"""So long a half of the reviews stays; each form's seasons begin on a day of its own, so that no day is that of the changes."""
_RANGE = 1 << 256
_SUBJECT = b"subject/"
"""Before a subject's digest: it is no canonical form."""


class Review(StrEnum):
    """Whose release a drawn line needs."""

    BY_ONE = "review"
    BY_TWO = "review_by_two"


def canonical_forms(inputs: Iterable[bytes]) -> list[bytes]:
    """What OPRF inputs are about: the canonical forms, in order and each once, without kind and version."""
    return sorted({canonical for _, _, canonical in map(parted, inputs)})


def draw(keys: Keys, inputs: Sequence[bytes], rate: float, day: int, subjects: Collection[str] = frozenset()) -> Review | None:
    """Whether a line with these OPRF inputs is to be reviewed on `day` (any count of days); `rate`: the share of all such lines.

    `subjects`: keyed digests of those who bear it by the case data. They draw one half, so that all that one of them bears is
    reviewed together, and the line itself draws the other.

    Of an identifier each form draws, so that a number is drawn alike in whatever it stands; of a person each key of one name and
    the whole date. There are two of these at least where a name has two parts, and each draws half as often.
    """
    parts = [parted(value) for value in inputs]
    dated = {canonical for kind, _, canonical in parts if kind == NAME_KIND.encode() and canonical.startswith(_DATED)}
    chosen = dated or {canonical for _, _, canonical in parts}
    of_itself = rate / 2 if subjects else rate
    shares = dict.fromkeys(chosen, of_itself / 2 if len(dated) > 1 else of_itself)
    if chosen:
        shares |= {_SUBJECT + bytes.fromhex(each): rate / 2 / len(subjects) for each in subjects}
    lots = [
        lot / (share / 2)  # of each half
        for each, share in shares.items()
        for lot in (_lot(keys, b"", each), _lot(keys, _season(keys, each, day), each))
    ]
    return _drawn(min(lots, default=_RANGE))


def beside(keys: Keys, held: str, other: str, chance: float) -> Review | None:
    """Whether `other` is to be reviewed because an officer who asks about it met a hold of `held`; both are marks of holds.

    The lot is the pair's: whoever asks about both again sees what they saw.
    """
    return None if chance <= 0 else _drawn(_lot(keys, b"beside", "/".join(sorted((held, other))).encode()) / chance)


def chance_beside(others: int, rate: float) -> float:
    """How likely each of so many others is reviewed beside a line that is held: less where reviews by themselves are many."""
    return min(1 / 2, BESIDE * REVIEW_FLOOR / rate / others) if others > 0 else 0.0


def _drawn(lot: float) -> Review | None:
    """A lot in parts of what is drawn."""
    if lot >= _RANGE:
        return None
    return Review.BY_TWO if lot < BY_TWO * _RANGE else Review.BY_ONE


def _lot(keys: Keys, season: bytes, canonical: bytes) -> int:
    return int(keys.digest("review", length_prefixed(season, canonical)), 16)


def _season(keys: Keys, canonical: bytes, day: int) -> bytes:
    offset = int(keys.digest("review season", canonical), 16) % SEASON_DAYS
    return str((day + offset) // SEASON_DAYS).encode()
