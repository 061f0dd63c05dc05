"""One side's half of an evidence bundle, as a peer gives it to whoever has the other side of the exchange.

{"adopted":[{"early":…,"entry":…,"opening":{"payload":…,"salt":…},"proof":…}, …],"interval":…,"messages":[…],"v":1}

All of it is proved by the peer's log. `check_half` holds it against a policy that the reader brings; the rest is said by the
bundle's verifier, which has the directories of that time.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from protocol import limits
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint
from protocol.errors import CheckpointRefused, LogProofRefused, Malformed
from protocol.evidence import LogEvidence, Opening, ProvenEntry
from protocol.journal import PAIRED, Act, check_opening, read_entry
from protocol.members import FormerLog
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from protocol.wire import Digest, Octets, Octets32, WireModel, canonical, parse

_Proof = Annotated[Octets, Field(max_length=limits.LOG_PROOF_BYTES)]


class HalfOpening(WireModel):
    """Salt and payload of an entry that only one log has."""

    salt: Octets32
    payload: Annotated[Octets, Field(max_length=limits.LOG_ENTRY_BYTES)]


class HalfEntry(WireModel):
    """An entry's bytes with what proves it, as `protocol.evidence.ProvenEntry` says."""

    entry: Annotated[Octets, Field(max_length=limits.LOG_ENTRY_BYTES)]
    proof: _Proof
    early: _Proof | None = None
    opening: HalfOpening | None = None

    @classmethod
    def of(cls, proven: ProvenEntry) -> "HalfEntry":
        """Without a time stamp: whoever makes the bundle asks for those."""
        opened = proven.opening
        opening = None if opened is None else HalfOpening(salt=opened.salt, payload=opened.payload)
        return cls(entry=proven.entry, proof=proven.proof, early=proven.early, opening=opening)

    def proven(self) -> ProvenEntry:
        """Back from `of`."""
        opening = None if self.opening is None else Opening(self.opening.salt, self.opening.payload)
        return ProvenEntry(self.entry, self.proof, self.early, opening)


class _Adoption(WireModel):
    """Of what an adoption commits to, the directory's name. It may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    hash: Digest


class EvidenceHalf(WireModel):
    """What one log has of an exchange: every entry with another side, the adoptions around them, the interval before."""

    v: Literal[1] = 1
    messages: Annotated[tuple[HalfEntry, ...], Field(min_length=1, max_length=limits.ENTRIES_AN_EXCHANGE)]
    adopted: Annotated[tuple[HalfEntry, ...], Field(min_length=1, max_length=limits.EVIDENCE_ADOPTED)]
    interval: HalfEntry | None = None


def adopted_directory(adopted: ProvenEntry) -> str:
    """The digest of the snapshot that an adoption names. Raises `Malformed` where it is not opened, or names none."""
    if adopted.opening is None:
        raise Malformed("opening", reason="missing")
    try:
        return _Adoption.model_validate_json(adopted.opening.payload).hash
    except ValidationError:
        raise Malformed("opening", reason="form") from None


def half_of(evidence: LogEvidence) -> EvidenceHalf:
    """One side of a bundle, on its way to the other."""
    return EvidenceHalf(
        messages=tuple(map(HalfEntry.of, evidence.messages)),
        adopted=tuple(map(HalfEntry.of, evidence.adopted)),
        interval=None if evidence.interval is None else HalfEntry.of(evidence.interval),
    )


def half_bytes(half: EvidenceHalf) -> bytes:
    """Canonical JSON."""
    return canonical(half)


def read_half(raw: bytes) -> LogEvidence:
    """Back from `half_bytes`. Raises `TooLarge`, `Malformed`; says nothing about what holds."""
    half = parse(EvidenceHalf, raw, limit=limits.EVIDENCE_HALF_BYTES, where="evidence")
    read = LogEvidence(
        messages=tuple(each.proven() for each in half.messages),
        adopted=tuple(each.proven() for each in half.adopted),
        interval=None if half.interval is None else half.interval.proven(),
    )
    for each in read.adopted:
        adopted_directory(each)
    return read


def check_half(half: LogEvidence, policy: LogPolicy, former: Iterable[FormerLog], *, x: str, reader: Authority) -> None:
    """Return if a peer's half is proved by a log of `policy` and is about the exchange `x` with `reader`.

    Of the peer's `former` logs what counts is the size and root at which each was frozen, and nobody's cosignature any more.

    Raises `CheckpointRefused`, `SignatureRefused`, `LogProofRefused`, `Malformed`, `TooLarge`.
    """
    frozen = {log.origin: log.last for log in former}
    # 1 messages: entries of the exchange that have their other side at the reader
    for each in half.messages:
        entry = read_entry(each.entry)
        if entry.kind not in PAIRED or entry.peer != reader or entry.x != x:
            raise LogProofRefused("evidence.logs", reason="other_kind")
        _check_proofs(each, policy, frozen)
    # 2 what stands around them, opened
    around = [(each, Act.DIRECTORY_ADOPTED) for each in half.adopted]
    around += [] if half.interval is None else [(half.interval, Act.INTERVAL_STARTED)]
    for each, kind in around:
        entry = read_entry(each.entry)
        if entry.kind is not kind or each.opening is None:
            raise LogProofRefused("evidence.logs", reason="other_kind")
        check_opening(entry, each.opening.salt, each.opening.payload)
        _check_proofs(each, policy, frozen)


def _check_proofs(each: ProvenEntry, policy: LogPolicy, frozen: Mapping[str, Checkpoint]) -> None:
    """Under the newest keys the log has it. The early proof is of the same place; by whose keys, a bundle's verifier says."""
    proof = LogProof.from_bytes(each.proof)
    said = proof.checkpoint.checkpoint
    last = frozen.get(said.origin)
    if last is not None and said != last:
        raise CheckpointRefused("checkpoint", reason="past_validity")
    check_proof(proof, each.entry, policy if last is None else LogPolicy(policy.logs, None))
    if each.early is not None:
        early = LogProof.from_bytes(each.early)
        check_proof(early, each.entry, LogPolicy(policy.logs, None))
        if (early.index, early.checkpoint.checkpoint.origin) != (proof.index, said.origin):
            raise LogProofRefused("evidence.logs", reason="position")
