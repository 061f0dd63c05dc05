"""A node or a publisher that is killed between two files: the directory is the old one or the new one, never half of each."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.directory import layout
from node.directory.client import DirectoryClient
from node.directory.errors import (
    RolledBack,
)
from tests.node.directory.conftest import (
    STATES,
    Published,
    entry,
    secretariat_tls,
)

REFRESH_THEN_DIE = """
import os, signal, sys
from pathlib import Path
from node.directory.client import DirectoryClient, directory_http
from node.tls.contexts import trusting
folder, url, root, answers, authority = sys.argv[1:]
left = int(answers)
def die(response):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
http = directory_http(trusting(Path(authority)))
http.event_hooks = {"response": [die]}
DirectoryClient(Path(folder), url, Path(root).read_bytes(), root_fingerprint=None, http=http).refresh()
"""


def test_a_node_killed_between_files_keeps_the_old_directory_whole(
    published: Published, client: DirectoryClient, tmp_path: Path
) -> None:
    before = client.refresh()
    for state in STATES:
        published.publish_state(state, 2)
    root = tmp_path / "root.json"
    root.write_bytes(published.root)

    memory = tmp_path / "node" / "seen" / "metadata"
    seen = {path.name: path.read_bytes() for path in memory.glob("*.json")}
    survived, torn = 0, set[str]()
    for answers in (1, 2, 3, 4):
        # Every attempt continues in the folder as the one before left it.
        ended = subprocess.run(
            [
                *(sys.executable, "-c", REFRESH_THEN_DIE, str(tmp_path / "node"), published.url, str(root), str(answers)),
                str(secretariat_tls() / "authority.pem"),
            ],
            check=False,
            timeout=60,
        )
        if ended.returncode == -signal.SIGKILL:
            survived += 1
            torn |= {path.name for path in memory.glob("*.json") if path.read_bytes() != seen[path.name]}
            assert client.load() == before
    # python-tuf's own folder did become half new, so reading the directory from there would have mixed two of them.
    assert survived == 4
    assert "timestamp.json" in torn and "XC.json" not in torn

    after = client.refresh()
    assert after.targets[layout.state_path("XC")] == entry("XC", 2)
    assert client.load() == after


@pytest.mark.parametrize("torn", [b"", b'{"signed":{"_type":"time'])
def test_a_torn_memory_does_not_open_the_way_back(
    published: Published, client: DirectoryClient, tmp_path: Path, torn: bytes
) -> None:
    old = (published.metadata / "timestamp.json").read_bytes()
    published.publish_state("XA", 2)
    client.refresh()
    (published.metadata / "timestamp.json").write_bytes(old)

    memory = tmp_path / "node" / "seen" / "metadata"
    for name in ("timestamp.json", "snapshot.json"):
        (memory / name).write_bytes(torn)
    with pytest.raises(RolledBack):
        client.refresh()

    # Without the set adopted last to mend from, python-tuf would have followed the old timestamp.
    for name in ("timestamp.json", "snapshot.json"):
        (memory / name).write_bytes(torn)
    (tmp_path / "node" / "adopted.json").unlink()
    assert client.refresh().targets[layout.state_path("XA")] == entry("XA", 1)


def test_a_publisher_killed_between_files_leaves_what_was_published(
    published: Published, client: DirectoryClient, tmp_path: Path
) -> None:
    script = """
import os, signal, sys, pickle
from datetime import UTC, datetime
from pathlib import Path
from node.directory import repository, ceremony
whole, left = repository.write_whole, int(sys.argv[3])
def write_then_die(path, raw):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(path, raw)
repository.write_whole = write_then_die
role, file = (Path(name).read_bytes() for name in sys.argv[4:])
change = repository.Change(states={"XA": role}, files={"states/XA.json": file})
repository.Repository(Path(sys.argv[1]), ceremony.load_key(Path(sys.argv[2]))).publish(change, datetime.now(UTC))
"""
    role, file = tmp_path / "role", tmp_path / "file"
    role.write_bytes(published.federation.state("XA", 2))
    file.write_bytes(entry("XA", 2))
    before = client.refresh()

    def publish_until(writes: int) -> int:
        key = published.federation.folder / "online.pem"
        arguments = [str(published.repository.path), str(key), str(writes), str(role), str(file)]
        return subprocess.run([sys.executable, "-c", script, *arguments], check=False, timeout=60).returncode

    for writes in range(4):
        assert publish_until(writes) == -signal.SIGKILL
        assert client.refresh() == before
    assert publish_until(4) == 0
    assert client.refresh().targets[layout.state_path("XA")] == entry("XA", 2)
    assert len(list((published.repository.path / "generations").iterdir())) == 2
