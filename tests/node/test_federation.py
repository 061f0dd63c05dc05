"""The federation as a node holds it while it runs: one directory at a time, and whom it does not speak to."""

import threading

import pytest

from node.federation import Federation, denied_peers
from node.store.database import Work
from node.store.tables import DeniedPeer, Equivocation
from protocol.errors import DirectoryTooOld
from tests.node.conftest import ALICE, Clock
from tests.protocol.federation import BR, CO, NOW, PE, directory, list_id, targets


def fork(work: Work, *, proven: bool) -> None:
    work.session.add(
        Equivocation(
            authority=BR,
            list_id=list_id(BR),
            epoch=1,
            position=3,
            ours="0" * 64,
            theirs="1" * 64,
            reporter=PE,
            proven=proven,
            noticed=work.now(),
        )
    )
    work.session.flush()


def test_before_a_directory_was_adopted_there_is_none_to_work_with(clock: Clock) -> None:
    federation = Federation(CO, clock)
    assert not federation.has_directory
    with pytest.raises(DirectoryTooOld) as caught:
        federation.peers()
    assert caught.value.facts == {"reason": "none_adopted"}


def test_an_adopted_directory_is_in_force_at_once_and_replaced_as_a_whole(clock: Clock) -> None:
    federation = Federation(CO, clock)
    first, second = directory(), directory(targets((CO, PE)), content="a later snapshot")
    federation.adopt(first)
    assert federation.has_directory
    assert federation.directory is first
    assert federation.peers() == [BR, PE]
    federation.adopt(second)
    assert federation.directory is second
    assert federation.peers() == [PE]


def test_a_reader_never_sees_half_of_an_adoption(clock: Clock) -> None:
    federation = Federation(CO, clock)
    whole = {id(each): each for each in (directory(), directory(targets((CO, PE))))}
    federation.adopt(next(iter(whole.values())))
    stopped = threading.Event()

    def adopt() -> None:
        while not stopped.is_set():
            for each in whole.values():
                federation.adopt(each)

    thread = threading.Thread(target=adopt)
    thread.start()
    seen = {id(federation.directory) for _ in range(2000)}
    stopped.set()
    thread.join()
    assert seen <= set(whole)


def test_a_node_that_is_not_in_the_directory_still_sees_the_members(clock: Clock) -> None:
    federation = Federation(CO, clock)
    federation.adopt(directory(targets((PE, BR))))
    assert federation.peers() == [BR, PE]


def test_an_envelope_is_held_against_the_directory_and_the_time_of_now(work: Work, clock: Clock) -> None:
    federation = Federation(CO, clock)
    federation.adopt(directory())
    clock.now = NOW + 7
    border = federation.border(work, PE)
    assert (border.me, border.connection, border.now, border.denied) == (CO, PE, NOW + 7, frozenset())
    assert border.directory is federation.directory


def test_who_was_denied_here_is_outside_the_border(work: Work) -> None:
    assert denied_peers(work) == frozenset()
    work.session.add(DeniedPeer(authority=PE, officer_id=ALICE, since=work.now()))
    work.session.flush()
    assert denied_peers(work) == {PE}


def test_two_histories_exclude_a_peer_once_they_are_proven_and_not_on_somebody_s_word(work: Work) -> None:
    fork(work, proven=False)
    assert denied_peers(work) == frozenset()
    work.session.exec(Equivocation.__table__.update().values(proven=True))  # type: ignore[attr-defined]
    assert denied_peers(work) == {BR}
