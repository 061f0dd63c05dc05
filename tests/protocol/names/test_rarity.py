import json
from collections import Counter
from importlib.resources import files
from math import isclose, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import rarity
from protocol.names.rarity import is_common_given_name, is_common_surname, rarity_of_given_name, rarity_of_surname
from protocol.names.sounds import sound

LANGUAGES: dict[str, Any] = json.loads(files("protocol.names").joinpath("common_names.json").read_text("utf-8"))["languages"]


def test_the_first_name_of_a_list_has_the_share_that_the_formula_says() -> None:
    ranks = LANGUAGES["es"]["surnames"]["lists"][0]
    # In no language has another name the sound of Chávez.
    assert [name for name in ranks if sound(name.lower().replace("á", "a").replace("é", "e")) == sound("chavez")] == ["Chávez"]
    part = 1 / (ranks.index("Chávez") + 8) / sum(1 / (rank + 8) for rank in range(len(ranks)))
    assert isclose(rarity_of_surname("chavez"), -log(0.72 * part))


@pytest.mark.parametrize(
    ("common", "rarer"),
    [("garcia", "villarroel"), ("silva", "bittencourt"), ("smith", "edmonds"), ("garcia", "quintasecreta")],
)
def test_a_common_surname_says_less_than_a_rare_one(common: str, rarer: str) -> None:
    assert rarity_of_surname(common) < rarity_of_surname(rarer)


def test_a_name_in_no_list_is_taken_to_be_borne_by_one_in_a_thousand() -> None:
    assert rarity_of_surname("quimbamba") == rarity_of_given_name("quimbamba") == log(1000)


def test_given_names_and_surnames_are_lists_of_their_own() -> None:
    assert rarity_of_given_name("rosangela") != rarity_of_surname("rosangela")
    assert rarity_of_surname("garcia") < rarity_of_given_name("garcia")


def test_names_of_one_sound_add_up_and_are_equally_rare() -> None:
    assert rarity_of_surname("gonzalez") == rarity_of_surname("gonsales")
    both = rarity._by_sound({"share": 1.0, "lists": [["Quispe", "Zapata", "Kispe"]]})
    whole = 1 / 8 + 1 / 9 + 1 / 10
    assert both == pytest.approx({sound("quispe"): (1 / 8 + 1 / 10) / whole, sound("zapata"): 1 / 9 / whole})


def test_what_is_common_in_one_language_is_common_whatever_the_others_say() -> None:
    parts = [rarity._by_sound(lists["surnames"])[sound("martin")] for lists in LANGUAGES.values()]
    assert sorted(parts)[-1] > sorted(parts)[-2] > 0
    assert isclose(rarity_of_surname("martin"), -log(max(parts)))


def test_the_parts_of_a_list_add_up_to_the_share_that_it_stands_for() -> None:
    for lists in LANGUAGES.values():
        for names in lists.values():
            assert isclose(sum(rarity._by_sound(names).values()), names["share"])


def test_no_name_stands_twice_in_a_list() -> None:
    for language, lists in LANGUAGES.items():
        for kind, names in lists.items():
            for ranked in names["lists"]:
                assert [name for name, times in Counter(ranked).items() if times > 1] == [], f"{language} {kind}"


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_any_name_says_something_and_none_more_than_one_that_is_not_listed(word: str) -> None:
    for rarity_of in (rarity_of_given_name, rarity_of_surname):
        assert 2 < rarity_of(word) <= log(1000)


def test_a_name_is_common_if_its_first_word_stands_in_a_list_and_not_only_its_sound() -> None:
    assert is_common_given_name("MARÍA Zyx")
    assert is_common_surname("Pérez")
    assert not is_common_given_name("Zyx María")
    assert sound("rosa") == sound("rraza")
    assert not is_common_given_name("Rraza")
    assert not is_common_surname("Zyx")


def test_what_is_no_name_is_not_common() -> None:
    for text in ("", "…", "a" * 300):
        assert not is_common_given_name(text)
        assert not is_common_surname(text)
