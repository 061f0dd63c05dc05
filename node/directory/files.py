"""Which file is this? What is signed, and what is listed, says by its content where in the directory it belongs.

Holders hand files over on media, under names that anybody may change; so no name is trusted, and none needs to be given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuf.api.metadata import Metadata, Root, Targets

from node.directory import ceremony, layout
from node.directory.errors import Expired, Forged, Malformed, PublicationRefused, foreign_failures
from node.directory.repository import Change
from protocol.directory import Policy, WorkingEntry
from protocol.errors import ProtocolError
from protocol.members import MemberEntry, MemberKeys

Listed = MemberEntry | WorkingEntry | Policy
"""What stands in the directory."""
Entry = Listed | MemberKeys

# Whose keys decide; for a state, those that targets delegate to.
_APPOINTERS = {Root.type: Root.type, Targets.type: Root.type}
# One field that each kind of entry has and no other: it decides whose complaint is told when a file fits none.
# A node's keys are what is left of a member entry without names: so the last, and asked for by the one that both have.
_MARKS: Mapping[bytes, type[Entry]] = {
    b'"names":': MemberEntry,
    b'"peer_url":': WorkingEntry,
    b'"clock_tolerance":': Policy,
    b'"witness":': MemberKeys,
}


@dataclass(frozen=True)
class Role:
    """Signed metadata that holders bring: `name` is `root`, `targets` or the two letters of a state."""

    name: str
    raw: bytes
    signed: Root | Targets

    @property
    def of_a_state(self) -> bool:
        """Whether it is a state's own role."""
        return layout.is_state(self.name)


def is_metadata(raw: bytes) -> bool:
    """Whether `raw` looks like signed metadata rather than an entry."""
    return b'"signatures":' in raw.replace(b" ", b"")


def read_role(raw: bytes, where: str) -> Role:
    """The role that `raw` is for. Raises `Malformed`, also for snapshot and timestamp, which nobody brings.

    Its shape and its signatures are not looked at yet: `examine` does that.
    """
    with foreign_failures(where):
        signed = Metadata[Any].from_bytes(raw).signed
    if isinstance(signed, Root):
        return Role(Root.type, raw, signed)
    if isinstance(signed, Targets):
        if layout.POLICY_PATH in signed.targets:
            return Role(Targets.type, raw, signed)
        for path in signed.targets:
            state = path.removeprefix("states/").removesuffix(".json")
            if layout.is_state(state) and path == layout.state_path(state):
                return Role(state, raw, signed)
    raise Malformed(where, "neither a root, nor the members' role, nor a state's role")


def read_entry(raw: bytes, where: str) -> Entry:
    """The member entry, state entry, policy or node's keys in `raw`. Raises `Malformed` with the first thing that is wrong."""
    kind = next((kind for mark, kind in _MARKS.items() if mark in raw), None)
    if kind is None:
        raise Malformed(where, "neither a member entry, nor a state's entry, nor a policy, nor a node's keys")
    try:
        return kind.from_bytes(raw)
    except ProtocolError as error:
        raise Malformed(where, str(error)) from None


def entry_path(entry: Listed) -> str:
    """The target path at which `entry` stands."""
    if isinstance(entry, Policy):
        return layout.POLICY_PATH
    place = layout.member_path if isinstance(entry, MemberEntry) else layout.state_path
    return place(entry.authority)


def _listed(raw: bytes, where: str) -> Listed:
    entry = read_entry(raw, where)
    if isinstance(entry, MemberKeys):
        raise Malformed(where, "a node's keys stand in no directory; they go into its member entry")
    return entry


def sort(brought: Mapping[str, bytes]) -> Change:
    """The change that the files make together. `brought`: name (told in errors, otherwise ignored) -> bytes.

    Raises `Malformed` for a file that belongs nowhere, `PublicationRefused` for two that belong to one place.
    """
    metadata: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    for name, raw in brought.items():
        kept, place = (metadata, read_role(raw, name).name) if is_metadata(raw) else (files, entry_path(_listed(raw, name)))
        if place in kept:
            raise PublicationRefused(name, f"another file is for {place} too")
        kept[place] = raw
    root, targets = metadata.pop(Root.type, None), metadata.pop(Targets.type, None)
    return Change(root=root, targets=targets, states=metadata, files=files)


def check_shape(role: Role, root: Role | None, where: str) -> None:
    """Raises `RogueDelegation`, `TooLarge` or `Malformed` unless `role` has the shape that this directory allows (`layout.py`).

    `root`: the root in force, which has a say in the shape of targets; `Malformed` when it is missing there.
    """
    if isinstance(role.signed, Root):
        layout.check_root(role.signed)
    elif role.of_a_state:
        layout.check_state(role.name, role.signed)
    elif root is not None and isinstance(root.signed, Root):
        layout.check_root(root.signed)
        layout.check_targets(role.signed, root.signed)
    else:
        raise Malformed(where, "the members' role can only be read together with the root in force")


def examine(role: Role, appointed_by: Role | None, where: str) -> tuple[ceremony.Standing, ...]:
    """How far the signing of `role` has come, judged by each role that must have a say; every one has to be complete.

    `appointed_by`: for a first root None, for a later one the root before it (TUF 5.3.4), for targets the root, for a state's
    role the targets. Raises `Malformed` when it is another one, otherwise as `check_shape`. No clock.
    """
    check_shape(role, appointed_by, where)
    judges = [] if appointed_by is None else [appointed_by.raw]
    if isinstance(role.signed, Root):
        before = role.signed.version - 1
        if (0 if appointed_by is None else appointed_by.signed.version) != before:
            raise Malformed(where, f"this root has to be judged by itself and by the root before it, version {before}")
        judges.append(role.raw)
    if not judges or (appointed_by is not None and appointed_by.name != _APPOINTERS.get(role.name, Targets.type)):
        raise Malformed(where, "root appoints who signs for root and targets, and targets who signs for a state")
    with foreign_failures(where):
        return tuple(ceremony.standing(role.raw, role.name, each) for each in judges)


def check(role: Role, appointed_by: Role | None, where: str, now: datetime) -> None:
    """Raises `Forged` unless enough holders signed, `Expired` past its date (`now` in UTC), otherwise as `examine`."""
    for found in examine(role, appointed_by, where):
        if not found.complete:
            raise Forged(where, f"signed by {len(found.signed)} of {found.needed} holders needed")
    if role.signed.is_expired(now):
        raise Expired(where, "it is past its date")
