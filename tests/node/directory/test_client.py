"""A member fetches, adopts, and reads again without a network."""

import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tuf.api.metadata import Metadata

from node.directory import layout
from node.directory.ceremony import fingerprint
from node.directory.client import DirectoryClient, directory_http
from node.directory.errors import DirectoryError, FolderUnusable, Malformed, NotReadAloud, RogueDelegation, Unreachable
from tests.node.directory.conftest import POLICY, STATES, Published, edited, entry, member, soon

NOBODY = "http://127.0.0.1:9"


def test_a_member_adopts_the_whole_directory(client: DirectoryClient, published: Published) -> None:
    adopted = client.refresh()

    expected = {layout.POLICY_PATH: POLICY}
    for state in STATES:
        expected |= {layout.member_path(state): member(state), layout.state_path(state): entry(state)}
    assert adopted.targets == expected
    assert (adopted.version, adopted.findings) == (1, ())
    assert adopted.expires == Metadata[Any].from_file(str(published.metadata / "timestamp.json")).signed.expires


def test_what_was_adopted_is_there_again_without_a_network(published: Published, client: DirectoryClient, tmp_path: Path) -> None:
    assert client.load() is None
    adopted = client.refresh()

    with directory_http() as http:
        offline = DirectoryClient(tmp_path / "node", NOBODY, published.root, root_fingerprint=None, http=http)
        assert offline.load() == adopted
        with pytest.raises(Unreachable, match="no connection"):
            offline.refresh()
        assert offline.load() == adopted


def test_what_a_member_prints_of_a_directory_shows_no_entry(client: DirectoryClient) -> None:
    assert "invented" not in repr(client.refresh())


def test_the_typed_fingerprint_decides_about_the_first_root(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    other = published.federation.root(expires=soon(31))

    with pytest.raises(NotReadAloud, match="bootstrap root"):
        DirectoryClient(tmp_path / "a", NOBODY, other, root_fingerprint=fingerprint(published.root), http=http)

    typed = fingerprint(published.root).upper().replace(" ", "\n")
    DirectoryClient(tmp_path / "a", NOBODY, published.root, root_fingerprint=typed, http=http)


def test_a_bootstrap_that_is_no_root_is_refused(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    timestamp = (published.metadata / "timestamp.json").read_bytes()
    for wrong in (b"", b"{}", b"\xff", timestamp):
        with pytest.raises(Malformed, match="bootstrap root"):
            DirectoryClient(tmp_path / "a", NOBODY, wrong, root_fingerprint=None, http=http)


def test_a_bootstrap_under_which_one_party_signs_alone_is_refused(
    published: Published, http: httpx2.Client, tmp_path: Path
) -> None:
    def weaken(root: Any) -> None:
        root.roles["targets"].threshold = 1

    weak = published.federation.sign(edited(published.root, weaken), "root0", "root1")
    with pytest.raises(RogueDelegation, match="role targets"):
        DirectoryClient(tmp_path / "a", NOBODY, weak, root_fingerprint=None, http=http)


def test_a_state_folder_that_cannot_be_made_is_named(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderUnusable, match="state folder"):
        DirectoryClient(tmp_path / "file" / "node", NOBODY, published.root, root_fingerprint=None, http=http)


@pytest.mark.parametrize("torn", [b"", b"{", b'{"roots":[]}', b"\xff\xfe"])
def test_a_torn_adopted_file_is_refused_and_the_next_refresh_mends_it(
    client: DirectoryClient, tmp_path: Path, torn: bytes
) -> None:
    adopted = client.refresh()
    (tmp_path / "node" / "adopted.json").write_bytes(torn)

    with pytest.raises(Malformed, match=r"adopted\.json"):
        client.load()
    assert client.refresh() == adopted
    assert client.load() == adopted


def test_an_adopted_file_that_somebody_changed_is_refused(client: DirectoryClient, tmp_path: Path) -> None:
    client.refresh()
    path = tmp_path / "node" / "adopted.json"
    raw = path.read_bytes()
    accepted = 0
    for position in range(100, len(raw), len(raw) // 60):
        changed = bytes([*raw[:position], raw[position] ^ 1, *raw[position + 1 :]])
        path.write_bytes(changed)
        try:
            client.load()
        except DirectoryError:
            continue
        accepted += 1
    assert accepted == 0


def test_a_member_that_was_away_follows_every_root_in_between(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    federation = published.federation
    client.refresh()
    federation.add_holder("root3")
    second = federation.root(2, by=("root0", "root1"), roots=("root1", "root2", "root3"))
    second = federation.sign(second, "root3")
    third = federation.root(3, by=("root2", "root3"), roots=("root2", "root3"))
    (published.metadata / "2.root.json").write_bytes(second)
    (published.metadata / "3.root.json").write_bytes(third)

    adopted = client.refresh()

    assert client.load() == adopted
    late = DirectoryClient(tmp_path / "late", published.url, published.root, root_fingerprint=None, http=http)
    assert late.refresh() == adopted


def test_a_member_that_began_with_a_later_root_can_show_those_before(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    assert client.roots_before(published.root) == []
    second = published.federation.root(2, by=("root0", "root1"))
    (published.metadata / "2.root.json").write_bytes(second)
    assert client.roots_before(second) == [published.root]
    third = published.federation.root(3, by=("root0", "root1"))
    (published.metadata / "2.root.json").unlink()
    with pytest.raises(Unreachable):
        client.roots_before(third)
    with pytest.raises(Malformed):
        client.roots_before(b"{}")


def test_a_server_that_refuses_is_unreachable(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    client = DirectoryClient(tmp_path / "a", f"{published.url}/nowhere", published.root, root_fingerprint=None, http=http)
    with pytest.raises(Unreachable, match="status 404"):
        client.refresh()


def test_a_silent_server_is_left(published: Published, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, directory_http() as http:
        http.timeout = httpx2.Timeout(0.2)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = DirectoryClient(tmp_path / "a", url, published.root, root_fingerprint=None, http=http)
        with pytest.raises(Unreachable, match="silent"):
            client.refresh()


def test_the_client_asks_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, client: DirectoryClient) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("ALL_PROXY", NOBODY)
    with directory_http() as http:
        assert http.trust_env is False
    client.refresh()
