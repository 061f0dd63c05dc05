"""A small federation for tests: three authorities with invented offices, and keys that anybody can compute.

Every key is a hash of a sentence that says so. The offices, addresses and telephone numbers belong to nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256, shake_256
from typing import TypeVar

from crypto.group import RandomBytes
from crypto.oprf import ServerKey
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from protocol.admission import Border
from protocol.authority import Authority
from protocol.directory import (
    Contact,
    Directory,
    DirectoryRef,
    EntropyClass,
    EpochKey,
    ListEntry,
    Policy,
    SigningPeriod,
    WorkingEntry,
)
from protocol.envelope import Envelope, SignedEnvelope, sign_envelope
from protocol.errors import BudgetSpent, QuotaSpent, WrongQuestion
from protocol.matching import Prepared, epoch_info, prepare
from protocol.members import MemberEntry, MemberKeys, Names
from protocol.messages import Body, MatchRequest
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency

BodyT = TypeVar("BodyT", bound=Body)

NOW = 1_790_000_000
"""21 September 2026, 14:13:20 UTC."""
DAY = 86_400
CO, PE, BR = Authority("CO"), Authority("PE"), Authority("BR")
STATES = (CO, PE, BR)
EPOCH = 7
INPUTS = tuple(f"invented identifier {number}".encode() for number in range(5))
"""OPRF inputs for a question: not of a form that a normaliser would give, so that they are nobody's."""


def octets(label: str) -> bytes:
    """32 bytes that are no secret: anybody can compute them from the label."""
    return sha256(f"celosia test, worth nothing: {label}".encode()).digest()


def seeded(label: str) -> RandomBytes:
    """Randomness that is the same in each run: the n-th call gives the first bytes of SHAKE-256 over label and n."""
    calls = 0

    def random(size: int) -> bytes:
        nonlocal calls
        calls += 1
        return shake_256(f"celosia test randomness: {label} {calls}".encode()).digest(size)

    return random


@cache
def signing_key(state: Authority, period: str = "current") -> SigningKey:
    """The key that signs a state's envelopes, records and manifests in a period."""
    return SigningKey.from_seed(octets(f"signing key of {state}, {period}"))


@cache
def log_secret(state: Authority) -> SigningKey:
    """The key that signs the checkpoints of a state's log."""
    return SigningKey.from_seed(octets(f"log key of {state}"))


@cache
def witness_secret(state: Authority) -> SigningKey:
    """The key that cosigns, as a state's witness."""
    return SigningKey.from_seed(octets(f"witness key of {state}"))


def list_id(state: Authority, entropy: EntropyClass = "identifiers") -> str:
    """The id of a state's list."""
    return octets(f"list of {state}, {entropy}").hex()[:32]


@cache
def server_key(state: Authority, entropy: EntropyClass = "identifiers", epoch: int = EPOCH) -> ServerKey:
    """The OPRF key of a state's list in an epoch."""
    return ServerKey.derive(octets(f"OPRF seed of {state}, {entropy}"), epoch_info(state, list_id(state, entropy), epoch))


def list_entry(state: Authority, entropy: EntropyClass = "identifiers") -> ListEntry:
    """A list with one epoch, a week old and a week to go."""
    key = EpochKey(epoch=EPOCH, key=bytes(server_key(state, entropy).public), not_before=NOW - 7 * DAY, not_after=NOW + 7 * DAY)
    return ListEntry(
        list=list_id(state, entropy),
        audience="all",
        entropy=entropy,
        daily_per_asker=4096,
        daily_per_officer=4096,
        epoch_cap=1 << 20,
        epochs=(key,),
    )


def signing_periods(state: Authority) -> tuple[SigningPeriod, ...]:
    """A past period and the current one."""
    past = bytes(signing_key(state, "past").public)
    current = bytes(signing_key(state).public)
    return (
        SigningPeriod(key=past, not_before=NOW - 200 * DAY, not_after=NOW - 100 * DAY),
        SigningPeriod(key=current, not_before=NOW - 100 * DAY, not_after=NOW + 100 * DAY),
    )


def working_entry(state: Authority, **changes: object) -> WorkingEntry:
    """A state's own part of the directory."""
    entry = WorkingEntry(
        authority=state,
        peer_url=f"https://node.{state.lower()}.example:8443",
        tls_authority="an invented certificate",
        tls_pins=(octets(f"TLS leaf of {state}").hex(),),
        signing=signing_periods(state),
        sealing_key=bytes(SealingKey.from_bytes(octets(f"sealing key of {state}")).public),
        lists=(list_entry(state), list_entry(state, "name_keys")),
        contacts=(Contact(id="cp-1", email=f"duty@{state.lower()}.example", phone="+00000000000", languages=("es", "en")),),
    )
    return entry.model_copy(update=changes)


def member_keys(state: Authority) -> MemberKeys:
    """What a state's node tells the member states."""
    return MemberKeys.of(state, log_secret(state).public, witness_secret(state).public)


def member_entry(state: Authority, **changes: object) -> MemberEntry:
    """What the states together say of a member."""
    names = Names(
        es=f"Oficina inventada {state}",
        en=f"Invented office {state}",
        pt=f"Escritório inventado {state}",
        fr=f"Bureau inventé {state}",
    )
    keys = member_keys(state)
    entry = MemberEntry(authority=state, names=names, log=keys.log, witness=keys.witness)
    return entry.model_copy(update=changes)


POLICY = Policy(
    clock_tolerance=120,
    directory_grace=2 * DAY,
    manifest_validity_most=DAY,
    witness_faults=0,
    exchange_retention=365 * DAY,
    erasure_term=30 * DAY,
)


def targets(states: Iterable[Authority] = STATES) -> dict[str, bytes]:
    """The directory's target files."""
    files = {"policy.json": POLICY.to_bytes()}
    for state in states:
        files[f"members/{state}.json"] = member_entry(state).to_bytes()
        files[f"states/{state}.json"] = working_entry(state).to_bytes()
    return files


def directory(files: Mapping[str, bytes] | None = None, expires: int = NOW + DAY, content: str = "snapshot") -> Directory:
    """The adopted directory, version 3."""
    until = datetime.fromtimestamp(expires, UTC)
    return Directory.assemble(3, octets(content).hex(), until, targets() if files is None else files)


def question(prepared: Prepared, state: Authority = PE, purpose: str = "identify_offender") -> MatchRequest:
    """A match request to a state's identifier list."""
    return MatchRequest(
        list=list_id(state),
        epoch=EPOCH,
        manifest=octets("a manifest").hex(),
        purpose=RequestPurpose(purpose),
        basis=LegalBasis("tip_protocol"),
        offence=Offence("tip_sexual"),
        urgency=Urgency("routine_7d"),
        officer=octets("pseudonym of an officer")[:16],
        case=octets("salted hash of a case"),
        attested=True,
        commitment=prepared.openings.root(),
        elements=prepared.elements,
    )


@cache
def prepared_question() -> Prepared:
    """Five inputs, padded to sixteen, blinded and committed."""
    return prepare(INPUTS, seeded("question"))


def envelope(
    body: BodyT,
    sender: Authority = CO,
    to: Authority = PE,
    x: str = "exchange 1",
    re: str | None = None,
    salt: str = "salt",
) -> Envelope[BodyT]:
    """An envelope that is fresh at `NOW`. `x` is a label, from which the exchange id is made."""
    return Envelope(
        type=body.type,
        x=octets(x).hex()[:32],
        sender=sender,
        to=to,
        iat=NOW,
        exp=NOW + 300,
        salt=octets(salt),
        directory=DirectoryRef(version=3, hash=octets("snapshot").hex()),
        re=re,
        body=body,
    )


def signed(content: Envelope[BodyT]) -> SignedEnvelope[BodyT]:
    """`content` signed under its sender's current key."""
    return sign_envelope(content, signing_key(content.sender))


def border(me: Authority = PE, connection: Authority = CO, now: int = NOW, of: Directory | None = None) -> Border:
    """What `me` holds an envelope from `connection` against."""
    return Border(me=me, directory=of or directory(), denied=frozenset(), connection=connection, now=now)


@dataclass
class Books:
    """A holder's books, kept in memory: exchange ids seen, lists served, elements left in the budget, types charged."""

    served: frozenset[str] = frozenset(list_id(state) for state in STATES)
    budget: int = 4096
    spent: frozenset[Authority] = frozenset()
    digests: dict[tuple[Authority, str], str] = field(default_factory=dict)
    held: frozenset[tuple[Authority, str]] = frozenset()
    charged: list[str] = field(default_factory=list)

    def charge_quota(self, sender: Authority, type_: str, _size: int) -> None:
        """Refuse who has nothing left."""
        if sender in self.spent:
            raise QuotaSpent("request", type=type_, retry_seconds=60)
        self.charged.append(type_)

    def holds(self, sender: Authority, record: str) -> bool:
        """The records that were said to be held."""
        return (sender, record) in self.held

    def seen(self, sender: Authority, x: str) -> str | None:
        """The digest that was noted."""
        return self.digests.get((sender, x))

    def check_audience(self, _sender: Authority, asked: MatchRequest) -> None:
        """Refuse a list that is not served."""
        if asked.list not in self.served:
            raise WrongQuestion("body.list")

    def charge(self, _sender: Authority, asked: MatchRequest) -> None:
        """Take the padded size."""
        if asked.size > self.budget:
            raise BudgetSpent("body.elements", left=self.budget)
        self.budget -= asked.size
