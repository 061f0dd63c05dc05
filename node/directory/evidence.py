"""A directory that was adopted, as an evidence bundle has it."""

from collections.abc import Collection

from tuf.api.metadata import Metadata, Snapshot

from node.directory import layout
from node.directory.adopted import StoredSet
from node.directory.errors import Malformed, foreign_failures
from protocol.authority import Authority
from protocol.errors import Malformed as Unreadable
from protocol.errors import TooLarge
from protocol.evidence import DirectoryEvidence
from protocol.members import MemberEntry


def directory_evidence(stored: StoredSet, states: Collection[Authority]) -> tuple[int, DirectoryEvidence]:
    """Its version, and what of it goes into a bundle about an exchange between `states`.

    Of the states themselves only these two, of the members all that were not left out and can be read: they witness. Raises
    `Malformed` if one of the two was left out, or the snapshot is none.
    """
    with foreign_failures("stored snapshot"):
        version = Metadata[Snapshot].from_bytes(stored.snapshot).signed.version
    needed = {layout.POLICY_PATH} | {place(state) for state in states for place in (layout.member_path, layout.state_path)}
    if not needed <= set(stored.files) or not set(states) <= set(stored.states):
        raise Malformed("stored directory", "one of the two states was left out")
    others = {path for path, raw in stored.files.items() if path.startswith("members/") and _is_readable(raw)}
    return version, DirectoryEvidence(
        timestamp=stored.timestamp,
        snapshot=stored.snapshot,
        targets=stored.targets,
        roles={state: stored.states[state] for state in states},
        files={path: stored.files[path] for path in sorted(needed | others)},
    )


def _is_readable(raw: bytes) -> bool:
    """Whether nodes take it for a member's entry. A court's program would refuse the whole bundle for another."""
    try:
        MemberEntry.from_bytes(raw)
    except (Unreadable, TooLarge):
        return False
    return True
