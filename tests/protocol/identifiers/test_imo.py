from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.IMO, "931946") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IMO, "931946A") == (Reason.WRONG_CHARACTERS, None)


def test_the_ship_s_number_is_known_by_its_english_or_its_romance_letters() -> None:
    assert canonical(Kind.IMO, "IMO 9319466") == canonical(Kind.IMO, "OMI: 9319466") == "9319466"
