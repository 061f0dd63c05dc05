"""The directory of authorities as values: what its target files say and what a node asks of it.

Where the files come from and how TUF protects them is `node/directory/`. Three kinds of target file:

    members/<CC>.json   an authority's names, log and witness; signed by the member states together (targets role, 2 of 3)
    states/<CC>.json    working keys, addresses, lists; signed by two officers of that state (its own delegation)
    policy.json         what the federation agreed on; signed by the member states together
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from crypto.errors import CryptoError
from crypto.note import NoteKey
from crypto.oprf import PublicKey
from crypto.sealing import SealingPublicKey
from crypto.signing import VerifyKey
from protocol import jws, limits
from protocol.authority import Authority
from protocol.checkpoint import Quorum
from protocol.errors import DirectoryMismatch, DirectoryTooOld, Malformed, UnknownSender
from protocol.members import FormerLog, MemberEntry, Names, Target, shared_keys
from protocol.record import ContactId
from protocol.wire import Digest, Instant, ListId, Octets32, WireModel


class SigningPeriod(WireModel):
    """An Ed25519 key that signs the authority's envelopes, records and manifests, and when envelopes under it are taken."""

    key: Octets32
    not_before: Instant
    not_after: Instant


class EpochKey(WireModel):
    """The OPRF public key of one list in one epoch: one key for all askers."""

    epoch: Annotated[int, Field(ge=1, lt=1 << 31)]
    key: Octets32
    not_before: Instant
    not_after: Instant


EntropyClass = Literal["identifiers", "name_keys"]
ENTROPY_CLASSES: Final[Mapping[str, EntropyClass]] = MappingProxyType({each: each for each in get_args(EntropyClass)})


class ListEntry(WireModel):
    """One list: its opaque id, whether it is for all members, what kind of inputs it matches, its budgets, its epochs' keys.

    Budgets are in padded elements: what one asker has in a day, what one officer of an asker has of that, and what all askers
    have in an epoch. `set` says that the list is for a named set, not for whom.
    """

    list: ListId
    audience: Literal["all", "set"]
    entropy: EntropyClass
    daily_per_asker: Annotated[int, Field(ge=0, lt=1 << 31)]
    daily_per_officer: Annotated[int, Field(ge=0, lt=1 << 31)]
    epoch_cap: Annotated[int, Field(ge=0, lt=1 << 40)]
    epochs: Annotated[tuple[EpochKey, ...], Field(min_length=1, max_length=limits.EPOCHS_A_LIST)]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.daily_per_officer > self.daily_per_asker:
            raise PydanticCustomError("officer_above_asker", "an officer has no more than the officer's authority")
        return self


class Contact(WireModel):
    """Whom to call. Details of an office, never of a case."""

    id: ContactId
    email: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{3,190}$")]
    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]{7,15}$")]
    languages: Annotated[tuple[Literal["es", "en", "pt", "fr"], ...], Field(min_length=1, max_length=4)]


_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PEER_URL = rf"^https://{_LABEL}(?:\.{_LABEL})*:[1-9][0-9]{{0,4}}$"


PeerUrl = Annotated[str, StringConstraints(max_length=253, pattern=_PEER_URL)]


class WorkingEntry(Target):
    """A state's own part of the directory: where its node is, its keys, its lists."""

    v: Literal[1] = 1
    authority: Authority
    peer_url: PeerUrl
    tls_authority: Annotated[str, StringConstraints(max_length=8192)]
    tls_pins: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=2)]
    signing: Annotated[tuple[SigningPeriod, ...], Field(min_length=1, max_length=limits.SIGNING_PERIODS)]
    sealing_key: Octets32
    lists: Annotated[tuple[ListEntry, ...], Field(max_length=limits.LISTS_A_STATE)]
    contacts: Annotated[tuple[Contact, ...], Field(min_length=1, max_length=limits.CONTACTS_A_STATE)]

    @model_validator(mode="after")
    def _sound_keys(self) -> Self:
        """Bad keys are refused when the directory is read, not in the middle of an exchange."""
        try:
            SealingPublicKey.from_bytes(self.sealing_key)
            for period in self.signing:
                VerifyKey.from_bytes(period.key)
            for entry in self.lists:
                for epoch in entry.epochs:
                    PublicKey.from_bytes(epoch.key)
        except CryptoError:
            raise PydanticCustomError("unsound_key", "not a key of its kind") from None
        return self


class Policy(Target):
    """What the federation agreed on: seconds, and how many of a log's witnesses may collude without a fork going unnoticed.

    `exchange_retention`: after it every node erases the content of an exchange. `erasure_term`: by then a member has decided
    on another's request to erase one.
    """

    v: Literal[1] = 1
    clock_tolerance: Annotated[int, Field(ge=1, le=900)]
    directory_grace: Annotated[int, Field(ge=0, le=30 * 86400)]
    manifest_validity_most: Annotated[int, Field(ge=1, le=7 * 86400)]
    witness_faults: Annotated[int, Field(ge=0, le=limits.WITNESS_FAULTS)]
    exchange_retention: Annotated[int, Field(ge=limits.RETENTION_LEAST, le=limits.RETENTION_MOST)]
    erasure_term: Annotated[int, Field(ge=limits.ERASURE_TERM_LEAST, le=limits.ERASURE_TERM_MOST)]


class DirectoryRef(WireModel):
    """Which directory a node has adopted: version and hash of the snapshot."""

    version: Annotated[int, Field(ge=1, lt=1 << 53)]
    hash: Digest


@dataclass(frozen=True)
class Member:
    """One authority as the directory has it, less what its later entries in `ahead` do not have any more.

    A later entry of the same state, signed by its officers, travels ahead of the directory. What it takes away counts at once;
    what it adds waits for the directory: nobody is let in on the word of one state. The newest is the last.
    """

    authority: Authority
    names: Names
    working: WorkingEntry
    log: NoteKey
    witness: NoteKey
    former_logs: tuple[FormerLog, ...] = ()
    ahead: tuple[WorkingEntry, ...] = ()

    @classmethod
    def of(cls, entry: MemberEntry, working: WorkingEntry) -> Self:
        """From the two files of one state."""
        return cls(entry.authority, entry.names, working, entry.log.note_key, entry.witness.note_key, entry.former_logs)

    def tls_pins(self) -> frozenset[str]:
        """Pins of its TLS leaves that count. None when all that the directory has are revoked."""
        return frozenset(self.working.tls_pins).intersection(*(entry.tls_pins for entry in self.ahead))

    def envelope_keys(self, now: int) -> Mapping[str, VerifyKey]:
        """Keys, by key id, under which an envelope of this authority is taken at `now`."""
        entries = (self.working, *self.ahead)
        return {
            name: key
            for name, key in self.record_keys().items()
            if all(
                any(each.key == bytes(key) and each.not_before <= now < each.not_after for each in entry.signing)
                for entry in entries
            )
        }

    def record_keys(self) -> Mapping[str, VerifyKey]:
        """Keys under which a record or manifest of this authority is taken: records outlive the keys' periods."""
        kept = {period.key for period in self.working.signing}.intersection(
            *({period.key for period in entry.signing} for entry in self.ahead)
        )
        return {jws.key_id(key): key for raw in kept for key in (VerifyKey.from_bytes(raw),)}

    def list_entry(self, list_id: str) -> ListEntry | None:
        """The list with this id, if the authority has it."""
        listed = _listed(self.working, list_id)
        return listed if all(_listed(entry, list_id) for entry in self.ahead) else None

    def epoch_key(self, list_id: str, epoch: int, now: int) -> PublicKey | None:
        """The public key of that list and epoch, if it is valid at `now`."""
        keys = {_epoch_key(entry, list_id, epoch, now) for entry in (self.working, *self.ahead)}
        key = keys.pop()
        return PublicKey.from_bytes(key) if key is not None and not keys else None

    def contact(self, contact_id: str) -> Contact | None:
        """The contact point that a record names."""
        return next((contact for contact in self.working.contacts if contact.id == contact_id), None)


def _listed(entry: WorkingEntry, list_id: str) -> ListEntry | None:
    return next((each for each in entry.lists if each.list == list_id), None)


def _epoch_key(entry: WorkingEntry, list_id: str, epoch: int, now: int) -> bytes | None:
    listed = _listed(entry, list_id)
    for period in listed.epochs if listed else ():
        if period.epoch == epoch and period.not_before <= now < period.not_after:
            return period.key
    return None


def quorum_over(witnesses: Sequence[NoteKey], faults: int, listed: int) -> Quorum | None:
    """So many of `listed` witnesses that two quorums have more than `faults` in common, or all of them; None of nobody.

    `witnesses` are those whose keys are known. If that is fewer than it takes, nothing is witnessed until the others are.
    """
    return Quorum(min(listed, (listed + faults) // 2 + 1), tuple(witnesses)) if listed else None


@dataclass(frozen=True)
class Directory:
    """The adopted directory. `expires` is when its timestamp does: after that it must have been renewed.

    `left_out` has the states whose entry is there and cannot be used, with the code of the reason. `listed` are all that the
    member states list, usable or not: what a quorum is counted from.
    """

    ref: DirectoryRef
    expires: datetime
    members: Mapping[Authority, Member]
    policy: Policy
    left_out: Mapping[str, str]
    listed: frozenset[str]

    @classmethod
    def assemble(
        cls,
        version: int,
        snapshot_hash: str,
        expires: datetime,
        targets: Mapping[str, bytes],
        left_out: Mapping[str, str] = MappingProxyType({}),
        listed: Collection[str] = (),
    ) -> Self:
        """From verified target files. A member without its working entry, or whose entry is malformed, is left out.

        So is each of those that share a key for logs or witnesses: no order among them says whose it is.
        `left_out`: states that the verification left out already, with the reason. `listed`: the states whose entries the
        member states have signed, beside those whose entries are among `targets`. Raises `Malformed` when the policy itself is
        missing or malformed.
        """
        if "policy.json" not in targets:
            raise Malformed("policy.json", reason="missing")
        policy = Policy.from_bytes(targets["policy.json"])
        entries: dict[Authority, MemberEntry] = {}
        members: dict[Authority, Member] = {}
        absent, known = dict(left_out), set(listed)
        for path, raw in targets.items():
            state = path.removeprefix("members/").removesuffix(".json")
            if path != f"members/{state}.json":
                continue
            known.add(state)
            if f"states/{state}.json" not in targets:
                absent.setdefault(state, "no_entry")
                continue
            try:
                entry, working = MemberEntry.from_bytes(raw), WorkingEntry.from_bytes(targets[f"states/{state}.json"])
            except Malformed:
                absent[state] = "entry_malformed"
                continue
            if entry.authority == working.authority == state:
                entries[entry.authority] = entry
                members[entry.authority] = Member.of(entry, working)
            else:
                absent[state] = "entry_of_another"
        for authority in shared_keys(entries.values()):
            del members[authority]
            absent[authority] = "key_of_another"
        return cls(DirectoryRef(version=version, hash=snapshot_hash), expires, members, policy, absent, frozenset(known))

    def member(self, authority: Authority) -> Member:
        """The member, or `UnknownSender`."""
        if authority not in self.members:
            raise UnknownSender("directory", authority=authority)
        return self.members[authority]

    def quorum_of(self, authority: Authority) -> Quorum | None:
        """Who witnesses the log of `authority`: all other members, and so many of them that any two quorums share an honest one.

        That is q > (n + f) / 2 of n witnesses, f of them colluding. A member that is left out is counted in n: whoever can
        break entries must not make a quorum small. None of a member that is alone: nobody can witness it.
        """
        witnesses = tuple(member.witness for other, member in sorted(self.members.items()) if other != authority)
        return quorum_over(witnesses, self.policy.witness_faults, len(self.listed - {authority}))

    def frozen_logs(self, authority: Authority) -> Mapping[str, int]:
        """The logs that an authority has closed, by origin, and how many of their entries count."""
        member = self.members.get(authority)
        return {} if member is None else {former.origin: former.size for former in member.former_logs}

    def pins(self) -> Mapping[str, Authority]:
        """TLS leaf pins (SHA-256 of the SPKI, hex) to the authority that may use them."""
        return {pin: member.authority for member in self.members.values() for pin in member.tls_pins()}

    def narrowed(self, ahead: Mapping[Authority, Sequence[WorkingEntry]]) -> "Directory":
        """This directory less what later entries took away. `ahead`: state -> its entries that are later than the one here."""
        members = {
            authority: replace(member, ahead=tuple(ahead.get(authority, ()))) for authority, member in self.members.items()
        }
        return replace(self, members=members)

    def compare(self, theirs: DirectoryRef) -> None:
        """Raise `DirectoryMismatch` if a peer has another directory under our version number."""
        if theirs.version == self.ref.version and theirs.hash != self.ref.hash:
            raise DirectoryMismatch("envelope.directory", version=theirs.version)

    def check_age(self, now: int) -> None:
        """Raise `DirectoryTooOld` past the expiry and the policy's grace."""
        over = now - int(self.expires.timestamp()) - self.policy.directory_grace
        if over > 0:
            raise DirectoryTooOld("directory", seconds_over=over)
