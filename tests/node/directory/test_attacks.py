"""Attacks on the directory over real TLS. Each is first shown to work on somebody: a weaker root, a client without memory,
plain python-tuf without this directory's shape. Whoever seizes the server here also holds the Secretariat's online key."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
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
)
from node.directory.repository import Change
from protocol.limits import DIRECTORY_TARGET_BYTES
from tests.node.directory.conftest import (
    Published,
    careless,
    careless_read,
    edited,
    entry,
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
