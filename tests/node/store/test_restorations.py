"""Whether a node came from a backup, and since when peers' requests are taken."""

from node.store import restorations
from node.store.database import Work
from node.store.tables import Restoration
from tests.protocol.federation import NOW


def test_a_node_that_never_was_restored_takes_everything(work: Work) -> None:
    assert restorations.newest(work) is None
    assert not restorations.is_open(work)
    assert restorations.taken_since(work, 60) == 0


def test_the_last_restore_counts_and_requests_are_taken_from_then_on_for_good(work: Work) -> None:
    work.session.add(Restoration(at=NOW - 100, backup_at=NOW - 200, finished=NOW - 50))
    work.session.flush()
    assert not restorations.is_open(work)
    assert restorations.taken_since(work, 60) == NOW - 100 + 60
    work.session.add(Restoration(at=NOW, backup_at=NOW - 10))
    work.session.flush()
    assert restorations.is_open(work)
    assert restorations.taken_since(work, 60) == NOW + 60
