from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import doubts, refusal


def test_an_imsi_of_no_known_operator_is_shown() -> None:
    assert doubts(Kind.IMSI, "732101234567890") == frozenset()
    assert doubts(Kind.IMSI, "000010123456789") == {Doubt.NOT_ASSIGNED}


def test_a_short_number_and_letters_out_of_place_are_refused() -> None:
    assert refusal(Kind.IMSI, "73210123456789") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IMSI, "A" * 15) == (Reason.WRONG_CHARACTERS, None)
