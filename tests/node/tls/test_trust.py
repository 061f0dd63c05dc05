from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.tls.certificates import create_authority, issue_leaf
from node.tls.errors import BadMaterial, NotOurPeer
from node.tls.trust import PeerIdentity, PeerTrust

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COLOMBIA = create_authority("Autoridad inventada CO", NOW, 365)
PERU = create_authority("Autoridad inventada PE", NOW, 365)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def _colombia(*pins: str) -> PeerIdentity:
    return PeerIdentity("CO", COLOMBIA.certificate, frozenset(pins))


def _peru(*pins: str) -> PeerIdentity:
    return PeerIdentity("PE", PERU.certificate, frozenset(pins))


def _is_known(trust: PeerTrust, pin: str) -> bool:
    try:
        trust.state_of(pin)
    except NotOurPeer:
        return False
    return True


def test_the_current_pin_and_the_next_one_name_the_state() -> None:
    trust = PeerTrust([_colombia(A, B), _peru(C)])
    assert [trust.state_of(pin) for pin in (A, B, C)] == ["CO", "CO", "PE"]


def test_a_pin_nobody_has_is_refused() -> None:
    with pytest.raises(NotOurPeer, match="not pinned"):
        PeerTrust([_colombia(A)]).state_of(B)


def test_new_pins_of_a_state_take_the_place_of_its_old_ones() -> None:
    trust = PeerTrust([_colombia(A), _peru(C)])
    trust.add_trust(_colombia(B))
    assert trust.state_of(B) == "CO"
    assert trust.state_of(C) == "PE"
    assert not _is_known(trust, A)


def test_who_is_not_in_the_next_directory_is_out() -> None:
    trust = PeerTrust([_colombia(A), _peru(C)])
    trust.replace([_colombia(A)])
    assert _is_known(trust, A)
    assert not _is_known(trust, C)


def test_a_withdrawn_pin_does_not_come_back_with_an_old_directory() -> None:
    trust = PeerTrust([_colombia(A, B)])
    trust.withdraw(A)
    assert not _is_known(trust, A)
    assert trust.state_of(B) == "CO"
    trust.replace([_colombia(A, B)])
    trust.add_trust(_peru(C))
    assert not _is_known(trust, A)


def test_two_states_with_one_pin_change_nothing() -> None:
    trust = PeerTrust([_colombia(A)])
    with pytest.raises(BadMaterial, match="share a pin"):
        trust.add_trust(_peru(A, C))
    with pytest.raises(BadMaterial, match="share a pin"):
        trust.replace([_peru(C), _colombia(C)])
    assert trust.state_of(A) == "CO"
    assert not _is_known(trust, C)


def test_a_state_listed_twice_changes_nothing() -> None:
    trust = PeerTrust([_colombia(A)])
    with pytest.raises(BadMaterial, match="twice"):
        trust.replace([_colombia(B), _colombia(C)])
    assert trust.state_of(A) == "CO"


def test_the_authorities_are_those_of_the_directory_in_force_and_no_other() -> None:
    trust = PeerTrust([_colombia(A)])
    assert trust.authorities == {COLOMBIA.certificate}
    trust.add_trust(_peru(C))
    assert trust.authorities == {COLOMBIA.certificate, PERU.certificate}
    trust.replace([_peru(C)])
    assert trust.authorities == {PERU.certificate}


@pytest.mark.parametrize("pins", [(), (A, B, C), ("a" * 63,), ("A" * 64,), ("a" * 64 + "\n",)])
def test_pins_of_another_form_are_refused(pins: tuple[str, ...]) -> None:
    with pytest.raises(BadMaterial, match="pins"):
        _colombia(*pins)


@pytest.mark.parametrize("state", ["", "co", "COL", "CO\n"])
def test_a_state_of_another_form_is_refused(state: str) -> None:
    with pytest.raises(BadMaterial, match="state"):
        PeerIdentity(state, COLOMBIA.certificate, frozenset({A}))


def test_a_leaf_in_the_place_of_the_authority_is_refused() -> None:
    leaf = issue_leaf(COLOMBIA, ["localhost"], "CO", NOW, 30)
    with pytest.raises(BadMaterial, match="authority"):
        PeerIdentity("CO", leaf.certificate, frozenset({A}))


@given(st.lists(st.tuples(st.sampled_from(["add", "replace", "withdraw"]), st.sampled_from([A, B, C])), max_size=12))
def test_whatever_the_order_a_withdrawn_pin_is_unknown_and_the_last_directory_counts(steps: list[tuple[str, str]]) -> None:
    trust = PeerTrust()
    current: str | None = None
    withdrawn: set[str] = set()
    for step, pin in steps:
        if step == "withdraw":
            trust.withdraw(pin)
            withdrawn.add(pin)
        else:
            trust.add_trust(_colombia(pin)) if step == "add" else trust.replace([_colombia(pin)])
            current = pin
        for each in (A, B, C):
            assert _is_known(trust, each) == (each == current and each not in withdrawn)
