"""What an envelope tells of its sender's machine is kept; what anybody could make up is not."""

from node.flows.hear_peer import hear_clock, hear_peer, hear_refusal
from node.outbound.errors import PeerRefused
from node.store.database import Work
from node.store.tables import HeardPeer
from protocol.errors import Malformed, NotFresh
from protocol.messages import ManifestsWanted
from tests.node.conftest import Clock, admitted_by_us
from tests.protocol.federation import PE


def test_clock_and_directory_of_a_peer_are_kept_from_its_last_envelope(work: Work, clock: Clock) -> None:
    clock.now += 20
    hear_peer(work, admitted_by_us(ManifestsWanted(), PE))
    held = work.session.get_one(HeardPeer, PE)
    assert (held.clock_difference, held.directory_version, held.heard) == (-20, 3, clock.now)


def test_the_difference_for_which_an_envelope_was_refused_is_kept_next_to_the_directory_heard_before(
    work: Work, clock: Clock
) -> None:
    hear_peer(work, admitted_by_us(ManifestsWanted(), PE))
    clock.now += 60
    hear_clock(work, PE, NotFresh("envelope.iat", difference_seconds=4000, tolerance_seconds=120))
    held = work.session.get_one(HeardPeer, PE)
    assert (held.clock_difference, held.directory_version, held.heard) == (4000, 3, clock.now)


def test_a_refusal_for_another_cause_says_nothing_of_a_clock(work: Work) -> None:
    hear_clock(work, PE, Malformed("envelope", difference_seconds=4000))
    assert work.session.get(HeardPeer, PE) is None


def test_what_a_peer_that_refused_us_says_of_the_difference_is_kept_the_other_way_round(work: Work) -> None:
    hear_refusal(work, PE, PeerRefused("not_fresh", 86_400))
    assert work.session.get_one(HeardPeer, PE).clock_difference == -86_400


def test_a_refusal_that_tells_no_difference_says_nothing_of_a_clock(work: Work) -> None:
    hear_refusal(work, PE, PeerRefused("not_fresh"))
    assert work.session.get(HeardPeer, PE) is None
