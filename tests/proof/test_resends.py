"""A question that could not be delivered is not sent again as it was once somebody in it is protected."""

from pathlib import Path

from tests.proof.inprocess import CO, PE, InProcess
from tests.proof.machine import Template
from tests.proof.play import Play, number_line
from tests.proof.script import ONE, TWO

A_MOMENT = 30
"""Seconds: the question is due again, and its envelope is still fresh."""


def test_what_waits_for_a_peer_is_prepared_anew_when_somebody_in_it_is_protected(tmp_path: Path, template: Template) -> None:
    federation = InProcess(tmp_path, template.folder, 1, template.began)
    try:
        play = Play(federation)
        federation.away.add(PE)
        play.ask(CO, [number_line(TWO.number), number_line(ONE.number)])
        tried = [left for left in federation.taps.left(CO, 0) if b"POST /v1/envelopes" in left.data]
        play.register(CO, TWO, 0)
        federation.away.clear()
        federation.forward(A_MOMENT)
        federation.settle()
        (question,) = play.call(CO, "investigator", "GET", "/v1/questions").json()
        assert question["done"]
        assert question["held"] == "2"
        assert len([left for left in federation.taps.left(CO, 0) if b"POST /v1/envelopes" in left.data]) > len(tried)
        assert play.finds() == []
    finally:
        federation.close()
