"""Another key for the register: everybody is found under it, whenever the rotation was stopped, and the old one finds nobody."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from node.custody import Custody, Vault, open_vault
from node.flows import rotate_register
from node.flows.rotate_register import RotateRegister
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.store.database import Database
from node.store.tables import ProtectedGeneration, ProtectedMark, ProtectedName
from tests.node.conftest import PHONE, new_keys, phone
from tests.node.people import LUCIA, LUCIA_ELSEWHERE

NUMBERS = [phone(f"{PHONE[:-1]}{digit}").oprf_input() for digit in range(5)]
POINTS = [
    *(("celosia.rotate_register.begun", 1), ("celosia.store.commit", 1), ("celosia.rotate_register.turned", 1)),
    *(("celosia.rotate_register.portion", nth) for nth in (1, 2, 3, 4)),
    *(("celosia.vault.moved", nth) for nth in (1,)),
]


class Stopped(BaseException):
    """The end of the process."""


@contextmanager
def stopping_at(point: str, nth: int) -> Iterator[None]:
    """The process ends when it passes `point` for the `nth` time."""
    left = [nth]

    def hook(event: str, _: object) -> None:
        if event == point and left[0] > 0:
            left[0] -= 1
            if left[0] == 0:
                raise Stopped

    sys.addaudithook(hook)
    try:
        yield
    finally:
        left[0] = 0


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """The same key files as those of `keys`, opened as another process does."""
    return open_vault(tmp_path, Custody())


@pytest.fixture
def entered(database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Five people with a number each, one of them with a name."""
    monkeypatch.setattr(rotate_register, "PORTION", 2)
    with database.begin() as work:
        those = [protected.guarded(keys, [number], reference=f"R-{at}") for at, number in enumerate(NUMBERS)]
        protected.protect(work, keys, *those, protected.guarded(keys, [], [LUCIA.inputs], reference="R-0"))
    return database


def found(database: Database, keys: Keys) -> tuple[int, protected.Standing]:
    with database.read() as work:
        numbers = sum(protected.is_protected(work, keys, number) for number in NUMBERS)
        return numbers, protected.ProtectedPeople(work, keys).standing(LUCIA_ELSEWHERE.person)


EVERYBODY = (5, protected.Standing.WEAK)


def test_everybody_is_found_under_the_next_key_and_nobody_under_the_old_one(
    entered: Database, keys: Keys, vault: Vault, tmp_path: Path
) -> None:
    old = (tmp_path / "keys" / "protected.key").read_bytes()
    told: list[tuple[int, int]] = []
    assert RotateRegister(entered, keys).rotate(lambda *done: told.append(done)) == 5
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert found(entered, keys) == found(entered, Keys.read(vault)) == EVERYBODY
    (tmp_path / "keys" / "protected.key").write_bytes(old)
    with entered.read() as work:
        held = {*work.session.exec(select(ProtectedMark.mark)).all(), *work.session.exec(select(ProtectedName.mark)).all()}
        assert held.isdisjoint(Keys.read(vault).protected_marks([*NUMBERS, *LUCIA.inputs]))
        for look in (found, lambda *_: protected.need_usable(work, Keys.read(vault))):
            with pytest.raises(RegisterUnusable) as caught:
                look(entered, Keys.read(vault))
            assert caught.value.fault is RegisterFault.ANOTHER_KEY
    with entered.begin() as work, pytest.raises(RegisterUnusable):
        protected.protect(work, keys, protected.guarded(Keys.read(vault), NUMBERS[:1]))


@pytest.mark.parametrize(("point", "nth"), POINTS)
def test_stopped_anywhere_it_goes_on_there_and_nothing_is_looked_up_in_between(
    entered: Database, keys: Keys, vault: Vault, point: str, nth: int
) -> None:
    with stopping_at(point, nth), pytest.raises(Stopped):
        RotateRegister(entered, keys).rotate(lambda *_: None)
    later = Keys.read(vault)
    with entered.read() as work, pytest.raises(RegisterUnusable) as caught:
        protected.need_usable(work, later)
    assert caught.value.fault is RegisterFault.TURNING
    RotateRegister(entered, later).rotate(lambda *_: None)
    assert found(entered, later) == found(entered, Keys.read(vault)) == EVERYBODY
    with entered.read() as work:
        protected.need_usable(work, later)
        assert [row.generation for row in work.session.exec(select(ProtectedGeneration)).all()] == [1, 2]
        assert {row.generation for row in work.session.exec(select(ProtectedMark)).all()} == {2}
        assert {row.generation for row in work.session.exec(select(ProtectedName)).all()} == {2}


def test_a_register_may_turn_many_times(entered: Database, keys: Keys) -> None:
    for _ in range(3):
        RotateRegister(entered, keys).rotate(lambda *_: None)
    assert found(entered, keys) == EVERYBODY


def test_an_empty_register_turns_and_takes_people_in_under_the_next_key(database: Database, keys: Keys) -> None:
    assert RotateRegister(database, keys).rotate(lambda *_: None) == 0
    with database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, NUMBERS))
    assert found(database, keys)[0] == 5


def test_with_a_key_that_is_not_the_one_of_the_marks_nothing_is_changed(entered: Database, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(mode=0o700)
    other = new_keys(tmp_path / "other")
    with entered.read() as work:
        before = {row.mark for row in work.session.exec(select(ProtectedMark)).all()}
    with pytest.raises(RegisterUnusable):
        RotateRegister(entered, other).rotate(lambda *_: None)
    with entered.read() as work:
        assert {row.mark for row in work.session.exec(select(ProtectedMark)).all()} == before
