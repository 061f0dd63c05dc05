"""Everything of a node that the checks look at, from its folder. Each part is read when first wanted, and nothing is written.

The node may be running or not. Whatever cannot be read raises the error of its own part; `examine` tells what that keeps hidden.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import httpx2

from crypto.sealing import StorageKey
from node.custody import Ask, Vault, nobody, open_vault
from node.directory.adopted import AdoptedTargets
from node.directory.client import DirectoryClient, directory_http
from node.directory.errors import foreign_failures
from node.keys import Keys
from node.settings import Settings
from node.store import restorations
from node.store.database import Database, Work
from node.store.errors import StoreUnavailable
from node.store.place import url_of
from node.store.tables import Restoration
from node.tls.contexts import trusting
from protocol.authority import Authority
from protocol.directory import Directory, Member

ANSWER_SECONDS = 5
"""How long the doctor waits for the node and for the directory's server: it is run by hand, and by programs every few minutes."""


class NothingAdopted(Exception):
    """There is no directory yet that a check could compare with. The check of the directory says so, and nobody else has to."""


def reachable(host: str) -> str:
    """Where a server that listens on `host` answers on this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  an address to call, none to listen on


class Chart:
    """One look at a node. `now` is POSIX seconds; `quick` leaves out what reads every byte of the database and the lists.

    `ask` asks for the passphrase of the keys at the terminal, where the settings want one typed.
    """

    def __init__(self, folder: Path, now: int, *, quick: bool = False, ask: Ask = nobody) -> None:
        self.folder, self.now, self.quick, self._ask = folder, now, quick, ask
        self._open = ExitStack()

    def close(self) -> None:
        """Give the database and the line to the directory back."""
        self._open.close()

    @cached_property
    def settings(self) -> Settings:
        """Raises `SettingsError`."""
        return Settings.read(self.folder)

    @cached_property
    def vault(self) -> Vault:
        """What the key files are sealed under. Raises `SettingsError`, `KeysUnusable`."""
        return open_vault(self.folder, self.settings.keys, self._ask)

    @cached_property
    def keys(self) -> Keys:
        """Raises `KeysUnusable`."""
        return Keys.read(self.vault, self.settings.register_socket)

    @property
    def me(self) -> Authority:
        """The node's authority."""
        return self.settings.authority

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None where a PostgreSQL keeps the store."""
        return self.folder / self.settings.database if self.settings.postgresql.host is None else None

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A view of the database. Raises `StoreUnavailable`."""
        if self.database_file is not None and not self.database_file.is_file():  # opening it would make an empty one
            raise StoreUnavailable("missing")
        with self._database.read() as work:
            yield work

    @cached_property
    def restored(self) -> Restoration | None:
        """The restore that is not finished yet, if there is one; the node publishes nothing. Raises `StoreUnavailable`."""
        with self.read() as work:
            return restorations.newest(work) if restorations.is_open(work) else None

    @cached_property
    def directory_answer(self) -> httpx2.Response | None:
        """What the directory's server says to a request for its newest date; None if nothing comes. Raises `BadMaterial`."""
        try:
            return self.http.get(self.settings.directory.url.rstrip("/") + "/metadata/timestamp.json")
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return None

    @cached_property
    def http(self) -> httpx2.Client:
        """A line to the directory's server. Raises `BadMaterial`."""
        line = directory_http(trusting(self.folder / self.settings.directory.tls_authority))
        line.timeout = httpx2.Timeout(ANSWER_SECONDS)
        return self._open.enter_context(line)

    @property
    def root(self) -> bytes:
        """The root that the administrator was given. Raises `DirectoryError`."""
        with foreign_failures("root"):
            return (self.folder / self.settings.directory.root).read_bytes()

    @cached_property
    def adopted(self) -> AdoptedTargets:
        """The directory adopted last, verified again. Raises `DirectoryError`, `NothingAdopted`."""
        folder, settings = self.folder / "directory", self.settings.directory
        if not folder.is_dir():  # the client would make it
            raise NothingAdopted
        client = DirectoryClient(folder, settings.url, self.root, root_fingerprint=settings.root_fingerprint, http=self.http)
        adopted = client.load()
        if adopted is None:
            raise NothingAdopted
        return adopted

    @cached_property
    def directory(self) -> Directory:
        """What it says. Raises as `adopted`, and `Malformed`."""
        return self.adopted.assemble()

    @property
    def entry(self) -> Member | None:
        """This node's own entry; None while its state is not a member."""
        return self.directory.members.get(self.me)

    @property
    def peers(self) -> list[Authority]:
        """All other members, in order."""
        return sorted(authority for authority in self.directory.members if authority != self.me)

    @cached_property
    def running(self) -> bool:
        """Whether a node answers at the address of its national API."""
        national = self.settings.national
        host = reachable(national.host)
        address = f"http://{f'[{host}]' if ':' in host else host}:{national.port}/healthz"
        try:
            answer = httpx2.get(address, trust_env=False, timeout=ANSWER_SECONDS)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return False
        return answer.status_code == httpx2.codes.OK

    @cached_property
    def _database(self) -> Database:
        # The doctor opens nothing that is sealed, so any key does: what reads for everybody should be able to read little.
        key = StorageKey.generate(os.urandom)
        database = Database(url_of(self.folder, self.settings), key, os.urandom, lambda: self.now)
        self._open.callback(database.close)
        return database
