"""Three nodes over real TLS: a question, its proof in both logs, and the file that a court's own program takes or refuses."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, delete, select

import deploy.verify_bundle
from node.flows import gather_evidence
from node.officers import Role
from node.outbound.peers import PeerLines
from node.safeguards.door import ClearedGathering
from node.store.database import ExchangeRef
from node.store.tables import ExchangeKey, Intake, KeptDirectory
from protocol.evidence import Evidence
from protocol.evidence_half import EvidenceHalf, half_bytes
from protocol.journal import Act
from protocol.wire import parse, sha256
from tests.federation.cases import hits, phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation
from tests.federation.signing import adopt, by_the_federations_clock, long_lived, sign_entry
from tests.federation.test_witnesses import beat
from tests.node.cli.program import Program, Result

pytestmark = pytest.mark.federation

REASON = "Court order 12/2026 (invented)"


class Case:
    """A question of Colombia's that Peru has answered, and a liaison officer who is to prove it."""

    def __init__(self, federation: Federation, folder: Path) -> None:
        self.federation, self.colombia = federation, federation[CO]
        self.file = folder / "out.asice"
        number = phone()
        publish_phones(federation[PE], number)
        federation.beat()
        for _ in range(2):  # an interval begins with what witnesses have cosigned before it
            self.logs_beat()
        assert [hit["line"] for hit in hits(self.colombia.officer(Role.INVESTIGATOR), number, peers=[PE])] == [2]
        with self.colombia.node.database.read() as work:
            acts = select(Intake).where(Intake.kind == Act.QUESTION_ASKED.value).order_by(col(Intake.id))
            self.x = str(work.session.exec(acts).all()[-1].exchange)
        self.liaison = self.colombia.officer(Role.LIAISON)
        self._program = Program(self.colombia.url)
        self._program.environment["CELOSIA_TOKEN"] = self.liaison.headers["Authorization"].removeprefix("Bearer ")

    def logs_beat(self) -> None:
        self.federation.clock.forward(1)
        for code in (CO, PE, BR):
            beat(self.federation[code])

    def gather(self, *words: str) -> Result:
        """`celosia evidence`, in English; the file of a call before is gone."""
        self.file.unlink(missing_ok=True)
        return self._program("evidence", self.x, str(self.file), "--reason", REASON, "--lang", "en", *words)

    def refused(self, why: str) -> bool:
        told = self.gather()
        return told.code == 1 and not self.file.exists() and why in told.text

    def court(self, root: str) -> tuple[int, str]:
        """What the program says that a court uses, as a process of its own."""
        program = [sys.executable, deploy.verify_bundle.__file__, "--root-sha256", root, "--language", "en", str(self.file)]
        told = subprocess.run(program, capture_output=True, text=True, check=False)
        return told.returncode, told.stdout

    def root(self) -> str:
        """As a third state has it."""
        return sha256(self.federation[BR].node.adopt.adopted.stored.roots[-1])


def test_an_exchange_is_proved_to_a_court(federation: Federation, tmp_path: Path) -> None:
    long_lived(federation)
    case, colombia, peru = Case(federation, tmp_path), federation[CO], federation[PE]

    # 1 nobody else makes one; before the logs and their witnesses have it, there is none
    asked = colombia.officer(Role.AUDITOR).post(f"/v1/exchanges/{case.x}/evidence", json={"reason": REASON})
    assert asked.json()["code"] == "role_missing"
    assert case.refused("not in the log yet")
    colombia.node.log.beat()
    assert case.refused("not witnessed yet")
    beat(colombia)
    assert case.refused("Peru (PE): its log has nothing of that exchange")
    case.logs_beat()

    # 2 a bundle, and what cannot be said: no directory was adopted after the exchange
    told = case.gather("--language", "es,fr", "--json")
    assert told.code == 0, told.text
    assert [json.loads(told.out)[name] for name in ("outcome", "left_out")] == ["gaps", 0]
    assert case.court(case.root())[0] == 3

    # 3 Peru changes its signing key, and with that the directory: the exchange before it is proved all the same
    with by_the_federations_clock(federation) as celosia:
        assert celosia("keys", "next-signing", "--node", str(peru.folder)).code == 0
        sign_entry(federation, celosia, PE, tmp_path / "table")
    federation.clock.forward(1)
    adopt(federation)
    peru.node.rotate.beat()
    assert peru.count(Act.KEY_CHANGED) == 1
    case.logs_beat()
    with colombia.node.database.begin() as work:
        work.session.exec(delete(KeptDirectory))  # as a node that is new to keeping them: Peru has them still
    told = case.gather()
    assert told.code == 0, told.text
    assert "OUTCOME: the bundle holds." in told.text
    assert case.root() in told.text
    code, report = case.court(case.root())
    assert code == 0, report
    assert "was signed by PE, for CO" in report
    assert "OUTCOME: the bundle holds." in report
    whole = case.file.read_bytes()
    for at in (len(whole) // 2, whole.index(b'"signature"') + 20):
        case.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert case.court(case.root())[0] == 1

    # 4 who asked and why is on record, whatever came of it
    exports = [(each["what"], each["reason"]) for each in colombia.payloads(Act.EXPORTED)]
    assert exports == [("evidence", REASON)] * 5


def falsified(change: Callable[[EvidenceHalf], EvidenceHalf]) -> Callable[[PeerLines, ClearedGathering], bytes]:
    """What a peer gives that has changed its half."""
    given = PeerLines.read_half

    def read(lines: PeerLines, cleared: ClearedGathering) -> bytes:
        return half_bytes(change(parse(EvidenceHalf, given(lines, cleared), limit=1 << 22, where="half")))

    return read


def other_date(half: EvidenceHalf) -> EvidenceHalf:
    first, *rest = half.messages
    told: dict[str, Any] = json.loads(first.entry)
    entry = json.dumps(told | {"t": told["t"] - 60}, separators=(",", ":"), sort_keys=True).encode()
    return half.model_copy(update={"messages": (first.model_copy(update={"entry": entry}), *rest)})


def without_the_question(half: EvidenceHalf) -> EvidenceHalf:
    return half.model_copy(update={"messages": half.messages[1:]})


def without_the_answer(half: EvidenceHalf) -> EvidenceHalf:
    return half.model_copy(update={"messages": half.messages[:1]})


def test_what_does_not_hold_is_not_given_out_and_whose_fault_it_is_is_named(federation: Federation, tmp_path: Path) -> None:
    case, colombia, peru = Case(federation, tmp_path), federation[CO], federation[PE]
    case.logs_beat()
    with colombia.node.database.begin() as work:
        work.record(Act.ANSWER_VOID, about=ExchangeRef(case.x, PE, "out"), reason="invented")
    assert case.gather().code == 0
    assert "Opened entry of CO" not in case.court(case.root())[1], "the log has not taken it yet"
    case.logs_beat()
    assert case.gather().code == 0
    assert "[holds] Opened entry of CO: answer_void" in case.court(case.root())[1]
    for change, why in (
        (other_date, "Peru (PE): what it gave is not in its log"),
        (without_the_question, "Peru (PE): its log has no entry of what was asked"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PeerLines, "read_half", falsified(change))
            assert case.refused(why)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PeerLines, "read_half", falsified(without_the_answer))
        assert json.loads(case.gather("--json").out)["left_out"] == 1
        assert len(Evidence.from_bytes(case.file.read_bytes()).envelopes) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather_evidence, "sha256", lambda raw: "0" * 64 if b'"_type":"root"' in raw else sha256(raw))
        assert case.refused("The root of the bundle is not the one that was named")
    with peru.node.database.begin() as work:
        work.session.exec(delete(ExchangeKey))  # as after a restore: backups leave these out
    told = case.gather()
    assert told.code == 0, told.text
    assert "That the entries of PE are not earlier than they say" in told.text
    peru.stop()
    assert case.refused("Peru (PE):")
    peru.start()
    with colombia.node.database.begin() as work:
        work.session.exec(delete(ExchangeKey).where(col(ExchangeKey.x) == case.x))
    assert case.refused("was erased")
    asked = case.liaison.post(f"/v1/exchanges/{'0' * 32}/evidence", json={"reason": REASON})
    assert asked.json()["code"] == "unknown_exchange"
