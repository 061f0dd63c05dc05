"""The register's key: marks, and another key in its place without what was marked."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.oprf import element_of
from node.custody import Custody, KeysUnusable, Vault, new_vault
from node.marking import LocalKey, make_register_key

SOMEBODY, OTHER = element_of(b"invented"), element_of(b"other")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "node").mkdir(mode=0o700)
    made = new_vault(tmp_path / "node", Custody())
    make_register_key(made, os.urandom)
    return made


@pytest.fixture
def key(vault: Vault) -> LocalKey:
    return LocalKey(vault, os.urandom)


def test_marks_are_of_one_key_and_in_the_order_asked(vault: Vault, key: LocalKey) -> None:
    marks = key.mark([SOMEBODY, OTHER])
    assert marks == LocalKey(vault, os.urandom).mark([SOMEBODY, OTHER])
    assert marks == key.mark([OTHER, SOMEBODY])[::-1]
    assert not {SOMEBODY, OTHER} & set(marks)


def test_a_mark_becomes_one_under_the_next_key_without_what_it_was_made_of(vault: Vault, key: LocalKey) -> None:
    before = key.mark([SOMEBODY, OTHER])
    key.begin_turn()
    turned = key.turn(before)
    key.end_turn()
    assert turned == key.mark([SOMEBODY, OTHER]) == LocalKey(vault, os.urandom).mark([SOMEBODY, OTHER])
    assert not set(before) & set(turned)


def test_the_factor_makes_no_mark_of_anything(key: LocalKey) -> None:
    key.begin_turn()
    (turned,) = key.turn([SOMEBODY])
    marks = key.mark([SOMEBODY])
    key.end_turn()
    assert turned not in (*marks, *key.mark([SOMEBODY]))


def test_a_turn_that_was_begun_goes_on_with_the_same_next_key_in_another_life(vault: Vault, key: LocalKey) -> None:
    marks = key.mark([SOMEBODY])
    key.begin_turn()
    turned = key.turn(marks)
    again = LocalKey(vault, os.urandom)
    again.begin_turn()
    assert again.turn(marks) == turned


def test_a_turn_that_ended_but_for_deleting_the_next_file_ends_again(vault: Vault, key: LocalKey) -> None:
    key.begin_turn()
    path = vault.folder / "keys" / "protected-next.key"
    left = path.read_bytes()
    key.end_turn()
    marks = key.mark([SOMEBODY])
    path.write_bytes(left)
    path.chmod(0o600)
    again = LocalKey(vault, os.urandom)
    assert again.turn(marks) == marks  # the next key is this one
    again.end_turn()
    assert (again.is_turning, again.mark([SOMEBODY])) == (False, marks)


def test_without_a_next_key_nothing_turns_and_nothing_ends(key: LocalKey) -> None:
    marks = key.mark([SOMEBODY])
    with pytest.raises(KeysUnusable):
        key.turn(marks)
    key.end_turn()
    assert key.mark([SOMEBODY]) == marks


def test_a_file_that_holds_no_scalar_is_no_key(vault: Vault) -> None:
    vault.write(vault.folder / "keys" / "protected.key", b"\xff" * 32)
    with pytest.raises(KeysUnusable):
        LocalKey(vault, os.urandom)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.binary(min_size=1, max_size=30), unique=True, max_size=5))
def test_whatever_was_marked_turns_into_its_mark_under_the_next_key(key: LocalKey, values: list[bytes]) -> None:
    elements = [element_of(value) for value in values]
    marks = key.mark(elements)
    key.begin_turn()
    turned = key.turn(marks)
    key.end_turn()
    assert key.mark(elements) == turned
