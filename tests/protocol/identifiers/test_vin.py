from protocol.identifiers import Doubt, Kind, Reason
from protocol.identifiers.vin import vin_check_character
from tests.protocol.identifiers.reading import canonical, doubts, refusal


def test_a_vin_s_check_character_is_that_of_49_cfr_565() -> None:
    assert vin_check_character("1M8GDM9A_KP042788".replace("_", "0")) == "X"


def test_the_check_character_binds_only_where_it_is_compulsory() -> None:
    assert doubts(Kind.VIN, "1M8GDM9A1KP042788") == {Doubt.CHECK_DIGIT_FAILED}
    assert doubts(Kind.VIN, "9BWZZZ377VT004251") == frozenset()


def test_letters_that_no_vin_has_are_read_as_digits() -> None:
    assert canonical(Kind.VIN, "1M8GDM9AXKPO42788") == "1M8GDM9AXKP042788"
    assert doubts(Kind.VIN, "1M8GDM9AXKPO42788") == {Doubt.LETTERS_CORRECTED}


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.VIN, "1M8GDM9AXKP04278") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.VIN, "Ñ" * 17) == (Reason.WRONG_CHARACTERS, None)


def test_words_in_front_and_the_maker_s_stars_are_no_part_of_it() -> None:
    for written in ("VIN: 1M8GDM9AXKP042788", "chasis 1M8GDM9AXKP042788", "Chassi 1M8GDM9AXKP042788"):
        assert canonical(Kind.VIN, written) == "1M8GDM9AXKP042788"
    assert canonical(Kind.VIN, "*1M8GDM9AXKP042788*") == "1M8GDM9AXKP042788"
