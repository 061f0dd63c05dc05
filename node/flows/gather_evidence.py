"""A bundle of evidence about one exchange, for a court: our half, the peer's, the directories of the time, and a check of it.

    reason → on record → our entries, proved ┐
                         the peer's, proved  ├→ bundle → the court's own program → the file
                         directories adopted ┘

Nothing is given out that the program which a court uses would refuse. Without the peer's half there is no bundle: that program
wants both logs, and one log alone says only what its own state says. `docs/spec/evidence.md` has the form and the checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sqlmodel import col, select

from deploy.verify_bundle import FAILS, Report, verify
from node.directory.adopted import STORED_BYTES, StoredSet, verify_stored
from node.directory.errors import DirectoryError
from node.directory.evidence import directory_evidence
from node.federation import Federation
from node.flows.adopt_directory import AdoptDirectory
from node.flows.call_peer import refuse_denied
from node.flows.prove_entry import NotWitnessedToday, NotWitnessedYet
from node.flows.tell_ledger import UnknownExchange
from node.officers import Liaison
from node.outbound.errors import PeerFault
from node.outbound.peers import PeerLines
from node.safeguards.door import Door
from node.store import kept_directories
from node.store.archive import find_replies, find_request
from node.store.database import Database, ExchangeRef, Side, Work
from node.store.log_evidence import NoEvidence, log_evidence, proven_entry
from node.store.openings import opening_of
from node.store.tables import Exchange, Intake
from protocol import limits
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.evidence import DirectoryEvidence, Evidence, LogEvidence, ProvenEntry
from protocol.evidence_half import adopted_directory, check_half, read_half
from protocol.journal import PAIRED, Act, envelope_payload, read_entry
from protocol.tlog_policy import LogPolicy
from protocol.vocabulary import Language
from protocol.wire import parse, sha256


class NoBundle(Exception):
    """No bundle can be made about this exchange, or not now. `facts` say of it what an officer may want to know."""

    code = "no_bundle"

    def __init__(self, **facts: str | int) -> None:
        self.facts: Mapping[str, str | int] = MappingProxyType(facts)
        super().__init__(self.code, facts)


class NotInLogYet(NoBundle):
    """An act of the exchange waits for its place in the log."""

    code = "not_in_log_yet"


class ExchangeErased(NoBundle):
    """What was said was erased: entries and proofs are still there, and nothing that they are about."""

    code = "exchange_erased"


class PeerHalfMissing(NoBundle):
    """`peer` gives no half that holds. `reason`: that of the fault, a code of its refusal, or of the check that it fails."""

    code = "peer_half_missing"


class BundleFails(NoBundle):
    """What was gathered would be refused by a court's program. `check`: its code, with the facts of its sentence."""

    code = "bundle_fails"


@dataclass(frozen=True)
class Wanted:
    """About which exchange, and why. `peer` tells exchanges apart where a peer has used an id that we had used."""

    x: str
    reason: str
    languages: frozenset[Language]
    peer: Authority | None = None


@dataclass(frozen=True, repr=False)
class Gathered:
    """The file, what the court's program says of it, and how many messages the peer's log does not prove."""

    raw: bytes
    report: Report
    left_out: int


@dataclass(frozen=True, repr=False)
class _Ours:
    """The exchange's messages as they were sent, each with the `c` of its entries, and our half."""

    envelopes: tuple[bytes, ...]
    commitments: tuple[str, ...]
    half: LogEvidence


@dataclass(frozen=True, repr=False)
class GatherEvidence:
    """The story's parts."""

    database: Database
    federation: Federation
    adopt: AdoptDirectory
    door: Door
    lines: PeerLines

    def gather(self, officer: Liaison, wanted: Wanted) -> Gathered:
        """The bundle. That it was asked for, by whom and why, is on record before anything is looked up or asked of anybody.

        Raises `UnknownExchange`, `NotWitnessedYet`, `NotWitnessedToday`, and `NoBundle` with its kinds.
        """
        with self.database.begin() as work:
            exchange = _exchange(work, wanted)
            # before anything is sealed under the key of an exchange that has none any more
            if not work.can_open(exchange.x, Side(exchange.peer, exchange.direction)):
                raise ExchangeErased
            work.record(Act.EXPORTED, officer=officer.id, about=exchange, what="evidence", reason=wanted.reason)
        ours = self._ours(exchange)
        theirs = self._theirs(exchange)
        both = {read_entry(each.entry).c: each for each in theirs.messages}
        if ours.commitments[0] not in both:
            raise PeerHalfMissing(peer=exchange.peer, reason="not_on_record")
        proved = [place for place, c in enumerate(ours.commitments) if c in both]
        half = replace(ours.half, messages=tuple(ours.half.messages[place] for place in proved))
        theirs = replace(theirs, messages=tuple(both[ours.commitments[place]] for place in proved))
        directories, roots = self._directories(exchange.peer, (half, theirs))
        try:
            raw = Evidence(
                envelopes=tuple(ours.envelopes[place] for place in proved),
                logs={self.federation.me: half, exchange.peer: theirs},
                roots=roots,
                directories=directories,
                covers=wanted.languages,
            ).to_bytes()
        except ProtocolError as error:
            raise NoBundle(reason=error.code, where=error.where) from None
        return Gathered(raw, _checked(raw, roots[-1]), len(ours.commitments) - len(proved))

    def _ours(self, exchange: ExchangeRef) -> _Ours:
        side = Side(exchange.peer, exchange.direction)
        of_exchange = select(Intake).where(
            Intake.exchange == exchange.x, Intake.peer == exchange.peer, Intake.direction == exchange.direction
        )
        with self.database.read() as work:
            if not work.can_open(exchange.x, side):
                raise ExchangeErased
            request = find_request(work, *exchange)
            said = [] if request is None else [request.raw, *(raw for _, raw in find_replies(work, *exchange))]
            acts = work.session.exec(of_exchange.order_by(col(Intake.id))).all()
            paired = {_payload(work, act): act for act in acts if act.kind in PAIRED and act.commitment is not None}
            entered = [(raw, paired[about]) for raw in said if (about := envelope_payload(sha256(raw))) in paired]
            if not entered or not said or entered[0][0] != said[0]:
                raise NoBundle(reason="leaves_none")  # not kept whole, of a kind without entries, or older than the log
            frozen = self.federation.directory.frozen_logs(self.federation.me)
            try:
                half = log_evidence(work, [act for _, act in entered], frozen)
            except NoEvidence as error:
                raise _refusal(error.reason) from None
            void = [act for act in acts if act.kind == Act.ANSWER_VOID]
            half = replace(half, others=_opened(work, void, frozen))
        return _Ours(tuple(raw for raw, _ in entered), tuple(act.commitment or "" for _, act in entered), half)

    def _theirs(self, exchange: ExchangeRef) -> LogEvidence:
        """The peer's half: proved by its log, as the directory knows it, before any of it is laid in."""
        peer, directory = exchange.peer, self.federation.directory
        quorum = directory.quorum_of(peer)
        if quorum is None or quorum.needed > len(quorum.witnesses):
            raise NotWitnessedToday
        try:
            member = directory.member(peer)
            with self.database.read() as work:
                refuse_denied(work, peer)
                cleared = self.door.ask_half(work, exchange)
            half = read_half(self.lines.read_half(cleared))
            policy = LogPolicy((member.log, *(former.note_key for former in member.former_logs)), quorum)
            check_half(half, policy, member.former_logs, x=exchange.x, reader=self.federation.me)
        except PeerFault as fault:
            raise PeerHalfMissing(peer=peer, reason=fault.reason) from None
        except ProtocolError as error:
            raise PeerHalfMissing(peer=peer, reason=error.code) from None
        return half

    def _directories(
        self, peer: Authority, halves: Sequence[LogEvidence]
    ) -> tuple[Mapping[int, DirectoryEvidence], tuple[bytes, ...]]:
        """Every directory that either log says to have adopted, and the newest; the roots from the first to that of the last."""
        newest = self.adopt.adopted
        stored: dict[str, StoredSet] = {newest.snapshot_hash: newest.stored}
        try:
            roots = [*self.adopt.client.roots_before(newest.stored.roots[0]), *newest.stored.roots]
        except DirectoryError as error:
            raise NoBundle(reason=error.code, where=error.where) from None
        for half in halves:
            for each in half.adopted:
                named = adopted_directory(each)
                if named not in stored:
                    stored[named] = self._directory(peer, named, roots)
        made: dict[int, tuple[StoredSet, DirectoryEvidence]] = {}
        for files in stored.values():
            try:
                version, evidence = directory_evidence(files, (self.federation.me, peer))
            except DirectoryError as error:
                raise NoBundle(reason=error.code, where=error.where) from None
            made[version] = (files, evidence)
        roots += [root for root in made[max(made)][0].roots if root not in roots]
        return {version: evidence for version, (_, evidence) in made.items()}, tuple(roots)

    def _directory(self, peer: Authority, snapshot: str, roots: Sequence[bytes]) -> StoredSet:
        """From what this node has adopted; or else from the peer, which says that it has. `roots`: where its chain may begin."""
        with self.database.read() as work:
            held = kept_directories.kept(work, snapshot)
        if held is not None:
            return held
        try:
            raw = self.lines.read_directory(self.door.ask_directory(snapshot, peer))
            given = parse(StoredSet, raw, limit=STORED_BYTES, where="directory")
            begun = next((root for root in given.roots[:1] if root in roots), roots[0])
            if verify_stored(given, begun).snapshot_hash != snapshot:
                raise PeerHalfMissing(peer=peer, reason="directory_mismatch")
        except PeerFault as fault:
            raise PeerHalfMissing(peer=peer, reason=fault.reason, directory=snapshot) from None
        except (ProtocolError, DirectoryError) as error:
            raise PeerHalfMissing(peer=peer, reason=error.code, directory=snapshot) from None
        return given


def _exchange(work: Work, wanted: Wanted) -> ExchangeRef:
    """The exchange of that id; of several, which only a peer can bring about, our own."""
    named = select(Exchange).where(Exchange.x == wanted.x)
    if wanted.peer is not None:
        named = named.where(Exchange.peer == wanted.peer)
    found = work.session.exec(named.order_by(col(Exchange.direction).desc(), col(Exchange.peer))).first()
    if found is None:
        raise UnknownExchange
    return ExchangeRef(found.x, Authority(found.peer), "out" if found.direction == "out" else "in")


def _payload(work: Work, act: Intake) -> bytes:
    opening = opening_of(work, act)
    return b"" if opening is None else opening.payload


def _opened(work: Work, acts: Sequence[Intake], frozen: Mapping[str, int]) -> tuple[ProvenEntry, ...]:
    """What we found of an answer belongs to what was said, and is laid in as soon as it can be proved."""
    found = []
    for act in acts[: limits.EVIDENCE_OTHERS]:
        try:
            found.append(proven_entry(work, act, frozen, opened=True))
        except NoEvidence:
            continue
    return tuple(found)


def _refusal(reason: str) -> Exception:
    return {
        "not_in_log": NotInLogYet(),
        "not_witnessed": NotWitnessedYet(),
        "erased": ExchangeErased(),
    }.get(reason, NoBundle(reason=reason))


def _checked(raw: bytes, root: bytes) -> Report:
    """What the court's program says under the root that this node goes by."""
    report = verify(raw, sha256(root))
    if report.exit_code == FAILS:
        line = next(line for line in report.lines if line.status == "fails")
        facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in line.facts.items()}
        raise BundleFails(check=line.code, **facts)
    return report
