"""Whatever officers, administrators and the clock do, in any order: nobody protected leaves. `prove.py` has the long form."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.proof import mutations
from tests.proof.beginning import Template
from tests.proof.machine import prove
from tests.proof.ways import never_seen

SEQUENCES = 6


def test_nobody_who_is_protected_leaves(listed: Template) -> None:
    tally = prove(listed, sequences=SEQUENCES, first=1)
    assert tally.sequences >= SEQUENCES
    assert tally.searched > 1_000_000
    # and there was something to leave: as many of each as these sequences have at least
    assert min(tally.questions, tally.held, tally.hits, tally.published, tally.listed, tally.fallen) >= SEQUENCES, tally
    # and something left by every way, every message that is played, an answer to everything that peers may ask for
    assert never_seen(tally.seen) == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(each, marks=pytest.mark.deep)
        for each in (mutations.register_is_not_asked, mutations.removals_remove_nothing, mutations.one_officer_is_enough)
    ],
    ids=lambda each: each.__name__,
)
def test_such_sequences_find_what_a_broken_copy_lets_out(
    listed: Template, broken: Callable[[], AbstractContextManager[object]]
) -> None:
    with broken(), pytest.raises(AssertionError):
        prove(listed, sequences=SEQUENCES, first=1)
