"""Files of people under protection: whatever can be read of a row is taken. Nobody in them exists."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files.errors import CaseFileError
from node.case_files.protected_people import ProtectedRow, count_protected, read_entry, read_protected
from protocol.identifiers import Kind
from tests.node.people import LUCIA

TODAY = date(2026, 10, 1)
HEADER = "reference,given_names,surnames,birth_date,celular,pasaporte,country"
WHOLE = "R-1,Lucía Marina,Quispe Ñahuí,1990-05-12,+57 300 555 0147|+57 300 555 0148,,"


def rows(*lines: str, header: str = HEADER) -> list[ProtectedRow]:
    return [row for _, row, _ in read_protected("\n".join([header, *lines]).encode(), "CO", TODAY) if row is not None]


def problems(*lines: str, header: str = HEADER) -> list[tuple[int, str | None, str, bool]]:
    read = read_protected("\n".join([header, *lines]).encode(), "CO", TODAY)
    return [(each.line, each.column, each.code, each.row_imported) for _, _, those in read for each in those]


def canonical(row: ProtectedRow) -> list[str]:
    return [each.canonical for each in row.identifiers]


def test_a_row_is_a_person_with_every_identifier() -> None:
    (row,) = rows(WHOLE)
    assert (row.line, row.reference, row.person) == (2, "R-1", LUCIA.person)
    assert canonical(row) == ["+573005550147", "+573005550148"]
    assert problems(WHOLE) == []


def test_kind_and_value_stand_in_columns_of_their_own_just_as_well() -> None:
    header = "referencia;tipo;valor;país"
    (first, second) = rows("R-1;celular;3005550147;", "R-1;passport;AB1234567;PE", header=header)
    assert (first.identifiers[0].kind, canonical(first)) == (Kind.PHONE, ["+573005550147"])
    assert second.identifiers[0].kind is Kind.PASSPORT
    assert "PE" in canonical(second)[0]


def test_a_broken_line_in_the_middle_is_told_by_line_column_and_reason_and_the_others_are_taken() -> None:
    lines = [WHOLE, "R-2,Ana,Soto", ",Ana,Soto,1991-01-02,,,", "R-4,Ana,Soto,someday,no number,,", WHOLE.replace("R-1", "R-5")]
    assert [row.reference for row in rows(*lines)] == ["R-1", "R-5"]
    assert problems(*lines) == [
        (3, None, "ragged_row", False),
        (4, "reference", "missing_reference", False),
        (5, "phone", "not_normalisable:wrong_characters", False),
        (5, "birth_date", "not_comparable:bad_birth_date", False),
        (5, "surnames", "not_comparable:needs_birth_date", False),
        (5, "value", "nothing_to_protect", False),
    ]


def test_what_can_be_read_of_a_row_is_taken_and_the_rest_is_told() -> None:
    line = "R-1,NN,,1990-05-12,no number|3005550147,,"
    (row,) = rows(line)
    assert (row.person, canonical(row)) == (None, ["+573005550147"])
    told = problems(line)
    assert {taken for *_, taken in told} == {True}
    assert {column for _, column, *_ in told} == {"phone", "surnames"}


def test_dates_are_read_in_the_order_that_the_column_shows() -> None:
    first, second = rows("R-1,Ana,Soto,31/01/1990,,,", "R-2,Eva,Luna,02/03/1990,,,")
    assert first.person is not None
    assert second.person is not None
    assert second.person.born is not None
    assert (second.person.born.month, second.person.born.day) == (3, 2)


def test_a_date_that_may_be_two_is_told_and_a_name_without_it_goes_in_if_it_has_two_surnames() -> None:
    assert ("birth_date", "not_comparable:ambiguous_birth_date") in [
        each[1:3] for each in problems("R-1,Ana,Soto Luna,02/03/1990,,,")
    ]
    (row,) = rows("R-1,Ana,Soto Luna,02/03/1990,,,")
    assert row.person is not None
    assert row.person.born is None


def test_too_many_values_in_a_cell_are_told_and_the_first_of_them_taken() -> None:
    line = f"R-1,,,,{'|'.join(f'30055501{number}' for number in range(10, 30))},,"
    assert len(rows(line)[0].identifiers) == 16
    assert problems(line) == [(2, "phone", "too_many_values", True)]


def test_a_kind_that_is_none_is_told() -> None:
    header = "reference,kind,value"
    assert problems("R-1,color,blue", header=header) == [
        (2, "kind", "unknown_kind", False),
        (2, "value", "nothing_to_protect", False),
    ]


@pytest.mark.parametrize("header", ["reference,celular,colour", "celular,given_names", "reference,celular,phone", ""])
def test_a_heading_that_is_none_of_ours_or_stands_twice_refuses_the_file(header: str) -> None:
    with pytest.raises(CaseFileError):
        count_protected(f"{header}\nR-1,1,2\n".encode())


def test_an_account_may_be_headed_by_any_word_for_one() -> None:
    (row,) = rows("R-1,DE89370400440532013000", header="reference,cuenta")
    assert row.identifiers[0].kind is Kind.IBAN


def test_a_workbook_is_read_like_a_text_and_only_one_sheet_may_hold_people(workbook_of: Callable[..., bytes]) -> None:
    table: list[list[object]] = [["reference", "phone"], ["R-1", "+57 300 555 0147"]]
    raw = workbook_of(table, prepare=lambda sheet: sheet.parent.create_sheet("empty"))
    assert count_protected(raw) == 1
    ((_, row, _),) = read_protected(raw, "CO", TODAY)
    assert row is not None
    assert canonical(row) == ["+573005550147"]
    with pytest.raises(CaseFileError, match="several_sheets"):
        count_protected(workbook_of(table, prepare=lambda sheet: sheet.parent.create_sheet("other").append(["one", "more"])))


def test_what_somebody_types_is_read_as_a_row_is() -> None:
    texts = {"given_names": LUCIA.given, "surnames": LUCIA.surnames, "birth_date": LUCIA.born}
    row, told = read_entry("R-1", texts, [(Kind.PHONE, "3005550147"), (Kind.PHONE, "3005550148")], "CO", TODAY)
    assert row is not None
    assert (row.person, canonical(row), told) == (LUCIA.person, ["+573005550147", "+573005550148"], ())
    nothing, why = read_entry("R-1", {}, [(Kind.PHONE, "\x00")], "CO", TODAY)
    assert nothing is None
    assert [each.code for each in why] == ["control_characters", "nothing_to_protect"]


def test_nothing_of_a_row_shows() -> None:
    (row,) = rows(WHOLE)
    assert not [each for each in ("R-1", "quispe", "0147") if each in repr(row).lower()]


@given(st.lists(st.text(alphabet='abR-1,|;+57 300"ñ\n', max_size=60), max_size=6))
def test_no_content_of_rows_breaks_the_reader_or_is_repeated(lines: list[str]) -> None:
    raw = "\n".join([HEADER, *lines]).encode()
    try:
        for line, row, told in read_protected(raw, "CO", TODAY):
            assert row is not None or told
            assert {each.line for each in told} <= {line}
    except CaseFileError as error:
        assert error.file == "register_file"
