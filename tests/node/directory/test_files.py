"""Files say by their content where they belong, and a role is judged by those who have a say in it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import Metadata, Snapshot, TargetFile, Targets

from node.directory import files, layout
from node.directory.errors import DirectoryError, Expired, Forged, Malformed, PublicationRefused, RogueDelegation
from protocol.members import MemberKeys
from tests.node.directory.conftest import Federation, edited
from tests.node.directory.founded import Founded, moved, targets_draft
from tests.protocol.federation import CO, PE, POLICY, member_entry, member_keys, working_entry


@pytest.fixture
def founded(federation: Federation, tmp_path: Path) -> Founded:
    return Founded.found(federation, tmp_path / "repository")


def read(raw: bytes) -> files.Role:
    return files.read_role(raw, "file")


def test_a_role_is_known_by_what_it_says(founded: Founded) -> None:
    state = founded.role(CO, 2, moved(CO))
    assert [read(raw).name for raw in (founded.root, founded.targets, state)] == ["root", "targets", "CO"]
    assert [read(raw).of_a_state for raw in (founded.root, founded.targets, state)] == [False, False, True]
    assert all(files.is_metadata(raw) for raw in (founded.root, founded.targets, state))


ELSEWHERE = Targets(targets={"states/CO.json.json": TargetFile.from_data("states/CO.json.json", b"", ["sha256"])})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        Metadata(Snapshot()).to_bytes(),
        Metadata(Targets()).to_bytes(),
        Metadata(ELSEWHERE).to_bytes(),
    ],
    ids=["nothing", "empty", "deep", "snapshot", "no target", "a target elsewhere"],
)
def test_what_nobody_brings_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="file"):
        read(raw)


def test_an_entry_is_known_by_its_fields() -> None:
    paths = {
        layout.POLICY_PATH: POLICY.to_bytes(),
        layout.member_path(PE): member_entry(PE).to_bytes(),
        layout.state_path(PE): working_entry(PE).to_bytes(),
    }
    for path, raw in paths.items():
        assert not files.is_metadata(raw)
        entry = files.read_entry(raw, "file")
        assert not isinstance(entry, MemberKeys)
        assert files.entry_path(entry) == path


def test_a_nodes_keys_are_known_and_stand_in_no_directory() -> None:
    raw = member_keys(PE).to_bytes()
    assert files.read_entry(raw, "file") == member_keys(PE)
    with pytest.raises(Malformed, match="stand in no directory"):
        files.sort({"file": raw})


def test_an_entry_that_is_none_is_told_by_the_first_thing_that_is_wrong() -> None:
    with pytest.raises(Malformed, match="neither a member entry"):
        files.read_entry(b"{}", "file")
    with pytest.raises(Malformed, match="WorkingEntry"):
        files.read_entry(working_entry(PE).to_bytes().replace(b'"v":1', b'"v":2'), "file")
    with pytest.raises(Malformed, match="not_canonical"):
        files.read_entry(POLICY.to_bytes() + b"\n", "file")


@given(st.binary(max_size=200))
def test_bytes_of_chance_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    for reader in (files.read_role, files.read_entry):
        with pytest.raises(DirectoryError):
            reader(raw, "file")


def test_files_are_put_in_their_places_whatever_their_names(founded: Founded) -> None:
    state, entry = founded.role(CO, 2, moved(CO)), moved(CO)
    change = files.sort({"a": founded.targets, "b": entry, "c": state, "d": founded.root, "e": POLICY.to_bytes()})
    assert (change.root, change.targets, change.states) == (founded.root, founded.targets, {"CO": state})
    assert change.files == {"states/CO.json": entry, "policy.json": POLICY.to_bytes()}


def test_two_files_for_one_place_are_refused(founded: Founded) -> None:
    with pytest.raises(PublicationRefused, match="another file is for CO too"):
        files.sort({"a": founded.role(CO, 2, moved(CO)), "b": founded.role(CO, 3, moved(CO))})
    with pytest.raises(PublicationRefused, match=r"another file is for policy\.json too"):
        files.sort({"a": POLICY.to_bytes(), "b": POLICY.to_bytes()})


def test_each_role_is_judged_by_those_who_appoint(founded: Founded) -> None:
    root, targets, state = read(founded.root), read(founded.targets), read(founded.role(CO, 2, moved(CO)))
    second = read(founded.federation.root(2))
    rightly = ((root, None), (second, root), (targets, root), (state, targets))
    assert [len(files.examine(role, judge, "file")) for role, judge in rightly] == [1, 2, 1, 1]
    strangers = [(root, root), (root, targets), (second, None), (second, second), (targets, None), (targets, targets)]
    for role, judge in [*strangers, (state, None), (state, root), (state, state)]:
        with pytest.raises(Malformed, match="file"):
            files.examine(role, judge, "file")


def test_a_roles_shape_is_looked_at_before_its_signatures(founded: Founded) -> None:
    def reach(signed: Any) -> None:
        signed.delegations.roles["CO"].paths = ["states/PE.json"]

    def reach_too(signed: Any) -> None:
        signed.targets["states/PE.json"] = signed.targets["states/CO.json"]

    targets = founded.federation.sign(edited(founded.targets, reach), "targets0", "targets1")
    with pytest.raises(RogueDelegation, match="delegation CO"):
        files.examine(read(targets), read(founded.root), "file")
    state = founded.federation.sign(edited(founded.role(CO, 2, moved(CO)), reach_too), "CO0", "CO1")
    with pytest.raises(RogueDelegation, match=r"states/CO\.json only"):
        files.examine(read(state), read(founded.targets), "file")


def test_a_judge_with_a_bad_key_is_refused_as_a_file_and_does_not_end_the_program(founded: Founded) -> None:
    def damage(signed: Any) -> None:
        for key in signed.delegations.keys.values():
            key.keyval["public"] = "no hexadecimal"

    with pytest.raises(Malformed):
        files.examine(read(founded.role(CO, 2, moved(CO))), read(edited(founded.targets, damage)), "file")


def test_a_check_needs_enough_holders_and_time_left(founded: Founded) -> None:
    now, targets = datetime.now(UTC), read(founded.targets)
    files.check(targets, read(founded.root), "file", now)
    files.check(read(founded.role(CO, 2, moved(CO))), targets, "file", now)
    with pytest.raises(Forged, match="file: signed by 1 of 2"):
        files.check(read(founded.role(CO, 2, moved(CO), by=("CO0",))), targets, "file", now)
    with pytest.raises(Expired, match="file"):
        files.check(read(founded.role(CO, 2, moved(CO), days=-1)), targets, "file", now)
    with pytest.raises(Forged, match="file: signed by 0 of 2"):
        files.check(read(targets_draft(founded.federation, founded.root)), read(founded.root), "file", now)
