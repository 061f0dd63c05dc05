"""The log rebuilt from its tiles: what the store had lost is there again, and nothing that was tampered with gets in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, delete, select, update

from node.federation import Federation
from node.flows.keep_log import KeepLog
from node.flows.rebuild_log import RebuildLog, RebuildRefused
from node.flows.verify_log import LogFault, Verdict, VerifyLog
from node.keys import Keys
from node.store import audit_log, counterparts, own_witnesses
from node.store.database import Database, ExchangeRef
from node.store.tables import Intake, Log, LogCheckpoint, LogCount, LogTile
from protocol.checkpoint import Checkpoint, log_key, origin_of, parse_checkpoint, sign_checkpoint
from protocol.journal import Act
from protocol.tiles import WIDTH, Tile, bundle_bytes, parse_bundle
from tests.node.conftest import ALICE
from tests.node.trees import export_tree
from tests.protocol.federation import BR, CO, PE


class Story:
    """A log of which a tree was exported, and the store as an earlier backup has it."""

    def __init__(self, database: Database, keys: Keys, member: Federation, tree: Path) -> None:
        self.database, self.keys, self.tree = database, keys, tree
        self.keep, self.story = KeepLog(database, keys, CO), RebuildLog(database, keys, member)
        self.origin = origin_of(CO, keys.log.public)
        self.act(PE, 1)
        self.keep.beat()
        self.before = self.size()
        self.waiting = self.act(PE, 2)  # on record at the backup, and in no entry yet
        self.kept = self._all_intake()
        for number in range(3, 12):
            self.act(PE if number % 2 else BR, number)
        self.keep.beat()
        export_tree(database, tree)
        self.whole = self.size()
        self._fall_back()

    def act(self, peer: str, number: int) -> str:
        with self.database.begin() as work:
            exchange = ExchangeRef(f"{number:032x}", PE if peer == PE else BR, "out")
            work.record_envelope(Act.QUESTION_ASKED, exchange, digest=f"{number:064x}", salt=bytes(32))
            work.record(Act.TOKEN_CREATED, officer=ALICE)
            return exchange.x

    def size(self) -> int:
        with self.database.read() as work:
            held = audit_log.current(work)
            assert held is not None
            return held.size

    def _all_intake(self) -> int:
        with self.database.read() as work:
            return max(row or 0 for row in work.session.exec(select(Intake.id)).all())

    def _fall_back(self) -> None:
        """The store as the backup had it, halted by a witness that had seen all of it."""
        with self.database.begin() as work:
            work.session.exec(delete(Intake).where(col(Intake.id) > self.kept))
            waiting = col(Intake.position) >= self.before
            work.session.exec(update(Intake).where(waiting).values(log=None, position=None, seq=None))
            work.session.exec(delete(LogCheckpoint).where(col(LogCheckpoint.size) > self.before))
            work.session.exec(delete(LogCount).where(col(LogCount.peer) == BR))
            work.session.exec(update(LogCount).values(count=1))
            entries = [entry for _, entry in audit_log.entries_between(work, self.origin, 0, self.before)]
            work.session.exec(delete(LogTile))
            work.session.expire_all()
            held = work.session.get_one(Log, self.origin)
            held.size, held.halted = 0, "behind_witnesses"
            audit_log.append(work, held, entries)
            row = own_witnesses.of(work, self.origin, PE)
            row.against = (self.tree / "checkpoint").read_bytes()
            work.session.add(row)

    def verdict(self) -> Verdict:
        (found,) = VerifyLog(self.database).verify({self.origin: log_key(self.origin, self.keys.log.public)}, None, 60)
        return found

    def halted(self) -> str | None:
        with self.database.read() as work:
            held = audit_log.current(work)
            assert held is not None
            return held.halted

    def bundle(self) -> Path:
        return self.tree / Tile(None, 0, min(WIDTH, self.whole)).to_path()

    def change(self, entries: Callable[[list[bytes]], list[bytes]]) -> None:
        tile = Tile(None, 0, self.whole)
        self.bundle().write_bytes(bundle_bytes(entries(list(parse_bundle(self.bundle().read_bytes(), tile)))))


@pytest.fixture
def fallen(database: Database, keys: Keys, member: Federation, tmp_path: Path) -> Story:
    return Story(database, keys, member, tmp_path / "tree")


def test_the_log_is_whole_again_and_goes_on_and_what_was_lost_is_counted(fallen: Story) -> None:
    assert (fallen.size(), fallen.halted()) == (fallen.before, "behind_witnesses")
    done = fallen.story.rebuild(fallen.tree)
    assert (done.before, done.size, fallen.halted()) == (fallen.before, fallen.whole, None)
    fallen.act(BR, 99)
    fallen.keep.beat()
    found = fallen.verdict()
    assert (found.holds, found.faults, found.waiting) == (True, [], 0)
    assert (found.lost, found.erased) == (done.lost, 0)
    assert done.lost > 9
    with fallen.database.read() as work:
        (waiting,) = work.session.exec(select(Intake).where(Intake.exchange == fallen.waiting)).all()
        counted = {row.peer: row.count for row in work.session.exec(select(LogCount)).all()}
        rows = [row.against for row in own_witnesses.every(work, fallen.origin).values()]
    assert fallen.before <= (waiting.position or 0) < fallen.whole  # its own place, and no second entry
    assert counted == {PE: 7, BR: 5}
    assert rows == [None]


def test_a_peer_is_told_the_entries_that_were_lost_as_if_they_were_not(fallen: Story) -> None:
    with fallen.database.read() as work:
        assert [each.seq for each in counterparts.page(work, PE, fallen.origin, 0).entries] == [1]
    fallen.story.rebuild(fallen.tree)
    with fallen.database.read() as work:
        told = counterparts.page(work, PE, fallen.origin, 0)
    assert [each.seq for each in told.entries] == list(range(1, 8))
    assert {each.x for each in told.entries} == {f"{number:032x}" for number in (1, 2, 3, 5, 7, 9, 11)}


def test_without_the_act_that_says_so_the_same_acts_would_be_missed(fallen: Story) -> None:
    fallen.story.rebuild(fallen.tree)
    with fallen.database.begin() as work:
        work.session.exec(delete(Intake).where(col(Intake.kind) == Act.LOG_REBUILT.value))
    assert {found.fault for found in fallen.verdict().faults} == {LogFault.ACT_GONE, LogFault.OPENING_GONE}


def test_of_more_acts_than_were_lost_in_the_rebuilding_one_is_missed(fallen: Story) -> None:
    fallen.story.rebuild(fallen.tree)
    fallen.keep.beat()
    with fallen.database.begin() as work:
        work.session.exec(delete(Intake).where(col(Intake.exchange) == fallen.waiting))
    assert [found.fault for found in fallen.verdict().faults] == [LogFault.ACT_GONE]


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [*entries[:-2], entries[-1], entries[-2]],
        lambda entries: [*entries[:-2], entries[-2].replace(b'"t":1', b'"t":2'), entries[-1]],
        lambda entries: [*entries[:-3], entries[-3], entries[-3], entries[-1]],
    ],
    ids=["reordered", "changed", "repeated"],
)
def test_what_was_tampered_with_changes_nothing(fallen: Story, change: Callable[[list[bytes]], list[bytes]]) -> None:
    fallen.change(change)
    with pytest.raises(RebuildRefused, match="does_not_lead"):
        fallen.story.rebuild(fallen.tree)
    assert (fallen.size(), fallen.halted()) == (fallen.before, "behind_witnesses")
    assert fallen.verdict().faults == []


def test_a_store_that_went_on_differently_is_refused(fallen: Story) -> None:
    with fallen.database.begin() as work:
        work.session.exec(update(Log).values(halted=None))
    fallen.keep.beat()
    with pytest.raises(RebuildRefused, match="does_not_lead"):
        fallen.story.rebuild(fallen.tree)


def test_a_tree_that_ends_before_what_a_witness_saw_is_refused(fallen: Story) -> None:
    with fallen.database.begin() as work:
        row = own_witnesses.of(work, fallen.origin, PE)
        seen = Checkpoint(fallen.origin, fallen.whole + 16, bytes(32))
        row.against = sign_checkpoint(seen, fallen.keys.log).raw
        work.session.add(row)
    with pytest.raises(RebuildRefused, match="behind_witnesses"):
        fallen.story.rebuild(fallen.tree)
    assert fallen.size() == fallen.before


def test_a_witness_that_saw_another_history_is_not_overruled(fallen: Story) -> None:
    with fallen.database.begin() as work:
        row = own_witnesses.of(work, fallen.origin, PE)
        row.against = sign_checkpoint(Checkpoint(fallen.origin, fallen.whole, bytes(32)), fallen.keys.log).raw
        work.session.add(row)
    with pytest.raises(RebuildRefused, match="does_not_lead"):
        fallen.story.rebuild(fallen.tree)


def test_what_is_missing_malformed_or_not_ours_is_named(fallen: Story, tmp_path: Path) -> None:
    checkpoint = (fallen.tree / "checkpoint").read_bytes()
    other = shutil.copytree(fallen.tree, tmp_path / "other")
    (other / fallen.bundle().relative_to(fallen.tree)).write_bytes(b"\xff")
    broken = {"bundle": other}
    for name, content in {"unsigned": checkpoint.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94 x"), "garbage": b"\x00"}.items():
        broken[name] = shutil.copytree(fallen.tree, tmp_path / name)
        (broken[name] / "checkpoint").write_bytes(content)
    for name, reason in (("bundle", "malformed"), ("unsigned", "not_signed"), ("garbage", "malformed")):
        with pytest.raises(RebuildRefused, match=reason) as refused:
            fallen.story.rebuild(broken[name])
        assert refused.value.file.startswith("tile/entries" if name == "bundle" else "checkpoint")
    with pytest.raises(RebuildRefused, match="no_file"):
        fallen.story.rebuild(tmp_path / "nowhere")
    assert parse_checkpoint(checkpoint).checkpoint.size == fallen.whole
    fallen.story.rebuild(fallen.tree)
    with pytest.raises(RebuildRefused, match="not_longer"):
        fallen.story.rebuild(fallen.tree)
