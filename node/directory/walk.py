"""From a repository to a complete set: python-tuf's client walks it, this directory's shape decides what counts.

The same walk serves a member who downloads and the Secretariat that checks what it is about to publish.
"""

from pathlib import Path

from tuf.api.metadata import Metadata, Root, Targets
from tuf.ngclient import FetcherInterface, Updater

from node.directory import layout
from node.directory.adopted import StoredSet
from node.directory.errors import (
    Expired,
    Forged,
    Malformed,
    RogueDelegation,
    RolledBack,
    Substituted,
    TooLarge,
    foreign_failures,
)


def walk(memory: Path, base_url: str, fetcher: FetcherInterface, bootstrap_root: bytes) -> StoredSet:
    """Every signed file of the repository at `base_url`, verified, under `bootstrap_root`.

    `memory` is python-tuf's own folder: the newest versions seen, which nothing older may replace. A state whose own officers
    signed badly or too long ago is left out; anything that the server or the line does wrong refuses the whole.
    Raises `DirectoryError`. The clock is the system's, read once by python-tuf.
    """
    metadata, files = memory / "metadata", memory / "targets"
    with foreign_failures("directory"):
        for folder in (metadata, files):
            folder.mkdir(parents=True, exist_ok=True)
        updater = Updater(
            str(metadata),
            f"{base_url}/metadata/",
            str(files),
            f"{base_url}/targets/",
            fetcher,
            layout.updater_config(),
            bootstrap=bootstrap_root,
        )
        updater.refresh()
        roots = _root_chain(metadata, bootstrap_root)
        current_root = Metadata[Root].from_bytes(roots[-1]).signed
        targets_raw = (metadata / "targets.json").read_bytes()
        targets = Metadata[Targets].from_bytes(targets_raw).signed
    layout.check_root(current_root)
    layout.check_targets(targets, current_root)

    found = {layout.POLICY_PATH: _download(updater, layout.POLICY_PATH)}
    states: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    members, delegated = set(layout.member_states(targets)), set(layout.delegated_roles(targets))
    left_out |= dict.fromkeys(members - delegated, "not_delegated") | dict.fromkeys(delegated - members, "not_a_member")
    for state in sorted(members & delegated):
        fault = _fault_of(updater, metadata, state)
        if fault is not None:
            left_out[state] = fault
            continue
        states[state] = (metadata / f"{state}.json").read_bytes()
        for path in (layout.member_path(state), layout.state_path(state)):
            found[path] = _download(updater, path)
    return StoredSet(
        roots=roots,
        timestamp=(metadata / "timestamp.json").read_bytes(),
        snapshot=(metadata / "snapshot.json").read_bytes(),
        targets=targets_raw,
        states=states,
        files=found,
        left_out=left_out,
    )


def _root_chain(metadata: Path, bootstrap_root: bytes) -> list[bytes]:
    """The roots that python-tuf has just walked through, oldest first."""
    first = Metadata[Root].from_bytes(bootstrap_root).signed.version
    current = Metadata[Root].from_bytes((metadata / "root.json").read_bytes()).signed.version
    history = metadata / "root_history"
    return [bootstrap_root] + [(history / f"{version}.root.json").read_bytes() for version in range(first + 1, current + 1)]


def _fault_of(updater: Updater, metadata: Path, state: str) -> str | None:
    """The code of what the officers of `state` did wrong, or None. Raises `DirectoryError` for what others did."""
    try:
        with foreign_failures(f"role {state}"):
            updater.get_targetinfo(layout.state_path(state))
            signed = Metadata[Targets].from_bytes((metadata / f"{state}.json").read_bytes()).signed
    except Substituted:
        raise  # not what the snapshot names: the server or the line, never the officers
    except (Expired, RolledBack, Forged, Malformed) as error:
        return error.code
    try:
        layout.check_state(state, signed)
    except (RogueDelegation, TooLarge, Malformed) as error:
        return error.code
    return None


def _download(updater: Updater, path: str) -> bytes:
    with foreign_failures(path):
        target = updater.get_targetinfo(path)
        assert target is not None  # noqa: S101  # the shape has been checked: somebody lists it
        stored = updater.find_cached_target(target) or updater.download_target(target)
        return Path(stored).read_bytes()
