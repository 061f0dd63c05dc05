"""Bytes of whatever encoding to lines: what was assumed is told, nothing is lost, and no line is held whole that is too long."""

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files.limits import PASTED_LINE_BYTES
from node.case_files.pasted import Encoding, PastedLine, read_pasted, read_sheets


def texts(*chunks: bytes, encoding: Encoding | None = None) -> list[str]:
    return [line.text for line in read_pasted(chunks, encoding)]


def only(*chunks: bytes, encoding: Encoding | None = None) -> PastedLine:
    (line,) = read_pasted(chunks, encoding)
    return line


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("señal".encode(), Encoding.UTF_8),
        ("señal".encode("utf-8-sig"), Encoding.UTF_8),
        ("señal".encode("utf-16"), Encoding.UTF_16_LE),
        (b"\xfe\xff" + "señal".encode("utf-16-be"), Encoding.UTF_16_BE),
        ("señal".encode("utf-16-le"), Encoding.UTF_16_LE),
        ("señal".encode("utf-16-be"), Encoding.UTF_16_BE),
        ("señal".encode("latin-1"), Encoding.WINDOWS_1252),
        ("señal".encode("windows-1252"), Encoding.WINDOWS_1252),
    ],
)
def test_the_encoding_is_found_out_and_told(raw: bytes, encoding: Encoding) -> None:
    line = only(raw)
    assert (line.text, line.unfit) == ("señal", False)
    assert line.encoding is encoding


def test_a_line_of_another_encoding_than_the_rest_is_read_and_says_so() -> None:
    lines = list(read_pasted(["número\n".encode(), "número\n".encode("latin-1"), "número".encode()]))
    assert [line.text for line in lines] == ["número"] * 3
    assert [line.encoding for line in lines] == [Encoding.UTF_8, Encoding.WINDOWS_1252, Encoding.UTF_8]


def test_bytes_that_fit_nothing_are_marked_on_their_line_alone() -> None:
    lines = list(read_pasted([b"uno\n", b"dos \x81\n", b"tres\n"]))
    assert [(line.text, line.unfit) for line in lines] == [("uno", False), ("dos \ufffd", True), ("tres", False)]
    assert only(b"\xff\xfea\x00\x00\xd8").unfit


def test_an_encoding_that_was_told_is_kept_to() -> None:
    assert only("ñ".encode(), encoding=Encoding.WINDOWS_1252).text == "Ã±"
    strict = only("ñ 1".encode("latin-1"), encoding=Encoding.UTF_8)
    assert (strict.text, strict.unfit, strict.encoding) == ("\ufffd 1", True, Encoding.UTF_8)
    assert only("ñ".encode("utf-16-be"), encoding=Encoding.UTF_16_BE).text == "ñ"


def test_lines_end_with_lf_crlf_or_a_lone_cr_and_with_nothing_else() -> None:
    assert texts(b"a\nb\r\nc\rd\x0be\x0cf\x85g") == ["a", "b", "c", "d\x0be\x0cf\u2026g"]
    assert texts(b"a\n\n\r\n\rb\n") == ["a", "", "", "", "b"]
    assert texts() == texts(b"") == []


def test_numbers_count_all_lines_from_one() -> None:
    assert [line.number for line in read_pasted([b"a\n\nb"])] == [1, 2, 3]


def test_nul_bytes_stay_in_their_line() -> None:
    assert texts(b"cel 30\x000\nbbbb") == ["cel 30\x000", "bbbb"]


def test_a_line_that_is_too_long_keeps_its_beginning_and_the_rest_is_read_on() -> None:
    lines = list(read_pasted([b"a\n" + b"9" * (PASTED_LINE_BYTES + 1) + b"\nb\n", b"c" * PASTED_LINE_BYTES, b"\r\n"]))
    assert [(line.number, line.too_long) for line in lines] == [(1, False), (2, True), (3, False), (4, False)]
    assert lines[1].text == "9" * 200
    assert (lines[2].text, len(lines[3].text)) == ("b", PASTED_LINE_BYTES)


def test_a_line_of_ten_megabytes_is_never_held() -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(160):
            yield b"9" * (64 << 10)
        yield b"\n300"

    tracemalloc.start()
    try:
        assert [(line.too_long, line.text[:4]) for line in read_pasted(chunks())] == [(True, "9999"), (False, "300")]
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_zeros_in_a_text_are_counted_over_the_same_bytes_however_they_arrive() -> None:
    for raw, cut in ((b"texto \x00a\x00", 4), (b"texto " * 100 + b"\x00a" * 2000, 600)):
        assert list(read_pasted([raw[:cut], raw[cut:]])) == list(read_pasted([raw]))


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", "ñ".encode(), b"\x00", b"\xf1"]), max_size=30), st.data())
def test_how_the_bytes_arrive_makes_no_difference(pieces: list[bytes], data: st.DataObject) -> None:
    raw = b"texto " + b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
    chunks = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert list(read_pasted(chunks)) == list(read_pasted([raw]))


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1))
def test_utf_8_comes_out_as_it_went_in(text: str) -> None:
    assert texts(("abcd" + text).encode()) == ["abcd" + text]


Workbook = Callable[..., bytes]


def test_a_workbook_is_lines_a_sheet_with_tabs_between_cells(workbook_of: Workbook) -> None:
    rows = [["FN", "nota"], [date(1990, 3, 12), "una\nnota\tlarga"], [], ["#N/A", "x"]]

    def broken(sheet: Any) -> None:
        sheet["A4"].data_type = "e"

    ((name, lines),) = read_sheets(workbook_of(rows, prepare=broken), "x.xlsx")
    assert (name, list(lines)) == (
        "Sujetos",
        [
            PastedLine(1, "FN\tnota", sheet="Sujetos"),
            PastedLine(2, "1990-03-12\tuna nota larga", sheet="Sujetos"),
            PastedLine(4, "\ufffd\tx", unfit=True, sheet="Sujetos"),
        ],
    )


def test_of_a_row_that_is_too_long_the_beginning_is_shown(workbook_of: Workbook) -> None:
    ((_, lines),) = read_sheets(workbook_of([["x" * 4000] * (PASTED_LINE_BYTES // 4000 + 1)]), "x.xlsx")
    (line,) = lines
    assert (line.too_long, line.text) == (True, "x" * 200)
