import pytest

from protocol.identifiers import Doubt, Kind, NotNormalisable, Reason
from protocol.identifiers.number_forms import LENGTH_RULE_ONLY, NEVER, Checking, NumberForm, generic, read_forms

ID = Kind.NATIONAL_ID


def form(shortest: int, longest: int, *labels: str) -> NumberForm:
    return NumberForm("Invented card", "nobody", shortest, longest, labels)


def reason(*forms: NumberForm, text: str) -> Reason:
    with pytest.raises(NotNormalisable) as refused:
        read_forms(ID, forms, text)
    return refused.value.reason_code


def test_zeros_that_a_spreadsheet_has_eaten_come_back_and_those_that_only_some_write_go() -> None:
    assert NumberForm("", "", 3, 5, width=5).read(ID, "123") == ("00123", LENGTH_RULE_ONLY)
    assert NumberForm("", "", 3, 5, drops_zeros=True).read(ID, "00123") == ("123", LENGTH_RULE_ONLY)


@pytest.mark.parametrize(
    "written", ["CI 123", "c.i.: 123", "Cédula CI n° 123", "C I - 123", "cédula de identidad 1.2.3", "nro 123"]
)
def test_labels_and_words_in_front_go_however_they_are_written(written: str) -> None:
    assert form(2, 5, "CI").read(ID, written)[0] == "123"


def test_what_only_is_a_label_stays_where_a_number_may_begin_with_letters() -> None:
    open_form = generic("Invented card", "CI")
    assert open_form.read(ID, "ci: 1234")[0] == "1234"
    assert open_form.read(ID, "ci12")[0] == "CI12"
    # Read again, a key gives itself.
    assert open_form.read(ID, "CI CI1234")[0] == "1234"


def test_a_label_names_the_document_and_without_one_each_that_fits_is_read() -> None:
    forms = (form(3, 3, "A"), NumberForm("", "", 3, 4, ("B",), mark="B"), NumberForm("", "", 3, 3, ("C",), mark="C", bare=NEVER))
    assert read_forms(ID, forms, "A123") == [("123", LENGTH_RULE_ONLY)]
    assert read_forms(ID, forms, "B123") == [("B123", LENGTH_RULE_ONLY)]
    assert read_forms(ID, forms, "C123") == [("C123", LENGTH_RULE_ONLY)]
    both = LENGTH_RULE_ONLY | {Doubt.ANOTHER_READING}
    assert read_forms(ID, forms, "123") == [("123", both), ("B123", both)]
    assert read_forms(ID, forms, "1234") == [("B1234", LENGTH_RULE_ONLY)]


def test_what_fits_nothing_is_refused_for_the_first_document_s_reason() -> None:
    forms = (form(3, 3, "A"), NumberForm("", "", 4, 4, ("B",), needs_dashes=True))
    assert reason(*forms, text="12") is Reason.WRONG_LENGTH
    assert reason(*forms, text="12X") is Reason.WRONG_CHARACTERS
    assert reason(*forms, text="B1234") is Reason.NEEDS_SEPARATORS


def test_how_far_a_number_can_be_checked_is_told() -> None:
    assert form(1, 1).checking is Checking.SHAPE
    assert NumberForm("", "", 1, 1, parts=str).checking is Checking.PARTS
    assert NumberForm("", "", 1, 1, digit=str).checking is Checking.CHECK_DIGIT


def test_a_state_without_a_form_takes_letters_with_at_least_one_digit() -> None:
    assert generic("").read(ID, "ab-1234") == ("AB1234", LENGTH_RULE_ONLY)
    assert reason(generic(""), text="ABCD") is Reason.WRONG_CHARACTERS
