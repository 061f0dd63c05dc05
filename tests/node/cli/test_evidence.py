"""`celosia evidence`, from the command line. What the node gathers: `tests/federation/test_evidence.py`."""

import hashlib
import json
from pathlib import Path

import pytest
from fastapi.responses import Response

from deploy.verify_bundle import WORDS, verify
from node.cli import evidence
from node.flows.gather_evidence import BundleFails, NoBundle, PeerHalfMissing
from node.inbound.national.evidence import LEFT_OUT
from node.language import say
from node.outbound.time_stamps import TimeStampUnusable
from protocol.vocabulary import Language
from tests.node.cli.program import Node, Program, Result, says
from tests.protocol.bundles import ROOT_DIGEST, Exchange, X, bundle

REQUEST = f"POST /v1/exchanges/{X}/evidence"
GAPS = Exchange(after=False).evidence().to_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "out.asice"


def gather(celosia: Program, file: Path, *words: str, language: Language = Language.EN) -> Result:
    return celosia("evidence", X, str(file), "--reason", "Court order 12/2026", "--lang", language.value, *words)


@pytest.mark.parametrize("language", Language)
def test_the_file_is_written_and_what_the_courts_program_says_of_it_is_shown(
    celosia: Program, node: Node, file: Path, language: Language
) -> None:
    node.says(REQUEST, Response(bundle(), headers={LEFT_OUT: "0"}))
    told = gather(celosia, file, language=language)
    assert (told.code, file.read_bytes()) == (0, bundle())
    assert says(told, WORDS[language.value]["verdict_holds"])
    assert says(told, say(language, "cli.evidence.root", root=ROOT_DIGEST))
    assert json.loads(node.received[-1].body) == {"reason": "Court order 12/2026", "languages": [language.value]}


def test_what_cannot_be_said_is_said_and_so_is_what_is_not_in_it(celosia: Program, node: Node, file: Path) -> None:
    node.says(REQUEST, Response(GAPS, headers={LEFT_OUT: "1"}))
    told = gather(celosia, file, "--language", "es, fr,es", "--peer", "pe")
    assert told.code == 0
    assert says(told, "[cannot be said] Whether CO went on with directory 3")
    assert says(told, say(Language.EN, "cli.evidence.left_out", count="1"))
    assert says(told, WORDS["en"]["verdict_gaps"])
    assert json.loads(node.received[-1].body) == {"reason": "Court order 12/2026", "languages": ["es", "fr"], "peer": "PE"}
    shown = json.loads(gather(celosia, file, "--json").out)
    assert (shown["outcome"], shown["left_out"], len(shown["unsaid"])) == ("gaps", 1, 2)
    assert (shown["file"], shown["root_sha256"]) == (str(file), ROOT_DIGEST)


@pytest.mark.parametrize("words", [("--language", "de"), ("--peer", "XX"), ("--reason", "x" * 201)])
def test_what_cannot_be_given_is_said(celosia: Program, file: Path, words: tuple[str, ...]) -> None:
    assert gather(celosia, file, *words).code == 2
    assert not file.exists()


@pytest.mark.parametrize("raw", [b"no bundle", bundle()[:-1], bundle().replace(b'"signature":"', b'"signature":"A', 1)])
def test_what_is_no_bundle_or_does_not_hold_is_not_written(celosia: Program, node: Node, file: Path, raw: bytes) -> None:
    node.says(REQUEST, Response(raw, headers={LEFT_OUT: "0"}))
    assert gather(celosia, file).code == 3
    assert not file.exists()


def test_a_bundle_of_the_right_form_that_does_not_hold_is_not_written(celosia: Program, node: Node, file: Path) -> None:
    backdated = Exchange(dated=-7200).evidence().to_bytes()
    node.says(REQUEST, Response(backdated, headers={LEFT_OUT: "0"}))
    assert gather(celosia, file).code == 3
    assert not file.exists()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("refusal", "key"),
    [
        (PeerHalfMissing(peer="PE", reason="not_on_record"), "cli.evidence.peer.not_on_record"),
        (PeerHalfMissing(peer="PE", reason="unreachable"), "peer.reason.unreachable"),
        (NoBundle(reason="leaves_none"), "cli.evidence.leaves_none"),
        (NoBundle(reason="no_adoption"), "problem.no_bundle.next"),
    ],
)
def test_why_there_is_none_is_in_words(
    celosia: Program, node: Node, file: Path, language: Language, refusal: NoBundle, key: str
) -> None:
    node.says(REQUEST, refusal)
    told = gather(celosia, file, language=language)
    assert (told.code, file.exists()) == (1, False)
    assert says(told, say(language, key))


def test_what_a_court_would_refuse_is_told_as_its_program_does(celosia: Program, node: Node, file: Path) -> None:
    node.says(REQUEST, BundleFails(check="too_few_witnesses", have=1, need=2, origin="celosia/PE/log/0f0f0f0f"))
    assert says(gather(celosia, file), "1 of the 2 members")
    node.says(REQUEST, BundleFails(check="of_another_version"))
    assert says(gather(celosia, file), "of_another_version")


def test_time_stamps_are_laid_in_one_for_each_checkpoint(
    celosia: Program, node: Node, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamped: list[tuple[str, bytes]] = []

    def stamp(address: str, content: bytes) -> bytes:
        stamped.append((address, content))
        return bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(content).digest()

    monkeypatch.setattr(evidence, "ask_stamp", stamp)
    node.says(REQUEST, Response(bundle(), headers={LEFT_OUT: "0"}))
    told = gather(celosia, file, "--timestamp", "https://stamps.example")
    assert told.code == 0, told.text
    assert says(told, say(Language.EN, "cli.evidence.stamped"))
    assert [address for address, _ in stamped] == ["https://stamps.example"] * 2, "one log each"
    assert {content.split(b"/")[1] for _, content in stamped} == {b"CO", b"PE"}
    report = verify(file.read_bytes(), ROOT_DIGEST)
    assert (report.exit_code, sum(line.code == "token" for line in report.lines)) == (0, 4)


@pytest.mark.parametrize("language", Language)
def test_without_the_time_stamps_that_were_asked_for_nothing_is_written(
    celosia: Program, node: Node, file: Path, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stamp(*_: object) -> bytes:
        raise TimeStampUnusable("unreachable")

    monkeypatch.setattr(evidence, "ask_stamp", stamp)
    node.says(REQUEST, Response(bundle(), headers={LEFT_OUT: "0"}))
    told = gather(celosia, file, "--timestamp", "https://stamps.example", language=language)
    assert (told.code, file.exists()) == (1, False)
    assert says(told, say(language, "cli.evidence.stamp.unreachable"))
