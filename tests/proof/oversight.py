"""What those who oversee do with what was exchanged, so that what leaves on their account is searched like all else.

Logs are compared; a peer reads the proofs of an exchange; evidence of it is gathered, with the peer's half; two officers open a
question for a court and have the peer told; what was exchanged is erased on both sides; and a question is declined. Each with
somebody's data wherever an officer writes anything.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from deploy.demo.ceremony import AUDIT_HOLDERS, audit_holder
from node.app import Node
from node.cli.opened import judge
from node.inbound.national.opening_models import MaterialShown, OpenableShown
from node.store.tables import BudgetSpending, ListEpoch, QuestionExchange, QuestionToPeer
from protocol.authority import Authority
from protocol.sealed_openings import HandedOn, hand_on, read_boxes
from protocol.wire import canonical, sha256
from tests.proof.cast import CAST
from tests.proof.inprocess import CODES, InProcess
from tests.proof.play import Play, number_line

FIRST, SECOND = "liaison-1", "liaison-2"


@dataclass(frozen=True)
class Asked:
    """An exchange of a question that was answered: who asked whom."""

    code: Authority
    peer: Authority
    question: str
    x: str


def oversee(play: Play, federation: InProcess) -> None:
    """All of it, of a question that a peer has answered; of none, if none was."""
    of_each = {code: _answered(federation, code) for code in CODES}
    asked = next((those for those in of_each.values() if those), [])
    if not asked:
        return
    code = asked[0].code
    protected = [who for who in CAST if any((code, each) in play.protected for each in who.canaries())]
    text = next(iter(protected), CAST[0]).plants()[0]
    for _ in range(2):  # an interval begins with what witnesses have cosigned before it
        federation.forward(1)
        federation.keep_logs()
    _compare(play, code)
    _prove(play, federation, asked[0], text)
    _open(play, federation, asked[0], text)
    federation.tell()
    _erase(play, asked)
    federation.tell()
    _spend(federation.nodes[asked[0].peer])
    play.ask(code, [number_line(CAST[0].number)], case=text)


def _answered(federation: InProcess, code: Authority) -> list[Asked]:
    """The exchanges of the first question of a node that a peer answered, those with this peer."""
    answered = (
        select(QuestionToPeer.question_id, QuestionToPeer.peer, QuestionExchange.x)
        .join(QuestionExchange, col(QuestionExchange.question_peer_id) == col(QuestionToPeer.id))
        .where(QuestionToPeer.state == "answered", QuestionExchange.state == "answered")
        .order_by(col(QuestionExchange.asked), col(QuestionExchange.x))
    )
    with federation.nodes[code].database.read() as work:
        found = [Asked(code, Authority(peer), question, x) for question, peer, x in work.session.exec(answered).all()]
    return [each for each in found if (each.question, each.peer) == (found[0].question, found[0].peer)]


def _compare(play: Play, code: Authority) -> None:
    for peer in CODES:
        if peer != code:
            play.call(code, FIRST, "POST", f"/v1/audit/reconciliations/{peer}")


def _prove(play: Play, federation: InProcess, asked: Asked, text: str) -> None:
    play.call(asked.code, FIRST, "POST", f"/v1/exchanges/{asked.x}/evidence", json={"reason": text, "languages": ["es"]})
    snapshot = federation.nodes[asked.code].adopt.adopted.snapshot_hash
    ours = federation.nodes[asked.code].federation.directory.member(asked.code).log.name
    between = f"/v1/log/consistency/{sha256(ours.encode())}/1/2"
    for path in (f"/v1/log/exchanges/{asked.x}", "/v1/log/checkpoint", between, f"/v1/directories/{snapshot}"):
        federation.fetched(asked.code, asked.peer, path)


def _open(play: Play, federation: InProcess, asked: Asked, text: str) -> None:
    first, second = (audit_holder(federation.folder / "ceremony" / asked.code, number) for number in AUDIT_HOLDERS)
    openings = "/v1/audit/openings"
    for each in play.call(asked.code, FIRST, "GET", f"{openings}/exchanges/{asked.x}").json():
        boxes = read_boxes((OpenableShown.model_validate(each).boxes or "").encode())
        handed = canonical(HandedOn(boxes=hand_on(boxes, first))).decode()
        proposal = {"exchange": asked.x, "ground": "court", "order": text, "telling": "told", "handed": handed}
        opening = f"{openings}/{play.call(asked.code, FIRST, 'POST', openings, json=proposal).json()['id']}"
        material = play.call(asked.code, SECOND, "POST", f"{opening}/confirmation").json()
        judged = judge(MaterialShown.model_validate(material), second, federation.clock())
        play.call(asked.code, SECOND, "POST", f"{opening}/outcome", json=judged.outcome.model_dump(mode="json"))


def _erase(play: Play, asked: list[Asked]) -> None:
    """Of one exchange the peer has decided by itself before it is asked; of the others it is asked."""
    _decide(play, asked[0].peer, asked[0].x)
    _decide(play, asked[0].code, asked[0].question)


def _decide(play: Play, code: Authority, subject: str) -> None:
    erasures, decision = "/v1/audit/erasures", {"decision": "erase"}
    proposal: dict[str, Any] = {"subject": subject}
    play.call(code, FIRST, "POST", erasures, json=proposal)
    play.call(code, SECOND, "POST", f"{erasures}/{subject}/decisions", json=decision)


def _spend(node: Node) -> None:
    """As if others had used up what all askers together have of its lists."""
    own = {each.list: each for each in node.federation.directory.member(node.federation.me).working.lists}
    with node.database.begin() as work:
        for period in work.session.exec(select(ListEpoch)).all():
            if period.list_id in own:
                spent = BudgetSpending(side="asker", who="XX", list_id=period.list_id, epoch=period.epoch, day=1, elements=0)
                spent.elements = own[period.list_id].epoch_cap
                work.session.add(spent)
