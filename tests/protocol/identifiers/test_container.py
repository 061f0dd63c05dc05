from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


def test_a_container_s_missing_check_digit_is_supplied() -> None:
    assert canonical(Kind.CONTAINER, "CSQU 305438") == canonical(Kind.CONTAINER, "CSQU 305438 3") == "CSQU3054383"


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.CONTAINER, "CSQU3") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.CONTAINER, "CSQA3054383") == (Reason.WRONG_CHARACTERS, None)


def test_a_letter_among_digits_and_a_digit_among_letters_are_read_as_what_they_resemble() -> None:
    assert canonical(Kind.CONTAINER, "CSQU3O54383") == "CSQU3054383"
    assert doubts(Kind.CONTAINER, "CSQU3O54383") == {Doubt.LETTERS_CORRECTED}
    assert canonical(Kind.CONTAINER, "C0QU3054383") == "COQU3054383"


def test_size_and_type_behind_the_number_are_no_part_of_it() -> None:
    assert canonical(Kind.CONTAINER, "CSQU 305438 3 / 45G1") == "CSQU3054383"
    assert doubts(Kind.CONTAINER, "CSQU 305438 3 / 45G1") == frozenset()
