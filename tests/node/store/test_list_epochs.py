"""Which epochs have entries, and what is prepared of one."""

from node.store import list_epochs
from node.store.database import Work
from node.store.tables import ListEpoch
from protocol.index.manifest import SegmentRef
from tests.protocol.federation import CO, NOW, list_id

LIST = list_id(CO)


def test_those_that_are_put_away_are_known_and_not_kept(work: Work) -> None:
    for epoch in (2, 1, 3):
        work.session.add(ListEpoch(list_id=LIST, epoch=epoch, not_before=NOW, not_after=NOW + 1, ended=epoch == 1))
    work.session.flush()
    assert [period.epoch for period in list_epochs.every(work, LIST)] == [1, 2, 3]
    assert [period.epoch for period in list_epochs.kept(work, LIST)] == [2, 3]
    assert list_epochs.kept(work, "0" * 32) == []


def test_what_is_prepared_comes_back_as_it_was(work: Work) -> None:
    period = ListEpoch(list_id=LIST, epoch=1, not_before=NOW, not_after=NOW + 1)
    assert list_epochs.prepared(period) == []
    segments = [SegmentRef(digest="0" * 64, count=256), SegmentRef(digest="1" * 64, count=512, removals="2" * 64)]
    list_epochs.keep_prepared(work, period, segments)
    assert list_epochs.prepared(work.session.get_one(ListEpoch, (LIST, 1))) == segments
