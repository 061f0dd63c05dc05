"""The Secretariat publishes: the whole outcome is verified first, and a bad change leaves what was served."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Timestamp

from node.directory import layout
from node.directory.adopted import Finding
from node.directory.client import DirectoryClient
from node.directory.errors import (
    DirectoryError,
    Expired,
    FolderUnusable,
    Forged,
    Malformed,
    PublicationRefused,
    RogueDelegation,
    Unreachable,
)
from node.directory.repository import Change, Repository
from node.durable import sole_writer
from tests.node.directory.conftest import POLICY, STATES, Federation, Published, edited, entry, member, soon


def now() -> datetime:
    return datetime.now(UTC)


def served(published: Published) -> dict[str, bytes]:
    link = published.repository.published
    return files_of(link.resolve()) | {"link": str(link.readlink()).encode()}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_founded_directory_reaches_a_member(client: DirectoryClient) -> None:
    assert client.refresh().findings == ()


def test_a_states_own_change_reaches_a_member(published: Published, client: DirectoryClient) -> None:
    before = client.refresh()
    published.publish_state("XB", 2)

    after = client.refresh()

    assert after.targets[layout.state_path("XB")] == entry("XB", 2)
    assert after.version == before.version + 1
    assert after.snapshot_hash != before.snapshot_hash


def test_a_new_member_joins_with_its_officers(federation: Federation, tmp_path: Path) -> None:
    root = federation.root()
    repository = Repository(tmp_path / "repository", federation.signer("online"))
    repository.found(federation.first_change(root, ("XA", "XB")), now())

    targets = federation.sign(federation.targets_draft(root, 2), "targets0", "targets1")
    joining = Change(
        targets=targets,
        states={"XC": federation.state("XC")},
        files={layout.member_path("XC"): member("XC"), layout.state_path("XC"): entry("XC")},
    )
    with pytest.raises(PublicationRefused, match="role XC: members would leave it out"):
        repository.publish(Change(targets=targets, files={layout.member_path("XC"): member("XC")}), now())
    assert layout.member_path("XC") in repository.publish(joining, now()).targets


def test_a_member_leaves_and_may_come_back(published: Published, client: DirectoryClient) -> None:
    federation = published.federation
    client.refresh()
    without = federation.sign(federation.targets_draft(published.root, 2, ("XA", "XB")), "targets0", "targets1")
    published.repository.publish(Change(targets=without), now())
    assert layout.member_path("XC") not in client.refresh().targets

    again = federation.sign(federation.targets_draft(published.root, 3), "targets0", "targets1")
    published.repository.publish(Change(targets=again), now())
    assert layout.member_path("XC") in client.refresh().targets


def test_a_rightful_root_rotation_also_changes_the_online_key(published: Published, client: DirectoryClient) -> None:
    federation = published.federation
    client.refresh()
    for name in ("root3", "online2"):
        federation.add_holder(name)
    root = federation.root(2, by=("root0", "root1", "root3"), roots=("root1", "root2", "root3"), online="online2")

    with pytest.raises(Forged, match="role timestamp"):
        published.repository.publish(Change(root=root), now())
    successor = Repository(published.repository.path, federation.signer("online2"))
    successor.publish(Change(root=root), now())

    assert client.refresh().findings == ()
    with pytest.raises(Forged, match="role timestamp"):
        published.repository.resign(now())
    assert client.refresh() == client.load()


def bad_changes(published: Published) -> dict[str, tuple[Change, type[DirectoryError], str]]:
    federation, root = published.federation, published.root
    draft = federation.targets_draft(root, 2)

    def wide(signed: Any) -> None:
        signed.delegations.roles["XB"].paths = ["states/*.json"]

    def foreign(signed: Any) -> None:
        signed.targets = {layout.state_path("XA"): TargetFile.from_data("states/XA.json", entry("XA"), ["sha256"])}

    xa = {layout.state_path("XA"): entry("XA", 2)}
    return {
        "targets by one state": (Change(targets=federation.sign(draft, "targets0")), Forged, "1/2"),
        "targets by the Secretariat": (Change(targets=federation.sign(draft, "online")), Forged, "0/2"),
        "a delegation too wide": (
            Change(targets=federation.sign(edited(draft, wide), "targets0", "targets1")),
            RogueDelegation,
            "delegation XB",
        ),
        "a state by one officer": (
            Change(states={"XA": federation.state("XA", 2, by=("0",))}, files=xa),
            PublicationRefused,
            "role XA.*directory_forged",
        ),
        "a state late": (
            Change(states={"XA": federation.state("XA", 2, days=-1)}, files=xa),
            PublicationRefused,
            "role XA.*directory_expired",
        ),
        "a state for another": (
            Change(states={"XB": federation.sign(edited(federation.state("XB", 2), foreign), "XB0", "XB1")}),
            PublicationRefused,
            "role XB.*rogue_delegation",
        ),
        "a file forgotten": (Change(states={"XA": federation.state("XA", 2)}), Unreachable, "missing in the change"),
        "a file too many": (Change(files={layout.state_path("XA"): b"other"}), PublicationRefused, "no role in the change"),
        "a path of no kind": (Change(files={"../outside.json": b"x"}), PublicationRefused, "target path"),
        "a role of no kind": (Change(states={"../XA": federation.state("XA", 2)}), PublicationRefused, "neither"),
        "the same version again": (Change(states={"XA": federation.state("XA")}), PublicationRefused, "the next one is 2"),
        "a version skipped": (Change(states={"XA": federation.state("XA", 3)}, files=xa), PublicationRefused, "version 3"),
        "no metadata": (Change(targets=b"{}"), Malformed, "role targets"),
        "a root by too few": (Change(root=federation.root(2, by=("root0",))), Forged, "root was signed by 1/2"),
        "a root of another type": (Change(root=federation.state("XA", 2)), Malformed, "role root: metadata of another type"),
        "a root past its date": (Change(root=federation.root(2, expires=soon(-1))), Expired, "root"),
    }


def test_a_bad_change_leaves_what_was_published_untouched(published: Published, client: DirectoryClient) -> None:
    before, adopted = served(published), client.refresh()
    for name, (change, expected, why) in bad_changes(published).items():
        with pytest.raises(expected, match=why):
            published.repository.publish(change, now())
        assert served(published) == before, name
        assert len(list((published.repository.path / "generations").iterdir())) == 1, name
    assert client.refresh() == adopted

    # A good one still goes through: it was not the folder that refused.
    published.publish_state("XA", 2)
    assert served(published) != before


def test_a_state_that_was_late_before_does_not_hold_up_the_others(published: Published) -> None:
    late = published.federation.state("XB", 2, days=-1)
    published.seize({"XB": late}, {layout.state_path("XB"): entry("XB", 2)})

    change = Change(states={"XA": published.federation.state("XA", 2)}, files={layout.state_path("XA"): entry("XA", 2)})
    adopted = published.repository.publish(change, now())

    assert adopted.findings == (Finding("XB", "directory_expired"),)
    assert adopted.targets[layout.state_path("XA")] == entry("XA", 2)


def test_a_directory_is_founded_once_and_complete(federation: Federation, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", federation.signer("online"))
    first = federation.first_change(federation.root())

    for act in (lambda: repository.resign(now()), lambda: repository.publish(first, now())):
        with pytest.raises(FolderUnusable, match="no directory is published"):
            act()
    for missing in (dataclasses.replace(first, root=None), dataclasses.replace(first, targets=None)):
        with pytest.raises(PublicationRefused, match="needs a root and a targets role"):
            repository.found(missing, now())
    assert not repository.published.exists()
    repository.found(first, now())
    with pytest.raises(PublicationRefused, match="already published"):
        repository.found(first, now())


def test_resigning_moves_the_timestamp_and_the_snapshot_only_when_due(published: Published) -> None:
    def stamps() -> tuple[int, int]:
        timestamp = Metadata[Timestamp].from_file(str(published.metadata / "timestamp.json")).signed
        return timestamp.version, timestamp.snapshot_meta.version

    start = now()
    assert stamps() == (1, 1)
    assert published.repository.resign(start) == (start + timedelta(days=1)).replace(microsecond=0)
    assert stamps() == (2, 1)
    later = start + timedelta(days=1, minutes=1)
    published.repository.resign(later)
    assert stamps() == (3, 2)
    snapshot = Metadata[Snapshot].from_file(str(published.metadata / "2.snapshot.json")).signed
    assert snapshot.expires == (later + timedelta(days=2)).replace(microsecond=0)


def test_the_secretariats_key_stands_in_snapshot_and_timestamp_only(published: Published) -> None:
    root = Metadata[Root].from_bytes(published.root).signed
    online = published.federation.keys["online"].keyid
    assert {name for name, role in root.roles.items() if online in role.keyids} == {"snapshot", "timestamp"}


def test_only_the_present_and_the_previous_generation_stay(published: Published) -> None:
    for version in range(2, 6):
        published.publish_state("XA", version)
    assert len(list((published.repository.path / "generations").iterdir())) == 2
    # Every version ever published is still served, for members that are in the middle of a walk and for evidence.
    assert {f"{version}.XA.json" for version in range(1, 6)} <= set(files_of(published.metadata.resolve()))


def test_publishing_and_resigning_wait_for_each_other(published: Published) -> None:
    acts = [lambda: published.publish_state("XA", 2), lambda: published.repository.resign(now())]
    for act in acts:
        thread = threading.Thread(target=act)
        with sole_writer(published.repository.path):
            before = served(published)
            thread.start()
            thread.join(0.5)
            assert thread.is_alive() and served(published) == before
        thread.join()
        assert served(published) != before


def test_thirty_five_states_fit(tmp_path: Path, federation: Federation) -> None:
    names = [f"X{letter}" for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"] + [f"Q{letter}" for letter in "MNOPQRSTU"]
    for name in names:
        for officer in "01":
            federation.add_holder(f"{name}{officer}")
    states = (*STATES, *names)
    assert len(states) == 35

    repository = Repository(tmp_path / "repository", federation.signer("online"))
    adopted = repository.found(federation.first_change(federation.root(), states), now())

    assert adopted.findings == ()
    assert len(adopted.targets) == 1 + 2 * 35
    assert adopted.targets[layout.POLICY_PATH] == POLICY
