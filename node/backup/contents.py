"""What a backup holds: settings, keys, certificates, the adopted directory, and every table.

It leaves out what must not outlive its end: the seeds of epochs, officers' tokens, and the keys of exchanges, whose destruction
is what erases an exchange. Files of the index are made or fetched again.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from crypto.group import RandomBytes
from crypto.stretching import SALT_SIZE
from node.backup.container import Header, SealedWriter, read_frames, read_header
from node.backup.errors import BackupRefused
from node.durable import write_whole
from node.entry import ENTRY_FILE, MEMBER_FILE
from node.settings import SETTINGS_FILE, Settings
from node.store import copying, schema
from node.store.database import Database

FOLDERS = ("keys", "tls", "directory")
LEFT_OUT = "keys/epochs"
NEVER_KEPT = frozenset({"officer_tokens"})
"""A token that was revoked since must not come back to life."""
EXCHANGE_KEYS = "exchange_keys"


@dataclass
class Content:
    """What a backup was found to hold: files, and rows by table."""

    header: Header
    files: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def has_exchange_keys(self) -> bool:
        """Whether archived envelopes, questions and the payloads of acts can be opened after a restore."""
        return EXCHANGE_KEYS in self.rows


def write_backup(
    file: BinaryIO, folder: Path, database: Database, secret: str, random: RandomBytes, *, exchange_keys: bool
) -> Content:
    """Write a backup of the node in `folder`, which may be serving, as of one moment. Raises `BackupRefused`, `OSError`."""
    settings = Settings.read(folder)
    with database.read() as work:
        header = Header(
            authority=settings.authority, at=work.now(), schema_=copying.revision_of(work), salt=random(SALT_SIZE).hex()
        )
        writer, content = SealedWriter(file, header, secret, random), Content(header)
        for name, raw in _files(folder, settings).items():
            writer.put(_json({"file": name, "content": base64.b64encode(raw).decode()}))
            content.files.append(name)
        sys.audit("celosia.contents.files_put")
        for table in copying.tables_of(work):
            if table.name in NEVER_KEPT or (table.name == EXCHANGE_KEYS and not exchange_keys):
                continue
            content.rows[table.name] = 0
            for rows in copying.read_rows(work, table):
                writer.put(_json({"table": table.name, "columns": table.columns.keys(), "rows": rows}))
                content.rows[table.name] += len(rows)
        sys.audit("celosia.contents.rows_put")
        writer.put(_json({"files": len(content.files), "rows": content.rows}), last=True)
    return content


def check_backup(file: BinaryIO, secret: str) -> Content:
    """Read a backup to its end, and keep nothing. Raises `BackupRefused`, `OSError`."""
    header = read_header(file)
    content, frames = Content(header), read_frames(file, header, secret)
    _take_tables(frames, _take_files(frames, content, lambda _name, _raw: None), content, lambda _name, _columns, _rows: None)
    return content


def restore_backup(file: BinaryIO, folder: Path, secret: str, open_database: Callable[[Path], Database]) -> Content:
    """Put a backup into `folder`, which is empty, and into the database that its settings name, which has no rows.

    `open_database` opens the node's database once its files are there. An older schema is migrated; all rows come in one unit of
    work. Raises `BackupRefused`, `SettingsError`, `KeysUnusable`, `StoreUnavailable`, `OSError`; the caller takes
    the folder away then.
    """
    header = read_header(file)
    if not schema.knows(header.schema_):
        raise BackupRefused("backup_newer")
    content, frames = Content(header), read_frames(file, header, secret)

    def put_file(name: str, raw: bytes) -> None:
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, raw)

    first = _take_files(frames, content, put_file)
    (folder / LEFT_OUT).mkdir(mode=0o700, parents=True, exist_ok=True)
    sys.audit("celosia.contents.files_restored")
    database = open_database(folder)
    try:
        database.migrate(header.schema_)
        with database.begin() as work:
            if not schema.is_empty(work.session.connection()):
                raise BackupRefused("backup_store_not_empty")
            tables = {table.name: table for table in copying.tables_of(work)}
            _take_tables(frames, first, content, lambda name, *rows: copying.write_rows(work, tables[name], *rows))
            for table in tables.values():
                copying.go_on_counting(work, table)
        database.migrate()
    finally:
        database.close()
    sys.audit("celosia.contents.rows_restored")
    return content


def _take_files(frames: Iterator[bytes], content: Content, put: Callable[[str, bytes], None]) -> Mapping[str, Any]:
    """All files, and the first frame that is none."""
    for frame in frames:
        part = _part(frame)
        if "file" not in part:
            return part
        name = PurePosixPath(str(part["file"]))
        if name.is_absolute() or ".." in name.parts:
            raise BackupRefused("backup_damaged")
        put(str(name), base64.b64decode(part["content"]))
        content.files.append(str(name))
    raise BackupRefused("backup_damaged")


def _take_tables(
    frames: Iterator[bytes], part: Mapping[str, Any], content: Content, put: Callable[[str, list[str], list[copying.Row]], None]
) -> None:
    """All tables, up to the end, which counts what came."""
    while "table" in part:
        name, rows = str(part["table"]), part["rows"]
        try:
            put(name, part["columns"], rows)
        except (KeyError, ValueError):
            raise BackupRefused("backup_damaged") from None
        content.rows[name] = content.rows.get(name, 0) + len(rows)
        part = _part(next(frames, b"{}"))
    if next(frames, None) is not None:
        raise BackupRefused("backup_damaged")
    _check_end(part, content)


def _check_end(part: Mapping[str, Any], content: Content) -> None:
    told: dict[str, int] = part.get("rows", {})  # tables without a row stand only here
    if part.get("files") != len(content.files) or {name: count for name, count in told.items() if count} != content.rows:
        raise BackupRefused("backup_damaged")
    content.rows |= told


def _files(folder: Path, settings: Settings) -> dict[str, bytes]:
    """The files to keep, by name relative to the node's folder, as of one moment: as two readings in a row found them.

    A serving node changes over to a leaf or a key file by file, in milliseconds; a leaf without its key would be no backup.
    """
    before, read = None, _read(folder, settings)
    while read != before:
        before, read = read, _read(folder, settings)
    return read


def _read(folder: Path, settings: Settings) -> dict[str, bytes]:
    read = {}
    for name in _names(folder, settings):
        with suppress(FileNotFoundError):  # gone since it was listed
            read[name] = (folder / name).read_bytes()
    return read


def _names(folder: Path, settings: Settings) -> list[str]:
    named = [SETTINGS_FILE, ENTRY_FILE, MEMBER_FILE, str(settings.directory.root), str(settings.directory.tls_authority)]
    found = [path.relative_to(folder).as_posix() for each in FOLDERS for path in (folder / each).rglob("*") if path.is_file()]
    kept = [name for name in found if not name.startswith(f"{LEFT_OUT}/") and not PurePosixPath(name).name.startswith(".")]
    return [*dict.fromkeys(name for name in named if (folder / name).is_file()), *sorted(kept)]


def _part(frame: bytes) -> Mapping[str, Any]:
    part: Mapping[str, Any] = json.loads(frame)
    return part


def _json(part: Mapping[str, Any]) -> bytes:
    return json.dumps(part, separators=(",", ":")).encode()
