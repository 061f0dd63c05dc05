"""What a peer reads of the audit log: that it grows, and its own exchanges. Nothing tells whether there are others."""

from collections.abc import Mapping

import pytest

from crypto.merkle import check_consistency
from crypto.subtrees import stored_root
from node.directory.adopted import StoredSet
from node.federation import Federation
from node.flows.keep_log import KeepLog
from node.flows.prove_entry import ProveEntry, quorum_of
from node.flows.serve_log import (
    LogSizes,
    give_checkpoint,
    give_consistency,
    give_counterparts,
    give_directory,
    give_half,
    give_proofs,
    give_witnessed,
)
from node.keys import Keys
from node.safeguards.door import Door
from node.store import audit_log
from node.store.database import Database, ExchangeRef, Work
from node.store.kept_directories import keep
from node.store.tables import DeniedPeer, Intake, PeerUse
from protocol import jws
from protocol.authority import Authority
from protocol.checkpoint import parse_checkpoint
from protocol.envelope import ENVELOPE_TYPE, Envelope
from protocol.errors import CheckpointRefused, DeniedSender, ProtocolError, QuotaSpent, WrongQuestion
from protocol.evidence_half import half_of, read_half
from protocol.journal import Act, local_entry, read_entry
from protocol.limits import DAILY_QUOTAS, LOG_READING
from protocol.log_proofs import ExchangeProofs, ProvenEntry
from protocol.members import MemberKeys
from protocol.messages import Counterparts, CounterpartsWanted
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from protocol.wire import parse, sha256
from protocol.witnessing import read_path
from tests.node.conftest import ALICE, Clock, admitted_by_us
from tests.node.flows.test_prove_entry import WITH_NEW_KEY, WITHOUT_ONE, cosign, renewed_of_peru
from tests.node.store.test_kept_directories import FIRST
from tests.node.store.test_log_evidence import ASKED, adopt, beat, exchange
from tests.protocol.federation import BR, CO, NOW, PE, directory, member_entry, witness_secret
from tests.protocol.logs import signed

X = "ab" * 16


@pytest.fixture
def log(database: Database, keys: Keys) -> KeepLog:
    """At 1 and 2 what was said to Peru, at 3 to Brazil under the same id, at 4 an outcome."""
    keep = KeepLog(database, keys, CO)
    with database.begin() as work:
        for act, peer in ((Act.QUESTION_ASKED, PE), (Act.ANSWER_RECEIVED, PE), (Act.QUESTION_ASKED, BR)):
            work.record_envelope(act, ExchangeRef(X, peer, "out"), digest="d" * 64, salt=bytes(32))
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
    keep.beat()
    return keep


def entries(work: Work, member: Federation, door: Door, x: str, asker: Authority) -> tuple[ProvenEntry, ...]:
    cleared = give_proofs(work, member, door, x, asker)
    assert cleared.to == asker
    return parse(ExchangeProofs, cleared.raw, limit=1 << 20, where="log").entries


def test_a_peer_gets_the_entries_of_its_own_exchange_and_can_check_them(
    log: KeepLog, door: Door, work: Work, member: Federation
) -> None:
    found = entries(work, member, door, X, PE)
    assert [read_entry(each.entry).kind for each in found] == [Act.QUESTION_ASKED, Act.ANSWER_RECEIVED]
    (other,) = entries(work, member, door, X, BR)
    assert read_entry(other.entry).peer == BR
    keys = ProveEntry(log.database, log.keys, member).log_keys()
    for each in (*found, other):
        proof = LogProof.from_bytes(each.proof)
        check_proof(proof, each.entry, LogPolicy((keys[proof.checkpoint.checkpoint.origin],), None))


def adopt_with_our_log(log: KeepLog, member: Federation, files: Mapping[str, bytes]) -> None:
    ours = MemberKeys.of(CO, log.keys.log.public, witness_secret(CO).public)
    member.adopt(directory({**files, "members/CO.json": member_entry(CO, log=ours.log).to_bytes()}))


def test_after_another_witness_key_an_entry_is_proved_by_those_of_today_once_they_can(
    log: KeepLog, door: Door, member: Federation
) -> None:
    cosign(log, PE, BR)
    with log.database.begin() as work:
        before, _ = entries(work, member, door, X, PE)
    adopt_with_our_log(log, member, WITH_NEW_KEY)
    policy = LogPolicy(tuple(ProveEntry(log.database, log.keys, member).log_keys().values()), quorum_of(member))
    with log.database.begin() as work:
        assert entries(work, member, door, X, PE)[0] == before  # nobody of today has seen it: that it is in the log, at least
    with pytest.raises(CheckpointRefused):
        check_proof(LogProof.from_bytes(before.proof), before.entry, policy)
    log.beat()
    cosign(log, PE, BR, secret_of=renewed_of_peru)
    with log.database.begin() as work:
        found, _ = entries(work, member, door, X, PE)
    assert found.entry == before.entry
    assert check_proof(LogProof.from_bytes(found.proof), found.entry, policy).witnessed == NOW


def test_where_too_few_witnesses_can_be_asked_the_first_checkpoint_is_given(log: KeepLog, door: Door, member: Federation) -> None:
    cosign(log, PE, BR)
    with log.database.begin() as work:
        before = entries(work, member, door, X, PE)
    log.beat()
    cosign(log, PE, BR)
    adopt_with_our_log(log, member, WITHOUT_ONE)
    with log.database.begin() as work:
        assert entries(work, member, door, X, PE) == before


def refusal(work: Work, member: Federation, door: Door, x: str, asker: Authority) -> tuple[str, str | None, dict[str, object]]:
    with pytest.raises(ProtocolError) as refused:
        give_proofs(work, member, door, x, asker)
    return refused.value.code, refused.value.where, dict(refused.value.facts)


def test_others_exchanges_own_acts_what_waits_and_what_never_was_look_alike(
    log: KeepLog, door: Door, work: Work, member: Federation
) -> None:
    waiting, local = "cd" * 16, work.record(Act.PUBLISHED)
    work.record_envelope(Act.QUESTION_ASKED, ExchangeRef(waiting, PE, "out"), digest="d" * 64, salt=bytes(32))
    outcome = work.session.get_one(Intake, 4)
    never = refusal(work, member, door, "00" * 16, PE)
    assert never[0] == WrongQuestion.code
    ec = Authority("EC")
    told = [refusal(work, member, door, x, who) for x, who in ((X, ec), (local.x, PE), (outcome.x, PE), (waiting, PE))]
    assert told == [never] * 4


def test_the_newest_checkpoint_is_given(log: KeepLog, door: Door, work: Work) -> None:
    assert parse_checkpoint(give_checkpoint(work, door, PE).raw).checkpoint.size == 16


def test_the_newest_checkpoint_that_a_quorum_cosigned_is_given(log: KeepLog, door: Door) -> None:
    with log.database.begin() as work, pytest.raises(WrongQuestion):
        give_witnessed(work, door, PE)
    cosign(log, PE, BR)
    log.beat()
    with log.database.begin() as work:
        cleared = give_witnessed(work, door, BR)
        assert cleared.to == BR
        shown = parse_checkpoint(cleared.raw)
        assert shown.checkpoint.size < parse_checkpoint(give_checkpoint(work, door, BR).raw).checkpoint.size
    assert {line.name[8:10] for line in shown.note.signatures} == {CO, PE, BR}


def test_how_the_log_leads_from_one_size_to_another_is_given_up_to_what_it_has_signed(
    log: KeepLog, door: Door, work: Work
) -> None:
    checkpoint = parse_checkpoint(give_checkpoint(work, door, PE).raw).checkpoint
    origin, digest = checkpoint.origin, sha256(checkpoint.origin.encode())
    for old in (1, 8, 15):
        path = read_path(give_consistency(work, door, LogSizes(digest, old, 16), PE).raw)
        root = stored_root(old, audit_log.subtrees(work, origin, 16))
        check_consistency(old, 16, root, checkpoint.root, path)
    for sizes in (
        LogSizes(digest, 16, 16),
        LogSizes(digest, 16, 8),
        LogSizes(digest, 8, 17),
        LogSizes(sha256(b"another log"), 8, 16),
    ):
        with pytest.raises(WrongQuestion):
            give_consistency(work, door, sizes, PE)


def test_before_there_is_one_there_is_nothing_to_read(door: Door, work: Work) -> None:
    for give in (give_checkpoint, give_witnessed):
        with pytest.raises(WrongQuestion):
            give(work, door, PE)
    with pytest.raises(WrongQuestion):
        give_consistency(work, door, LogSizes("0" * 64, 1, 2), PE)


def test_reading_is_charged_to_the_day(log: KeepLog, door: Door, work: Work, member: Federation, clock: Clock) -> None:
    give_checkpoint(work, door, PE)
    give_proofs(work, member, door, X, PE)
    use = work.session.get_one(PeerUse, (PE, clock.now // 86400, LOG_READING))
    assert use.requests == 2
    use.requests = DAILY_QUOTAS[LOG_READING].requests
    work.session.add(use)
    with pytest.raises(QuotaSpent):
        give_proofs(work, member, door, X, PE)
    with pytest.raises(QuotaSpent):
        give_checkpoint(work, door, PE)


def test_who_is_denied_reads_nothing(log: KeepLog, door: Door, work: Work, member: Federation) -> None:
    work.session.add(DeniedPeer(authority=PE, officer_id=ALICE, since=NOW))
    work.session.flush()
    with pytest.raises(DeniedSender):
        give_checkpoint(work, door, PE)
    with pytest.raises(DeniedSender):
        give_witnessed(work, door, PE)
    with pytest.raises(DeniedSender):
        give_consistency(work, door, LogSizes("0" * 64, 1, 2), PE)
    with pytest.raises(DeniedSender):
        give_proofs(work, member, door, X, PE)


def test_the_door_lets_no_entry_out_to_anybody_but_its_other_side(
    log: KeepLog, door: Door, work: Work, member: Federation
) -> None:
    proofs = ExchangeProofs(entries=entries(work, member, door, X, PE))
    with pytest.raises(ValueError, match="other side"):
        door.log_entries(proofs, BR)
    own = local_entry(Act.PUBLISHED, x=X, t=NOW, c="c" * 64).to_bytes()
    with pytest.raises(ValueError, match="other side"):
        door.log_entries(ExchangeProofs(entries=(ProvenEntry(entry=own, proof=b""),)), PE)
    with pytest.raises(ValueError, match="this node's log"):
        door.checkpoint(signed().raw, PE)


def test_the_other_side_of_every_entry_with_a_peer_is_told_to_it_in_a_signed_reply(log: KeepLog, door: Door, work: Work) -> None:
    cleared = give_counterparts(work, door, admitted_by_us(CounterpartsWanted(), PE))
    payload = jws.open_form(cleared.raw, ENVELOPE_TYPE, limit=1 << 20, where="envelope").payload
    told = parse(Envelope[Counterparts], payload, limit=1 << 20, where="envelope").body
    assert cleared.to == PE
    assert [(each.seq, each.kind, each.x) for each in told.entries] == [
        *((1, Act.QUESTION_ASKED, X), (2, Act.ANSWER_RECEIVED, X)),
    ]
    assert not told.more


@pytest.fixture
def proved(database: Database, keys: Keys, clock: Clock) -> KeepLog:
    """A question to Peru and its answer, after a directory was adopted, and witnesses have seen it."""
    keep = KeepLog(database, keys, CO)
    adopt(database, 3)
    beat(keep, clock)
    exchange(database)
    beat(keep, clock)
    return keep


def test_a_peer_gets_this_sides_half_of_a_bundle_about_its_own_exchange(
    proved: KeepLog, door: Door, work: Work, member: Federation, clock: Clock
) -> None:
    cleared = give_half(work, member, door, X, PE)
    half = read_half(cleared.raw)
    assert (cleared.to, [read_entry(each.entry).kind for each in half.messages]) == (PE, list(ASKED))
    assert [read_entry(each.entry).kind for each in half.adopted] == [Act.DIRECTORY_ADOPTED]
    assert work.session.get_one(PeerUse, (PE, clock.now // 86400, LOG_READING)).octets == len(cleared.raw)


def test_no_half_is_given_of_what_is_others_or_not_witnessed(
    proved: KeepLog, database: Database, door: Door, member: Federation
) -> None:
    with database.begin() as work:
        work.record_envelope(Act.QUESTION_ASKED, ExchangeRef("cd" * 16, PE, "out"), digest="d" * 64, salt=bytes(32))
    proved.beat()  # whom no witness saw yet
    with database.read() as work:
        for x, asker in ((X, BR), ("00" * 16, PE), ("cd" * 16, PE)):
            with pytest.raises(WrongQuestion):
                give_half(work, member, door, x, asker)


def test_a_directory_that_was_adopted_is_given_by_its_digest(door: Door, work: Work) -> None:
    keep(work, 7, FIRST)
    cleared = give_directory(work, door, sha256(FIRST.snapshot), PE)
    assert (cleared.to, parse(StoredSet, cleared.raw, limit=1 << 20, where="directory")) == (PE, FIRST)
    with pytest.raises(WrongQuestion):
        give_directory(work, door, "0" * 64, PE)


def test_the_door_lets_no_entry_of_ours_alone_into_a_half(proved: KeepLog, door: Door, work: Work, member: Federation) -> None:
    half = half_of(read_half(give_half(work, member, door, X, PE).raw))
    with pytest.raises(ValueError, match="other side"):
        door.half(half, BR)
    with pytest.raises(ValueError, match="this side alone"):
        door.half(half.model_copy(update={"adopted": half.messages}), PE)
    with pytest.raises(ValueError, match="this side alone"):
        door.half(half.model_copy(update={"interval": half.adopted[0]}), PE)


def test_who_is_denied_gets_no_half_and_no_directory(door: Door, work: Work, member: Federation) -> None:
    work.session.add(DeniedPeer(authority=PE, officer_id=ALICE, since=NOW))
    work.session.flush()
    with pytest.raises(DeniedSender):
        give_half(work, member, door, X, PE)
    with pytest.raises(DeniedSender):
        give_directory(work, door, "0" * 64, PE)
