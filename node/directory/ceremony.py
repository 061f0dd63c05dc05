"""The signing ceremony: every act is offline, over bytes and files, and one holder's at a time.

    make a key -> read its fingerprint aloud -> draft -> read the draft's fingerprint aloud
    -> each holder signs a copy apart -> merge the signatures -> check -> publish (repository.py)

Root and targets need member states, a state's role its own officers; the Secretariat's key never signs here.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, Key, Signature, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from node.directory import layout
from node.directory.errors import Forged, KeyUnusable, Malformed, NotReadAloud, foreign_failures
from protocol.errors import ProtocolError
from protocol.wire import Digest, Octets64, WireModel, canonical, parse, sha256

# Two hex numbers of 64 and 128 digits with their names.
_SIGNATURE_BYTES = 512


def generate_key(path: Path) -> SSlibKey:
    """Makes an Ed25519 key, writes it to the new file `path` (PEM, PKCS #8, mode 0600) and returns the public half.

    Raises `KeyUnusable` when the file exists or cannot be written: a key is never overwritten.
    """
    signer = CryptoSigner.generate_ed25519()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyUnusable(path.name, error.strerror or "the file cannot be made") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(signer.private_bytes)
    return signer.public_key


def load_key(path: Path) -> CryptoSigner:
    """The holder's signing key. Raises `KeyUnusable` when it is missing, open to others or no Ed25519 key in PKCS #8."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyUnusable(path.name, "others than its owner can read the file")
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise KeyUnusable(path.name, error.strerror or "the file cannot be read") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable(path.name, "not a PEM file with a private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(path.name, "not an Ed25519 key")
    return CryptoSigner(key)


def public_pem(key: SSlibKey) -> bytes:
    """The public key as PEM (SubjectPublicKeyInfo, RFC 8410), the form in which holders hand it over."""
    return _ed25519(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_pem(raw: bytes, where: str) -> SSlibKey:
    """The key in `raw`. Raises `KeyUnusable` for anything but one Ed25519 public key."""
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable(where, "not a PEM file with a public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(where, "not an Ed25519 key")
    return SSlibKey.from_crypto(key)


def key_fingerprint(key: SSlibKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, to read aloud: `openssl pkey -pubin -outform DER | sha256sum` gives the same."""
    return _spoken(_ed25519(key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def fingerprint(metadata: bytes) -> str:
    """SHA-256 of the part of `metadata` that is signed, to read aloud. Adding signatures does not change it."""
    return _spoken(_parsed(metadata).signed_bytes)


def draft_root(
    *,
    version: int,
    expires: datetime,
    root_keys: Sequence[SSlibKey],
    targets_keys: Sequence[SSlibKey],
    online_key: SSlibKey,
    threshold: int = layout.THRESHOLD_FLOOR,
) -> bytes:
    """An unsigned root: member states' keys for root and targets, the Secretariat's for snapshot and timestamp.

    `expires` in UTC. Raises `RogueDelegation` for fewer than two needed holders or the Secretariat's key among them.
    """
    with foreign_failures("root draft"):
        root = Root(version=version, expires=expires, consistent_snapshot=True)
        for role, keys in ((Root.type, root_keys), (Targets.type, targets_keys)):
            for key in keys:
                root.add_key(key, role)
            root.roles[role].threshold = threshold
        for role in (Snapshot.type, Timestamp.type):
            root.add_key(online_key, role)
    layout.check_root(root)
    return Metadata(root).to_bytes()


@dataclass(frozen=True)
class Officers:
    """Who may sign for one state: the officers' keys and how many of them are needed."""

    keys: Sequence[SSlibKey]
    threshold: int = layout.THRESHOLD_FLOOR


def draft_targets(
    *,
    version: int,
    expires: datetime,
    members: Mapping[str, bytes],
    policy: bytes,
    officers: Mapping[str, Officers],
    root: bytes,
) -> bytes:
    """An unsigned targets role: `members` (state -> member entry), `policy`, one delegation per state to its `officers`.

    Raises `Malformed` when a member has no officers or the reverse, `RogueDelegation` for a delegation against the floors of
    `layout` or with a key that `root` gives to the Secretariat.
    """
    if set(members) != set(officers):
        raise Malformed("targets draft", "every member needs its officers, and only members have officers")
    with foreign_failures("targets draft"):
        roles = {
            state: DelegatedRole(
                state,
                [key.keyid for key in appointed.keys],
                appointed.threshold,
                terminating=True,
                paths=[layout.state_path(state)],
            )
            for state, appointed in sorted(officers.items())
        }
        keys: dict[str, Key] = {key.keyid: key for appointed in officers.values() for key in appointed.keys}
        files = {layout.POLICY_PATH: policy} | {layout.member_path(state): raw for state, raw in members.items()}
        listed = {path: TargetFile.from_data(path, raw, ["sha256"]) for path, raw in sorted(files.items())}
        targets = Targets(version, None, expires, listed, Delegations(keys, roles))
    layout.check_targets(targets, _root(root))
    return Metadata(targets).to_bytes()


def draft_state(state: str, version: int, expires: datetime, entry: bytes) -> bytes:
    """The unsigned role of `state` over its own working `entry`. Raises `TooLarge` for an entry past the limit."""
    with foreign_failures(f"draft of {state}"):
        path = layout.state_path(state)
        signed = Targets(version, None, expires, {path: TargetFile.from_data(path, entry, ["sha256"])})
    layout.check_state(state, signed)
    return Metadata(signed).to_bytes()


class DetachedSignature(WireModel):
    """One holder's signature, apart from what it signs, as a small file that travels back from the offline machine."""

    key: Digest
    signature: Octets64


def sign(metadata: bytes, signer: CryptoSigner, read_aloud: str) -> bytes:
    """One holder's signature over `metadata`, as a file to merge.

    Raises `NotReadAloud`, and signs nothing, when the fingerprint heard in the room is not the file's.
    """
    if not same_fingerprint(read_aloud, fingerprint(metadata)):
        raise NotReadAloud("metadata to sign", "its fingerprint is not the one read aloud")
    made = signer.sign(_parsed(metadata).signed_bytes)
    return canonical(DetachedSignature(key=made.keyid, signature=bytes.fromhex(made.signature)))


def merge(metadata: bytes, signatures: Sequence[bytes]) -> bytes:
    """`metadata` with `signatures` added; whether they hold and suffice is what `check` says. Raises `Malformed`."""
    merged = _parsed(metadata)
    for raw in signatures:
        try:
            apart = parse(DetachedSignature, raw, limit=_SIGNATURE_BYTES, where="signature file")
        except ProtocolError as error:
            raise Malformed("signature file", str(error)) from None
        merged.signatures[apart.key] = Signature(apart.key, apart.signature.hex())
    return merged.to_bytes()


@dataclass(frozen=True)
class Standing:
    """Who has signed validly, by key fingerprint, and who of the appointed holders has not."""

    needed: int
    signed: tuple[str, ...]
    awaited: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether enough holders have signed."""
        return len(self.signed) >= self.needed


def standing(metadata: bytes, role: str, appointed_by: bytes) -> Standing:
    """How far the signing of `metadata` for `role` has come, by the keys in `appointed_by` (root or targets metadata).

    Raises `Malformed` when `appointed_by` does not know the role.
    """
    judged, judge = _parsed(metadata), _parsed(appointed_by).signed
    if not isinstance(judge, Root | Targets):
        raise Malformed(f"role {role}", "only root and targets appoint holders")
    with foreign_failures(f"role {role}"):
        result = judge.get_verification_result(role, judged.signed_bytes, judged.signatures)
    return Standing(result.threshold, _fingerprints(result.signed), _fingerprints(result.unsigned))


def check(metadata: bytes, role: str, appointed_by: Sequence[bytes]) -> None:
    """Raises `Forged` unless enough holders signed, by every one of `appointed_by`.

    A root is judged by its predecessor and by itself (TUF 5.3.4), targets by root, a state's role by targets.
    """
    for judge in appointed_by:
        found = standing(metadata, role, judge)
        if not found.complete:
            raise Forged(f"role {role}", f"signed by {len(found.signed)} of {found.needed} holders needed")


def _fingerprints(keys: Mapping[str, Key]) -> tuple[str, ...]:
    return tuple(sorted(key_fingerprint(key) for key in keys.values() if isinstance(key, SSlibKey)))


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are one: groups, line ends and case do not count."""
    return "".join(one.split()).lower() == "".join(other.split()).lower()


def in_groups(digest: str) -> str:
    """A digest to read aloud: sixteen groups of four hex digits."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _spoken(raw: bytes) -> str:
    return in_groups(sha256(raw))


def _ed25519(key: SSlibKey) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))


def _parsed(metadata: bytes) -> Metadata[Any]:
    with foreign_failures("metadata"):
        return Metadata[Any].from_bytes(metadata)


def _root(metadata: bytes) -> Root:
    signed = _parsed(metadata).signed
    if not isinstance(signed, Root):
        raise Malformed("root", "metadata of another type")
    return signed
