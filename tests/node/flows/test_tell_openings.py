"""Telling a peer of an opening, and hearing it. Between real nodes: `tests/federation/test_openings.py`."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlmodel import select, update

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.tell_openings import TellOpenings, heard_openings
from node.outbound.errors import PeerUnavailable
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.store.archive import find_replies
from node.store.database import Database
from node.store.tables import Alert, Exchange, Intake, PeerOpening, QuestionOpening
from protocol.authority import Authority
from protocol.journal import Act
from protocol.messages import Body, MatchRequest, OpeningReceipt, OpeningTold
from tests.node.conftest import ALICE, BEATRIZ, Clock, admitted_by_us
from tests.node.store.test_erasing import said
from tests.protocol.federation import BR, NOW, PE

X, DIGEST, OPENING = "6f" * 16, "a" * 64, "0e" * 16


class Telling:
    """The way to a peer: keeps what was asked, and answers as the test says; None: nobody is there."""

    def __init__(self) -> None:
        self.asked: list[tuple[Authority, OpeningTold]] = []
        self.outcome: str | None = None
        self.request = DIGEST

    def ask(self, outgoing: Outgoing[Body], expected: type[Body]) -> Any:
        self.asked.append((outgoing.to, cast("OpeningTold", outgoing.body)))
        if self.outcome is None:
            raise PeerUnavailable("unreachable")
        assert expected is OpeningReceipt
        return SimpleNamespace(body=OpeningReceipt.model_validate({"request": self.request, "outcome": self.outcome}))


@pytest.fixture
def way() -> Telling:
    return Telling()


@pytest.fixture
def telling(database: Database, member: Federation, door: Door, way: Telling) -> TellOpenings:
    return TellOpenings(database, member, door, cast("CallPeer", way))


def opened(database: Database, **changes: Any) -> None:
    """An opening of a question to Peru that is on record, and due to be told."""
    with database.begin() as work:
        said(work, "out", X)
        work.session.exec(update(Exchange).values(digest=DIGEST))
        fields: dict[str, Any] = {
            **{"id": OPENING, "x": X, "peer": PE, "ground": "court", "telling": "told"},
            **{"order_sealed": b"", "handed_sealed": b"", "proposed_by": ALICE, "confirmed_by": BEATRIZ},
            **{"proposed": NOW, "confirmed": NOW, "checked": NOW, "breaches": 0, "next_telling": NOW},
        }
        work.session.add(QuestionOpening.model_validate(fields | changes))


def row(database: Database) -> QuestionOpening:
    with database.read() as work:
        return work.session.exec(select(QuestionOpening)).one()


@pytest.mark.parametrize(("breaches", "found"), [(0, "as_committed"), (2, "breach")])
def test_a_peer_is_told_once_and_what_it_said_is_kept(
    telling: TellOpenings, database: Database, way: Telling, breaches: int, found: str
) -> None:
    opened(database, breaches=breaches)
    way.outcome = "noted"
    telling.tell_peers()
    telling.tell_peers()
    ((to, told),) = way.asked
    assert (to, told.exchange, told.request, told.opened, told.found) == (PE, X, DIGEST, NOW, found)
    assert (row(database).peer_said, row(database).next_telling) == ("noted", None)


@pytest.mark.parametrize("next_telling", [None, NOW + 1])
def test_what_is_not_due_is_not_told(telling: TellOpenings, database: Database, way: Telling, next_telling: int | None) -> None:
    opened(database, next_telling=next_telling)
    telling.tell_peers()
    assert way.asked == []


def test_who_is_away_is_told_an_hour_later(telling: TellOpenings, database: Database, way: Telling, clock: Clock) -> None:
    opened(database)
    telling.tell_peers()
    way.outcome = "unknown"
    telling.tell_peers()
    assert len(way.asked) == 1
    clock.now += 3600
    telling.tell_peers()
    assert (len(way.asked), row(database).peer_said, row(database).peer_said_at) == (2, "unknown", clock.now)


def test_a_receipt_about_another_question_counts_for_nothing(telling: TellOpenings, database: Database, way: Telling) -> None:
    opened(database)
    way.outcome, way.request = "noted", "b" * 64
    telling.tell_peers()
    assert (row(database).peer_said, row(database).next_telling) == (None, NOW + 3600)


def hear(telling: TellOpenings, body: OpeningTold, sender: Authority = PE) -> str:
    """What a peer is answered."""
    with telling.database.begin() as work:
        admitted = admitted_by_us(body, sender)
        telling.receive(work, admitted)
        *_, (type_, _) = find_replies(work, admitted.envelope.x, sender, "in")
        return type_


def told(**changes: Any) -> OpeningTold:
    fields = {"exchange": X, "request": DIGEST, "opened": NOW, "found": "as_committed"}
    return OpeningTold.model_validate(fields | changes)


@pytest.fixture
def asked(database: Database) -> None:
    """A question of Peru that we have on record."""
    with database.begin() as work:
        said(work, "in", X)
        work.session.exec(update(Exchange).values(digest=DIGEST, type=MatchRequest.type))


@pytest.mark.usefixtures("asked")
def test_what_a_peer_tells_is_kept_and_raised_once(telling: TellOpenings, database: Database) -> None:
    for number, found in enumerate(("as_committed", "as_committed", "breach", "breach", "as_committed")):
        assert hear(telling, told(opened=NOW + number, found=found)) == "opening_receipt"
    with database.read() as work:
        assert [(each.opened, each.found) for each in heard_openings(work)] == [(NOW + 2, "breach")], "nothing makes it better"
        (alert,) = work.session.exec(select(Alert)).all()
        assert (alert.kind, alert.peer, alert.count) == ("question_opened", PE, 2)
        heard = work.session.exec(select(Intake).where(Intake.kind == Act.OPENING_HEARD.value)).all()
        assert len(heard) == 5


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("changes", "sender"),
    [({"request": "b" * 64}, PE), ({"exchange": "5f" * 16}, PE), ({}, BR)],
    ids=["another digest", "another exchange", "another's question"],
)
def test_a_question_that_the_sender_did_not_ask_is_unknown_and_raises_nothing(
    telling: TellOpenings, database: Database, changes: dict[str, Any], sender: Authority
) -> None:
    hear(telling, told(**changes), sender)
    with database.read() as work:
        assert work.session.exec(select(PeerOpening)).all() == []
        assert work.session.exec(select(Alert)).all() == []


def test_a_record_is_no_question(telling: TellOpenings, database: Database) -> None:
    with database.begin() as work:
        said(work, "in", X)
        work.session.exec(update(Exchange).values(digest=DIGEST, type="record_delivery"))
    hear(telling, told())
    with database.read() as work:
        assert work.session.exec(select(PeerOpening)).all() == []
