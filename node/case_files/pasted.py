"""Pasted text as it comes: bytes of whatever encoding to lines, in constant memory, saying what was assumed.

UTF-8 is taken at its word; a line that is none is read as Windows-1252, of which Latin-1's letters are a part, since that is what
the other half of the offices write. UTF-16 shows itself by its mark, or by a zero in every second byte.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from node.case_files import workbook
from node.case_files.cells import CellText, UnreadableCell
from node.case_files.errors import WrongFormat
from node.case_files.limits import PASTED_LINE_BYTES
from node.case_files.signatures import TOLD_BY, no_text
from protocol.recognition import Line

_SHOWN_OF_TOO_LONG = 200
"""Characters of a line that is too long, so that an officer finds it again."""
_ZEROS = 0.4
_PROBED = 512
"""Bytes by which an encoding without a mark is known: the same ones, however the text arrives."""
_BREAKS = re.compile(r"[\t\r\n]+")


class Encoding(StrEnum):
    """How bytes were read."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    WINDOWS_1252 = "windows-1252"


_MARKS = {codecs.BOM_UTF8: Encoding.UTF_8, codecs.BOM_UTF16_LE: Encoding.UTF_16_LE, codecs.BOM_UTF16_BE: Encoding.UTF_16_BE}


@dataclass(frozen=True, slots=True)
class PastedLine(Line):
    """A line, how it was read, and whether some of its bytes, or cells, could not be read: U+FFFD stands for each of those.

    `sheet`: of a workbook the name of the sheet, whose rows the numbers are.
    """

    encoding: Encoding = Encoding.UTF_8
    unfit: bool = False
    sheet: str | None = None


def read_sheets(raw: bytes, file: str) -> Iterator[tuple[str, Iterator[PastedLine]]]:
    """(name, lines) of every sheet of a workbook, a row a line with a tab between two cells. Raises `CaseFileError`.

    Rows without any text are not there. A sheet's lines are read before the next sheet is taken.
    """
    for name, lines in workbook.read_sheets(raw, file):
        yield name, (_row(number, cells, name) for number, cells in lines)


def _row(number: int, cells: list[CellText], sheet: str) -> PastedLine:
    unfit = any(isinstance(cell, UnreadableCell) for cell in cells)
    text = "\t".join(
        "\N{REPLACEMENT CHARACTER}" if isinstance(cell, UnreadableCell) else _BREAKS.sub(" ", cell) for cell in cells
    )
    too_long = len(text.encode()) > PASTED_LINE_BYTES
    return PastedLine(
        number, text[:_SHOWN_OF_TOO_LONG] if too_long else text, too_long, unfit=unfit and not too_long, sheet=sheet
    )


def read_pasted(chunks: Iterable[bytes], encoding: Encoding | None = None, file: str = "text") -> Iterator[PastedLine]:
    """The lines of a text, which end with CRLF, LF or a lone CR. `encoding`: as told, None to find out.

    Raises `WrongFormat`, before any line, for what is no text but a document or an image; `file` is what the error calls it.
    """
    coming = iter(chunks)
    first = b""
    while len(first) < TOLD_BY and (more := next(coming, None)) is not None:
        first += more
    reason = no_text(first)
    if reason is not None:
        raise WrongFormat(reason, file=file)
    return _pasted(first, coming, encoding)


def _pasted(first: bytes, coming: Iterator[bytes], encoding: Encoding | None) -> Iterator[PastedLine]:
    mark = next((mark for mark in _MARKS if first.startswith(mark)), b"")
    told = encoding or (_MARKS[mark] if mark else _without_mark(first[:_PROBED]))
    rest: Iterable[bytes] = chain([first.removeprefix(mark)], coming)
    if told in (Encoding.UTF_16_LE, Encoding.UTF_16_BE):
        rest = _recoded(rest, told)
    for number, (raw, too_long) in enumerate(_lines(rest), 1):
        text, read_as, unfit = _decoded(raw, told, strict=encoding is not None)
        if too_long:
            text = text[:_SHOWN_OF_TOO_LONG]
        yield PastedLine(number, text, too_long, read_as, unfit and not too_long)


def _without_mark(first: bytes) -> Encoding:
    """UTF-16 of Latin letters has a zero in every second place; nothing else that holds text has."""
    if first[1::2].count(0) > _ZEROS * len(first) / 2:
        return Encoding.UTF_16_LE
    if first[::2].count(0) > _ZEROS * len(first) / 2:
        return Encoding.UTF_16_BE
    return Encoding.UTF_8


def _recoded(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding.value)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8")
    yield decoder.decode(b"", final=True).encode("utf-8")


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """(bytes of a line without its end, whether it was longer than a line may be and has lost the rest)."""
    held, too_long, after_cr = b"", False, False
    for chunk in chunks:
        # a CR that ended the chunk before has ended its line; an LF that follows belongs to it
        fresh = chunk[1:] if after_cr and chunk.startswith(b"\n") else chunk
        after_cr = chunk.endswith(b"\r") if chunk else after_cr
        pieces = fresh.splitlines(keepends=True)
        for piece in pieces:
            ended = piece.endswith((b"\n", b"\r"))
            held += piece.rstrip(b"\r\n")
            if len(held) > PASTED_LINE_BYTES:
                held, too_long = held[:PASTED_LINE_BYTES], True
            if ended:
                yield held, too_long
                held, too_long = b"", False
    if held:
        yield held, too_long


def _decoded(raw: bytes, told: Encoding, *, strict: bool) -> tuple[str, Encoding, bool]:
    """(text, how it was read, whether bytes fit nothing)."""
    if told is Encoding.WINDOWS_1252:
        return _western(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return (raw.decode("utf-8", "replace"), told, True) if strict else _western(raw)
    return text, told, "\N{REPLACEMENT CHARACTER}" in text


def _western(raw: bytes) -> tuple[str, Encoding, bool]:
    text = raw.decode("windows-1252", "replace")
    return text, Encoding.WINDOWS_1252, "\N{REPLACEMENT CHARACTER}" in text
