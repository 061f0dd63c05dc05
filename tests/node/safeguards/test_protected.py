"""Marks of protected identifiers: they answer who holds the key, and tell nobody else anything."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from node.keys import Keys
from node.safeguards import protected
from node.store.database import Database, Work
from node.store.tables import ProtectedMark
from tests.node.conftest import new_keys, phone, taken_back

VALUE = phone().oprf_input()
CANDIDATES = [phone(f"+5730055501{number:02}").oprf_input() for number in range(100)]
"""A hundred guesses, the true one among them: what an attacker with the database would try first."""


def test_a_marked_identifier_is_protected_and_its_neighbours_are_not(work: Work, keys: Keys) -> None:
    assert not protected.is_protected(work, keys, VALUE)
    protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    assert [value for value in CANDIDATES if protected.is_protected(work, keys, value)] == [VALUE]


def test_marking_twice_changes_nothing_and_counts_nothing(work: Work, keys: Keys) -> None:
    other = CANDIDATES[0]
    assert protected.protect(work, keys, protected.guarded(keys, [VALUE, other, VALUE])) == 2
    assert protected.protect(work, keys, protected.guarded(keys, [other, VALUE])) == 0
    assert len(work.session.exec(select(ProtectedMark)).all()) == 2


def test_who_holds_the_database_and_not_the_key_finds_nobody(work: Work, keys: Keys, tmp_path: Path) -> None:
    attacker = new_keys(tmp_path / "attacker")
    protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    (held,) = work.session.exec(select(col(ProtectedMark.mark))).all()
    guesses = {attacker.protected_mark(value) for value in CANDIDATES} | {sha256(value).hexdigest() for value in CANDIDATES}
    assert held not in guesses
    plain_register = sha256(VALUE).hexdigest()  # the same search empties a register of plain hashes
    assert plain_register in guesses


def test_a_mark_meets_no_other_digest_of_the_same_identifier(keys: Keys) -> None:
    assert keys.protected_mark(VALUE) not in (keys.digest("identifier", VALUE), keys.digest("protected", VALUE))


def test_nothing_of_a_marked_identifier_is_on_disk(database: Database, keys: Keys, raw_bytes: Callable[[], bytes]) -> None:
    with database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    on_disk = raw_bytes()
    assert keys.protected_mark(VALUE).encode() in on_disk
    for trace in (VALUE, b"3005550147", VALUE.hex().encode(), sha256(VALUE).hexdigest().encode(), sha256(VALUE).digest()):
        assert trace not in on_disk


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), unique=True, max_size=8), st.binary(min_size=1, max_size=40))
def test_exactly_what_was_marked_is_protected(database: Database, keys: Keys, marked: list[bytes], other: bytes) -> None:
    with taken_back(database) as work:
        protected.protect(work, keys, protected.guarded(keys, marked))
        assert all(protected.is_protected(work, keys, value) for value in marked)
        assert protected.is_protected(work, keys, other) == (other in marked)
