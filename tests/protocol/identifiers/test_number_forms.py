import pytest

from protocol.identifiers import Doubt, Kind, NotNormalisable, Reason
from protocol.identifiers.number_forms import GENERIC, LENGTH_RULE_ONLY, NumberForm


def test_zeros_that_a_spreadsheet_has_eaten_come_back_and_those_that_only_some_write_go() -> None:
    assert NumberForm(r"\d+", 3, 5, width=5).read(Kind.NATIONAL_ID, "123") == ("00123", LENGTH_RULE_ONLY)
    assert NumberForm(r"\d+", 3, 5, drops_zeros=True).read(Kind.NATIONAL_ID, "00123") == ("123", LENGTH_RULE_ONLY)


def test_a_label_goes_and_what_only_is_a_label_stays() -> None:
    form = NumberForm(r"[A-Z\d]+", 2, 5, label="CI")
    assert form.read(Kind.NATIONAL_ID, "ci: 123")[0] == "123"
    assert form.read(Kind.NATIONAL_ID, "CI")[0] == "CI"


def test_a_state_without_a_form_takes_letters_with_at_least_one_digit() -> None:
    assert GENERIC.read(Kind.NATIONAL_ID, "ab-1234") == ("AB1234", frozenset({Doubt.LENGTH_RULE_ONLY}))
    with pytest.raises(NotNormalisable) as refused:
        GENERIC.read(Kind.NATIONAL_ID, "ABCD")
    assert refused.value.reason_code is Reason.WRONG_CHARACTERS
