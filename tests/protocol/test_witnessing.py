"""What a witness is asked, and each way in which it decides."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.merkle import root_of
from crypto.note import Note, sign
from crypto.signing import SigningKey
from crypto.subtrees import stored_consistency_path, stored_root
from protocol import limits
from protocol.checkpoint import SignedCheckpoint, cosign_checkpoint, log_key, parse_checkpoint
from protocol.errors import CheckpointRefused, Malformed, ProtocolError, SignatureRefused, TooLarge
from protocol.witnessing import (
    FATAL,
    NOTHING_SEEN,
    Accepted,
    AddCheckpoint,
    Refusal,
    Refused,
    Seen,
    contradiction,
    cosignature_bytes,
    decide,
    path_bytes,
    read_cosignatures,
    read_path,
    read_size,
    size_bytes,
)
from tests.protocol.federation import CO, NOW, octets
from tests.protocol.logs import EC, LOG, LOG_SECRET, ORIGIN, STORED, checkpoint, name_of, secret_of, signed, witness, witnessed

EXAMPLES: Any = json.loads((Path(__file__).parents[1] / "vectors" / "signed-notes.json").read_text("utf-8"))["c2sp"]
OTHER = SigningKey.from_seed(octets("another key, worth nothing"))


def seen(size: int) -> Seen:
    return Seen(size, stored_root(size, STORED))


def asking(old: int, made: SignedCheckpoint, path: list[bytes] | None = None) -> AddCheckpoint:
    size = made.checkpoint.size
    right = stored_consistency_path(old, size, STORED) if 0 < old <= size else []
    return AddCheckpoint(old, tuple(right if path is None else path), parse_checkpoint(made.raw))


ASKED = asking(41, signed())
RAW = ASKED.to_bytes()


# Bytes


def test_the_example_of_c2sp_is_read_and_printed() -> None:
    raw = EXAMPLES["tlog-witness"].encode()
    asked = AddCheckpoint.from_bytes(raw)
    assert (asked.old, len(asked.path), asked.checkpoint.checkpoint.size) == (20852014, 4, 20852163)
    assert asked.to_bytes() == raw


@given(st.integers(0, 70), st.integers(1, 70))
def test_a_request_comes_back_from_its_bytes(old: int, size: int) -> None:
    asked = asking(old, signed(size))
    assert AddCheckpoint.from_bytes(asked.to_bytes()) == asked


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW[:-1],
        RAW + b"\n",
        b"\n" + RAW,
        RAW.replace(b"old 41", b"old 041"),
        RAW.replace(b"old 41", b"old -1"),
        RAW.replace(b"old 41", b"old"),
        RAW.replace(b"old 41", b"new 41"),
        RAW.replace(b"old 41", b"old 41 "),
        RAW.replace(b"old 41\n", b"old 41\nAAAA\n"),
        RAW.replace(b"\n\n", b"\n\n\n", 1),
        RAW.replace(b"\n\n", b"\n", 1),
        RAW.replace(b"\n", b"\r\n"),
        b"old \xff\n\n" + signed().raw,
        b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + signed().raw,
    ],
)
def test_what_is_written_otherwise_is_no_request(raw: bytes) -> None:
    with pytest.raises(Malformed):
        AddCheckpoint.from_bytes(raw)


def test_values_that_no_request_has_are_refused() -> None:
    for changed in ({"old": -1}, {"old": 1 << 63}, {"path": (bytes(31),)}, {"path": (bytes(32),) * 64}):
        with pytest.raises(Malformed):
            replace(ASKED, **changed)
    with pytest.raises(TooLarge):
        AddCheckpoint.from_bytes(b"\n" * (limits.ADD_CHECKPOINT_BYTES + 1))


@given(st.integers(0, (1 << 63) - 1))
def test_the_size_that_a_witness_answers_comes_back(size: int) -> None:
    assert read_size(size_bytes(size)) == size


@pytest.mark.parametrize("raw", [b"", b"\n", b"1", b"01\n", b"1\n\n", b" 1\n", b"-1\n", b"1\r\n", b"\xff\n", b"9" * 400 + b"\n"])
def test_other_answers_are_no_size(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_size(raw)


# The decision


@given(st.data())
def test_a_log_that_grew_is_cosigned_from_wherever_the_witness_stands(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(0, size))
    decided = decide(asking(old, signed(size)), LOG, seen(old))
    assert decided == Accepted(signed(size))
    assert decided.seen == seen(size)


def test_a_log_that_was_never_seen_starts_from_nothing() -> None:
    assert decide(asking(0, signed(5)), LOG) == Accepted(signed(5))
    empty = signed(0)
    assert decide(asking(0, empty), LOG) == Accepted(empty)
    assert Seen(0, root_of(())) == NOTHING_SEEN


def test_an_unknown_log_is_refused() -> None:
    assert decide(ASKED, None, seen(41)) == Refused(Refusal.UNKNOWN_LOG, 0)
    other = log_key("another.example/log", LOG_SECRET.public)
    assert decide(ASKED, other, seen(41)) == Refused(Refusal.UNKNOWN_LOG, 0)


def test_a_checkpoint_that_the_log_did_not_sign_is_refused() -> None:
    text = checkpoint().to_text()
    line = sign(text, ORIGIN, OTHER)
    unknown = replace(ASKED, checkpoint=parse_checkpoint(Note(text, (line,)).to_bytes()))
    assert decide(unknown, LOG, seen(41)) == Refused(Refusal.NOT_SIGNED, 0)
    wrong = replace(ASKED, checkpoint=parse_checkpoint(signed(69).raw.replace(b"\n69\n", b"\n70\n")))
    assert decide(wrong, LOG, seen(41)) == Refused(Refusal.NOT_SIGNED, 0)


def test_sizes_that_go_back_or_do_not_meet_are_refused_with_what_was_seen() -> None:
    assert decide(asking(42, signed(41)), LOG, seen(42)) == Refused(Refusal.OLD_IS_LARGER, 42)
    assert decide(asking(41, signed()), LOG, seen(50)) == Refused(Refusal.OTHER_SIZE, 50)
    assert decide(asking(0, signed()), LOG, seen(50)) == Refused(Refusal.OTHER_SIZE, 50)
    # a log that was rolled back finds its witness ahead of it
    assert decide(asking(41, signed(45)), LOG, seen(50)) == Refused(Refusal.OTHER_SIZE, 50)


def test_the_same_size_with_another_root_is_a_fork() -> None:
    forked = signed(41, octets("another root"))
    assert decide(asking(41, forked), LOG, seen(41)) == Refused(Refusal.OTHER_ROOT, 41)
    assert decide(asking(0, signed(0, bytes(32))), LOG) == Refused(Refusal.OTHER_ROOT, 0)
    assert {Refusal.OTHER_ROOT, Refusal.BAD_PROOF} == FATAL


@pytest.mark.parametrize(
    ("old", "size", "path"),
    [(41, 70, []), (41, 70, [bytes(32)] * 6), (0, 70, [bytes(32)]), (41, 41, [bytes(32)]), (0, 0, [bytes(32)])],
)
def test_a_proof_that_does_not_lead_there_or_is_one_too_many_is_refused(old: int, size: int, path: list[bytes]) -> None:
    assert decide(asking(old, signed(size), path), LOG, seen(old)) == Refused(Refusal.BAD_PROOF, old)


def test_a_rewritten_log_has_no_proof() -> None:
    rewritten = signed(70, octets("another root"))
    assert decide(asking(41, rewritten), LOG, seen(41)) == Refused(Refusal.BAD_PROOF, 41)


# The answer


def test_the_feeder_takes_the_cosignature_and_passes_over_others() -> None:
    made = signed()
    lines = [cosign_checkpoint(made, name_of(state), secret_of(state), NOW) for state in (EC, CO)]
    taken = read_cosignatures(cosignature_bytes(*lines), made, witness(CO))
    assert taken == witnessed(made, (CO, NOW))
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        read_cosignatures(cosignature_bytes(lines[0]), made, witness(CO))
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        read_cosignatures(b"", made, witness(CO))
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        read_cosignatures(EXAMPLES["tlog-witness response"].encode(), made, witness(CO))


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    line = cosign_checkpoint(signed(69), name_of(CO), secret_of(CO), NOW)
    with pytest.raises(SignatureRefused):
        read_cosignatures(cosignature_bytes(line), signed(), witness(CO))


def test_what_is_no_line_is_no_answer() -> None:
    line = cosignature_bytes(cosign_checkpoint(signed(), name_of(CO), secret_of(CO), NOW))
    for raw in (line[:-1], b"\n" + line, line + b"\n", b"\xff" + line, line.replace(b"\n", b"\x0b"), line * 65):
        with pytest.raises(Malformed):
            read_cosignatures(raw, signed(), witness(CO))
    with pytest.raises(SignatureRefused):
        read_cosignatures(line * 2, signed(), witness(CO))
    with pytest.raises(TooLarge):
        read_cosignatures(b"\n" * (limits.COSIGNATURES_BYTES + 1), signed(), witness(CO))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for read in (AddCheckpoint.from_bytes, lambda body: read_cosignatures(body, signed(), witness(CO))):
        with pytest.raises(ProtocolError):
            read(raw)


# What others were shown


@pytest.mark.parametrize(("one", "other"), [(41, 70), (70, 41), (64, 70), (70, 70), (0, 70), (70, 0), (0, 0)])
def test_trees_of_one_history_do_not_contradict_each_other_whichever_comes_first(one: int, other: int) -> None:
    small, large = sorted((one, other))
    path = stored_consistency_path(small, large, STORED) if small else []
    assert contradiction(seen(one), seen(other), path) is None


def test_one_size_with_two_roots_needs_no_path_to_contradict_itself() -> None:
    assert contradiction(seen(41), replace(seen(41), root=octets("another root")), ()) is Refusal.OTHER_ROOT
    assert contradiction(NOTHING_SEEN, replace(NOTHING_SEEN, root=octets("another root")), ()) is Refusal.OTHER_ROOT


def test_a_path_that_leads_elsewhere_contradicts_what_was_signed() -> None:
    path = stored_consistency_path(41, 70, STORED)
    other = replace(seen(70), root=octets("another root"))
    for given_path in (path, path[:-1], []):
        assert contradiction(seen(41), other, given_path) is Refusal.BAD_PROOF
        assert contradiction(other, seen(41), given_path) is Refusal.BAD_PROOF


@pytest.mark.parametrize("sizes", [(41, 70), (64, 65), (1, 70)])
def test_a_path_is_read_as_it_was_written(sizes: tuple[int, int]) -> None:
    path = tuple(stored_consistency_path(*sizes, STORED))
    assert read_path(path_bytes(path)) == path


def test_no_path_is_no_line() -> None:
    assert path_bytes(()) == b""
    assert read_path(b"") == ()


LINE = path_bytes([bytes(32)])


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (LINE[:-1], Malformed),
        (b"\n", Malformed),
        (LINE + b"\n", Malformed),
        (b"\xff" * 44 + b"\n", Malformed),
        (LINE.replace(b"=", b"A"), Malformed),
        (LINE * 64, Malformed),
        (b"x" * (limits.CONSISTENCY_PATH_BYTES + 1), TooLarge),
    ],
)
def test_what_is_no_path_is_refused(raw: bytes, error: type[ProtocolError]) -> None:
    with pytest.raises(error):
        read_path(raw)


def test_the_longest_path_is_read() -> None:
    assert len(read_path(LINE * 63)) == 63
