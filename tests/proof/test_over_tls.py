"""The script's day among three processes, over real TLS: what their lines carry, read with their own keys."""

from pathlib import Path

import pytest

from tests.proof.inprocess import CO
from tests.proof.overtls import over_tls
from tests.proof.play import Play, Registered, number_line
from tests.proof.script import TWO, played
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def test_nobody_who_is_protected_leaves_a_process(tmp_path: Path) -> None:
    with over_tls(tmp_path) as federation:
        play = Play(federation)
        play.ask(CO, [number_line(TWO.number)])  # not protected yet
        wait_until(lambda: play.call(CO, "investigator", "GET", "/v1/questions").json()[0]["done"], "the answers", 120)
        played(play)
        federation.end()
        assert play.finds() == []
        assert play.searched > 100_000
        assert {left.way for left in federation.taps.left(CO, 0)} == {"request", "reply", "log"}
        # and the lines were read: what left before the protection is found, blinded and listed
        play.protected = dict.fromkeys(play.protected, Registered(0, frozenset()))
        assert {"blinded", "tag"} <= {found.form for found in play.finds()}
