from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


def test_a_container_s_missing_check_digit_is_supplied() -> None:
    assert canonical(Kind.CONTAINER, "CSQU 305438") == canonical(Kind.CONTAINER, "CSQU 305438 3") == "CSQU3054383"


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.CONTAINER, "CSQU3") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.CONTAINER, "CSQA3054383") == (Reason.WRONG_CHARACTERS, None)
