"""Importing a national export from the command line. All rows are invented."""

import json
from pathlib import Path

import pytest

from node.case_files.errors import FilesDiffer
from node.case_files.mapping import NetworkColumns, RouteColumns, SubjectColumns
from node.case_files.reasons import FileReason
from node.cli import importing
from node.inbound.national.models import ImportedRow, ImportProblemShown
from protocol.vocabulary import code_lists
from tests.node.cli import invented
from tests.node.cli.program import Node, Program


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """A mapping and the two files that it names, beside it."""
    (tmp_path / "redes.csv").write_bytes(b"RED\nRED-INVENTADA\n")
    (tmp_path / "casos.csv").write_bytes(b"RED;SUJETO\n")
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps({"country": "CO", "files": [{"path": "redes.csv"}, {"path": "casos.csv"}, {"path": "casos.csv"}]}))
    return path


def test_the_mapping_and_each_file_that_it_names_are_sent_once(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", invented.imported())
    assert celosia("import", str(mapping)).code == 0
    (sent,) = node.received
    assert sent.headers["content-type"].startswith("multipart/form-data")
    assert sent.body.count(b'name="mapping"') == 1
    assert sent.body.count(b'name="files"; filename="redes.csv"') == 1
    assert sent.body.count(b'name="files"; filename="casos.csv"') == 1
    assert mapping.read_bytes() in sent.body


def test_an_import_is_followed_to_its_end_and_its_counts_shown(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", invented.imported("running", 0))
    node.says(f"GET /v1/imports/{'f' * 32}", invented.imported("running", 10), invented.imported())
    result = celosia("import", str(mapping), "--lang", "en")
    assert result.code == 0
    assert [request.method for request in node.received] == ["POST", "GET", "GET"]
    rows = dict(
        line.rsplit(maxsplit=1) for line in result.out.splitlines() if line.rstrip().endswith(("20", "11", "3", "4", "2"))
    )
    assert rows == {
        "Read": "20",
        "New": "11",
        "Changed": "3",
        "Unchanged": "4",
        "Protected: nothing of them will leave": "2",
    }


def test_rows_that_changed_what_is_published_are_counted_and_placed_with_what_to_do_next(
    celosia: Program, node: Node, mapping: Path
) -> None:
    changed = tuple(ImportedRow(file="casos.csv", line=line) for line in (7, 12))
    node.says("POST /v1/imports", invented.imported(publish_again=changed))
    text = " ".join(celosia("import", str(mapping), "--lang", "en").text.split())
    for words in (
        "Subjects of published networks whose data changed: 2.",
        "casos.csv:7, casos.csv:12",
        "celosia publish propose",
    ):
        assert words in text
    assert "And more rows" not in text
    many = tuple(ImportedRow(file="casos.csv", line=line) for line in range(2, 70))
    node.says("POST /v1/imports", invented.imported(publish_again=many))
    text = " ".join(celosia("import", str(mapping), "--lang", "en").text.split())
    assert ("casos.csv:51 " in text + " ", "casos.csv:52" in text, "And more rows: 18." in text) == (True, False, True)


def test_an_import_that_changed_nothing_published_says_nothing_of_publishing(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", invented.imported())
    assert "publish" not in celosia("import", str(mapping), "--lang", "en").text


def test_rows_that_were_not_taken_are_listed_and_the_good_ones_went_on(celosia: Program, node: Node, mapping: Path) -> None:
    problems = (
        ImportProblemShown(file="casos.csv", line=53, column="CELULARES", reason="not_normalisable:wrong_length"),
        ImportProblemShown(file="casos.csv", line=86, column="", reason="missing_network"),
    )
    node.says("POST /v1/imports", invented.imported(problems=problems))
    result = celosia("import", str(mapping), "--lang", "en")
    assert result.code == 0
    for word in ("53", "CELULARES", "Compare the value with the source", "86", "The network is missing", "nothing is duplicated"):
        assert word in result.text.replace("\n", " "), word


def test_a_word_that_is_no_code_is_answered_with_the_list_of_codes(celosia: Program, node: Node, mapping: Path) -> None:
    files = [{"path": "redes.csv", "columns": {"network": "RED", "purposes": "FINES"}}, {"path": "casos.csv"}]
    mapping.write_text(json.dumps({"country": "CO", "files": files}))
    problems = tuple(
        ImportProblemShown(file="redes.csv", line=2, column=column, reason="unknown_code") for column in ("FINES", "RED")
    )
    node.says("POST /v1/imports", invented.imported(problems=problems))
    assert celosia("import", str(mapping), COLUMNS="400").text.count("celosia codes purpose") == 1


def test_every_column_of_codes_has_its_list() -> None:
    ours = {*SubjectColumns.model_fields, *NetworkColumns.model_fields, *RouteColumns.model_fields}
    assert importing._LISTS.keys() <= ours
    assert set(importing._LISTS.values()) <= set(code_lists())
    free = {
        "network",
        "subject",
        "case",
        "given_names",
        "surnames",
        "birth_date",
        "first_activity",
        "last_activity",
        "review_date",
    }
    assert ours - importing._LISTS.keys() == free | {"route", "order", "country", "subdivision", "locode"}


def test_a_failed_import_says_that_nothing_was_saved(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", invented.imported("failed"))
    result = celosia("import", str(mapping), "--lang", "en")
    assert result.code == 1
    assert "nothing was saved" in result.text
    assert "Protected" not in result.text


def test_with_json_the_result_comes_as_the_node_gave_it(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", invented.imported("failed"))
    result = celosia("import", str(mapping), "--json")
    assert (result.code, json.loads(result.out)) == (1, invented.imported("failed").model_dump())


def test_a_refused_file_is_explained(celosia: Program, node: Node, mapping: Path) -> None:
    node.says("POST /v1/imports", FilesDiffer(FileReason.FILE_NOT_MAPPED, file="otra.csv"))
    result = celosia("import", str(mapping), "--lang", "en")
    assert result.code == 1
    assert "file otra.csv: The mapping does not name this file." in result.text


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": [{}]}', '{"files": 3}'])
def test_what_is_no_mapping_is_not_sent(celosia: Program, node: Node, mapping: Path, text: str) -> None:
    mapping.write_text(text)
    assert celosia("import", str(mapping)).code == 2
    assert node.received == []


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "folder/casos.csv", ""])
def test_a_mapping_cannot_have_files_of_other_folders_sent(celosia: Program, node: Node, mapping: Path, name: str) -> None:
    (mapping.parent.parent / "secret.txt").write_text("invented")
    mapping.write_text(json.dumps({"files": [{"path": name}]}))
    assert celosia("import", str(mapping)).code == 2
    assert node.received == []


def test_a_missing_file_is_named(celosia: Program, node: Node, mapping: Path) -> None:
    (mapping.parent / "casos.csv").unlink()
    result = celosia("import", str(mapping))
    assert result.code == 2
    assert "casos.csv" in result.text.replace(" ", "")
    assert node.received == []
