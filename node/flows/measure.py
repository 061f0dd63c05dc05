"""What telemetry is told of how the node stands: queues, budgets, the directory's and the certificate's time. No person, no case.

Levels are taken on a beat of their own, by counting. Nothing is told that an officer's screen would not show: no hits, no holds,
no withdrawals, no peer by name.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from sqlalchemy import func
from sqlmodel import col, select

from node.federation import Federation
from node.safeguards import budgets
from node.store import jobs
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import AdoptedDirectory, Job, QuestionToPeer
from node.telemetry.words import MetricName

_DAY = 86400
_OPEN = ("waiting", "asked", "received")


@dataclass(frozen=True, repr=False)
class Measure:
    """The story's parts."""

    database: Database
    federation: Federation
    certificate: Path
    clock: Callable[[], int]

    def beat(self) -> None:
        """Take every level once. Raises `StoreUnavailable`, and `OSError` or `ValueError` when the certificate cannot be read."""
        with self.database.read() as work:
            self._outbox(work)
            self._questions(work)
            if self.federation.has_directory:
                self._directory(work)
                self._budgets(work)
        self._certificate()

    def _outbox(self, work: Work) -> None:
        of_records = Job.lane != Lane.QUESTION
        counted = Counter[str]()
        for state, count in work.session.exec(select(Job.state, func.count()).where(of_records).group_by(Job.state)).all():
            counted[jobs.DELIVERY[state]] += count
        for state in sorted(set(jobs.DELIVERY.values())):
            self._tell(MetricName.OUTBOX, counted[state], state=state)
        waits = select(func.min(Job.created)).where(of_records, col(Job.state).in_((jobs.WAITING, jobs.LEASED)))
        since: int | None = work.session.exec(waits).one()
        self._tell(MetricName.QUEUE_AGE, 0 if since is None else max(0, work.now() - since), queue="outbox")

    def _questions(self, work: Work) -> None:
        since: int | None = work.session.exec(
            select(func.min(QuestionToPeer.since)).where(col(QuestionToPeer.state).in_(_OPEN))
        ).one()
        self._tell(MetricName.QUEUE_AGE, 0 if since is None else max(0, work.now() - since), queue="questions")

    def _directory(self, work: Work) -> None:
        directory = self.federation.directory
        adopted = work.session.get(AdoptedDirectory, (directory.ref.version, directory.ref.hash))
        if adopted is not None:
            self._tell(MetricName.DIRECTORY_AGE, work.now() - adopted.adopted)
        self._tell(MetricName.DIRECTORY_LEFT, int(directory.expires.timestamp()) - work.now())

    def _budgets(self, work: Work) -> None:
        """The tightest of all: by peer, it would tell whom this country looks at, and who looks at it."""
        members = self.federation.directory.members
        if self.federation.me in members:
            own = members[self.federation.me].working.lists
            self._tell(MetricName.BUDGET_LEFT, budgets.share_left(work, "asker", own), side="answered")
        theirs = [entry for peer in self.federation.peers() for entry in members[peer].working.lists]
        self._tell(MetricName.BUDGET_LEFT, budgets.share_left(work, "asked", theirs), side="asked")

    def _certificate(self) -> None:
        leaf = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        left = leaf.not_valid_after_utc.timestamp() - self.clock()
        self._tell(MetricName.CERTIFICATE_LEFT, int(left // _DAY))

    def _tell(self, name: MetricName, value: float, **attributes: str) -> None:
        self.database.telemetry.level(name, value, **attributes)
