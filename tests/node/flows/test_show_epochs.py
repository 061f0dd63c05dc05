"""What an administrator is told of the epochs: in time, and only what there is to do."""

import pytest

from node.flows.show_epochs import EpochFinding, EpochShown, epoch_findings, show_epochs
from node.flows.turn_epochs import TurnEpochs
from node.store.tables import ListEpoch
from protocol.directory import Directory
from tests.node.flows.conftest import LIST, Index, adopt_epochs
from tests.protocol.federation import CO, DAY


def shown(index: Index, directory: Directory | None = None) -> list[EpochShown]:
    with index.database.read() as work:
        return show_epochs(work, index.keys, CO, directory or index.member.directory)


def findings(index: Index, *, unknown: bool = False) -> list[EpochFinding]:
    with index.database.read() as work:
        return epoch_findings(work, index.keys, CO, None if unknown else index.member.directory)


def told(index: Index) -> list[tuple[str, bool]]:
    return [(each.code, each.urgent) for each in findings(index)]


def days_before_the_end(index: Index, days: float, epoch: int = 1) -> None:
    with index.database.read() as work:
        index.clock.now = work.session.get_one(ListEpoch, (LIST, epoch)).not_after - int(days * DAY)


def test_a_list_that_has_weeks_to_go_needs_nothing(index: Index) -> None:
    index.list_numbers("+573005550140", "+573005550141")
    index.beat()
    index.list_numbers("+573005550142")
    assert findings(index) == []
    (only,) = shown(index)
    assert (only.state, only.in_directory, only.has_seed, only.entries, only.waiting) == ("running", True, True, 3, 1)


@pytest.mark.parametrize(("days", "urgent"), [(7, False), (2.1, False), (2, True), (0.5, True)])
def test_a_list_that_ends_alone_is_told_a_week_before_and_urgently_two_days_before(
    index: Index, days: float, urgent: bool
) -> None:
    days_before_the_end(index, days)
    assert told(index) == [("epoch_ends_alone", urgent)]


def test_one_that_was_started_waits_for_the_officers_and_then_all_is_well(index: Index, turn: TurnEpochs) -> None:
    days_before_the_end(index, 6)
    turn.start()
    assert told(index) == [("epoch_not_in_directory", False)]
    days_before_the_end(index, 1)
    assert told(index) == [("epoch_not_in_directory", True)]
    adopt_epochs(index.database, index.keys, index.member)
    assert findings(index) == []
    assert [(each.epoch, each.state) for each in shown(index)] == [(1, "running"), (2, "running")]


def test_a_list_whose_epoch_is_over_is_told_at_once(index: Index) -> None:
    days_before_the_end(index, -1)
    assert told(index) == [("epoch_missing", True)]
    assert shown(index)[0].state == "over"


def test_a_seed_that_is_gone_is_told_until_another_epoch_serves(index: Index, turn: TurnEpochs) -> None:
    index.keys.destroy_epoch(LIST, 1)
    assert told(index) == [("epoch_without_seed", True)]
    turn.start(at_once=True)
    assert told(index) == [("epoch_not_in_directory", True)]


def test_another_key_under_our_number_does_not_count_as_ours(index: Index) -> None:
    index.keys.destroy_epoch(LIST, 1)
    index.keys.new_epoch(CO, LIST, 1, bytes)
    assert told(index) == [("epoch_not_in_directory", True)]


def test_before_there_is_a_directory_the_entry_waits_for_its_first_signatures(index: Index) -> None:
    assert [each.code for each in findings(index, unknown=True)] == ["epoch_not_in_directory"]
