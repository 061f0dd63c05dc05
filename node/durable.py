"""Files that are either wholly there or not there, also after a power cut, and one writer at a time."""

import fcntl
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_UNFINISHED = ".new-"
SERVING = ".serving"
"""The file whose lock says that a process serves from its folder, or puts a restored node together there."""


def write_whole(path: Path, raw: bytes) -> None:
    """Replaces `path` by `raw` in one step: a reader, or a crash, finds the old bytes or the new ones. Raises `OSError`.

    The file is its owner's alone from its first byte (mode 0600, as mkstemp makes it), so secrets are written with this too.
    """
    with writing_whole(path) as file:
        file.write(raw)


@contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """As `write_whole`, for what is too long for memory: the file is there when the block ends well, and not before."""
    with _whole(path.parent, lambda: path.name) as file:
        yield file


def write_pieces(folder: Path, pieces: Iterable[bytes], name_of: Callable[[], str]) -> None:
    """As `write_whole`, for what comes in pieces: whatever they raise leaves no file. `name_of` is asked after the last one."""
    with _whole(folder, name_of) as file:
        for piece in pieces:
            file.write(piece)


@contextmanager
def _whole(folder: Path, name_of: Callable[[], str]) -> Iterator[BinaryIO]:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        sys.audit("celosia.durable.written")
        Path(name).replace(folder / name_of())
        sys.audit("celosia.durable.renamed")
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Returns when the names in `folder` are on the disk: a rename is durable only then (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ServedAlready(Exception):
    """Another process serves from this folder."""

    code = "served_already"


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """Nobody else serves from `folder` meanwhile. Raises `ServedAlready`, `OSError`.

    The lock ends with the process, however that ends: none is ever left behind. What an earlier process left half written is
    deleted first; it may be a secret.
    """
    descriptor = os.open(folder / SERVING, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServedAlready from None
        for unfinished in folder.rglob(f"{_UNFINISHED}*"):
            unfinished.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def is_served(folder: Path) -> bool:
    """Whether another process serves from `folder`, or is about to. Writes nothing. Raises `OSError`.

    The lock is shared and let go at once; who asks only does so where no node answers, so that it keeps none from starting.
    """
    try:
        descriptor = os.open(folder / SERVING, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Waits until no other process or thread writes in `folder`, and keeps others waiting meanwhile. Raises `OSError`."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
