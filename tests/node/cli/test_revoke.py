"""Revoking keys from the command line: two files go to the node, and its words come back."""

import json
from pathlib import Path

import pytest

from node.flows.revoke_keys import RevocationRefused
from node.inbound.national.models import RevocationShown
from node.language import say
from protocol import limits
from protocol.vocabulary import Language
from protocol.wire import to_base64url
from tests.node.cli.program import Node, Program

ROLE, ENTRY = b"a role that two officers signed", b"an entry without the stolen key"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, raw in (("2.co.json", ROLE), ("entry.json", ENTRY)):
        (tmp_path / name).write_bytes(raw)
    return [str(tmp_path / "2.co.json"), str(tmp_path / "entry.json")]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("outcome", ["taken", "known"])
def test_what_became_of_it_is_told_in_words(
    celosia: Program, node: Node, files: list[str], outcome: str, language: Language
) -> None:
    node.says("POST /v1/revocations", RevocationShown.model_validate({"authority": "CO", "version": 2, "outcome": outcome}))
    result = celosia("directory", "revoke", *files, "--lang", language.value)
    assert result.code == 0
    told = " ".join(result.text.split())
    assert say(language, f"ceremony.revoke.{outcome}", version=2, authority="Colombia (CO)").replace("Colombia (CO)", "") in (
        told.replace("Colombia (CO)", "").replace("Colômbia (CO)", "").replace("Colombie (CO)", "")
    )


def test_the_files_go_to_the_node_as_they_are(celosia: Program, node: Node, files: list[str]) -> None:
    shown = RevocationShown(authority="CO", version=2, outcome="taken")
    node.says("POST /v1/revocations", shown)
    assert json.loads(celosia("directory", "revoke", *files, "--json").out) == shown.model_dump()
    assert json.loads(node.received[-1].body) == {"role": to_base64url(ROLE), "entry": to_base64url(ENTRY)}


def test_a_revocation_that_does_not_hold_is_refused_with_the_reason(celosia: Program, node: Node, files: list[str]) -> None:
    node.says("POST /v1/revocations", RevocationRefused("directory_forged"))
    result = celosia("directory", "revoke", *files, "--lang", "en")
    assert result.code == 1
    told = " ".join(result.text.split())
    assert "The revocation does not hold" in told
    assert "Not enough of the appointed holders have signed" in told
    assert "Nothing was revoked" in told


def test_a_file_that_no_directory_would_take_stays_here(celosia: Program, node: Node, files: list[str]) -> None:
    Path(files[0]).write_bytes(bytes(limits.DIRECTORY_ROLE_BYTES + 1))
    assert celosia("directory", "revoke", *files).code == 2
    assert celosia("directory", "revoke", files[1], files[1] + ".missing").code in (1, 2)
    assert node.received == []
