"""The one shape of the directory: which roles and files exist, who may sign them, how large they may be.

TUF lets a repository delegate anything to anybody. This directory does not: what does not have exactly this shape is refused,
also when enough holders signed it (trust-and-audit, "The directory of authorities").

    root      >= 2 member states     names the keys of all four top-level roles
    targets   >= 2 member states     members/<CC>.json, policy.json, one delegation per state
    <CC>      >= 2 own officers      states/<CC>.json and nothing else
    snapshot, timestamp              the Secretariat's online key, which stands nowhere else
"""

import re
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Key, SSlibKey
from tuf.api.metadata import DelegatedRole, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import UpdaterConfig

from node.directory.errors import Malformed, RogueDelegation, TooLarge
from protocol.limits import DIRECTORY_TARGET_BYTES

# No single party may add or change a member, nor a single officer a state's keys: a floor in code, not a setting.
THRESHOLD_FLOOR = 2
# 35 member states and head room for observers; python-tuf counts the top-level role too.
STATES = 64
# A root with a dozen keys is 5 KB; a client that was away walks through every one in between.
ROOT_BYTES = 64 << 10
ROOT_ROTATIONS = 64
# One line that names one snapshot: 500 bytes.
TIMESTAMP_BYTES = 4 << 10
# 140 bytes a role; former members stay listed, because a snapshot may not forget a role (TUF 5.5.5).
SNAPSHOT_BYTES = 64 << 10
# 35 delegations with a few officers each are about 60 KB.
TARGETS_BYTES = 512 << 10

POLICY_PATH = "policy.json"
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)
_MEMBER_PATH = re.compile(r"members/([A-Z]{2})\.json", re.ASCII)
_OFFLINE_ROLES = (Root.type, Targets.type)
_ONLINE_ROLES = (Snapshot.type, Timestamp.type)


def member_path(state: str) -> str:
    """Target path of what the member states say together about `state` (ISO 3166-1 alpha-2)."""
    return f"members/{state}.json"


def state_path(state: str) -> str:
    """Target path of what the officers of `state` say about their own working keys."""
    return f"states/{state}.json"


def is_state(name: str) -> bool:
    """Whether `name` can be a state's role name: two capital letters."""
    return _STATE.fullmatch(name) is not None


def is_target_path(path: str) -> bool:
    """Whether `path` is one that this directory can hold: a member's, a state's or the policy's."""
    return path == POLICY_PATH or re.fullmatch(r"(members|states)/[A-Z]{2}\.json", path, re.ASCII) is not None


def updater_config() -> UpdaterConfig:
    """The limits above, as python-tuf takes them."""
    return UpdaterConfig(
        max_root_rotations=ROOT_ROTATIONS,
        max_delegations=STATES + 1,
        root_max_length=ROOT_BYTES,
        timestamp_max_length=TIMESTAMP_BYTES,
        snapshot_max_length=SNAPSHOT_BYTES,
        targets_max_length=TARGETS_BYTES,
        app_user_agent="celosia",
    )


def check_root(root: Root) -> None:
    """Raises `RogueDelegation` unless no single party can sign for the members; `Malformed` for keys of another kind."""
    where = f"root version {root.version}"
    if not root.consistent_snapshot:
        raise Malformed(where, "the directory needs consistent snapshots")
    _check_keys(root.keys, where)
    online = _online_keys(root)
    for name in _OFFLINE_ROLES:
        role = root.roles[name]
        _check_threshold(role.threshold, role.keyids, f"{where}, role {name}")
        if online & set(role.keyids):
            raise RogueDelegation(where, f"an online key of the Secretariat stands in the role {name}")


def check_targets(targets: Targets, root: Root) -> None:
    """Raises unless `targets` lists only its own paths and every delegation is one state's, for one path, to its officers."""
    where = f"targets version {targets.version}"
    for path, target in targets.targets.items():
        if path != POLICY_PATH and not _MEMBER_PATH.fullmatch(path):
            raise RogueDelegation(where, "the member states' role lists a path that is not theirs")
        check_target(target, where)
    if POLICY_PATH not in targets.targets:
        raise Malformed(where, "policy.json is missing")
    roles = delegated_roles(targets)
    if len(roles) > STATES:
        raise TooLarge(where, f"more than {STATES} delegations")
    if targets.delegations is not None:
        _check_keys(targets.delegations.keys, where)
        if targets.delegations.succinct_roles is not None:
            raise RogueDelegation(where, "succinct roles delegate paths to nobody in particular")
    online = _online_keys(root)
    for name, role in roles.items():
        place = f"{where}, delegation {name}" if is_state(name) else where
        if not is_state(name) or role.paths != [state_path(name)] or not role.terminating:
            raise RogueDelegation(place, "a delegation must be one state's, for its own path only, and final")
        _check_threshold(role.threshold, role.keyids, place)
        if online & set(role.keyids):
            raise RogueDelegation(place, "an online key of the Secretariat stands among a state's officers")


def check_state(state: str, signed: Targets) -> None:
    """Raises `RogueDelegation` unless the role `state` speaks about its own path and delegates nothing."""
    if set(signed.targets) != {state_path(state)} or signed.delegations is not None:
        raise RogueDelegation(f"role {state}", f"it must list {state_path(state)} only and delegate nothing")
    check_target(signed.targets[state_path(state)], f"role {state}")


def check_target(target: TargetFile, where: str) -> None:
    """Raises `TooLarge` for a file past the limit, `Malformed` for another digest than SHA-256."""
    if target.length > DIRECTORY_TARGET_BYTES:
        raise TooLarge(where, f"a file of {target.length} bytes, more than {DIRECTORY_TARGET_BYTES}")
    if set(target.hashes) != {"sha256"}:
        raise Malformed(where, "a file must be named by its SHA-256 digest and no other")


def delegated_roles(targets: Targets) -> Mapping[str, DelegatedRole]:
    """The delegations by role name; none when there are none."""
    return (targets.delegations.roles if targets.delegations else None) or {}


def member_states(targets: Targets) -> list[str]:
    """The states that the member states list, sorted."""
    return sorted(found[1] for path in targets.targets if (found := _MEMBER_PATH.fullmatch(path)))


def _online_keys(root: Root) -> set[str]:
    return {keyid for name in _ONLINE_ROLES for keyid in root.roles[name].keyids}


def _check_threshold(threshold: int, keyids: Iterable[str], where: str) -> None:
    if threshold < THRESHOLD_FLOOR or len(set(keyids)) < threshold:
        raise RogueDelegation(where, f"{THRESHOLD_FLOOR} different holders at least must sign")


def _check_keys(keys: Mapping[str, Key], where: str) -> None:
    """One key, one name: python-tuf counts key ids, so one holder under two ids would count as two."""
    for key in keys.values():
        if key != _proper_key(key, where):
            raise Malformed(where, "a key is not an Ed25519 key under its own id")


def _proper_key(key: Key, where: str) -> SSlibKey:
    """The same public key as python-tuf itself would name and spell it."""
    try:
        raw = bytes.fromhex(key.keyval["public"])
        return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))
    except (ValueError, KeyError, TypeError):
        raise Malformed(where, "a key is not an Ed25519 key under its own id") from None
