"""Colombia's log and Peru's, of what they say to each other, with no line between them: a page is asked for, and comes."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlmodel import select

from crypto.sealing import StorageKey
from crypto.signing import SigningKey
from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.compare_logs import Comparison
from node.flows.keep_log import KeepLog
from node.flows.look_at_logs import LookAtLogs
from node.flows.peer_workers import PeerWorkers
from node.flows.reconcile import Reconcile
from node.keys import Keys
from node.officers import Overseer, Role
from node.safeguards.checks import Outgoing
from node.store import counterparts
from node.store.database import Database, ExchangeRef
from node.store.tables import Alert
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.directory import Directory
from protocol.journal import PAIRED, Act
from protocol.messages import Body, Counterparts, CounterpartsWanted
from tests.new_stores import empty_file
from tests.node.conftest import ALICE, Clock
from tests.protocol.federation import CO, PE, envelope, log_secret, octets, signed

EVERY = 86400
AUDITOR = Overseer(ALICE, "alice", frozenset({Role.AUDITOR}))
Tamper = Callable[[Counterparts], Counterparts]


def as_told(told: Counterparts) -> Counterparts:
    """What an honest peer sends."""
    return told


@dataclass
class Peru:
    """Peru's node, as far as it can be asked about its log: `tamper` changes what it says, `fault` keeps it from answering."""

    database: Database
    tamper: Tamper = as_told
    fault: Exception | None = None
    asked: list[CounterpartsWanted] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def ask(self, outgoing: Outgoing[CounterpartsWanted], _expected: type[Body]) -> Admitted[Counterparts]:
        """What `CallPeer.ask` gives."""
        self.asked.append(outgoing.body)
        if self.fault is not None:
            raise self.fault
        with self.database.read() as work:
            page = counterparts.page(work, CO, outgoing.body.log, outgoing.body.after)
        reply = signed(envelope(self.tamper(page), sender=PE, to=CO, x=f"page {len(self.asked)}"))
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return Admitted(reply.envelope, reply.raw, reply.digest, cast("Any", None))


@dataclass
class Looking:
    """What a look at Peru's log says: that a quorum vouches for it up to now, or `until` when."""

    clock: Clock
    until: Callable[[], int | None] | None = None

    def look(self, _peer: Authority) -> int | None:
        """What `LookAtLogs.look` gives."""
        return self.clock.now if self.until is None else self.until()


@dataclass
class TwoLogs:
    """Both logs, and the story under test at Colombia's."""

    database: Database
    ours: KeepLog
    peru: Peru
    member: Federation
    story: Reconcile
    looking: Looking
    clock: Clock
    secret: SigningKey = field(default_factory=lambda: log_secret(PE))
    _said: int = 0

    def say(
        self, sender: Act, receiver: Act, *, by: Authority = CO, x: str = "", lost: str = "", other: bool = False, delay: int = 0
    ) -> str:
        """An envelope that leaves an entry on both sides; one is `lost` at its `sender` or `receiver`. Returns the exchange.

        `other`: the receiver enters another commitment. `delay`: seconds by which its entry is dated later.
        """
        self._said += 1
        x, digest = x or octets(f"exchange {self._said}").hex()[:32], octets(f"envelope {self._said}").hex()
        sides = {CO: (self.database, PE), PE: (self.peru.database, CO)}
        to = PE if by == CO else CO
        for act, side, what in ((sender, by, "sender"), (receiver, to, "receiver")):
            database, peer = sides[side]
            late = delay if what == "receiver" else 0
            told = octets("another envelope").hex() if other and what == "receiver" else digest
            self.clock.now += late
            if what != lost:
                with database.begin() as work:
                    work.record_envelope(act, ExchangeRef(x, peer, PAIRED[act].direction), digest=told, salt=octets("a salt"))
            self.clock.now -= late
        return x

    def question(self, x: str = "", *, asked: str = "", answered: str = "") -> str:
        """Colombia asks, Peru answers; what is `asked` or `answered` is lost at that side."""
        x = self.say(Act.QUESTION_ASKED, Act.QUESTION_RECEIVED, x=x, lost=asked)
        return self.say(Act.QUESTION_ANSWERED, Act.ANSWER_RECEIVED, by=PE, x=x, lost=answered)

    def log_theirs(self) -> None:
        """Peru's log takes what waits there."""
        KeepLog(self.peru.database, cast("Keys", SimpleNamespace(log=self.secret)), PE).beat()

    def log_both(self) -> None:
        """Both logs take what waits."""
        self.ours.beat()
        self.log_theirs()

    def later(self, seconds: int = EVERY) -> None:
        """Time passes: by default, enough for everything that was under way to have come."""
        self.clock.now += seconds

    def look(self) -> Comparison:
        """An auditor has the logs compared."""
        return self.story.reconcile(AUDITOR, PE)

    def found(self) -> list[tuple[str, str]]:
        """Cause and exchange of all that is not as it should be."""
        told = self.look()
        return [(each.cause.value, each.x) for each in (*told.differences, *told.noted)]

    def adopt(self, directory: Directory) -> None:
        """Colombia adopts another directory."""
        self.member.adopt(directory)


def two_logs(folder: Path, database: Database, keys: Keys, member: Federation, clock: Clock) -> TwoLogs:
    """Both logs, opened."""
    path = folder / "peru.sqlite"
    path.write_bytes(empty_file())
    peru = Peru(Database(f"sqlite:///{path}", StorageKey.generate(os.urandom), os.urandom, clock))
    workers = PeerWorkers(ThreadPoolExecutor(1), 1)
    looking = Looking(clock)
    story = Reconcile(database, member, cast("CallPeer", peru), cast("LookAtLogs", looking), workers, EVERY)
    made = TwoLogs(database, KeepLog(database, keys, CO), peru, member, story, looking, clock)
    made.log_both()
    return made


def alerts(logs: TwoLogs) -> list[tuple[str, str | None, int]]:
    """Kind, peer and count of what was raised at Colombia's."""
    with logs.database.read() as work:
        return [(each.kind, each.peer, each.count) for each in work.session.exec(select(Alert)).all()]


def breaches(told: Comparison) -> list[tuple[str, int, int]]:
    """Code, first number and count of what no log can have."""
    return [(each.code, each.seq, each.count) for each in told.breaches]
