import dataclasses
from importlib import import_module

import pytest

from protocol.identifiers import RULES, Kind, Rule, normalise


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_module_of_its_name_that_ends_with_its_rule(kind: Kind) -> None:
    rule = import_module(f"protocol.identifiers.{kind.value}").RULE
    assert rule.kind is kind
    assert RULES[kind] is rule


@pytest.mark.parametrize("kind", Kind)
def test_the_examples_that_officers_see_come_to_the_forms_that_they_show(kind: Kind) -> None:
    examples = RULES[kind].examples
    assert 2 <= len(examples) <= 4
    for example in examples:
        assert normalise(example.raw(kind))[0].canonical == example.canonical


def test_a_version_names_the_rule_and_the_release_of_its_data() -> None:
    rule = Rule(Kind.IMEI, 3, None, RULES[Kind.IMEI].read, ())
    assert rule.version == "imei-3"
    assert dataclasses.replace(rule, data="9.1").version == "imei-3+9.1"
