"""`celosia audit`, from the command line. What the node says: `tests/node/inbound/national/test_audit.py`."""

import json
from pathlib import Path

import pytest
from fastapi.responses import Response

from node.cli.render import moment
from node.flows.prove_entry import NotWitnessedToday, NotWitnessedYet, PastLogsEnd
from node.flows.read_log import UnknownAct
from node.inbound.national.audit_models import ActShown, ActsShown, FaultShown, LateShown, OpenedShown, ProofShown, VerdictShown
from node.language import say
from protocol.journal import Act
from protocol.tiles import tiles_between
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program
from tests.protocol.logs import ORIGIN, signed

X = "5c" * 16
LOG = "celosia/CO/log/0f0f0f0f"


def act(**changes: object) -> dict[str, object]:
    fields = {
        **{"log": LOG, "position": 41, "at": invented.SINCE, "kind": "question_asked", "x": X, "exchange": X},
        **{"peer": "PE", "direction": "out", "officer": "alice[x]", "erased": False},
    }
    return fields | changes


def opened(**changes: object) -> OpenedShown:
    told = {"entry": '{"v":1}', "salt": "0a" * 32, "payload": {"envelope": "d" * 64}, "withheld": False}
    return OpenedShown.model_validate(act() | told | changes)


def verdict(**changes: object) -> VerdictShown:
    fields = {
        **{"origin": LOG, "size": 48, "opened": invented.SINCE, "closed": None, "halted": None, "checkpoints": 3},
        **{"witnessed_size": 48, "witnessed": invented.SINCE, "noted_size": 0, "noted": None, "end": None},
        **{"erased": 0, "lost": 0, "waiting": 0, "late": [], "late_in_all": 0, "faults": [], "faults_in_all": 0, "holds": True},
    }
    return VerdictShown.model_validate(fields | changes)


@pytest.mark.parametrize("language", Language)
def test_acts_are_shown_by_kind_in_words_with_place_peer_and_officer(celosia: Program, node: Node, language: Language) -> None:
    waits, erased = act(position=None, log=None, kind="published", exchange=None, peer=None, officer=None), act(erased=True)
    shown = [ActShown.model_validate(each) for each in (waits, erased, act())]
    node.says("GET /v1/audit/acts", ActsShown(acts=shown, before=7))
    result = celosia("audit", "log", "--lang", language.value, COLUMNS="200")
    assert result.code == 0
    for part in (say(language, "log.kind.question_asked"), say(language, "cli.audit.waits"), "41", "(PE)", "alice[x]", X):
        assert part in result.text
    assert say(language, "cli.audit.erased_mark", kind=say(language, "log.kind.question_asked")) in result.text
    assert "--before 7" in result.err


def test_a_page_can_be_narrowed(celosia: Program, node: Node) -> None:
    query = "kind=question_asked&peer=PE&since=2026-11-01&until=2026-11-30&before=9"
    node.says(f"GET /v1/audit/acts?{query}", ActsShown(acts=[], before=None))
    words = ("--kind", "question_asked", "--peer", "pe", "--since", "2026-11-01", "--until", "2026-11-30", "--before", "9")
    result = celosia("audit", "log", *words, "--lang", "en")
    assert (result.code, result.text) == (0, say(Language.EN, "cli.audit.none"))


@pytest.mark.parametrize("words", [("log", "--since", "1.11.2026"), ("show", "12x"), ("export", "f", "--format", "xlsx")])
def test_what_cannot_be_asked_for_is_said(celosia: Program, words: tuple[str, ...]) -> None:
    assert celosia("audit", *words).code == 2


def test_an_unknown_kind_is_told_all_that_there_are(celosia: Program) -> None:
    result = celosia("audit", "log", "--kind", "gossip", "--lang", "en")
    assert result.code == 2
    assert all(kind.value in result.text for kind in Act)


@pytest.mark.parametrize("language", Language)
def test_an_act_is_opened_with_all_that_it_commits_to(celosia: Program, node: Node, language: Language) -> None:
    answers = [opened(), opened(position=None, payload=None, erased=True, salt=None), opened(payload=None, withheld=True)]
    node.says(f"GET /v1/audit/acts/{X}", answers)
    result = celosia("audit", "show", X, "--lang", language.value)
    assert result.code == 0
    for part in (
        "d" * 64,
        say(language, "cli.audit.erased"),
        say(language, "cli.audit.withheld"),
        say(language, "cli.audit.salt"),
    ):
        assert part in result.text


def test_an_act_is_named_by_its_place_too(celosia: Program, node: Node) -> None:
    node.says("GET /v1/audit/acts/41", [opened()])
    assert json.loads(celosia("audit", "show", "41", "--json").out)[0]["payload"] == {"envelope": "d" * 64}
    node.says("GET /v1/audit/acts/42", UnknownAct())
    assert celosia("audit", "show", "42").code == 1


@pytest.mark.parametrize("language", Language)
def test_what_holds_and_since_when_is_one_line(celosia: Program, node: Node, language: Language) -> None:
    node.says("GET /v1/audit/verification", Response(b"   " + _json(verdict()), media_type="application/json"))
    result = celosia("audit", "verify", "--lang", language.value, COLUMNS="200")
    assert result.code == 0
    assert len(result.out.splitlines()) == 1
    assert LOG in result.out and "48" in result.out


@pytest.mark.parametrize("language", Language)
def test_what_does_not_hold_is_named_with_its_place(celosia: Program, node: Node, language: Language) -> None:
    faults = [FaultShown(at=17, fault="act_differs"), FaultShown(at=32, fault="checkpoint_differs")]
    late = [LateShown(at=3, kind="published")]
    broken = verdict(
        **{"holds": False, "faults": faults, "faults_in_all": 5, "halted": "fork", "waiting": 2, "erased": 1, "lost": 1},
        **{"late": late, "late_in_all": 1, "witnessed_size": 16},
    )
    node.says("GET /v1/audit/verification", Response(_json(broken, verdict(witnessed=None)), media_type="application/json"))
    result = celosia("audit", "verify", "--lang", language.value, COLUMNS="200")
    assert result.code == 1
    assert say(language, "cli.audit.fault", at=17, fault=say(language, "log.fault.act_differs")) in result.out
    assert say(language, "cli.audit.more_faults", count=3) in result.out
    assert say(language, "cli.audit.never_witnessed") in result.out
    for key in ("waiting", "erased_acts", "lost", "late"):
        assert say(language, f"cli.audit.{key}", count={"waiting": 2}.get(key, 1)) in result.out


@pytest.mark.parametrize("language", Language)
def test_late_entries_are_named_by_place_and_kind_the_first_twenty_of_them(
    celosia: Program, node: Node, language: Language
) -> None:
    late = [LateShown(at=at, kind="published") for at in range(100, 121)]
    node.says("GET /v1/audit/verification", [verdict(late=late, late_in_all=150)])
    result = celosia("audit", "verify", "--lang", language.value, COLUMNS="200")
    assert result.code == 0
    published = say(language, "log.kind.published")
    named = [say(language, "cli.audit.late_entry", at=at, kind=published) for at in range(100, 121)]
    assert [line in result.out.splitlines() for line in named] == [True] * 20 + [False]
    assert say(language, "cli.audit.late", count=150) in result.out
    assert say(language, "cli.audit.more_late", count=130) in result.out


@pytest.mark.parametrize("language", Language)
def test_who_vouches_for_a_log_today_is_told_apart_from_what_the_node_noted(
    celosia: Program, node: Node, language: Language
) -> None:
    def shown(**changes: object) -> str:
        node.says("GET /v1/audit/verification", [verdict(**changes)])
        return celosia("audit", "verify", "--lang", language.value, COLUMNS="1000").out

    noted = {"witnessed": None, "witnessed_size": 0, "noted": invented.SINCE, "noted_size": 32}
    told = shown(**noted)
    assert say(language, "cli.audit.not_witnessed_today") in told
    assert say(language, "cli.audit.noted", size=32, when=moment(invented.SINCE)) in told
    never = f"{say(language, 'cli.audit.never_witnessed')}."
    assert never not in told
    assert never in shown(witnessed=None, witnessed_size=0)
    # what was noted before says nothing that those of today do not
    assert len(shown(noted=invented.SINCE, noted_size=32).splitlines()) == 1
    for end, key in ((48, "closed"), (32, "closed_before"), (64, "closed_beyond")):
        told = shown(**noted, end=end)
        assert say(language, f"cli.audit.{key}", size=end) in told
        assert len(told.splitlines()) == 1


def test_before_the_first_checkpoint_there_is_no_log_to_verify(celosia: Program, node: Node) -> None:
    node.says("GET /v1/audit/verification", [])
    result = celosia("audit", "verify", "--lang", "en")
    assert (result.code, result.text) == (0, say(Language.EN, "cli.audit.no_log"))


def test_an_export_is_there_once_it_is_whole(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/audit/export?format=csv", Response(b"log,position\r\n", media_type="text/csv"))
    assert celosia("audit", "export", str(tmp_path / "log.csv"), "--format", "csv").code == 0
    assert (tmp_path / "log.csv").read_bytes() == b"log,position\r\n"
    node.says("GET /v1/audit/export?format=jsonl", UnknownAct())
    assert celosia("audit", "export", str(tmp_path / "log.jsonl")).code == 1
    assert [each.name for each in tmp_path.iterdir()] == ["log.csv"]
    assert celosia("audit", "export", str(tmp_path / "missing" / "log.jsonl")).code == 1


def test_an_export_that_breaks_off_leaves_no_file(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/audit/export?format=jsonl", Response(b"{", headers={"Content-Length": "9"}))
    assert celosia("audit", "export", str(tmp_path / "log.jsonl")).code == 3
    assert list(tmp_path.iterdir()) == []


def test_tiles_are_written_as_files_and_what_is_there_is_not_fetched_again(celosia: Program, node: Node, tmp_path: Path) -> None:
    paths = [tile.to_path() for tile in tiles_between(0, 70)]
    node.says("POST /v1/audit/tree", Response(signed().raw))
    for path in paths:
        node.says(f"GET /v1/audit/tree/{path}?log={ORIGIN.replace('/', '%2F')}", Response(path.encode()))
    result = celosia("audit", "export-tiles", str(tmp_path), "--lang", "en")
    assert result.code == 0
    assert {path: (tmp_path / path).read_text() for path in paths} == {path: path for path in paths}
    assert (tmp_path / "checkpoint").read_bytes() == signed().raw
    (tmp_path / paths[0]).unlink()
    node.received.clear()
    assert celosia("audit", "export-tiles", str(tmp_path)).code == 0
    assert len(node.received) == 2
    node.says("POST /v1/audit/tree", Response(b"no checkpoint"))
    assert celosia("audit", "export-tiles", str(tmp_path)).code == 3


def test_a_proof_is_three_files(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/audit/proofs/41", ProofShown(proof="proof\n", entry="{}", policy="policy\n", closed=False))
    assert celosia("audit", "prove", "41", str(tmp_path / "exhibit.1")).code == 0
    written = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert written == {"exhibit.1.tlog-proof": "proof\n", "exhibit.1.entry": "{}", "exhibit.1.policy": "policy\n"}
    node.says("GET /v1/audit/proofs/42?log=celosia%2FCO%2Flog%2F0f0f0f0f", NotWitnessedYet())
    result = celosia("audit", "prove", "42", str(tmp_path / "b"), "--log", LOG, "--lang", "en")
    assert result.code == 1
    assert "not witnessed yet" in result.text


@pytest.mark.parametrize("language", Language)
def test_a_proof_that_rests_on_the_directory_alone_says_so(
    celosia: Program, node: Node, tmp_path: Path, language: Language
) -> None:
    for closed in (False, True):
        node.says("GET /v1/audit/proofs/41", ProofShown(proof="proof\n", entry="{}", policy="policy\n", closed=closed))
        result = celosia("audit", "prove", "41", str(tmp_path / "exhibit"), "--lang", language.value, COLUMNS="1000")
        assert (say(language, "cli.audit.proved_closed") in result.text) is closed


@pytest.mark.parametrize(("error", "words"), [(NotWitnessedToday(), "not_witnessed_today"), (PastLogsEnd(), "past_logs_end")])
@pytest.mark.parametrize("language", Language)
def test_why_there_is_no_proof_is_said(
    celosia: Program, node: Node, tmp_path: Path, language: Language, error: Exception, words: str
) -> None:
    node.says("GET /v1/audit/proofs/41", error)
    result = celosia("audit", "prove", "41", str(tmp_path / "exhibit"), "--lang", language.value, COLUMNS="1000")
    assert result.code == 1
    assert say(language, f"problem.{words}.title") in result.text


@pytest.mark.parametrize("language", Language)
def test_every_kind_and_every_fault_is_worded(language: Language) -> None:
    assert len({say(language, f"log.kind.{kind.value}") for kind in Act}) == len(Act)


def _json(*verdicts: VerdictShown) -> bytes:
    return json.dumps([each.model_dump(mode="json") for each in verdicts]).encode()
