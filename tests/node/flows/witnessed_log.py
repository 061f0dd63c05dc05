"""Colombia's log in a store, and two witnesses of this process that cosign it, or do not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from sqlmodel import col, select

from crypto.merkle import leaf_hash
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_root
from node.federation import Federation
from node.flows.feed_witnesses import FeedWitnesses
from node.flows.keep_log import KeepLog
from node.flows.peer_workers import PeerWorkers
from node.keys import Keys
from node.outbound.errors import OtherSize, PeerFault, PeerRefused
from node.safeguards.door import ClearedCheckpoint, ClearedLook, Door
from node.store import own_witnesses
from node.store.database import Database
from node.store.tables import Alert, Log, LogCheckpoint, LogWitness
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosign_checkpoint,
    log_key,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
    witness_name_of,
)
from protocol.witnessing import NOTHING_SEEN, Accepted, AddCheckpoint, Refusal, Seen, cosignature_bytes, decide
from tests.node.conftest import Clock
from tests.protocol.federation import BR, CO, PE, witness_secret

LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(100)]


class Witness:
    """A witness as it should be, and the ways in which it is not."""

    def __init__(self, state: Authority, log: SigningKey, clock: Clock) -> None:
        self.state, self.clock = state, clock
        self.log = log_key(origin_of(CO, log.public), log.public)
        self.key = witness_secret(state)
        self.seen, self.raw = NOTHING_SEEN, b""
        self.fault: PeerFault | None = None
        self.lines: Callable[[SignedCheckpoint], bytes] = self.cosigned
        self.asked: list[str] = []

    def cosigned(self, signed: SignedCheckpoint, skew: int = 0) -> bytes:
        name = witness_name_of(self.state, witness_secret(self.state).public)
        return cosignature_bytes(cosign_checkpoint(signed, name, self.key, self.clock.now + skew))

    def offered(self, raw: bytes) -> bytes:
        self.asked.append("offer")
        if self.fault is not None:
            raise self.fault
        decided = decide(AddCheckpoint.from_bytes(raw), self.log, self.seen)
        if isinstance(decided, Accepted):
            self.seen, self.raw = decided.seen, decided.checkpoint.raw
            return self.lines(decided.checkpoint)
        if decided.why is Refusal.OTHER_SIZE:
            raise OtherSize(decided.size)
        raise PeerRefused("log_forked")

    def show(self, signed: SignedCheckpoint) -> None:
        self.seen, self.raw = Seen(signed.checkpoint.size, signed.checkpoint.root), signed.raw

    def looked(self) -> bytes:
        self.asked.append("look")
        if self.fault is not None:
            raise self.fault
        if not self.raw:
            raise PeerRefused("wrong_question")
        return self.raw


class Lines:
    """Lines to witnesses of this process."""

    def __init__(self, witnesses: dict[Authority, Witness]) -> None:
        self.witnesses = witnesses

    def offer_checkpoint(self, cleared: ClearedCheckpoint) -> bytes:
        return self.witnesses[cleared.to].offered(cleared.raw)

    def read_seen(self, cleared: ClearedLook) -> bytes:
        return self.witnesses[cleared.to].looked()


class Story:
    """Colombia's log and its two witnesses."""

    def __init__(self, database: Database, keys: Keys, member: Federation, door: Door, clock: Clock) -> None:
        self.database, self.keys, self.clock = database, keys, clock
        secret = keys.log
        assert isinstance(secret, SigningKey)
        self.secret = secret
        self.witnesses = {state: Witness(state, secret, clock) for state in (BR, PE)}
        self.keep, self.life = KeepLog(database, keys, CO), "first"
        self.pool = ThreadPoolExecutor(4)
        self.member, self.door = member, door
        self.feeder = self.another_life()

    def another_life(self) -> FeedWitnesses:
        lines, workers = Lines(self.witnesses), PeerWorkers(self.pool, 1)
        return FeedWitnesses(self.database, self.member, self.keys, self.door, lines, workers, lambda: self.life)  # type: ignore[arg-type]

    def sign(self) -> None:
        """A checkpoint, a minute later."""
        self.clock.now += 60
        self.keep.beat()

    def feed(self) -> None:
        wait(self.feeder.feed_all())

    def beat(self) -> None:
        self.feeder.look_at_all()
        self.sign()
        self.feed()

    def newest(self) -> LogCheckpoint:
        with self.database.read() as work:
            return work.session.exec(select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc())).all()[0]

    def cosigners(self) -> set[str]:
        quorum = self.member.directory.quorum_of(CO)
        assert quorum is not None
        signed = read_checkpoint(self.newest().raw, log_key(self.origin, self.secret.public), quorum.witnesses)
        return {each.key.name[8:10] for each in signed.cosignatures}

    @property
    def origin(self) -> str:
        return origin_of(CO, self.secret.public)

    def halted(self) -> str | None:
        with self.database.read() as work:
            return work.session.exec(select(Log)).one().halted

    def unwitnessed_since(self) -> int | None:
        with self.database.read() as work:
            return own_witnesses.unwitnessed_since(work, work.session.exec(select(Log)).one())

    def row(self, state: Authority) -> LogWitness:
        with self.database.read() as work:
            return own_witnesses.of(work, self.origin, state)

    def alerts(self) -> list[tuple[str, str | None]]:
        with self.database.read() as work:
            return [(each.kind, each.peer) for each in work.session.exec(select(Alert)).all()]

    def other(self, size: int) -> SignedCheckpoint:
        """What the log never signed here: another history, or one that this store has lost."""
        return sign_checkpoint(Checkpoint(self.origin, size, stored_root(size, held_subtrees(LEAVES))), self.secret)
