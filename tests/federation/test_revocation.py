"""A key is stolen: its state revokes it, and every member counts by that at once, without the Secretariat."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from crypto.signing import SigningKey
from deploy.demo.ceremony import signed_by_all
from node.directory import ceremony
from node.directory.repository import Change, Repository
from node.officers import Role
from node.outbound.peers import ENVELOPE_MEDIA_TYPE, ENVELOPES_PATH
from node.store.tables import HeldAhead
from node.tls.errors import RefusedByPeer
from protocol.authority import Authority
from protocol.directory import SigningPeriod, WorkingEntry
from protocol.journal import Act
from protocol.messages import KeyRevocation, ManifestsWanted
from protocol.wire import to_base64url
from tests.federation.cases import hits, phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker
from tests.serving import wait_until

pytestmark = pytest.mark.federation

Files = tuple[bytes, bytes]


def entry_of(federation: Federation, state: Authority) -> WorkingEntry:
    return federation[PE].node.federation.directory.member(state).working


def next_entry(federation: Federation, state: Authority, by: Authority | None = None, version: int = 2, **changes: Any) -> Files:
    """The state's next entry, signed by two officers: the state's own, unless they are another's."""
    holders = federation[state].folder.parent / "ceremony" / (by or state)
    officers = [ceremony.load_key(holders / f"officer-{number}.pem") for number in (1, 2)]
    file = entry_of(federation, state).model_copy(update=changes).to_bytes()
    role = ceremony.draft_state(state, version, datetime.now(UTC) + timedelta(days=30), file)
    return signed_by_all(role, officers), file


def with_another_key(federation: Federation, state: Authority) -> Files:
    """An entry with a fresh signing key only."""
    fresh, now = SigningKey.generate(os.urandom), federation.clock()
    period = SigningPeriod(key=bytes(fresh.public), not_before=now - 300, not_after=now + 86400)
    return next_entry(federation, state, signing=(period,))


def hand_in(node: RunningNode, files: Files) -> httpx2.Response:
    administrator = node.officer(Role.ADMINISTRATOR)
    role, entry = map(to_base64url, files)
    return administrator.post("/v1/revocations", json={"role": role, "entry": entry})


def held(node: RunningNode) -> list[tuple[str, int]]:
    with node.node.database.read() as work:
        return [(row.authority, row.version) for row in work.session.exec(select(HeldAhead)).all()]


def wait_for(node: RunningNode, *expected: tuple[str, int]) -> None:
    wait_until(lambda: held(node) == list(expected), "the revocation")


def test_a_stolen_signing_key_counts_no_more_at_any_member_and_the_directory_is_as_it_was(own_federation: Federation) -> None:
    thief, directory = Speaker(own_federation, CO), own_federation[BR].node.federation.directory.ref
    assert thief.say(BR, ManifestsWanted()).status == 200
    answer = hand_in(own_federation[CO], with_another_key(own_federation, CO))
    assert (answer.status_code, answer.json()) == (200, {"authority": "CO", "version": 2, "outcome": "taken"})
    own_federation[CO].send_records()
    for peer in (PE, BR):
        wait_for(own_federation[peer], ("CO", 2))
        assert thief.say(peer, ManifestsWanted()).code == "signature_refused"
        assert own_federation[peer].count(Act.KEYS_REVOKED) == 1
    assert own_federation[BR].node.federation.directory.ref == directory


def test_a_state_whose_node_is_down_revokes_through_a_neighbour_who_tells_the_others(own_federation: Federation) -> None:
    thief, files = Speaker(own_federation, CO), with_another_key(own_federation, CO)
    own_federation[CO].stop()
    assert hand_in(own_federation[PE], files).status_code == 200
    own_federation[PE].send_records()
    wait_for(own_federation[BR], ("CO", 2))
    assert [thief.say(peer, ManifestsWanted()).code for peer in (PE, BR)] == ["signature_refused"] * 2
    own_federation[CO].start()
    own_federation.clock.forward(600)
    own_federation[BR].send_records()
    wait_for(own_federation[CO], ("CO", 2))  # the state itself is told too: it may not know what its officers had to do


def test_a_revoked_certificate_is_shut_out_on_its_living_connection(own_federation: Federation) -> None:
    thief = Speaker(own_federation, CO)
    with thief.line(PE) as line:
        line.base_url, line.headers["Content-Type"] = entry_of(own_federation, PE).peer_url, ENVELOPE_MEDIA_TYPE
        assert line.post(ENVELOPES_PATH, content=thief.envelope(PE, ManifestsWanted()).raw).status_code == 200
        assert hand_in(own_federation[PE], next_entry(own_federation, CO, tls_pins=("0" * 64,))).status_code == 200
        refused = line.post(ENVELOPES_PATH, content=thief.envelope(PE, ManifestsWanted()).raw)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_a_peer")
    with pytest.raises(RefusedByPeer):
        thief.say(PE, ManifestsWanted())


def test_what_is_revoked_stays_so_after_a_restart(own_federation: Federation) -> None:
    thief = Speaker(own_federation, CO)
    assert hand_in(own_federation[PE], with_another_key(own_federation, CO)).status_code == 200
    own_federation[PE].stop()
    own_federation[PE].start()
    assert thief.say(PE, ManifestsWanted()).code == "signature_refused"


def test_the_directory_decides_again_once_it_has_caught_up(own_federation: Federation) -> None:
    files, node = with_another_key(own_federation, CO), own_federation[PE]
    assert hand_in(node, files).status_code == 200
    folder = node.folder.parent
    secretariat = Repository(folder / "secretariat" / "repository", ceremony.load_key(folder / "ceremony/secretariat/online.pem"))
    secretariat.publish(Change(states={CO: files[0]}, files={f"states/{CO}.json": files[1]}), datetime.now(UTC))
    node.node.adopt.refresh()
    assert held(node) == []
    assert entry_of(own_federation, CO).to_bytes() == files[1]
    assert hand_in(node, files).json()["outcome"] == "known"
    assert held(node) == []


def test_nobody_revokes_for_another_state(own_federation: Federation) -> None:
    forged = next_entry(own_federation, CO, by=BR, signing=entry_of(own_federation, BR).signing)
    answer = hand_in(own_federation[BR], forged)
    assert (answer.status_code, answer.json()["facts"]) == (422, {"reason": "directory_forged"})
    heard = Speaker(own_federation, BR).say(PE, KeyRevocation(role=forged[0], entry=forged[1]))
    assert heard.status == 200, heard.code
    assert [body["outcome"] for body in heard.bodies] == ["refused"]
    assert held(own_federation[PE]) == []
    assert Speaker(own_federation, CO).say(PE, ManifestsWanted()).status == 200


def test_what_a_revocation_adds_does_not_count(own_federation: Federation) -> None:
    """Two officers of a state, or who holds their keys, cannot let a key of theirs in ahead of the directory."""
    number, holder = phone(), own_federation[BR]
    publish_phones(holder, number)
    own_federation.beat()
    added = (*entry_of(own_federation, CO).tls_pins, entry_of(own_federation, BR).tls_pins[0])
    assert hand_in(own_federation[PE], next_entry(own_federation, CO, tls_pins=added)).status_code == 200
    assert Speaker(own_federation, BR).say(PE, ManifestsWanted()).status == 200  # its pin is still its own
    assert len(hits(own_federation[PE].officer(Role.INVESTIGATOR), number, peers=[BR])) == 1


def test_a_state_can_correct_itself_so_often_and_no_more(own_federation: Federation) -> None:
    node = own_federation[PE]
    for version in range(2, 10):
        assert hand_in(node, next_entry(own_federation, CO, version=version)).json()["outcome"] == "taken"
    refused = hand_in(node, next_entry(own_federation, CO, version=10))
    assert (refused.status_code, refused.json()["facts"]) == (422, {"reason": "directory_too_many_ahead"})
    assert len(held(node)) == 8


def test_only_an_administrator_hands_it_in(own_federation: Federation) -> None:
    role, entry = map(to_base64url, with_another_key(own_federation, CO))
    for wrong in (Role.ANALYST, Role.INVESTIGATOR, Role.LIAISON, Role.AUDITOR):
        answer = own_federation[PE].officer(wrong).post("/v1/revocations", json={"role": role, "entry": entry})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert held(own_federation[PE]) == []
