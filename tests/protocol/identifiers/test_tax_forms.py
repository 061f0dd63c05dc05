from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol.identifiers import Kind, NotNormalisable, RawIdentifier, normalise
from protocol.identifiers.national_forms import NATIONAL_FORMS
from protocol.identifiers.number_forms import Checking, NumberForm
from protocol.identifiers.tax_forms import COMPANY_FORMS, PERSON_FORMS
from tests.protocol.identifiers.drawing import numbers
from tests.protocol.identifiers.specification import row, table_of

ROWS = [(Kind.TAX_ID_PERSON, country, form) for country, forms in PERSON_FORMS.items() for form in forms]
ROWS += [(Kind.TAX_ID_COMPANY, country, form) for country, forms in COMPANY_FORMS.items() for form in forms]
NAMES = [f"{kind.value}-{country}-{form.name}" for kind, country, form in ROWS]


def test_both_tables_and_that_of_identity_documents_know_the_same_states() -> None:
    # Else a number would be measured with a state's rule for one kind and with none for the other.
    assert PERSON_FORMS.keys() == COMPANY_FORMS.keys() == NATIONAL_FORMS.keys()


@pytest.mark.parametrize(
    ("section", "forms"), [("Tax numbers of persons", PERSON_FORMS), ("Tax numbers of companies", COMPANY_FORMS)]
)
def test_the_specification_s_tables_are_those_in_the_code(section: str, forms: Mapping[str, tuple[NumberForm, ...]]) -> None:
    assert table_of(section) == [row(country, form) for country, each in forms.items() for form in each]


@pytest.mark.parametrize(("kind", "country", "form"), ROWS, ids=NAMES)
def test_each_number_says_who_publishes_its_form(kind: Kind, country: str, form: NumberForm) -> None:
    assert form.name
    assert form.source
    assert ("python-stdnum" in form.source) <= (form.checking is not Checking.SHAPE)


@pytest.mark.parametrize(("kind", "country", "form"), ROWS, ids=NAMES)
# Some seventy forms: a hundred numbers of each are enough in the long run too.
@settings(max_examples=100)
@given(data=st.data())
def test_every_number_of_a_form_is_read_and_its_key_gives_itself(
    kind: Kind, country: str, form: NumberForm, data: st.DataObject
) -> None:
    number = data.draw(numbers(form))
    try:
        found = normalise(RawIdentifier(kind, number, country))
    except NotNormalisable:
        assume(False)
        raise AssertionError from None
    for each in found:
        assert normalise(RawIdentifier(each.kind, each.canonical))[0].canonical == each.canonical
