"""Attacks on the directory over real HTTP. Each is first shown to work on somebody: a weaker root, a client without memory,
plain python-tuf without this directory's shape. Whoever seizes the server here also holds the Secretariat's online key."""

import gzip
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from tuf.api.metadata import DelegatedRole, Metadata, MetaFile, Root, TargetFile, Targets

from node.directory import layout
from node.directory.adopted import Finding
from node.directory.client import DirectoryClient
from node.directory.errors import (
    Expired,
    Forged,
    Malformed,
    RogueDelegation,
    RolledBack,
    Substituted,
    TooLarge,
    Unreachable,
)
from node.directory.repository import Change
from node.directory.server import directory_app
from protocol.limits import DIRECTORY_TARGET_BYTES
from tests.node.directory.conftest import (
    STATES,
    Published,
    careless,
    careless_read,
    edited,
    entry,
    serving,
    soon,
)

ROGUE = b'{"member":"rogue"}'


def with_rogue_member(targets: bytes) -> bytes:
    """The next targets version, in which the member entry of XA is the attacker's."""

    def edit(signed: Targets) -> None:
        signed.version += 1
        signed.targets[layout.member_path("XA")] = TargetFile.from_data("members/XA.json", ROGUE, ["sha256"])

    return edited(targets, edit)


def targets_of(published: Published, version: int = 1) -> bytes:
    return (published.metadata / f"{version}.targets.json").read_bytes()


def test_the_secretariat_alone_cannot_change_a_member(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    rogue = published.federation.sign(with_rogue_member(targets_of(published)), "online")

    # It works where the root lets one party sign for the members ...
    def weaken(root: Root) -> None:
        root.add_key(published.federation.keys["online"], Targets.type)
        root.roles[Targets.type].threshold = 1

    weak_root = published.federation.sign(edited(published.root, weaken), "root0", "root1")
    (published.metadata / "1.root.json").write_bytes(weak_root)
    before = client.refresh()
    published.seize({"targets": rogue}, {layout.member_path("XA"): ROGUE})
    weakened = careless(published.url, tmp_path / "careless", weak_root, http)
    assert careless_read(weakened, layout.member_path("XA")) == ROGUE

    # ... such a root is refused, and under the true one the signature is worth nothing.
    with pytest.raises(RogueDelegation, match="2 different holders"):
        DirectoryClient(tmp_path / "weak", published.url, weak_root, root_fingerprint=None, http=http)
    with pytest.raises(Forged, match="targets was signed by 0/2 keys"):
        client.refresh()
    assert client.load() == before


def test_one_state_alone_cannot_change_a_member(published: Published, client: DirectoryClient, tmp_path: Path) -> None:
    before = client.refresh()
    one = published.federation.sign(with_rogue_member(targets_of(published)), "targets0")

    published.seize({"targets": one}, {layout.member_path("XA"): ROGUE})
    with pytest.raises(Forged, match="targets was signed by 1/2 keys"):
        client.refresh()
    assert client.load() == before

    # With one more signature the same bytes pass: it was the threshold that refused them.
    two = published.federation.sign(one, "targets1")
    published.seize({"targets": two})
    assert client.refresh().targets[layout.member_path("XA")] == ROGUE


def test_one_holder_under_two_names_is_still_one_holder(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    twin = "f" * 64

    def give_second_name(root: Root) -> None:
        key = root.keys[published.federation.keys["targets0"].keyid]
        spelled = key.to_dict()
        root.keys[twin] = type(key).from_dict(twin, spelled)
        root.roles[Targets.type].keyids = [key.keyid, twin]

    weak_root = published.federation.sign(edited(published.root, give_second_name), "root0", "root1")
    signed = Metadata[Targets].from_bytes(published.federation.sign(with_rogue_member(targets_of(published)), "targets0"))
    only = next(iter(signed.signatures.values()))
    signed.signatures[twin] = type(only)(twin, only.signature)
    published.seize({"targets": signed.to_bytes()}, {layout.member_path("XA"): ROGUE})

    (published.metadata / "1.root.json").write_bytes(weak_root)
    weakened = careless(published.url, tmp_path / "careless", weak_root, http)
    assert careless_read(weakened, layout.member_path("XA")) == ROGUE

    with pytest.raises(Malformed, match="under its own id"):
        DirectoryClient(tmp_path / "weak", published.url, weak_root, root_fingerprint=None, http=http)
    with pytest.raises(Forged):
        client.refresh()


def test_an_old_timestamp_is_refused(published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path) -> None:
    old = (published.metadata / "timestamp.json").read_bytes()
    published.publish_state("XA", 2)
    before = client.refresh()

    (published.metadata / "timestamp.json").write_bytes(old)
    forgetful = careless(published.url, tmp_path / "careless", published.root, http)
    assert careless_read(forgetful, layout.state_path("XA")) == entry("XA", 1)

    with pytest.raises(RolledBack, match="timestamp version"):
        client.refresh()
    assert client.load() == before


def test_a_new_snapshot_cannot_bring_old_targets_back(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    federation, old = published.federation, targets_of(published)
    newer = federation.sign(federation.targets_draft(published.root, 2), "targets1", "targets2")
    published.repository.publish(Change(targets=newer), datetime.now(UTC))
    before = client.refresh()

    published.seize(meta={"targets.json": MetaFile.from_data(1, old, ["sha256"])})
    assert careless(published.url, tmp_path / "careless", published.root, http).get_targetinfo(layout.POLICY_PATH)

    with pytest.raises(RolledBack, match=r"targets\.json version"):
        client.refresh()
    assert client.load() == before


def test_a_frozen_directory_is_noticed_and_stays_readable(published: Published, client: DirectoryClient) -> None:
    published.seize(expires=soon(1))
    before = client.refresh()

    published.seize(expires=soon(-1 / 24))
    with pytest.raises(Expired, match="timestamp"):
        client.refresh()

    assert client.load() == before


def test_a_state_cannot_sign_for_another(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    federation, stolen = published.federation, b'{"state":"XA","working":"of XB"}'

    def take_over(signed: Targets) -> None:
        signed.version = 2
        for path in (layout.state_path("XA"), layout.state_path("XB")):
            signed.targets[path] = TargetFile.from_data(path, stolen, ["sha256"])

    thief = federation.sign(edited(federation.state("XB"), take_over), "XB0", "XB1")
    published.seize({"XB": thief}, {layout.state_path("XA"): stolen, layout.state_path("XB"): stolen})

    adopted = client.refresh()
    assert adopted.targets[layout.state_path("XA")] == entry("XA")
    assert layout.state_path("XB") not in adopted.targets
    assert adopted.findings == (Finding("XB", "directory_rogue_delegation"),)

    # Under a delegation that reaches further, plain python-tuf lets XB speak for XA; here such a delegation is refused.
    def reach_further(signed: Targets) -> None:
        signed.version = 2
        assert signed.delegations is not None and signed.delegations.roles is not None
        roles = signed.delegations.roles
        greedy = DelegatedRole("XB", roles["XB"].keyids, 2, terminating=True, paths=["states/*.json"])
        signed.delegations.roles = {"XB": greedy, "XA": roles["XA"], "XC": roles["XC"]}

    far = federation.sign(edited(targets_of(published), reach_further), "targets0", "targets1")
    published.seize({"targets": far})
    weakened = careless(published.url, tmp_path / "careless", published.root, http)
    assert careless_read(weakened, layout.state_path("XA")) == stolen
    with pytest.raises(RogueDelegation, match="delegation XB"):
        client.refresh()
    assert client.load() == adopted


def test_one_officer_alone_cannot_change_a_states_keys(published: Published, client: DirectoryClient) -> None:
    one = published.federation.state("XB", 2, by=("0",))
    published.seize({"XB": one}, {layout.state_path("XB"): entry("XB", 2)})

    adopted = client.refresh()
    assert adopted.findings == (Finding("XB", "directory_forged"),)
    assert layout.state_path("XB") not in adopted.targets

    published.seize({"XB": published.federation.sign(one, "XB1")})
    assert client.refresh().targets[layout.state_path("XB")] == entry("XB", 2)


def test_a_new_root_needs_enough_of_the_old_signers(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    federation = published.federation
    before = client.refresh()
    for name in ("coup0", "coup1"):
        federation.add_holder(name)
    coup = federation.root(2, by=("coup0", "coup1", "root0"), roots=("coup0", "coup1"))

    (published.metadata / "2.root.json").write_bytes(coup)
    # The new root is sound in itself: whoever starts from it follows it.
    DirectoryClient(tmp_path / "new", published.url, coup, root_fingerprint=None, http=http).refresh()
    with pytest.raises(Forged, match="root was signed by 1/2 keys"):
        client.refresh()
    assert client.load() == before

    rightful = federation.sign(coup, "root1")
    (published.metadata / "2.root.json").write_bytes(rightful)
    assert client.refresh().targets == before.targets


def test_old_files_under_new_names_are_refused(published: Published, client: DirectoryClient) -> None:
    old_role = (published.metadata / "1.XA.json").read_bytes()
    [old_file] = [path.read_bytes() for path in published.targets.glob("states/*.XA.json")]
    published.publish_state("XA", 2)
    true_role = (published.metadata / "2.XA.json").read_bytes()
    [new_file] = [path for path in published.targets.glob("states/*.XA.json") if path.read_bytes() != old_file]
    true_file = new_file.read_bytes()

    (published.metadata / "2.XA.json").write_bytes(old_role)
    with pytest.raises(Substituted):
        client.refresh()
    (published.metadata / "2.XA.json").write_bytes(true_role)
    new_file.write_bytes(old_file)
    with pytest.raises(Substituted):
        client.refresh()
    assert client.load() is None

    # Only the swapped bytes stood in the way.
    new_file.write_bytes(true_file)
    assert client.refresh().targets[layout.state_path("XA")] == entry("XA", 2)


def test_old_targets_with_a_new_snapshot_are_refused(published: Published, client: DirectoryClient) -> None:
    federation, old = published.federation, targets_of(published)
    newer = federation.sign(federation.targets_draft(published.root, 2), "targets1", "targets2")
    published.repository.publish(Change(targets=newer), datetime.now(UTC))

    (published.metadata / "2.targets.json").write_bytes(old)
    with pytest.raises(Substituted):
        client.refresh()
    # Also when the snapshot names the old bytes under the new version.
    published.seize(meta={"targets.json": MetaFile.from_data(2, old, ["sha256"])})
    with pytest.raises(RolledBack, match="Expected targets v2, got v1"):
        client.refresh()

    (published.metadata / "2.targets.json").write_bytes(newer)
    published.seize(meta={"targets.json": MetaFile.from_data(2, newer, ["sha256"])})
    assert client.refresh().findings == ()


def hostile_server(published: Published, name: str, answer: Callable[[], Response]) -> FastAPI:
    """The real server, but for one metadata file."""
    app = FastAPI()
    app.get(f"/metadata/{name}")(answer)
    app.mount("/", directory_app(published.repository.path))
    return app


def client_of(url: str, published: Published, folder: Path, http: httpx2.Client, seconds: float = 60) -> DirectoryClient:
    return DirectoryClient(folder, url, published.root, root_fingerprint=None, http=http, file_seconds=seconds)


def test_endless_data_is_cut_off(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    sent = 0

    def endless() -> Response:
        def chunks() -> Iterator[bytes]:
            nonlocal sent
            while sent < 64 << 20:
                sent += 4096
                yield b" " * 4096

        return StreamingResponse(chunks())

    with serving(hostile_server(published, "timestamp.json", endless)) as url:
        with http.stream("GET", f"{url}/metadata/timestamp.json") as response:
            received = sum(len(chunk) for chunk, _ in zip(response.iter_raw(), range(512), strict=False))
        assert received > 8 * layout.TIMESTAMP_BYTES  # without a limit it keeps coming
        sent = 0
        with pytest.raises(TooLarge):
            client_of(url, published, tmp_path / "node", http).refresh()
        assert sent < 32 << 20


def test_a_dripping_server_is_left(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    raw = (published.metadata / "timestamp.json").read_bytes()

    def dripping() -> Response:
        def chunks() -> Iterator[bytes]:
            for start in range(0, len(raw), 100):
                time.sleep(0.1)
                yield raw[start : start + 100]

        return StreamingResponse(chunks())

    with serving(hostile_server(published, "timestamp.json", dripping)) as url:
        # Never silent for long, so a read timeout alone lets it go on.
        assert client_of(url, published, tmp_path / "patient", http).refresh().findings == ()
        with pytest.raises(Unreachable, match=r"more than 0\.2 s"):
            client_of(url, published, tmp_path / "node", http, seconds=0.2).refresh()


def test_a_compressed_answer_does_not_unfold(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (1 << 20))

    def bombing() -> Response:
        return Response(bomb, headers={"content-encoding": "gzip"})

    with serving(hostile_server(published, "timestamp.json", bombing)) as url:
        assert len(http.get(f"{url}/metadata/timestamp.json").content) == 1 << 20
        with pytest.raises(Malformed):  # the compressed bytes themselves, not a megabyte that is too large
            client_of(url, published, tmp_path / "node", http).refresh()


def test_an_oversized_file_leaves_its_state_out(
    published: Published, client: DirectoryClient, http: httpx2.Client, tmp_path: Path
) -> None:
    path, huge = layout.state_path("XC"), b"x" * (DIRECTORY_TARGET_BYTES + 1)

    def grow(signed: Targets) -> None:
        signed.version = 2
        signed.targets[path] = TargetFile.from_data(path, huge, ["sha256"])

    role = published.federation.sign(edited(published.federation.state("XC"), grow), "XC0", "XC1")
    published.seize({"XC": role}, {path: huge})

    # python-tuf itself has no objection (the server has: it would not give the file out).
    weakened = careless(published.url, tmp_path / "careless", published.root, http)
    target = weakened.get_targetinfo(path)
    assert target is not None and target.length == len(huge)
    adopted = client.refresh()
    assert adopted.findings == (Finding("XC", "directory_too_large"),)
    assert sorted(found for found in adopted.targets if found.startswith("states/")) == [
        "states/XA.json",
        "states/XB.json",
    ]


def test_a_state_that_is_late_takes_nobody_down(published: Published, client: DirectoryClient) -> None:
    late = published.federation.state("XB", 2, days=-1)
    published.seize({"XB": late}, {layout.state_path("XB"): entry("XB", 2)})

    adopted = client.refresh()

    assert adopted.findings == (Finding("XB", "directory_expired"),)
    assert layout.state_path("XA") in adopted.targets and layout.member_path("XB") not in adopted.targets
    assert client.load() == adopted


def test_a_member_without_delegation_takes_nobody_down(published: Published, client: DirectoryClient) -> None:
    federation = published.federation

    def forget(signed: Targets) -> None:
        signed.version = 2
        assert signed.delegations is not None and signed.delegations.roles is not None
        del signed.delegations.roles["XB"]
        del signed.targets[layout.member_path("XC")]

    role = federation.sign(edited(targets_of(published), forget), "targets0", "targets1")
    published.seize({"targets": role})

    adopted = client.refresh()

    assert adopted.findings == (Finding("XB", "not_delegated"), Finding("XC", "not_a_member"))
    assert set(adopted.targets) == {"policy.json", "members/XA.json", "states/XA.json"}
    assert client.load() == adopted


REFRESH_THEN_DIE = """
import os, signal, sys
from pathlib import Path
from node.directory.client import DirectoryClient, directory_http
folder, url, root, answers = sys.argv[1:]
left = int(answers)
def die(response):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
http = directory_http()
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
            [sys.executable, "-c", REFRESH_THEN_DIE, str(tmp_path / "node"), published.url, str(root), str(answers)],
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


def test_no_name_leads_out_of_the_servers_folder(published: Published) -> None:
    secret = published.repository.path / "private.json"
    secret.write_bytes(b"private")
    published_path = published.repository.published
    names = ["../private.json", "..%2fprivate.json", "..%2f..%2fprivate.json", "%2e%2e/private.json", "....//private.json"]

    def ask(url: str, path: str) -> httpx2.Response:
        """Sends the path as it stands: a client would tidy it up."""
        host = httpx2.URL(url)
        request = httpx2.Request("GET", host.copy_with(raw_path=path.encode()))
        with httpx2.Client(trust_env=False) as plain:
            return plain.send(request)

    trusting = FastAPI()

    @trusting.get("/metadata/{name:path}")
    def anything(name: str) -> Response:
        path = published_path.resolve().parent / name
        return Response(path.read_bytes() if path.exists() else b"")

    with serving(trusting) as weak:
        assert b"private" in {ask(weak, f"/metadata/{name}").content for name in names}
    for base in ("metadata", "targets"):
        for name in [*names, "..", ".lock", "%00", "1.root.json%00.json", "1.root.json/..", "a" * 9000]:
            answer = ask(published.url, f"/{base}/{name}")
            assert answer.status_code in {400, 404} and b"private" not in answer.content


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
