"""A file is wholly there or not there, only its owner's, and one writer writes at a time."""

import os
import stat
import threading
from pathlib import Path

import pytest

from node.durable import ServedAlready, is_served, serving, sole_writer, write_whole


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")

    def add() -> None:
        for _ in range(50):
            with sole_writer(tmp_path):
                path.write_text(str(int(path.read_text()) + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() == "200"


def test_a_secret_file_is_only_its_owners_whatever_the_umask_and_the_old_mode(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_whole(path, b"secret")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["node.key"]


def test_a_secret_file_has_no_wider_mode_and_no_half_content_at_any_moment(tmp_path: Path) -> None:
    contents = {bytes([letter]) * 200_000 for letter in b"abcdefgh"}
    path = tmp_path / "node.key"
    write_whole(path, b"a" * 200_000)
    wrong: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if path.read_bytes() not in contents:
                wrong.append("content")
            for entry in os.scandir(tmp_path):
                try:
                    mode = stat.S_IMODE(entry.stat().st_mode)
                except FileNotFoundError:
                    continue
                if mode & 0o077:
                    wrong.append("mode")

    watching = threading.Thread(target=watch)
    watching.start()
    for content in sorted(contents) * 5:
        write_whole(path, content)
    done.set()
    watching.join()
    assert wrong == []


def test_one_at_a_time_serves_from_a_folder(tmp_path: Path) -> None:
    with serving(tmp_path), pytest.raises(ServedAlready), serving(tmp_path):
        raise AssertionError
    with serving(tmp_path):  # no lock outlives who held it
        pass


def test_whether_a_folder_is_served_can_be_seen_from_outside_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert not is_served(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with serving(tmp_path):
        assert is_served(tmp_path)
    assert not is_served(tmp_path)
    with serving(tmp_path):  # who looked holds nothing
        pass


def test_who_serves_deletes_what_an_earlier_life_left_half_written_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "keys" / "epochs").mkdir(parents=True)
    whole = [tmp_path / "node.toml", tmp_path / "keys" / "epochs" / "a.seed"]
    half = [tmp_path / ".new-x", tmp_path / "keys" / "epochs" / ".new-y"]
    for path in (*whole, *half):
        path.write_bytes(b"content")
    with serving(tmp_path):
        assert [path.exists() for path in (*whole, *half)] == [True, True, False, False]
