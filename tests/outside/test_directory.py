"""The signed directory, served by our server, under tuf-js: what is sound it reads as we do, and every attack it refuses too.

Whoever seizes the server here also holds the Secretariat's online key, as in `tests/node/directory/test_attacks.py`, where each
attack is shown to work on somebody.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from node.directory import ceremony, layout
from node.directory.client import DirectoryClient
from node.directory.errors import DirectoryError
from node.directory.repository import Change
from tests.node.directory.conftest import (
    POLICY,
    STATES,
    Published,
    edited,
    entry,
    member,
    secretariat_tls,
    soon,
)

FOLDER = Path(__file__).parent / "tuf"
ROGUE = b'{"member":"rogue"}'
_MISSING = "Node.js or tuf-js is not installed. Run deploy/install-system-packages as root, then make test-system."

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Outsider:
    """tuf-js with its memory."""

    url: str
    root: Path
    memory: Path

    def read(self) -> "subprocess.CompletedProcess[str]":
        node = shutil.which("node")
        if node is None or not (FOLDER / "node_modules/tuf-js").is_dir():
            pytest.fail(_MISSING)
        given = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(secretariat_tls() / "authority.pem")}
        arguments = [node, str(FOLDER / "verify.mjs"), self.url, str(self.root), str(self.memory)]
        return subprocess.run(arguments, env=given, capture_output=True, text=True, check=False, timeout=60)

    def files(self) -> dict[str, str]:
        """Digests of all files by their paths."""
        done = self.read()
        assert (done.returncode, done.stderr) == (0, "")
        return {path: digest for digest, path in (line.split(" ") for line in done.stdout.splitlines())}

    def refusal(self) -> str:
        done = self.read()
        assert done.returncode == 1 and done.stdout == "" and done.stderr.startswith("refused: ")
        return done.stderr.removeprefix("refused: ").strip()


@pytest.fixture
def outsider(published: Published, tmp_path: Path) -> Outsider:
    (tmp_path / "root.json").write_bytes(published.root)
    return Outsider(published.url, tmp_path / "root.json", tmp_path / "outsider")


def expected(versions: dict[str, int]) -> dict[str, str]:
    contents = {layout.POLICY_PATH: POLICY} | {layout.member_path(state): member(state) for state in STATES}
    contents |= {layout.state_path(state): entry(state, versions.get(state, 1)) for state in STATES}
    return {path: sha256(content).hexdigest() for path, content in contents.items()}


def test_it_reads_what_we_read_and_follows_us(published: Published, client: DirectoryClient, outsider: Outsider) -> None:
    assert outsider.files() == expected({})

    published.publish_state("XB", 2)
    second = published.federation.root(2, by=("root1", "root2"), roots=("root1", "root2", "targets0"))
    published.repository.publish(Change(root=second), datetime.now(UTC))

    assert outsider.files() == expected({"XB": 2})
    adopted = client.refresh().targets
    assert {path: sha256(content).hexdigest() for path, content in adopted.items()} == outsider.files()


def signed_again(published: Published, path: str) -> bytes:
    """The newest members' role with the attacker's file at `path`, unsigned."""

    def edit(signed: Targets) -> None:
        signed.version += 1
        signed.targets[path] = TargetFile.from_data(path, ROGUE, ["sha256"])

    return edited((published.metadata / "1.targets.json").read_bytes(), edit)


def rogue_member(published: Published, *by: str) -> None:
    path = layout.member_path("XD")
    published.seize({"targets": published.federation.sign(signed_again(published, path), *by)}, {path: ROGUE})


def rogue_member_of_the_secretariat(published: Published) -> None:
    rogue_member(published, "online")


def rogue_member_of_one_state(published: Published) -> None:
    rogue_member(published, "targets0")


def rogue_member_of_two_states_officers(published: Published) -> None:
    rogue_member(published, "XA0", "XA1", "XB0", "XB1")


def changed_member_without_a_new_signature(published: Published) -> None:
    [file] = published.targets.glob("members/*.XA.json")
    file.write_bytes(ROGUE)


def changed_policy_of_the_same_length(published: Published) -> None:
    [file] = published.targets.glob("*.policy.json")
    file.write_bytes(POLICY.replace(b"invented", b"INVENTED"))


def expired_timestamp(published: Published) -> None:
    published.seize(expires=soon(-1 / 24))


def expired_state(published: Published) -> None:
    late = published.federation.state("XB", 2, days=-1)
    published.seize({"XB": late}, {layout.state_path("XB"): entry("XB", 2)})


def one_officer_for_a_state(published: Published) -> None:
    one = published.federation.state("XB", 2, by=("0",))
    published.seize({"XB": one}, {layout.state_path("XB"): entry("XB", 2)})


def one_state_for_another(published: Published) -> None:
    draft = ceremony.draft_state("XA", 2, soon(), entry("XA", 2))
    stolen = published.federation.sign(draft, "XB0", "XB1")
    published.seize({"XA": stolen}, {layout.state_path("XA"): entry("XA", 2)})


def coup(published: Published) -> None:
    for name in ("coup0", "coup1"):
        published.federation.add_holder(name)
    root = published.federation.root(2, by=("coup0", "coup1", "root0"), roots=("coup0", "coup1"))
    (published.metadata / "2.root.json").write_bytes(root)


def old_role_under_a_new_name(published: Published) -> None:
    old = (published.metadata / "1.XA.json").read_bytes()
    published.publish_state("XA", 2)
    (published.metadata / "2.XA.json").write_bytes(old)


def timestamp_of_another_key(published: Published) -> None:
    path = published.metadata / "timestamp.json"
    timestamp = Metadata[Timestamp].from_bytes(path.read_bytes())
    timestamp.signed.version += 1
    timestamp.sign(published.federation.signer("XA0"))
    path.write_bytes(timestamp.to_bytes())


ATTACKS: dict[Callable[[Published], None], str] = {
    rogue_member_of_the_secretariat: "targets was signed by 0/2 keys",
    rogue_member_of_one_state: "targets was signed by 1/2 keys",
    rogue_member_of_two_states_officers: "targets was signed by 0/2 keys",
    changed_member_without_a_new_signature: "Max length reached",
    changed_policy_of_the_same_length: "Expected hash",
    expired_timestamp: "timestamp.json is expired",
    expired_state: "XB.json is expired",
    one_officer_for_a_state: "XB was signed by 1/2 keys",
    one_state_for_another: "XA was signed by 0/2 keys",
    coup: "root was signed by 1/2 keys",
    old_role_under_a_new_name: "Expected hash",
    timestamp_of_another_key: "timestamp was signed by 0/1 keys",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_every_attack_is_refused(published: Published, outsider: Outsider, attack: Callable[[Published], None]) -> None:
    assert outsider.files() == expected({})
    attack(published)
    assert ATTACKS[attack] in outsider.refusal()
    newcomer = replace(outsider, memory=outsider.memory.with_name("newcomer"))
    assert ATTACKS[attack] in newcomer.refusal()


def test_with_enough_signatures_the_same_bytes_pass(published: Published, outsider: Outsider) -> None:
    """It was the thresholds that refused them, and the memory below."""
    rogue_member(published, "targets0", "targets1")
    published.seize({"XB": published.federation.state("XB", 2)}, {layout.state_path("XB"): entry("XB", 2)})
    added = {layout.member_path("XD"): sha256(ROGUE).hexdigest()}
    assert outsider.files() == expected({"XB": 2}) | added


def rolled_back_timestamp(published: Published) -> Callable[[], None]:
    old = (published.metadata / "timestamp.json").read_bytes()
    published.publish_state("XA", 2)

    def attack() -> None:
        (published.metadata / "timestamp.json").write_bytes(old)

    return attack


def rolled_back_snapshot(published: Published) -> Callable[[], None]:
    """The Secretariat signs the snapshot of yesterday under a new timestamp."""
    old = Metadata[Timestamp].from_bytes((published.metadata / "timestamp.json").read_bytes()).signed.snapshot_meta
    published.publish_state("XA", 2)

    def attack() -> None:
        path = published.metadata / "timestamp.json"
        newest = Metadata[Timestamp].from_bytes(path.read_bytes()).signed
        forged = Metadata(Timestamp(newest.version + 1, None, soon(1), old))
        forged.sign(published.federation.signer("online"))
        path.write_bytes(forged.to_bytes())

    return attack


def rolled_back_targets(published: Published) -> Callable[[], None]:
    """A new snapshot brings the members' role of yesterday back."""
    federation, old = published.federation, (published.metadata / "1.targets.json").read_bytes()
    newer = federation.sign(federation.targets_draft(published.root, 2), "targets1", "targets2")
    published.repository.publish(Change(targets=newer), datetime.now(UTC))
    return lambda: published.seize(meta={"targets.json": MetaFile.from_data(1, old, ["sha256"])})


def rolled_back_state(published: Published) -> Callable[[], None]:
    old = (published.metadata / "1.XA.json").read_bytes()
    published.publish_state("XA", 2)
    return lambda: published.seize(meta={"XA.json": MetaFile.from_data(1, old, ["sha256"])})


def forgotten_state(published: Published) -> Callable[[], None]:
    """A new snapshot lists a state no more."""

    def attack() -> None:
        path = published.metadata / "timestamp.json"
        newest = Metadata[Timestamp].from_bytes(path.read_bytes()).signed
        version = newest.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_bytes((published.metadata / f"{version}.snapshot.json").read_bytes()).signed
        del snapshot.meta["XC.json"]
        sealed = Metadata(Snapshot(version + 1, None, soon(2), snapshot.meta))
        sealed.sign(published.federation.signer("online"))
        (published.metadata / f"{version + 1}.snapshot.json").write_bytes(sealed.to_bytes())
        named = MetaFile.from_data(version + 1, sealed.to_bytes(), ["sha256"])
        forged = Metadata(Timestamp(newest.version + 1, None, soon(1), named))
        forged.sign(published.federation.signer("online"))
        path.write_bytes(forged.to_bytes())

    return attack


ROLLED_BACK: dict[Callable[[Published], Callable[[], None]], str] = {
    rolled_back_timestamp: "New timestamp version 1 is less than current version 2",
    rolled_back_snapshot: "New snapshot version 1 is less than current version 2",
    rolled_back_targets: "New version 1 of targets.json is less than current version 2",
    rolled_back_state: "New version 1 of XA.json is less than current version 2",
    forgotten_state: "Missing file XC.json in new snapshot",
}


@pytest.mark.parametrize("attack", ROLLED_BACK, ids=lambda attack: attack.__name__)
def test_nothing_that_was_seen_is_taken_back(
    published: Published, client: DirectoryClient, outsider: Outsider, attack: Callable[[Published], Callable[[], None]]
) -> None:
    roll_back = attack(published)
    outsider.files()
    client.refresh()
    roll_back()
    assert ROLLED_BACK[attack] in outsider.refusal()
    with pytest.raises(DirectoryError):
        client.refresh()
