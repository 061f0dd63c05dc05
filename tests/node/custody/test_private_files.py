"""A file that holds a secret is read only if nobody else could have read it, or put another in its place."""

import os
from pathlib import Path

import pytest

from node.custody.errors import KeyFault, KeysUnusable
from node.custody.private_files import read_private


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "mount"
    folder.mkdir(mode=0o700)
    path = folder / "secret"
    path.write_bytes(b"an invented secret")
    path.chmod(0o600)
    return path


def refusal(path: Path) -> KeyFault:
    with pytest.raises(KeysUnusable) as caught:
        read_private(path)
    assert caught.value.facts == {"file": str(path)}
    assert "invented" not in str(caught.value)
    return caught.value.fault


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_is_ours_alone_is_read(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    assert read_private(secret) == b"an invented secret"


@pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001])
def test_any_permission_for_others_is_one_too_many(secret: Path, bit: int) -> None:
    secret.chmod(0o600 | bit)
    assert refusal(secret) is KeyFault.OPEN_TO_OTHERS


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_in_is_refused(secret: Path, mode: int) -> None:
    secret.parent.chmod(mode)
    assert refusal(secret) is KeyFault.FOLDER_OPEN


def test_a_folder_that_others_can_only_look_into_is_that_of_a_secret_mount(secret: Path) -> None:
    secret.parent.chmod(0o755)
    assert read_private(secret)


def test_a_secret_mount_s_links_are_followed_and_the_file_at_their_end_counts(secret: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(secret)
    assert read_private(link) == b"an invented secret"
    secret.chmod(0o644)
    assert refusal(link) is KeyFault.OPEN_TO_OTHERS


def test_links_in_a_circle_and_files_that_are_not_there(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert refusal(circle) is KeyFault.UNREADABLE
    assert refusal(tmp_path / "absent") is KeyFault.MISSING
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "absent")
    assert refusal(dangling) is KeyFault.MISSING


def test_a_folder_or_a_pipe_is_no_file_and_holds_nobody_up(secret: Path) -> None:
    os.mkfifo(secret.parent / "pipe", 0o600)
    assert refusal(secret.parent) is KeyFault.NOT_A_FILE
    assert refusal(secret.parent / "pipe") is KeyFault.NOT_A_FILE


def test_a_file_of_another_user_is_refused(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As seen by another user who may read everything: the machine gives us no second one."""
    monkeypatch.setattr(os, "geteuid", lambda: secret.stat().st_uid + 1)
    assert refusal(secret) is KeyFault.NOT_OURS


def test_a_file_far_longer_than_any_key_is_not_read_whole(secret: Path) -> None:
    secret.write_bytes(b"x" * (1 << 20))
    assert refusal(secret) is KeyFault.NOT_A_KEY
