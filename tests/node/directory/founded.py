"""A founded federation of three real codes with invented offices: what a submission and the commands work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from node.directory import ceremony, layout
from node.directory.repository import Change, Repository
from protocol.authority import Authority
from tests.node.directory.conftest import Federation, soon
from tests.protocol.federation import BR, CO, PE, POLICY, member_entry, working_entry

STATES = (CO, PE, BR)


@dataclass
class Founded:
    """The repository of CO, PE and BR, and the holders, whose keys lie in `federation.folder`: root0, targets0, CO0, CO1 …"""

    federation: Federation
    repository: Repository
    root: bytes
    targets: bytes

    @classmethod
    def found(cls, federation: Federation, folder: Path) -> "Founded":
        """Publishes the first directory in the new `folder`."""
        for state in STATES:
            for number in range(2):
                federation.add_holder(f"{state}{number}")
        root = federation.root()
        targets = federation.sign(targets_draft(federation, root), "targets0", "targets1")
        founded = cls(federation, Repository(folder, federation.signer("online")), root, targets)
        files = {layout.POLICY_PATH: POLICY.to_bytes()}
        files |= {layout.member_path(state): member_entry(state).to_bytes() for state in STATES}
        files |= {layout.state_path(state): working_entry(state).to_bytes() for state in STATES}
        states: dict[str, bytes] = {state: founded.role(state, 1, working_entry(state).to_bytes()) for state in STATES}
        founded.repository.found(Change(root, targets, states, files), datetime.now(UTC))
        return founded

    def role(self, state: str, version: int, entry: bytes, by: Sequence[str] | None = None, days: float = 30) -> bytes:
        """The role of `state` over `entry`, signed by the holders `by`: its own two officers when none are named."""
        draft = ceremony.draft_state(state, version, soon(days), entry)
        return self.federation.sign(draft, *((f"{state}0", f"{state}1") if by is None else by))

    def version(self) -> int:
        """The version that is published."""
        return max(int(path.name.partition(".")[0]) for path in self.repository.published.glob("metadata/*.snapshot.json"))


def targets_draft(federation: Federation, root: bytes, version: int = 1, states: Sequence[Authority] = STATES) -> bytes:
    """The members' role over `states`, unsigned."""
    return ceremony.draft_targets(
        version=version,
        expires=soon(),
        members={state: member_entry(state).to_bytes() for state in states},
        policy=POLICY.to_bytes(),
        officers={state: ceremony.Officers([federation.keys[f"{state}{number}"] for number in range(2)]) for state in states},
        root=root,
    )


def moved(state: Authority) -> bytes:
    """An entry that differs from the published one: the node has another address."""
    return working_entry(state, peer_url="https://moved.example:8443").to_bytes()
