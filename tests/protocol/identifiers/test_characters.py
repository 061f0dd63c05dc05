import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind, NotNormalisable, Reason
from protocol.identifiers.characters import LONGEST_VALUE, compact, refuse_masked, require, written


def reason(value: str) -> Reason:
    with pytest.raises(NotNormalisable) as refused:
        written(Kind.EMAIL, value)
    return refused.value.reason_code


def test_wide_letters_typographic_dashes_and_invisible_marks_become_plain() -> None:
    assert written(Kind.PHONE, "\u202a+57\u00a0310\u2013\uff12\uff13\u2060 ") == "+57 310-23"


def test_nothing_too_much_and_what_is_not_text_is_refused() -> None:
    assert reason(" \u200b ") is Reason.EMPTY
    assert reason("a" * (LONGEST_VALUE + 1)) is Reason.TOO_LONG
    assert reason("\ufdfa" * LONGEST_VALUE) is Reason.TOO_LONG
    assert reason("a\x00b") is Reason.WRONG_CHARACTERS


def test_a_code_point_that_no_unicode_has_assigned_yet_is_refused() -> None:
    # A later Unicode may give it a compatibility form, and the same text would then have two keys.
    assert reason("\u0378") is Reason.WRONG_CHARACTERS


@given(st.text(max_size=40))
def test_written_text_is_written_already(text: str) -> None:
    try:
        once = written(Kind.URL, text)
    except NotNormalisable:
        return
    assert written(Kind.URL, once) == once


def test_separators_go_and_letters_rise() -> None:
    assert compact("ab-12.3/4 ,_'·:c") == "AB1234C"


@pytest.mark.parametrize(
    ("number", "why"),
    [("", Reason.EMPTY), ("1", Reason.WRONG_LENGTH), ("12345", Reason.WRONG_LENGTH), ("12a", Reason.WRONG_CHARACTERS)],
)
def test_a_number_of_the_wrong_form_is_told_apart(number: str, why: Reason) -> None:
    with pytest.raises(NotNormalisable) as refused:
        require(Kind.CBU, number, r"\d+", 2, 4)
    assert refused.value.reason_code is why


def test_a_row_of_signs_hides_and_a_row_of_x_only_in_a_number() -> None:
    for hidden in ("12**34", "12••34", "12##", "??"):
        with pytest.raises(NotNormalisable) as refused:
            refuse_masked(Kind.IBAN, hidden)
        assert refused.value.reason_code is Reason.MASKED
    refuse_masked(Kind.IBAN, "XXX1*2")
    with pytest.raises(NotNormalisable):
        refuse_masked(Kind.CBU, "12Xxx34", of_digits=True)


def test_digits_of_another_script_are_not_digits() -> None:
    with pytest.raises(NotNormalisable):
        require(Kind.CBU, "١٢٣", r"\d+", 2, 4)
