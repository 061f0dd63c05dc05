"""Proofs that a log has an entry: what they show, and what they do not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.merkle import inclusion_path
from protocol import limits
from protocol.checkpoint import Quorum, log_key, parse_checkpoint
from protocol.errors import CheckpointRefused, LogProofRefused, Malformed, ProtocolError, SignatureRefused, TooLarge
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from tests.protocol.federation import CO, NOW
from tests.protocol.logs import (
    ENTRIES,
    LEAVES,
    LOG,
    LOG_SECRET,
    POLICY,
    WITNESSED,
    WITNESSES,
    proof,
    signed,
    witnessed,
)

PROOF = proof(41)
RAW = PROOF.to_bytes()


@pytest.mark.parametrize("index", [0, 1, 41, 63, 64, 69])
def test_a_proof_shows_that_the_log_has_an_entry_and_since_when_it_was_witnessed(index: int) -> None:
    read = LogProof.from_bytes(proof(index).to_bytes())
    assert read == proof(index)
    shown = check_proof(read, ENTRIES[index], POLICY)
    assert (shown.index, shown.checkpoint, shown.witnessed) == (index, WITNESSED, NOW + 5)


def test_the_file_is_lines_and_then_the_checkpoint_as_it_came() -> None:
    head, _, note = RAW.partition(b"\n\n")
    assert head.decode().split("\n")[:2] == ["c2sp.org/tlog-proof@v1", "index 41"]
    assert note == WITNESSED.raw
    with_more = replace(PROOF, extra=b"told beside it")
    assert with_more.to_bytes().decode().split("\n")[1] == "extra dG9sZCBiZXNpZGUgaXQ="
    assert LogProof.from_bytes(with_more.to_bytes()) == with_more
    check_proof(with_more, ENTRIES[41], POLICY)


def test_a_log_of_one_entry_needs_no_path() -> None:
    alone = proof(0, witnessed(signed(1), (CO, NOW)))
    assert alone.path == ()
    read = LogProof.from_bytes(alone.to_bytes())
    assert check_proof(read, ENTRIES[0], LogPolicy((LOG,), Quorum(1, WITNESSES))).witnessed == NOW


def test_without_a_quorum_it_shows_what_the_log_alone_says() -> None:
    assert check_proof(proof(3, signed()), ENTRIES[3], LogPolicy((LOG,), None)).witnessed is None


def test_another_entry_place_or_path_is_refused() -> None:
    for wrong, entry in (
        (PROOF, ENTRIES[40]),
        (replace(PROOF, index=40), ENTRIES[41]),
        (replace(PROOF, index=70), ENTRIES[41]),
        (replace(PROOF, path=PROOF.path[:-1]), ENTRIES[41]),
        (replace(PROOF, path=(*PROOF.path, bytes(32))), ENTRIES[41]),
        (replace(PROOF, path=tuple(inclusion_path(41, LEAVES[:69]))), ENTRIES[41]),
    ):
        with pytest.raises(LogProofRefused):
            check_proof(wrong, entry, POLICY)


def test_the_size_is_bound_by_the_signature_though_the_path_leads_on() -> None:
    # of 69 leaves and of 70, the path of leaf 3 has as many hashes: only another root tells them apart
    other = parse_checkpoint(signed(69, WITNESSED.checkpoint.root).raw)
    check_proof(replace(proof(3), checkpoint=other), ENTRIES[3], LogPolicy((LOG,), None))
    forged = WITNESSED.raw.replace(b"\n70\n", b"\n69\n")
    with pytest.raises(SignatureRefused):
        check_proof(replace(proof(3), checkpoint=parse_checkpoint(forged)), ENTRIES[3], POLICY)


def test_another_log_and_too_few_witnesses_are_refused() -> None:
    with pytest.raises(CheckpointRefused, match="other_log"):
        check_proof(PROOF, ENTRIES[41], LogPolicy((log_key("another.example/log", LOG_SECRET.public),), None))
    with pytest.raises(CheckpointRefused, match="other_log"):
        check_proof(PROOF, ENTRIES[41], LogPolicy((), None))
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        check_proof(proof(41, witnessed(signed(), (CO, NOW))), ENTRIES[41], POLICY)


@pytest.mark.parametrize(
    "raw",
    [
        # of transparency-dev/merkle, proof/tlog_proof_test.go
        b"wrong-header\nindex 0\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\n\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\nindex -5\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!\n\ncheckpoint\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 86 + b"==\n\ncheckpoint\n",
        # and of a proof that would hold
        b"",
        RAW[:-1],
        RAW.replace(b"index 41", b"index 041"),
        RAW.replace(b"index 41", b"index  41"),
        RAW.replace(b"index 41", b"extra \nindex 41"),
        RAW.replace(b"index 41", b"extra AB==\nindex 41"),
        RAW.replace(b"index 41", b"index 41\nindex 41"),
        RAW.replace(b"index 41\n", b"index 41\nextra AA==\n"),
        RAW.replace(b"\n\n", b"\n\n\n", 1),
        RAW.replace(b"\n", b"\r\n"),
        b"\n" + RAW,
        RAW + b"\n",
        b"\xff\n\n" + WITNESSED.raw,
    ],
)
def test_what_is_written_otherwise_is_no_proof(raw: bytes) -> None:
    with pytest.raises(Malformed):
        LogProof.from_bytes(raw)


def test_values_that_no_proof_has_are_refused() -> None:
    for changed in ({"index": -1}, {"index": 1 << 63}, {"path": (bytes(31),)}, {"path": (bytes(32),) * 64}, {"extra": b""}):
        with pytest.raises(Malformed):
            replace(PROOF, **changed)
    with pytest.raises(TooLarge):
        LogProof.from_bytes(b"\n" * (limits.LOG_PROOF_BYTES + 1))


@given(st.data())
def test_every_byte_of_a_proof_counts(data: st.DataObject) -> None:
    raw = bytearray(RAW)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        shown = check_proof(LogProof.from_bytes(bytes(raw)), ENTRIES[41], POLICY)
    except ProtocolError:
        return
    # a witness's name or key id became an unknown one: two others still make the quorum
    assert shown.checkpoint.checkpoint == WITNESSED.checkpoint
    assert len(shown.checkpoint.cosignatures) == 2
