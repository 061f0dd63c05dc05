"""The specification's pages open with an example from the vectors, and name every error that a peer can meet."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from protocol import errors
from protocol.errors import ProtocolError
from protocol.journal import PAIRED, Act
from tests.protocol.federation import targets
from tests.protocol.vectors import FOLDER

PAGES = Path(__file__).parents[2] / "docs" / "spec"
NAMES = ("envelope", "record", "directory", "matching", "log", "witness")
NEVER_SENT = {"protocol", "sender_refused", "unknown_code"}
"""Two bases, and an error that is always told as `malformed` with this reason."""


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text("utf-8")


def vector(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def examples(text: str) -> list[str]:
    """Indented blocks as one line each."""
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    return ["".join(line.strip() for line in block.splitlines()) for block in blocks]


def fits(example: str, whole: str) -> bool:
    """Whether `whole` reads as `example` does, where the example leaves something out."""
    return re.fullmatch(".+?".join(re.escape(part) for part in example.split("…")), whole) is not None


def test_the_envelope_is_the_vectors_request() -> None:
    payload, protected, raw, *_ = examples(page("envelope"))
    request = vector("envelope")["request"]
    assert fits(payload, request["payload"])
    assert json.loads(protected)["kid"] == vector("envelope")["keys"]["CO"]["kid"]
    assert fits(raw, request["raw"])
    assert f"`{request['digest'][:8]}…" in page("envelope")


def test_the_record_is_the_vectors_network() -> None:
    network = vector("record")["records"]["network"]
    assert examples(page("record"))[0] == network["payload"]
    assert network["digest"][:8] in page("record")


def test_the_directorys_files_are_those_of_the_invented_federation() -> None:
    member, working, policy, *_ = examples(page("directory"))
    files = {path: raw.decode() for path, raw in targets().items()}
    assert member == files["members/CO.json"]
    assert policy == files["policy.json"]
    assert fits(working, files["states/CO.json"])


def test_the_question_is_the_vectors_question() -> None:
    matching, index = vector("matching"), json.dumps(vector("index"))
    text = page("matching").split("## Conventions")[0]
    assert f"positions {', '.join(map(str, matching['order'][:4]))} and {matching['order'][4]} of 16" in text
    known = json.dumps(matching) + index
    for word in re.findall(r"[0-9a-f]{6,}", text):
        assert word in known, word


def test_the_logs_example_is_the_vectors_log() -> None:
    log = vector("log")
    entry, text, signatures, proof, rest, *policy = examples(page("log").split("## Conventions")[0])
    plain = {name: log[name].replace("\n", "") for name in ("checkpoint", "proof", "policy")}
    assert entry == log["entries"][2]["entry"]
    assert fits(text + signatures, plain["checkpoint"])
    assert fits(proof + rest, plain["proof"])
    assert policy == [plain["policy"]]


def test_every_kind_of_entry_stands_in_the_page_with_its_counterparts() -> None:
    text = page("log")
    assert {kind for kind in Act if f"`{kind.value}`" not in text} == set()
    told: dict[Act, tuple[str, frozenset[Act]]] = {}
    for row in text.splitlines():
        cells = re.fullmatch(r"\| [^|]+ \| `([a-z_]+)`, `(out|in)` \| (.+), `(?:out|in)` \|", row)
        if cells is not None:
            told[Act(cells[1])] = cells[2], frozenset(map(Act, re.findall(r"`([a-z_]+)`", cells[3])))
    assert {kind for sender, (_, receivers) in told.items() for kind in (sender, *receivers)} == set(PAIRED)
    for sender, (direction, receivers) in told.items():
        assert (PAIRED[sender].direction, PAIRED[sender].counterparts) == (direction, receivers)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_with_an_example_then_conventions_then_bytes_then_checks(name: str) -> None:
    headings = re.findall(r"^## (.+)$", page(name), re.MULTILINE)
    assert headings[:3] == ["Example", "Conventions", "Bytes"]
    assert "Checks" in headings
    assert any(heading.startswith("Deviations") for heading in headings)


def test_every_error_code_stands_in_a_page() -> None:
    told = "".join(map(page, NAMES))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProtocolError)]
    assert {kind.code for kind in kinds if f"`{kind.code}`" not in told} <= NEVER_SENT
