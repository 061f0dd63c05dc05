"""Every word of an opening is worded for its officers, in four languages."""

import inspect
import re

import pytest

from node.flows import open_question
from node.flows.opening_terms import Breach, Ground, Kept, OpeningNotPossible, Telling
from node.language import catalogue
from protocol.vocabulary import Language


def family(language: Language, prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in catalogue(language) if key.startswith(prefix)}


@pytest.mark.parametrize("language", Language)
def test_every_code_has_words(language: Language) -> None:
    assert family(language, "opening.ground.") == set(Ground)
    assert family(language, "opening.telling.") == set(Telling)
    assert family(language, "opening.kept.") == set(Kept) - {Kept.KEPT}
    assert family(language, "opening.breach.") == set(Breach)


def test_every_reason_why_it_is_not_possible_has_words() -> None:
    raised = set(re.findall(r'OpeningNotPossible\("([a-z_]+)"\)', inspect.getsource(open_question)))
    assert family(Language.ES, "opening.not_possible.") == raised | (set(Kept) - {Kept.KEPT})
    assert OpeningNotPossible("lapsed").reason == "lapsed"
