"""The page that another country implements from says what the code does."""

import json
import re
from importlib.metadata import version
from importlib.resources import files

import pytest

from protocol.names import (
    NAME_KEYS_VERSION,
    Agreement,
    NotComparable,
    PersonReason,
    Verdict,
    judge,
    name_keys,
    read_birth_date,
    read_person,
)
from protocol.names.births import _EARLIEST, _LATEST, OLDEST
from protocol.names.people import LONGEST_NAME
from protocol.names.rarity import _FLATTENING, _RAREST
from protocol.names.sounds import sound
from protocol.names.weighing import KEYS_A_PERSON
from tests.protocol.names.specification import _ADDED, _THRESHOLDS, PAGE, TABLES, table, thresholds, weights

TEXT = PAGE.read_text("utf-8")
PLAIN = " ".join(TEXT.split())


def section(heading: str) -> str:
    """What stands under a heading of the page."""
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", section(heading), re.MULTILINE)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_page_are_those_of_the_code(name: str) -> None:
    assert f"\n{table(name)}\n\n" in TEXT


def test_every_number_of_the_evidence_stands_on_the_page() -> None:
    assert set(weights()) - {"_RAREST"} == {*_ADDED, *_THRESHOLDS}
    assert thresholds() == {name.strip("_").lower(): weights()[name] for name in _THRESHOLDS}


def test_reasons_verdicts_and_refusals_stand_on_the_page_and_no_others() -> None:
    assert set(first_cells("Reasons")) == set(Agreement)
    assert set(first_cells("Verdicts")) == set(Verdict)
    assert set(first_cells("Refusals")) == set(PersonReason)


def test_the_reasons_stand_in_the_order_in_which_they_are_told() -> None:
    order = first_cells("Reasons")
    people = [read_person(*names, read_birth_date("1990-01-01")) for names in (("Rosa", "Quispe Luna"), ("Rosa", "Luna"))]
    for person in people:
        for key in name_keys(person):
            told = [order.index(reason) for reason in judge(person, key.facts, 1).agreements]
            assert told == sorted(told)


@pytest.mark.parametrize(
    "said",
    [
        f"release {version('anyascii')}",
        f"More than {LONGEST_NAME} characters in one field",
        f"year from {_EARLIEST} to {_LATEST}",
        f"more than {OLDEST} years ago",
        f"1/(r + {_FLATTENING})",
        "at most ln 1000",
        f"divided by {KEYS_A_PERSON},",
        f'"{NAME_KEYS_VERSION}"',
    ],
)
def test_the_numbers_in_its_sentences_are_those_of_the_code(said: str) -> None:
    assert said in PLAIN


def test_the_rarest_name_is_one_in_a_thousand() -> None:
    assert pytest.approx(6.9078, abs=1e-4) == _RAREST


def test_the_example_is_what_the_code_makes_of_it() -> None:
    asked = read_person("Rosa Elvira", "Quispe Huamán", read_birth_date("1990-05-31"))
    held = read_person("ROSA", "KISPE WAMAN", read_birth_date("1990-05-13"))
    lines = re.findall(r"^       (\d)   (\S+)  +\w", section("Example"), re.MULTILINE)
    keys = name_keys(asked)
    assert lines == [(str(key.type.value), key.canonical) for key in keys]
    written = re.sub(r'"[^"]*"|\s', "", section("Example").partition("first one:\n\n")[2].partition("\n\n5.")[0])
    assert written == keys[0].oprf_input().hex()

    shared = {key.canonical for key in name_keys(held)}
    hits = [key for key in keys if key.canonical in shared]
    assert [key.canonical for key in hits] == ["year/kispe.rosa/1990/05", "year/rosa.uaman/1990/05", "name/kispe.rosa.uaman"]
    judgement = judge(asked, frozenset().union(*(key.facts for key in hits)), 200_000)
    assert judgement.verdict is Verdict.STRONG
    assert judgement.agreements == ("same_given_name", "same_first_surname", "same_second_surname", "other_day")


@pytest.mark.parametrize(
    ("asked", "held", "shared", "heading"),
    [
        (("Rosa", "Quispe"), ("Rosa", "Quispe", "1990-01-01"), set(), "A placeholder date and one surname."),
        (("Rosa", "Quispe"), ("Rosa", "Quispe", "1990-05"), {"year/kispe.rosa/1990/05"}, "An unknown day and one surname."),
        (("Rosa Elvira", "Quispe"), ("Elvira", "Quispe", "1990-05-30"), set(), "The second given name as the first, and a wrong"),
        (("Rosa", "Müller"), ("Rosa", "MUELLER", "1990-05-30"), set(), "Ü as UE."),
        (("Rosa", "Gonçalves"), ("Rosa", "GONCALVES", "1990-05-30"), set(), "Ç as C"),
        (("Wilson", "Xavier"), ("Vilson", "Javier"), set(), "W and V, X and J."),
        (("Rosa", "Null"), ("Rosa", "Null"), {"date/r200/1990-05-31"}, "Who is called like a placeholder."),
        (("Mohammed", "Yamada"), ("محمد", "山田"), set(), "Other scripts."),
        (
            ("Rosa", "Aveiro Brandão Couto"),
            ("Rosa", "Aveiro Couto", "1971-02-03"),
            set(),
            "A surname left out in the middle, and a wrong date.",
        ),
        (("Rosa", "Pérez Ruiz"), ("Rosa", "Gómez"), {"date/r200/1990-05-31"}, "A married name in place of the birth name"),
        (("Pepe", "Luna"), ("José", "Luna", "1990-05-30"), set(), "Nicknames and translations"),
    ],
)
def test_a_known_miss_is_one(asked: tuple[str, str], held: tuple[str, ...], shared: set[str], heading: str) -> None:
    def forms(given_names: str, surnames: str, born: str = "1990-05-31") -> set[str]:
        return {key.canonical for key in name_keys(read_person(given_names, surnames, read_birth_date(born)))}

    assert forms(*asked) & forms(*held) == shared
    assert f"\n- **{heading}" in section("Known misses")


@pytest.mark.parametrize(
    ("one", "other"), [("Müller", "MUELLER"), ("Ürgen", "UERGEN"), ("Gonçalves", "GONCALVES"), ("Özal", "OEZAL")]
)
def test_what_is_said_to_be_missed_with_a_wrong_date_only_is_found_with_the_right_one(one: str, other: str) -> None:
    assert sound(read_person("", one, None).surnames[0]) == sound(read_person("", other, None).surnames[0])


def test_the_measures_have_their_place() -> None:
    assert section("Measured").count("bench-matching -->") == 2


def test_the_lists_of_names_say_that_they_are_of_no_register() -> None:
    lists = json.loads(files("protocol.names").joinpath("common_names.json").read_text("utf-8"))
    assert set(lists) == {"about", "shares", "languages"}
    assert set(lists["languages"]) == {"es", "pt", "en", "fr"}


def test_a_field_longer_than_the_page_says_is_refused() -> None:
    with pytest.raises(NotComparable):
        read_person("a" * (LONGEST_NAME + 1), "", None)
