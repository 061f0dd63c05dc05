"""What somebody tries who hands a court a bundle: each attempt is refused, by its name."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from crypto.merkle import leaf_hash
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_root
from deploy.verify_bundle import verify
from protocol.asic import unpack
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.directory import SigningPeriod, WorkingEntry
from protocol.envelope import SignedEnvelope, sign_envelope
from protocol.evidence import LogEvidence
from protocol.jws import key_id
from protocol.messages import Body
from protocol.tlog_proof import LogProof
from protocol.wire import Octets32, to_base64url
from tests.deploy.verdicts import of, told, unsaid
from tests.protocol.bundles import (
    AFTER,
    BEFORE,
    NEWEST,
    ROOT_DIGEST,
    SEEN,
    UY,
    WITNESSES,
    Exchange,
    Log,
    X,
    bundle,
    member_file,
    origin,
    policy_file,
    repacked,
    secret_of,
    witness_name,
    witnessed,
)
from tests.protocol.federation import BR, CO, DAY, NOW, PE, octets, signing_key, working_entry

FILES = unpack(bundle())
TARGETS = "directory/3/targets.json"


# The messages


def test_a_key_out_of_its_period() -> None:
    assert of(Exchange(secret=lambda state: signing_key(state, "past" if state == CO else "current"))) == "key_not_valid"
    assert of(Exchange(iat=NOW + 200 * DAY)) == "key_not_valid"


def test_a_key_of_nobody() -> None:
    assert of(Exchange(secret=lambda state: secret_of(f"nobody's {state}"))) == "key_not_valid"


def test_a_signature_that_is_of_something_else() -> None:
    raw = FILES["envelopes/01.json"]
    start = raw.index(b'"signature":"') + 13
    changed = raw[:start] + (b"A" if raw[start : start + 1] != b"A" else b"B") + raw[start + 1 :]
    # its digest is another one, too: both logs have an entry of another message
    evidence = Exchange().evidence()
    report = verify(replace(evidence, envelopes=(changed, evidence.envelopes[1])).to_bytes(), ROOT_DIGEST)
    assert [line.code for line in report.lines if line.status == "fails"] == ["not_the_reply"]
    alone = replace(
        evidence,
        envelopes=(changed,),
        logs={state: replace(log, messages=log.messages[:1]) for state, log in evidence.logs.items()},
    )
    assert told(alone.to_bytes()) == "signature"


def test_a_stolen_envelope_key_after_rotation() -> None:
    # the thief writes a date at which the old key was valid: the interval begins later
    def past(state: Authority) -> SigningKey:
        return signing_key(state, "past")

    assert of(Exchange(secret=past, iat=NOW - 150 * DAY)) == "backdated"


class KeyGone(Exchange):
    """What the officers of Colombia revoked is not in the directory that came after the exchange."""

    def __init__(self, **changes: object) -> None:
        super().__init__(**changes, working=self.without)  # type: ignore[arg-type]

    @staticmethod
    def without(version: int, state: Authority) -> WorkingEntry:
        new = SigningPeriod(key=bytes(secret_of("the next key of CO").public), not_before=NOW, not_after=NOW + DAY)
        return working_entry(state, signing=(new,)) if state == CO and version > BEFORE else working_entry(state)


def test_a_key_that_was_revoked_afterwards_is_told() -> None:
    assert unsaid(KeyGone()) == {"key_gone"}


def test_a_key_that_was_over_when_the_witnesses_saw_it_is_told() -> None:
    def short(_version: int, state: Authority) -> WorkingEntry:
        period = SigningPeriod(key=bytes(signing_key(state).public), not_before=NOW - DAY, not_after=NOW + 60)
        return working_entry(state, signing=(period,))

    assert unsaid(Exchange(working=short)) == {"key_over"}


def test_a_directory_that_was_past_its_date_is_told() -> None:
    late = NOW + 10 * DAY
    seen = tuple((state, late + 60) for state in WITNESSES)
    assert "directory_over" in unsaid(Exchange(iat=late, early=seen, late=seen, interval=late - 60))


@pytest.mark.parametrize("version", [BEFORE, AFTER])
def test_a_state_whose_own_role_was_past_its_date_is_told(version: int) -> None:
    def until(of: int, state: Authority) -> int:
        return NOW if (of, state) == (version, CO) else NOW + 300 * DAY

    # the role that came after the exchange says nothing of the key that was used in it
    over = verify(Exchange(role_until=until).evidence().to_bytes(), ROOT_DIGEST)
    assert over.exit_code == (3 if version == BEFORE else 0)
    told = [(line.facts["number"], line.facts["state"], line.facts["version"]) for line in over.lines if line.code == "role_over"]
    assert told == ([(1, CO, BEFORE)] if version == BEFORE else [])
    assert verify(Exchange(role_until=lambda *_: NOW + 6).evidence().to_bytes(), ROOT_DIGEST).exit_code == 0


class OtherReply(Exchange):
    """Peru's answer cites another question."""

    def envelope(self, body: Body, sender: Authority, to: Authority, iat: int, re: str | None = None) -> SignedEnvelope[Body]:
        return super().envelope(body, sender, to, iat, None if re is None else octets("another question").hex())


def test_an_answer_to_another_question() -> None:
    assert of(OtherReply()) == "not_the_reply"


class NoRequest(Exchange):
    """Colombia asks twice, instead of Peru answering."""

    def envelopes(self) -> tuple[SignedEnvelope[Body], ...]:
        asked, reply = super().envelopes()
        return asked, self.envelope(reply.envelope.body, PE, CO, self.iat + 5)


def test_an_answer_to_nothing() -> None:
    assert of(NoRequest()) == "not_the_reply"


class CitesAnother(Exchange):
    """The messages cite the directory that was adopted only a day later."""

    def envelope(self, body: Body, sender: Authority, to: Authority, iat: int, re: str | None = None) -> SignedEnvelope[Body]:
        made = super().envelope(body, sender, to, iat, re)
        return sign_envelope(made.envelope.model_copy(update={"directory": self.ref(AFTER)}), self.secret(sender))


def test_a_message_that_cites_a_directory_of_later() -> None:
    assert of(CitesAnother()) == "cited_other"


# The logs


def test_a_missing_counterpart() -> None:
    for ending in (".entry", ".tlog-proof"):
        assert told(repacked(bundle(), {f"logs/PE/02{ending}": None})) == "missing"


def test_two_sides_that_committed_to_different_things() -> None:
    assert of(Exchange(salts=lambda state: octets(f"a salt of {state}"))) == "other_entry"


class Forked(Exchange):
    """Peru shows the court another history than its witnesses."""

    def side(self, state: Authority, peer: Authority, digests: Sequence[str]) -> LogEvidence:
        honest = super().side(state, peer, digests)
        if state == CO:
            return honest
        other = replace(self, salts=lambda _: octets("what it told others"))
        return replace(honest, adopted=Exchange.side(other, state, peer, digests).adopted)


def test_a_fork() -> None:
    assert of(Forked()) == "fork"


class ForkSeen(Exchange):
    """Colombia's interval begins with a checkpoint of Peru's log that is not the one that Peru shows."""

    def seen_before(self, _log: Log, peer: Authority) -> bytes:
        secret = secret_of(f"log of {peer}")
        made = sign_checkpoint(Checkpoint(origin(peer, secret), 9, octets("another history")), secret)
        return witnessed(made, [(state, NOW - 60) for state in WITNESSES], self.witness_secret).raw


def test_a_fork_that_the_other_side_had_seen() -> None:
    sizes = {LogProof.from_bytes(raw).checkpoint.checkpoint.size for name, raw in FILES.items() if name.endswith(".tlog-proof")}
    assert 9 in sizes
    assert of(ForkSeen()) == "fork"


def test_an_entry_that_is_dated_before_its_interval_began() -> None:
    assert of(Exchange(iat=NOW - 30 * DAY)) == "backdated"
    # without the interval it shows that the witnesses saw it a month later
    assert unsaid(Exchange(iat=NOW - 30 * DAY, interval=None)) == {"late", "no_bound"}


def test_an_entry_that_is_dated_after_the_witnesses_saw_it() -> None:
    assert of(Exchange(iat=NOW + 3600)) == "dated_ahead"


def test_an_entry_that_is_dated_otherwise_than_its_message() -> None:
    assert of(Exchange(dated=-600)) == "dated_otherwise"
    assert of(Exchange(dated=1000)) == "dated_otherwise"


def test_without_the_proofs_of_that_time_the_time_cannot_be_said() -> None:
    assert unsaid(Exchange(early=None)) == {"no_early"}
    assert unsaid(Exchange(after=False)) == {"no_later_adoption"}


@pytest.mark.parametrize("which", ["early", "late"])
def test_too_few_witnesses(which: str) -> None:
    two = tuple((state, SEEN) for state in WITNESSES[:2])
    few = Exchange(early=two) if which == "early" else Exchange(late=two)
    assert of(few) == "too_few_witnesses"


def test_the_quorum_is_the_directorys() -> None:
    two = tuple((state, SEEN) for state in WITNESSES[:2])
    assert of(Exchange(late=two, policy=lambda _: policy_file(witness_faults=0))) == "too_few_witnesses"
    four = Exchange(policy=lambda _: policy_file(witness_faults=3))
    assert of(four) == "too_few_witnesses"


def test_witnesses_whom_the_directory_does_not_have() -> None:
    assert of(Exchange(witness_secret=lambda state: secret_of(f"not the witness of {state}"))) == "unknown_line"


def test_a_log_that_witnesses_itself() -> None:
    own = (*((state, SEEN) for state in WITNESSES[:2]), (CO, SEEN), (PE, SEEN))
    assert of(Exchange(late=own)) == "unknown_line"


def test_a_log_that_the_directory_does_not_have() -> None:
    assert of(Exchange(log_secret=lambda state: secret_of(f"not the log of {state}"))) == "other_log"


def rotated(state: Authority, size: int, root: bytes) -> bytes:
    """A member that has a new log since; the one before is frozen."""
    new, old = secret_of(f"the next log of {state}"), secret_of(f"log of {state}")
    return member_file(
        state,
        log={"origin": origin(state, new), "key": to_base64url(bytes(new.public))},
        former_logs=[
            {"origin": origin(state, old), "key": to_base64url(bytes(old.public)), "size": size, "root": to_base64url(root)}
        ],
    )


def frozen(exchange: Exchange, size: int | None = None) -> Exchange:
    """The exchange as a court sees it after Colombia's log key was replaced, frozen at a size: the last if none is named."""
    log, *_ = exchange.log(CO, PE, [each.digest for each in exchange.envelopes()])
    at = len(log.entries) if size is None else size
    root: Octets32 = stored_root(at, held_subtrees([leaf_hash(entry) for entry in log.entries[:at]]))

    def members(version: int, state: Authority) -> bytes:
        return rotated(state, at, root) if state == CO and version == NEWEST else member_file(state)

    return replace(exchange, members=members)


def test_entries_of_a_log_that_was_closed_since_hold() -> None:
    assert verify(frozen(Exchange()).evidence().to_bytes(), ROOT_DIGEST).exit_code == 0
    assert unsaid(frozen(Exchange(early=None))) == {"no_early"}


def test_a_stolen_log_key_after_rotation() -> None:
    # what the thief adds stands past the end, and what the thief rewrites has another root
    assert of(frozen(Exchange(), size=3)) == "not_frozen"
    rewritten_since = replace(frozen(Exchange()), dated=1)
    assert of(rewritten_since) == "not_frozen"


def next_key(state: Authority) -> SigningKey:
    return secret_of(f"the next witness of {state}")


def of_new_witnesses(version: int, state: Authority) -> bytes:
    """A member file: in the newest directory all witnesses have other keys."""
    key = next_key(state)
    changed = {"name": f"celosia/{state}/witness/{key_id(key.public)[:8]}", "key": to_base64url(bytes(key.public))}
    return member_file(state, witness=changed) if version == NEWEST else member_file(state)


def test_witnesses_that_have_other_keys_since() -> None:
    # what they saw then counts by the directory of then, what they see now by that of now
    since = Exchange(members=of_new_witnesses, late_secret=next_key)
    assert verify(since.evidence().to_bytes(), ROOT_DIGEST).exit_code == 0
    # a thief of all their former keys has the entry in no log of today
    assert of(Exchange(members=of_new_witnesses)) == "too_few_witnesses"


def forged(proof: bytes, witness: str) -> bytes:
    """The proof with another signature in the line of a witness."""
    lines = proof.decode().split("\n")
    at = next(number for number, line in enumerate(lines) if f" {witness} " in line)
    before, _, made = lines[at].rpartition(" ")
    raw = base64.b64decode(made)
    lines[at] = f"{before} {base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()}"
    return "\n".join(lines).encode()


def test_a_cosignature_that_nobody_needs_has_to_hold_all_the_same() -> None:
    name, old = "logs/CO/01.tlog-proof", witness_name(UY, secret_of(f"witness of {UY}"))
    # under the checkpoint at which a log was frozen, whose size and root the directory has
    closed = frozen(Exchange()).evidence().to_bytes()
    assert told(repacked(closed, {name: forged(unpack(closed)[name], old)})) == "cosignature"
    # and of a witness's former key, beside those of today
    since = Exchange(members=of_new_witnesses, late_secret=next_key).evidence().to_bytes()
    own = LogProof.from_bytes(unpack(since)[name]).checkpoint.checkpoint
    besides = witnessed(sign_checkpoint(own, secret_of(f"log of {CO}")), [(UY, SEEN)], lambda _: secret_of(f"witness of {UY}"))
    with_both = unpack(since)[name] + besides.raw.splitlines(keepends=True)[-1]
    assert verify(repacked(since, {name: with_both}), ROOT_DIGEST).exit_code == 0
    assert told(repacked(since, {name: forged(with_both, old)})) == "cosignature"


def test_a_line_of_another_log_of_the_same_state_is_nobodys() -> None:
    name, closed = "logs/CO/01.tlog-proof", frozen(Exchange()).evidence().to_bytes()
    proof = LogProof.from_bytes(unpack(closed)[name])
    own = proof.checkpoint.checkpoint
    other = sign_checkpoint(
        replace(own, origin=origin(CO, secret_of(f"the next log of {CO}"))), secret_of(f"the next log of {CO}")
    )
    line = other.raw.decode().rpartition("\n\n")[2]
    assert told(repacked(closed, {name: proof.to_bytes() + line.encode()})) == "unknown_line"


def test_a_time_stamp_is_about_the_checkpoint_or_refused() -> None:
    evidence = Exchange().evidence()
    log = evidence.logs[CO]
    assert log.messages[0].early is not None
    text = LogProof.from_bytes(log.messages[0].early).checkpoint.checkpoint.to_text().encode()
    imprint = bytes.fromhex("3031300d060960864801650304020105000420") + sha256(text).digest()
    for token, code in ((b"0\x82" + imprint + b"the rest", 0), (b"0\x82 the rest", 1)):
        stamped = replace(log, messages=(replace(log.messages[0], token=token), *log.messages[1:]))
        report = verify(replace(evidence, logs={**evidence.logs, CO: stamped}).to_bytes(), ROOT_DIGEST)
        assert report.exit_code == code
        assert ("token" if code == 0 else "other_token") in [line.code for line in report.lines]


def test_an_exchange_is_what_the_report_is_about() -> None:
    report = verify(bundle(), ROOT_DIGEST)
    assert X in FILES["cover.en.txt"].decode()
    assert {line.facts.get("sender") for line in report.lines} - {None} == {CO, PE}
    assert BR not in report.to_text("en")
