"""Taking a feed of the national system into the protected register: the next one, whole, in one unit of work.

What was told of the newest one is kept, so that whoever lost the answer hands in the same bytes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlmodel import col, delete, select

from crypto.signing import VerifyKey
from node.case_files.register_feed import FeedFault, FeedRefused, open_feed, read_feed
from node.federation import Federation
from node.flows.keep_register import guarded_row
from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards import protected
from node.safeguards.protected import Source
from node.store.database import Database, Work
from node.store.tables import ProtectedFeed, ProtectedFeedProblem
from protocol.journal import Act


@dataclass(frozen=True)
class FeedProblem:
    """Something of a feed that was not taken: `line` is the entry's number from 1, `reason` the code of a `Problem`."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class TakenFeed:
    """`taken`: how many of its entries; what was wrong with the others, or with parts of these."""

    sequence: int
    taken: int
    problems: Sequence[FeedProblem]


@dataclass(frozen=True, repr=False)
class TakeFeed:
    """The story's parts. `key`: the national system's, None where nobody feeds."""

    database: Database
    keys: Keys
    federation: Federation
    key: VerifyKey | None

    def take(self, officer: ProtectionLiaison, raw: bytes) -> TakenFeed:
        """Take the feed in `raw`, or say once more what was taken of it if it is the newest one.

        Raises `FeedRefused`, and then nothing of it was taken.
        """
        feed = open_feed(raw, self.key, self.federation.me)
        digest = self.keys.digest("protected feed", sha256(raw).digest())
        with self.database.read() as work:
            today = work.today()
            taken = _taken(work, digest)
        if taken is not None:
            return taken
        read = list(read_feed(feed, today))
        those = [guarded_row(self.keys, row, Source.FEED, officer.id) for _, row, _ in read if row is not None]
        problems = [FeedProblem(each.line, each.column or "", each.code) for _, _, told in read for each in told]
        with self.database.begin() as work:
            taken = _taken(work, digest)
            if taken is not None:  # handed in twice at once
                return taken
            newest = _newest(work)
            last = 0 if newest is None else newest.sequence
            if feed.sequence <= last:
                raise FeedRefused(FeedFault.REPLAYED, sequence=feed.sequence, expected=last + 1)
            if feed.sequence != last + 1:
                raise FeedRefused(FeedFault.OUT_OF_ORDER, sequence=feed.sequence, expected=last + 1)
            protected.protect(work, self.keys, *those)
            work.session.add(ProtectedFeed(sequence=feed.sequence, digest=digest, taken=len(those), received=work.now()))
            work.session.exec(delete(ProtectedFeedProblem))
            work.insert(ProtectedFeedProblem, [vars(each) for each in problems])
            work.record(Act.PROTECTED_FED, officer=officer.id, sequence=feed.sequence, rows=len(those))
        return TakenFeed(feed.sequence, len(those), problems)


def _newest(work: Work) -> ProtectedFeed | None:
    return work.session.exec(select(ProtectedFeed).order_by(col(ProtectedFeed.sequence).desc()).limit(1)).first()


def _taken(work: Work, digest: str) -> TakenFeed | None:
    """What was taken of the newest feed, if these are its bytes."""
    newest = _newest(work)
    if newest is None or newest.digest != digest:
        return None
    told = work.session.exec(select(ProtectedFeedProblem).order_by(col(ProtectedFeedProblem.id))).all()
    return TakenFeed(newest.sequence, newest.taken, [FeedProblem(each.line, each.column, each.reason) for each in told])
