import pytest

from protocol.identifiers import Doubt, Kind, Reason
from protocol.identifiers.aircraft_reg import MARKS
from protocol.identifiers.national_forms import NATIONAL_FORMS
from tests.protocol.identifiers.reading import canonical, doubts, refusal


def test_a_short_mark_and_one_of_other_characters_are_refused() -> None:
    assert refusal(Kind.AIRCRAFT_REG, "N1") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.AIRCRAFT_REG, "12345") == (Reason.WRONG_CHARACTERS, None)


def test_every_state_of_the_oas_has_its_nationality_marks() -> None:
    assert MARKS.keys() == NATIONAL_FORMS.keys()


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("LV-ABC", "LVABC"),
        ("pt abc", "PTABC"),
        ("HK-1234-P", "HK1234P"),
        ("C-FABC", "CFABC"),
        ("YV1234", "YV1234"),
        ("matrícula HP-1234CMP", "HP1234CMP"),
        ("EC-ABC", "ECABC"),
    ],
)
def test_marks_lose_their_dash_and_the_word_in_front(written: str, key: str) -> None:
    assert canonical(Kind.AIRCRAFT_REG, written) == key
    assert doubts(Kind.AIRCRAFT_REG, written) == {Doubt.LENGTH_RULE_ONLY}


def test_the_united_states_give_neither_i_nor_o() -> None:
    assert canonical(Kind.AIRCRAFT_REG, "N1O3AB") == canonical(Kind.AIRCRAFT_REG, "N103AB") == "N103AB"
    assert Doubt.LETTERS_CORRECTED in doubts(Kind.AIRCRAFT_REG, "N1O3AB")
    assert canonical(Kind.AIRCRAFT_REG, "TI-OIO") == "TIOIO"


def test_marks_of_a_state_in_another_form_than_its_own_are_doubted() -> None:
    assert Doubt.NOT_ASSIGNED in doubts(Kind.AIRCRAFT_REG, "HK-ABC")
    assert Doubt.NOT_ASSIGNED in doubts(Kind.AIRCRAFT_REG, "N0123")
