"""The evidence that a log shows two histories, for those who have to show it to others: of peers' logs, and against our own.

    what this node had cosigned of a peer's log, and what that log signed afterwards
    what witnesses showed of our log, and ours did not lead to

Notes come as they were kept, with the keys under which anybody can check them. A fork of a peer stays in the store for good; what
was shown against our own log goes when the log was rebuilt and leads there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from crypto.note import MOST_SIGNATURES, Note, NoteKey
from node.federation import Federation
from node.flows.prove_entry import log_keys_of
from node.keys import Keys
from node.officers import Overseer
from node.safeguards import readings
from node.store.database import Database
from node.store.tables import LogFork, LogWitness
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, log_key, origin_of, parse_checkpoint


@dataclass(frozen=True)
class ForkOfPeer:
    """Two notes that a peer's log signed. `key`: its verifier key, None where the directory in force does not name that log.

    `settled`: when the directory named another log of that state.
    """

    number: int
    authority: Authority
    origin: str
    cause: str
    noticed: int
    settled: int | None
    first: bytes
    second: bytes
    key: str | None


@dataclass(frozen=True)
class AgainstUs:
    """A checkpoint under our own key that our log did not lead to, with the cosignatures of all witnesses that showed it."""

    origin: str
    size: int
    witnesses: tuple[Authority, ...]
    note: bytes
    key: str | None


@dataclass(frozen=True)
class Forks:
    """All that is kept: the newest fork first; what was shown against us by log and size."""

    of_peers: tuple[ForkOfPeer, ...]
    against_us: tuple[AgainstUs, ...]


@dataclass(frozen=True, repr=False)
class ShowForks:
    """The story's parts."""

    database: Database
    federation: Federation
    keys: Keys

    def show(self, officer: Overseer) -> Forks:
        """All of it. That it was read is on record before this returns."""
        own = origin_of(self.federation.me, self.keys.log.public)
        ours = {own: log_key(own, self.keys.log.public)} | log_keys_of(self.federation, self.federation.me)
        with self.database.read() as work:
            forks = work.session.exec(select(LogFork).order_by(col(LogFork.id).desc())).all()
            shown = select(LogWitness).where(col(LogWitness.against).is_not(None))
            rows = work.session.exec(shown.order_by(col(LogWitness.origin), col(LogWitness.authority))).all()
            found = Forks(tuple(map(self._of_peer, forks)), tuple(_merged(rows, ours)))
        readings.note(self.database, officer, what="forks", of_peers=len(found.of_peers), against_us=len(found.against_us))
        return found

    def _of_peer(self, fork: LogFork) -> ForkOfPeer:
        authority = Authority(fork.authority)
        return ForkOfPeer(
            number=fork.id or 0,
            authority=authority,
            origin=fork.origin,
            cause=fork.cause,
            noticed=fork.noticed,
            settled=fork.settled,
            first=fork.first,
            second=fork.second,
            key=_text_of(log_keys_of(self.federation, authority), fork.origin),
        )


def _text_of(keys: Mapping[str, NoteKey], origin: str) -> str | None:
    return keys[origin].to_text() if origin in keys else None


def _merged(rows: Iterable[LogWitness], keys: Mapping[str, NoteKey]) -> list[AgainstUs]:
    """One note for each checkpoint: several witnesses of the same one make it worth more."""
    notes: dict[Checkpoint, Note] = {}
    witnesses: dict[Checkpoint, tuple[Authority, ...]] = {}
    for row in rows:
        read = parse_checkpoint(row.against or b"")
        merged = notes.get(read.checkpoint, read.note)
        for line in read.note.signatures:
            if len(merged.signatures) < MOST_SIGNATURES:
                merged = merged.signed_by(line)
        notes[read.checkpoint] = merged
        witnesses[read.checkpoint] = (*witnesses.get(read.checkpoint, ()), Authority(row.authority))
    return [
        AgainstUs(each.origin, each.size, witnesses[each], notes[each].to_bytes(), _text_of(keys, each.origin))
        for each in sorted(notes, key=lambda each: (each.origin, each.size, each.root))
    ]
