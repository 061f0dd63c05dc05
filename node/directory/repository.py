"""The Secretariat's side on disk: what is served, replaced as a whole or not at all.

    <path>/generations/<name>/metadata/   1.root.json ... 7.snapshot.json  BR: 3.BR.json  timestamp.json
    <path>/generations/<name>/targets/    <sha256>.policy.json  members/<sha256>.BR.json  states/<sha256>.BR.json
    <path>/published                      a link to the generation that is served

Root, targets and the states' roles come signed from elsewhere (ceremony.py); only snapshot and timestamp are signed here. A thief
of this folder and of the online key can hold the directory back for one `validity`, and cannot add or change a member.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.ngclient import FetcherInterface

from node.directory import layout
from node.directory.adopted import AdoptedTargets, verify_stored
from node.directory.ceremony import check
from node.directory.errors import FolderUnusable, Malformed, PublicationRefused, foreign_failures
from node.directory.walk import walk
from node.durable import settle, sole_writer, write_whole
from protocol.wire import sha256

# Not a place in any network: FolderFetcher alone reads it.
STAGED = "staged:"
DEFAULT_VALIDITY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """What was signed elsewhere: new root or targets metadata, states' metadata by state, target files by path."""

    root: bytes | None = None
    targets: bytes | None = None
    states: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class FolderFetcher(FetcherInterface):
    """python-tuf's way to a generation that is not served yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield (self._folder / url.removeprefix(f"{STAGED}/")).read_bytes()
        except FileNotFoundError:
            raise tuf_errors.DownloadHTTPError("the file is missing in the change", 404) from None


class Repository:
    """The repository in the folder `path`, with the Secretariat's `online` key.

    `validity` is how long a timestamp is good; a snapshot gets twice that and is signed again when less than one is left, so
    that it always outlives the timestamp which points to it.
    """

    def __init__(self, path: Path, online: CryptoSigner, validity: timedelta = DEFAULT_VALIDITY) -> None:
        self.path = path
        self._online = online
        self._validity = validity

    @property
    def published(self) -> Path:
        """The folder that is served."""
        return self.path / "published"

    def targets_role(self) -> bytes:
        """The members' role in force, signed. Raises `FolderUnusable` when nothing is published here yet."""
        with foreign_failures("repository folder"):
            self._need_published()
            metadata = self.published.resolve() / "metadata"
            _, snapshot = _current(metadata)
            return (metadata / f"{snapshot.meta['targets.json'].version}.targets.json").read_bytes()

    def found(self, change: Change, now: datetime) -> AdoptedTargets:
        """Publishes the first directory. `change` is complete; its root, version 1, is the one in the treaty annex.

        Raises `PublicationRefused` when a directory is already published here, otherwise as `publish`.
        """
        with foreign_failures("repository folder"):
            (self.path / "generations").mkdir(parents=True, exist_ok=True)
            with sole_writer(self.path):
                if self.published.exists():
                    raise PublicationRefused("repository", "a directory is already published here")
                if change.root is None or change.targets is None:
                    raise PublicationRefused("change", "a first directory needs a root and a targets role")
                return self._publish(change, now)

    def publish(self, change: Change, now: datetime) -> AdoptedTargets:
        """Publishes `change` on top of what is published, after a fresh client has verified the whole outcome.

        `now` in UTC. Returns the directory as every member will see it; its findings are older than this change. Raises
        `DirectoryError`, and then what was published is untouched.
        """
        with foreign_failures("repository folder"):
            self._need_published()
            with sole_writer(self.path):
                return self._publish(change, now)

    def resign(self, now: datetime) -> datetime:
        """Signs the timestamp again, and the snapshot when it is due; returns the new timestamp's date.

        `now` in UTC. Raises `Forged` when the root in force does not know the online key.
        """
        with foreign_failures("repository folder"):
            self._need_published()
            with sole_writer(self.path):
                metadata = self.published.resolve() / "metadata"
                timestamp, snapshot = _current(metadata)
                snapshot_meta = timestamp.snapshot_meta
                if snapshot.expires - now < self._validity:
                    snapshot_meta = self._sign_snapshot(metadata, snapshot.version + 1, snapshot.meta, now)
                return self._sign_timestamp(metadata, timestamp.version + 1, snapshot_meta, now)

    def _need_published(self) -> None:
        if not self.published.is_dir():
            raise FolderUnusable("repository", "no directory is published here yet")

    def _publish(self, change: Change, now: datetime) -> AdoptedTargets:
        generations = self.path / "generations"
        previous = self.published.resolve() if self.published.exists() else None
        staged = Path(tempfile.mkdtemp(dir=generations))
        try:
            adopted = self._stage(staged, previous, change, now)
        except BaseException:
            shutil.rmtree(staged)
            raise
        for folder in (generations, staged, *(path for path in staged.rglob("*") if path.is_dir())):
            settle(folder)
        link = self.path / ".published.new"
        link.unlink(missing_ok=True)
        link.symlink_to(staged.relative_to(self.path))
        link.replace(self.published)
        settle(self.path)
        # A request may still be reading the previous generation; what is older, or was left by a crash, goes.
        for generation in generations.iterdir():
            if generation not in (staged, previous):
                shutil.rmtree(generation)
        return adopted

    def _stage(self, staged: Path, previous: Path | None, change: Change, now: datetime) -> AdoptedTargets:
        """Puts what is published and `change` together in `staged`; raises unless a fresh client accepts the outcome."""
        metadata = staged / "metadata"
        meta: dict[str, MetaFile] = {}
        root_version = snapshot_version = timestamp_version = 0
        if previous is None:
            metadata.mkdir()
        else:
            shutil.copytree(previous, staged, copy_function=os.link, dirs_exist_ok=True)
            timestamp, snapshot = _current(metadata)
            meta, snapshot_version, timestamp_version = snapshot.meta, snapshot.version, timestamp.version
            root_version = _root_version(metadata)
        before = _delegator(metadata, meta)

        if change.root is not None:
            _put(metadata, Root.type, change.root, root_version)
        signed = {**change.states} if change.targets is None else {**change.states, Targets.type: change.targets}
        for role, raw in signed.items():
            if role != Targets.type and not layout.is_state(role):
                raise PublicationRefused("change", "a role that is neither targets nor a state")
            known = meta.get(f"{role}.json")
            version = _put(metadata, role, raw, known.version if known else 0)
            meta[f"{role}.json"] = MetaFile.from_data(version, raw, ["sha256"])
        for path, raw in change.files.items():
            _put_file(staged / "targets", path, raw)
        snapshot_meta = self._sign_snapshot(metadata, snapshot_version + 1, meta, now)
        self._sign_timestamp(metadata, timestamp_version + 1, snapshot_meta, now)

        adopted = _as_a_member_sees_it(staged)
        touched = set(change.states) | _states_that_differ(before, _delegator(metadata, meta))
        for finding in adopted.findings:
            if finding.state in touched:
                raise PublicationRefused(f"role {finding.state}", f"members would leave it out ({finding.code})")
        for path, raw in change.files.items():
            if adopted.targets.get(path) != raw:
                raise PublicationRefused(path, "no role in the change lists this file")
        return adopted

    def _sign_snapshot(self, metadata: Path, version: int, meta: dict[str, MetaFile], now: datetime) -> MetaFile:
        signed = Metadata(Snapshot(version, None, now + 2 * self._validity, meta))
        signed.sign(self._online)
        raw = signed.to_bytes()
        write_whole(metadata / f"{version}.snapshot.json", raw)
        return MetaFile.from_data(version, raw, ["sha256"])

    def _sign_timestamp(self, metadata: Path, version: int, snapshot: MetaFile, now: datetime) -> datetime:
        signed = Metadata(Timestamp(version, None, now + self._validity, snapshot))
        signed.sign(self._online)
        raw = signed.to_bytes()
        check(raw, Timestamp.type, [(metadata / f"{_root_version(metadata)}.root.json").read_bytes()])
        write_whole(metadata / "timestamp.json", raw)
        return signed.signed.expires


def _as_a_member_sees_it(folder: Path) -> AdoptedTargets:
    """What a member that knows nothing but the first root makes of `folder`. Raises `DirectoryError`."""
    first_root = (folder / "metadata" / "1.root.json").read_bytes()
    with tempfile.TemporaryDirectory() as memory:
        return verify_stored(walk(Path(memory), STAGED, FolderFetcher(folder), first_root), first_root)


def _current(metadata: Path) -> tuple[Timestamp, Snapshot]:
    timestamp = Metadata[Timestamp].from_bytes((metadata / "timestamp.json").read_bytes()).signed
    version = timestamp.snapshot_meta.version
    return timestamp, Metadata[Snapshot].from_bytes((metadata / f"{version}.snapshot.json").read_bytes()).signed


def _root_version(metadata: Path) -> int:
    return max(int(path.name.partition(".")[0]) for path in metadata.glob("*.root.json"))


def _delegator(metadata: Path, meta: Mapping[str, MetaFile]) -> Targets | None:
    """The targets role that `meta` names; None before the first one."""
    known = meta.get("targets.json")
    if known is None:
        return None
    return Metadata[Targets].from_bytes((metadata / f"{known.version}.targets.json").read_bytes()).signed


def _states_that_differ(before: Targets | None, after: Targets | None) -> set[str]:
    """The states whose officers or member entry are not the same in both."""
    entries = [
        {(path, target.hashes["sha256"]) for path, target in role.targets.items()} if role else set() for role in (before, after)
    ]
    officers = [dict(layout.delegated_roles(role)) if role else {} for role in (before, after)]
    return {path[8:10] for path, _ in entries[0] ^ entries[1]} | {
        state for state in officers[0].keys() | officers[1].keys() if officers[0].get(state) != officers[1].get(state)
    }


def _put(metadata: Path, role: str, raw: bytes, current_version: int) -> int:
    """Writes signed metadata under its version, which must be the next one. A published version never changes."""
    with foreign_failures(f"role {role}"):
        signed = Metadata[Any].from_bytes(raw).signed
    if not isinstance(signed, Root if role == Root.type else Targets):
        raise Malformed(f"role {role}", "metadata of another type")
    version = signed.version
    if version != current_version + 1:
        raise PublicationRefused(f"role {role}", f"it is version {version}, the next one is {current_version + 1}")
    write_whole(metadata / f"{version}.{role}.json", raw)
    return version


def _put_file(targets: Path, path: str, raw: bytes) -> None:
    if not layout.is_target_path(path):
        raise PublicationRefused("change", "a target path that this directory does not have")
    folder, _, name = path.rpartition("/")
    (targets / folder).mkdir(parents=True, exist_ok=True)
    write_whole(targets / folder / f"{sha256(raw)}.{name}", raw)
