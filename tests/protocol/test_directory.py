"""The directory as values: who takes part, under which keys, and when it must no longer be used."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol import jws
from protocol.authority import MEMBER_STATES, Authority
from protocol.checkpoint import Quorum, origin_of
from protocol.directory import Directory, DirectoryRef, EntropyClass, Member, Policy, SigningPeriod, WorkingEntry
from protocol.errors import DirectoryMismatch, DirectoryTooOld, Malformed, TooLarge, UnknownSender
from protocol.members import FormerLog, MemberEntry, MemberKeys
from protocol.wire import to_base64url
from tests.protocol.federation import (
    BR,
    CO,
    DAY,
    EPOCH,
    NOW,
    PE,
    POLICY,
    STATES,
    directory,
    list_entry,
    list_id,
    log_secret,
    member_entry,
    octets,
    server_key,
    signing_key,
    signing_periods,
    targets,
    witness_secret,
    working_entry,
)

SMALL_ORDER = bytes([1]) + bytes(31)
"""The neutral element of Ed25519: a key under which anybody can sign."""


def test_a_directory_is_put_together_from_its_target_files() -> None:
    adopted = directory()
    assert set(adopted.members) == set(STATES)
    assert adopted.policy == POLICY
    assert adopted.ref == DirectoryRef(version=3, hash=octets("snapshot").hex())
    assert adopted.member(PE).names.es == "Oficina inventada PE"
    assert adopted.member(PE).working == working_entry(PE)


@pytest.mark.parametrize("kind, entry", [(MemberEntry, member_entry(CO)), (WorkingEntry, working_entry(CO)), (Policy, POLICY)])
def test_a_target_file_is_read_back_from_its_bytes(
    kind: type[MemberEntry | WorkingEntry | Policy], entry: MemberEntry | WorkingEntry | Policy
) -> None:
    assert kind.from_bytes(entry.to_bytes()) == entry
    with pytest.raises(Malformed):
        kind.from_bytes(entry.to_bytes() + b"\n")
    with pytest.raises(TooLarge):
        kind.from_bytes(bytes(1 << 20))


def test_without_a_policy_there_is_no_directory() -> None:
    files = targets()
    del files["policy.json"]
    with pytest.raises(Malformed, match="missing"):
        directory(files)
    with pytest.raises(Malformed):
        directory({**files, "policy.json": b"{}"})


def test_a_member_without_a_working_entry_is_left_out_and_the_others_stay() -> None:
    files = targets()
    del files[f"states/{BR}.json"]
    assert set(directory(files).members) == {CO, PE}
    assert directory(files).left_out == {BR: "no_entry"}


@pytest.mark.parametrize("path", [f"members/{BR}.json", f"states/{BR}.json"])
def test_a_member_with_a_malformed_entry_is_left_out_and_the_others_stay(path: str) -> None:
    adopted = directory({**targets(), path: b"{}"})
    assert set(adopted.members) == {CO, PE}
    assert adopted.left_out == {BR: "entry_malformed"}


def test_the_reason_for_which_the_verification_left_a_state_out_is_kept() -> None:
    files = targets((CO, PE))
    adopted = Directory.assemble(3, "0" * 64, datetime.now(UTC), files, {BR: "directory_expired"})
    assert adopted.left_out == {BR: "directory_expired"}
    files[f"members/{BR}.json"] = member_entry(BR).to_bytes()
    assert Directory.assemble(3, "0" * 64, datetime.now(UTC), files, {BR: "directory_expired"}).left_out == {
        BR: "directory_expired"
    }


def test_a_state_cannot_put_itself_in_another_states_place() -> None:
    files = {**targets(), f"states/{BR}.json": working_entry(PE).to_bytes()}
    assert set(directory(files).members) == {CO, PE}
    assert directory(files).left_out == {BR: "entry_of_another"}
    files = {**targets(), f"members/{BR}.json": member_entry(PE).to_bytes()}
    assert set(directory(files).members) == {CO, PE}
    intruders = working_entry(BR).model_copy(update={"authority": PE}).to_bytes()
    adopted = directory({**files, f"states/{BR}.json": intruders})
    assert set(adopted.members) == {CO, PE}
    assert adopted.member(PE).working == working_entry(PE)


def test_a_member_is_known_by_the_keys_that_the_states_signed_for_it() -> None:
    entry = member_entry(PE)
    member = directory().member(PE)
    assert (member.log, member.witness, member.former_logs) == (entry.log.note_key, entry.witness.note_key, ())
    assert member.log.name == origin_of(PE, log_secret(PE).public)


def test_members_with_one_key_are_all_left_out_since_nobody_knows_whose_it_is() -> None:
    borrowed = MemberKeys.of(BR, log_secret(BR).public, witness_secret(PE).public)
    adopted = directory({**targets(), f"members/{BR}.json": member_entry(BR, witness=borrowed.witness).to_bytes()})
    assert set(adopted.members) == {CO}
    assert adopted.left_out == {PE: "key_of_another", BR: "key_of_another"}


@pytest.mark.parametrize("path", ["members/BR", "members/BR.json.json", "members/x/BR.json", "others/BR.json", "BR.json"])
def test_a_file_under_another_path_is_no_member(path: str) -> None:
    files = targets((CO, PE))
    files[path] = member_entry(BR).to_bytes()
    files[f"states/{BR}.json"] = working_entry(BR).to_bytes()
    assert set(directory(files).members) == {CO, PE}


def test_a_state_that_is_no_member_of_the_organisation_is_left_out() -> None:
    files = targets((CO,))
    for folder, entry in (("members", member_entry(CO)), ("states", working_entry(CO))):
        files[f"{folder}/ES.json"] = entry.to_bytes().replace(b'"authority":"CO"', b'"authority":"ES"')
    assert set(directory(files).members) == {CO}


@pytest.mark.parametrize("key", [SMALL_ORDER, b"\xff" * 32])
def test_an_entry_with_a_key_that_is_none_is_refused_when_it_is_read(key: bytes) -> None:
    working: dict[str, Any] = json.loads(working_entry(CO).to_bytes())
    signing, lists = working["signing"], working["lists"]
    changes: list[dict[str, Any]] = [
        {"sealing_key": to_base64url(key)},
        {"signing": [*signing, {**signing[0], "key": to_base64url(key)}]},
        {"lists": [{**lists[0], "epochs": [{**lists[0]["epochs"][0], "key": to_base64url(key)}]}]},
    ]
    for changed in changes:
        with pytest.raises(Malformed, match="unsound_key"):
            WorkingEntry.from_bytes(rfc8785.dumps({**working, **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"peer_url": "http://node.co.example:8443"},
        {"peer_url": "https://node.co.example"},
        {"peer_url": "https://officer@node.co.example:8443"},
        {"peer_url": "https://node.co.example:8443/path"},
        {"tls_pins": []},
        {"tls_pins": ["0" * 64] * 3},
        {"signing": []},
        {"contacts": []},
        {"tls_authority": "x" * 8193},
    ],
)
def test_an_entry_that_could_not_serve_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        WorkingEntry.from_bytes(rfc8785.dumps({**json.loads(working_entry(CO).to_bytes()), **changed}))


def test_an_unknown_sender_is_told_by_its_code() -> None:
    with pytest.raises(UnknownSender) as caught:
        directory().member(Authority("UY"))
    assert caught.value.facts == {"authority": "UY"}


def test_envelopes_are_taken_under_a_key_in_its_period_only() -> None:
    member = directory().member(CO)
    start, end = NOW - 100 * DAY, NOW + 100 * DAY
    current = {jws.key_id(signing_key(CO).public): signing_key(CO).public}
    assert member.envelope_keys(start) == member.envelope_keys(end - 1) == current
    assert member.envelope_keys(end) == {}
    assert list(member.envelope_keys(start - 1)) == [jws.key_id(signing_key(CO, "past").public)]


def test_two_keys_are_valid_while_one_takes_over_from_the_other() -> None:
    periods = tuple(
        SigningPeriod(key=bytes(signing_key(CO, name).public), not_before=NOW - DAY, not_after=NOW + DAY)
        for name in ("current", "next")
    )
    files = {**targets(), f"states/{CO}.json": working_entry(CO, signing=periods).to_bytes()}
    assert len(directory(files).member(CO).envelope_keys(NOW)) == 2


def test_records_outlive_the_keys_that_signed_them() -> None:
    assert {bytes(key) for key in directory().member(CO).record_keys().values()} == {
        bytes(signing_key(CO, "past").public),
        bytes(signing_key(CO).public),
    }


def test_a_list_is_found_by_its_id() -> None:
    member = directory().member(PE)
    assert member.list_entry(list_id(PE, "name_keys")) == list_entry(PE, "name_keys")
    assert member.list_entry(list_id(CO)) is None


def test_an_epochs_key_is_told_while_the_epoch_lasts() -> None:
    member = directory().member(PE)
    assert member.epoch_key(list_id(PE), EPOCH, NOW) == server_key(PE).public
    assert member.epoch_key(list_id(PE), EPOCH, NOW + 7 * DAY) is None
    assert member.epoch_key(list_id(PE), EPOCH, NOW - 7 * DAY - 1) is None
    assert member.epoch_key(list_id(PE), EPOCH + 1, NOW) is None
    assert member.epoch_key(list_id(CO), EPOCH, NOW) is None


def test_a_contact_point_is_found_by_its_id() -> None:
    contact = directory().member(PE).contact("cp-1")
    assert contact is not None
    assert contact.email == "duty@pe.example"
    assert directory().member(PE).contact("cp-2") is None


def test_pins_say_whose_connection_it_is() -> None:
    assert directory().pins() == {octets(f"TLS leaf of {state}").hex(): state for state in STATES}


def test_two_directories_under_one_version_number_come_out() -> None:
    ours = directory()
    ours.compare(ours.ref)
    ours.compare(DirectoryRef(version=2, hash="0" * 64))
    with pytest.raises(DirectoryMismatch) as caught:
        ours.compare(DirectoryRef(version=3, hash="0" * 64))
    assert caught.value.facts == {"version": 3}


def test_an_expired_directory_serves_until_its_grace_is_over() -> None:
    expired = directory(expires=NOW - POLICY.directory_grace)
    expired.check_age(NOW)
    with pytest.raises(DirectoryTooOld) as caught:
        expired.check_age(NOW + 1)
    assert caught.value.facts == {"seconds_over": 1}


def narrowed(*ahead: WorkingEntry, state: Authority = CO) -> Member:
    return directory().narrowed({state: ahead}).member(state)


def test_a_later_entry_takes_away_at_once_what_it_does_not_have_any_more() -> None:
    other = octets("another TLS leaf of CO").hex()
    fresh = SigningPeriod(key=bytes(signing_key(CO, "next").public), not_before=NOW - DAY, not_after=NOW + DAY)
    member = narrowed(working_entry(CO, tls_pins=(other,), signing=(fresh,), lists=()))
    assert member.tls_pins() == frozenset()
    assert member.envelope_keys(NOW) == member.record_keys() == {}
    assert member.list_entry(list_id(CO)) is None
    assert member.epoch_key(list_id(CO), EPOCH, NOW) is None


def test_what_a_later_entry_adds_waits_for_the_directory() -> None:
    before = directory().member(CO)
    other = octets("another TLS leaf of CO").hex()
    fresh = SigningPeriod(key=bytes(signing_key(CO, "next").public), not_before=NOW - DAY, not_after=NOW + DAY)
    entry = working_entry(CO)
    more = narrowed(
        working_entry(
            CO, tls_pins=(*entry.tls_pins, other), signing=(*entry.signing, fresh), lists=(*entry.lists, list_entry(PE))
        )
    )
    assert more.tls_pins() == before.tls_pins()
    assert more.envelope_keys(NOW) == before.envelope_keys(NOW)
    assert more.record_keys() == before.record_keys()
    assert more.list_entry(list_id(PE)) is None


def test_a_later_entry_can_end_a_period_before_its_time() -> None:
    ended = tuple(period.model_copy(update={"not_after": NOW}) for period in signing_periods(CO))
    member = narrowed(working_entry(CO, signing=ended))
    assert member.envelope_keys(NOW) == {}
    assert len(member.envelope_keys(NOW - 1)) == 1
    assert member.record_keys() == directory().member(CO).record_keys()  # what it signed until then is not taken back


def test_an_epoch_under_another_key_ahead_has_no_key_until_the_directory_says_which() -> None:
    listed = list_entry(CO)
    swapped = listed.epochs[0].model_copy(update={"key": bytes(server_key(PE).public)})
    member = narrowed(working_entry(CO, lists=(listed.model_copy(update={"epochs": (swapped,)}),)))
    assert member.epoch_key(list_id(CO), EPOCH, NOW) is None


def test_an_entry_ahead_is_of_its_own_state_only() -> None:
    before = directory()
    after = before.narrowed({CO: [working_entry(CO, tls_pins=(octets("another TLS leaf of CO").hex(),))]})
    assert after.member(PE) == before.member(PE)
    assert set(after.pins().values()) == {PE, BR}
    assert after.ref == before.ref
    assert before.member(CO).tls_pins()  # the directory as it was adopted is not changed


entries_of_colombia = st.builds(
    lambda pins, names, epochs: working_entry(
        CO,
        tls_pins=tuple(octets(f"TLS leaf of CO{each}").hex() for each in pins),
        signing=tuple(
            SigningPeriod(key=bytes(signing_key(CO, name).public), not_before=NOW - first * DAY, not_after=NOW + last * DAY)
            for name, first, last in names
        ),
        lists=tuple(list_entry(CO, each) for each in epochs),
    ),
    st.sets(st.sampled_from(["", " 2", " 3"]), min_size=1),
    st.lists(
        st.tuples(st.sampled_from(["current", "past", "next"]), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=3
    ),
    st.sets(st.sampled_from(get_args(EntropyClass))),
)


@given(st.lists(entries_of_colombia, max_size=3), entries_of_colombia)
def test_an_entry_ahead_never_lets_anything_in_and_the_order_of_several_does_not_count(
    held: list[WorkingEntry], one_more: WorkingEntry
) -> None:
    before, after = narrowed(*held), narrowed(*held, one_more)
    assert after.tls_pins() <= before.tls_pins()
    assert after.envelope_keys(NOW).keys() <= before.envelope_keys(NOW).keys()
    assert after.record_keys().keys() <= before.record_keys().keys()
    other_way_round = narrowed(one_more, *reversed(held))
    for entropy in get_args(EntropyClass):
        listed = list_id(CO, entropy)
        assert after.epoch_key(listed, EPOCH, NOW) in (None, before.epoch_key(listed, EPOCH, NOW))
        assert (after.list_entry(listed) is None) == (other_way_round.list_entry(listed) is None)
    assert after.tls_pins() == other_way_round.tls_pins()
    assert after.envelope_keys(NOW).keys() == other_way_round.envelope_keys(NOW).keys()


def test_all_other_members_witness_a_log() -> None:
    quorum = directory().quorum_of(PE)
    assert quorum is not None
    assert quorum == Quorum(2, (directory().member(BR).witness, directory().member(CO).witness))


@pytest.mark.parametrize("broken", [f"members/{BR}.json", f"states/{BR}.json"])
def test_who_breaks_an_entry_makes_no_quorum_smaller(broken: str) -> None:
    """Or else the Secretariat, which can serve entries broken, could leave a log alone with those who collude."""
    whole, spoilt = directory(), directory({**targets(), broken: b"{}"})
    quorum = spoilt.quorum_of(PE)
    assert quorum == Quorum(2, (whole.member(CO).witness,))
    # a state that the verification has left out already is told by its name alone
    told = Directory.assemble(3, "0" * 64, datetime.now(UTC), targets((CO, PE)), {BR: "no_entry"}, (BR, CO, PE))
    assert told.quorum_of(PE) == quorum
    # who is no member for the member states counts for nothing, whatever is said of him
    stranger = Directory.assemble(3, "0" * 64, datetime.now(UTC), targets((CO, PE)), {BR: "not_a_member"}, (CO, PE))
    assert stranger.quorum_of(PE) == Quorum(1, (whole.member(CO).witness,))


def test_a_closed_log_counts_up_to_where_it_was_frozen() -> None:
    key = log_secret(BR).public
    former = FormerLog(origin=origin_of(PE, key), key=bytes(key), size=7, root=bytes(32))
    changed = directory({**targets((CO, PE)), f"members/{PE}.json": member_entry(PE, former_logs=(former,)).to_bytes()})
    assert changed.frozen_logs(PE) == {former.origin: 7}
    assert changed.frozen_logs(CO) == changed.frozen_logs(BR) == {}


def test_nobody_witnesses_a_member_that_is_alone() -> None:
    assert directory(targets((PE,))).quorum_of(PE) is None


@pytest.mark.parametrize("faults", range(4))
@pytest.mark.parametrize("others", range(1, 12))
def test_two_quorums_share_more_witnesses_than_may_collude_as_far_as_there_are_enough(others: int, faults: int) -> None:
    states = tuple(map(Authority, sorted(MEMBER_STATES)[: others + 1]))
    policy = POLICY.model_copy(update={"witness_faults": faults})
    quorum = directory({**targets(states), "policy.json": policy.to_bytes()}).quorum_of(states[0])
    assert quorum is not None and len(quorum.witnesses) == others
    assert 2 * quorum.needed - others > faults or quorum.needed == others
    assert 2 * (quorum.needed - 1) - others <= faults, "and not one more than that takes"


def test_an_officer_has_no_more_than_the_officers_authority() -> None:
    working = working_entry(CO).to_bytes()
    assert b'"daily_per_officer":4096' in working
    with pytest.raises(Malformed, match="officer_above_asker"):
        WorkingEntry.from_bytes(working.replace(b'"daily_per_officer":4096', b'"daily_per_officer":4097', 1))
