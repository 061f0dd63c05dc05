"""Where a node's store is, by its settings: a file in its folder, or a database of a PostgreSQL."""

import stat
from pathlib import Path

from sqlalchemy import URL

from node.settings import PostgresSettings, Settings, SettingsError, SettingsFault
from node.store.errors import StoreUnusable, Unusable
from node.store.postgres import PREFIX as POSTGRES
from node.store.sqlite import PREFIX as SQLITE


def url_of(folder: Path, settings: Settings) -> str:
    """The store's address, for `Database`. It holds no password.

    Raises `SettingsError` when the password's file cannot be used, `StoreUnusable` (store_not_moved) when the settings name a
    PostgreSQL and a file still has what this node knows: an empty store would begin a second history, and peers would see it.
    """
    if settings.postgresql.host is None:
        return sqlite_url(folder, settings)
    if (folder / settings.database).exists():
        raise StoreUnusable(Unusable.NOT_MOVED)
    return postgresql_url(folder, settings.postgresql)


def sqlite_url(folder: Path, settings: Settings) -> str:
    """The address of the file."""
    return f"{SQLITE}{folder / settings.database}"


def postgresql_url(folder: Path, settings: PostgresSettings) -> str:
    """The address of the database. Raises `SettingsError`."""
    query = {"host": settings.host or "", "port": str(settings.port), "gssencmode": "disable", "sslmode": "disable"}
    if settings.tls_authority is not None:
        query |= {"sslmode": "verify-full", "sslrootcert": str(folder / settings.tls_authority)}
    if settings.certificate is not None and settings.key is not None:
        query |= {"sslcert": str(folder / settings.certificate), "sslkey": str(folder / settings.key)}
    if settings.password_file is not None:
        query["passfile"] = str(_owner_s_alone(folder / settings.password_file))
    url = URL.create(POSTGRES.removesuffix("://"), settings.user, database=settings.name, query=query)
    return url.render_as_string(hide_password=False)


def _owner_s_alone(path: Path) -> Path:
    """`path`, if nobody else can read it: libpq passes over one that others can read, and says only that it has no password."""
    try:
        mode = path.stat().st_mode
    except OSError:
        raise SettingsError(SettingsFault.LOGIN_FILE_MISSING, file=str(path)) from None
    if stat.S_IMODE(mode) & 0o077 or not stat.S_ISREG(mode):
        raise SettingsError(SettingsFault.LOGIN_FILE_OPEN, file=str(path))
    return path
