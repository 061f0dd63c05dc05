from protocol.identifiers.national_forms import NATIONAL_FORMS
from protocol.identifiers.plate_forms import PLATE_FORMS, fits_a_form
from tests.protocol.identifiers.specification import plate_row, table_of


def test_every_state_has_forms_but_those_whose_parts_number_on_their_own() -> None:
    assert PLATE_FORMS.keys() | {"CA", "US"} == NATIONAL_FORMS.keys()


def test_the_specification_s_table_is_the_one_in_the_code() -> None:
    assert table_of("Plates") == [plate_row(country) for country in PLATE_FORMS]


def test_a_plate_has_to_fit_a_form_as_a_whole() -> None:
    assert fits_a_form("CO", "ABC123")
    assert not fits_a_form("CO", "ABC1234")
    assert not fits_a_form("US", "ABC1234")
