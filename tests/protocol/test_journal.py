"""Entries: what they say of their kind, what they commit to, and that both sides of an act commit to the same."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol import limits
from protocol.authority import Authority
from protocol.errors import LogProofRefused, Malformed, TooLarge
from protocol.journal import (
    PAIRED,
    Act,
    IntervalPayload,
    JournalEntry,
    SuccessionPayload,
    check_opening,
    commitment,
    envelope_payload,
    local_entry,
    paired_entry,
    read_entry,
)
from protocol.wire import canonical, parse
from tests.protocol.federation import CO, NOW, PE, octets
from tests.protocol.logs import WITNESSED

X, SALT = octets("an exchange").hex()[:32], octets("a salt")
ENVELOPE = octets("an envelope").hex()
C = commitment(SALT, envelope_payload(ENVELOPE))
ASKED = paired_entry(Act.QUESTION_ASKED, x=X, seq=4, peer=PE, t=NOW, c=C)
PAD = local_entry(Act.PAD, x=X, t=NOW, c=commitment(SALT, b"{}"))

local_kinds = st.sampled_from(sorted(set(Act) - PAIRED.keys()))
paired_kinds = st.sampled_from(sorted(PAIRED))
salts = st.binary(min_size=32, max_size=32)
ids = st.binary(min_size=16, max_size=16).map(bytes.hex)


# Kinds


def test_no_two_acts_share_a_name_and_none_is_longer_than_its_column() -> None:
    assert len({act.value for act in Act}) == len(Act)
    assert all(act.value == act.name.lower() and len(act.value) <= 40 for act in Act)


def test_kinds_that_are_paired_are_each_others_counterparts_from_the_two_sides() -> None:
    for kind, role in PAIRED.items():
        assert role.counterparts
        assert kind not in role.counterparts
        for other in role.counterparts:
            assert kind in PAIRED[other].counterparts
            assert {role.direction, PAIRED[other].direction} == {"out", "in"}


def test_what_says_something_about_a_person_has_no_counterpart() -> None:
    silent = (Act.OUTCOME, Act.QUESTION_HELD, Act.PUBLICATION_HELD, Act.HOLD_DECIDED, Act.POLICY_REFUSAL)
    protected = {kind for kind in Act if kind.startswith("protected_")}
    assert not PAIRED.keys() & {*silent, *protected, Act.PERSONAL_DATA_READ, Act.PAD}


# Form


def test_an_entry_is_canonical_json() -> None:
    assert json.loads(ASKED.to_bytes()) == {
        "v": 1,
        "x": X,
        "seq": 4,
        "kind": "question_asked",
        "dir": "out",
        "peer": "PE",
        "t": NOW,
        "c": ASKED.c,
    }
    assert PAD.to_bytes() == f'{{"c":"{PAD.c}","kind":"pad","t":{NOW},"v":1,"x":"{X}"}}'.encode()


@given(paired_kinds, ids, st.integers(1, 2**53 - 1), salts)
def test_a_paired_entry_comes_back_from_its_bytes(kind: Act, x: str, seq: int, salt: bytes) -> None:
    payload = envelope_payload(ENVELOPE)
    entry = paired_entry(kind, x=x, seq=seq, peer=CO, t=NOW, c=commitment(salt, payload))
    assert read_entry(entry.to_bytes()) == entry
    check_opening(entry, salt, payload)


@given(local_kinds, ids, salts, st.binary(max_size=100))
def test_a_local_entry_comes_back_from_its_bytes(kind: Act, x: str, salt: bytes, payload: bytes) -> None:
    entry = local_entry(kind, x=x, t=NOW, c=commitment(salt, payload))
    assert read_entry(entry.to_bytes()) == entry
    check_opening(entry, salt, payload)


def test_an_entry_of_a_kind_with_two_sides_names_peer_count_and_direction_and_no_other_does() -> None:
    for missing in ({"seq": None}, {"peer": None}, {"dir": None}, {"dir": "in"}, {"kind": Act.PAD}):
        with pytest.raises(ValidationError, match="two sides"):
            JournalEntry(**(ASKED.model_dump() | missing))
    for added in ({"seq": 1}, {"peer": PE}, {"dir": "out"}, {"kind": Act.QUESTION_ASKED}):
        with pytest.raises(ValidationError, match="two sides"):
            JournalEntry(**(PAD.model_dump() | added))
    with pytest.raises(Malformed, match="paired"):
        read_entry(PAD.to_bytes().replace(b'"kind"', b'"dir":"in","kind"'))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        PAD.to_bytes() + b"\n",
        PAD.to_bytes().replace(b'"v":1', b'"v":2'),
        PAD.to_bytes().replace(b'"v":1', b'"v":1.0'),
        PAD.to_bytes().replace(b'"v":1', b'"u":"Ana","v":1'),
        PAD.to_bytes().replace(b'"kind":"pad"', b'"kind":"Ana"'),
        PAD.to_bytes().replace(b'"kind":"pad"', b'"kind":"pad","peer":null'),
        PAD.to_bytes().replace(b'{"c"', b'{ "c"'),
        ASKED.to_bytes().replace(b'"seq":4', b'"seq":0'),
        ASKED.to_bytes().replace(b'"seq":4', b'"seq":"4"'),
        ASKED.to_bytes().replace(b'"PE"', b'"XX"'),
        ASKED.to_bytes().replace(X.encode(), X.upper().encode()),
    ],
)
def test_what_is_written_otherwise_is_no_entry(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_entry(raw)


def test_an_entry_is_no_longer_than_a_bundle_can_hold() -> None:
    with pytest.raises(TooLarge):
        read_entry(b" " * (limits.LOG_ENTRY_BYTES + 1))


# What it commits to


def test_both_sides_of_an_act_commit_to_the_same() -> None:
    there = paired_entry(Act.QUESTION_RECEIVED, x=X, seq=9, peer=Authority("CO"), t=NOW + 3, c=C)
    assert (there.c, there.x) == (ASKED.c, ASKED.x)
    assert (there.dir, ASKED.dir) == ("in", "out")


def test_a_commitment_is_a_digest_over_label_salt_and_payload() -> None:
    assert commitment(SALT, b"payload") == sha256(b"celosia/entry/1" + SALT + b"payload").hexdigest()
    assert ASKED.c == sha256(b"celosia/entry/1" + SALT + f'{{"envelope":"{ENVELOPE}"}}'.encode()).hexdigest()
    for salt in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            commitment(salt, b"payload")


def test_another_opening_is_refused() -> None:
    payload = envelope_payload(ENVELOPE)
    check_opening(ASKED, SALT, payload)
    for salt, other in (
        (octets("another salt"), payload),
        (SALT, payload + b" "),
        (SALT[:-1], SALT[-1:] + payload),
        (b"", payload),
    ):
        with pytest.raises(LogProofRefused, match="other_commitment"):
            check_opening(ASKED, salt, other)


def test_an_interval_and_a_succession_say_what_they_rest_on() -> None:
    begun = IntervalPayload(checkpoints=(WITNESSED.raw,))
    assert parse(IntervalPayload, canonical(begun), limit=1 << 20, where="entry") == begun
    after = SuccessionPayload(cause="restored", checkpoint=WITNESSED.raw, held=61)
    assert parse(SuccessionPayload, canonical(after), limit=1 << 20, where="entry") == after
