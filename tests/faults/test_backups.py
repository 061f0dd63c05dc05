"""Backup and restore, killed and run again: nothing half is taken for whole, no key is lost, no peer sees a second history."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.directory import WorkingEntry
from tests.faults import stages, whole
from tests.faults.commands import BACKUP_KILLS, RECOVERY_KILLS, RESTORE_KILLS
from tests.faults.story import Life, rows
from tests.federation.running import BR, CO, PE

pytestmark = pytest.mark.federation

COMMITTED, SEED_MADE = "celosia.store.committed", "celosia.turn_epochs.seed_made"


def named(points: tuple[str, ...]) -> str:
    return "-".join(point.removeprefix("celosia.") for point in points)


def back_up(life: Life) -> tuple[Path, tuple[str | Path, ...]]:
    """Colombia's node, on a table beside it: the backup, and the options that say under what it is sealed."""
    table = life.folder / "table"
    table.mkdir(exist_ok=True)
    secret = table / "secret"
    secret.write_text("an invented secret of this test\n")
    secret.chmod(0o600)
    sealed = ("--secret", secret)
    assert life.run("backup", "make", table / "backup", *sealed).wait() == 0
    return table / "backup", sealed


def check(life: Life, file: Path, sealed: tuple[str | Path, ...]) -> int:
    """The exit code of who reads a backup to its end."""
    return life.launch("backup", "check", file, *sealed).wait()


@pytest.mark.parametrize("point", [*BACKUP_KILLS, "celosia.durable.written", "celosia.durable.renamed"])
def test_a_backup_that_was_killed_is_whole_or_is_none(begin: Callable[[str], Life], point: str) -> None:
    life = begin("published")
    first, sealed = back_up(life)
    life.start(CO)
    second = first.with_name("second")
    assert life.run("backup", "make", second, *sealed, die=[point]).wait() == -signal.SIGKILL
    left = [path for path in first.parent.iterdir() if path not in (first, second) and path.name != "secret"]
    if point == "celosia.durable.renamed":
        assert (left, check(life, second, sealed)) == ([], 0)
        second.unlink()
    else:
        assert not second.exists()
        assert [check(life, path, sealed) for path in left] == [0 if point == "celosia.durable.written" else 1]
    assert life.run("backup", "make", second, *sealed).wait() == 0
    assert (check(life, first, sealed), check(life, second, sealed)) == (0, 0)
    assert life.get(CO, "first", "/v1/publications")


@pytest.mark.parametrize(
    "points",
    [(point,) for point in RESTORE_KILLS]
    + [pytest.param(points, marks=pytest.mark.deep) for points in (("celosia.recover.marked", COMMITTED), (SEED_MADE,))],
    ids=named,
)
def test_a_restore_that_was_killed_is_begun_anew_and_no_half_node_is_ever_served(
    begin: Callable[[str], Life], points: tuple[str, ...]
) -> None:
    life = begin("published")
    backup, sealed = back_up(life)
    node = life.folder / CO
    before = {path.name: path.read_bytes() for path in (node / "keys").glob("*.key")}
    shutil.rmtree(node)
    restore: tuple[str | Path, ...] = ("restore", "start", backup, *sealed)
    assert life.run(*restore, die=points).wait() == -signal.SIGKILL
    there = points == ("celosia.backups.in_place",)
    if not there:
        assert not node.exists()
        assert life.run("serve").wait() == 1
    assert life.run(*restore).wait() == (1 if there else 0)
    assert [path.name for path in life.folder.iterdir() if path.name.startswith(".")] == []
    assert {path.name: path.read_bytes() for path in (node / "keys").glob("*.key")} == before
    assert rows(node, "SELECT count(*) FROM restorations WHERE finished IS NULL") == [(1,)]
    assert rows(node, "SELECT count(*) FROM intake WHERE kind = 'restored'") == [(1,)]
    lists = rows(node, "SELECT id FROM index_lists")
    assert len(rows(node, "SELECT epoch FROM list_epochs")) == 2 * len(lists)
    assert len(list((node / "keys" / "epochs").iterdir())) == len(lists)
    life.start(CO)
    life.stop()


@pytest.mark.parametrize(
    "points",
    [(point,) for point in RECOVERY_KILLS] + [pytest.param((RECOVERY_KILLS[-1], COMMITTED), marks=pytest.mark.deep)],
    ids=named,
)
def test_the_end_of_a_restore_that_was_killed_is_reached_once(begin: Callable[[str], Life], points: tuple[str, ...]) -> None:
    life = begin("proposed")
    life.has_own_directory()
    backup, sealed = back_up(life)
    for code in (PE, CO):
        life.start(code)
    life.until(stages.publishing)  # after the backup: nobody here will know whose it was
    life.stop()
    shutil.rmtree(life.folder / CO)
    assert life.run("restore", "start", backup, *sealed).wait() == 0
    wanted = life.folder / "wanted.json"
    assert life.run("entry", "--write", wanted).wait() == 0
    life.submit(WorkingEntry.from_bytes(wanted.read_bytes()))
    for code in (PE, CO):
        life.start(code)
    finish = ("restore", "finish", "--imports-repeated", "--register-fed", "--without", BR)
    assert life.run(*finish, die=points).wait() == -signal.SIGKILL
    assert life.run(*finish).wait() == (1 if COMMITTED in points else 0)
    assert rows(life.folder / CO, "SELECT count(*) FROM intake WHERE kind = 'restore_finished'") == [(1,)]
    life.until(taken_back)
    life.until(listed_anew)
    life.stop()
    whole.check(life)
    assert rows(life.folder / PE, "SELECT authority FROM equivocations") == []


def listed_anew(life: Life) -> bool:
    """The node issues manifests again, in the epoch that the restore began. Peru's requests it takes a minute later."""
    return rows(life.folder / CO, "SELECT * FROM manifests WHERE authority = ? AND epoch > 1", CO) != []


def taken_back(life: Life) -> bool:
    """Peru holds nothing any more of what was published after the backup, and each withdrawal is its record's next version."""
    held = rows(life.folder / PE, "SELECT version, kind FROM records WHERE authority = ? AND current", CO)
    return {(version, kind) for version, kind in held} == {(2, "revocation")}
