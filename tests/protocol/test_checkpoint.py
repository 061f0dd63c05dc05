"""Checkpoints: signed by their log, witnessed by a quorum, and evidence when two of them contradict each other."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.note import MOST_SIGNATURES, Note, NoteSignature, sign
from crypto.signing import SigningKey
from protocol import jws, limits
from protocol.checkpoint import (
    Checkpoint,
    Fork,
    Quorum,
    add_cosignatures,
    check_fork,
    compare,
    cosign_checkpoint,
    log_key,
    origin_of,
    parse_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    vouched_until,
    witness_key,
    witness_name_of,
    witnessed_at,
)
from protocol.errors import CheckpointRefused, Malformed, ProtocolError, SignatureRefused, TooLarge
from protocol.lines import LARGEST
from tests.protocol.federation import CO, NOW, PE, log_secret, member_entry, octets
from tests.protocol.logs import (
    EC,
    LOG,
    LOG_SECRET,
    ORIGIN,
    QUORUM,
    UY,
    WITNESSED,
    WITNESSES,
    checkpoint,
    name_of,
    secret_of,
    signed,
    witness,
    witnessed,
)

EXAMPLES: Any = json.loads((Path(__file__).parents[1] / "vectors" / "signed-notes.json").read_text("utf-8"))["c2sp"]
OTHER = SigningKey.from_seed(octets("another key, worth nothing"))

origins = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=30)


# Form


@given(origins, st.integers(0, LARGEST), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_from_its_text(origin: str, size: int, root: bytes) -> None:
    made = Checkpoint(origin, size, root)
    assert Checkpoint.from_text(made.to_text()) == made


def test_the_examples_of_c2sp_are_read() -> None:
    for name in ("tlog-checkpoint", "tlog-cosignature"):
        read = parse_checkpoint(EXAMPLES[name].encode())
        assert (read.checkpoint.origin, read.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
        assert read.note.to_bytes() == EXAMPLES[name].encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "o\n1\n",
        f"\n1\n{'A' * 43}=\n",
        f"o\n01\n{'A' * 43}=\n",
        f"o\n-1\n{'A' * 43}=\n",
        f"o\n{LARGEST + 1}\n{'A' * 43}=\n",
        f"o\n1\n{'A' * 42}B=\n",
        f"o\n1\n{'A' * 44}\n",
        f"o\n1\n{'A' * 43}=",
        f"o\n1\n{'A' * 43}=\nan extension\n",
        f"o\n1\n{'A' * 43}=\n\n",
    ],
)
def test_other_texts_are_no_checkpoints(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.from_text(text)


def test_values_that_no_checkpoint_says_are_refused() -> None:
    for origin, size, root in (("", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("o", -1, bytes(32)), ("o", 1, bytes(31))):
        with pytest.raises(Malformed):
            Checkpoint(origin, size, root)


def test_what_is_no_note_is_no_checkpoint() -> None:
    for raw in (b"", signed().raw[:-1], checkpoint().to_text().encode()):
        with pytest.raises(Malformed, match="not_a_note"):
            parse_checkpoint(raw)
    with pytest.raises(TooLarge):
        parse_checkpoint(b"\n" * (limits.CHECKPOINT_BYTES + 1))


# Whose it is


def test_a_log_signs_and_its_key_reads() -> None:
    made = signed()
    assert read_checkpoint(made.raw, LOG) == made
    assert made.checkpoint == checkpoint()


def test_another_logs_key_and_another_key_of_the_log_are_refused() -> None:
    with pytest.raises(CheckpointRefused, match="other_log"):
        read_checkpoint(signed().raw, log_key("another.example/log", LOG_SECRET.public))
    with pytest.raises(CheckpointRefused, match="other_log"):
        read_checkpoint(signed().raw, witness_key(ORIGIN, LOG_SECRET.public))
    with pytest.raises(SignatureRefused, match="unknown_key"):
        read_checkpoint(signed().raw, log_key(ORIGIN, OTHER.public))


def test_witnesses_do_not_stand_in_for_the_log() -> None:
    text = checkpoint().to_text()
    alone = Note(text, (cosign_checkpoint(signed(), name_of(CO), secret_of(CO), NOW),))
    with pytest.raises(SignatureRefused, match="unknown_key"):
        read_checkpoint(alone.to_bytes(), LOG, WITNESSES)


@given(st.data())
def test_no_byte_of_a_witnessed_checkpoint_can_be_another(data: st.DataObject) -> None:
    raw = bytearray(WITNESSED.raw)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        read = read_checkpoint(bytes(raw), LOG, WITNESSES)
    except ProtocolError:
        return
    # a name or key id that is not known any more: that witness is not counted
    assert read.checkpoint == WITNESSED.checkpoint
    assert len(read.cosignatures) < len(WITNESSED.cosignatures)


def test_a_wrong_cosignature_of_a_known_witness_refuses_all_of_it() -> None:
    later = signed(69)
    line = cosign_checkpoint(later, name_of(CO), secret_of(CO), NOW)
    moved = Note.from_bytes(signed().raw).signed_by(line).to_bytes()  # replayed from another checkpoint
    with pytest.raises(SignatureRefused, match="does_not_hold"):
        read_checkpoint(moved, LOG, WITNESSES)
    assert read_checkpoint(moved, LOG).cosignatures == ()


def test_lines_that_nobody_vouches_for_are_not_passed_on() -> None:
    planted = NoteSignature("Ana.Torres.573015550123", bytes(4), b"any text at all")
    raw = Note.from_bytes(WITNESSED.raw).signed_by(planted).to_bytes()
    assert b"Ana" in raw
    assert parse_checkpoint(raw).note.to_bytes() == raw
    assert read_checkpoint(raw, LOG, WITNESSES) == WITNESSED
    assert read_checkpoint(raw, LOG).raw == signed().raw


# Witnesses


def test_cosignatures_are_read_with_their_times() -> None:
    read = read_checkpoint(WITNESSED.raw, LOG, WITNESSES)
    assert read == WITNESSED
    assert [(one.key, one.time) for one in read.cosignatures] == list(zip(WITNESSES, (NOW + 5, NOW + 2, NOW + 9), strict=True))


def test_the_quorum_is_reached_with_the_last_cosignature_that_it_needs() -> None:
    assert witnessed_at(WITNESSED, QUORUM) == NOW + 5
    assert witnessed_at(WITNESSED, Quorum(1, WITNESSES)) == NOW + 2
    assert witnessed_at(WITNESSED, Quorum(3, WITNESSES)) == NOW + 9


def test_a_checkpoint_is_as_fresh_as_the_earliest_of_its_quorum_of_latest_cosignatures() -> None:
    assert vouched_until(WITNESSED, QUORUM) == NOW + 5
    assert vouched_until(WITNESSED, Quorum(1, WITNESSES)) == NOW + 9
    assert vouched_until(WITNESSED, Quorum(3, WITNESSES)) == NOW + 2
    # one that colludes and is ahead of its time makes an old checkpoint no fresher than an honest one's cosignature
    assert vouched_until(witnessed(signed(), (CO, NOW), (EC, NOW + 10**9)), QUORUM) == NOW
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        vouched_until(witnessed(signed(), (CO, NOW)), QUORUM)


def test_too_few_witnesses_are_refused_with_how_many_there_are() -> None:
    made = witnessed(signed(), (CO, NOW))
    with pytest.raises(CheckpointRefused, match="not_witnessed") as told:
        witnessed_at(made, QUORUM)
    assert (told.value.facts["count"], told.value.facts["needed"]) == (1, 2)
    # cosignatures that were not read under the quorum's keys are not counted
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        witnessed_at(read_checkpoint(WITNESSED.raw, LOG), QUORUM)


def test_a_log_is_not_its_own_witness() -> None:
    own = witness_key(ORIGIN, LOG_SECRET.public)
    made = signed()
    made = add_cosignatures(made, [cosign_checkpoint(made, ORIGIN, LOG_SECRET, NOW)], own)
    assert len(made.cosignatures) == 1
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        witnessed_at(made, Quorum(1, (own,)))


def test_a_later_cosignature_of_a_witness_takes_the_place_of_its_earlier_one() -> None:
    again = witnessed(WITNESSED, (EC, NOW + 60))
    assert sorted(one.time or 0 for one in again.cosignatures) == [NOW + 5, NOW + 9, NOW + 60]


def test_a_cosignature_is_added_only_if_it_holds_and_fits() -> None:
    made = signed()
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        add_cosignatures(made, [cosign_checkpoint(made, name_of(CO), secret_of(CO), NOW)], witness(EC))
    wrong = cosign_checkpoint(signed(69), name_of(CO), secret_of(CO), NOW)
    with pytest.raises(SignatureRefused, match="does_not_hold"):
        add_cosignatures(made, [wrong], witness(CO))
    good = cosign_checkpoint(made, name_of(CO), secret_of(CO), NOW)
    with pytest.raises(SignatureRefused, match="does_not_hold"):
        add_cosignatures(made, [good, good], witness(CO))
    with pytest.raises(Malformed):
        add_cosignatures(made, [good] * MOST_SIGNATURES, witness(CO))


def test_a_quorum_has_each_witness_once_and_somebody_has_to_cosign() -> None:
    for needed in (0, -1):
        with pytest.raises(Malformed, match="number"):
            Quorum(needed, WITNESSES)
    with pytest.raises(Malformed, match="other_type"):
        Quorum(1, (LOG,))
    key = secret_of(CO).public
    for twice in (
        (witness_key("a", key), witness_key("b", key)),
        (witness_key("a", key), witness_key("a", secret_of(UY).public)),
    ):
        with pytest.raises(Malformed, match="key_twice"):
            Quorum(1, twice)


def test_a_quorum_of_more_than_have_a_key_is_never_reached() -> None:
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        witnessed_at(WITNESSED, Quorum(4, WITNESSES))


# Forks


def test_one_size_with_two_roots_is_a_fork_and_both_notes_prove_it() -> None:
    forked = signed(70, octets("another root"))
    fork = compare(WITNESSED, forked)
    assert fork == Fork(LOG, WITNESSED.raw, forked.raw)
    check_fork(fork)


def test_other_sizes_and_the_same_root_prove_nothing() -> None:
    assert compare(signed(69), signed(70)) is None
    assert compare(signed(), WITNESSED) is None
    with pytest.raises(CheckpointRefused, match="no_fork"):
        check_fork(Fork(LOG, signed().raw, WITNESSED.raw))


def test_checkpoints_of_two_logs_are_not_compared() -> None:
    other = sign_checkpoint(Checkpoint("another.example/log", 70, bytes(32)), OTHER)
    with pytest.raises(CheckpointRefused, match="other_log"):
        compare(signed(), other)
    with pytest.raises(CheckpointRefused, match="other_log"):
        check_fork(Fork(LOG, signed().raw, other.raw))


def test_evidence_that_somebody_else_signed_is_none() -> None:
    text = checkpoint(70, octets("another root")).to_text()
    invented = Note(text, (sign(text, ORIGIN, OTHER),)).to_bytes()
    with pytest.raises(SignatureRefused):
        check_fork(Fork(LOG, signed().raw, invented))


# Names


def test_a_log_and_a_witness_are_named_by_state_and_key() -> None:
    key = log_secret(PE).public
    assert origin_of(PE, key) == f"celosia/PE/log/{jws.key_id(key)[:8]}"
    assert witness_name_of(PE, key) == f"celosia/PE/witness/{jws.key_id(key)[:8]}"
    assert log_key(origin_of(PE, key), key) == member_entry(PE).log.note_key


def test_a_quorum_of_all_member_states_fits_under_a_checkpoint() -> None:
    made, keys = signed(), []
    for number in range(34):
        secret = SigningKey.from_seed(octets(f"witness {number} of 34, worth nothing"))
        keys.append(witness_key(f"celosia.example/{number}", secret.public))
        made = add_cosignatures(made, [cosign_checkpoint(made, keys[-1].name, secret, NOW + number)], keys[-1])
    read = read_checkpoint(made.raw, LOG, keys)
    assert witnessed_at(read, Quorum(18, tuple(keys))) == NOW + 17
