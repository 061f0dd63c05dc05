"""A node that is started again: beside another one, after a disk lost files, and told to end in the middle of everything."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import stages, story, whole
from tests.faults.story import Life
from tests.federation.running import CO, PE
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def test_a_second_process_on_one_folder_is_refused_with_words_and_harms_nothing(begin: Callable[[str], Life]) -> None:
    life = begin("published")
    first = life.start(CO)
    assert life.run("serve", "--lang", "en").wait() == 1
    assert "Another process serves from this folder already" in (life.folder / "command.log").read_text("utf-8")
    assert life.get(CO, "first", "/v1/publications")
    first.send(signal.SIGKILL)
    first.wait()
    life.start(CO)  # the lock died with its holder
    assert life.get(CO, "first", "/v1/publications")


def test_half_written_files_of_an_earlier_life_go_and_a_torn_directory_is_fetched_again(begin: Callable[[str], Life]) -> None:
    life = begin("published")
    node = life.folder / CO
    half = [
        *(node / folder / ".new-half" for folder in ("", "index", "keys", "keys/epochs", "directory", "tls")),
        node / "directory" / "seen" / "metadata" / "tmphalf",
    ]
    for path in half:
        path.write_bytes(b"half")
    adopted = node / "directory" / "adopted.json"
    adopted.write_bytes(adopted.read_bytes()[:1000])
    life.start(PE, wait=False)
    life.start(CO)
    life.until(stages.asking)
    assert [path for path in half if path.exists()] == []
    assert "adopted directory unusable" in life.running[CO].said()
    life.stop()
    whole.check(life)


def lose(path: Path) -> None:
    path.unlink()


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("harm", [lose, tear])
def test_index_files_that_a_disk_lost_are_made_again_or_fetched_again(
    begin: Callable[[str], Life], harm: Callable[[Path], None]
) -> None:
    life = begin("published")
    for code in (CO, PE):
        for path in (life.folder / code / "index").iterdir():
            harm(path)
    life.start(PE, wait=False)
    life.start(CO)
    life.until(stages.asking)  # from Peru's list, which Peru has made anew and Colombia has fetched again
    life.until(stages.answering)
    life.stop()
    assert "segments lost" in life.running[CO].said()
    whole.check(life)


def test_a_node_told_to_end_ends_within_seconds_though_its_peer_keeps_silent(begin: Callable[[str], Life]) -> None:
    life = begin("published")
    silent = life.start(PE)
    life.start(CO)
    silent.send(signal.SIGSTOP)
    assert not story.ask(life)
    node = life.running[CO]
    asked = "SELECT count(*) FROM exchanges WHERE direction = 'out' AND type = 'match_request'"
    wait_until(lambda: story.rows(life.folder / CO, asked) != [(0,)], "the question to be on its way")
    node.send(signal.SIGTERM)
    assert node.wait(seconds=20) == 0
    silent.send(signal.SIGCONT)
    life.start(CO)
    life.until(stages.asking)
    life.stop()
    whole.check(life)


def test_journals_of_a_database_that_was_killed_are_taken_in(begin: Callable[[str], Life]) -> None:
    life = begin("imported")
    life.start(PE, wait=False)
    node = life.start(CO)
    life.until(stages.proposing)
    node.send(signal.SIGKILL)
    node.wait()
    journal = life.folder / CO / "database.sqlite-wal"
    assert journal.stat().st_size > 0
    assert (life.folder / CO / "database.sqlite-shm").stat().st_size > 0
    life.start(CO)
    assert [each["state"] for each in life.get(CO, "first", "/v1/publications")] == ["proposed"]
    life.stop()
    whole.check(life)
