"""XLSX bytes to lines of cells (ECMA-376 part 1, SpreadsheetML).

Read as a stream of its own, and not through a workbook object: that keeps a tree of every row in memory, pads to whatever size a
sheet claims, leaves out rows whose numbers do not grow, and does not tell of merged cells or of formulas without a result.
What styles and serial dates mean is openpyxl's.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from node.case_files.archive import Archive
from node.case_files.cells import CellText
from node.case_files.errors import ActiveContent, FileDamaged, HeaderRefused, WrongFormat
from node.case_files.markup import events
from node.case_files.reasons import FileReason
from node.case_files.sheet import NumberStyles, SharedTexts, SheetRows

_CONTENT_TYPES = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"


Line = tuple[int, list[CellText]]
"""The sheet's row number and its cells."""


def read_lines(raw: bytes, file: str, *, sheet: str) -> Iterator[Line]:
    """The lines of one sheet, each as wide as the first row, or wider where a row is.

    Raises `FileTooLarge`, `WrongFormat`, `FileDamaged`, `ActiveContent`, and `HeaderRefused` if there is no such sheet.
    """
    archive = Archive(raw, file)
    parts = _find_parts(archive, file)
    wanted = [part for name, part in parts.sheets if name == sheet]
    if len(wanted) != 1 or wanted[0] is None:
        raise HeaderRefused(FileReason.NO_SUCH_SHEET, file=file)
    texts, styles = _shared_texts(archive, file, parts.texts), _number_styles(archive, file, parts)
    yield from _lines(archive, file, wanted[0], texts, styles)


def read_sheets(raw: bytes, file: str) -> Iterator[tuple[str, Iterator[Line]]]:
    """(name, lines) of every sheet in the order of the workbook; a sheet's lines are read before the next sheet is taken.

    Raises as `read_lines` does, and `FileDamaged` if two sheets are one part or a sheet has none.
    """
    archive = Archive(raw, file)
    parts = _find_parts(archive, file)
    # One part under many names would be read as often: the sums that bound an archive count it once.
    if len({part for _, part in parts.sheets} - {None}) != len(parts.sheets):
        raise FileDamaged(FileReason.BROKEN_ARCHIVE, file=file)
    texts, styles = _shared_texts(archive, file, parts.texts), _number_styles(archive, file, parts)
    for name, part in parts.sheets:
        yield name, _lines(archive, file, str(part), texts, styles)


def _lines(archive: Archive, file: str, part: str, texts: list[CellText], styles: NumberStyles) -> Iterator[Line]:
    rows = SheetRows(file, texts, styles)
    width = 0
    for _ in events(archive.chunks(part), rows, file):
        for number, cells in rows.ready:
            if cells:
                width = width or max(cells)
                yield number, [cells.get(column, "") for column in range(1, max(width, *cells) + 1)]
        rows.ready.clear()


@dataclass(frozen=True, slots=True)
class _Parts:
    """Sheets by name with their parts, None for one that is not there; a workbook without texts or styles has none of those."""

    sheets: tuple[tuple[str, str | None], ...]
    texts: str | None
    styles: str | None
    counts_from_1904: bool


@dataclass(frozen=True, slots=True)
class _Tag:
    parent: str
    name: str
    attributes: dict[str, str]


class _Tags:
    """Reads a small part into its tags in their order."""

    def __init__(self) -> None:
        self.found: list[_Tag] = []
        self._open = [""]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append(_Tag(self._open[-1], name, attributes))
        self._open.append(name)

    def text(self, text: str) -> None:
        """Nothing that is needed from these parts stands between tags."""

    def end(self, _name: str) -> None:
        self._open.pop()


def _tags(archive: Archive, name: str, file: str) -> list[_Tag]:
    reader = _Tags()
    for _ in events([archive.whole(name)], reader, file):
        pass
    return reader.found


def _find_parts(archive: Archive, file: str) -> _Parts:
    if not (archive.has(_CONTENT_TYPES) and archive.has(_WORKBOOK) and archive.has(_RELATIONSHIPS)):
        raise WrongFormat(FileReason.NOT_A_WORKBOOK, file=file)
    # 1 the type that the archive gives itself: a workbook with macros may be without any, and is refused all the same
    types = [tag.attributes.get("ContentType", "") for tag in _tags(archive, _CONTENT_TYPES, file)]
    if any("macroenabled" in kind.casefold() for kind in types):
        raise ActiveContent(FileReason.MACROS, file=file)
    # 2 relationships inside the archive, by id and by kind
    by_id: dict[str, str] = {}
    by_kind: dict[str, str] = {}
    for tag in _tags(archive, _RELATIONSHIPS, file):
        if tag.name == "Relationship":
            if tag.attributes.get("TargetMode") == "External":
                raise ActiveContent(FileReason.EXTERNAL_PART, file=file)
            target = posixpath.normpath(posixpath.join("/xl", tag.attributes.get("Target", "")))[1:]
            by_id[tag.attributes.get("Id", "")] = target
            by_kind[posixpath.basename(tag.attributes.get("Type", ""))] = target
    # 3 the sheets by their names
    tags = _tags(archive, _WORKBOOK, file)
    sheets = [(tag.attributes.get("name", ""), by_id.get(tag.attributes.get("id", ""))) for tag in tags if tag.name == "sheet"]
    from_1904 = any(tag.name == "workbookPr" and tag.attributes.get("date1904") in ("1", "true") for tag in tags)
    return _Parts(tuple(sheets), by_kind.get("sharedStrings"), by_kind.get("styles"), from_1904)


def _shared_texts(archive: Archive, file: str, name: str | None) -> list[CellText]:
    reader = SharedTexts(file)
    if name is not None:
        for _ in events(archive.chunks(name), reader, file):
            pass
    return reader.texts


def _number_styles(archive: Archive, file: str, parts: _Parts) -> NumberStyles:
    """The number format of each cell style (18.8.10 cellXfs, 18.8.30 numFmt)."""
    epoch = CALENDAR_MAC_1904 if parts.counts_from_1904 else CALENDAR_WINDOWS_1900
    if parts.styles is None:
        return NumberStyles((False,), ("General",), epoch)
    tags = _tags(archive, parts.styles, file)
    formats = {str(number): text for number, text in BUILTIN_FORMATS.items()}
    for tag in tags:
        if tag.name == "numFmt" and tag.parent == "numFmts":
            formats[tag.attributes.get("numFmtId", "")] = tag.attributes.get("formatCode", "")
    of_styles = tuple(
        formats.get(tag.attributes.get("numFmtId", "0"), "General")
        for tag in tags
        if tag.name == "xf" and tag.parent == "cellXfs"
    )
    return NumberStyles(tuple(is_date_format(text) for text in of_styles), of_styles, epoch)
