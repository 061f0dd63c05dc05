"""Small numbers against subtraction: what a peer that holds every version can infer. All counts are invented."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from node.keys import Keys
from node.safeguards.small_numbers import (
    OFFSETS,
    WAITS_DAYS,
    Minimised,
    Waiting,
    band_of,
    changes,
    offset_of,
    roles_still_told,
    tellable,
    wait_of,
)
from protocol.limits import SMALL_NUMBER
from protocol.vocabulary import VictimCountBand
from tests.node.conftest import DESCRIPTION

DAY = 86400
BANDS = {
    "lt11": range(11),
    "v11_25": range(11, 26),
    "v26_50": range(26, 51),
    "v51_100": range(51, 101),
    "v101_250": range(101, 251),
}
"""Each band's own numbers, from the vocabulary's words."""

Wait = Callable[[str, str], int]
History = Sequence[tuple[int, dict[str, Any]]]
"""Imports: the day, and the description."""


def described(count: str, **other: Any) -> dict[str, Any]:
    ages = other.pop("ages", None)
    victims = {"count": count} | ({} if ages is None else {"ages": ages})
    return {**json.loads(DESCRIPTION), "victims": victims, **other}


def counted(counts: Sequence[int], days: Sequence[int], offset: int) -> History:
    """A network whose export gives numbers, at days of import."""
    return [(day, described(band_of(count, offset))) for day, count in zip(days, counts, strict=True)]


def days_of(aspect: str, days: int) -> Wait:
    """A wait of so many days for one aspect, and the least for all others."""
    return lambda each, told: (days if each == aspect else WAITS_DAYS.get(each, (60, 90))[0]) * DAY


def no_wait(aspect: str, told: str) -> int:
    """A weakened copy: everything is told at once."""
    return 0


def told_each_day(history: History, wait: Wait, last: int) -> list[dict[str, Any]]:
    """What a record would say on each day: whoever holds every version, however many there are, knows no more than this."""
    held: dict[str, Waiting] = {}
    current, told = history[0][1], []
    coming = list(history[1:])
    for day in range(history[0][0], last):
        while coming and coming[0][0] == day:
            after = coming.pop(0)[1]
            for aspect, waiting in changes(current, after, held, day * DAY, wait).items():
                if waiting is None:
                    held.pop(aspect)
                else:
                    held[aspect] = waiting
            current = after
        told.append(tellable(current, [(each, json.loads(w.told), w.due) for each, w in held.items()], day * DAY)[0])
    return told


LAST = 130
steady = days_of("count", WAITS_DAYS["count"][0])
counts = st.lists(st.integers(0, 60), min_size=1, max_size=5)
days = st.lists(st.integers(1, 60), min_size=5, max_size=5, unique=True).map(lambda each: [0, *sorted(each)])


def shifted(numbers: Sequence[int], by: int) -> list[int]:
    """The history with so many more victims, or fewer, from its beginning."""
    return [max(0, number + by) for number in numbers]


# What bands tell


@pytest.mark.parametrize("offset", range(OFFSETS))
def test_a_band_never_says_more_people_than_there_are_and_never_anything_below_eleven(offset: int) -> None:
    for number in range(400):
        band = band_of(number, offset)
        if number < SMALL_NUMBER:
            assert band == "lt11"
        if band in BANDS:
            assert number - offset in BANDS[band] or band == "lt11"
        assert number >= (BANDS[band].start if band in BANDS else 251)


def test_without_an_offset_every_number_is_in_the_band_of_its_words() -> None:
    assert {number: band_of(number, 0) for numbers in BANDS.values() for number in numbers} == {
        number: band for band, numbers in BANDS.items() for number in numbers
    }
    assert (band_of(250, 0), band_of(251, 0), band_of(999_999, 10)) == ("v101_250", "v251plus", "v251plus")


@example(numbers=[10, 11], at=[0, 1, 2, 3, 4, 5], offset=0)
@example(numbers=[21, 20, 22], at=[0, 1, 2, 3, 4, 5], offset=10)
@given(numbers=counts, at=days, offset=st.integers(0, OFFSETS - 1))
def test_behind_every_sequence_of_bands_stand_eleven_histories_each_as_likely_as_the_others(
    numbers: list[int], at: list[int], offset: int
) -> None:
    """For each of the eleven offsets, one history that has so many more or fewer victims looks the same, version by version."""
    assume(max(numbers) >= SMALL_NUMBER + offset)  # a band from eleven up is told at some time; "fewer than eleven" tells nothing
    at = at[: len(numbers)]
    seen = told_each_day(counted(numbers, at, offset), steady, LAST)
    alike = [shifted(numbers, other - offset) for other in range(OFFSETS)]
    assert len({tuple(each) for each in alike}) == OFFSETS == SMALL_NUMBER
    for other, history in enumerate(alike):
        assert told_each_day(counted(history, at, other), steady, LAST) == seen


def test_plain_bands_would_tell_the_eleventh_person() -> None:
    """The weakened copy: without an offset, no other number of victims looks like ten and then eleven."""
    seen = told_each_day(counted([10, 11], [0, 1], 0), steady, LAST)
    alike = [by for by in range(-10, 11) if told_each_day(counted(shifted([10, 11], by), [0, 1], 0), steady, LAST) == seen]
    assert alike == [0]


def test_the_offset_of_a_network_is_one_for_ever_and_any_of_eleven(keys: Keys) -> None:
    drawn = [offset_of(keys, keys.digest("network", f"invented {number}".encode())) for number in range(400)]
    assert set(drawn) == set(range(OFFSETS))
    assert drawn == [offset_of(keys, keys.digest("network", f"invented {number}".encode())) for number in range(400)]


# When a change is told


@given(day=st.integers(30, 60), waits=st.integers(*(WAITS_DAYS["count"][0], WAITS_DAYS["count"][1] - 1)))
def test_the_day_of_a_change_can_be_any_of_as_many_as_the_waiting_time_has(day: int, waits: int) -> None:
    least, below = WAITS_DAYS["count"]
    seen = told_each_day([(0, described("lt11")), (day, described("v11_25"))], days_of("count", waits), LAST)
    assert [each["victims"]["count"] for each in seen] == ["lt11"] * (day + waits) + ["v11_25"] * (LAST - day - waits)
    for other in range(least, below):
        history = [(0, described("lt11")), (day + waits - other, described("v11_25"))]
        assert told_each_day(history, days_of("count", other), LAST) == seen


def test_without_waiting_a_version_would_name_the_day() -> None:
    """The weakened copy: every other day of import looks otherwise."""
    told = [told_each_day([(0, described("lt11")), (day, described("v11_25"))], no_wait, LAST) for day in range(30, 60)]
    assert all(told.count(each) == 1 for each in told)


FEW = described("lt11")
MANY = described("v26_50", ages=["adult"])


@pytest.mark.parametrize(
    ("before", "between"),
    [
        (MANY, {**MANY, "victims": {"count": "v26_50", "ages": ["adult", "minor"]}}),
        (MANY, {**MANY, "means": ["deception", "not_required_minor"]}),
        (MANY, {**MANY, "offences": ["csam", "tip_sexual"]}),
        (MANY, described("lt11")),
        (MANY, described("v51_100", ages=["adult"])),
        (FEW, {**FEW, "purposes": ["domestic_servitude", "sexual_prostitution"]}),
        (FEW, {**FEW, "last_activity": "2026-09"}),
        (FEW, {**FEW, "first_activity": "2024-12"}),
        (FEW, {**FEW, "offences": ["csam", "tip_sexual"], "purposes": ["child_labour", "sexual_prostitution"]}),
        (FEW, described("unknown")),
    ],
)
def test_what_comes_and_goes_with_one_person_is_never_told(before: dict[str, Any], between: dict[str, Any]) -> None:
    came_and_went: History = [(0, before), (10, between), (30, before)]
    assert told_each_day(came_and_went, steady, LAST) == told_each_day([(0, before)], steady, LAST)
    assert told_each_day(came_and_went, no_wait, LAST) != told_each_day([(0, before)], steady, LAST)  # the weakened copy


def test_a_band_that_is_crossed_comes_in_a_version_of_its_own_before_what_changed_with_it() -> None:
    after = {
        **described("v11_25", ages=["adult", "minor"]),
        **{"means": ["deception", "not_required_minor"], "last_activity": "2026-09"},
        "purposes": ["child_labour", "sexual_prostitution"],
    }
    told = told_each_day([(0, FEW), (1, after)], steady, LAST)
    steps = [now for before, now in pairwise(told) if now != before]
    assert steps[0] == {**FEW, "victims": {"count": "v11_25"}}
    assert steps[-1] == after
    assert [before["victims"] != now["victims"] for before, now in pairwise(told)].count(True) == 2


def test_where_all_that_a_field_says_waits_it_says_the_most_general_of_its_codes() -> None:
    after = {**MANY, "purposes": ["child_labour"], "offences": ["csam"], "means": ["not_required_minor"]}
    told = told_each_day([(0, MANY), (1, after)], steady, LAST)
    assert [told[1][name] for name in ("purposes", "offences", "means")] == [["unknown"], ["tip"], ["not_established"]]
    assert told[-1] == after


def test_a_second_change_before_the_first_was_told_waits_no_longer_and_shows_nothing_of_the_first() -> None:
    twice: History = [(0, FEW), (1, described("v11_25")), (20, described("v26_50"))]
    told = [each["victims"]["count"] for each in told_each_day(twice, steady, LAST)]
    assert told == ["lt11"] * 31 + ["v26_50"] * (LAST - 31)


def test_a_change_long_after_another_waits_anew() -> None:
    twice: History = [(0, FEW), (1, described("v11_25")), (80, described("v26_50"))]
    told = [each["victims"]["count"] for each in told_each_day(twice, steady, LAST)]
    assert (told.count("lt11"), told.count("v11_25"), told[-1]) == (31, 79, "v26_50")


def test_of_many_victims_purposes_and_months_are_told_at_once_since_eleven_people_stand_behind_them() -> None:
    later = {**MANY, "purposes": ["domestic_servitude"], "last_activity": "2026-09"}
    assert changes(MANY, later, {}, 0, no_wait) == {}
    assert told_each_day([(0, MANY), (5, later)], steady, 6)[-1] == later


def test_what_the_network_itself_does_never_waits() -> None:
    later = {**FEW, "sectors": ["mining"], "structure": "individual", "money": ["cash"], "control": ["threats"]}
    assert changes(FEW, later, {}, 0, no_wait) == {}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("v11_25", "lt11", "lt11"),
        ("v51_100", "v26_50", "v26_50"),
        ("v11_25", "unknown", "unknown"),
        ("lt11", "v11_25", "lt11"),
        ("lt11", "unknown", "lt11"),
        ("unknown", "lt11", "unknown"),
    ],
)
def test_of_a_network_that_was_told_to_nobody_a_number_that_falls_does_not_wait(before: str, after: str, told: str) -> None:
    """There is no version to lay it beside, and to say more people than are known would rest on nothing."""
    begun = changes(described(before), described(after), {}, 0, steady, untold=True)
    held = [(name, json.loads(each.told), each.due) for name, each in begun.items() if each is not None]
    assert tellable(described(after), held, 0)[0]["victims"]["count"] == told
    begun = changes(described(before), described(after), {}, 0, steady)
    held = [(name, json.loads(each.told), each.due) for name, each in begun.items() if each is not None]
    assert tellable(described(after), held, 0)[0]["victims"]["count"] == before


def test_a_number_that_falls_below_what_waits_takes_its_place_where_nothing_was_told() -> None:
    held = {"count": Waiting('"v11_25"', 40 * DAY)}
    assert changes(described("v26_50"), described("lt11"), held, DAY, steady, untold=True)["count"] is None
    assert "count" not in changes(
        described("v26_50"), described("v11_25"), {"count": Waiting('"lt11"', 40 * DAY)}, DAY, steady, untold=True
    )
    assert "count" not in changes(described("v26_50"), described("lt11"), held, DAY, steady)  # it goes on waiting


def test_a_role_that_nobody_has_any_more_goes_on_being_told_for_weeks() -> None:
    first = roles_still_told(["recruiter", "transporter"], ["recruiter"], None, 5 * DAY, steady)
    assert first == Waiting('["transporter"]', 65 * DAY)
    second = roles_still_told(["recruiter"], [], first, 10 * DAY, steady)
    assert second == Waiting('["recruiter","transporter"]', 65 * DAY)  # it joins what waits: two steps would tell of two people
    assert roles_still_told(["recruiter"], [], first, 65 * DAY, steady) == Waiting('["recruiter"]', 125 * DAY)
    assert roles_still_told(["recruiter"], ["recruiter", "transporter"], None, 0, steady) is None


def test_below_eleven_no_code_says_that_a_child_was_there_and_the_preview_names_each_field() -> None:
    told, left_out = tellable(
        {**described("lt11", ages=["minor"]), "means": ["not_required_minor"], "control": ["uses_children"]}, [], 0
    )
    assert (told["means"], told["control"], told["victims"]) == (["not_established"], ["other"], {"count": "lt11"})
    assert left_out == [Minimised(name, "small_number") for name in ("control", "means", "victims")]


def test_a_wait_is_of_whole_days_within_its_bounds_and_no_second_try_draws_anew(keys: Keys) -> None:
    for aspect, (least, below) in WAITS_DAYS.items():
        drawn = [wait_of(keys, f"network {number}", aspect, '"lt11"') for number in range(500)]
        assert {each % DAY for each in drawn} == {0}
        assert {each // DAY for each in drawn} == set(range(least, below))
        assert drawn[0] == wait_of(keys, "network 0", aspect, '"lt11"')
    assert WAITS_DAYS["count"][1] <= min(least for name, (least, _) in WAITS_DAYS.items() if name != "count")


def test_every_band_of_the_vocabulary_is_one_that_numbers_give_or_says_that_nobody_knows() -> None:
    assert {band_of(number, 0) for number in range(300)} | {"unknown"} == set(VictimCountBand.all())
