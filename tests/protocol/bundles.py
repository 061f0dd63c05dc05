"""An invented exchange with all that an evidence bundle holds: five authorities, their logs, and three directories.

Colombia asked Peru, and Peru answered. Brazil, Ecuador and Uruguay witness. Every key is a hash of a sentence that says that it
is worth nothing; dates are fixed, so that the bundle is the same in each run.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from crypto.merkle import leaf_hash
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_inclusion_path, stored_root
from node.directory import ceremony
from protocol.asic import pack, unpack
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    add_cosignatures,
    cosign_checkpoint,
    origin_of,
    parse_checkpoint,
    sign_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.directory import DirectoryRef, WorkingEntry
from protocol.envelope import Envelope, SignedEnvelope, sign_envelope
from protocol.evidence import DirectoryEvidence, Evidence, LogEvidence, Opening, ProvenEntry
from protocol.journal import Act, IntervalPayload, JournalEntry, commitment, envelope_payload, local_entry, paired_entry
from protocol.matching import answer, blinded_elements
from protocol.messages import Body
from protocol.tlog_proof import LogProof
from protocol.vocabulary import Language
from protocol.wire import canonical, sha256, to_base64url
from tests.protocol.federation import (
    BR,
    CO,
    DAY,
    NOW,
    PE,
    octets,
    prepared_question,
    question,
    seeded,
    server_key,
    signing_key,
    working_entry,
)

EC, UY = Authority("EC"), Authority("UY")
MEMBERS = (BR, CO, EC, PE, UY)
WITNESSES = (BR, EC, UY)
FAULTS = 1
"""Four others witness a log, one of them may collude: three have to cosign."""
X, SALT = octets("the exchange").hex()[:32], octets("the salt of the exchange")
BEFORE, AFTER, NEWEST = 3, 4, 5
SEEN = NOW + 70
"""When the witnesses saw the exchange; they saw the last checkpoint two days later."""


@cache
def secret_of(label: str) -> SigningKey:
    """A key of a log or a witness."""
    return SigningKey.from_seed(octets(f"evidence: {label}"))


@cache
def holder(label: str) -> CryptoSigner:
    """A key of the directory."""
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(octets(f"directory: {label}")))


def origin(state: Authority, key: SigningKey) -> str:
    return origin_of(state, key.public)


def witness_name(state: Authority, key: SigningKey) -> str:
    return witness_name_of(state, key.public)


def written(value: object) -> bytes:
    """Canonical JSON of numbers, text in ASCII keys, lists and objects."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def member_file(state: Authority, **changes: object) -> bytes:
    """`members/<CC>.json`."""
    log, witness = secret_of(f"log of {state}"), secret_of(f"witness of {state}")
    content: dict[str, object] = {
        "v": 1,
        "authority": state,
        "names": dict.fromkeys(("es", "en", "pt", "fr"), f"Oficina inventada {state}"),
        "log": {"origin": origin(state, log), "key": to_base64url(bytes(log.public))},
        "witness": {"name": witness_name(state, witness), "key": to_base64url(bytes(witness.public))},
        "former_logs": [],
    }
    return written(content | changes)


def policy_file(**changes: object) -> bytes:
    """`policy.json`."""
    content = {
        "v": 1,
        "clock_tolerance": 120,
        "directory_grace": 2 * DAY,
        "manifest_validity_most": DAY,
        "witness_faults": FAULTS,
        "exchange_retention": 365 * DAY,
        "erasure_term": 30 * DAY,
    }
    return written(content | changes)


def date(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def signed(metadata: bytes, *holders: str) -> bytes:
    """A draft of the ceremony, signed by these holders."""
    heard = ceremony.fingerprint(metadata)
    return ceremony.merge(metadata, [ceremony.sign(metadata, holder(name), heard) for name in holders])


@cache
def roots() -> tuple[bytes, ...]:
    """Two roots: a third holder was replaced."""
    made: list[bytes] = []
    for holders in ((0, 1, 2), (0, 1, 3)):
        draft = ceremony.draft_root(
            version=len(made) + 1,
            expires=date(NOW + 700 * DAY),
            root_keys=[holder(f"root {number}").public_key for number in holders],
            targets_keys=[holder(f"targets {number}").public_key for number in range(3)],
            online_key=holder("online").public_key,
        )
        made.append(signed(draft, "root 0", "root 1"))
    return tuple(made)


@cache
def directory(
    version: int,
    members: tuple[bytes, ...],
    working: tuple[WorkingEntry, ...],
    policy: bytes,
    root: bytes,
    until: tuple[int, ...] = (NOW + 300 * DAY,) * 2,
) -> DirectoryEvidence:
    """One directory of `MEMBERS`, whose files are in their order; `working` and `until`, the dates of roles, are of CO and PE."""
    entries = {state: entry.to_bytes() for state, entry in zip((CO, PE), working, strict=True)}
    files = dict(zip(MEMBERS, members, strict=True))
    targets = signed(
        ceremony.draft_targets(
            version=version,
            expires=date(NOW + 300 * DAY),
            members={state: raw for state, raw in files.items()},  # noqa: C416  by their names as text
            policy=policy,
            officers={
                state: ceremony.Officers([holder(f"officer {state} {number}").public_key for number in range(2)])
                for state in MEMBERS
            },
            root=root,
        ),
        "targets 0",
        "targets 1",
    )
    roles = {
        state: signed(ceremony.draft_state(state, version, date(end), raw), f"officer {state} 0", f"officer {state} 1")
        for (state, raw), end in zip(entries.items(), until, strict=True)
    }
    return assembled(version, targets, roles, {"policy.json": policy}, files, entries)


def assembled(
    version: int,
    targets: bytes,
    roles: Mapping[Authority, bytes],
    policy: Mapping[str, bytes],
    members: Mapping[Authority, bytes],
    states: Mapping[Authority, bytes],
    by: str = "online",
) -> DirectoryEvidence:
    """A directory of these files, with the snapshot and the timestamp that the holder `by` signs for it."""
    listed = {"targets.json": MetaFile.from_data(version, targets, ["sha256"])}
    listed |= {f"{state}.json": MetaFile.from_data(version, raw, ["sha256"]) for state, raw in roles.items()}
    snapshot = online(Snapshot(version, None, date(NOW + version * DAY), listed), by)
    named = MetaFile.from_data(version, snapshot, ["sha256"])
    return DirectoryEvidence(
        timestamp=online(Timestamp(version + 10, None, date(NOW + version * DAY), named), by),
        snapshot=snapshot,
        targets=targets,
        roles=roles,
        files=dict(policy)
        | {f"members/{state}.json": raw for state, raw in members.items()}
        | {f"states/{state}.json": raw for state, raw in states.items()},
    )


def online(content: Snapshot | Timestamp, by: str) -> bytes:
    metadata: Metadata[Any] = Metadata(content)
    metadata.sign(holder(by))
    return metadata.to_bytes()


@dataclass
class Log:
    """A log as it grows."""

    state: Authority
    secret: SigningKey
    entries: list[bytes] = field(default_factory=list)
    openings: dict[int, Opening] = field(default_factory=dict)

    def add(self, entry: JournalEntry) -> int:
        self.entries.append(entry.to_bytes())
        return len(self.entries) - 1

    def note(self, kind: Act, t: int, payload: bytes = b"{}") -> int:
        """An entry of this side alone."""
        label = f"{self.state} {len(self.entries)} {kind}"
        salt = octets(f"salt {label}")
        number = self.add(local_entry(kind, x=octets(f"id {label}").hex()[:32], t=t, c=commitment(salt, payload)))
        self.openings[number] = Opening(salt, payload)
        return number

    def checkpoint(
        self, size: int, cosigned: Iterable[tuple[Authority, int]], secrets: Callable[[Authority], SigningKey]
    ) -> bytes:
        """Its state at a size, with these cosignatures."""
        stored = held_subtrees([leaf_hash(entry) for entry in self.entries[:size]])
        name = origin(self.state, self.secret)
        made = sign_checkpoint(Checkpoint(name, size, stored_root(size, stored)), self.secret)
        return witnessed(made, cosigned, secrets).raw

    def proof(self, number: int, checkpoint: bytes) -> bytes:
        """Where an entry stands under a checkpoint of this log."""
        read = parse_checkpoint(checkpoint)
        stored = held_subtrees([leaf_hash(entry) for entry in self.entries[: read.checkpoint.size]])
        return LogProof(number, tuple(stored_inclusion_path(number, read.checkpoint.size, stored)), read).to_bytes()


def witnessed(
    made: SignedCheckpoint, cosigned: Iterable[tuple[Authority, int]], secrets: Callable[[Authority], SigningKey]
) -> SignedCheckpoint:
    """A checkpoint with the cosignatures of these witnesses at these times."""
    for state, time in cosigned:
        secret = secrets(state)
        name = witness_name(state, secret)
        line = cosign_checkpoint(made, name, secret, time)
        made = add_cosignatures(made, [line], witness_key(name, secret.public))
    return made


@dataclass
class Exchange:
    """What is to be told. An attack is another value of one field, or a method of its own."""

    iat: int = NOW
    secret: Callable[[Authority], SigningKey] = signing_key
    log_secret: Callable[[Authority], SigningKey] = lambda state: secret_of(f"log of {state}")
    witness_secret: Callable[[Authority], SigningKey] = lambda state: secret_of(f"witness of {state}")
    late_secret: Callable[[Authority], SigningKey] | None = None
    """Where the witnesses have other keys by now."""
    dated: int = 0
    """How much later than the truth the entries of CO are dated, in seconds."""
    early: Sequence[tuple[Authority, int]] | None = tuple((state, SEEN + number) for number, state in enumerate(WITNESSES))
    late: Sequence[tuple[Authority, int]] = tuple((state, NOW + 2 * DAY + number) for number, state in enumerate(WITNESSES))
    interval: int | None = NOW - 60
    """When the witnesses saw the checkpoint that both logs' intervals begin with."""
    after: bool = True
    members: Callable[[int, Authority], bytes] = lambda _version, state: member_file(state)
    working: Callable[[int, Authority], WorkingEntry] = lambda _version, state: working_entry(state)
    role_until: Callable[[int, Authority], int] = lambda _version, _state: NOW + 300 * DAY
    """The date of what a state's own officers sign."""
    policy: Callable[[int], bytes] = lambda _version: policy_file()
    salts: Callable[[Authority], bytes] = lambda _state: SALT
    covers: frozenset[Language] = frozenset(Language)

    def directories(self) -> dict[int, DirectoryEvidence]:
        return {
            version: directory(
                version,
                tuple(self.members(version, state) for state in MEMBERS),
                tuple(self.working(version, state) for state in (CO, PE)),
                self.policy(version),
                roots()[version == NEWEST],
                tuple(self.role_until(version, state) for state in (CO, PE)),
            )
            for version in ((BEFORE, AFTER, NEWEST) if self.after else (BEFORE, NEWEST))
        }

    def ref(self, version: int) -> DirectoryRef:
        return DirectoryRef(version=version, hash=sha256(self.directories()[version].snapshot))

    def adoption(self, version: int) -> bytes:
        """What an entry about an adoption commits to."""
        ref = self.ref(version)
        return written({"version": ref.version, "hash": ref.hash, "members": list(MEMBERS)})

    def envelopes(self) -> tuple[SignedEnvelope[Body], ...]:
        """The question and its answer."""
        asked = self.envelope(question(prepared_question()), CO, PE, self.iat)
        reply = answer(blinded_elements(question(prepared_question())), server_key(PE), seeded("the answer"))
        return asked, self.envelope(reply, PE, CO, self.iat + 5, asked.digest)

    def envelope(self, body: Body, sender: Authority, to: Authority, iat: int, re: str | None = None) -> SignedEnvelope[Body]:
        content = Envelope[Body](
            type=body.type,
            x=X,
            sender=sender,
            to=to,
            iat=iat,
            exp=iat + 300,
            salt=SALT,
            directory=self.ref(BEFORE),
            re=re,
            body=body,
        )
        return sign_envelope(content, self.secret(sender))

    def log(self, state: Authority, peer: Authority, digests: Sequence[str]) -> tuple[Log, list[int], list[int], int | None]:
        """The log of a side, and where in it stand the messages, the adoptions and the interval."""
        log = Log(state, self.log_secret(state))
        log.note(Act.LOG_OPENED, NOW - DAY)
        adopted = [log.note(Act.DIRECTORY_ADOPTED, NOW - 3600, self.adoption(BEFORE))]
        interval = None
        if self.interval is not None:
            seen = IntervalPayload(checkpoints=(self.seen_before(log, peer),))
            interval = log.note(Act.INTERVAL_STARTED, self.interval, canonical(seen))
        kinds = (Act.QUESTION_ASKED, Act.ANSWER_RECEIVED) if state == CO else (Act.QUESTION_RECEIVED, Act.QUESTION_ANSWERED)
        messages = []
        for number, (kind, digest) in enumerate(zip(kinds, digests, strict=True)):
            t = self.iat + 5 * number + (self.dated if state == CO else 0)
            c = commitment(self.salts(state), envelope_payload(digest))
            messages.append(log.add(paired_entry(kind, x=X, seq=number + 1, peer=peer, t=t, c=c)))
            log.note(Act.PAD, t)
        if self.after:
            adopted.append(log.note(Act.DIRECTORY_ADOPTED, NOW + DAY, self.adoption(AFTER)))
        log.note(Act.PAD, NOW + DAY)
        return log, messages, adopted, interval

    def seen_before(self, log: Log, _peer: Authority) -> bytes:
        """What the interval begins with: the log's last checkpoint that was witnessed."""
        return log.checkpoint(2, [(state, self.interval or NOW) for state in WITNESSES], self.witness_secret)

    def evidence(self) -> Evidence:
        """All of it."""
        sent = self.envelopes()
        digests = [each.digest for each in sent]
        return Evidence(
            envelopes=tuple(each.raw for each in sent),
            logs={CO: self.side(CO, PE, digests), PE: self.side(PE, CO, digests)},
            roots=roots(),
            directories=self.directories(),
            covers=self.covers,
        )

    def side(self, state: Authority, peer: Authority, digests: Sequence[str]) -> LogEvidence:
        """What the bundle has of one log."""
        log, messages, adopted, interval = self.log(state, peer, digests)
        newest = log.checkpoint(len(log.entries), self.late, self.late_secret or self.witness_secret)
        then = None if self.early is None else log.checkpoint(messages[-1] + 2, self.early, self.witness_secret)

        def proven(number: int, *, opened: bool = False) -> ProvenEntry:
            return ProvenEntry(
                log.entries[number],
                log.proof(number, newest),
                None if then is None or opened else log.proof(number, then),
                log.openings[number] if opened else None,
            )

        return LogEvidence(
            messages=tuple(proven(number) for number in messages),
            adopted=tuple(proven(number, opened=True) for number in adopted),
            interval=None if interval is None else proven(interval, opened=True),
        )


ROOT_DIGEST = sha256(roots()[-1])


@cache
def bundle() -> bytes:
    """The exchange as it was."""
    return Exchange().evidence().to_bytes()


def repacked(raw: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The bundle with other files (None: without the file), packed as its form wants it."""
    files = unpack(raw)
    for name, content in changes.items():
        if content is None:
            del files[name]
        else:
            files[name] = content
    return pack(files)
