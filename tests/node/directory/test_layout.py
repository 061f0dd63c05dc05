"""The one shape: what enough holders signed is still refused when it is not this directory's."""

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import DelegatedRole, Metadata, Root, SuccinctRoles, TargetFile, Targets

from node.directory import layout
from node.directory.errors import DirectoryError, Malformed, RogueDelegation, TooLarge
from tests.node.directory.conftest import STATES, Federation, edited

Edit = Callable[[Any], None]


def read_root(raw: bytes) -> Root:
    return Metadata[Root].from_bytes(raw).signed


def read_targets(raw: bytes) -> Targets:
    return Metadata[Targets].from_bytes(raw).signed


def test_a_root_and_targets_of_this_shape_pass(federation: Federation) -> None:
    raw = federation.root()
    targets = read_targets(federation.targets_draft(raw))
    layout.check_root(read_root(raw))
    layout.check_targets(targets, read_root(raw))
    assert layout.member_states(targets) == list(STATES) == list(layout.delegated_roles(targets))


def respell(signed: Any) -> None:
    """The same key bytes in capitals: another id, the same holder."""
    key = next(iter(signed.keys.values()))
    key.keyval["public"] = key.keyval["public"].upper()


def no_bytes(signed: Any) -> None:
    next(iter(signed.keys.values())).keyval["public"] = "zz"


def plain_names(signed: Any) -> None:
    signed.consistent_snapshot = False


def one_for_root(signed: Any) -> None:
    signed.roles["root"].threshold = 1


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [(respell, Malformed), (no_bytes, Malformed), (plain_names, Malformed), (one_for_root, RogueDelegation)],
)
def test_a_root_of_another_shape_is_refused(federation: Federation, edit: Edit, refusal: type[DirectoryError]) -> None:
    with pytest.raises(refusal, match="root version 1"):
        layout.check_root(read_root(edited(federation.root(), edit)))


def foreign_path(signed: Any) -> None:
    signed.targets["states/XA.json"] = signed.targets["members/XA.json"]


def no_policy(signed: Any) -> None:
    del signed.targets["policy.json"]


def weak_digest(signed: Any) -> None:
    signed.targets["policy.json"] = TargetFile.from_data("policy.json", b"x", ["sha256", "sha512"])


def huge(signed: Any) -> None:
    signed.targets["policy.json"].length = 1 << 30


def not_a_state(signed: Any) -> None:
    roles = signed.delegations.roles
    keyids = roles["XA"].keyids
    roles["everyone"] = DelegatedRole("everyone", keyids, 2, terminating=True, paths=["states/XA.json"])


def not_final(signed: Any) -> None:
    signed.delegations.roles["XA"].terminating = False


def by_hash(signed: Any) -> None:
    role = signed.delegations.roles["XA"]
    role.paths, role.path_hash_prefixes = None, ["00"]


def one_officer(signed: Any) -> None:
    signed.delegations.roles["XA"].threshold = 1


def succinct(signed: Any) -> None:
    keyids = signed.delegations.roles["XA"].keyids
    signed.delegations.roles = None
    signed.delegations.succinct_roles = SuccinctRoles(keyids, 2, 4, "bin")


def too_many(signed: Any) -> None:
    keyids = signed.delegations.roles["XA"].keyids
    names = [f"{one}{two}" for one in "QR" for two in string.ascii_uppercase] + [f"O{two}" for two in string.ascii_uppercase]
    for name in names:
        role = DelegatedRole(name, keyids, 2, terminating=True, paths=[f"states/{name}.json"])
        signed.delegations.roles[name] = role


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (foreign_path, RogueDelegation),
        (no_policy, Malformed),
        (weak_digest, Malformed),
        (huge, TooLarge),
        (not_a_state, RogueDelegation),
        (not_final, RogueDelegation),
        (by_hash, RogueDelegation),
        (one_officer, RogueDelegation),
        (succinct, RogueDelegation),
        (too_many, TooLarge),
    ],
)
def test_targets_of_another_shape_are_refused(federation: Federation, edit: Edit, refusal: type[DirectoryError]) -> None:
    root = federation.root()
    with pytest.raises(refusal, match="targets version 1"):
        layout.check_targets(read_targets(edited(federation.targets_draft(root), edit)), read_root(root))


def test_targets_without_any_delegation_have_no_states(federation: Federation) -> None:
    root = federation.root()
    targets = read_targets(federation.targets_draft(root))
    targets.delegations = None
    layout.check_targets(targets, read_root(root))
    assert layout.delegated_roles(targets) == {}


def test_a_state_delegates_nothing(federation: Federation) -> None:
    state = read_targets(federation.state("XA"))
    layout.check_state("XA", state)
    state.delegations = read_targets(federation.targets_draft(federation.root())).delegations
    with pytest.raises(RogueDelegation, match="role XA"):
        layout.check_state("XA", state)


@given(st.text(max_size=20))
def test_a_path_is_in_the_directory_only_in_its_one_spelling(text: str) -> None:
    for folder in ("members", "states"):
        fits = len(text) == 2 and all(letter in string.ascii_uppercase for letter in text)
        assert layout.is_target_path(f"{folder}/{text}.json") == layout.is_state(text) == fits
    assert not layout.is_target_path(text) or text == layout.POLICY_PATH


def test_python_tuf_gets_the_limits_of_this_directory() -> None:
    config = layout.updater_config()
    assert config.max_delegations > 35
    assert config.targets_max_length == layout.TARGETS_BYTES < 1 << 20
