"""The turn of epochs of lists of people: opened where an audience has none yet, and equal keys of two people kept apart."""

from itertools import product

import pytest
from sqlmodel import select

from node.flows import list_identifiers, turn_epochs
from node.flows.show_epochs import epoch_findings
from node.flows.turn_epochs import TurnEpochs
from node.safeguards import protected
from node.safeguards.minimisation import listing
from node.store.tables import IndexItem, IndexList, ListEpoch
from protocol.journal import Act
from tests.node.conftest import Cases
from tests.node.flows.conftest import LIST, NAMES, RECORD, Index, adopt_epochs
from tests.node.flows.test_turn_epochs import NUMBERS, OTHER, acts, rows
from tests.node.people import LUCIA, NAMESAKE
from tests.protocol.federation import CO, DAY


def test_an_audience_that_was_named_before_there_were_lists_of_people_gets_one_by_itself(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(NUMBERS[0])
    with index.database.begin() as work:
        work.session.add(IndexList(id=OTHER, audience="BR PE", entropy="identifiers"))
    turn.turn(index.clock.now)
    with index.database.read() as work:
        lists = {(row.audience, row.entropy): row.id for row in work.session.exec(select(IndexList)).all()}
        periods = {row.list_id: row.epoch for row in work.session.exec(select(ListEpoch)).all()}
    assert set(lists) == set(product(("all", "BR PE"), ("identifiers", "name_keys")))
    opened = [lists["all", "name_keys"], lists["BR PE", "name_keys"]]
    assert [(periods[each], index.keys.has_epoch(each, 1)) for each in opened] == [(1, True)] * 2
    assert acts(index, Act.EPOCH_STARTED) == 2
    turn.turn(index.clock.now)  # once
    with index.database.read() as work:
        assert len(work.session.exec(select(IndexList)).all()) == 4
    assert acts(index, Act.EPOCH_STARTED) == 2


def test_nothing_goes_out_of_a_list_that_opened_by_itself_before_the_directory_has_it(index: Index, turn: TurnEpochs) -> None:
    turn.turn(index.clock.now)
    with index.database.read() as work:
        (opened,) = work.session.exec(select(IndexList.id).where(IndexList.entropy == "name_keys")).all()
        assert {each.code for each in epoch_findings(work, index.keys, CO, index.member.directory) if each.list_id == opened} == {
            "epoch_not_in_directory"
        }
    index.beat()
    with pytest.raises(AssertionError):
        index.newest(1, opened)
    adopt_epochs(index.database, index.keys, index.member)
    assert index.beat().entropy == "identifiers"
    assert index.newest(1, opened).entropy == "name_keys"


def test_no_more_lists_open_by_themselves_than_the_directory_takes(
    index: Index, turn: TurnEpochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_epochs, "LISTS_A_STATE", 3)
    with index.database.begin() as work:
        work.session.add(IndexList(id=OTHER, audience="BR PE", entropy="identifiers"))
    turn.turn(index.clock.now)
    with index.database.read() as work:
        lists = work.session.exec(select(IndexList.audience, IndexList.entropy)).all()
    assert set(lists) == {("all", "identifiers"), ("BR PE", "identifiers"), ("all", "name_keys")}


def test_people_are_found_under_both_epochs_and_then_under_the_new_one_and_equal_keys_stay_apart(
    index: Index, turn: TurnEpochs, cases: Cases
) -> None:
    index.open_names()
    with index.database.begin() as work:
        network = cases.network(work)
        for each in (LUCIA, NAMESAKE):
            cases.subject(work, network, each.born, named=each)
        list_identifiers.list_for(work, "all", RECORD, listing(work, index.keys, network.digest))
    index.beat()
    turn.start(NAMES)
    adopt_epochs(index.database, index.keys, index.member)
    with index.database.begin() as work:  # a record that is published while the epoch is coming has its entries in both already
        list_identifiers.list_for(work, "all", OTHER, listing(work, index.keys, network.digest))
    index.clock.now += 90 * DAY - 7 * DAY
    for _ in range(2):
        turn.turn(index.clock.now)
        index.beat()
    for epoch in (1, 2):
        for each in (LUCIA, NAMESAKE):
            assert sorted(index.people(each, epoch).values()) == [1, 1, len(each.keys), len(each.keys)]
    assert index.people(LUCIA, 1).keys().isdisjoint(index.people(LUCIA, 2))  # handles do not join two epochs
    with index.database.read() as work:
        rows_ = [item for item in index.items(work) if item.list_id == NAMES]
    stood = [{(row.identifier, row.record_id, row.subject, row.key_type) for row in rows_ if row.epoch == e} for e in (1, 2)]
    told = [{(row.identifier, row.j) for row in rows_ if row.epoch == e} for e in (1, 2)]
    assert stood[0] == stood[1]
    assert len(told[0]) == len(told[1]) == 2 * (len(LUCIA.keys) + len(NAMESAKE.keys))
    with index.database.begin() as work:  # one of two namesakes becomes protected while both epochs run
        protected.protect(work, index.keys, protected.guarded(index.keys, [], [LUCIA.inputs]))
    for _ in range(2):
        index.beat()
    for epoch in (1, 2):
        assert set(index.people(LUCIA, epoch)) == set(index.people(NAMESAKE, epoch))
        assert list(index.people(NAMESAKE, epoch).values()) == [len(NAMESAKE.keys)] * 2


def test_an_identifier_that_two_people_of_one_record_bear_is_copied_once_whoever_it_is_listed_under(
    index: Index, turn: TurnEpochs
) -> None:
    """While an epoch is coming, the first is taken back and the record published again: in the new epoch under the other."""
    index.list_numbers(NUMBERS[0])
    turn.start(LIST, at_once=True)
    with index.database.begin() as work:
        (old,) = index.items(work)
        work.session.add(IndexItem(**old.model_dump(exclude={"id", "epoch", "subject"}), epoch=2, subject="5d" * 32))
    turn.turn(index.clock.now)
    assert [(item.subject, item.j) for item in rows(index, 2)] == [("5d" * 32, 0)]
