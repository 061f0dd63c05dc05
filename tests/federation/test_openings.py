"""A question between two real nodes, opened afterwards: two officers, two keys, and what the peer can hold it against."""

import json

import httpx2
import pytest
from sqlmodel import select

from crypto.sealing import SealingKey
from deploy.demo.ceremony import audit_holder
from node.cli.opened import judge
from node.inbound.national.opening_models import MaterialShown, OpenableShown
from node.officers import Role
from node.store.archive import find_request
from node.store.tables import Exchange
from protocol import jws
from protocol.envelope import ENVELOPE_TYPE
from protocol.journal import Act
from protocol.opened_question import check_opened
from protocol.sealed_openings import HandedOn, hand_on, read_boxes
from protocol.wire import canonical, sha256
from tests.federation.cases import ask, phone, progress, settled
from tests.federation.running import CO, PE, Federation

pytestmark = pytest.mark.federation


def propose(officer: httpx2.Client, found: OpenableShown, holder: SealingKey) -> str:
    handed = canonical(HandedOn(boxes=hand_on(read_boxes((found.boxes or "").encode()), holder))).decode()
    reasons = {"exchange": found.exchange, "ground": "court", "order": "Auto 17/2026 (invented)", "telling": "told"}
    return str(officer.post("/v1/audit/openings", json=reasons | {"handed": handed}).json()["id"])


def test_two_officers_open_a_question_and_the_peer_has_the_same_request_on_record(own_federation: Federation) -> None:
    numbers, asker, holder = [phone() for _ in range(3)], own_federation[CO], own_federation[PE]
    own_federation.beat()
    officer = asker.officer(Role.INVESTIGATOR)
    question_id = ask(officer, *numbers, peers=[PE])
    settled(officer, question_id)
    asker.node.log.beat()
    exchanges = {each["x"] for each in progress(officer, question_id)[0]["lists"]}
    first, second = asker.officer(Role.LIAISON), asker.officer(Role.LIAISON)
    keys = [audit_holder(own_federation.folder / "ceremony" / CO, number) for number in (1, 2)]
    found = [OpenableShown.model_validate(each) for each in first.get(f"/v1/audit/openings/exchanges/{question_id[:8]}").json()]
    assert {each.exchange for each in found} == exchanges
    opening_id = propose(first, found[0], keys[0])
    assert first.post(f"/v1/audit/openings/{opening_id}/confirmation").json()["code"] == "not_four_eyes"

    material = MaterialShown.model_validate(second.post(f"/v1/audit/openings/{opening_id}/confirmation").json())
    judged = judge(material, keys[1], asker.clock())
    assert (judged.outcome.identifiers, judged.outcome.breaches) == (3, [])
    assert judged.checked is not None and judged.question is not None
    assert {each.canonical for each in judged.checked.positions if each.canonical} == set(numbers)
    outcome = second.post(f"/v1/audit/openings/{opening_id}/outcome", json=judged.outcome.model_dump(mode="json"))
    assert (outcome.json()["breaches"], outcome.json()["checked"] is None) == (0, False)
    kinds = [act["kind"] for act in second.get(f"/v1/audit/acts/{found[0].exchange}").json()]
    assert kinds[-3:] == ["opening_proposed", "opening_made", "opening_checked"]

    # its officers decided that the peer is told: it knows which question was opened, and not what was asked
    asker.node.tell.tell_peers()
    asker.node.tell.tell_peers()
    their_liaison = holder.officer(Role.LIAISON)
    (heard,) = their_liaison.get("/v1/audit/openings").json()["of_peers"]
    assert (heard["exchange"], heard["peer"], heard["found"]) == (found[0].exchange, "CO", "as_committed")
    assert [each["kind"] for each in their_liaison.get("/v1/alerts").json()["alerts"]] == ["question_opened"]
    (ours,) = second.get("/v1/audit/openings").json()["ours"]
    assert ours["peer_said"] == "noted"
    assert (asker.count(Act.OPENING_TOLD), holder.count(Act.OPENING_HEARD)) == (1, 1)
    with holder.node.database.read() as work:
        row = work.session.exec(select(Exchange).where(Exchange.type == "opening_told")).one()
        message = find_request(work, row.x, CO, "in")
    assert message is not None
    told = json.loads(jws.open_form(message.raw, ENVELOPE_TYPE, limit=1 << 20, where="request").payload)["body"]
    assert told == {
        "exchange": found[0].exchange,
        "request": sha256(material.request.encode()),
        "opened": ours["confirmed"],
        "found": "as_committed",
    }

    # what a court or the peer's liaison is handed, by other means, is of the request that the peer has on record
    position = next(each.position for each in judged.checked.positions if each.canonical == numbers[1])
    part = check_opened(judged.question.part([position]))
    (received, *_) = holder.officer(Role.LIAISON).get(f"/v1/audit/acts/{found[0].exchange}").json()
    assert (received["kind"], received["payload"]["envelope"]) == ("question_received", part.digest)
    assert [each.canonical for each in part.positions] == [numbers[1]]
