"""Removals in the store: begun by a registration, carried out by the next beat of their list and epoch."""

from node.store import removals
from node.store.database import Work
from protocol.index.entry import Place
from tests.node.conftest import Clock
from tests.protocol.federation import CO, list_id

LIST = list_id(CO)


def test_what_is_counted_by_list_and_epoch_leaves_with_the_beat_of_that_epoch_alone(work: Work, clock: Clock) -> None:
    removals.begin(work, "officer", "e1" * 16, {(LIST, 1): 3, (LIST, 2): 2})
    clock.now += 60
    removals.note_left(work, Place(CO, LIST, 2), 7)
    work.session.expire_all()
    second, first = removals.all_of(work)
    assert (first.epoch, first.entries, first.position, first.left) == (1, 3, None, None)
    assert (second.epoch, second.entries, second.position, second.left) == (2, 2, 7, clock.now)
    removals.note_left(work, Place(CO, LIST, 2), 8)
    work.session.expire_all()
    assert removals.all_of(work)[0].position == 7


def test_where_nothing_was_listed_nothing_is_followed(work: Work) -> None:
    removals.begin(work, "import", None, {})
    assert removals.all_of(work) == []
