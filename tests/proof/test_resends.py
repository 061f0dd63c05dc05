"""A question that could not be delivered is not sent again as it was once somebody in it is protected; and the peer sees no more
of that than of any question without an answer."""

from pathlib import Path

import httpx2
import pytest
from sqlmodel import col, select

from node.store.tables import BudgetSpending, Exchange
from node.tls.certificates import Credential
from protocol.authority import Authority
from protocol.limits import ENVELOPE_LIFETIME
from protocol.messages import MatchRequest
from tests.proof.beginning import Template
from tests.proof.inprocess import CO, PE, InProcess, Reply
from tests.proof.play import Play, number_line
from tests.proof.script import ONE, TWO

MOMENTS = (30, 300, ENVELOPE_LIFETIME - 10)
"""Seconds after the question: its envelope is still fresh."""
LATE = 2000
"""Seconds after the question: an envelope of then is not, and the longest wait between two tries is over."""
LINES = [number_line(TWO.number), number_line(ONE.number)]


def sent(federation: InProcess) -> list[bytes]:
    """What left Colombia for peers as envelopes, in order."""
    return [left.data for left in federation.taps.left(CO, 0) if b"POST /v1/envelopes" in left.data]


def forward_to(federation: InProcess, began: int, moment: int) -> None:
    federation.forward(began + moment - federation.clock())
    federation.settle()


def test_what_waits_for_a_peer_is_prepared_anew_when_somebody_in_it_is_protected(tmp_path: Path, template: Template) -> None:
    federation = template.begin(tmp_path)
    try:
        play, began = Play(federation), federation.clock()
        federation.away.add(PE)
        play.ask(CO, LINES)
        play.register(CO, TWO, 0)
        tried = sent(federation)
        federation.away.clear()
        for moment in MOMENTS:
            forward_to(federation, began, moment)
            assert sent(federation) == tried
        forward_to(federation, began, LATE)
        (question,) = play.call(CO, "investigator", "GET", "/v1/questions").json()
        assert question["done"]
        assert question["held"] == "2"
        assert len(sent(federation)) > len(tried)
        assert not set(sent(federation)[len(tried) :]) & set(tried)
        assert play.finds() == []
    finally:
        federation.close()


def asked(federation: InProcess) -> tuple[int, int]:
    """(exchanges, elements) that Peru has of Colombia: what was admitted and charged."""
    with federation.nodes[PE].database.read() as work:
        of_colombia = (Exchange.peer == CO, Exchange.direction == "in", Exchange.type == MatchRequest.type)
        exchanges = work.session.exec(select(Exchange.x).where(*of_colombia)).all()
        spent = work.session.exec(select(BudgetSpending.elements).where(col(BudgetSpending.who) == CO)).all()
    return len(exchanges), sum(spent)


@pytest.mark.parametrize("registered", [False, True])
def test_a_peer_that_keeps_its_answer_back_is_asked_anew_no_sooner_if_somebody_was_protected(
    tmp_path: Path, template: Template, monkeypatch: pytest.MonkeyPatch, *, registered: bool
) -> None:
    federation = template.begin(tmp_path)
    called = federation.called

    def receipt_only(code: Authority, request: httpx2.Request, body: bytes, caller: Credential) -> Reply:
        reply: Reply = called(code, request, body, caller)
        if code == PE and reply.body.count(b"\n") > 1:
            del reply.body[reply.body.index(b"\n") + 1 :]
        return reply

    try:
        play, began = Play(federation), federation.clock()
        monkeypatch.setattr(federation, "called", receipt_only)
        play.ask(CO, LINES)
        exchanges, elements = asked(federation)
        tried = sent(federation)
        if registered:
            play.register(CO, TWO, 0)
        for moment in MOMENTS:
            forward_to(federation, began, moment)
            assert asked(federation) == (exchanges, elements)
        assert (len(sent(federation)) > len(tried)) is not registered
        forward_to(federation, began, LATE)
        assert asked(federation) == (2 * exchanges, 2 * elements)
        assert play.finds() == []
    finally:
        federation.close()
