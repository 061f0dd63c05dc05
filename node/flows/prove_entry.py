"""What the audit log gives to others: its tiles and checkpoint as files that any tool of tlog-tiles reads, and proofs of entries.

    an entry and its first witnessed checkpoint → index, path, checkpoint = NAME.tlog-proof, with the entry's bytes and the policy

Keys and quorum are those of the adopted directory; the log's own key comes from this node where the directory has not got it yet.
Where the first checkpoint was cosigned by witnesses that the directory does not have any more, one of the newest does instead; a
log that the member states have closed ends at the checkpoint that the directory has of it, and nobody else has to vouch for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crypto.note import NoteKey
from crypto.subtrees import stored_inclusion_path
from node.federation import Federation
from node.flows.read_log import UnknownAct
from node.flows.verify_log import Verdict, VerifyLog
from node.keys import Keys
from node.officers import Overseer
from node.store import audit_log
from node.store.audit_log import LogBroken
from node.store.database import Database, Work
from node.store.tables import Log, LogCheckpoint
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, Quorum, log_key, origin_of, parse_checkpoint, read_checkpoint, witnessed_at
from protocol.errors import CheckpointRefused, Malformed
from protocol.journal import Act
from protocol.log_proofs import ProvenEntry
from protocol.tiles import Tile
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof

_NEWEST = 16
"""Checkpoints that are looked at beside the first: those since a directory changed are the newest, and one of them is enough."""


class NotWitnessedYet(Exception):
    """Too few witnesses have cosigned a checkpoint over the entry; they will with the next ones that they can be asked for."""

    code = "not_witnessed_yet"


class NotWitnessedToday(Exception):
    """Witnesses of an earlier directory cosigned; the one in force has other keys, needs more of them than there are, or does not
    name the log."""

    code = "not_witnessed_today"


class PastLogsEnd(Exception):
    """The member states closed the log before the entry: the entry counts for nothing, whoever cosigned it."""

    code = "past_logs_end"


@dataclass(frozen=True)
class Proof:
    """An entry with its proof, and the policy that it was checked against. `closed`: the log ends, by the directory, with the
    proof's checkpoint, and the policy asks for no witness: who reads it compares size and root with the signed directory."""

    proven: ProvenEntry
    policy: LogPolicy
    closed: bool


@dataclass(frozen=True, repr=False)
class ProveEntry:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation

    def verify(self, _officer: Overseer) -> list[Verdict]:
        """All logs of this node, whole; see `VerifyLog`."""
        tolerance = self.federation.directory.policy.clock_tolerance if self.federation.has_directory else 0
        return VerifyLog(self.database).verify(
            self.log_keys(), quorum_of(self.federation), tolerance, closed_logs_of(self.federation)
        )

    def export_tiles(self, officer: Overseer, log: str | None = None) -> bytes:
        """The newest checkpoint of a log, as it was signed: what its tiles are written up to. `log` is an origin.

        That the log is exported is on record before this returns. Raises `UnknownAct` if there is no such log.
        """
        with self.database.begin() as work:
            newest = _newest(work, log)
            work.record(Act.EXPORTED, officer=officer.id, what="tiles", log=newest.origin, size=newest.size)
            return newest.raw

    def tile(self, _officer: Overseer, log: str, path: str) -> bytes:
        """A tile or entry bundle by its path. Raises `UnknownAct` where there is none, `LogBroken`."""
        try:
            tile = Tile.from_path(path)
        except Malformed:
            raise UnknownAct from None
        with self.database.read() as work:
            held = work.session.get(Log, log)
            if held is None or not _is_in(tile, held.size):
                raise UnknownAct
            return audit_log.tile_content(work, log, tile)

    def prove(self, _officer: Overseer, position: int, log: str | None = None) -> Proof:
        """The proof of an entry under its first witnessed checkpoint, or a newer one where that does not count any more.

        Raises `UnknownAct`, `NotWitnessedYet`, `NotWitnessedToday`, `PastLogsEnd`, `LogBroken`.
        """
        keys = self.log_keys()
        with self.database.read() as work:
            held = audit_log.current(work) if log is None else work.session.get(Log, log)
            first = None if held is None else audit_log.checkpoint_over(work, held.origin, position)
            if first is None:
                raise UnknownAct
            if first.origin not in keys:
                raise NotWitnessedToday
            over, quorum = counted(work, self.federation, keys[first.origin], first, position)
            found = proven(work, over, position)
        policy = LogPolicy((keys[first.origin],), quorum)
        check_proof(LogProof.from_bytes(found.proof), found.entry, policy)
        return Proof(found, policy, closed=first.origin in closed_logs_of(self.federation) and quorum is None)

    def log_keys(self) -> Mapping[str, NoteKey]:
        """The key of each log of this node that is known: those of the directory, and the one that signs now."""
        origin = origin_of(self.federation.me, self.keys.log.public)
        return {origin: log_key(origin, self.keys.log.public)} | log_keys_of(self.federation, self.federation.me)


def log_keys_of(federation: Federation, authority: Authority) -> dict[str, NoteKey]:
    """The keys of an authority's logs by their origins: of all that the directory in force names, former ones too."""
    member = federation.directory.members.get(authority) if federation.has_directory else None
    logs = () if member is None else (member.log, *(former.note_key for former in member.former_logs))
    return {key.name: key for key in logs}


def closed_logs_of(federation: Federation) -> Mapping[str, Checkpoint]:
    """What each log of this node that the member states have closed ends with, by origin."""
    member = federation.directory.members.get(federation.me) if federation.has_directory else None
    return {} if member is None else {former.origin: former.last for former in member.former_logs}


def quorum_of(federation: Federation) -> Quorum | None:
    """The witnesses of this node's log; None before there is a directory with others in it."""
    if not federation.has_directory or federation.me not in federation.directory.members:
        return None
    return federation.directory.quorum_of(federation.me)


def counted(
    work: Work, federation: Federation, key: NoteKey, first: LogCheckpoint, position: int
) -> tuple[LogCheckpoint, Quorum | None]:
    """The checkpoint that counts for an entry today, and who has to have cosigned it. `first` is the first one over it.

    Raises `NotWitnessedYet`, `NotWitnessedToday`, `PastLogsEnd`, `LogBroken`.
    """
    last, quorum = closed_logs_of(federation).get(first.origin), quorum_of(federation)
    if last is not None and position >= last.size:
        raise PastLogsEnd
    if quorum is None and last is None:
        return first, None
    most = None if last is None else last.size
    tried = [first, *audit_log.witnessed_over(work, first.origin, position, most=_NEWEST, last=most)]
    reachable = quorum is not None and quorum.needed <= len(quorum.witnesses)
    for each in tried:
        if quorum is not None and reachable and (last is None or each.size <= last.size) and _holds(each, key, quorum):
            return each, quorum
    if last is not None:
        return _last_checkpoint(work, last), None
    raise NotWitnessedYet if reachable and all(each.witnessed is None for each in tried) else NotWitnessedToday


def _newest(work: Work, log: str | None) -> LogCheckpoint:
    held = audit_log.current(work) if log is None else work.session.get(Log, log)
    newest = None if held is None else audit_log.newest_checkpoint(work, held.origin)
    if newest is None:
        raise UnknownAct
    return newest


def _holds(signed: LogCheckpoint, key: NoteKey, quorum: Quorum) -> bool:
    try:
        witnessed_at(read_checkpoint(signed.raw, key, quorum.witnesses), quorum)
    except CheckpointRefused:
        return False
    return True


def _last_checkpoint(work: Work, last: Checkpoint) -> LogCheckpoint:
    """The one that a closed log ends with. Raises `LogBroken` where the store has not got it, or has another root."""
    held = work.session.get(LogCheckpoint, (last.origin, last.size))
    if held is None or parse_checkpoint(held.raw).checkpoint != last:
        raise LogBroken(f"checkpoint/{last.size}")
    return held


def _is_in(tile: Tile, size: int) -> bool:
    hashes = size >> 8 * (tile.level or 0)
    return tile.index * 256 + tile.width <= hashes


def proven(work: Work, over: LogCheckpoint, position: int) -> ProvenEntry:
    """An entry with its proof under a checkpoint that covers it. Raises `LogBroken`."""
    path = stored_inclusion_path(position, over.size, audit_log.subtrees(work, over.origin, over.size))
    proof = LogProof(position, tuple(path), parse_checkpoint(over.raw))
    return ProvenEntry(entry=audit_log.entry_at(work, over.origin, position, over.size), proof=proof.to_bytes())
