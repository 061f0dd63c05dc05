"""What the machine's log tells of acts: none with two sides, and nothing but states, counts and what is missing."""

from node.store.told_acts import TOLD
from protocol.journal import PAIRED


def test_no_act_with_a_counterpart_is_told_and_no_fact_but_a_state_or_what_is_missing() -> None:
    assert not TOLD.keys() & PAIRED.keys()
    assert {fact for facts in TOLD.values() for fact in facts} == {"authority", "without"}
