"""The kinds of identifier from the command line: what an officer reads about each before writing one down."""

import json
import re

import pytest

from node.language import catalogue
from protocol.authority import MEMBER_STATES
from protocol.identifiers import RULES, Kind, RawIdentifier, normalise
from protocol.names import NAME_KEYS_VERSION, NAME_KIND, read_birth_date, read_person
from protocol.vocabulary import Language, entropy_class_of
from tests.node.cli.program import Program


@pytest.fixture
def celosia() -> Program:
    """The program without a node: the rules come with it."""
    return Program("http://127.0.0.1:1")


@pytest.mark.parametrize("language", Language)
def test_every_kind_is_listed_with_its_meaning_and_version(celosia: Program, language: Language) -> None:
    shown = celosia("kinds", "--lang", language.value)
    assert shown.code == 0
    versions = {kind.value: rule.version for kind, rule in RULES.items()} | {NAME_KIND: NAME_KEYS_VERSION}
    for kind, version in versions.items():
        assert re.search(rf"(?m)^{kind} .*{re.escape(version)}", shown.out)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_explained_with_its_protection_and_examples(celosia: Program, kind: Kind, language: Language) -> None:
    shown = celosia("kinds", kind.value, "--lang", language.value)
    texts = catalogue(language)
    assert shown.code == 0
    for key in (f"explained.{kind.value}", f"explained.protection.{entropy_class_of(kind)}"):
        assert texts[key] in shown.text
    for example in RULES[kind].examples:
        assert example.canonical in shown.out


@pytest.mark.parametrize("language", Language)
def test_people_are_explained_like_any_kind(celosia: Program, language: Language) -> None:
    shown = celosia("kinds", NAME_KIND, "--lang", language.value)
    texts = catalogue(language)
    assert shown.code == 0
    for words in ("explained.name_dob", f"explained.protection.{entropy_class_of(NAME_KIND)}"):
        assert texts[words] in shown.text
    assert "Rosa Elvira · Quispe Huamán · 1990-05-31 → rosa elvira/quispe huaman/1990-05-31" in shown.out


def test_no_explanation_is_left_over_and_none_is_long() -> None:
    for language in Language:
        texts = {key: text for key, text in catalogue(language).items() if key.startswith("explained.")}
        kinds = {*(kind.value for kind in Kind), NAME_KIND}
        classes = {f"explained.protection.{entropy_class_of(kind)}" for kind in kinds}
        assert texts.keys() == {f"explained.{kind}" for kind in kinds} | classes
        assert max(map(len, texts.values())) < 600


@pytest.mark.parametrize("kind", [Kind.NATIONAL_ID, Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY])
def test_the_officer_is_told_state_by_state_how_far_a_number_is_checked(celosia: Program, kind: Kind) -> None:
    shown = celosia("kinds", kind.value, "--lang", "en")
    assert re.search(r"(?m)^BR Brazil .*check digit", shown.out)
    assert re.search(r"(?m)^SR Suriname .*length only", shown.out)
    forms = json.loads(celosia("kinds", kind.value, "--json").out)["forms"]
    assert {form["state"] for form in forms} == set(MEMBER_STATES)


def test_the_forms_of_plates_are_shown(celosia: Program) -> None:
    assert re.search(r"(?m)^AR Argentina .*\[A-Z\]\{2\}", celosia("kinds", "vehicle_plate", "--lang", "en").out)
    assert {"state": "BO", "series": "from 1997", "form": r"\d{3,4}[A-Z]{3}"} in json.loads(
        celosia("kinds", "vehicle_plate", "--json").out
    )["forms"]


def test_a_program_reads_all_kinds_at_once_and_can_try_their_examples(celosia: Program) -> None:
    documents = json.loads(celosia("kinds", "--json", "--lang", "fr").out)
    *identifiers, people = documents
    assert [document["kind"] for document in documents] == [*RULES, NAME_KIND]
    for example in people["examples"]:
        assert (
            read_person(example["given_names"], example["surnames"], read_birth_date(example["birth_date"])).written()
            == example["canonical"]
        )
    for document in identifiers:
        for example in document["examples"]:
            canonical = example.pop("canonical")
            assert normalise(RawIdentifier(Kind(document["kind"]), **example))[0].canonical == canonical


def test_what_is_no_kind_is_refused_with_those_that_are(celosia: Program) -> None:
    refused = celosia("kinds", "telephone", "--lang", "en")
    assert refused.code == 2
    assert "phone" in refused.err
    assert "vehicle_plate" in refused.err
