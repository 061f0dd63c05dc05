from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import refusal


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.IMO, "931946") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IMO, "931946A") == (Reason.WRONG_CHARACTERS, None)
