"""Registers and links as offices export them, to people with keys; what cannot be read is named by its line and by nothing else.

All people are invented.
"""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files.errors import CaseFileError, NotMeasurable
from node.case_files.limits import BENCH_QUESTIONS, CELL_CHARACTERS
from node.case_files.reasons import FileReason, RowReason
from node.case_files.registers import (
    BadDateForm,
    DateForm,
    Link,
    RegisterRow,
    asked_table,
    links_table,
    no_rows,
    read_links,
    read_register,
    register_table,
    repeated_id,
    unknown_id,
)
from node.case_files.tables import UnreadableRow
from protocol.names import PersonReason, name_keys, read_birth_date, read_person

HEADER = "id,given_names,surnames,birth_date\n"


def read(rows: str, dates: DateForm | None = None) -> list[RegisterRow | UnreadableRow]:
    return list(read_register(register_table([(HEADER + rows).encode()], "b.csv"), dates))


def read_one(row: str, dates: DateForm | None = None) -> RegisterRow:
    (only,) = read(row, dates)
    assert isinstance(only, RegisterRow)
    return only


def test_a_row_is_a_person_with_the_keys_of_the_product() -> None:
    row = read_one("a1, Rosa María ,Quispe Luna,1990-05-31\n")
    person = read_person("Rosa María", "Quispe Luna", read_birth_date("1990-05-31"))
    assert row == RegisterRow(2, "a1", person, name_keys(person))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a1,Rosa,Quispe,\n", PersonReason.NEEDS_BIRTH_DATE),
        ("a1,,,1990-05-31\n", PersonReason.NO_NAME),
        ("a1,Rosa,Quispe,31/05/1990\n", PersonReason.BAD_BIRTH_DATE),
        (f"a1,{'Rosa ' * 50},Quispe,1990-05-31\n", PersonReason.TOO_LONG),
        ("a1,Ro\x00sa,Quispe,1990-05-31\n", RowReason.CONTROL_CHARACTERS),
        (f"a1,Rosa,Quispe,{'1' * (CELL_CHARACTERS + 1)}\n", RowReason.CELL_TOO_LONG),
    ],
)
def test_who_cannot_be_compared_keeps_the_id_and_has_no_keys(row: str, reason: PersonReason | RowReason) -> None:
    found = read_one(row)
    assert (found.id, found.keys, found.reason) == ("a1", (), reason)


def test_a_row_without_an_id_that_can_be_read_is_named_by_its_line() -> None:
    assert read("a1\n,Rosa,Quispe,1990-05-31\n\x01,Rosa,Quispe,1990-05-31\n") == [
        UnreadableRow(2, RowReason.RAGGED_ROW),
        UnreadableRow(3, RowReason.MISSING_VALUE),
        UnreadableRow(4, RowReason.CONTROL_CHARACTERS),
    ]


def test_neither_a_row_nor_a_link_shows_whom_it_is_about() -> None:
    row = read_one("idsecreto,Rosasecreta,Quispesecreto,1977-12-31\n")
    (link,) = read_links(links_table([b"id_a,id_b\nidsecreto,otrosecreto\n"], "l.csv"))
    for shown in (repr(row), repr(link), str(row), str(link)):
        assert "secret" not in shown
        assert "1977" not in shown


@pytest.mark.parametrize("file", [b"", HEADER.encode(), (HEADER + "\n,,,\n").encode()])
def test_a_register_without_rows_is_refused(file: bytes) -> None:
    with pytest.raises(CaseFileError) as refused:
        list(read_register(register_table([file], "b.csv"), None))
    assert refused.value.reason is (FileReason.NO_ROWS if file else FileReason.NO_HEADER)


def test_the_asker_s_register_and_the_links_are_kept_and_have_a_limit() -> None:
    rows = b"1,,,\n" * (BENCH_QUESTIONS + 1)
    with pytest.raises(CaseFileError) as refused:
        list(read_register(asked_table([HEADER.encode(), rows], "a.csv"), None))
    assert refused.value.reason is FileReason.TOO_MANY_ROWS
    with pytest.raises(CaseFileError) as refused:
        list(read_links(links_table([b"id_a,id_b\n", *(b"%d,%d\n" % (at, at) for at in range(BENCH_QUESTIONS + 1))], "l.csv")))
    assert refused.value.reason is FileReason.TOO_MANY_ROWS


def links(rows: bytes) -> list[Link | UnreadableRow]:
    return list(read_links(links_table([b"id_a,id_b\n" + rows], "l.csv")))


def test_links_are_read_in_their_order_and_those_without_both_ids_are_named() -> None:
    assert links(b"a1,b1\na2\na3,\n,b4\na5,\x01\na1b,b2\n") == [
        Link(2, "a1", "b1"),
        UnreadableRow(3, RowReason.RAGGED_ROW),
        UnreadableRow(4, RowReason.MISSING_VALUE),
        UnreadableRow(5, RowReason.MISSING_VALUE),
        UnreadableRow(6, RowReason.CONTROL_CHARACTERS),
        Link(7, "a1b", "b2"),
    ]


@pytest.mark.parametrize(("rows", "column"), [(b"a1,b1\na1,b2\n", "id_a"), (b"a1,b1\na2,b1\n", "id_b"), (b"a,b\na,b\n", "id_a")])
def test_a_person_who_is_two_of_the_other_register_is_refused(rows: bytes, column: str) -> None:
    with pytest.raises(NotMeasurable) as refused:
        links(rows)
    assert (refused.value.reason, refused.value.line, refused.value.column) == (FileReason.REPEATED_LINK, 3, column)


def test_an_id_twice_and_an_id_of_nobody_are_refused_by_their_place_alone() -> None:
    table, row, link = links_table([], "l.csv"), read_one("idsecreto,Rosa,Quispe,1990\n"), Link(7, "idsecreto", "otrosecreto")
    twice, nobody, nothing = repeated_id(table, row), unknown_id(table, link, "id_b"), no_rows(table)
    assert (twice.reason, twice.line, twice.column) == (FileReason.REPEATED_ID, 2, "id")
    assert (nobody.reason, nobody.line, nobody.column) == (FileReason.UNKNOWN_ID, 7, "id_b")
    assert (nothing.reason, nothing.line) == (FileReason.NO_ROWS, None)
    assert "secreto" not in f"{twice!r} {nobody!r} {vars(twice)} {vars(nobody)}"


@pytest.mark.parametrize(
    ("form", "written", "iso"),
    [
        ("%d/%m/%Y", "31/12/1988", "1988-12-31"),
        ("%d/%m/%Y", "1/2/1988", "1988-02-01"),
        ("%m-%d-%Y", "12-31-1988", "1988-12-31"),
        ("%Y%m%d", "19881231", "1988-12-31"),
        ("%d%m%Y", "31121988", "1988-12-31"),
        ("%d.%m.%Y", "31.12.1988", "1988-12-31"),
        ("%m/%Y", "12/1988", "1988-12-00"),
        ("%Y", "1988", "1988-00-00"),
        ("%d/%m/%Y", "00/00/1988", "1988-00-00"),
        ("%d de (%m) de %Y", "5 de (12) de 1988", "1988-12-05"),
    ],
)
def test_a_date_of_the_form_given_is_read_by_it(form: str, written: str, iso: str) -> None:
    assert DateForm(form).iso(written) == iso
    assert read_birth_date(iso) is not None


@pytest.mark.parametrize("written", ["", "1988-12-31", "31-12-1988", "31/12/88", "٣١/١٢/١٩٨٨", "hoy"])
def test_what_is_not_of_the_form_is_left_to_iso_8601(written: str) -> None:
    assert DateForm("%d/%m/%Y").iso(written) == written


def test_one_register_may_mix_both_forms() -> None:
    forms = DateForm("%d/%m/%Y")
    one, other = (read_one(f"a1,Rosa,Quispe,{date}\n", forms) for date in ("31/12/1988", "1988-12-31"))
    assert one.keys == other.keys != ()


@pytest.mark.parametrize("form", ["", "%d/%m", "%d/%m/%y", "%Y/%Y", "%d%d%Y", "%B %d %Y", "%%Y", "%", "dd/mm/aaaa", "%Y%"])
def test_a_form_without_a_year_or_with_anything_else_is_none(form: str) -> None:
    with pytest.raises(BadDateForm):
        DateForm(form)


@given(st.text(alphabet="%dmYyB/-. ()[*+\\31", max_size=14), st.text(alphabet="0123456789/-. ", max_size=12))
def test_no_form_and_no_date_raises_anything_else(form: str, written: str) -> None:
    try:
        iso = DateForm(form).iso(written)
    except BadDateForm:
        return
    assert iso == written or len(iso) == 10


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_refusal_that_tells_nothing_of_them(raw: bytes) -> None:
    planted = b"zzsecretzz," * 3
    try:
        list(read_register(register_table([HEADER.encode(), planted, raw], "b.csv"), None))
    except CaseFileError as refused:
        assert "zzsecretzz" not in "".join(traceback.format_exception_only(refused))
