"""A seized directory server, over real TLS, to real nodes: they keep the directory that they had, say so, and exchange goes on.

Which forgery is refused for which reason: `tests/node/directory/test_attacks.py`. Here a whole node meets them.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from node.app import Node
from node.directory import ceremony
from node.directory.errors import DirectoryError
from node.directory.repository import Repository
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from tests.federation.running import BR, CO, PE, Federation
from tests.federation.speaking import Speaker

pytestmark = pytest.mark.federation


class Seized:
    """The Secretariat's server and its online key in an attacker's hands."""

    def __init__(self, folder: Path) -> None:
        self.online = ceremony.load_key(folder / "ceremony" / "secretariat" / "online.pem")
        self.repository = Repository(folder / "secretariat" / "repository", self.online)
        self.metadata = self.repository.published / "metadata"
        self.old_timestamp = (self.metadata / "timestamp.json").read_bytes()

    def renew(self) -> None:
        """What the honest Secretariat does once a day."""
        self.repository.resign(datetime.now(UTC))
        self.metadata = self.repository.published / "metadata"

    def serve(self, change: Callable[[Snapshot], None], timestamp: int = 1) -> None:
        """The next snapshot and timestamp, signed with the online key, after `change`."""
        now = Metadata[Timestamp].from_bytes((self.metadata / "timestamp.json").read_bytes()).signed
        version = now.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_bytes((self.metadata / f"{version}.snapshot.json").read_bytes()).signed
        snapshot.version += 1
        change(snapshot)
        raw = self.put(Metadata(snapshot), f"{snapshot.version}.snapshot.json")
        meta = MetaFile.from_data(snapshot.version, raw, ["sha256"])
        self.put(Metadata(Timestamp(now.version + timestamp, None, now.expires, meta)), "timestamp.json")

    def put(self, content: Metadata[Snapshot] | Metadata[Timestamp] | Metadata[Targets], name: str) -> bytes:
        content.sign(self.online)
        raw = content.to_bytes()
        (self.metadata / name).write_bytes(raw)
        return raw


def rollback(seized: Seized) -> None:
    seized.metadata.joinpath("timestamp.json").write_bytes(seized.old_timestamp)


def mix(seized: Seized) -> None:
    """One state's signed entry in another's place: every byte is truly signed, for somewhere else."""
    raw = (seized.metadata / "1.PE.json").read_bytes()
    (seized.metadata / "1.BR.json").write_bytes(raw)
    seized.serve(lambda snapshot: snapshot.meta.update({"BR.json": MetaFile.from_data(1, raw, ["sha256"])}))


def rogue_delegation(seized: Seized) -> None:
    """New targets, by which the attacker signs for Brazil."""
    targets = Metadata[Targets].from_bytes((seized.metadata / "1.targets.json").read_bytes())
    targets.signed.version = 2
    targets.signatures.clear()
    assert targets.signed.delegations is not None
    assert targets.signed.delegations.roles is not None
    role = targets.signed.delegations.roles["BR"]
    role.keyids, role.threshold = [seized.online.public_key.keyid], 1
    targets.signed.delegations.keys[seized.online.public_key.keyid] = seized.online.public_key
    raw = seized.put(targets, "2.targets.json")
    seized.serve(lambda snapshot: snapshot.meta.update({"targets.json": MetaFile.from_data(2, raw, ["sha256"])}))


ATTACKS = {
    "rollback": (rollback, "directory_rolled_back"),
    "mix and match": (mix, None),
    "rogue delegation": (rogue_delegation, "directory_forged"),
}


def refusal(node: Node) -> str | None:
    """Why the node does not take what is served; None when it does."""
    try:
        node.adopt.refresh()
    except DirectoryError as error:
        return error.code
    return None


@pytest.mark.parametrize("name", ATTACKS)
def test_a_node_keeps_the_directory_that_it_had_and_goes_on(own_federation: Federation, name: str) -> None:
    attack, code = ATTACKS[name]
    node = own_federation[CO].node
    seized = Seized(own_federation[CO].folder.parent)
    seized.renew()
    assert refusal(node) is None
    before, adopted = node.federation.directory, own_federation[CO].count(Act.DIRECTORY_ADOPTED)
    attack(seized)
    assert refusal(node) == code
    assert node.federation.directory.members.keys() >= before.members.keys() - {BR}
    for state in (CO, PE):
        assert node.federation.directory.member(state) == before.member(state)
    if code is not None:
        assert node.federation.directory == before
        assert own_federation[CO].count(Act.DIRECTORY_ADOPTED) == adopted
    assert Speaker(own_federation, PE).say(CO, ManifestsWanted()).types == ["manifests"]


def test_a_frozen_directory_is_noticed_by_its_date_and_ends_after_its_grace(own_federation: Federation) -> None:
    node = own_federation[CO].node
    directory = node.federation.directory
    grace = directory.policy.directory_grace
    own_federation.clock.forward(int(directory.expires.timestamp()) - own_federation.clock() + grace - 60)
    assert Speaker(own_federation, PE).say(CO, ManifestsWanted()).types == ["manifests"]
    own_federation.clock.forward(int(timedelta(minutes=2).total_seconds()))
    heard = Speaker(own_federation, PE).say(CO, ManifestsWanted())
    assert (heard.status, heard.code) == (503, "directory_too_old")
