"""Following a removal for protection: who has taken it is told by the heads in ordinary envelopes. Everybody here is invented."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from node.flows.follow_removals import FollowRemovals, PeersShare, ShownRemoval
from node.flows.hear_heads import hear
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.store.tables import Alert
from protocol.authority import Authority
from protocol.envelope import Head
from protocol.messages import ManifestsWanted
from tests.node.conftest import ALICE, Clock, admitted_by_us, phone
from tests.node.flows.conftest import LIST, Index
from tests.node.safeguards.test_readings import noted
from tests.protocol.federation import BR, CO, DAY, PE

LIAISON = ProtectionLiaison(ALICE, "alice", frozenset({Role.PROTECTION}))
VICTIM, OTHER = "+573005550101", "+573005550102"
PATIENCE = 6 * 3600


@pytest.fixture
def follow(index: Index) -> FollowRemovals:
    """Two numbers are listed, and the first beat is over."""
    index.list_numbers(VICTIM, OTHER)
    index.beat()
    return FollowRemovals(index.database, index.member, PATIENCE)


def register(index: Index, *numbers: str) -> None:
    with index.database.begin() as work:
        guarded = protected.guarded(index.keys, [phone(number).oprf_input() for number in numbers])
        protected.protect(work, index.keys, guarded)


def says(index: Index, peer: Authority, position: int) -> None:
    """An envelope of `peer` names what it has seen of our list."""
    admitted = admitted_by_us(ManifestsWanted(), peer)
    head = Head(authority=CO, list=LIST, epoch=1, position=position, digest="0" * 64)
    told = admitted.envelope.model_copy(update={"heads": (head,)})
    object.__setattr__(admitted, "envelope", told)
    with index.database.begin() as work:
        hear(work, admitted)


def shares(removal: ShownRemoval) -> dict[Authority, PeersShare]:
    return {share.peer: share for share in removal.peers}


def alerts(index: Index) -> list[tuple[str, str | None, int]]:
    with index.database.read() as work:
        return [(row.kind, row.peer, row.count) for row in work.session.exec(select(Alert)).all()]


def test_before_the_beat_nothing_has_left_and_the_beat_says_at_which_position(index: Index, follow: FollowRemovals) -> None:
    register(index, VICTIM)
    (removal,) = follow.show(LIAISON)
    assert (removal.entries, removal.position, removal.left, removal.source) == (1, None, None, "import")
    assert removal.registration is not None
    beat = index.beat()
    (removal,) = follow.show(LIAISON)
    assert (removal.position, removal.left) == (beat.position, index.clock.now)
    assert index.found(VICTIM) == []


def test_a_peer_has_taken_it_once_an_envelope_names_that_position_or_a_later_one(index: Index, follow: FollowRemovals) -> None:
    register(index, VICTIM)
    position = index.beat().position
    says(index, PE, position - 1)
    says(index, BR, position)
    (removal,) = follow.show(LIAISON)
    assert {peer: share.taken for peer, share in shares(removal).items()} == {PE: False, BR: True}
    says(index, PE, index.beat().position)
    assert follow.show(LIAISON) == []
    (closed,) = follow.show(LIAISON, closed=True)
    assert all(share.taken for share in closed.peers)


def test_who_is_late_raises_one_alert_and_stays_on_the_page(index: Index, follow: FollowRemovals, clock: Clock) -> None:
    register(index, VICTIM)
    position = index.beat().position
    says(index, BR, position)
    clock.now += PATIENCE
    follow.alert()
    assert alerts(index) == []
    clock.now += 1
    for _ in range(3):
        follow.alert()
    assert alerts(index) == [("removal_overdue", "PE", 1)]
    (removal,) = follow.show(LIAISON)
    assert {peer: share.overdue for peer, share in shares(removal).items()} == {PE: True, BR: False}
    says(index, PE, position)
    assert follow.show(LIAISON) == []


def test_once_the_epoch_is_over_its_entries_open_nothing_and_nobody_is_late(
    index: Index, follow: FollowRemovals, clock: Clock
) -> None:
    register(index, VICTIM)
    index.beat()
    clock.now += 91 * DAY
    follow.alert()
    assert (follow.show(LIAISON), alerts(index)) == ([], [])


def test_what_peers_never_saw_is_not_followed_and_several_people_at_once_have_no_number(
    index: Index, follow: FollowRemovals
) -> None:
    index.list_numbers("+573005550103")
    register(index, "+573005550103")
    assert follow.show(LIAISON, closed=True) == []
    with index.database.begin() as work:
        those = [protected.guarded(index.keys, [phone(number).oprf_input()]) for number in (VICTIM, OTHER)]
        protected.protect(work, index.keys, *those)
    (removal,) = follow.show(LIAISON)
    assert (removal.entries, removal.registration) == (2, None)


@pytest.mark.parametrize("leaves", [lambda index: index.take_back(OTHER), lambda index: None])
def test_other_removals_are_not_followed_here(index: Index, follow: FollowRemovals, leaves: Callable[[Index], None]) -> None:
    leaves(index)
    index.beat()
    assert follow.show(LIAISON, closed=True) == []


def test_that_removals_were_looked_at_is_on_record_without_saying_how_many_there_are(
    index: Index, follow: FollowRemovals
) -> None:
    follow.show(LIAISON)
    register(index, VICTIM)
    assert len(follow.show(LIAISON)) == 1
    follow.show(LIAISON, closed=True)
    looked = [{"closed": closed, "officer": ALICE, "what": "departures"} for closed in (False, True)]
    assert noted(index.database) == looked
