"""Names of places in four languages."""

import pytest

from node.cli.places import country_name, subdivision_name
from protocol.authority import MEMBER_STATES
from protocol.vocabulary import Language


@pytest.mark.parametrize(
    ("language", "name"), [("es", "Estados Unidos"), ("en", "United States"), ("pt", "Estados Unidos"), ("fr", "États-Unis")]
)
def test_a_country_is_named_in_the_officers_language(language: str, name: str) -> None:
    assert country_name("US", Language(language)) == name


def test_the_common_name_goes_before_the_formal_one() -> None:
    assert country_name("BO", Language.ES) == "Bolivia"


def test_every_member_state_has_a_name_in_every_language() -> None:
    for language in Language:
        assert all(country_name(code, language) != code for code in MEMBER_STATES)


def test_subdivisions_are_named_and_unknown_codes_shown_as_they_are() -> None:
    assert subdivision_name("CO-NAR", Language.ES) == "Nariño"
    assert subdivision_name("CO-QQQ", Language.ES) == "CO-QQQ"
    assert country_name("XX", Language.FR) == "XX"
