"""What a node notes of itself: how its beats ended, and what it takes of the machine."""

from pathlib import Path

from sqlmodel import select

from node.flows.keep_watch import KeepWatch, used_bytes
from node.store.database import Database
from node.store.tables import BeatRun, MachineSample
from tests.node.conftest import Clock

DAY = 86400


def last_run(database: Database) -> BeatRun:
    with database.read() as work:
        return work.session.exec(select(BeatRun)).one()


def test_a_run_that_failed_keeps_the_time_of_the_last_that_did_not(database: Database, clock: Clock, tmp_path: Path) -> None:
    watch, first = KeepWatch(database, tmp_path), clock.now
    watch.beat_ended("outbox", 30, None)
    clock.now += 30
    watch.beat_ended("outbox", 30, "StoreUnavailable")
    run = last_run(database)
    assert (run.ended, run.succeeded, run.error) == (clock.now, first, "StoreUnavailable")
    clock.now += 30
    watch.beat_ended("outbox", 30, None)
    run = last_run(database)
    assert (run.ended, run.succeeded, run.error) == (clock.now, clock.now, None)


def test_a_beat_that_never_succeeded_has_no_time_of_success(database: Database, tmp_path: Path) -> None:
    KeepWatch(database, tmp_path).beat_ended("index", 30, "e" * 100)
    run = last_run(database)
    assert (run.succeeded, run.error) == (None, "e" * 64)


def test_samples_are_kept_for_a_month_and_say_what_is_there(database: Database, clock: Clock, tmp_path: Path) -> None:
    watch = KeepWatch(database, tmp_path)
    watch.take_sample()
    watch.take_sample()  # twice in one second, as after a restart
    clock.now += 31 * DAY
    (tmp_path / "a list").write_bytes(bytes(1 << 20))
    watch.take_sample()
    with database.read() as work:
        (sample,) = work.session.exec(select(MachineSample)).all()
    assert sample.at == clock.now
    assert sample.folder_bytes >= 1 << 20
    assert 0 < sample.open_files < sample.open_files_limit


def test_a_link_to_a_large_file_takes_nothing_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(bytes(1 << 20))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    assert used_bytes(folder) < 1 << 20
