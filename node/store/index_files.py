"""Segments and bitmaps on disk, named by their digest. Corrupting one makes its look-ups fail; it cannot forge a hit."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

from node.durable import write_pieces, write_whole
from protocol.index.segment import Segment
from protocol.wire import sha256

log = logging.getLogger("celosia.index")


class IndexFiles:
    """One folder of immutable files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._whole: set[str] = set()

    def put(self, raw: bytes) -> str:
        """Keep `raw`, whole or not at all; returns its digest."""
        digest = sha256(raw)
        if not self.has(digest):
            write_whole(self.path(digest), raw)
        return digest

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        """Keep what comes in pieces, whole or not at all, without having it in memory; returns its digest.

        Whatever `pieces` raises leaves no file.
        """
        digest = hashlib.sha256()

        def counted() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        write_pieces(self._folder, counted(), digest.hexdigest)
        return digest.hexdigest()

    def has(self, digest: str) -> bool:
        """Whether the file is here, whole. Its bytes are compared with its name once in a node's life; a torn file is deleted."""
        path = self.path(digest)
        if not path.is_file():
            return False
        if digest not in self._whole:
            with path.open("rb") as file:
                is_whole = hashlib.file_digest(file, "sha256").hexdigest() == digest
            if not is_whole:
                log.error("index file torn", extra={"digest": digest})
                path.unlink(missing_ok=True)
                return False
            self._whole.add(digest)
        return True

    def path(self, digest: str) -> Path:
        """Where the file lies, or would."""
        return self._folder / digest

    def read(self, digest: str) -> bytes:
        """A whole file: for bitmaps, which are small."""
        return self.path(digest).read_bytes()

    @contextmanager
    def buffer(self, digest: str) -> Iterator[mmap]:
        """A file, mapped into memory for as long as the block runs."""
        with self.path(digest).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as buffer:
            yield buffer

    @contextmanager
    def segment(self, digest: str) -> Iterator[Segment]:
        """A segment, mapped into memory for as long as the block runs."""
        with self.buffer(digest) as buffer:
            yield Segment(buffer)

    def forget_all_but(self, digests: Set[str]) -> int:
        """Delete every file that is not named; returns how many. Files that are being written have other names."""
        stale = [path for path in self._folder.iterdir() if path.name not in digests and not path.name.startswith(".")]
        for path in stale:
            path.unlink(missing_ok=True)
            self._whole.discard(path.name)
        return len(stale)
