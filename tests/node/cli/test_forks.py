"""`celosia audit forks`, from the command line."""

import json
from pathlib import Path

import pytest

from crypto.note import NoteKey
from node.cli.render import country, moment
from node.inbound.national.audit_models import AgainstUsShown, ForkShown, ForksShown
from node.language import say
from protocol.checkpoint import Fork, check_fork
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program
from tests.protocol.logs import EC, LOG, ORIGIN, PE, signed

FIRST, SECOND = signed(40), signed(40, bytes(32))


def fork(**changes: object) -> ForkShown:
    fields = {
        **{"number": 2, "authority": PE, "log": ORIGIN, "cause": "other_root", "noticed": invented.SINCE, "settled": None},
        **{"first": FIRST.raw.decode(), "second": SECOND.raw.decode(), "key": LOG.to_text()},
    }
    return ForkShown.model_validate(fields | changes)


def against(**changes: object) -> AgainstUsShown:
    fields = {"log": "celosia/CO/log/0f0f0f0f", "size": 40, "witnesses": [PE, EC], "note": FIRST.raw.decode(), "key": None}
    return AgainstUsShown.model_validate(fields | changes)


@pytest.mark.parametrize("language", Language)
def test_forks_and_what_was_shown_against_us_are_told_in_words(celosia: Program, node: Node, language: Language) -> None:
    older = fork(number=1, cause="bad_proof", settled=invented.SINCE)
    node.says("GET /v1/audit/forks", ForksShown(of_peers=[fork(), older], against_us=[against()]))
    result = celosia("audit", "forks", "--lang", language.value, COLUMNS="1000")
    assert result.code == 0
    for key in ("other_root", "bad_proof", "unsettled"):
        assert say(language, f"cli.audit.forks.{key}") in result.out
    witnesses = ", ".join(country(each, language) for each in (PE, EC))
    told: dict[str, str | int] = {"number": 1, "log": "celosia/CO/log/0f0f0f0f", "size": 40, "witnesses": witnesses}
    assert say(language, "cli.audit.forks.against", **told) in result.out
    assert say(language, "cli.audit.forks.no_key", log="celosia/CO/log/0f0f0f0f") in result.out
    assert ORIGIN in result.out and moment(invented.SINCE) in result.out


def test_where_there_is_none_that_is_said(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/audit/forks", ForksShown(of_peers=[], against_us=[]))
    result = celosia("audit", "forks", str(tmp_path / "evidence"), "--lang", "en")
    assert (result.code, list((tmp_path / "evidence").iterdir())) == (0, [])
    assert say(Language.EN, "cli.audit.forks.none") in result.text


def test_with_a_folder_notes_and_keys_are_files_that_prove_it_to_others(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/audit/forks", ForksShown(of_peers=[fork()], against_us=[against(), against(key=LOG.to_text())]))
    result = celosia("audit", "forks", str(tmp_path / "of" / "today"), "--json")
    assert result.code == 0
    assert [each["number"] for each in json.loads(result.out)["of_peers"]] == [2]
    files = {each.name: each.read_bytes() for each in (tmp_path / "of" / "today").iterdir()}
    assert set(files) == {
        *("PE-2-first.checkpoint", "PE-2-second.checkpoint", "PE-2.vkey"),
        *("ours-1.checkpoint", "ours-2.checkpoint", "ours-2.vkey"),
    }
    key = NoteKey.from_text(files["PE-2.vkey"].decode().removesuffix("\n"))
    check_fork(Fork(key, files["PE-2-first.checkpoint"], files["PE-2-second.checkpoint"]))
    assert files["ours-2.checkpoint"] == FIRST.raw


def test_an_answer_that_names_no_authority_writes_no_file(celosia: Program, node: Node, tmp_path: Path) -> None:
    told = ForksShown(of_peers=[fork()], against_us=[]).model_dump(mode="json")
    told["of_peers"][0]["authority"] = "../x"
    node.says("GET /v1/audit/forks", told)
    assert celosia("audit", "forks", str(tmp_path / "evidence")).code == 3
    assert list(tmp_path.iterdir()) == []
