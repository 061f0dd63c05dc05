import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol.authority import MEMBER_STATES
from protocol.identifiers import Doubt, Kind, NotNormalisable, RawIdentifier, normalise
from protocol.identifiers.national_forms import NATIONAL_FORMS, panamanian_groups
from protocol.identifiers.number_forms import Checking, NumberForm
from tests.protocol.identifiers.drawing import numbers
from tests.protocol.identifiers.specification import row, table_of

FORMS = [(country, form) for country, forms in NATIONAL_FORMS.items() for form in forms]


def test_the_specification_s_table_is_the_one_in_the_code() -> None:
    assert table_of("National identity numbers") == [row(country, form) for country, form in FORMS]


def named(country: str, form: NumberForm) -> str:
    return f"{country}-{form.name}"


def test_all_35_states_have_documents() -> None:
    assert NATIONAL_FORMS.keys() == set(MEMBER_STATES)
    assert len(NATIONAL_FORMS) == 35


@pytest.mark.parametrize(("country", "form"), FORMS, ids=[named(*each) for each in FORMS])
def test_each_document_says_who_publishes_its_form(country: str, form: NumberForm) -> None:
    assert form.name
    assert form.source
    assert ("python-stdnum" in form.source) <= (form.checking is not Checking.SHAPE)


def test_no_two_documents_of_a_state_bear_one_mark() -> None:
    for forms in NATIONAL_FORMS.values():
        marks = [form.mark for form in forms if form.mark]
        assert len(marks) == len(set(marks))


@pytest.mark.parametrize(("country", "form"), FORMS, ids=[named(*each) for each in FORMS])
# Some seventy forms: a hundred numbers of each are enough in the long run too.
@settings(max_examples=100)
@given(data=st.data())
def test_every_number_of_a_form_is_read_and_its_key_gives_itself(country: str, form: NumberForm, data: st.DataObject) -> None:
    number = data.draw(numbers(form))
    label = f"{form.labels[0]} " if form.labels else ""
    try:
        found = normalise(RawIdentifier(Kind.NATIONAL_ID, label + number, country))
    except NotNormalisable:
        assume(False)
        raise AssertionError from None
    for each in found:
        again = normalise(RawIdentifier(Kind.NATIONAL_ID, each.canonical))
        assert again[0].canonical == each.canonical


DIGITS_ONLY = (
    "AR",
    "BR",
    "CA",
    "CO",
    "CR",
    "CU",
    "DO",
    "EC",
    "GT",
    "HN",
    "JM",
    "MX",
    "NI",
    "SV",
    "TT",
    "UY",
    "VE",
    "PY",
    "US",
    "CL",
)


@given(country=st.sampled_from(DIGITS_ONLY), one=st.integers(10**6, 10**14), other=st.integers(10**6, 10**14))
def test_two_numbers_never_come_to_one_main_key(country: str, one: int, other: int) -> None:
    # Fillers in front are no part of a number, so two different integers are two numbers.
    assume(one != other)
    keys = []
    for number in (one, other):
        try:
            keys.append(normalise(RawIdentifier(Kind.NATIONAL_ID, str(number), country))[0])
        except NotNormalisable:
            return
    # A CUIL or a RUC holds the number of the identity document and is meant to come to it.
    if keys[0].canonical == keys[1].canonical:
        assert country in ("AR", "EC")
        assert any(Doubt.LENGTH_RULE_ONLY not in key.doubts for key in keys)


def test_panama_s_groups_keep_what_they_cannot_read() -> None:
    assert panamanian_groups(" 08 - 0123-004567 ") == "8-123-4567"
    assert panamanian_groups("PE 12 345") == "PE-12-345"
    assert panamanian_groups("8-A-4567") == "8-A-4567"
    assert panamanian_groups("81234567") == "81234567"
