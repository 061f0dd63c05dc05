"""The ZIP archive that an XLSX file is, opened only if its directory is believable (APPNOTE.TXT 4.3, 4.4)."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from node.case_files.errors import ActiveContent, FileDamaged, FileTooLarge, WrongFormat
from node.case_files.limits import (
    ARCHIVE_PARTS,
    FILE_BYTES,
    PACKING_RATIO,
    RATIO_FREE_BYTES,
    SMALL_PART_BYTES,
    UNPACKED_BYTES,
)
from node.case_files.reasons import FileReason

_ZIP = b"PK\x03\x04"
# Compound File Binary: Excel 97 workbooks, and XLSX files under a password.
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_CHUNK = 64 << 10


class Archive:
    """The parts of a workbook by name."""

    def __init__(self, raw: bytes, file: str) -> None:
        """Check `raw` before anything is unpacked. Raises `FileTooLarge`, `WrongFormat`, `FileDamaged`, `ActiveContent`."""
        self._file = file
        # 1 size
        if len(raw) > FILE_BYTES:
            raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=file)
        # 2 what it is, whatever its name says
        if raw.startswith(_COMPOUND):
            raise WrongFormat(FileReason.OLD_OR_ENCRYPTED_WORKBOOK, file=file)
        if not raw.startswith(_ZIP):
            raise WrongFormat(FileReason.NOT_A_WORKBOOK, file=file)
        with self._reading():
            self._zip = zipfile.ZipFile(BytesIO(raw))
        parts = self._zip.infolist()
        # 3 number of parts
        if len(parts) > ARCHIVE_PARTS:
            raise FileTooLarge(FileReason.TOO_MANY_PARTS, file=file)
        # 4 sizes as the directory gives them
        if sum(part.file_size for part in parts) > UNPACKED_BYTES or any(_is_bomb(part) for part in parts):
            raise FileTooLarge(FileReason.UNPACKS_TOO_LARGE, file=file)
        # 5 one reading only: no part twice, none inside another, no method or password that other readers may not have
        self._refuse_second_readings(parts)
        # 6 nothing that runs
        if any(_is_macro(part.filename) for part in parts):
            raise ActiveContent(FileReason.MACROS, file=file)
        self._parts = {part.filename: part for part in parts}

    def _refuse_second_readings(self, parts: list[zipfile.ZipInfo]) -> None:
        names = {part.filename.casefold() for part in parts}
        strange = any(part.compress_type not in _PLAIN_METHODS or part.flag_bits & _ENCRYPTED for part in parts)
        end = 0
        for part in sorted(parts, key=lambda part: part.header_offset):
            strange = strange or part.header_offset < end
            end = part.header_offset + part.compress_size
        if strange or len(names) != len(parts):
            raise FileDamaged(FileReason.BROKEN_ARCHIVE, file=self._file)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._parts

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part's bytes piece by piece. Raises `FileDamaged` for a part that is missing or not as the directory says.

        A directory that understates a size buys nothing: `zipfile` unpacks no more than the directory says, then compares the
        checksum, so the sums above bound what is read.
        """
        part = self._parts.get(name)
        if part is None:
            raise FileDamaged(FileReason.BROKEN_ARCHIVE, file=self._file)
        with self._reading(), self._zip.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def whole(self, name: str) -> bytes:
        """A small part's bytes. Raises `FileTooLarge` and as `chunks` does."""
        part = self._parts.get(name)
        if part is not None and part.file_size > SMALL_PART_BYTES:
            raise FileTooLarge(FileReason.UNPACKS_TOO_LARGE, file=self._file)
        return b"".join(self.chunks(name))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What `zipfile` and `zlib` raise for archives that are broken, by accident or not."""
        try:
            yield
        # NotImplementedError is how zipfile says that it does not know a compression
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
            raise FileDamaged(FileReason.BROKEN_ARCHIVE, file=self._file) from None


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > RATIO_FREE_BYTES and part.file_size > PACKING_RATIO * part.compress_size


def _is_macro(name: str) -> bool:
    """VBA projects (MS-OFFMACRO2) and Excel 4.0 macro sheets."""
    lower = name.casefold()
    return lower.endswith("vbaproject.bin") or "/macrosheets/" in lower
