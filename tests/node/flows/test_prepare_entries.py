"""Entries made in slices: others write in between, a stop in the middle loses nothing, and one manifest names them all."""

import pytest

from node.flows import prepare_entries
from node.flows.prepare_entries import PrepareEntries
from node.safeguards import protected
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import ListEpoch
from protocol.index.entry import Place
from tests.node.conftest import phone
from tests.node.flows.conftest import LIST, RECORD, Index
from tests.protocol.federation import CO

SMALL = 3
NUMBERS = [f"+57301555{number:04}" for number in range(4 * SMALL + 1)]
"""A phone each, of nobody: four slices and one more."""
PLACE = Place(CO, LIST, 1)


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare_entries, "SLICE", SMALL)


def waiting(index: Index) -> int:
    with index.database.read() as work:
        return sum(item.state == "waiting" for item in index.items(work))


def prepared(work: Work) -> int:
    return len(list_epochs.prepared(work.session.get_one(ListEpoch, (LIST, 1))))


def test_a_backlog_is_made_in_slices_and_others_write_between_two_of_them(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    make_slice = PrepareEntries._make_slice

    def then_another_writes(self: PrepareEntries, place: Place) -> bool:
        more = make_slice(self, place)
        with index.database.begin() as work:  # a question that came in meanwhile
            seen.append((prepared(work), sum(item.state == "waiting" for item in index.items(work))))
        return more

    monkeypatch.setattr(PrepareEntries, "_make_slice", then_another_writes)
    index.list_numbers(*NUMBERS)
    index.story.prepare.prepare(PLACE)
    assert [left for _, left in seen] == [10, 7, 4, 1, 1]
    assert all(segments for segments, _ in seen)


def test_what_is_prepared_is_served_with_the_next_beat_and_stands_in_no_manifest_before(index: Index) -> None:
    before = index.beat()
    index.list_numbers(*NUMBERS)
    index.story.prepare.prepare(PLACE)
    assert waiting(index) == 1
    assert index.newest() == before
    assert [index.found(number) for number in NUMBERS] == [[]] * len(NUMBERS)
    index.beat()
    assert [index.found(number) for number in NUMBERS] == [[RECORD]] * len(NUMBERS)
    with index.database.read() as work:
        assert prepared(work) == 0


def test_a_stop_between_two_slices_loses_nothing_and_lists_nothing_twice(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(Exception):
        pass

    slices = iter([True, True])
    make_slice = PrepareEntries._make_slice

    def cut(self: PrepareEntries, place: Place) -> bool:
        if next(slices, None) is None:
            raise PowerCut
        return make_slice(self, place)

    index.beat()
    index.list_numbers(*NUMBERS)
    with monkeypatch.context() as patched:
        patched.setattr(PrepareEntries, "_make_slice", cut)
        with pytest.raises(PowerCut):
            index.beat()
    manifest = index.beat()
    assert [index.found(number) for number in NUMBERS] == [[RECORD]] * len(NUMBERS)
    digests = [part.digest for part in manifest.segments]
    assert len(digests) == len(set(digests))


def test_who_comes_under_protection_after_the_entry_was_prepared_is_not_found_in_it(index: Index) -> None:
    index.beat()
    index.list_numbers(*NUMBERS)
    index.story.prepare.prepare(PLACE)
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [phone(NUMBERS[0]).oprf_input()]))
    index.beat()
    assert index.found(NUMBERS[0]) == []
    assert [index.found(number) for number in NUMBERS[1:]] == [[RECORD]] * (len(NUMBERS) - 1)


def test_nothing_is_made_for_an_epoch_whose_seed_is_gone(index: Index) -> None:
    index.list_numbers(*NUMBERS)
    index.keys.destroy_epoch(LIST, 1)
    index.story.prepare.prepare(PLACE)
    assert waiting(index) == len(NUMBERS)
