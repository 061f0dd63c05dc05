"""Random reviews: some lines are held that have nothing to do with the protected register, so that a hold says little.

The draw is permanent: a keyed function of what is asked about, whatever the writing, the normaliser's version, the officer or
the day. Whoever asks again learns what was known before. A review serves oversight, too: somebody looks at a question that
nobody had a reason to suspect.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from crypto.derivation import parted
from node.keys import Keys
from protocol.names import NAME_KIND

BY_TWO = 1 / 2
"""Of the reviews, this share takes two liaisons to release: what stays held for long is not the protected alone."""
_DATED = b"date/"
"""How those keys of a person begin that join one name with the whole birth date: they survive any order and any missing name."""
_RANGE = 1 << 256


class Review(StrEnum):
    """Whose release a drawn line needs."""

    BY_ONE = "review"
    BY_TWO = "review_by_two"


def canonical_forms(inputs: Iterable[bytes]) -> list[bytes]:
    """What OPRF inputs are about: the canonical forms, in order and each once, without kind and version."""
    return sorted({canonical for _, _, canonical in map(parted, inputs)})


def draw(keys: Keys, inputs: Sequence[bytes], rate: float) -> Review | None:
    """Whether a line with these OPRF inputs is to be reviewed; `rate`: the share of all such lines.

    Of an identifier each form draws, so that a number is drawn alike in whatever it stands; of a person each key of one name and
    the whole date. There are two of these at least where a name has two parts, and each draws half as often.
    """
    parts = [parted(value) for value in inputs]
    dated = {canonical for kind, _, canonical in parts if kind == NAME_KIND.encode() and canonical.startswith(_DATED)}
    chosen = dated or {canonical for _, _, canonical in parts}
    below = rate / 2 if len(dated) > 1 else rate
    least = min((int(keys.digest("review", each), 16) for each in chosen), default=_RANGE)
    if least >= below * _RANGE:
        return None
    return Review.BY_TWO if least < BY_TWO * below * _RANGE else Review.BY_ONE
