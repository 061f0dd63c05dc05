"""Two nodes compare their logs over real TLS: an honest pair agrees, and an entry that one side takes away is named on both."""

from typing import Any

import pytest
from sqlmodel import col, select

from node.officers import Role
from node.store.counterparts import GRACE
from node.store.tables import Exchange, Intake
from protocol.journal import Act
from protocol.messages import Counterpart, Counterparts, CounterpartsWanted
from tests.federation.cases import ask, phone, progress, publish_phones, settled
from tests.federation.running import CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker

pytestmark = pytest.mark.federation


def log_all(federation: Federation) -> None:
    """Every log takes what waits."""
    for node in federation.nodes.values():
        node.node.log.beat()


def question(federation: Federation) -> str:
    """Colombia asks Peru, which answers. Returns one exchange of it."""
    officer = federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(officer, phone(), peers=[PE])
    settled(officer, question_id)
    exchanges = progress(officer, question_id)[0]["lists"]
    return str(exchanges[0]["x"])


def compared(node: RunningNode, peer: str) -> dict[str, Any]:
    told: dict[str, Any] = node.officer(Role.AUDITOR).post(f"/v1/audit/reconciliations/{peer}").json()
    return told


def test_an_honest_pair_agrees_and_what_one_side_takes_away_is_named_on_both(own_federation: Federation) -> None:
    colombia, peru = own_federation[CO], own_federation[PE]
    publish_phones(peru, phone())
    own_federation.beat()
    question(own_federation)
    log_all(own_federation)
    told, other = compared(colombia, PE), compared(peru, CO)
    assert told["agrees"] and other["agrees"]
    assert told["agreed"] == other["agreed"] >= 4
    assert (told["differences"], told["noted"], told["breaches"], told["under_way"]) == ([], [], [], 0)

    x = question(own_federation)
    with peru.node.database.begin() as work:
        received = select(Intake).where(Intake.x == x, Intake.kind == Act.QUESTION_RECEIVED.value)
        work.session.delete(work.session.exec(received).one())
    log_all(own_federation)
    own_federation.clock.forward(GRACE)
    told, other = compared(colombia, PE), compared(peru, CO)
    assert [(each["cause"], each["x"], each["ours"]["kind"]) for each in told["differences"]] == [
        ("missing_there", x, "question_asked")
    ]
    assert [(each["cause"], each["x"], each["theirs"]["kind"]) for each in other["differences"]] == [
        ("missing_here", x, "question_asked")
    ]
    alerts = colombia.officer(Role.LIAISON).get("/v1/alerts").json()["alerts"]
    assert [(each["kind"], each["peer"]) for each in alerts] == [("logs_differ", PE)]
    assert colombia.payloads(Act.RECONCILED)[-1]["differences"] == 1
    entry = Counterpart(seq=1, kind=Act.QUESTION_ASKED, x=x, t=0, c="0" * 64)
    invented = Counterparts(log=f"celosia/{CO}/log/0f0f0f0f", entries=(entry,), more=False)
    assert Speaker(own_federation, CO).say(PE, invented).code == "malformed"  # no reply that nobody asked for
    (page,) = Speaker(own_federation, CO).say(PE, CounterpartsWanted()).bodies
    assert {each["kind"] for each in page["entries"]} >= {"question_answered", "record_sent"}

    with colombia.node.database.read() as work:
        of_ours = select(Exchange.x).where(Exchange.type == "counterparts_wanted", Exchange.direction == "out")
        asked = work.session.exec(of_ours.order_by(col(Exchange.at))).first()
    (entry_of_it,) = colombia.officer(Role.LIAISON).get(f"/v1/exchanges/{asked}/ledger").json()
    assert {each["code"] for each in entry_of_it["we_learnt"]} == {"entries_come"}
