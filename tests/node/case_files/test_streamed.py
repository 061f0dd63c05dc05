"""A long CSV is read as it comes: separators and encodings found out, lines counted, and no more kept than one row."""

import tracemalloc
from collections.abc import Iterator

import pytest

from node.case_files.errors import CaseFileError, FileDamaged, FileTooLarge, HeaderRefused
from node.case_files.limits import CSV_ROW_CHARACTERS, DATA_ROWS, PASTED_LINE_BYTES
from node.case_files.pasted import Encoding
from node.case_files.reasons import FileReason, RowReason
from node.case_files.streamed import Lines, StreamedTable
from node.case_files.tables import TableRow, UnreadableRow

COLUMNS = frozenset({"id", "value"})


def table(raw: bytes, size: int = 7) -> StreamedTable:
    """In pieces that end in the middle of lines and letters."""
    return StreamedTable((raw[at : at + size] for at in range(0, len(raw), size)), "x.csv", COLUMNS)


def cells(raw: bytes) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, dict(row.cells)) for row in table(raw) if isinstance(row, TableRow)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tab_comma_and_semicolon_and_every_end_of_a_line_are_read(separator: str, end: str) -> None:
    text = end.join(["id;other;value", "1;x;uno", "", '2;"a\nb";dos']).replace(";", separator)
    assert cells(text.encode()) == [
        (2, {"id": "1", "other": "x", "value": "uno"}),
        (4, {"id": "2", "other": "a\nb", "value": "dos"}),
    ]


def test_a_separator_that_stands_in_a_heading_does_not_count_against_the_other() -> None:
    assert cells(b'id;value;"day, month"\n1;uno;5\n') == [(2, {"id": "1", "value": "uno", "day, month": "5"})]


@pytest.mark.parametrize(
    ("raw", "encodings"),
    [
        ("id,value\n1,ñandú\n".encode(), {Encoding.UTF_8: 2}),
        ("id,value\n1,ñandú\n".encode("utf-8-sig"), {Encoding.UTF_8: 2}),
        ("id,value\n1,ñandú\n".encode("latin-1"), {Encoding.UTF_8: 1, Encoding.WINDOWS_1252: 1}),
        ("id,value\n1,ñandú\n".encode("utf-16"), {Encoding.UTF_16_LE: 2}),
    ],
)
def test_the_encoding_is_found_out_and_told(raw: bytes, encodings: dict[Encoding, int]) -> None:
    read = table(raw)
    assert [row.cells["value"] for row in read if isinstance(row, TableRow)] == ["ñandú"]
    assert read.encodings == encodings
    assert read.unfit.count == 0


def test_lines_with_bytes_that_fit_nothing_are_named() -> None:
    read = table(b"id,value\n1,a\n2,\x81b\n")
    assert len(list(read)) == 2
    assert read.unfit.row() == {"count": 1, "lines": [3]}


def test_a_row_with_cells_too_many_or_too_few_is_named_and_the_rest_goes_on() -> None:
    assert list(table(b"id,value\n1\n2,b\n3,c,d\n")) == [
        UnreadableRow(2, RowReason.RAGGED_ROW),
        TableRow(3, {"id": "2", "value": "b"}, {}),
        UnreadableRow(4, RowReason.RAGGED_ROW),
    ]


@pytest.mark.parametrize(
    ("raw", "kind", "reason", "line"),
    [
        (b"", HeaderRefused, FileReason.NO_HEADER, 1),
        (b"\n1,2\n", HeaderRefused, FileReason.NO_HEADER, 1),
        (b"id|value\n1|2\n", HeaderRefused, FileReason.MISSING_COLUMN, 1),
        (b"id,value,id\n", HeaderRefused, FileReason.DUPLICATE_COLUMN, 1),
        (b'id,value\n1,a\n2,"b\n3,c\n', FileDamaged, FileReason.UNBALANCED_QUOTES, 3),
        (b'id,value\n1,"' + b"b\n" * CSV_ROW_CHARACTERS, FileDamaged, FileReason.UNBALANCED_QUOTES, 2),
        (b"id,value\n1," + b"b" * PASTED_LINE_BYTES, FileTooLarge, FileReason.ROW_TOO_LONG, 2),
    ],
)
def test_what_leaves_no_row_to_trust_refuses_the_file(
    raw: bytes, kind: type[CaseFileError], reason: FileReason, line: int
) -> None:
    with pytest.raises(kind) as refused:
        list(table(raw, 1 << 16))
    assert (refused.value.reason, refused.value.file, refused.value.line) == (reason, "x.csv", line)


def test_a_table_that_is_kept_has_a_limit_and_one_that_is_read_through_has_none() -> None:
    raw = b"id,value\n" + b"1,a\n" * (DATA_ROWS + 1)
    assert sum(1 for _ in table(raw, 1 << 16)) == DATA_ROWS + 1
    with pytest.raises(FileTooLarge) as refused:
        list(StreamedTable([b"id,value\n1,a\n2,b\n3,c\n"], "x.csv", COLUMNS, 2))
    assert (refused.value.reason, refused.value.line) == (FileReason.TOO_MANY_ROWS, 4)


def test_of_many_lines_the_first_twenty_are_named() -> None:
    lines = Lines()
    for number in range(1, 31):
        lines.add(number)
    assert lines.row() == {"count": 30, "lines": list(range(1, 21))}


def test_a_long_table_takes_no_more_memory_than_a_short_one() -> None:
    def chunks(rows: int) -> Iterator[bytes]:
        yield b"id,value\n"
        for _ in range(rows // 100):
            yield b"1,una persona inventada\n" * 100

    peaks = []
    for rows in (2_000, 20_000):
        tracemalloc.start()
        assert sum(1 for _ in StreamedTable(chunks(rows), "x.csv", COLUMNS)) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (64 << 10)
