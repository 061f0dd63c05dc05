"""Double entry: which entries belong together, when their times contradict each other, and what a missing one means."""

import pytest

from protocol.double_entry import CONTRADICTIONS, Cause, are_sides, dated_apart, missing_here, missing_there
from protocol.journal import PAIRED, Act
from tests.protocol.federation import NOW


def test_an_entry_belongs_to_the_kinds_that_the_other_side_enters_for_its_envelope() -> None:
    assert are_sides(Act.RECORD_SENT, Act.RECORD_QUARANTINED)
    assert are_sides(Act.RECORD_QUARANTINED, Act.RECORD_SENT)
    assert not are_sides(Act.RECORD_SENT, Act.RECORD_SENT)
    assert not are_sides(Act.RECORD_SENT, Act.RECORD_ACKNOWLEDGED)
    assert not are_sides(Act.PUBLISHED, Act.RECORD_RECEIVED)
    assert not are_sides(Act.RECORD_SENT, Act.PUBLISHED)


def test_one_side_of_every_envelope_sends_it() -> None:
    for role in PAIRED.values():
        assert {PAIRED[other].sends for other in role.counterparts} == {not role.sends}


@pytest.mark.parametrize(
    ("seconds", "apart"), [(0, False), (-120, False), (-121, True), (600, False), (720, False), (721, True), (86400, True)]
)
def test_what_is_received_before_it_is_sent_or_after_it_ends_is_dated_apart(seconds: int, apart: bool) -> None:
    assert dated_apart(Act.QUESTION_ASKED, NOW, NOW + seconds, 120) is apart
    assert dated_apart(Act.QUESTION_RECEIVED, NOW + seconds, NOW, 120) is apart


@pytest.mark.parametrize(
    ("kind", "answered", "cause"),
    [
        (Act.QUESTION_RECEIVED, False, Cause.MISSING_THERE),
        (Act.ANSWER_RECEIVED, False, Cause.MISSING_THERE),
        (Act.QUESTION_ASKED, True, Cause.MISSING_THERE),
        (Act.QUESTION_ASKED, False, Cause.UNANSWERED),
        (Act.RECORD_RECEIPTED, False, Cause.UNACKNOWLEDGED),
    ],
)
def test_what_they_signed_or_answered_cannot_be_missing_there(kind: Act, answered: bool, cause: Cause) -> None:
    assert missing_there(kind, answered=answered) is cause


@pytest.mark.parametrize(
    ("kind", "replied", "cause"),
    [
        (Act.QUESTION_RECEIVED, False, Cause.MISSING_HERE),
        (Act.RECORD_ACKNOWLEDGED, False, Cause.MISSING_HERE),
        (Act.QUESTION_ASKED, True, Cause.MISSING_HERE),
        (Act.QUESTION_ASKED, False, Cause.NEVER_ARRIVED),
        (Act.QUESTION_ANSWERED, False, Cause.REPLY_NEVER_ARRIVED),
    ],
)
def test_what_they_have_of_us_or_what_we_answered_cannot_be_missing_here(kind: Act, replied: bool, cause: Cause) -> None:
    assert missing_here(kind, replied=replied) is cause


def test_a_line_that_broke_explains_no_contradiction() -> None:
    lost = {Cause.UNANSWERED, Cause.UNACKNOWLEDGED, Cause.NEVER_ARRIVED, Cause.REPLY_NEVER_ARRIVED, Cause.LOGGED_LATE}
    assert set(Cause) - CONTRADICTIONS == lost
