"""The one door out. Every byte to a peer is made here: checked, signed, archived, put on record, and only then `Cleared`.

`Cleared` is the only thing that `outbound/` sends and that `inbound/peer/` answers with, and only this module makes one. The
checks on what leaves stand in `checks.py`, in order; the protected register joins them there.
"""

import re
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import TypeVar

from crypto.merkle import HASH_SIZE
from node.directory.adopted import StoredSet
from node.federation import Federation
from node.keys import Keys
from node.safeguards.checks import Outgoing, Safeguard, may_see
from node.store.archive import archive_reply, archive_request, find_replies, find_request
from node.store.database import ExchangeRef, Work
from node.store.index_files import IndexFiles
from node.store.manifests import content, heads_for
from node.store.tables import Exchange, HeldManifest, WitnessedLog
from protocol import limits
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.checkpoint import (
    SignedCheckpoint,
    add_cosignatures,
    cosign_checkpoint,
    origin_of,
    parse_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.envelope import Envelope, SignedEnvelope, sign_envelope
from protocol.evidence_half import EvidenceHalf, half_bytes
from protocol.index.manifest import SegmentRef
from protocol.journal import Act, read_entry
from protocol.log_proofs import ExchangeProofs
from protocol.messages import Body
from protocol.wire import canonical, sha256
from protocol.witnessing import AddCheckpoint, cosignature_bytes, path_bytes, size_bytes

_MADE_HERE = object()
_DIGEST = re.compile("[0-9a-f]{64}")

BodyT = TypeVar("BodyT", bound=Body)

_ACT_OF_REQUEST = {
    "record_delivery": Act.RECORD_SENT,
    "match_request": Act.QUESTION_ASKED,
    "key_revocation": Act.REVOCATION_SENT,
    "erasure_request": Act.ERASURE_ASKED,
    "opening_told": Act.OPENING_TOLD,
}
_ACT_OF_REPLY = {
    "record_receipt": Act.RECORD_RECEIPTED,
    "match_answer": Act.QUESTION_ANSWERED,
    "match_refusal": Act.QUESTION_DECLINED,
    "revocation_receipt": Act.REVOCATION_RECEIPTED,
    "erasure_confirmation": Act.ERASURE_CONFIRMED,
}
_SERVED = {"manifests": Act.MANIFESTS_SERVED, "records": Act.RECORDS_SERVED}
"""Pages that peers fetch all the time. They enter nothing, so these have one side."""


def _check_seal(seal: object) -> None:
    """The seal is checked and not kept: `dataclasses.replace` has none to make other bytes of what was cleared."""
    if seal is not _MADE_HERE:
        raise TypeError("only the door makes what leaves")


@dataclass(frozen=True, repr=False)
class Cleared:
    """Bytes that may leave for `to`. Nobody but the door can make one."""

    to: Authority
    raw: bytes
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedFile:
    """An index file that may be read by `to`."""

    to: Authority
    path: Path
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedReading:
    """That we may ask `to` for an index file by its digest: a name that the peer itself published."""

    to: Authority
    digest: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedCheckpoint:
    """A checkpoint of our own log on its way to a witness, with its proof: sizes and hashes, and no entry."""

    to: Authority
    raw: bytes
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedLook:
    """That we may ask `to` what it has cosigned of a log. `origin`: SHA-256 of the log's origin, in hex."""

    to: Authority
    origin: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedSight:
    """That we may look at the log of `to` as every member may. `name`: of what is looked at, a path below its log."""

    to: Authority
    name: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


@dataclass(frozen=True, repr=False)
class ClearedGathering:
    """That we may ask `to` for what a bundle of evidence about an exchange with it lacks: by the name of that."""

    to: Authority
    name: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _check_seal(seal)


class Door:
    """The way out of one node."""

    def __init__(self, federation: Federation, keys: Keys, safeguards: Sequence[Safeguard]) -> None:
        self._federation, self._keys, self._safeguards = federation, keys, tuple(safeguards)

    def request(
        self, work: Work, outgoing: Outgoing[BodyT], *, officer: str | None = None
    ) -> tuple[Cleared, SignedEnvelope[BodyT]]:
        """A new exchange. Raises `Stopped` when a safeguard does; then nothing of this unit of work may be committed."""
        signed = self._sign(work, outgoing, x=work.new_id(), salt=work.random(32), re=None)
        archive_request(work, signed.envelope.x, outgoing.to, "out", outgoing.body.type, signed.raw, signed.digest)
        act = _ACT_OF_REQUEST.get(outgoing.body.type)
        if act is not None:
            exchange = ExchangeRef(signed.envelope.x, outgoing.to, "out")
            work.record_envelope(act, exchange, digest=signed.digest, salt=signed.envelope.salt, officer=officer)
        return Cleared(outgoing.to, signed.raw, _MADE_HERE), signed

    def again(self, work: Work, x: str, peer: Authority) -> Cleared | None:
        """A request that was cleared before and may not have arrived: the same bytes, or None if they were erased."""
        held = find_request(work, x, peer, "out")
        return None if held is None else Cleared(peer, held.raw, _MADE_HERE)

    def reply(self, work: Work, admitted: Admitted[Body], outgoing: Outgoing[BodyT]) -> Cleared:
        """A reply to an admitted request, bound to it. Raises `Stopped` as `request` does."""
        asked = admitted.envelope
        signed = self._sign(work, outgoing, x=asked.x, salt=asked.salt, re=admitted.digest)
        archive_reply(work, asked.x, outgoing.to, "in", outgoing.body.type, signed.raw, signed.digest)
        exchange = ExchangeRef(asked.x, outgoing.to, "in")
        if outgoing.body.type in _ACT_OF_REPLY:
            work.record_envelope(_ACT_OF_REPLY[outgoing.body.type], exchange, digest=signed.digest, salt=asked.salt)
        elif outgoing.body.type in _SERVED:
            work.record(_SERVED[outgoing.body.type], about=exchange, envelope=signed.digest)
        return Cleared(outgoing.to, signed.raw, _MADE_HERE)

    def replies_again(self, work: Work, x: str, peer: Authority) -> list[tuple[str, Cleared]]:
        """The replies that were cleared before, for a request of `peer` that came again: (type, the same bytes), in order."""
        return [(type_, Cleared(peer, raw, _MADE_HERE)) for type_, raw in find_replies(work, x, peer, "in")]

    def index_file(self, work: Work, files: IndexFiles, held: HeldManifest, digest: str, to: Authority) -> ClearedFile | None:
        """A segment or bitmap, if this manifest of ours names it, `to` may see its list, and it is here."""
        named = {each for reference in content(held).segments for each in (reference.digest, reference.removals)}
        if digest not in named or not may_see(work, self._federation.me, held, to) or not files.has(digest):
            return None
        return ClearedFile(to, files.path(digest), _MADE_HERE)

    def checkpoint(self, raw: bytes, to: Authority) -> Cleared:
        """A checkpoint of our log: its size, its root and who signed. Raises `ValueError` for another's."""
        if not parse_checkpoint(raw).checkpoint.origin.startswith(f"celosia/{self._federation.me}/"):
            raise ValueError("not a checkpoint of this node's log")
        return Cleared(to, raw, _MADE_HERE)

    def log_entries(self, proofs: ExchangeProofs, to: Authority) -> Cleared:
        """Entries of which `to` has the other side. Raises `ValueError` for one that is about anybody else, or about us alone."""
        if any(read_entry(each.entry).peer != to for each in proofs.entries):
            raise ValueError("an entry that is not the other side's to see")
        return Cleared(to, canonical(proofs), _MADE_HERE)

    def half(self, half: EvidenceHalf, to: Authority) -> Cleared:
        """Our half of a bundle for the other side of the exchange.

        Raises `ValueError` for an entry that is about anybody else, or of us alone and no adoption and no interval's beginning.
        """
        around = [(each, Act.DIRECTORY_ADOPTED) for each in half.adopted]
        around += [] if half.interval is None else [(half.interval, Act.INTERVAL_STARTED)]
        if any(read_entry(each.entry).peer != to for each in half.messages):
            raise ValueError("an entry that is not the other side's to see")
        if any(read_entry(each.entry).kind is not kind for each, kind in around):
            raise ValueError("an entry of this side alone")
        return Cleared(to, half_bytes(half), _MADE_HERE)

    def directory(self, stored: StoredSet, to: Authority) -> Cleared:
        """A directory that we had adopted: signed files, which the Secretariat gives to every member."""
        return Cleared(to, canonical(stored), _MADE_HERE)

    def ask_half(self, work: Work, exchange: ExchangeRef) -> ClearedGathering:
        """The question for a peer's half of a bundle about an exchange with it. Raises `ValueError` if there was none."""
        if work.session.get(Exchange, (exchange.x, exchange.peer, exchange.direction)) is None:
            raise ValueError("no exchange with that peer")
        return ClearedGathering(exchange.peer, exchange.x, _MADE_HERE)

    def ask_directory(self, snapshot: str, to: Authority) -> ClearedGathering:
        """The question for a directory that `to` said in its log to have adopted, by the digest of its snapshot."""
        if not _DIGEST.fullmatch(snapshot):
            raise ValueError("not a digest")
        return ClearedGathering(to, snapshot, _MADE_HERE)

    def reading(self, reference: SegmentRef, to: Authority, *, removals: bool = False) -> ClearedReading:
        """The reading of a segment that a manifest of `to` names, or of the bitmap of its removals. Raises `ValueError`."""
        digest = reference.removals if removals else reference.digest
        if digest is None:
            raise ValueError("nothing was removed from that segment")
        return ClearedReading(to, digest, _MADE_HERE)

    def offer(self, asked: AddCheckpoint, to: Authority) -> ClearedCheckpoint:
        """A checkpoint that our log has signed and kept, for a witness. Raises `ValueError` for another log's."""
        self._check_own(asked.checkpoint.checkpoint.origin)
        return ClearedCheckpoint(to, asked.to_bytes(), _MADE_HERE)

    def look(self, origin: str, to: Authority) -> ClearedLook:
        """The question what `to` has cosigned of our log. Raises `ValueError` for another log's origin."""
        self._check_own(origin)
        return ClearedLook(to, sha256(origin.encode()), _MADE_HERE)

    def cosignature(self, work: Work, signed: SignedCheckpoint, to: Authority) -> tuple[Cleared, SignedCheckpoint]:
        """Our cosignature for the log of `to`, and the checkpoint with it. This unit of work has to keep what it rests on."""
        witness = self._keys.witness
        name = witness_name_of(self._federation.me, witness.public)
        line = cosign_checkpoint(signed, name, witness, work.now())
        cosigned = add_cosignatures(signed, (line,), witness_key(name, witness.public))
        return Cleared(to, cosignature_bytes(line), _MADE_HERE), cosigned

    def size_seen(self, size: int, to: Authority) -> Cleared:
        """Up to where we have cosigned the log of `to`."""
        return Cleared(to, size_bytes(size), _MADE_HERE)

    def seen(self, held: WitnessedLog, to: Authority) -> Cleared:
        """The last checkpoint of a log that we have cosigned: what that log shows to every member.

        Raises `ValueError` for what is no checkpoint of that log.
        """
        if parse_checkpoint(held.raw).checkpoint.origin != held.origin:
            raise ValueError("not a checkpoint of that log")
        return Cleared(to, held.raw, _MADE_HERE)

    def path(self, path: Sequence[bytes], to: Authority) -> Cleared:
        """How our log leads from one of its sizes to another. Raises `ValueError` for what are no hashes."""
        if any(len(item) != HASH_SIZE for item in path):
            raise ValueError("not a path of hashes")
        return Cleared(to, path_bytes(path), _MADE_HERE)

    def sight(self, to: Authority) -> ClearedSight:
        """The question for the newest checkpoint of the log of `to` that a quorum has cosigned."""
        return ClearedSight(to, "witnessed", _MADE_HERE)

    def sight_between(self, old: int, new: int, to: Authority) -> ClearedSight:
        """The question how the log of `to` leads from one size to another. Raises `ValueError` for what are no two sizes."""
        if not 0 < old < new:
            raise ValueError("not two sizes")
        return ClearedSight(to, f"consistency/{self._log_of(to)}/{old}/{new}", _MADE_HERE)

    def notes_of(self, log: Authority, to: Authority) -> ClearedLook:
        """The question what `to` has cosigned of the log of another member. Raises `ValueError` for its own, or ours."""
        if log in (to, self._federation.me):
            raise ValueError("not a log between others")
        return ClearedLook(to, self._log_of(log), _MADE_HERE)

    def _log_of(self, authority: Authority) -> str:
        return sha256(self._federation.directory.member(authority).log.name.encode())

    def _check_own(self, origin: str) -> None:
        if origin != origin_of(self._federation.me, self._keys.log.public):
            raise ValueError("not the log of this node")

    def _sign(self, work: Work, outgoing: Outgoing[BodyT], *, x: str, salt: bytes, re: str | None) -> SignedEnvelope[BodyT]:
        directory = self._federation.directory
        directory.check_age(work.now())
        for safeguard in self._safeguards:
            safeguard(work, outgoing)
        now = work.now()
        envelope = Envelope[BodyT](
            type=outgoing.body.type,
            x=x,
            sender=self._federation.me,
            to=outgoing.to,
            iat=now,
            exp=now + limits.ENVELOPE_LIFETIME,
            salt=salt,
            directory=directory.ref,
            heads=heads_for(work, self._federation.me, outgoing.to),
            re=re,
            body=outgoing.body,
        )
        return sign_envelope(envelope, self._keys.signing)
