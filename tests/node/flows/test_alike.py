"""A removal for protection looks like any other to a judge who holds all that a peer ever gets (mission rule 4).

What is compared is what a peer has of a list: manifests, segments, bitmaps and their times, and the records that come meanwhile.
A withdrawal announces itself by its records, so against it only the list is looked at.
"""

import random
from collections.abc import Callable
from typing import get_args

import pytest

from node.store.tables import IndexList
from tests.node.flows.alike import Cause, Features, Play, chance_of, judged
from tests.node.flows.conftest import LIST, Index

ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
BY_LUCK = 1e-5
"""A judge who guesses is believed once in so many runs."""


def nothing_else(story: Play, cause: Cause) -> None:
    """The node as it is: what happened shows in the next beat."""


def play(
    index: Index, each: int, seed: int, then: Callable[[Play, Cause], None] = nothing_else, sizes: tuple[int, int] = (1, 3)
) -> dict[str, list[Features]]:
    """So many beats of each cause, in random order; what a peer sees of them, by cause."""
    chance = random.Random(seed)  # noqa: S311  the order of a story
    causes: list[Cause] = [cause for cause in get_args(Cause) for _ in range(each)]
    chance.shuffle(causes)
    story = Play(index, chance, sizes)
    story.publish(3 * each + 10)
    story.live(causes, then)
    seen: dict[str, list[Features]] = {cause: [] for cause in get_args(Cause)}
    for cause, features in story.examples():
        seen[cause].append(features)
    return seen


def need_alike(seen: dict[str, list[Features]]) -> None:
    of_the_list = [name for name in seen["nothing"][0] if not name.startswith("messages")]
    for other, names in (("correction", None), ("nothing", None), ("withdrawal", of_the_list)):
        name, luck = judged(seen["protection"], seen[other], names)
        assert luck > BY_LUCK, f"{other}: told by {name!r}"


@ON_SQLITE
def test_a_removal_for_protection_looks_like_any_other(index: Index) -> None:
    need_alike(play(index, 20, 1))


@ON_SQLITE
@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2))
def test_two_weeks_of_beats_tell_no_more(index: Index, seed: int) -> None:
    need_alike(play(index, 84, seed))  # 336 hourly beats


def set_due(story: Play, addition: int, removal: int) -> tuple[int, int]:
    """Let the list's last beats have been at these times; returns when they were."""
    with story.index.database.begin() as work:
        listed = work.session.get_one(IndexList, LIST)
        before = listed.last_addition, listed.last_removal
        listed.last_addition, listed.last_removal = addition, removal
        work.session.add(listed)
    return before


@ON_SQLITE
@pytest.mark.deep
def test_a_removal_at_once_outside_the_beat_would_be_told(index: Index) -> None:
    def at_once(story: Play, cause: Cause) -> None:
        if cause == "protection":
            due = set_due(story, 0, 0)
            story.index.story.beat()
            set_due(story, *due)

    seen = play(index, 20, 2, at_once)
    for other in ("correction", "nothing"):
        _, luck = judged(seen["protection"], seen[other])
        assert luck < BY_LUCK


@ON_SQLITE
def test_a_record_published_anew_together_with_it_would_be_told(index: Index) -> None:
    def anew(story: Play, cause: Cause) -> None:
        if cause == "protection":
            story.republish()

    seen = play(index, 20, 3, anew)
    name, luck = judged(seen["protection"], seen["correction"])
    assert luck < BY_LUCK
    assert name.startswith("messages of")


@ON_SQLITE
def test_a_beat_without_decoys_would_be_told(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.flows.list_segments.REMOVAL_STEP", 1)
    seen = play(index, 20, 4, sizes=(3, 3))
    name, luck = judged(seen["protection"], seen["nothing"])
    assert luck < BY_LUCK
    assert name in ("removed", "entries that stand")


def test_luck_is_counted_as_a_fair_coin_has_it() -> None:
    assert chance_of(0, 10) == 1
    assert chance_of(10, 10) == 2**-10
    assert chance_of(20, 20) < BY_LUCK < chance_of(16, 20)
