"""Verifying the log: what was changed in the store is named by its place, whatever was made to agree with it again."""

from collections.abc import Callable, Mapping

import pytest
from sqlmodel import col, select

from crypto.merkle import leaf_hash, root_of
from crypto.note import NoteKey
from crypto.signing import Signer, SigningKey
from node.flows.keep_log import KeepLog
from node.flows.verify_log import Found, Late, LogFault, VerifyLog
from node.keys import Keys
from node.store.database import Database, Work
from node.store.tables import Intake, Log, LogCheckpoint, LogTile
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Quorum,
    add_cosignatures,
    cosign_checkpoint,
    log_key,
    origin_of,
    parse_checkpoint,
    sign_checkpoint,
    witness_key,
)
from protocol.journal import Act
from protocol.tiles import Tile, bundle_bytes, parse_bundle
from tests.node.conftest import ALICE, Clock
from tests.node.flows.verified_log import change_act, keep_log, repeat, verify
from tests.protocol.federation import CO, NOW, PE, octets
from tests.protocol.logs import EC, UY, name_of, secret_of

DAY = 86400


@pytest.fixture
def keep(database: Database, keys: Keys) -> KeepLog:
    return keep_log(database, keys)


def test_a_log_that_nobody_touched_holds(keep: KeepLog) -> None:
    verdict = verify(keep)
    assert verdict.holds
    assert (verdict.size, verdict.checkpoints, verdict.erased, verdict.waiting, verdict.late) == (48, 3, 0, 0, [])
    assert verdict.witnessed is None


def bundle(work: Work) -> tuple[LogTile, list[bytes]]:
    row = work.session.exec(select(LogTile).where(LogTile.level == -1)).one()
    return row, list(parse_bundle(row.content, Tile(None, 0, 48)))


def change(work: Work, how: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change entries, and make the tile of their hashes agree, as somebody would who may write in the database."""
    row, entries = bundle(work)
    changed = how(entries)
    row.content = bundle_bytes(changed)
    leaves = work.session.exec(select(LogTile).where(LogTile.level == 0)).one()
    leaves.content = b"".join(map(leaf_hash, changed))
    work.session.add_all((row, leaves))


def with_another(entries: list[bytes]) -> list[bytes]:
    return [*entries[:5], entries[5].replace(b'"t":1', b'"t":2'), *entries[6:]]


def reordered(entries: list[bytes]) -> list[bytes]:
    return [entries[0], entries[2], entries[1], *entries[3:]]


@pytest.mark.parametrize("how", [with_another, reordered])
def test_an_entry_changed_or_moved_no_longer_leads_to_what_was_signed(
    keep: KeepLog, how: Callable[[list[bytes]], list[bytes]]
) -> None:
    with keep.database.begin() as work:
        change(work, how)
    verdict = verify(keep)
    assert not verdict.holds
    assert {found.fault for found in verdict.faults} >= {LogFault.CHECKPOINT_DIFFERS}
    assert min(found.at for found in verdict.faults if found.fault is LogFault.CHECKPOINT_DIFFERS) == 16


def take_out(work: Work, place: int) -> list[bytes]:
    """Take an act out of the log's middle, and make the store agree: tiles, size, the act itself, the places of those after."""
    change(work, lambda entries: [*entries[:place], *entries[place + 1 :]])
    log = work.session.exec(select(Log)).one()
    log.size -= 1
    work.session.add(log)
    work.session.delete(work.session.exec(select(Intake).where(Intake.position == place)).one())
    work.session.flush()
    for act in work.session.exec(select(Intake).where(col(Intake.position) > place).order_by(col(Intake.position))).all():
        assert act.position is not None
        act.position -= 1
        work.session.add(act)
        work.session.flush()
    row = work.session.exec(select(LogTile).where(LogTile.level == -1)).one()
    return list(parse_bundle(row.content, Tile(None, 0, log.size)))


def signed_anew(work: Work, entries: list[bytes], key: Signer) -> None:
    """Every checkpoint over the entries as they are now, under a key."""
    for held in work.session.exec(select(LogCheckpoint)).all():
        size = held.size - 1
        made = sign_checkpoint(Checkpoint(held.origin, size, root_of([leaf_hash(each) for each in entries[:size]])), key)
        work.session.delete(held)
        work.session.add(LogCheckpoint(origin=held.origin, size=size, at=held.at, raw=made.raw))


@pytest.mark.parametrize("place", [3, 16])
def test_an_entry_taken_out_with_all_hashes_computed_anew_is_in_what_the_log_signed(keep: KeepLog, place: int) -> None:
    with keep.database.begin() as work:
        take_out(work, place)
    assert verify(keep).faults == [
        *(Found(size, LogFault.CHECKPOINT_DIFFERS) for size in (16, 32) if size > place),
        Found(47, LogFault.NO_CHECKPOINT),
        Found(48, LogFault.CHECKPOINT_DIFFERS),
    ]


def test_an_entry_taken_out_under_a_key_of_somebody_else_is_signed_by_nobody(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        signed_anew(work, take_out(work, 3), SigningKey.from_seed(octets("whoever has the database")))
    assert verify(keep).faults == [Found(size, LogFault.CHECKPOINT_UNSIGNED) for size in (15, 31, 47)]


def test_an_entry_taken_out_together_with_the_checkpoints_is_missed_at_the_end(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        take_out(work, 3)
        for held in work.session.exec(select(LogCheckpoint)).all():
            work.session.delete(held)
    assert verify(keep).faults == [Found(47, LogFault.NO_CHECKPOINT)]


def test_what_is_wanting_to_take_an_entry_out_unseen_is_the_log_key(keep: KeepLog) -> None:
    """And with that, the witnesses, who cosigned another root for 32 entries, would call it a fork."""
    with keep.database.begin() as work:
        signed_anew(work, take_out(work, 3), keep.keys.log)
    assert verify(keep).faults == []


def test_an_entry_inserted_shifts_all_that_follow(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        change(work, lambda entries: [*entries[:20], entries[4], *entries[20:47]])
    found = verify(keep).faults
    assert Found(16, LogFault.CHECKPOINT_DIFFERS) not in found
    assert {Found(32, LogFault.CHECKPOINT_DIFFERS), Found(48, LogFault.CHECKPOINT_DIFFERS)} <= set(found)


def test_an_entry_changed_alone_differs_from_its_tile(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        row, entries = bundle(work)
        row.content = bundle_bytes(with_another(entries))
        work.session.add(row)
    assert Found(5, LogFault.TILE_CHANGED) in verify(keep).faults


@pytest.mark.parametrize("level", [-1, 0])
def test_a_tile_that_is_gone_is_named(keep: KeepLog, level: int) -> None:
    with keep.database.begin() as work:
        work.session.delete(work.session.exec(select(LogTile).where(LogTile.level == level)).one())
    assert Found(0, LogFault.TILE_GONE) in verify(keep).faults


def test_an_act_that_is_gone_is_named_by_its_place(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        work.session.delete(work.session.exec(select(Intake).where(Intake.position == 3)).one())
    assert verify(keep).faults == [Found(3, LogFault.ACT_GONE)]


def test_an_act_that_was_changed_is_named_by_its_place(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        act = work.session.exec(select(Intake).where(Intake.position == 1)).one()
        act.at -= DAY
        work.session.add(act)
    assert verify(keep).faults == [Found(1, LogFault.ACT_DIFFERS)]


def test_what_an_act_says_now_has_to_be_what_it_committed_to(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        act = work.session.exec(select(Intake).where(Intake.position == 1)).one()
        act.opening_sealed = work.seal(act.x, bytes(32) + b'{"rows":4}', "intake")
        work.session.add(act)
    assert verify(keep).faults == [Found(1, LogFault.OPENING_DIFFERS)]
    with keep.database.begin() as work:
        act = work.session.exec(select(Intake).where(Intake.position == 1)).one()
        act.opening_sealed = b"torn"
        work.session.add(act)
    assert verify(keep).faults == [Found(1, LogFault.OPENING_DIFFERS)]


@pytest.mark.parametrize(
    ("position", "changes"),
    [
        *((1, {"officer_id": ALICE}), (1, {"peer": "PE"}), (1, {"direction": "out"}), (1, {"seq": 1})),
        *(
            (2, {"exchange": "cd" * 16}),
            (2, {"peer": "BR"}),
            (2, {"direction": "in"}),
            (2, {"seq": 2}),
            (3, {"officer_id": ALICE}),
        ),
    ],
)
def test_whom_a_list_of_acts_names_has_to_be_whom_the_act_named(keep: KeepLog, position: int, changes: dict[str, object]) -> None:
    change_act(keep, position, **changes)
    assert verify(keep).faults == [Found(position, LogFault.ACT_DIFFERS)]


@pytest.mark.parametrize("changes", [{"exchange": "cd" * 16}, {"peer": "BR"}, {"direction": "in"}])
def test_an_act_that_is_said_to_be_about_another_exchange_does_not_open(keep: KeepLog, changes: dict[str, object]) -> None:
    change_act(keep, 3, **changes)
    assert verify(keep).faults == [Found(3, LogFault.OPENING_GONE)]


@pytest.mark.parametrize("place", [{"position": 48}, {"position": 1 << 40}, {"position": -1}, {"log": None}])
def test_an_act_at_a_place_that_the_log_does_not_have_is_told(keep: KeepLog, place: dict[str, object]) -> None:
    repeat(keep, Act.PUBLISHED, x="cd" * 16, **place)
    at = place.get("position", 17)
    assert verify(keep).faults == [Found(at, LogFault.ACT_MISPLACED)]  # type: ignore[arg-type]


def test_two_acts_at_one_place_are_told_whichever_is_the_right_one(keep: KeepLog) -> None:
    repeat(keep, Act.PUBLISHED, officer_id=ALICE)
    assert verify(keep).faults == [Found(17, LogFault.ACT_DIFFERS), Found(17, LogFault.ACT_MISPLACED)]


def test_acts_of_a_log_that_is_not_there_are_told_under_its_name(keep: KeepLog, clock: Clock) -> None:
    repeat(keep, Act.PUBLISHED, log="co.celosia.example/none")
    repeat(keep, Act.IMPORTED, log="co.celosia.example/none")
    held, other = VerifyLog(keep.database).verify(
        {origin_of(CO, keep.keys.log.public): log_key(origin_of(CO, keep.keys.log.public), keep.keys.log.public)}, None, 120
    )
    assert held.holds
    assert (other.origin, other.size, other.opened) == ("co.celosia.example/none", 0, clock.now)
    assert other.faults == [Found(17, LogFault.ACT_MISPLACED), Found(1, LogFault.ACT_MISPLACED)]


def test_acts_with_places_are_told_where_every_log_is_gone(database: Database) -> None:
    assert VerifyLog(database).verify({}, None, 120) == []
    with database.begin() as work:
        work.record(Act.PUBLISHED).position = 3
    (found,) = VerifyLog(database).verify({}, None, 120)
    assert (found.origin, found.faults) == ("", [Found(3, LogFault.ACT_MISPLACED)])


def test_a_checkpoint_that_another_key_signed_is_none_of_this_log(keep: KeepLog) -> None:
    origin = origin_of(CO, keep.keys.log.public)
    with keep.database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == 32)).one()
        said = parse_checkpoint(kept.raw).checkpoint
        kept.raw = sign_checkpoint(said, secret_of(PE)).raw
        work.session.add(kept)
    assert verify(keep).faults == [Found(32, LogFault.CHECKPOINT_UNSIGNED)]
    with keep.database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == 32)).one()
        kept.raw = sign_checkpoint(Checkpoint(origin, 32, octets("another root")), keep.keys.log).raw
        work.session.add(kept)
    assert verify(keep).faults == [Found(32, LogFault.CHECKPOINT_DIFFERS)]


def test_a_log_whose_last_checkpoints_are_gone_is_not_vouched_for_to_its_end(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        work.session.delete(work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == 48)).one())
    assert verify(keep).faults == [Found(48, LogFault.NO_CHECKPOINT)]


def test_a_log_that_is_shorter_than_it_signed_is_named(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        log, (row, entries) = work.session.exec(select(Log)).one(), bundle(work)
        row.content, log.size = bundle_bytes(entries[:32]), 32
        for act in work.session.exec(select(Intake).where(Intake.position == 47)).all():
            work.session.delete(act)
        work.session.add_all((log, row))
    assert verify(keep).faults == [Found(48, LogFault.CHECKPOINT_DIFFERS)]


def witness(state: Authority) -> NoteKey:
    return witness_key(name_of(state), secret_of(state).public)


THEN = Quorum(2, (witness(PE), witness(CO)))


def cosign(keep: KeepLog, size: int) -> Checkpoint:
    """A checkpoint cosigned by the witnesses of then, as the feeder keeps it."""
    origin = origin_of(CO, keep.keys.log.public)
    with keep.database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == size)).one()
        signed = parse_checkpoint(kept.raw).verify(log_key(origin, keep.keys.log.public))
        for state in (PE, CO):
            made = cosign_checkpoint(signed, name_of(state), secret_of(state), NOW + 7)
            signed = add_cosignatures(signed, [made], witness(state))
        kept.raw, kept.witnessed = signed.raw, NOW + 7
        work.session.add(kept)
    return signed.checkpoint


def test_what_others_vouch_for_is_told_with_the_time(keep: KeepLog) -> None:
    cosign(keep, 32)
    verdict = verify(keep, THEN)
    assert verdict.holds
    assert (verdict.witnessed_size, verdict.witnessed) == (32, NOW + 7)
    assert (verdict.noted_size, verdict.noted) == (0, None)


@pytest.mark.parametrize(
    "today",
    [Quorum(3, (*THEN.witnesses, witness(EC))), Quorum(2, (witness(PE), witness(UY))), Quorum(3, THEN.witnesses), None],
    ids=["a third witness", "another key", "one left out", "nobody"],
)
def test_whom_the_directory_of_today_does_not_have_vouches_for_nothing(keep: KeepLog, today: Quorum | None) -> None:
    cosign(keep, 32)
    verdict = verify(keep, today)
    assert verdict.holds
    assert (verdict.witnessed_size, verdict.witnessed) == (0, None)
    assert (verdict.noted_size, verdict.noted) == (32, NOW + 7)


@pytest.fixture
def succeeded(keep: KeepLog, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> tuple[KeepLog, Checkpoint, Mapping[str, NoteKey]]:
    """Two logs: one that was witnessed up to its 48 entries, and one of another key that follows it; and the keys of both."""
    last, before = cosign(keep, 48), keep.keys.log.public
    monkeypatch.setattr(keep.keys.notes, "current", lambda _: secret_of(UY))
    clock.now += 60
    keep.beat()
    following = origin_of(CO, secret_of(UY).public)
    return keep, last, {last.origin: log_key(last.origin, before), following: log_key(following, secret_of(UY).public)}


def test_a_former_log_ends_as_the_directory_says_whoever_its_witnesses_were(
    succeeded: tuple[KeepLog, Checkpoint, Mapping[str, NoteKey]],
) -> None:
    keep, last, keys = succeeded
    for today in (Quorum(2, (witness(EC), witness(UY))), THEN, None):
        former, current = VerifyLog(keep.database).verify(keys, today, 120, {last.origin: last})
        assert (former.holds, former.size, former.end) == (True, 48, 48)
        assert (current.holds, current.size, current.end, current.witnessed) == (True, 16, None, None)


@pytest.mark.parametrize(
    ("size", "root", "faults"),
    [
        (48, octets("another root"), [Found(48, LogFault.END_DIFFERS)]),
        (32, octets("another root"), [Found(32, LogFault.END_DIFFERS)]),
        (64, octets("a root that is not here"), []),
    ],
)
def test_a_former_log_that_does_not_lead_to_its_end_is_told(
    succeeded: tuple[KeepLog, Checkpoint, Mapping[str, NoteKey]], size: int, root: bytes, faults: list[Found]
) -> None:
    keep, last, keys = succeeded
    former, _ = VerifyLog(keep.database).verify(keys, THEN, 120, {last.origin: Checkpoint(last.origin, size, root)})
    assert (former.faults, former.end) == (faults, size)


def test_a_log_that_the_directory_does_not_name_is_told_once_and_still_compared(
    succeeded: tuple[KeepLog, Checkpoint, Mapping[str, NoteKey]],
) -> None:
    keep, last, keys = succeeded
    only = {origin: key for origin, key in keys.items() if origin != last.origin}
    former, current = VerifyLog(keep.database).verify(only, THEN, 120)
    assert (former.faults, former.witnessed, former.noted, current.faults) == ([Found(0, LogFault.KEY_UNKNOWN)], None, None, [])
    with keep.database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == 32)).one()
        kept.raw = sign_checkpoint(Checkpoint(last.origin, 32, octets("another root")), secret_of(PE)).raw
        work.session.add(kept)
    former, _ = VerifyLog(keep.database).verify(only, THEN, 120)
    assert former.faults == [Found(0, LogFault.KEY_UNKNOWN), Found(32, LogFault.CHECKPOINT_DIFFERS)]


def test_past_its_end_nobody_vouches_for_a_former_log(succeeded: tuple[KeepLog, Checkpoint, Mapping[str, NoteKey]]) -> None:
    keep, last, keys = succeeded
    with keep.database.read() as work:
        kept = work.session.exec(select(LogCheckpoint).where(LogCheckpoint.size == 32)).one()
        end = parse_checkpoint(kept.raw).checkpoint
    former, _ = VerifyLog(keep.database).verify(keys, THEN, 120, {last.origin: end})
    assert (former.holds, former.end, former.witnessed_size, former.noted_size) == (True, 32, 0, 0)


def test_an_act_that_entered_long_after_its_time_is_told_and_is_no_fault(keep: KeepLog, clock: Clock) -> None:
    clock.now += DAY
    keep.beat()
    with keep.database.begin() as work:
        work.record(Act.PUBLISHED).at -= DAY
    keep.beat()
    verdict = verify(keep)
    assert verdict.holds
    assert (verdict.late, verdict.late_in_all) == ([Late(64, "published")], 1)


def test_of_many_late_acts_the_first_hundred_are_named_and_all_are_counted(keep: KeepLog, clock: Clock) -> None:
    clock.now += DAY
    keep.beat()
    with keep.database.begin() as work:
        for _ in range(101):
            work.record(Act.PUBLISHED).at -= DAY
    keep.beat()
    verdict = verify(keep)
    assert (verdict.late[99], len(verdict.late), verdict.late_in_all) == (Late(163, "published"), 100, 101)


def test_an_act_that_waits_for_the_next_checkpoint_is_counted(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        work.record(Act.PUBLISHED)
    assert verify(keep).waiting == 1
