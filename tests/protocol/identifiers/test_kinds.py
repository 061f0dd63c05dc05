import json
from pathlib import Path

from protocol.identifiers import Kind

VOCABULARY = next(
    path
    for path in Path(__file__).parents[3].rglob("protocol/vocabulary/*.json")
    if "identifier_kind" in path.read_text(encoding="utf-8")
)


def test_the_kinds_are_those_that_the_vocabulary_matches_except_names() -> None:
    codes = json.loads(VOCABULARY.read_text(encoding="utf-8"))["lists"]["identifier_kind"]["codes"]
    matched = [entry["code"] for entry in codes if entry.get("matching", True) and entry["code"] != "name_dob"]
    assert [kind.value for kind in Kind] == matched
