"""The openings of our own questions as they are kept: the body lies once more under the key of its exchange, and goes with it.

The boxes can be read as before: they say who the holders are, and open nothing but the body. Without the exchange's key, in a
backup or after an erasure, all holders together read nothing of what was asked.
"""

from collections.abc import Sequence

from crypto.sealing import SealingPublicKey
from node.store.database import Side, Work
from protocol.matching import Openings
from protocol.sealed_openings import SealedOpenings, read_sealed, seal_openings
from protocol.wire import canonical

_PLACE = "openings"


def keep_openings(work: Work, x: str, peer: str, openings: Openings, holders: Sequence[SealingPublicKey]) -> bytes:
    """The openings of the question of exchange `x` to `peer`, for any two of `holders` as long as the exchange has its key.

    `ValueError` as `protocol.sealed_openings.check_holders`.
    """
    sealed = read_sealed(seal_openings(openings, x, holders, work.random))
    return canonical(sealed.model_copy(update={"body": work.seal(x, sealed.body, _PLACE, Side(peer, "out"))}))


def kept_openings(work: Work, x: str, peer: str, raw: bytes) -> SealedOpenings:
    """Back from `keep_openings`, as two holders open it.

    Raises `TooLarge`, `Malformed`, `crypto.errors.SealBroken` when tampered with, `KeyError` when the key was erased.
    """
    kept = read_sealed(raw)
    return kept.model_copy(update={"body": work.open(x, kept.body, _PLACE, Side(peer, "out"))})


def kept_whole(work: Work, x: str, peer: str, raw: bytes) -> bytes:
    """What the one key of 0.1 opens, from under the exchange's key. Raises `crypto.errors.SealBroken`, `KeyError`."""
    return work.open(x, raw, _PLACE, Side(peer, "out"))
