from dataclasses import replace

from protocol.identifiers import Kind
from protocol.recognition import Candidate, Clue, Confidence, Found, Span, weigh
from protocol.recognition.candidates import STRENGTH


def test_the_order_of_the_clues_is_their_strength() -> None:
    ordered = sorted(Clue, key=STRENGTH.__getitem__)
    assert (ordered[0], ordered[-1]) == (Clue.ZONE, Clue.CHECK_DIGIT_FAILED)


def test_a_candidate_that_lacks_something_has_no_form_and_no_doubts() -> None:
    candidate = Candidate(Kind.PHONE, Confidence.POSSIBLE, (Clue.SHAPE,), ())
    assert (candidate.canonical, candidate.doubts) == (None, frozenset())


def test_a_value_is_settled_by_a_certain_candidate_alone() -> None:
    (certain,) = weigh("nobody@example.org", None)
    assert Found(Span(0, 18), (certain,)).settled
    assert not Found(Span(0, 18), (replace(certain, confidence=Confidence.LIKELY),)).settled


def test_values_stay_out_of_representations() -> None:
    (certain,) = weigh("nobody@example.org", None)
    assert "nobody" not in repr(certain)
    assert "nobody" not in repr(Found(Span(0, 18), (certain,)))
