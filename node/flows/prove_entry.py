"""What the audit log gives to others: its tiles and checkpoint as files that any tool of tlog-tiles reads, and proofs of entries.

    an entry and its first witnessed checkpoint → index, path, checkpoint = NAME.tlog-proof, with the entry's bytes and the policy

Keys and quorum are those of the adopted directory; the log's own key comes from this node where the directory has not got it yet.
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
from node.store.database import Database, Work
from node.store.tables import Log, LogCheckpoint
from protocol.checkpoint import Quorum, log_key, origin_of, parse_checkpoint
from protocol.errors import CheckpointRefused, Malformed
from protocol.journal import Act
from protocol.log_proofs import ProvenEntry
from protocol.tiles import Tile
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof


class NotWitnessedYet(Exception):
    """Too few witnesses have cosigned a checkpoint over the entry; they will with the next ones that they can be asked for."""

    code = "not_witnessed_yet"


@dataclass(frozen=True, repr=False)
class ProveEntry:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation

    def verify(self, _officer: Overseer) -> list[Verdict]:
        """All logs of this node, whole; see `VerifyLog`."""
        tolerance = self.federation.directory.policy.clock_tolerance if self.federation.has_directory else 0
        return VerifyLog(self.database).verify(self.log_keys(), self.quorum(), tolerance)

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

    def prove(self, _officer: Overseer, position: int, log: str | None = None) -> tuple[ProvenEntry, LogPolicy]:
        """The proof of an entry under its first witnessed checkpoint, and the policy that it was checked against here.

        Raises `UnknownAct`, `NotWitnessedYet`, `LogBroken`.
        """
        with self.database.read() as work:
            held = audit_log.current(work) if log is None else work.session.get(Log, log)
            over = None if held is None else audit_log.checkpoint_over(work, held.origin, position)
            if over is None:
                raise UnknownAct
            found = proven(work, over, position)
        quorum = self.quorum()
        if quorum is not None and quorum.needed > len(quorum.witnesses):
            raise NotWitnessedYet
        policy = LogPolicy((self.log_keys()[over.origin],), quorum)
        try:
            check_proof(LogProof.from_bytes(found.proof), found.entry, policy)
        except CheckpointRefused:
            raise NotWitnessedYet from None
        return found, policy

    def log_keys(self) -> Mapping[str, NoteKey]:
        """The key of each log of this node that is known: those of the directory, and the one that signs now."""
        origin = origin_of(self.federation.me, self.keys.log.public)
        keys = {origin: log_key(origin, self.keys.log.public)}
        directory = self.federation.directory if self.federation.has_directory else None
        if directory is not None and self.federation.me in directory.members:
            member = directory.members[self.federation.me]
            keys |= {key.name: key for key in (member.log, *(former.note_key for former in member.former_logs))}
        return keys

    def quorum(self) -> Quorum | None:
        """The witnesses of this node's log; None before there is a directory with others in it."""
        if not self.federation.has_directory or self.federation.me not in self.federation.directory.members:
            return None
        return self.federation.directory.quorum_of(self.federation.me)


def _newest(work: Work, log: str | None) -> LogCheckpoint:
    held = audit_log.current(work) if log is None else work.session.get(Log, log)
    newest = None if held is None else audit_log.newest_checkpoint(work, held.origin)
    if newest is None:
        raise UnknownAct
    return newest


def _is_in(tile: Tile, size: int) -> bool:
    hashes = size >> 8 * (tile.level or 0)
    return tile.index * 256 + tile.width <= hashes


def proven(work: Work, over: LogCheckpoint, position: int) -> ProvenEntry:
    """An entry with its proof under a checkpoint that covers it. Raises `LogBroken`."""
    path = stored_inclusion_path(position, over.size, audit_log.subtrees(work, over.origin, over.size))
    proof = LogProof(position, tuple(path), parse_checkpoint(over.raw))
    return ProvenEntry(entry=audit_log.entry_at(work, over.origin, position, over.size), proof=proof.to_bytes())
