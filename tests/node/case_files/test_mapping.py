"""A mapping is strict: what it does not say exactly, it does not say."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from node.case_files import Mapping, mapping
from node.case_files.errors import FileTooLarge, MappingRefused
from node.case_files.mapping import folded, headers_of

Table = Callable[..., dict[str, Any]]


def refused(document: Any) -> MappingRefused:
    with pytest.raises(MappingRefused) as caught:
        Mapping.from_json(json.dumps(document).encode())
    return caught.value


def test_a_mapping_says_which_columns_it_needs(mapping_of: Callable[..., Mapping], subjects: Table, routes: Table) -> None:
    of_subjects, of_routes = mapping_of(subjects(), routes()).files
    assert {"RED", "TELEFONO", "PAIS", "BANCO", "PIX"} <= headers_of(of_subjects)
    assert headers_of(of_routes) == frozenset(routes()["columns"].values())


def test_words_are_compared_without_case_and_blanks(mapping_of: Callable[..., Mapping], subjects: Table) -> None:
    file = mapping_of(subjects(values={"category": {"  Presunta   VÍCTIMA ": "presumed_victim"}})).files[0]
    assert dict(file.values)["category"] == {folded("presunta víctima"): "presumed_victim"}


def test_a_sheet_is_named_in_brackets(mapping_of: Callable[..., Mapping], subjects: Table) -> None:
    table = subjects(path="r.xlsx", format="xlsx", sheet="Sujetos", delimiter=None, encoding=None)
    assert [file.name for file in mapping_of(table, subjects()).files] == ["r.xlsx[Sujetos]", "casos.csv"]


def test_a_csv_file_need_not_name_what_parts_its_cells(mapping_of: Callable[..., Mapping], subjects: Table) -> None:
    (file,) = mapping_of(subjects(delimiter=None)).files
    assert (file.format, file.delimiter) == ("csv", None)


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"note": "Invented Person"}, "files.0", "unknown_field"),
        ({"columns": {"network": "RED"}}, "files.0.columns.subject", "missing_field"),
        ({"values": {"category": {"Invented Person": "guilty"}}}, "files.0.values.category", "bad_value"),
        ({"values": {"category": {"a": "suspect", "A": "victim"}}}, "files.0.values.category", "bad_value"),
        ({"values": {"colour": {}}}, "files.0.values", "unknown_field"),
        ({"path": "../../etc/hostname"}, "files.0.path", "bad_value"),
        ({"path": "/etc/hostname"}, "files.0.path", "bad_value"),
        ({"encoding": "utf-7"}, "files.0.encoding", "bad_value"),
        ({"encoding": None}, "files.0", "bad_value"),
        ({"sheet": "Sujetos"}, "files.0", "bad_value"),
        ({"format": "ods"}, "files.0.format", "bad_value"),
        ({"rows": "victims"}, "files.0", "bad_value"),
        ({"birth_date_format": "%d/%m/%y"}, "files.0.birth_date_format", "bad_value"),
        ({"birth_date_format": "%Y"}, "files.0.birth_date_format", "bad_value"),
        ({"birth_date_format": "%Q("}, "files.0.birth_date_format", "bad_value"),
        ({"birth_date_format": "%d%d%m%Y"}, "files.0.birth_date_format", "bad_value"),
        ({"identifiers": [{"column": "A", "kind": "name_dob"}]}, "files.0.identifiers.0.kind", "bad_value"),
        ({"identifiers": [{"column": "A", "kind": "phone", "split": ""}]}, "files.0.identifiers.0.split", "bad_value"),
        ({"identifiers": [{"column": " A", "kind": "phone"}]}, "files.0.identifiers.0.column", "bad_value"),
        (
            {"identifiers": [{"column": "A", "kind": "phone", "country": "ZZ"}]},
            "files.0.identifiers.0.country",
            "bad_value",
        ),
        (
            {"identifiers": [{"column": "A", "kind": "phone", "country": "VE", "country_column": "P"}]},
            "files.0.identifiers.0",
            "bad_value",
        ),
    ],
)
def test_a_fault_is_told_by_its_place_and_never_by_its_value(
    subjects: Table, changes: dict[str, Any], column: str, reason: str
) -> None:
    error = refused({"country": "CO", "files": [subjects(**changes)]})
    assert error.reason == reason
    assert error.column == column
    assert "Invented" not in str(error)


@pytest.mark.parametrize("document", [{}, [], "x", {"country": "CO", "files": []}, {"country": "co", "files": [1]}])
def test_what_is_no_mapping_is_refused(document: Any) -> None:
    assert refused(document).code == "case_file_mapping"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'{"country": "CO",}'])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(MappingRefused, match="not_json"):
        Mapping.from_json(raw)


def test_one_table_is_mapped_once(subjects: Table) -> None:
    assert refused({"country": "CO", "files": [subjects(), subjects()]}).reason == "bad_value"


def test_a_key_that_stands_twice_is_refused_since_readers_would_differ(subjects: Table) -> None:
    text = json.dumps({"country": "CO", "files": [subjects()]})
    twice = text.replace('"country": "CO", "files"', '"country": "PE", "country": "CO", "files"')
    assert json.loads(twice)["country"] == "CO", "a lenient reader takes the last"
    with pytest.raises(MappingRefused, match="duplicate_key"):
        Mapping.from_json(twice.encode())


def test_an_endless_mapping_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "MAPPING_BYTES", 1)
    with pytest.raises(FileTooLarge, match="too_many_bytes"):
        Mapping.from_json(b"{}")
