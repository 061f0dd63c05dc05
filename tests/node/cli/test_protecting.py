"""`celosia protected`: personal data come by prompts or pipes, never by arguments. Nobody in these tests exists."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from node.case_files.errors import HeaderRefused
from node.case_files.protected_people import FILE as REGISTER_FILE
from node.case_files.reasons import FileReason
from node.case_files.register_feed import FeedFault, FeedRefused
from node.inbound.national.register import (
    Entered,
    FeedProblemShown,
    FeedShown,
    RegisterShown,
    RemovalShown,
    TakenFeedShown,
    UnfinishedShown,
)
from node.language import say
from node.safeguards.protected import UnknownEntry
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

TYPED = "R-INVENTED\nLucía\nQuispe\n1990-05-12\nphone=+57 300 555 0147\ncountry=PE\npassport=AB1234567\n\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TYPED))


def fed(state: str, **changes: object) -> FeedShown:
    fields = {"id": "f" * 32, "state": state, "reason": "", "rows_total": 3, "rows_read": 3, "rows_taken": 2, "problems": []}
    return FeedShown.model_validate({**fields, **changes})


def left(reason: str) -> UnfinishedShown:
    return UnfinishedShown(id=uuid4().hex, officer="ana", created=invented.SINCE, rows_total=9, rows_read=3, reason=reason)


@pytest.mark.usefixtures("typed")
def test_one_person_is_read_from_what_is_piped_in(celosia: Program, node: Node) -> None:
    node.says("POST /v1/protected/entries", Entered(fresh=2))
    result = celosia("protected", "add", "--lang", "en")
    assert (result.code, "not there: 2" in result.text) == (0, True)
    sent = json.loads(node.received[-1].body)
    assert (sent["reference"], sent["surnames"], sent["country"]) == ("R-INVENTED", "Quispe", "PE")
    assert sent["identifiers"] == [{"kind": "phone", "value": "+57 300 555 0147"}, {"kind": "passport", "value": "AB1234567"}]
    assert "Quispe" not in result.text


@pytest.mark.parametrize("line", ["3005550147", "color=blue", "phone="])
def test_a_line_that_is_no_kind_and_value_is_refused_with_the_kinds(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"R\n\n\n\n{line}\n"))
    result = celosia("protected", "add", "--lang", "en")
    assert (result.code, "vehicle_plate" in result.text, node.received) == (2, True, [])
    assert "3005550147" not in result.text


def test_taking_out_says_that_another_has_to_ask_too_and_then_that_it_is_done(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.says("POST /v1/protected/removals", RemovalShown(state="proposed"), RemovalShown(state="removed"), UnknownEntry())
    texts = []
    for _ in range(3):
        monkeypatch.setattr("sys.stdin", io.StringIO("R-INVENTED\n"))
        texts.append(celosia("protected", "remove", "--lang", "en").text)
    assert texts[0] == say(Language.EN, "cli.protected.proposed")
    assert texts[1] == say(Language.EN, "cli.protected.removed")
    assert "unknown_entry" in texts[2]


@pytest.mark.parametrize("language", Language)
def test_where_it_stands_says_what_has_to_be_done(celosia: Program, node: Node, language: Language) -> None:
    shown = RegisterShown(
        entries={"bulk": 100_000, "officer": 2},
        identifiers=300_000,
        names=99_000,
        behind=["phone"],
        removals=1,
        unfinished=[left(reason) for reason in ("silent", "node_stopped", "store_unavailable", "internal")],
        feed=7,
    )
    node.says("GET /v1/protected", shown)
    text = celosia("protected", "status", "--lang", language.value).text
    for key, facts in (("removals", {"count": 1}), ("unfinished", {"count": 4}), ("last_feed", {"sequence": 7, "next": 8})):
        assert say(language, f"cli.protected.{key}", **facts) in text
    assert "100000" in text
    for word in (
        "ana",
        "3/9",
        say(language, "register.fault.silent")[:20],
        say(language, "cli.protected.stopped_by.internal")[:20],
    ):
        assert word in text


def test_a_file_is_sent_without_its_name_and_its_bad_lines_are_shown(celosia: Program, node: Node, tmp_path: Path) -> None:
    file = tmp_path / "Lucia Quispe.csv"
    file.write_text("reference,phone\nR-1,300\n")
    problem = FeedProblemShown(line=2, column="phone", reason="not_normalisable:wrong_length")
    node.says("POST /v1/protected/imports", fed("running", rows_read=0))
    node.says(f"GET /v1/protected/imports/{'f' * 32}", fed("running", rows_read=1), fed("done", problems=[problem] * 51))
    result = celosia("protected", "import", str(file), "--lang", "en")
    assert result.code == 0
    assert "Rows: 3; taken: 2" in result.text
    assert say(Language.EN, "import.reason.not_normalisable:wrong_length") in result.text
    assert b"Lucia" not in node.received[0].body


def test_a_file_that_is_not_in_utf_8_says_what_was_assumed(celosia: Program, node: Node, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_bytes("referencia;apellidos\nR-1;Ñahuí\n".encode("cp1252"))
    node.says("POST /v1/protected/imports", fed("done"))
    result = celosia("protected", "import", str(file), "--lang", "en")
    assert say(Language.EN, "cli.bench.read_as", encodings="utf-8 (1), windows-1252 (1)") in result.text


def test_a_refused_file_is_called_by_the_name_that_the_liaison_knows(celosia: Program, node: Node, tmp_path: Path) -> None:
    file = tmp_path / "the-register.csv"
    file.write_text("name\n")
    node.says("POST /v1/protected/imports", HeaderRefused(FileReason.UNREADABLE_HEADER, file=REGISTER_FILE, line=1, place=1))
    result = celosia("protected", "import", str(file), "--lang", "en")
    assert (result.code, "the-register.csv" in result.text, REGISTER_FILE in result.text) == (1, True, False)


def test_a_file_that_stopped_says_to_send_it_again(celosia: Program, node: Node, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text("reference,phone\n")
    node.says("POST /v1/protected/imports", fed("stopped", rows_read=1, reason="silent"))
    result = celosia("protected", "import", str(file), "--lang", "en")
    assert (result.code, "row 1 of 3" in result.text) == (1, True)
    assert say(Language.EN, "register.fault.silent") in result.text


def test_who_stops_waiting_is_told_that_the_node_goes_on(
    celosia: Program, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "register.csv"
    file.write_text("reference,phone\n")
    node.says("POST /v1/protected/imports", fed("running", rows_read=1))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("node.cli.protecting.time", SimpleNamespace(sleep=interrupted))
    result = celosia("protected", "import", str(file), "--lang", "en")
    assert (result.code, "The node goes on reading the file" in result.text) == (130, True)


def test_a_file_that_nobody_waits_for_any_more_is_given_up(celosia: Program, node: Node) -> None:
    node.says(f"DELETE /v1/protected/imports/{'f' * 32}", fed("given_up", rows_read=1))
    result = celosia("protected", "give-up", "f" * 32, "--lang", "en")
    assert (result.code, "1 of 3" in result.text) == (0, True)


def test_a_feed_is_handed_in_and_what_was_not_read_of_it_is_shown(celosia: Program, node: Node, tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(b"{}")
    problem = FeedProblemShown(line=2, column="kind", reason="unknown_kind")
    node.says(
        "POST /v1/protected/feeds",
        TakenFeedShown(sequence=7, taken=3, problems=[problem]),
        FeedRefused(FeedFault.OUT_OF_ORDER, sequence=9, expected=8),
    )
    text = celosia("protected", "feed", str(file), "--lang", "en").text
    assert "Feed 7: people taken: 3." in text
    assert say(Language.EN, "import.reason.unknown_kind") in text
    refused = celosia("protected", "feed", str(file), "--lang", "en")
    assert (refused.code, say(Language.EN, "feed.fault.out_of_order", sequence=9, expected=8) in refused.text) == (1, True)
