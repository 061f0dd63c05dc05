"""What this node refused, month by month: of its own officers' questions and of peers' messages, by purpose and cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from node.officers import Overseer
from node.safeguards import refusals
from node.safeguards.refusals import Refusals
from node.store.database import Database


@dataclass(frozen=True, repr=False)
class CountRefusals:
    """The story's parts."""

    database: Database

    def count(self, _officer: Overseer, months: int) -> Sequence[Refusals]:
        """Of the last so many months of UTC, this one among them, the latest first. Nobody of ours is named."""
        with self.database.read() as work:
            return refusals.count(work, _first_of_month(work.now(), months - 1))


def _first_of_month(now: int, months_ago: int) -> int:
    today = datetime.fromtimestamp(now, UTC)
    year, month = divmod(today.year * 12 + today.month - 1 - months_ago, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp())
