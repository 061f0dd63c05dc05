"""The audit log over the national API: who may read it, and in what form it comes. What it says: `tests/node/flows/`."""

import csv
import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from node.flows.compare_logs import Comparison, Difference, Entered, Shown
from node.flows.verify_log import Found, LogFault, Verdict
from node.inbound.national import audit
from node.officers import Role
from protocol.checkpoint import parse_checkpoint
from protocol.double_entry import Breach, Cause
from protocol.journal import Act
from protocol.tiles import Tile, parse_bundle
from tests.node.inbound.conftest import PE, Founded

ROUTES = ("acts", f"acts/{'0f' * 16}", "verification", "export", "proofs/0", "tree/tile/0/000?log=x")


@pytest.fixture(scope="module")
def auditor(founded: Founded) -> TestClient:
    made = founded.officer(Role.AUDITOR)
    founded.node.log.beat()
    return made


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDITOR, Role.LIAISON)])
def test_nobody_else_reads_the_log(officer: Callable[..., TestClient], role: Role) -> None:
    other = officer(role)
    for answer in (*(other.get(f"/v1/audit/{route}") for route in ROUTES), other.post("/v1/audit/tree")):
        assert (answer.status_code, answer.json()["facts"]) == (403, {"role": "liaison", "roles": "liaison auditor"})


def test_acts_come_in_pages_and_can_be_narrowed(auditor: TestClient) -> None:
    page = auditor.get("/v1/audit/acts").json()
    assert {"log_opened", "officer_created", "token_created"} <= {act["kind"] for act in page["acts"]}
    assert all("payload" not in act for act in page["acts"])
    narrowed = auditor.get("/v1/audit/acts", params={"kind": "officer_created", "since": "2020-01-01", "until": "2120-01-01"})
    assert {act["kind"] for act in narrowed.json()["acts"]} == {"officer_created"}
    assert auditor.get("/v1/audit/acts", params={"until": "2020-01-01"}).json() == {"acts": [], "before": None}
    assert auditor.get("/v1/audit/acts", params={"peer": "PE", "before": 1}).json()["acts"] == []


@pytest.mark.parametrize(
    "query",
    [{"kind": "gossip"}, {"peer": "XX"}, {"since": "yesterday"}, {"since": "0"}, {"until": "6.57e-264"}, {"before": "-1"}],
)
def test_what_cannot_be_asked_for_is_refused(auditor: TestClient, query: dict[str, str]) -> None:
    assert auditor.get("/v1/audit/acts", params=query).json()["code"] == "request_invalid"


def test_an_act_is_opened_and_one_that_is_not_there_is_unknown(auditor: TestClient) -> None:
    (act,) = auditor.get("/v1/audit/acts/1").json()
    assert json.loads(act["entry"])["c"]
    assert len(bytes.fromhex(act["salt"])) == 32
    assert act["payload"]
    read, *_ = auditor.get("/v1/audit/acts", params={"kind": "personal_data_read"}).json()["acts"]
    assert read["officer"].startswith("officer-")
    (opened,) = auditor.get(f"/v1/audit/acts/{read['x']}").json()
    assert opened["payload"]["acts"] == [act["x"]]
    answer = auditor.get(f"/v1/audit/acts/{'0f' * 16}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_act")


def test_the_verdict_of_each_log_is_told(auditor: TestClient) -> None:
    (verdict,) = auditor.get("/v1/audit/verification").json()
    assert (verdict["holds"], verdict["faults"], verdict["witnessed"]) == (True, [], None)
    assert verdict["size"] >= 16


class _Slow:
    """Verifies when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def verify(self, _officer: object) -> list[Verdict]:
        self.go.wait(30)
        return [Verdict("celosia/CO/log/0f0f0f0f", 1, 1, None, None, faults=[Found(0, LogFault.ACT_GONE)], faults_in_all=1)]


def test_a_verification_that_takes_long_sends_blanks_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_PATIENCE", 0.01)
    slow = _Slow()
    with ThreadPoolExecutor(1) as executor:
        parts = audit._blanks(executor.submit(slow.verify, None))
        assert (next(parts), next(parts)) == (b" ", b" ")
        slow.go.set()
        *_, last = parts
    (verdict,) = json.loads(b" " + last)
    assert (verdict["holds"], verdict["faults"]) == (False, [{"at": 0, "fault": "act_gone"}])


def test_an_export_is_lines_of_json(auditor: TestClient) -> None:
    answer = auditor.get("/v1/audit/export")
    assert answer.headers["content-type"] == "application/jsonl"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["position"] for row in rows[:16]] == list(range(16))
    assert rows[0]["kind"] == rows[0]["entry"]["kind"] == "log_opened"
    assert rows[0]["at"].endswith("Z")


def test_an_export_is_a_table_that_no_spreadsheet_computes(auditor: TestClient) -> None:
    answer = auditor.get("/v1/audit/export", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    heading, first, *_ = csv.reader(io.StringIO(answer.text))
    assert tuple(heading) == audit._COLUMNS
    assert dict(zip(heading, first, strict=True))["kind"] == "log_opened"
    assert audit._cell("=1+1") == "'=1+1"
    assert audit._cell(True) == "true"
    assert auditor.get("/v1/audit/export", params={"format": "xlsx"}).status_code == 422


def test_the_tree_comes_as_the_files_of_tlog_tiles(auditor: TestClient) -> None:
    said = parse_checkpoint(auditor.post("/v1/audit/tree").content).checkpoint
    path = Tile(None, 0, min(said.size, 256)).to_path()
    bundle = auditor.get(f"/v1/audit/tree/{path}", params={"log": said.origin}).content
    assert len(parse_bundle(bundle, Tile.from_path(path))) == min(said.size, 256)
    answer = auditor.get("/v1/audit/tree/tile/7/000", params={"log": said.origin})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_act")
    assert auditor.post("/v1/audit/tree", params={"log": "x"}).status_code == 404
    exported = auditor.get("/v1/audit/acts", params={"kind": Act.EXPORTED.value}).json()["acts"]
    assert exported


def test_what_nobody_has_witnessed_cannot_be_proved_yet(auditor: TestClient) -> None:
    answer = auditor.get("/v1/audit/proofs/0")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_witnessed_yet")
    assert auditor.get("/v1/audit/proofs/9999999").status_code == 404


def test_a_comparison_is_told_with_its_first_differences_and_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_SHOWN", 1)
    entered, breach = Entered("question_asked", 7, "celosia/CO/log/0f0f0f0f", 1), Shown(Breach.GAP, "", 2, "0f" * 16, 7, 8, 1)
    found = tuple(Difference(cause, "0f" * 16, entered, None, 7) for cause in (Cause.MISSING_THERE, Cause.DIFFERS))
    told = audit._compared(Comparison(PE, tried=9, compared=9, differences=found, noted=found[:1], breaches=(breach,)))
    assert (told.peer, told.agrees, told.differences_in_all, told.noted_in_all) == (PE, False, 2, 1)
    assert [each.cause for each in told.differences] == ["missing_there"]
    assert audit._compared(Comparison(PE, tried=9, compared=9)).agrees
    for unread in (Comparison(PE), Comparison(PE, tried=10, compared=9), Comparison(PE, tried=9, compared=9, error="too_slow")):
        assert not audit._compared(unread).agrees


def test_a_peer_that_does_not_answer_is_said_and_who_has_no_log_with_us_is_unknown(auditor: TestClient) -> None:
    told = auditor.post("/v1/audit/reconciliations/PE").json()
    assert (told["agrees"], told["compared"], told["error"]) == (False, None, "unreachable")
    for authority, code in (("CO", "own_authority"), ("EC", "unknown_peer"), ("XX", "request_invalid")):
        assert auditor.post(f"/v1/audit/reconciliations/{authority}").json()["code"] == code
