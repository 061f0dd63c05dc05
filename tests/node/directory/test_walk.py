"""One walk for members and for the Secretariat: who is at fault decides whether a state or the whole is refused."""

from pathlib import Path

import httpx2
import pytest
from tuf.api.metadata import MetaFile

from node.directory import layout
from node.directory.client import HttpFetcher
from node.directory.errors import Malformed, Substituted, Unreachable
from node.directory.repository import STAGED, FolderFetcher
from node.directory.walk import walk
from tests.node.directory.conftest import STATES, Published


def test_over_the_network_and_on_the_disk_the_walk_finds_the_same(
    published: Published, http: httpx2.Client, tmp_path: Path
) -> None:
    far = walk(tmp_path / "far", published.url, HttpFetcher(http), published.root)
    near = walk(tmp_path / "near", STAGED, FolderFetcher(published.repository.published), published.root)

    assert far == near
    assert sorted(far.states) == list(STATES)
    assert (far.left_out, len(far.roots), len(far.files)) == ({}, 1, 1 + 2 * len(STATES))


def test_a_second_walk_downloads_only_the_timestamp_and_asks_for_a_newer_root(
    published: Published, http: httpx2.Client, tmp_path: Path
) -> None:
    asked: list[str] = []
    http.event_hooks = {"request": [lambda request: asked.append(request.url.path)]}
    walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root)
    assert len(asked) == 2 + 2 + len(STATES) + 1 + 2 * len(STATES)

    asked.clear()
    walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root)
    assert asked == ["/metadata/2.root.json", "/metadata/timestamp.json"]


def test_a_file_that_the_server_lost_refuses_the_whole(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    (published.metadata / "1.XB.json").unlink()
    with pytest.raises(Unreachable, match="role XB"):
        walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root)


def test_a_role_that_the_line_changed_refuses_the_whole(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    path = published.metadata / "1.XB.json"
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + b" ")
    with pytest.raises(Substituted, match="role XB"):
        walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root)
    path.write_bytes(raw)
    assert walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root).left_out == {}


def test_a_role_that_is_no_metadata_leaves_its_state_out(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    published.seize(meta={"XB.json": MetaFile.from_data(2, b"{}", ["sha256"])})
    (published.metadata / "2.XB.json").write_bytes(b"{}")
    stored = walk(tmp_path / "memory", published.url, HttpFetcher(http), published.root)
    assert stored.left_out == {"XB": Malformed.code}
    assert layout.state_path("XB") not in stored.files
