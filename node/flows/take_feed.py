"""Taking a feed of the national system into the protected register: the next one, whole, in one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from crypto.signing import VerifyKey
from node.case_files.problems import Problem
from node.case_files.register_feed import FeedFault, FeedRefused, open_feed, read_feed
from node.federation import Federation
from node.flows.keep_register import guarded_row
from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards import protected
from node.safeguards.protected import Source
from node.store.acts import Act
from node.store.database import Database
from node.store.tables import ProtectedFeed


@dataclass(frozen=True)
class TakenFeed:
    """`taken`: how many of its entries; what was wrong with the others, or with parts of these."""

    sequence: int
    taken: int
    problems: Sequence[Problem]


@dataclass(frozen=True, repr=False)
class TakeFeed:
    """The story's parts. `key`: the national system's, None where nobody feeds."""

    database: Database
    keys: Keys
    federation: Federation
    key: VerifyKey | None

    def take(self, officer: ProtectionLiaison, raw: bytes) -> TakenFeed:
        """Take the feed in `raw`. Raises `FeedRefused`, and then nothing of it was taken."""
        feed = open_feed(raw, self.key, self.federation.me)
        with self.database.read() as work:
            today = work.today()
        read = list(read_feed(feed, today))
        those = [guarded_row(self.keys, row, Source.FEED, officer.id) for _, row, _ in read if row is not None]
        with self.database.begin() as work:
            last = work.session.exec(select(func.max(ProtectedFeed.sequence))).one() or 0
            if feed.sequence <= last:
                raise FeedRefused(FeedFault.REPLAYED, sequence=feed.sequence, expected=last + 1)
            if feed.sequence != last + 1:
                raise FeedRefused(FeedFault.OUT_OF_ORDER, sequence=feed.sequence, expected=last + 1)
            protected.protect(work, self.keys, *those)
            work.session.add(ProtectedFeed(sequence=feed.sequence, taken=len(those), received=work.now()))
            work.record(Act.PROTECTED_FED, officer=officer.id, sequence=feed.sequence, rows=len(those))
        return TakenFeed(feed.sequence, len(those), [problem for _, _, problems in read for problem in problems])
