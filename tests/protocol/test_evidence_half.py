"""One side's half of a bundle: what a peer gives is held against its log before any of it is laid in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from protocol import limits
from protocol.authority import Authority
from protocol.checkpoint import Quorum, log_key, witness_key
from protocol.errors import CheckpointRefused, LogProofRefused, Malformed, ProtocolError, SignatureRefused, TooLarge
from protocol.evidence import LogEvidence, Opening
from protocol.evidence_half import EvidenceHalf, adopted_directory, check_half, half_bytes, half_of, read_half
from protocol.members import FormerLog
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from tests.protocol.bundles import WITNESSES, Exchange, X, origin, secret_of, witness_name
from tests.protocol.federation import BR, CO, PE

EXCHANGE = Exchange()
HALF = EXCHANGE.evidence().logs[PE]
BARE = Exchange(early=None, interval=None).evidence().logs[PE]
_LOG = secret_of("log of PE")
KEY = log_key(origin(PE, _LOG), _LOG.public)
WITNESS_KEYS = [(state, secret_of(f"witness of {state}")) for state in WITNESSES]
QUORUM = Quorum(3, tuple(witness_key(witness_name(state, key), key.public) for state, key in WITNESS_KEYS))
POLICY = LogPolicy((KEY,), QUORUM)


def check(half: LogEvidence, policy: LogPolicy = POLICY, former: tuple[FormerLog, ...] = (), reader: Authority = CO) -> None:
    check_half(half, policy, former, x=X, reader=reader)


@pytest.mark.parametrize("half", [HALF, BARE])
def test_a_half_comes_back_from_its_bytes_and_holds(half: LogEvidence) -> None:
    raw = half_bytes(half_of(half))
    assert len(raw) < limits.EVIDENCE_HALF_BYTES
    assert read_half(raw) == half
    check(half)


def test_what_is_no_half_is_refused() -> None:
    for raw in (b"{}", half_bytes(half_of(HALF)) + b" "):
        with pytest.raises(Malformed):
            read_half(raw)
    with pytest.raises(TooLarge):
        read_half(b" " * (limits.EVIDENCE_HALF_BYTES + 1))
    closed = half_of(HALF).model_copy(update={"adopted": half_of(HALF).messages})
    with pytest.raises(Malformed, match="opening"):
        read_half(half_bytes(closed))


def test_an_adoption_names_a_directory() -> None:
    first = HALF.adopted[0]
    assert adopted_directory(first) == EXCHANGE.ref(3).hash
    for wrong in (None, Opening(bytes(32), b'{"hash":7}')):
        with pytest.raises(Malformed):
            adopted_directory(replace(first, opening=wrong))


def messages_of_others(half: LogEvidence) -> LogEvidence:
    return replace(half, messages=(replace(half.adopted[0], opening=None),))


def other_entry(half: LogEvidence) -> LogEvidence:
    first, *rest = half.messages
    return replace(half, messages=(replace(first, proof=half.messages[1].proof), *rest))


def another_place(half: LogEvidence) -> LogEvidence:
    """The answer's entry stands in the log, and so does its early proof; but of another message's place."""
    adopted = half.adopted[0]
    newest = LogProof.from_bytes(adopted.proof)
    shifted = replace(newest, index=newest.index + 1).to_bytes()
    return replace(half, adopted=(replace(adopted, early=shifted), *half.adopted[1:]))


def not_an_adoption(half: LogEvidence) -> LogEvidence:
    assert half.interval is not None
    return replace(half, adopted=(half.interval,))


def not_an_interval(half: LogEvidence) -> LogEvidence:
    return replace(half, interval=half.adopted[0])


def other_opening(half: LogEvidence) -> LogEvidence:
    first, *rest = half.adopted
    assert first.opening is not None
    opening = Opening(first.opening.salt, first.opening.payload.replace(b"CO", b"BR"))
    return replace(half, adopted=(replace(first, opening=opening), *rest))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (messages_of_others, LogProofRefused),
        (other_entry, LogProofRefused),
        (another_place, LogProofRefused),
        (not_an_adoption, LogProofRefused),
        (not_an_interval, LogProofRefused),
        (other_opening, LogProofRefused),
    ],
)
def test_what_the_log_does_not_prove_is_not_laid_in(
    change: Callable[[LogEvidence], LogEvidence], refusal: type[ProtocolError]
) -> None:
    with pytest.raises(refusal):
        check(change(HALF))


def test_an_early_proof_of_another_checkpoints_place_is_refused() -> None:
    """Both hold by themselves: they are of two logs that begin alike."""
    other_log = Exchange(log_secret=lambda state: secret_of(f"another log of {state}")).evidence().logs[PE]
    other = secret_of("another log of PE")
    both = LogPolicy((KEY, log_key(origin(PE, other), other.public)), QUORUM)
    assert other_log.messages[0].entry == HALF.messages[0].entry
    mixed = replace(HALF.messages[0], early=other_log.messages[0].early)
    with pytest.raises(LogProofRefused, match="position"):
        check(replace(HALF, messages=(mixed, *HALF.messages[1:])), both)


def test_a_half_for_somebody_else_or_of_another_exchange_is_refused() -> None:
    with pytest.raises(LogProofRefused, match="other_kind"):
        check(HALF, reader=BR)
    with pytest.raises(LogProofRefused, match="other_kind"):
        check_half(HALF, POLICY, (), x="0" * 32, reader=CO)


def test_another_log_a_stolen_key_and_too_few_witnesses_are_refused() -> None:
    stolen = secret_of("another log of PE")
    with pytest.raises(CheckpointRefused, match="other_log"):
        check(HALF, LogPolicy((log_key(origin(PE, stolen), stolen.public),), QUORUM))
    with pytest.raises(SignatureRefused):
        check(HALF, LogPolicy((log_key(KEY.name, stolen.public),), QUORUM))
    with pytest.raises(CheckpointRefused, match="not_witnessed"):
        check(Exchange(late=[(BR, 1_790_200_000)]).evidence().logs[PE])


def frozen(size: int, root: bytes) -> FormerLog:
    return FormerLog(origin=KEY.name, key=bytes(KEY.key), size=size, root=root)


def test_a_former_log_counts_as_it_was_frozen_whoever_witnesses_today() -> None:
    last = LogProof.from_bytes(HALF.messages[0].proof).checkpoint.checkpoint
    strangers = LogPolicy((KEY,), Quorum(1, (witness_key("stranger", secret_of("a stranger").public),)))
    check(HALF, strangers, (frozen(last.size, last.root),))
    for wrong in (frozen(last.size - 1, last.root), frozen(last.size, bytes(32))):
        with pytest.raises(CheckpointRefused):
            check(HALF, POLICY, (wrong,))


def test_the_model_has_no_room_for_a_time_stamp() -> None:
    assert set(EvidenceHalf.model_fields) == {"v", "messages", "adopted", "interval"}
