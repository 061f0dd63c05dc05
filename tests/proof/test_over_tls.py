"""Three processes over real TLS: what their lines carry, read with their own keys, after a day by script and after random ones.

`prove.py --over-tls` has the long form.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.proof.inprocess import CO
from tests.proof.machine import prove
from tests.proof.mutations import MUTATIONS, log_tells_what_was_asked, register_is_not_asked, request_has_a_debug_header
from tests.proof.overtls import TlsTemplate
from tests.proof.play import Play, Registered, number_line
from tests.proof.script import TWO, played

Mutation = Callable[[], AbstractContextManager[object]]
pytestmark = [pytest.mark.federation, pytest.mark.timeout(900)]

STEPS = 7
"""Four of them are what each sequence begins with."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> TlsTemplate:
    """Founded once."""
    return TlsTemplate.make(tmp_path_factory.mktemp("tls"))


def test_nobody_who_is_protected_leaves_a_process(tmp_path: Path, template: TlsTemplate) -> None:
    federation = template.begin(tmp_path / "day")
    try:
        play = Play(federation)
        play.ask(CO, [number_line(TWO.number)])  # not protected yet
        played(play)
        federation.end()
        assert play.finds() == []
        assert play.searched > 100_000
        assert {left.way for left in federation.taps.left(CO, 0)} == {"request", "reply", "log"}
        # and the lines were read: what left before the protection is found, blinded and listed
        play.protected = dict.fromkeys(play.protected, Registered(0, frozenset()))
        assert {"blinded", "tag"} <= {found.form for found in play.finds()}
    finally:
        federation.close()


def test_nor_in_any_order_of_what_is_done(template: TlsTemplate) -> None:
    tally = prove(template, sequences=1, first=1, steps=STEPS, least=False)
    assert tally.searched > 100_000
    assert min(tally.questions, tally.hits, tally.published, tally.listed, tally.fallen, tally.turns) > 0, tally


@pytest.mark.deep
@pytest.mark.parametrize("broken", [register_is_not_asked, request_has_a_debug_header, log_tells_what_was_asked])
def test_what_a_broken_process_lets_out_is_found(tmp_path: Path, template: TlsTemplate, broken: Mutation) -> None:
    federation = template.broken(broken.__name__).begin(tmp_path / "day")
    try:
        play = Play(federation)
        played(play)
        federation.end()
        assert MUTATIONS[broken] in {found.form for found in play.finds()}
    finally:
        federation.close()
