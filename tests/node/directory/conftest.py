"""An invented federation of three invented states (XA, XB, XC: codes that ISO 3166-1 leaves to users), and its server."""

import atexit
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp
from tuf.ngclient import Updater

from node.directory import ceremony, layout
from node.directory.client import DirectoryClient, HttpFetcher, directory_http
from node.directory.repository import Change, Repository
from node.directory.server import directory_app, server_config
from node.durable import write_whole
from node.tls.certificates import create_authority, issue_leaf
from node.tls.contexts import trusting
from tests.serving import in_a_thread

STATES = ("XA", "XB", "XC")
POLICY = b'{"policy":"invented"}'


def soon(days: float = 30) -> datetime:
    """A date `days` ahead, or behind when negative."""
    return datetime.now(UTC) + timedelta(days=days)


def entry(state: str, version: int = 1) -> bytes:
    """An invented working entry."""
    return f'{{"state":"{state}","working":{version}}}'.encode()


def member(state: str) -> bytes:
    """An invented member entry."""
    return f'{{"member":"{state}"}}'.encode()


@dataclass
class Federation:
    """Key holders by name: root0-2, targets0-2, online, and two officers a state (XA0, XA1 ...)."""

    folder: Path
    keys: dict[str, SSlibKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        holders = [f"{role}{number}" for role in ("root", "targets") for number in range(3)]
        for name in [*holders, "online", *(f"{state}{number}" for state in STATES for number in range(2))]:
            self.add_holder(name)

    def add_holder(self, name: str) -> SSlibKey:
        self.keys[name] = ceremony.generate_key(self.folder / f"{name}.pem")
        return self.keys[name]

    def signer(self, name: str) -> CryptoSigner:
        return ceremony.load_key(self.folder / f"{name}.pem")

    def sign(self, metadata: bytes, *names: str) -> bytes:
        heard = ceremony.fingerprint(metadata)
        return ceremony.merge(metadata, [ceremony.sign(metadata, self.signer(name), heard) for name in names])

    def root(
        self,
        version: int = 1,
        by: Sequence[str] = ("root0", "root1"),
        expires: datetime | None = None,
        roots: Sequence[str] = ("root0", "root1", "root2"),
        online: str = "online",
    ) -> bytes:
        draft = ceremony.draft_root(
            version=version,
            expires=expires or soon(),
            root_keys=[self.keys[name] for name in roots],
            targets_keys=[self.keys[f"targets{number}"] for number in range(3)],
            online_key=self.keys[online],
        )
        return self.sign(draft, *by)

    def targets_draft(self, root: bytes, version: int = 1, states: Sequence[str] = STATES, days: float = 30) -> bytes:
        return ceremony.draft_targets(
            version=version,
            expires=soon(days),
            members={state: member(state) for state in states},
            policy=POLICY,
            officers={state: ceremony.Officers([self.keys[f"{state}0"], self.keys[f"{state}1"]]) for state in states},
            root=root,
        )

    def state(self, state: str, version: int = 1, days: float = 30, by: Sequence[str] = ("0", "1")) -> bytes:
        draft = ceremony.draft_state(state, version, soon(days), entry(state, version))
        return self.sign(draft, *(f"{state}{officer}" for officer in by))

    def first_change(self, root: bytes, states: Sequence[str] = STATES) -> Change:
        return Change(
            root=root,
            targets=self.sign(self.targets_draft(root, states=states), "targets0", "targets2"),
            states={state: self.state(state) for state in states},
            files={layout.POLICY_PATH: POLICY}
            | {layout.member_path(state): member(state) for state in states}
            | {layout.state_path(state): entry(state) for state in states},
        )


def edited(metadata: bytes, edit: Callable[[Any], None]) -> bytes:
    """Unsigned `metadata` after `edit` changed the signed part: what a ceremony of the attacker's own would draft."""
    parsed = Metadata[Any].from_bytes(metadata)
    edit(parsed.signed)
    parsed.signatures.clear()
    return parsed.to_bytes()


@dataclass
class Published:
    """A founded repository, its server's address, and what somebody who holds the server and the online key can do."""

    federation: Federation
    repository: Repository
    root: bytes
    url: str

    @property
    def metadata(self) -> Path:
        return self.repository.published / "metadata"

    @property
    def targets(self) -> Path:
        return self.repository.published / "targets"

    def publish_state(self, state: str, version: int) -> None:
        change = Change(
            states={state: self.federation.state(state, version)},
            files={layout.state_path(state): entry(state, version)},
        )
        self.repository.publish(change, datetime.now(UTC))

    def seize(
        self,
        roles: Mapping[str, bytes] | None = None,
        files: Mapping[str, bytes] | None = None,
        meta: Mapping[str, MetaFile] | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Serves `roles` and `files` under a snapshot and a timestamp that the online key signs without looking."""
        timestamp = Metadata[Timestamp].from_bytes((self.metadata / "timestamp.json").read_bytes()).signed
        version = timestamp.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_bytes((self.metadata / f"{version}.snapshot.json").read_bytes()).signed
        for role, raw in (roles or {}).items():
            number = Metadata[Any].from_bytes(raw).signed.version
            (self.metadata / f"{number}.{role}.json").write_bytes(raw)
            snapshot.meta[f"{role}.json"] = MetaFile.from_data(number, raw, ["sha256"])
        snapshot.meta.update(meta or {})
        for path, raw in (files or {}).items():
            folder, _, name = path.rpartition("/")
            prefixed = f"{MetaFile.from_data(1, raw, ['sha256']).hashes['sha256']}.{name}"  # type: ignore[index]
            (self.targets / folder / prefixed).write_bytes(raw)
        online = self.federation.signer("online")
        sealed = Metadata(Snapshot(version + 1, None, soon(2), snapshot.meta))
        sealed.sign(online)
        raw = sealed.to_bytes()
        (self.metadata / f"{version + 1}.snapshot.json").write_bytes(raw)
        named = MetaFile.from_data(version + 1, raw, ["sha256"])
        stamped = Metadata(Timestamp(timestamp.version + 1, None, expires or soon(1), named))
        stamped.sign(online)
        (self.metadata / "timestamp.json").write_bytes(stamped.to_bytes())


@cache
def secretariat_tls() -> Path:
    """A folder with an invented Secretariat's authority.pem, leaf.pem and leaf.key; it goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="celosia-tests-"))
    atexit.register(shutil.rmtree, folder)
    authority = create_authority("Secretaría inventada", datetime.now(UTC), 30)
    leaf = issue_leaf(authority, ["127.0.0.1"], "XA", datetime.now(UTC), 30)
    (folder / "authority.pem").write_bytes(authority.certificate)
    (folder / "leaf.pem").write_bytes(leaf.certificate)
    write_whole(folder / "leaf.key", leaf.key)
    return folder


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """`app` under uvicorn and TLS 1.3 on a free loopback port, as the Secretariat serves it; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_cert_chain(secretariat_tls() / "leaf.pem", secretariat_tls() / "leaf.key")
    config = server_config(app, "127.0.0.1", 0, tls)
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)

    def hang_up() -> None:
        """A client that keeps its connection open would be waited for, until the loop is gone."""
        for connection in list(server.server_state.connections):
            connection.transport.abort()

    with listener, in_a_thread(server, [listener]) as port:
        yield f"https://127.0.0.1:{port}"
        server.servers[0].get_loop().call_soon_threadsafe(hang_up)


def careless(url: str, folder: Path, root: bytes, http: httpx2.Client) -> Updater:
    """Plain python-tuf without memory and without this directory's shape: the weakened copy of the client."""
    folder.mkdir()
    updater = Updater(
        str(folder),
        f"{url}/metadata/",
        str(folder),
        f"{url}/targets/",
        HttpFetcher(http),
        bootstrap=root,
    )
    updater.refresh()
    return updater


def careless_read(updater: Updater, path: str) -> bytes:
    """The file at `path` as the weakened client gets it."""
    target = updater.get_targetinfo(path)
    assert target is not None
    return Path(updater.download_target(target)).read_bytes()


@pytest.fixture
def federation(tmp_path: Path) -> Federation:
    return Federation(tmp_path / "holders")


@pytest.fixture
def published(federation: Federation, tmp_path: Path) -> Iterator[Published]:
    root = federation.root()
    repository = Repository(tmp_path / "repository", federation.signer("online"))
    repository.found(federation.first_change(root), datetime.now(UTC))
    with serving(directory_app(repository.path)) as url:
        yield Published(federation, repository, root, url)


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with directory_http(trusting(secretariat_tls() / "authority.pem")) as client:
        yield client


@pytest.fixture
def client(published: Published, http: httpx2.Client, tmp_path: Path) -> DirectoryClient:
    heard = ceremony.fingerprint(published.root)
    return DirectoryClient(tmp_path / "node", published.url, published.root, root_fingerprint=heard, http=http)
