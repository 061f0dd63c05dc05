"""The turn of epochs: started once, filled and made in slices, both kept up to date, and the old one gone when it is over."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from node.flows import list_identifiers, prepare_entries, turn_epochs
from node.flows.list_segments import REMOVAL_STEP
from node.flows.prepare_entries import SLICE
from node.flows.turn_epochs import EpochRefused, TurnEpochs
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.safeguards.minimisation import Listing
from node.store import list_epochs
from node.store.tables import IndexItem, IndexList, Intake, ListEpoch
from protocol.index.entry import tag_of
from protocol.journal import Act
from protocol.limits import EPOCHS_A_LIST
from tests.node.conftest import phone
from tests.node.flows.conftest import LIST, NAMES, RECORD, SMALL, Index, adopt_epochs
from tests.protocol.federation import BR, CO, DAY, PE, seeded

NUMBERS = [f"+5730055502{number:02}" for number in range(40)]
OTHER = "3c" * 16


def signed_and_begun(index: Index, turn: TurnEpochs) -> None:
    """The next epoch, started, signed for, prepared, and its time come."""
    (started,) = turn.start(LIST)
    adopt_epochs(index.database, index.keys, index.member)
    index.clock.now = max(index.clock.now, started.not_before)
    turn.turn(index.clock.now)


def rows(index: Index, epoch: int) -> list[IndexItem]:
    with index.database.read() as work:
        return [item for item in index.items(work) if item.epoch == epoch]


def period(index: Index, epoch: int) -> ListEpoch:
    with index.database.read() as work:
        return work.session.get_one(ListEpoch, (LIST, epoch))


def acts(index: Index, act: Act) -> int:
    with index.database.read() as work:
        return len(work.session.exec(select(Intake).where(Intake.kind == act.value)).all())


def test_the_next_epoch_begins_when_the_one_before_has_the_overlap_to_go(index: Index, turn: TurnEpochs) -> None:
    (started,) = turn.start()
    assert started.epoch == 2
    assert started.not_before == period(index, 1).not_after - 7 * DAY
    assert started.not_after == started.not_before + 21 * DAY
    assert acts(index, Act.EPOCH_STARTED) == 1


def test_a_late_one_begins_at_once_and_so_does_one_that_is_told_to(index: Index, turn: TurnEpochs) -> None:
    index.clock.now = period(index, 1).not_after + DAY
    assert turn.start()[0].not_before == index.clock.now
    assert turn.start(LIST, at_once=True)[0].not_before == index.clock.now


def test_there_is_one_that_waits_and_not_two(turn: TurnEpochs) -> None:
    turn.start()
    with pytest.raises(EpochRefused) as refused:
        turn.start()
    assert refused.value.code == "epoch_waits"


def test_there_are_no_more_than_the_directory_takes(turn: TurnEpochs) -> None:
    for _ in range(EPOCHS_A_LIST - 1):
        turn.start(at_once=True)
    with pytest.raises(EpochRefused) as refused:
        turn.start(at_once=True)
    assert refused.value.code == "too_many_epochs"


def test_a_list_that_is_not_ours_gets_none(turn: TurnEpochs) -> None:
    with pytest.raises(EpochRefused) as refused:
        turn.start(OTHER)
    assert refused.value.code == "unknown_list"


def test_without_overlap_what_runs_ends_now_and_its_seed_goes_with_the_next_beat(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(NUMBERS[0])
    turn.start(at_once=True, overlap=False)
    assert period(index, 1).not_after == index.clock.now
    turn.turn(index.clock.now)
    assert not index.keys.has_epoch(LIST, 1)
    assert [item.epoch for item in rows(index, 1) + rows(index, 2)] == [2]


def test_a_clock_that_jumps_behind_its_check_ends_no_epoch(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(*NUMBERS[:3])
    index.beat()
    turn.start(at_once=True)
    adopt_epochs(index.database, index.keys, index.member)
    confirmed = index.clock.now
    index.clock.now = period(index, 1).not_after + DAY
    turn.turn(confirmed)
    assert (index.keys.has_epoch(LIST, 1), period(index, 1).destroyed, acts(index, Act.EPOCH_ENDED)) == (True, False, 0)
    assert [item.epoch for item in rows(index, 1)] == [1, 1, 1]
    turn.turn(index.clock.now)  # confirmed this time
    assert (index.keys.has_epoch(LIST, 1), rows(index, 1)) == (False, [])


def test_seeds_go_and_nothing_else_is_lost_while_the_register_cannot_be_looked_up(
    index: Index, turn: TurnEpochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spent(*_: object) -> list[str]:
        raise RegisterUnusable(RegisterFault.SPENT)

    index.open_names()
    index.list_numbers(*NUMBERS[: 2 * SMALL])
    index.beat()
    turn.start(at_once=True, overlap=False)
    with monkeypatch.context() as patched:
        patched.setattr(Keys, "protected_marks", spent)
        turn.turn(index.clock.now)
    assert not [each for each in (LIST, NAMES) if index.keys.has_epoch(each, 1)]
    assert [item.state for item in rows(index, 2)] == ["waiting"] * 2 * SMALL
    adopt_epochs(index.database, index.keys, index.member)
    turn.turn(index.clock.now)
    index.beat()
    assert [index.found(number, 2) for number in NUMBERS[: 2 * SMALL]] == [[RECORD]] * 2 * SMALL


def test_a_named_set_gets_lists_of_its_own_once(index: Index, turn: TurnEpochs) -> None:
    opened = turn.open_lists([PE, BR])
    assert [(each.epoch, each.not_before) for each in opened] == [(1, index.clock.now)] * 2
    assert all(index.keys.has_epoch(each.list_id, 1) for each in opened)
    with index.database.read() as work:
        assert [work.session.get_one(IndexList, each.list_id).entropy for each in opened] == ["identifiers", "name_keys"]
    with pytest.raises(EpochRefused) as refused:
        turn.open_lists([BR, PE])
    assert refused.value.code == "list_exists"


def test_no_list_is_opened_for_this_state_alone(index: Index, turn: TurnEpochs) -> None:
    for nobody in ([CO], [CO, CO], []):
        with pytest.raises(EpochRefused) as refused:
            turn.open_lists(nobody)
        assert refused.value.code == "own_authority"


def test_a_seed_that_a_crash_left_behind_does_not_stand_in_the_way(index: Index, turn: TurnEpochs) -> None:
    index.keys.new_epoch(CO, LIST, 2, seeded("left behind"))
    left = bytes(index.keys.epoch_key(CO, LIST, 2).public)
    turn.start()
    assert bytes(index.keys.epoch_key(CO, LIST, 2).public) != left


def test_everything_listed_is_found_under_both_and_then_under_the_new_one(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(*NUMBERS[:12])
    index.beat()
    signed_and_begun(index, turn)
    assert len(list_epochs.prepared(period(index, 2))) == 2  # two whole slices; the rest is the first beat's
    index.beat()
    assert list_epochs.prepared(period(index, 2)) == []
    for epoch in (1, 2):
        assert [index.found(number, epoch) for number in NUMBERS[:13]] == [[RECORD]] * 12 + [[]]
    index.clock.now = period(index, 1).not_after
    turn.turn(index.clock.now)
    index.beat()
    assert [index.found(number, 2) for number in NUMBERS[:13]] == [[RECORD]] * 12 + [[]]
    assert (index.keys.has_epoch(LIST, 1), rows(index, 1), acts(index, Act.EPOCH_ENDED)) == (False, [], 1)
    assert period(index, 1).ended


def test_an_epoch_that_the_directory_lacks_or_has_under_another_key_gets_no_manifest(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(NUMBERS[0])
    index.beat()
    turn.start(at_once=True)
    turn.turn(index.clock.now)
    index.beat()
    with pytest.raises(AssertionError):
        index.newest(2)
    adopt_epochs(index.database, index.keys, index.member)
    index.keys.destroy_epoch(LIST, 2)
    index.keys.new_epoch(CO, LIST, 2, seeded("another"))
    index.beat()
    with pytest.raises(AssertionError):
        index.newest(2)


def test_an_epoch_that_is_not_filled_yet_is_not_served(index: Index, turn: TurnEpochs) -> None:
    """A list that lacks entries would answer "no hit" where there is one."""
    index.list_numbers(*NUMBERS[:12])
    index.beat()
    turn.start(at_once=True)
    adopt_epochs(index.database, index.keys, index.member)
    turn._fill(LIST, 2)
    index.beat()
    with pytest.raises(AssertionError):
        index.newest(2)
    turn.turn(index.clock.now)
    index.beat()
    assert [index.found(number, 2) for number in NUMBERS[:12]] == [[RECORD]] * 12


def test_a_list_whose_last_epoch_ended_alone_keeps_its_entries_for_the_next_one(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(*NUMBERS[:3])
    index.beat()
    index.clock.now = period(index, 1).not_after + DAY
    turn.turn(index.clock.now)
    assert not index.keys.has_epoch(LIST, 1)
    index.list_numbers(NUMBERS[3])  # published while no epoch ran
    signed_and_begun(index, turn)
    index.beat()
    assert [index.found(number, 2) for number in NUMBERS[:4]] == [[RECORD]] * 4
    assert rows(index, 1) == []


def test_what_is_taken_back_while_an_epoch_is_prepared_is_never_served_by_it(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(*NUMBERS[:11])
    index.beat()
    turn.start(at_once=True)
    adopt_epochs(index.database, index.keys, index.member)
    turn.turn(index.clock.now)
    with index.database.begin() as work:
        list_identifiers.bring_to(work, LIST, RECORD, Listing((), {}))
    manifest = index.beat()
    assert [index.found(number, epoch) for epoch in (1, 2) for number in NUMBERS[:11]] == [[]] * 22
    assert manifest.size > 0


@pytest.mark.parametrize("marked_before", [True, False])
def test_what_is_marked_as_protected_is_in_no_segment_of_the_new_epoch(
    index: Index, turn: TurnEpochs, *, marked_before: bool
) -> None:
    index.list_numbers(*NUMBERS[: 2 * SMALL])
    index.beat()
    turn.start(at_once=True)
    adopt_epochs(index.database, index.keys, index.member)

    def mark() -> None:
        with index.database.begin() as work:
            protected.protect(work, index.keys, protected.guarded(index.keys, [phone(NUMBERS[1]).oprf_input()]))

    if marked_before:
        mark()
    turn.turn(index.clock.now)
    index.clock.now += 60
    if not marked_before:
        mark()
    index.beat()
    assert [index.found(number, 2) for number in NUMBERS[: 2 * SMALL]] == [
        [] if number == NUMBERS[1] else [RECORD] for number in NUMBERS[: 2 * SMALL]
    ]
    tag = tag_of(index.server(2).evaluate_input(phone(NUMBERS[1]).oprf_input()), 0)
    for part in index.newest(2).segments if marked_before else ():  # no peer gets as much as an entry that is marked as removed
        with index.files.segment(part.digest) as segment:
            assert segment.find(tag) is None
    removed = sum(
        int.bit_count(byte) for part in index.newest(2).segments if part.removals for byte in index.files.read(part.removals)
    )
    assert removed % REMOVAL_STEP == 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("publish"), st.integers(0, 19)),
            st.tuples(st.just("take back"), st.integers(0, 19)),
            st.tuples(st.just("fill"), st.just(0)),
            st.tuples(st.just("make"), st.just(0)),
            st.tuples(st.just("beat"), st.just(0)),
        ),
        max_size=14,
    )
)
def test_whatever_happens_while_an_epoch_is_prepared_both_epochs_say_the_same(
    index: Index, turn: TurnEpochs, steps: list[tuple[str, int]]
) -> None:
    """One list goes on through all examples: the new epoch of one is the old one of the next."""
    (started,) = turn.start(LIST, at_once=True)
    old, new = started.epoch - 1, started.epoch
    adopt_epochs(index.database, index.keys, index.member)
    for number in NUMBERS[:12]:
        listed_in_every_epoch(index, number, RECORD)
    for step, place in steps:
        if step == "publish":
            listed_in_every_epoch(index, NUMBERS[place], OTHER)
        elif step == "take back":
            index.take_back(NUMBERS[place])
        elif step == "fill":
            turn._fill(LIST, new)
        elif step == "make":
            turn._prepare(LIST, new)
        else:
            index.clock.now += 3600
            index.story.beat()
    for _ in range(2):
        turn.turn(index.clock.now)
        index.clock.now += 3600
        index.story.beat()
    for number in NUMBERS[:20]:
        assert sorted(index.found(number, old)) == sorted(index.found(number, new))
    with index.database.begin() as work:
        ended = work.session.get_one(ListEpoch, (LIST, old))
        ended.not_after = work.now()
        work.session.add(ended)
    turn.turn(index.clock.now)


def listed_in_every_epoch(index: Index, number: str, record: str) -> None:
    """As a publication lists an identifier."""
    value = phone(number).oprf_input()
    digest = index.keys.digest("identifier", value)
    with index.database.begin() as work:
        for each in list_epochs.kept(work, LIST):
            held = [item for item in index.items(work) if item.epoch == each.epoch and item.identifier == digest]
            if record in [item.record_id for item in held if item.state != "leaving"]:
                continue
            taken = {item.j for item in held}
            work.session.add(
                IndexItem(
                    list_id=LIST,
                    epoch=each.epoch,
                    identifier=digest,
                    kind="phone",
                    version="1",
                    subject=2 * record,
                    record_id=record,
                    j=next(j for j in range(len(taken) + 1) if j not in taken),
                    handle=bytes(16),
                    input_sealed=work.seal_at_rest(value, "case_identifiers"),
                    state="waiting",
                )
            )
            work.session.flush()


def test_handles_of_one_subject_agree_within_an_epoch_and_not_across(index: Index, turn: TurnEpochs) -> None:
    index.list_numbers(*NUMBERS[:12])
    turn.start(at_once=True)
    turn.turn(index.clock.now)
    handles = [{item.handle for item in rows(index, epoch)} for epoch in (1, 2)]
    assert [len(each) for each in handles] == [1, 1]
    assert handles[0] != handles[1]


def test_the_first_manifest_of_an_epoch_has_decoys_enough_whatever_really_left(
    index: Index, turn: TurnEpochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made without padding, a list would show by its few removed positions that one of them was real."""
    monkeypatch.setattr(turn_epochs, "SLICE", SLICE)
    monkeypatch.setattr(prepare_entries, "SLICE", SLICE)
    index.list_numbers(*(f"+57301{number:07}" for number in range(SLICE)))
    turn.start(at_once=True)
    adopt_epochs(index.database, index.keys, index.member)
    turn.turn(index.clock.now)
    index.take_back("+573010000003")
    index.beat()
    removed = [
        int.bit_count(byte) for part in index.newest(2).segments if part.removals for byte in index.files.read(part.removals)
    ]
    assert sum(removed) == REMOVAL_STEP
