"""Every directory that was adopted, whole, for as long as there may be evidence to give of its time.

A file is kept once by its digest: a new directory costs what differs from the one before. What is read is verified again by
whoever uses it; corrupting it buys that a bundle cannot be made.
"""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from node.directory.adopted import STORED_BYTES, StoredSet
from node.store.database import Work, in_parts
from node.store.tables import DirectoryFile, KeptDirectory
from protocol.wire import Digest, WireModel, canonical, parse, sha256


class _Digests(WireModel):
    """A `StoredSet` with each file's digest in its place."""

    roots: list[Digest]
    timestamp: Digest
    snapshot: Digest
    targets: Digest
    states: dict[str, Digest]
    files: dict[str, Digest]
    left_out: dict[str, str]


def keep(work: Work, version: int, stored: StoredSet) -> None:
    """Keep a directory that was adopted, unless it is kept already."""
    if work.session.get(KeptDirectory, sha256(stored.snapshot)) is not None:
        return

    def put(raw: bytes) -> str:
        digest = sha256(raw)
        if work.session.get(DirectoryFile, digest) is None:
            work.session.add(DirectoryFile(digest=digest, content=raw))
        return digest

    digests = _Digests(
        roots=[put(raw) for raw in stored.roots],
        timestamp=put(stored.timestamp),
        snapshot=put(stored.snapshot),
        targets=put(stored.targets),
        states={state: put(raw) for state, raw in stored.states.items()},
        files={path: put(raw) for path, raw in stored.files.items()},
        left_out=stored.left_out,
    )
    work.session.add(KeptDirectory(hash=digests.snapshot, version=version, files=canonical(digests)))
    work.session.flush()


def kept(work: Work, snapshot_hash: str) -> StoredSet | None:
    """The directory whose snapshot has this digest; None if it was not kept, or a file of it is gone."""
    row = work.session.get(KeptDirectory, snapshot_hash)
    if row is None:
        return None
    digests = parse(_Digests, row.files, limit=STORED_BYTES, where="kept_directories.files")
    named = {
        *(*digests.roots, digests.timestamp, digests.snapshot, digests.targets),
        *(*digests.states.values(), *digests.files.values()),
    }
    rows = (row for part in in_parts(sorted(named)) for row in work.session.exec(_files(part)))
    held = {row.digest: row.content for row in rows if sha256(row.content) == row.digest}
    if held.keys() != named:
        return None
    return StoredSet(
        roots=[held[digest] for digest in digests.roots],
        timestamp=held[digests.timestamp],
        snapshot=held[digests.snapshot],
        targets=held[digests.targets],
        states={state: held[digest] for state, digest in digests.states.items()},
        files={path: held[digest] for path, digest in digests.files.items()},
        left_out=digests.left_out,
    )


def _files(digests: Sequence[str]) -> SelectOfScalar[DirectoryFile]:
    return select(DirectoryFile).where(col(DirectoryFile.digest).in_(digests))
