"""The door: the only maker of what leaves, and what it does before it lets something go."""

import dataclasses
from pathlib import Path

import pytest
from sqlmodel import SQLModel, delete, select

from crypto.merkle import root_of
from node.federation import Federation
from node.keys import Keys
from node.safeguards.budgets import charge_officer
from node.safeguards.checks import Outgoing
from node.safeguards.door import (
    Cleared,
    ClearedCheckpoint,
    ClearedFile,
    ClearedGathering,
    ClearedLook,
    ClearedReading,
    ClearedSight,
    Door,
)
from node.safeguards.errors import Stopped
from node.store import manifests
from node.store.archive import find_replies, find_request
from node.store.database import Database, ExchangeRef, Work
from node.store.index_files import IndexFiles
from node.store.tables import BudgetSpending, Exchange, ExchangeKey, ExchangeReply, Intake, WitnessedLog
from protocol import limits
from protocol.admission import Admitted, admit_reply, admit_request, verify_request
from protocol.checkpoint import Checkpoint, origin_of, parse_checkpoint, sign_checkpoint
from protocol.errors import DirectoryTooOld
from protocol.index.manifest import SegmentRef
from protocol.journal import Act, commitment, envelope_payload
from protocol.messages import Body, ManifestsWanted, MatchReceipt, MatchRefusal
from protocol.vocabulary import MatchOutcome
from protocol.wire import sha256
from protocol.witnessing import AddCheckpoint
from tests.node.conftest import ALICE, Clock, admitted_by_us, directory_with, manifest_of
from tests.protocol.federation import (
    BR,
    CO,
    NOW,
    PE,
    POLICY,
    Books,
    border,
    envelope,
    list_id,
    log_secret,
    prepared_question,
    question,
    signed,
)

QUESTION = question(prepared_question())
QUESTION_TO_US = question(prepared_question(), CO)
MADE_OF = {
    Cleared: b"bytes",
    ClearedFile: Path("file"),
    ClearedReading: "digest",
    ClearedCheckpoint: b"bytes",
    ClearedLook: "digest",
    ClearedGathering: "digest",
    ClearedSight: "witnessed",
}


def stop(_work: Work, _outgoing: Outgoing[Body]) -> None:
    raise Stopped("invented")


@pytest.mark.parametrize("kind", MADE_OF)
@pytest.mark.parametrize("seal", [None, object(), True])
def test_nobody_but_the_door_makes_what_leaves(kind: type, seal: object) -> None:
    with pytest.raises(TypeError, match="only the door"):
        kind(PE, MADE_OF[kind], seal)


def test_what_the_door_made_cannot_be_made_into_something_else(door: Door, keys: Keys, work: Work, tmp_path: Path) -> None:
    cleared, _ = door.request(work, Outgoing(PE, QUESTION))
    reading = door.reading(SegmentRef(digest="0" * 64, count=0), PE)
    files = IndexFiles(tmp_path / "index")
    named = (SegmentRef(digest=files.put(b"a segment"), count=0),)
    held = manifests.keep(work, manifest_of(keys, list_=list_id(CO), segments=named), usable=True)
    file = door.index_file(work, files, held, named[0].digest, PE)
    assert file is not None
    for made in (cleared, file, reading):
        with pytest.raises((TypeError, ValueError), match="seal"):
            dataclasses.replace(made, to=CO)  # type: ignore[call-arg]  # what an attacker would try
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.to = CO  # type: ignore[misc]
        assert "seal" not in vars(made)


def test_what_leaves_does_not_show_itself(door: Door, work: Work) -> None:
    cleared, _ = door.request(work, Outgoing(PE, QUESTION, (b"an OPRF input",)))
    assert repr(cleared) == object.__repr__(cleared)
    assert "OPRF" not in repr(Outgoing(PE, QUESTION, (b"an OPRF input",)))


def test_a_request_leaves_signed_and_fresh_and_its_addressee_admits_it(door: Door, keys: Keys, work: Work) -> None:
    cleared, request = door.request(work, Outgoing(PE, ManifestsWanted()))
    assert cleared.to == PE
    assert cleared.raw == request.raw
    admitted = admit_request(verify_request(cleared.raw, border(me=PE, connection=CO, of=directory_with(keys))), Books())
    assert isinstance(admitted, Admitted)
    assert admitted.envelope.iat == NOW
    assert admitted.envelope.exp == NOW + limits.ENVELOPE_LIFETIME


def test_two_requests_share_neither_exchange_id_nor_salt(door: Door, work: Work) -> None:
    (_, one), (_, other) = (door.request(work, Outgoing(PE, ManifestsWanted())) for _ in range(2))
    assert one.envelope.x != other.envelope.x
    assert one.envelope.salt != other.envelope.salt


def test_a_request_cites_the_heads_that_its_addressee_may_hear_of(door: Door, keys: Keys, work: Work) -> None:
    first = manifest_of(keys, list_=list_id(CO))
    manifests.keep(work, first, usable=True)
    _, request = door.request(work, Outgoing(PE, ManifestsWanted()))
    assert request.envelope.heads == (first.head,)


def test_a_request_is_archived_and_put_on_record_with_its_officer(door: Door, work: Work) -> None:
    cleared, request = door.request(work, Outgoing(PE, QUESTION), officer=ALICE)
    archived = find_request(work, request.envelope.x, PE, "out")
    assert archived is not None
    assert (archived.raw, archived.digest, archived.type) == (cleared.raw, request.digest, "match_request")
    act = work.session.exec(select(Intake)).one()
    assert (act.kind, act.x, act.peer, act.officer_id) == (Act.QUESTION_ASKED, request.envelope.x, PE, ALICE)


def test_a_request_that_shows_nothing_of_a_case_is_archived_only(door: Door, work: Work) -> None:
    _, request = door.request(work, Outgoing(PE, ManifestsWanted()))
    assert find_request(work, request.envelope.x, PE, "out") is not None
    assert work.session.exec(select(Intake)).all() == []


@pytest.mark.parametrize("table", [Exchange, ExchangeKey, Intake, BudgetSpending])
def test_what_is_stopped_leaves_nothing_behind(database: Database, member: Federation, keys: Keys, table: type[SQLModel]) -> None:
    def attempt(door: Door) -> None:
        with database.begin() as work:
            charge_officer(work, ALICE, 1, 10)
            door.request(work, Outgoing(PE, QUESTION))

    with pytest.raises(Stopped):
        attempt(Door(member, keys, [stop]))
    with database.read() as work:
        assert work.session.exec(select(table)).all() == []
    attempt(Door(member, keys, []))  # without the safeguard the same attempt leaves its traces
    with database.read() as work:
        assert work.session.exec(select(table)).all() != []


def test_a_reply_is_stopped_as_a_request_is(member: Federation, keys: Keys, work: Work) -> None:
    asked = admitted_by_us(QUESTION_TO_US, PE)
    with pytest.raises(Stopped):
        Door(member, keys, [stop]).reply(work, asked, Outgoing(PE, MatchReceipt(size=QUESTION_TO_US.size)))
    assert work.session.exec(select(ExchangeReply)).all() == []


def test_safeguards_are_asked_in_their_order_until_one_stops(member: Federation, keys: Keys, work: Work) -> None:
    asked: list[str] = []

    def first(_work: Work, _outgoing: Outgoing[Body]) -> None:
        asked.append("first")

    def last(_work: Work, _outgoing: Outgoing[Body]) -> None:
        asked.append("last")

    with pytest.raises(Stopped):
        Door(member, keys, [first, stop, last]).request(work, Outgoing(PE, ManifestsWanted()))
    assert asked == ["first"]


def test_nothing_leaves_under_a_directory_past_its_grace(door: Door, work: Work, clock: Clock, member: Federation) -> None:
    clock.now = int(member.directory.expires.timestamp()) + POLICY.directory_grace
    door.request(work, Outgoing(PE, ManifestsWanted()))
    clock.now += 1
    with pytest.raises(DirectoryTooOld):
        door.request(work, Outgoing(PE, ManifestsWanted()))


def test_nothing_leaves_before_a_directory_was_adopted(keys: Keys, clock: Clock, work: Work) -> None:
    with pytest.raises(DirectoryTooOld):
        Door(Federation(CO, clock), keys, []).request(work, Outgoing(PE, ManifestsWanted()))


def test_a_reply_is_bound_to_its_request_and_the_asker_admits_it(door: Door, keys: Keys, work: Work) -> None:
    request = signed(envelope(QUESTION_TO_US, sender=PE, to=CO))
    asked = admitted_by_us(QUESTION_TO_US, PE)
    cleared = door.reply(work, asked, Outgoing(PE, MatchReceipt(size=QUESTION_TO_US.size)))
    reply = admit_reply(cleared.raw, border(me=PE, connection=CO, of=directory_with(keys)), request)
    assert reply.envelope.re == request.digest
    assert find_replies(work, request.envelope.x, PE, "in") == [("match_receipt", cleared.raw)]
    assert work.session.exec(select(Intake)).all() == []  # the question is on record, a receipt says nothing beyond it


def test_a_refusal_is_put_on_record_as_its_asker_will_enter_it(door: Door, work: Work) -> None:
    asked = admitted_by_us(QUESTION_TO_US, PE)
    refusal = door.reply(work, asked, Outgoing(PE, MatchRefusal(outcome=MatchOutcome("declined"))))
    assert find_replies(work, asked.envelope.x, PE, "in") == [("match_refusal", refusal.raw)]
    act = work.session.exec(select(Intake)).one()
    payload = envelope_payload(sha256(refusal.raw))
    assert (act.kind, act.x, act.commitment) == (
        Act.QUESTION_DECLINED,
        asked.envelope.x,
        commitment(asked.envelope.salt, payload),
    )


def test_a_request_that_may_not_have_arrived_goes_again_byte_for_byte(door: Door, work: Work) -> None:
    cleared, request = door.request(work, Outgoing(PE, QUESTION))
    again = door.again(work, request.envelope.x, PE)
    assert again is not None
    assert (again.to, again.raw) == (PE, cleared.raw)
    charged = dict(work.session.exec(select(BudgetSpending.side, BudgetSpending.elements)).all())
    assert charged == {"asked": QUESTION.size, "ours": QUESTION.size}


def test_a_request_goes_again_to_its_own_addressee_only(door: Door, work: Work) -> None:
    _, request = door.request(work, Outgoing(PE, QUESTION))
    assert door.again(work, request.envelope.x, CO) is None
    assert door.again(work, "0" * 32, PE) is None


def test_a_request_that_was_erased_does_not_go_again(door: Door, work: Work) -> None:
    _, request = door.request(work, Outgoing(PE, QUESTION))
    work.session.exec(delete(ExchangeKey))
    assert door.again(work, request.envelope.x, PE) is None


def test_only_replies_that_were_cleared_before_go_again_in_their_order_and_to_their_addressee(door: Door, work: Work) -> None:
    asked = admitted_by_us(QUESTION_TO_US, PE)
    replies = (MatchReceipt(size=QUESTION_TO_US.size), MatchRefusal(outcome=MatchOutcome("declined")))
    first, second = (door.reply(work, asked, Outgoing(PE, body)) for body in replies)
    again = [(type_, each.to, each.raw) for type_, each in door.replies_again(work, asked.envelope.x, PE)]
    assert again == [("match_receipt", PE, first.raw), ("match_refusal", PE, second.raw)]
    assert door.replies_again(work, asked.envelope.x, CO) == []
    assert door.replies_again(work, "0" * 32, PE) == []


def test_only_what_a_manifest_of_ours_names_and_the_peer_may_see_is_read(
    door: Door, keys: Keys, work: Work, tmp_path: Path
) -> None:
    files, missing = IndexFiles(tmp_path / "index"), "0" * 64
    segment, removals, other = files.put(b"a segment"), files.put(b"a bitmap"), files.put(b"of no manifest")
    named = (SegmentRef(digest=segment, count=0, removals=removals), SegmentRef(digest=missing, count=0))
    ours = manifests.keep(work, manifest_of(keys, list_=list_id(CO), segments=named), usable=True)
    theirs = manifests.keep(work, manifest_of(keys, list_=list_id(PE), authority=PE, audience="set", segments=named), usable=True)
    for digest in (segment, removals):
        file = door.index_file(work, files, ours, digest, PE)
        assert file is not None
        assert (file.to, file.path) == (PE, files.path(digest))
    assert [door.index_file(work, files, ours, digest, PE) for digest in (missing, other, "../node.toml")] == [None] * 3
    assert door.index_file(work, files, theirs, segment, BR) is None


def test_a_reading_is_of_what_a_peer_s_manifest_refers_to(door: Door) -> None:
    reference = SegmentRef(digest="0" * 64, count=0, removals="1" * 64)
    assert [(each.to, each.digest) for each in (door.reading(reference, PE), door.reading(reference, PE, removals=True))] == [
        (PE, "0" * 64),
        (PE, "1" * 64),
    ]
    with pytest.raises(ValueError, match="nothing was removed"):
        door.reading(SegmentRef(digest="0" * 64, count=0), PE, removals=True)


def test_a_peer_is_asked_for_its_half_of_an_exchange_with_it_and_for_a_directory_by_its_digest(door: Door, work: Work) -> None:
    _, request = door.request(work, Outgoing(PE, QUESTION))
    x = request.envelope.x
    cleared = door.ask_half(work, ExchangeRef(x, PE, "out"))
    assert (cleared.to, cleared.name) == (PE, x)
    for other in (ExchangeRef(x, BR, "out"), ExchangeRef(x, PE, "in"), ExchangeRef("0" * 32, PE, "out")):
        with pytest.raises(ValueError, match="no exchange"):
            door.ask_half(work, other)
    assert door.ask_directory("a" * 64, PE).name == "a" * 64
    for name in ("a" * 63, "../keys", "a" * 63 + "\n"):
        with pytest.raises(ValueError, match="digest"):
            door.ask_directory(name, PE)


def test_the_checkpoints_that_leave_are_those_of_our_own_log(door: Door, keys: Keys) -> None:
    own = origin_of(CO, keys.log.public)
    for origin, leaves in ((own, True), (origin_of(PE, log_secret(PE).public), False)):
        asked = AddCheckpoint(0, (), parse_checkpoint(sign_checkpoint(Checkpoint(origin, 0, root_of(())), keys.log).raw))
        if leaves:
            cleared = door.offer(asked, PE)
            assert (cleared.to, cleared.raw) == (PE, asked.to_bytes())
        else:
            with pytest.raises(ValueError, match="not the log of this node"):
                door.offer(asked, PE)


def test_every_member_is_shown_what_was_cosigned_of_a_log(door: Door) -> None:
    origin = origin_of(PE, log_secret(PE).public)
    raw = sign_checkpoint(Checkpoint(origin, 1, bytes(32)), log_secret(PE)).raw
    held = WitnessedLog(origin=origin, authority=PE, size=1, root=bytes(32), raw=raw, at=1)
    for peer in (PE, BR):
        cleared = door.seen(held, peer)
        assert (cleared.to, cleared.raw) == (peer, raw)
    held.origin = "celosia/PE/log/00000000"
    with pytest.raises(ValueError, match="not a checkpoint of that log"):
        door.seen(held, BR)


def test_a_path_that_leaves_is_made_of_hashes(door: Door) -> None:
    cleared = door.path([bytes(32), b"x" * 32], PE)
    assert (cleared.to, cleared.raw.count(b"\n")) == (PE, 2)
    with pytest.raises(ValueError, match="hashes"):
        door.path([bytes(32), b"an entry"], PE)


def test_a_peers_log_is_looked_at_by_its_name_and_by_two_sizes(door: Door, member: Federation) -> None:
    digest = sha256(member.directory.member(PE).log.name.encode())
    assert (door.sight(PE).to, door.sight(PE).name) == (PE, "witnessed")
    between = door.sight_between(3, 5, PE)
    assert (between.to, between.name) == (PE, f"consistency/{digest}/3/5")
    for old, new in ((0, 5), (5, 5), (5, 3), (-1, 1)):
        with pytest.raises(ValueError, match="two sizes"):
            door.sight_between(old, new, PE)
    notes = door.notes_of(PE, BR)
    assert (notes.to, notes.origin) == (BR, digest)
    for log, to in ((PE, PE), (CO, PE)):
        with pytest.raises(ValueError, match="between others"):
            door.notes_of(log, to)
