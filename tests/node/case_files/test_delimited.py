"""CSV is taken at its word, and refused where its word is not clear."""

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files import delimited
from node.case_files.cells import CellText, UnreadableCell
from node.case_files.delimited import DELIMITERS, delimiter_of, read_lines
from node.case_files.errors import FileDamaged, FileTooLarge, WrongFormat
from node.case_files.limits import CELL_CHARACTERS, CSV_ROW_CHARACTERS
from node.case_files.reasons import RowReason


def lines(raw: bytes, delimiter: str = ";", encoding: str = "utf-8") -> list[tuple[int, list[CellText]]]:
    return list(read_lines(raw, "x.csv", delimiter=delimiter, encoding=encoding))


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("a\tb\tc", "\t"),
        ("a;b;c", ";"),
        ("a,b,c", ","),
        ("apellidos, nombres\tfecha", "\t"),
        ("apellidos, nombres;fecha", ";"),
        ('"a;b;c;d",e', ","),
        ("id,a (x;y),b", ","),
        ("a", "\t"),
        ("", "\t"),
    ],
)
def test_the_delimiter_is_what_parts_the_first_line_into_most_cells(header: str, delimiter: str) -> None:
    assert delimiter_of(header) == delimiter


@given(st.sampled_from(DELIMITERS), st.lists(st.text("ab ñ", min_size=1, max_size=5), min_size=2, max_size=6))
def test_a_table_that_names_no_delimiter_is_read_as_it_was_written(delimiter: str, cells: list[str]) -> None:
    raw = f"{delimiter.join(cells)}\r\n1\r\n".encode()
    assert next(read_lines(raw, "x.csv", delimiter=None, encoding="utf-8")) == (1, [cell.strip() for cell in cells])


def test_rows_carry_the_number_of_their_first_line() -> None:
    raw = b'a;b\r\n1;"two\r\nlines"\r\n\r\n3;4\n5;6\r7;8'
    assert lines(raw) == [
        (1, ["a", "b"]),
        (2, ["1", "two\r\nlines"]),
        (4, []),
        (5, ["3", "4"]),
        (6, ["5", "6"]),
        (7, ["7", "8"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_header(encoding: str) -> None:
    assert lines(codecs.BOM_UTF8 + "SEÑAL;b".encode(), encoding=encoding) == [(1, ["SEÑAL", "b"])]
    assert lines("SEÑAL;b".encode(), encoding=encoding) == [(1, ["SEÑAL", "b"])]


def test_old_offices_may_say_that_they_write_latin_1() -> None:
    assert lines("Muñoz;b".encode("latin-1"), encoding="iso-8859-1") == [(1, ["Muñoz", "b"])]


def test_a_wrong_encoding_is_told_with_its_line() -> None:
    with pytest.raises(WrongFormat, match=r"line 3: wrong_encoding") as caught:
        lines("a;b\n1;2\nMuñoz;3".encode("windows-1252"))
    assert "oz" not in str(caught.value).split("wrong_encoding")[0]


@pytest.mark.parametrize("raw", [codecs.BOM_UTF8 + b"a;b", "a;b".encode("utf-16"), codecs.BOM_UTF16_BE + b"\0a"])
def test_a_mark_of_another_encoding_is_believed_before_a_mapping_that_would_decode_anything(raw: bytes) -> None:
    assert raw.decode("windows-1252")
    with pytest.raises(WrongFormat, match="wrong_encoding"):
        lines(raw, encoding="windows-1252")


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    with pytest.raises(WrongFormat, match="line 2: not_text"):
        lines(b"a;b\n1;\x00\n")


@pytest.mark.parametrize("raw", [b'a;b\n1;"never closed\n3;4\n', b'a;b\n1;"closed"by halves;\n', b'a;b\n1;"x"\n2;"x"y"\n'])
def test_quotes_that_do_not_balance_refuse_the_file(raw: bytes) -> None:
    assert len(list(csv.reader(io.StringIO(raw.decode()), delimiter=";"))) >= 2, "a lenient reader makes rows of it"
    with pytest.raises(FileDamaged, match=r"line [23]: unbalanced_quotes"):
        lines(raw)


def test_an_open_quote_does_not_swallow_the_rest_of_a_large_file() -> None:
    raw = b'a;b\n1;"open\n' + b"filler;filler\n" * 10_000
    with pytest.raises(FileDamaged, match="line 2: unbalanced_quotes"):
        lines(raw)


def test_a_cell_of_ten_megabytes_refuses_the_file_and_a_long_one_only_itself() -> None:
    with pytest.raises(FileTooLarge, match="line 2: row_too_long"):
        lines(b"a;b\n1;" + b"x" * (10 << 20) + b"\n3;4")
    long = b"x" * (CELL_CHARACTERS + 1)
    assert lines(b"a;b\n1;" + long + b"\n3;4")[1:] == [
        (2, ["1", UnreadableCell(RowReason.CELL_TOO_LONG)]),
        (3, ["3", "4"]),
    ]


def test_the_bound_of_a_row_stays_below_the_one_of_the_csv_module() -> None:
    assert csv.field_size_limit() > CSV_ROW_CHARACTERS


def test_a_file_past_the_limit_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "FILE_BYTES", 3)
    with pytest.raises(FileTooLarge, match="too_many_bytes"):
        lines(b"\xff\xff\xff\xff")


printable = st.text(st.characters(exclude_categories=["C"]), max_size=20).map(str.strip)


@given(st.lists(st.lists(printable, min_size=2, max_size=5), min_size=1, max_size=8), st.sampled_from([",", ";", "\t", "|"]))
def test_what_another_writer_writes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert [cells for _, cells in lines(out.getvalue().encode(), delimiter)] == rows


@given(st.binary(max_size=300))
def test_no_bytes_whatever_end_in_anything_but_rows_or_a_clear_error(raw: bytes) -> None:
    try:
        lines(raw, encoding="iso-8859-1")
    except (FileDamaged, WrongFormat) as error:
        assert error.line is not None
