"""An exchange is erased on both sides over real TLS: the content is gone, the entries stay, and their proofs hold."""

import pytest
from sqlmodel import col, select, update

from node.officers import Role
from node.store.database import HERE, Side
from node.store.openings import opening_of
from node.store.tables import Erasure, Exchange, Intake, QuestionLine
from protocol.journal import Act
from tests.federation.cases import ask, phone, progress, publish_phones, settled
from tests.federation.running import CO, PE, Federation, RunningNode

pytestmark = pytest.mark.federation


def content_left(node: RunningNode, x: str) -> list[str]:
    """What of an exchange can still be opened."""
    with node.node.database.read() as work:
        row = work.session.exec(select(Exchange).where(Exchange.x == x)).one()
        left = ["key"] if work.can_open(x, Side(row.peer, row.direction)) else []
        left += ["request"] if row.request_sealed is not None else []
        acts = work.session.exec(select(Intake).where(Intake.exchange == x)).all()
        return left + [act.kind for act in acts if opening_of(work, act) is not None]


def test_both_sides_erase_and_both_logs_hold(own_federation: Federation) -> None:
    number, asker, holder = phone(), own_federation[CO], own_federation[PE]
    publish_phones(holder, number)
    own_federation.beat()
    investigator = asker.officer(Role.INVESTIGATOR)
    question = ask(investigator, number, peers=[PE])
    settled(investigator, question)
    exchanges = [each["x"] for each in progress(investigator, question)[0]["lists"]]
    assert all("request" in content_left(node, x) for node in (asker, holder) for x in exchanges)

    first, second = asker.officer(Role.LIAISON), asker.officer(Role.LIAISON)
    assert first.post("/v1/audit/erasures", json={"subject": question[:8]}).status_code == 200
    decided = second.post(f"/v1/audit/erasures/{question}/decisions", json={"decision": "erase"})
    assert decided.status_code == 200, decided.text
    assert all(content_left(asker, x) == [] for x in exchanges)
    with asker.node.database.read() as work:
        assert not work.can_open(question, HERE)
        assert {line.written_sealed for line in work.session.exec(select(QuestionLine)).all()} == {b""}
    assert investigator.get(f"/v1/questions/{question}").status_code == 200
    assert investigator.get(f"/v1/questions/{question}/hits").json() == []

    asker.node.erase.ask_peers()
    states = {each["x"]: each["outcome"] for each in first.get("/v1/audit/erasures").json() if each["peer"]}
    assert states == dict.fromkeys(exchanges, "pending")
    assert all("request" in content_left(holder, x) for x in exchanges)
    theirs = holder.officer(Role.LIAISON)
    assert {each["x"] for each in theirs.get("/v1/audit/erasures").json()} == set(exchanges)
    for x in exchanges:
        assert theirs.post(f"/v1/audit/erasures/{x}/decisions", json={"decision": "erase"}).status_code == 200
        assert content_left(holder, x) == []

    with asker.node.database.begin() as work:  # a day later
        work.session.exec(update(Erasure).where(col(Erasure.next_try).is_not(None)).values(next_try=work.now()))
    asker.node.erase.ask_peers()
    states = {each["x"]: each["outcome"] for each in first.get("/v1/audit/erasures").json() if each["peer"]}
    assert states == dict.fromkeys(exchanges, "erased")
    assert asker.count(Act.ERASURE_CONFIRMATION_RECEIVED) == holder.count(Act.ERASURE_CONFIRMED) == len(exchanges)

    for node in (asker, holder):
        node.node.log.beat()
        auditor = node.officer(Role.AUDITOR)
        (verdict,) = auditor.get("/v1/audit/verification", timeout=60).json()
        assert (verdict["holds"], verdict["faults"]) == (True, [])
        assert verdict["erased"] >= 2 * len(exchanges)
        (told,) = auditor.get(f"/v1/exchanges/{exchanges[0]}/ledger").json()
        assert [each["code"] for each in told["we_learnt"]] == ["exchange_erased"]
        for act in auditor.get(f"/v1/audit/acts/{exchanges[0]}").json():
            assert (act["erased"], act["payload"], act["salt"]) == (True, None, None)
            assert act["entry"] is not None
