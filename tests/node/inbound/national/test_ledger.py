"""Codes of the ledger in words: by the vocabulary, and as they are where it does not know them."""

import pytest

from node.flows.ledger_statements import TELLERS
from node.inbound.national.ledger import _worded
from node.inbound.national.oversight_models import ExchangeTold
from protocol.vocabulary import Language, code_lists


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("name", "list_", "code"),
    [("kind", "record_kind", "network"), ("tlp", "tlp", "amber"), ("purpose", "request_purpose", "prosecute_victim")],
)
def test_a_code_is_worded_by_the_vocabulary(language: Language, name: str, list_: str, code: str) -> None:
    assert _worded(name, code, language) == code_lists()[list_][code][language.value]


def test_a_number_and_a_code_of_another_release_stay_as_they_are() -> None:
    assert _worded("size", 16, Language.EN) == 16
    assert _worded("kind", "of_another_release", Language.EN) == "of_another_release"


def test_several_codes_are_worded_one_by_one() -> None:
    assert str(_worded("handling", "H0 H2", Language.EN)).count("; ") == 1


def test_every_type_of_exchange_can_be_shown() -> None:
    shown = set(ExchangeTold.model_fields["type"].annotation.__args__)  # type: ignore[union-attr]
    assert shown == {type_ for type_, _ in TELLERS}
