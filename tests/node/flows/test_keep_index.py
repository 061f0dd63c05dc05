"""The node's own index: one shape a beat whatever happened, entries that come and go with it, numbers without gaps."""

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select, update

from node.flows import prepare_entries
from node.flows.list_segments import ADDITION_STEP, MERGE_WIDTH, REMOVAL_STEP
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.settings import Beats
from node.store import manifests
from node.store.tables import IndexItem, IndexList, Intake, Publication
from protocol.identifiers import NORMALISER_VERSIONS, Kind
from protocol.index.manifest import Manifest
from protocol.journal import Act
from protocol.names import NAME_KEYS_VERSION, NAME_KIND
from tests.node.conftest import Cases, phone
from tests.node.flows.conftest import LIST, NAMES, RECORD, Index
from tests.node.people import LUCIA, NAMESAKE
from tests.protocol.federation import CO
from tests.protocol.records import network

NUMBERS = [f"+5730055501{number:02}" for number in range(40)]
OTHER = "3c" * 16
COUNTED = itertools.count()


def bits(index: Index, manifest: Manifest) -> list[int]:
    """How many entries each segment's bitmap marks as removed."""
    return [
        0 if part.removals is None else sum(map(int.bit_count, index.files.read(part.removals))) for part in manifest.segments
    ]


def test_what_waits_is_found_after_the_beat_and_under_its_record(index: Index) -> None:
    index.list_numbers(NUMBERS[0])
    index.beat()
    assert index.found(NUMBERS[0]) == [RECORD]
    assert index.found(NUMBERS[1]) == []


def test_what_leaves_is_not_found_after_the_next_beat(index: Index) -> None:
    index.list_numbers(*NUMBERS[:3])
    index.beat()
    index.take_back(NUMBERS[1])
    assert index.found(NUMBERS[1]) == [RECORD]
    index.beat()
    assert [index.found(number) for number in NUMBERS[:3]] == [[RECORD], [], [RECORD]]


def test_the_manifest_names_the_version_of_the_entries_and_none_where_they_are_of_several(index: Index) -> None:
    now = NORMALISER_VERSIONS[Kind.PHONE]
    assert index.beat().normalisers["phone"] == now
    index.list_numbers(*NUMBERS[:2])
    with index.database.begin() as work:
        for item in index.items(work):
            item.version = "phone-1"
            work.session.add(item)
    assert index.beat().normalisers["phone"] == "phone-1"
    index.list_numbers(NUMBERS[2])
    mixed = index.beat()
    assert "phone" not in mixed.normalisers
    assert mixed.normalisers["imei"] == NORMALISER_VERSIONS[Kind.IMEI]
    index.take_back(*NUMBERS[:2])
    assert index.beat().normalisers["phone"] == now


def test_a_list_of_people_names_their_version_and_no_identifiers(index: Index) -> None:
    index.open_names()
    index.beat()
    assert index.newest(1, NAMES).normalisers == {NAME_KIND: NAME_KEYS_VERSION}
    assert NAME_KIND not in index.newest().normalisers
    with index.database.begin() as work:
        for number, version in enumerate(("name_dob-0+0.1", NAME_KEYS_VERSION)):
            work.session.add(
                IndexItem(
                    list_id=NAMES,
                    epoch=1,
                    identifier=f"{number:064x}",
                    kind=NAME_KIND,
                    version=version,
                    subject="0" * 64,
                    record_id=RECORD,
                    j=0,
                    key_type=2,
                    handle=bytes(16),
                    input_sealed=b"",
                    state="listed",
                )
            )
    index.beat()
    assert index.newest(1, NAMES).normalisers == {}  # of two releases: silence about one of them is no answer
    assert index.newest().normalisers["phone"] == NORMALISER_VERSIONS[Kind.PHONE]


def test_a_beat_comes_whether_or_not_there_is_anything(index: Index) -> None:
    positions = [index.beat().position for _ in range(3)]
    assert positions == [0, 1, 2]
    with index.database.read() as work:
        assert len(work.session.exec(select(Intake).where(Intake.kind == Act.INDEX_BEAT.value)).all()) == 3
    before = index.newest()
    index.clock.now += 3599
    index.story.beat()
    assert index.newest() == before


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 6), st.integers(0, REMOVAL_STEP)), min_size=1, max_size=3))
def test_what_a_peer_can_count_depends_on_the_number_of_beats_alone(index: Index, steps: list[tuple[int, int]]) -> None:
    """One index goes on through all examples. A merge leaves out what was removed: so entries less removals are counted."""
    for arriving, leaving in steps:
        with index.database.read() as work:
            listed = [item for item in index.items(work) if item.state == "listed"]
        with index.database.begin() as work:
            for item in listed[:leaving]:
                item.state = "leaving"
                work.session.add(item)
        index.list_numbers(*(f"+57302{next(COUNTED):07}" for _ in range(arriving)))
        beats = index.beat().position + 1
        counted = index.newest().size - sum(bits(index, index.newest()))
        assert counted == ADDITION_STEP * beats - REMOVAL_STEP * (beats - 1)
        assert all(len(index.files.read(p.removals)) == (p.count + 7) // 8 for p in index.newest().segments if p.removals)


@pytest.mark.parametrize("leaving", range(REMOVAL_STEP + 1))
def test_a_beat_removes_one_step_however_many_of_it_are_decoys(index: Index, leaving: int) -> None:
    index.list_numbers(*NUMBERS[:20])
    index.beat()
    index.take_back(*NUMBERS[:leaving])
    assert sum(bits(index, index.beat())) == REMOVAL_STEP
    assert [index.found(number) for number in NUMBERS[:leaving]] == [[]] * leaving
    assert [index.found(number) for number in NUMBERS[leaving:20]] == [[RECORD]] * (20 - leaving)


def test_decoys_come_from_padding_and_never_from_an_entry(index: Index) -> None:
    index.list_numbers(*NUMBERS)
    index.beat()
    for _ in range(6):
        index.beat()
        assert [index.found(number) for number in NUMBERS] == [[RECORD]] * len(NUMBERS)


@pytest.mark.parametrize(
    ("entries", "steps"),
    [(0, 1), (1, 1), (ADDITION_STEP - REMOVAL_STEP, 1), (ADDITION_STEP - REMOVAL_STEP + 1, 2), (ADDITION_STEP, 2)],
)
def test_additions_are_padded_to_steps_with_room_for_the_removals_to_come(index: Index, entries: int, steps: int) -> None:
    index.list_numbers(*(f"+57301{number:07}" for number in range(entries)))
    assert index.beat().size == ADDITION_STEP * steps


def test_the_number_of_segments_stays_logarithmic_and_nothing_is_lost_in_merging(index: Index) -> None:
    counts = []
    for number in NUMBERS[:20]:
        index.list_numbers(number)
        counts.append(len(index.beat().segments))
    assert max(counts) <= 2 * MERGE_WIDTH
    assert [index.found(number) for number in NUMBERS[:20]] == [[RECORD]] * 20


def test_where_the_first_of_several_entries_leaves_the_last_takes_its_number(index: Index) -> None:
    number = NUMBERS[0]
    for j, record in enumerate((RECORD, OTHER, "5d" * 16)):
        index.list_numbers(number, record=record, j=j)
    index.beat()
    assert len(index.found(number)) == 3
    index.take_back(number)
    for _ in range(2 * MERGE_WIDTH):
        index.beat()
        assert set(index.found(number)) == {OTHER, "5d" * 16}
    with index.database.read() as work:
        assert sorted(item.j for item in index.items(work)) == [0, 1]


def test_a_number_taken_back_and_listed_again_is_never_lost_when_additions_come_between_removals(
    make_index: Callable[[Beats], Index],
) -> None:
    """Additions alone would list the new entry beside the leaving one of the same tag, and the next removal take both."""
    index, number = make_index(Beats(additions=5400, removals=3600)), NUMBERS[0]
    index.list_numbers(number)
    index.beat(5400)
    index.beat(3600)  # a removal alone: from here additions come first
    index.take_back(number)
    index.list_numbers(number, record=OTHER, j=1)
    index.beat(1800)
    assert index.found(number) == [OTHER]
    for _ in range(3):
        index.beat(3600)
        assert index.found(number) == [OTHER]


def test_what_was_marked_as_protected_since_it_was_listed_leaves_with_the_next_beat(index: Index) -> None:
    index.list_numbers(*NUMBERS[:2])
    index.beat()
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [phone(NUMBERS[0]).oprf_input()]))
    manifest = index.beat()
    assert (index.found(NUMBERS[0]), index.found(NUMBERS[1])) == ([], [RECORD])
    assert sum(bits(index, manifest)) == REMOVAL_STEP


def test_what_is_protected_before_its_first_beat_is_never_listed(index: Index) -> None:
    index.list_numbers(NUMBERS[0])
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [phone(NUMBERS[0]).oprf_input()]))
    index.beat()
    assert index.found(NUMBERS[0]) == []


def test_each_manifest_cites_the_one_before(index: Index) -> None:
    index.beat()
    with index.database.read() as work:
        first = manifests.newest(work, CO, LIST, 1)
    assert first is not None
    assert index.beat().previous == first.digest


def test_files_stay_while_a_manifest_that_names_them_is_valid_and_go_after(index: Index) -> None:
    named = {part.removals for part in index.beat().segments} | {part.digest for part in index.newest().segments}
    index.beat()
    assert all(index.files.has(digest) for digest in named if digest)
    for _ in range(MERGE_WIDTH):
        index.beat()
    assert not any(index.files.has(digest) for digest in named if digest)


def test_an_epoch_that_is_over_gets_no_beat(index: Index) -> None:
    before = index.beat()
    index.clock.now += 100 * 86400
    index.story.beat()
    assert index.newest() == before


def test_a_chain_waits_for_the_time_at_which_its_last_manifest_says_it_was_issued(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    """Every peer would refuse an earlier one for good, and all that follow it."""
    index.list_numbers(NUMBERS[0])
    ahead = index.beat()
    index.clock.now -= 86_400
    assert index.beat(0) == ahead
    (told,) = [each for each in caplog.records if each.message == "last manifest is later than now"]
    assert told.__dict__["seconds"] == 86_400
    index.list_numbers(NUMBERS[1])
    assert index.beat(86_400 - 1) == ahead
    after = index.beat(3601)
    assert (after.position, after.issued) == (ahead.position + 1, ahead.issued + 3600)
    assert index.found(NUMBERS[1]) == [RECORD]


def test_a_beat_that_was_noted_by_a_clock_that_was_ahead_holds_no_list_up(index: Index) -> None:
    with index.database.begin() as work:
        for listed in work.session.exec(select(IndexList)).all():
            listed.last_addition = listed.last_removal = index.clock.now + 86_400
            work.session.add(listed)
    assert index.beat(0).position == 0


# A register that cannot be looked up


FAULTS = (RegisterFault.SPENT, RegisterFault.SILENT)


def without_register(patched: pytest.MonkeyPatch, fault: RegisterFault, after: int = 0) -> None:
    """From the look-up after so many on, the register's key gives no marks."""
    real, asked = Keys.protected_marks, itertools.count()

    def marks(self: Keys, oprf_inputs: Sequence[bytes]) -> list[str]:
        if next(asked) >= after:
            raise RegisterUnusable(fault)
        return real(self, oprf_inputs)

    patched.setattr(Keys, "protected_marks", marks)


def still_told(index: Index) -> int:
    """How many entries the only publication says are waiting."""
    with index.database.read() as work:
        return work.session.exec(select(Publication.waiting)).one()


@pytest.mark.parametrize("fault", FAULTS)
def test_while_the_register_cannot_be_looked_up_removals_go_on_and_additions_wait(
    index: Index, cases: Cases, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: RegisterFault
) -> None:
    monkeypatch.setattr(prepare_entries, "SLICE", 2)
    index.list_numbers(*NUMBERS[:3])
    before = index.beat()
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [phone(NUMBERS[0]).oprf_input()]))
    index.list_numbers(*NUMBERS[3:8])
    with index.database.begin() as work:
        cases.publication(work, network())
        work.session.exec(update(Publication).values(waiting=5))
    with monkeypatch.context() as patched:
        without_register(patched, fault)
        after = index.beat()
    assert still_told(index) == 5  # to the analyst, who is not told that they are with the peers
    assert (after.position, after.issued) == (before.position + 1, before.issued + 3600)
    assert [index.found(number) for number in NUMBERS[:8]] == [[], [RECORD], [RECORD], *[[]] * 5]
    assert {each.__dict__["fault"] for each in caplog.records if each.message == "additions wait"} == {fault.value}
    index.beat()
    assert [index.found(number) for number in NUMBERS[:8]] == [[], *[[RECORD]] * 7]
    assert still_told(index) == 0


@pytest.mark.parametrize("looked_up", range(3))
def test_a_look_up_that_fails_half_way_lists_nobody_and_loses_nobody(
    index: Index, cases: Cases, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    with index.database.begin() as work:
        of_both = cases.network(work)
        for at, named in enumerate((LUCIA, NAMESAKE)):
            cases.subject(work, of_both, str(at), identifiers=(phone(NUMBERS[at]),), named=named)
    index.list_numbers(*NUMBERS[:2])
    with monkeypatch.context() as patched:
        without_register(patched, RegisterFault.SILENT, looked_up)
        index.beat()
    assert [index.found(number) for number in NUMBERS[:2]] == [[], []]
    index.beat()
    assert [index.found(number) for number in NUMBERS[:2]] == [[RECORD], [RECORD]]


def test_a_peer_counts_the_same_while_additions_wait_as_in_a_beat_without_news(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.beat()
    index.list_numbers(*NUMBERS[:3])
    for position in range(1, 4):
        with monkeypatch.context() as patched:
            without_register(patched, RegisterFault.SPENT)
            newest = index.beat()
        counted = newest.size - sum(bits(index, newest))
        assert (newest.position, counted) == (position, ADDITION_STEP * (position + 1) - REMOVAL_STEP * position)


def test_what_waited_for_the_register_waits_for_the_next_addition_and_comes_at_no_other_time(
    make_index: Callable[[Beats], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = make_index(Beats(additions=7200, removals=3600))
    index.list_numbers(NUMBERS[0])
    with monkeypatch.context() as patched:
        without_register(patched, RegisterFault.SILENT)
        first = index.beat(7200)
    removals = index.beat(3600)
    assert (removals.position, len(removals.segments), index.found(NUMBERS[0])) == (1, len(first.segments), [])
    index.beat(3600)
    assert index.found(NUMBERS[0]) == [RECORD]
