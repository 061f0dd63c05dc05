"""Whether this node came from a backup, and whether it knows again what its peers know of it."""

from sqlmodel import col, select

from node.store.database import Work
from node.store.tables import Restoration


def newest(work: Work) -> Restoration | None:
    """The last restoration, if there ever was one."""
    return work.session.exec(select(Restoration).order_by(col(Restoration.at).desc()).limit(1)).first()


def is_open(work: Work) -> bool:
    """Whether the node was restored and has not finished: then it signs no manifest and no record."""
    held = newest(work)
    return held is not None and held.finished is None


def taken_since(work: Work, tolerance: int) -> int:
    """From when on peers' envelopes are taken (POSIX seconds); 0 if always.

    The memory of exchange ids is as old as the backup. What was issued before the restore may have been taken before; a peer's
    clock may be ahead by the tolerance.
    """
    held = newest(work)
    return 0 if held is None else held.at + tolerance
