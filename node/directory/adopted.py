"""What was adopted: the whole set of signed files in one value and one file, verified again at every reading.

The stored file is trusted for nothing: corrupting it buys a refusal. `left_out` alone is unsigned; it only words why a state
is absent, and a state that does not verify is absent whatever it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import Field
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from node.directory import layout
from node.directory.errors import Malformed, foreign_failures
from protocol.directory import Directory
from protocol.wire import Octets, WireModel, sha256

# 64 states with a member entry, a state entry and metadata at their largest, in base64; the usual set is 200 KB.
STORED_BYTES = 64 << 20


T = TypeVar("T", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True)
class Finding:
    """A `state` that is left out, and why: the stable code of a `DirectoryError`, or `not_delegated`, `not_a_member`,
    `no_entry`."""

    state: str
    code: str


@dataclass(frozen=True)
class AdoptedTargets:
    """One verified directory.

    `version` and `snapshot_hash` (SHA-256 of the snapshot metadata's bytes, hex) are what an envelope cites. `expires` (UTC) is
    the timestamp's date, or an earlier one of root, snapshot or targets. `targets` maps target paths to their bytes. `ends` has
    the date of each role by its name: the four top-level ones, and each state that is not left out.
    `appointed_by` is the members' role, which names each state's officers, and `versions` the version of each state's role.
    `listed`: the states that the member states name, left out or not. `stored`: the files themselves.
    """

    version: int
    snapshot_hash: str
    expires: datetime
    targets: Mapping[str, bytes] = field(repr=False)
    findings: tuple[Finding, ...]
    ends: Mapping[str, datetime]
    appointed_by: bytes = field(repr=False)
    versions: Mapping[str, int]
    listed: frozenset[str]
    stored: "StoredSet" = field(repr=False)

    def assemble(self) -> Directory:
        """What these files say, as values. Raises `protocol.errors.Malformed` when the policy cannot be read."""
        left_out = {finding.state: finding.code for finding in self.findings}
        return Directory.assemble(self.version, self.snapshot_hash, self.expires, self.targets, left_out, self.listed)


class StoredSet(WireModel):
    """The signed files of one directory, complete. `roots` runs from the bootstrap root to the current one."""

    roots: list[Octets]
    timestamp: Octets
    snapshot: Octets
    targets: Octets
    states: dict[str, Octets]
    files: dict[str, Octets] = Field(repr=False)
    left_out: dict[str, str]


def verify_stored(stored: StoredSet, bootstrap_root: bytes) -> AdoptedTargets:
    """What `stored` says, after every signature, digest and version in it held under `bootstrap_root`.

    No clock: whether `expires` is past is the caller's question. Raises `DirectoryError`. Source: TUF 1.0, section 5.
    """
    # 1 root (5.3): the chain starts at the bootstrap root and each version is signed by its predecessor and by itself
    root = _root_chain(stored.roots, bootstrap_root)
    # 2 timestamp (5.4)
    timestamp = _verified(Timestamp, stored.timestamp, root, Timestamp.type)
    # 3 snapshot (5.5)
    snapshot = _verified(Snapshot, stored.snapshot, root, Snapshot.type, timestamp.snapshot_meta)
    # 4 targets (5.6), then this directory's own shape
    targets = _verified(Targets, stored.targets, root, Targets.type, _meta(snapshot, Targets.type))
    layout.check_targets(targets, root)
    # 5 the policy, then each state that is not left out (5.6.7, 5.7)
    files = {layout.POLICY_PATH: _file(stored, targets, layout.POLICY_PATH)}
    ends = {signed.type: signed.expires for signed in (root, timestamp, snapshot, targets)}
    versions: dict[str, int] = {}
    for state, raw in sorted(stored.states.items()):
        signed = _verified(Targets, raw, targets, state, _meta(snapshot, state))
        layout.check_state(state, signed)
        ends[state] = signed.expires
        files[layout.member_path(state)] = _file(stored, targets, layout.member_path(state))
        files[layout.state_path(state)] = _file(stored, signed, layout.state_path(state))
        versions[state] = signed.version
    absent = (set(layout.member_states(targets)) | set(layout.delegated_roles(targets))) - set(stored.states)
    return AdoptedTargets(
        version=snapshot.version,
        snapshot_hash=sha256(stored.snapshot),
        expires=min(signed.expires for signed in (root, timestamp, snapshot, targets)),
        targets=files,
        findings=tuple(Finding(state, stored.left_out.get(state, "no_entry")) for state in sorted(absent)),
        ends=ends,
        appointed_by=stored.targets,
        versions=versions,
        listed=frozenset(layout.member_states(targets)),
        stored=stored,
    )


def _root_chain(roots: list[bytes], bootstrap_root: bytes) -> Root:
    if roots[:1] != [bootstrap_root]:
        raise Malformed("stored root", "the chain does not start at the root that the administrator named")
    root = _parsed(Root, bootstrap_root, "stored root").signed
    for raw in roots:
        metadata = _parsed(Root, raw, "stored root")
        with foreign_failures("stored root"):
            for judge in (root, metadata.signed):
                judge.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
        if raw is not roots[0] and metadata.signed.version != root.version + 1:
            raise Malformed("stored root", "a version is missing in the chain")
        root = metadata.signed
        layout.check_root(root)
    return root


def _verified(kind: type[T], raw: bytes, judge: Root | Targets, role: str, meta: MetaFile | None = None) -> T:
    metadata = _parsed(kind, raw, f"stored {role}")
    with foreign_failures(f"stored {role}"):
        if meta is not None:
            meta.verify_length_and_hashes(raw)
            if meta.version != metadata.signed.version:
                raise Malformed(f"stored {role}", "another version than the one that the snapshot names")
        judge.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    return metadata.signed


def _parsed(kind: type[T], raw: bytes, where: str) -> Metadata[T]:
    with foreign_failures(where):
        metadata = Metadata[T].from_bytes(raw)
    if not isinstance(metadata.signed, kind):
        raise Malformed(where, "metadata of another type")
    return metadata


def _meta(snapshot: Snapshot, role: str) -> MetaFile:
    meta = snapshot.meta.get(f"{role}.json")
    if meta is None:
        raise Malformed("stored snapshot", f"{role} is missing")
    return meta


def _file(stored: StoredSet, lister: Targets, path: str) -> bytes:
    target, raw = lister.targets.get(path), stored.files.get(path)
    if target is None or raw is None:
        raise Malformed(f"stored {path}", "it is missing, or nobody lists it")
    with foreign_failures(f"stored {path}"):
        target.verify_length_and_hashes(raw)
    return raw
