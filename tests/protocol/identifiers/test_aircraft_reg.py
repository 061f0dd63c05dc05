from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import refusal


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.AIRCRAFT_REG, "N1") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.AIRCRAFT_REG, "12345") == (Reason.WRONG_CHARACTERS, None)
