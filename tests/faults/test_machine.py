"""The machine fails a running node: disk full, disk read-only, file descriptors used up, database locked, gone or torn.

Whoever asks is told so, the log has a line with the cause, nothing is lost, and work goes on afterwards without a restart.
"""

import json
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.faults import stages, whole
from tests.faults.processes import PATIENCE, Started
from tests.faults.story import Life
from tests.federation.running import CO, PE
from tests.serving import wait_until

pytestmark = pytest.mark.federation


@contextmanager
def limited(process: Started, kind: int, soft: int) -> Iterator[None]:
    """A running process may have no more than `soft` of something; then as much as before."""
    before = resource.prlimit(process.pid, kind)
    resource.prlimit(process.pid, kind, (soft, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, kind, before)


@contextmanager
def read_only(node: Path, process: Started) -> Iterator[None]:
    """A node's folder is mounted anew, read-only, while it is served; then as it was.

    Nobody can make a mount read-only that a database is open on, and not everybody can mount. So a copy that its modes close to
    every writer stands in the folder's place, put there while the process is stopped: to it, one moment.
    """
    away = node.with_name("away")

    @contextmanager
    def in_one_moment() -> Iterator[None]:
        process.send(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send(signal.SIGCONT)

    with in_one_moment():
        node.rename(away)
        shutil.copytree(away, node)
        for path in (*node.rglob("*"), node):
            path.chmod(0o500 if path.is_dir() else 0o400)
    yield
    with in_one_moment():
        for path in (node, *node.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(node)
        away.rename(node)


def logged(process: Started, event: str) -> list[dict[str, str]]:
    """The lines of a node's log that tell of `event`."""
    lines = [json.loads(line) for line in process.said().splitlines() if line.startswith("{") and line.endswith("}")]
    return [line for line in lines if line["event"] == event]


def unavailable(answer: httpx2.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def proposed(life: Life) -> str:
    """The publication that waits for the second officer; that it was looked at is on record."""
    (waiting,) = life.get(CO, "second", "/v1/publications")
    assert waiting["state"] == "proposed"
    return str(waiting["id"])


def approve(life: Life, publication: str) -> httpx2.Response:
    return life.call(CO, "second", "POST", f"/v1/publications/{publication}/approval")


def reads(life: Life) -> bool:
    """Whether reading goes on that leaves no entry."""
    return life.call(CO, "second", "GET", "/v1/records").status_code == 200


def looks(life: Life) -> httpx2.Response:
    """A reading that has to be on record, and is not yet."""
    return life.call(CO, "second", "GET", "/v1/networks")


def test_a_full_disk_is_told_and_loses_nothing(begin: Callable[[str], Life]) -> None:
    life = begin("proposed")
    life.start(PE)
    node = life.start(CO)
    publication = proposed(life)
    with limited(node, resource.RLIMIT_FSIZE, 16 << 10):  # the log, which is a file too, has room for its words
        assert unavailable(approve(life, publication))
        assert reads(life)
        assert unavailable(looks(life))
        wait_until(lambda: logged(node, "beat failed") != [], "a beat that cannot write", PATIENCE)
    assert {line["cause"] for line in logged(node, "store unavailable")} <= {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR"}
    life.until(stages.publishing)
    assert node.status is None
    life.stop()
    whole.check(life)


def test_a_read_only_disk_is_told_and_work_goes_on_once_it_can_be_written_again(begin: Callable[[str], Life]) -> None:
    life = begin("proposed")
    life.start(PE)
    node = life.start(CO, obey_modes=True)

    publication = proposed(life)

    def causes() -> set[str]:
        return {line["cause"] for line in logged(node, "store unavailable")}

    with read_only(life.folder / CO, node):
        wait_until(lambda: reads(life), "reading to go on", PATIENCE)
        assert unavailable(approve(life, publication))
        assert unavailable(looks(life))
        assert "SQLITE_READONLY" in causes()
        wait_until(lambda: logged(node, "beat failed") != [], "a beat that cannot write", PATIENCE)
        assert reads(life)
    wait_until(lambda: looks(life).status_code == 200, "the folder that it was", PATIENCE)
    assert proposed(life) == publication
    life.until(stages.publishing)
    assert node.status is None
    life.stop()
    life.start(CO)  # a file that was being written in that moment could not be deleted: the next start does that
    life.stop()
    whole.check(life)


def test_when_file_descriptors_are_used_up_the_node_waits_and_then_goes_on(begin: Callable[[str], Life]) -> None:
    life = begin("published")
    life.start(PE)
    node = life.start(CO)
    with limited(node, resource.RLIMIT_NOFILE, 3):
        with pytest.raises(httpx2.TimeoutException):
            httpx2.get(f"{life.url(CO)}/healthz", trust_env=False, timeout=2)
        wait_until(lambda: logged(node, "file descriptors used up") != [], "words", PATIENCE)
    life.until(stages.asking)
    assert node.status is None
    assert len(logged(node, "file descriptors used up")) == 1
    life.stop()
    whole.check(life)


def test_a_database_whose_file_is_gone_takes_nothing_and_goes_on_once_it_is_back(begin: Callable[[str], Life]) -> None:
    life = begin("proposed")
    life.start(PE)
    node = life.start(CO)
    file = life.folder / CO / "database.sqlite"
    away = file.rename(file.with_name("elsewhere"))
    assert unavailable(life.call(CO, "second", "GET", "/v1/publications"))
    assert not file.exists()  # no empty one in its place
    # a connection that was open finds its file without a name, a new one finds no file
    told = {line["cause"] for line in logged(node, "store unavailable")}
    assert "SQLITE_CANTOPEN" in told or logged(node, "database file gone or replaced") != []
    away.rename(file)
    life.until(stages.publishing)
    assert node.status is None
    life.stop()
    whole.check(life)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"no database" * 1000)], ids=["gone", "torn"])
def test_a_node_does_not_start_without_its_database_and_says_so(
    begin: Callable[[str], Life], harm: Callable[[Path], object]
) -> None:
    life = begin("published")
    file = life.folder / CO / "database.sqlite"
    harm(file)
    there = file.exists()
    assert life.run("serve", "--lang", "en").wait() == 1
    said = (life.folder / "command.log").read_text("utf-8")
    assert ("The database of the node is not there" in said) is not there
    assert ("The database cannot be reached or used" in said) is there
    assert "Traceback" not in said
    assert file.exists() is there


@pytest.mark.deep
def test_a_database_that_another_program_holds_for_long_is_told_and_goes_on(begin: Callable[[str], Life]) -> None:
    life = begin("proposed")
    life.start(PE)
    node = life.start(CO)
    publication = proposed(life)
    with closing(sqlite3.connect(life.folder / CO / "database.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert unavailable(approve(life, publication))
        holder.execute("ROLLBACK")
    assert "SQLITE_BUSY" in {line["cause"] for line in logged(node, "store unavailable")}
    life.until(stages.publishing)
    assert node.status is None
    life.stop()
    whole.check(life)
