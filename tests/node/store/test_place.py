"""Where the store is: what the settings say, no password in the address, and no way into an empty store by mistake."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import make_url

from crypto.sealing import StorageKey
from node.settings import PostgresSettings, Settings, SettingsError
from node.store.database import Database
from node.store.errors import StoreUnavailable, StoreUnusable, Unusable
from node.store.place import postgresql_url, url_of
from tests.federation.running import free_port
from tests.node.conftest import Clock
from tests.node.test_settings import WHOLE
from tests.postgres_server import OwnServer

SECRET = "an-invented-password"


def settings(folder: Path, section: str = "") -> Settings:
    return Settings.parse(WHOLE + section, folder / "node.toml")


def test_the_file_in_the_node_s_folder_is_the_store_unless_a_postgresql_is_named(tmp_path: Path) -> None:
    assert url_of(tmp_path, settings(tmp_path)) == f"sqlite:///{tmp_path / 'database.sqlite'}"
    named = make_url(url_of(tmp_path, settings(tmp_path, '[postgresql]\nhost = "/run/postgresql"\nname = "celosia_co"\n')))
    assert (named.drivername, named.username, named.database) == ("postgresql+psycopg", "celosia", "celosia_co")
    assert named.query["host"] == "/run/postgresql"
    assert named.password is None


def test_another_machine_is_spoken_to_over_tls_with_its_name_checked(tmp_path: Path) -> None:
    section = '[postgresql]\nhost = "db.example.org"\ntls_authority = "db.pem"\ncertificate = "our.pem"\nkey = "our.key"\n'
    query = make_url(url_of(tmp_path, settings(tmp_path, section))).query
    assert (query["sslmode"], query["sslrootcert"]) == ("verify-full", str(tmp_path / "db.pem"))
    assert (query["sslcert"], query["sslkey"]) == (str(tmp_path / "our.pem"), str(tmp_path / "our.key"))


def test_a_file_that_still_has_what_the_node_knows_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "database.sqlite").write_bytes(b"")
    with pytest.raises(StoreUnusable) as caught:
        url_of(tmp_path, settings(tmp_path, '[postgresql]\nhost = "/run/postgresql"\n'))
    assert caught.value.reason is Unusable.NOT_MOVED


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_password_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "postgresql.pass"
    path.write_text(f"*:*:*:*:{SECRET}\n")
    path.chmod(mode)
    with pytest.raises(SettingsError, match="login_file_open") as caught:
        postgresql_url(tmp_path, PostgresSettings(host="localhost", password_file=Path("postgresql.pass")))
    assert SECRET not in str(caught.value)
    path.chmod(0o600)
    url = postgresql_url(tmp_path, PostgresSettings(host="localhost", password_file=Path("postgresql.pass")))
    assert SECRET not in url


def test_a_password_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"login_file_missing: file={tmp_path / 'absent'}"):
        postgresql_url(tmp_path, PostgresSettings(host="localhost", password_file=Path("absent")))


@pytest.fixture(scope="module")
def asking_server() -> Iterator[OwnServer]:
    """A server that listens on loopback and asks for a password there."""
    with OwnServer(listen_addresses="127.0.0.1", port=free_port()) as own:
        own.server.command(sql.SQL("ALTER ROLE celosia PASSWORD {}").format(SECRET))
        yield own


@pytest.mark.parametrize(("password", "comes_in"), [(SECRET, True), ("another", False)])
def test_the_password_comes_from_its_file_alone(tmp_path: Path, asking_server: OwnServer, password: str, comes_in: bool) -> None:
    (tmp_path / "pass").write_text(f"127.0.0.1:*:*:celosia:{password}\n")
    (tmp_path / "pass").chmod(0o600)
    port = int(str(asking_server.server.address.query["port"]))
    place = PostgresSettings(host="127.0.0.1", port=port, name="postgres", password_file=Path("pass"))
    database = Database(postgresql_url(tmp_path, place), StorageKey.generate(os.urandom), os.urandom, Clock())
    if comes_in:
        assert database.is_empty()
    else:
        with pytest.raises(StoreUnavailable) as caught:
            database.is_empty()
        assert password not in str(caught.value)
    database.close()
