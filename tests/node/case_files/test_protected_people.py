"""Files of people under protection: whatever can be read of a row is taken. Nobody in them exists."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.case_files.errors import CaseFileError
from node.case_files.protected_people import ProtectedRow, count_protected, read_entry, read_protected
from node.case_files.questions import QuestionLine, read_questions
from node.case_files.register_feed import Feed, read_feed
from protocol.identifiers import Identifier, Kind
from protocol.names import Person
from protocol.recognition import named
from protocol.recognition.words import WORDS
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


@pytest.mark.parametrize(
    ("word", "value", "expected"),
    [
        ("DUI", "01234567-8", ["SV:012345678"]),
        ("SSN", "536-80-4398", ["US:536804398"]),
        ("RUN", "12.345.678-5", ["CL:123456785"]),
        ("CUIL", "20-12345678-6", ["AR:20123456786", "AR:12345678"]),
        ("CUIT", "20-12345678-6", ["AR:20123456786", "AR:12345678"]),
        ("DPI", "1234567890101", ["GT:1234567890101"]),
        ("curp", "GOMC600608HDFRRL09", ["MX:GOMC600608HDFRRL09"]),
        ("Instagram", "nobody.invented", ["instagram:nobody.invented"]),
        ("fb", "nobody.invented", ["facebook:nobodyinvented"]),
    ],
)
def test_a_word_brings_its_state_and_its_platform_along(word: str, value: str, expected: list[str]) -> None:
    (headed,), (named,) = rows(f"R-1,{value}", header=f"ref,{word}"), rows(f"R-1,{word},{value}", header="ref,tipo,valor")
    assert canonical(headed) == canonical(named) == expected


def test_documents_of_two_states_and_handles_of_two_platforms_stand_in_columns_of_their_own() -> None:
    header, line = "ref,DUI,D.P.I.,cédula,instagram,facebook", "R-1,01234567-8,1234567890101,1020304050,nobody.invented,somebody"
    (row,) = rows(line, header=header)
    assert canonical(row) == [
        *("SV:012345678", "GT:1234567890101", "CO:1020304050"),
        *("instagram:nobody.invented", "facebook:somebody"),
    ]
    assert problems("R-1,x,,,,", header=header)[0][1:3] == ("dui", "not_normalisable:wrong_length")
    with pytest.raises(CaseFileError, match="duplicate_column"):
        rows(header="ref,ig,instagram")


def test_where_row_and_word_name_different_states_or_platforms_either_is_entered() -> None:
    header = "ref,DUI,celular,instagram,país,plataforma"
    (row,) = rows("R-1,01234567-8,999555147,nobody.invented,PE,tiktok", header=header)
    assert canonical(row) == [
        *("PE:01234567", "SV:012345678", "+51999555147"),
        *("tiktok:nobody.invented", "instagram:nobody.invented"),
    ]


def test_a_value_without_a_kind_or_under_a_word_for_several_is_taken_if_it_can_be_one_thing() -> None:
    header = "ref,kind,value"
    (row,) = rows("R-1,,nobody@example.org", header=header)
    assert row.identifiers[0].kind is Kind.EMAIL
    assert [each[1:3] for each in problems("R-1,,3005550147", "R-2,RUT,invented", header=header)] == [
        ("value", "ambiguous_kind"),
        ("value", "nothing_to_protect"),
        ("value", "unrecognised"),
        ("value", "nothing_to_protect"),
    ]
    with pytest.raises(CaseFileError, match="unreadable_header"):  # a word that only hints, over a whole column
        rows(header="ref,documento")


VALUES = st.sampled_from(
    [
        "01234567-8",
        "12.345.678-5",
        "20-12345678-6",
        "1234567890101",
        "GOMC600608HDFRRL09",
        "536-80-4398",
        "nobody.invented",
        "300 555 0147",
        "+51 999 555 147",
        "AX555147",
        "nobody@example.org",
        "111.444.777-35",
        "DE89370400440532013000",
        "ABC123",
    ]
)


@given(st.sampled_from(sorted(WORDS)), VALUES | st.text("0123456789-.ABCXYZ", min_size=5, max_size=14))
@settings(max_examples=400)
def test_a_word_and_a_value_have_the_keys_of_a_question_however_they_are_entered(word: str, value: str) -> None:
    meant = named(word.upper())
    assert meant is not None
    (asked,) = read_questions(f"kind,value,attests_not_protected\n{word.upper()},{value},yes".encode(), "CO", TODAY)
    keys = set(asked.asked) if isinstance(asked, QuestionLine) and not isinstance(asked.asked, Person) else set()

    def entered(read: ProtectedRow | None) -> set[Identifier]:
        return set() if read is None else set(read.identifiers)

    ((_, by_cell, _),) = read_protected(f"ref,kind,value\nR-1,{word.upper()},{value}".encode(), "CO", TODAY)
    assert entered(by_cell) == keys
    if meant.names:
        ((_, by_heading, _),) = read_protected(f"ref,{word.upper()}\nR-1,{value}".encode(), "CO", TODAY)
        assert entered(by_heading) == keys
    if meant.kind is not None:
        beside = {"country": meant.country or "", "platform": meant.platform or ""}
        typed, _ = read_entry("R-1", beside, [(meant.kind, value)], "CO", TODAY)
        assert entered(typed) == keys
        told = {name: text for name, text in beside.items() if text}
        person = {"reference": "R-1", "identifiers": [{"kind": meant.kind.value, "value": value}], **told}
        fed = Feed.model_validate_json(json.dumps({"v": 1, "authority": "CO", "sequence": 1, "entries": [person]}))
        ((_, row, _),) = read_feed(fed, TODAY)
        assert entered(row) == keys


def test_a_workbook_is_read_like_a_text_and_only_one_sheet_may_hold_people(workbook_of: Callable[..., bytes]) -> None:
    table: list[list[object]] = [["reference", "phone"], ["R-1", "+57 300 555 0147"]]
    raw = workbook_of(table, prepare=lambda sheet: sheet.parent.create_sheet("empty"))
    assert count_protected(raw) == 1
    ((_, row, _),) = read_protected(raw, "CO", TODAY)
    assert row is not None
    assert canonical(row) == ["+573005550147"]
    with pytest.raises(CaseFileError, match="several_sheets"):
        count_protected(workbook_of(table, prepare=lambda sheet: sheet.parent.create_sheet("other").append(["one", "more"])))


NUMBERED = [f"R-{line},+5730055501{line}" for line in range(10, 20)]


def taken_of(lines: list[str]) -> tuple[list[str], list[int]]:
    """(references that are taken, lines that something is told of); what is counted is what is read."""
    raw = "\n".join(["reference,phone", *lines]).encode()
    read = list(read_protected(raw, "CO", TODAY))
    assert count_protected(raw) == len(read)
    return [row.reference for _, row, _ in read if row is not None], [each.line for *_, told in read for each in told]


@pytest.mark.parametrize(
    "broken",
    ['"R-14,+573005550114', 'R-14,"+573005550114', '"', '"R-14" x,+573005550114', 'R-14,"+57\n', "R-14,\x00", "R" * 70_000],
)
def test_a_broken_line_costs_itself_and_no_other(broken: str) -> None:
    """A quote that never ends, one that ends in the middle of a cell, a sign that no text has, a line that does not end."""
    references, told = taken_of([*NUMBERED[:4], broken, *NUMBERED[5:]])
    assert references == [f"R-{line}" for line in range(10, 20) if line != 14]
    assert set(told) <= {6, 7}


def test_a_line_that_two_stray_quotes_put_into_a_cell_is_read_all_the_same() -> None:
    lines = [*NUMBERED[:3], 'R-13,"+573005550113', *NUMBERED[4:6], 'R-16,+573005550116"', *NUMBERED[7:]]
    references, told = taken_of(lines)
    assert references[:5] == ["R-10", "R-11", "R-12", "R-14", "R-15"]
    assert (references[-3:], min(told)) == (["R-17", "R-18", "R-19"], 5)


def test_a_quote_after_two_thousand_good_rows_loses_none_of_them() -> None:
    references, told = taken_of([*(f"R-{number},3005550147" for number in range(2000)), 'R-X,"'])
    assert (len(references), told) == (2000, [2002])


def test_a_cell_of_several_lines_is_one_cell() -> None:
    raw = b'reference,given_names,surnames,birth_date\nR-1,"Ana\nMaria",Soto,1990-05-12\nR-2,Eva,Luna,1991-01-31\n'
    read = list(read_protected(raw, "CO", TODAY))
    assert [(line, told) for line, _, told in read] == [(2, ()), (4, ())]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_the_file_of_any_office_suite_is_read(encoding: str) -> None:
    text = f"Référence;Nombres;Apellidos;Fecha de nacimiento\r\nR-1;{LUCIA.given};{LUCIA.surnames};{LUCIA.born}\r\n"
    raw = text.encode(encoding)
    ((_, row, told),) = read_protected(raw, "CO", TODAY)
    assert row is not None
    assert (row.person, told) == (LUCIA.person, ())


def test_a_file_that_is_no_table_is_refused_as_what_it_is() -> None:
    for raw, reason in ((b"%PDF-1.7 ...", "pdf_document"), (b"x" * (33 << 20), "too_many_bytes")):
        with pytest.raises(CaseFileError, match=reason):
            count_protected(raw)


def test_what_somebody_types_is_read_as_a_row_is() -> None:
    texts = {"given_names": LUCIA.given, "surnames": LUCIA.surnames, "birth_date": LUCIA.born}
    row, told = read_entry("R-1", texts, [(Kind.PHONE, "3005550147"), (Kind.PHONE, "3005550148")], "CO", TODAY)
    assert row is not None
    assert (row.person, canonical(row), told) == (LUCIA.person, ["+573005550147", "+573005550148"], ())
    nothing, why = read_entry("R-1", {}, [(Kind.PHONE, "\x00")], "CO", TODAY)
    assert nothing is None
    assert [each.code for each in why] == ["control_characters", "nothing_to_protect"]


def test_every_value_that_somebody_types_is_read_by_itself_however_many_and_long_they_are() -> None:
    numbers = [(Kind.PHONE, f"30055501{number}") for number in range(10, 30)]
    addresses = [(Kind.URL, f"https://invented.example/{number}/{'a' * 1500}") for number in range(3)]
    row, told = read_entry("R-1", {}, [*numbers, *addresses, (Kind.URL, "https://invented.example/a|b")], "CO", TODAY)
    assert row is not None
    assert told == ()
    assert [sum(each.kind is kind for each in row.identifiers) for kind in (Kind.PHONE, Kind.URL)] == [20, 4]


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
