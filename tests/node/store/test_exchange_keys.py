"""Keys of exchanges are bound to their rows: what is moved by whoever writes in the database is found, and read by nobody."""

import os
from itertools import combinations

import pytest
import sqlalchemy as sa
from alembic import command

from crypto.errors import SealBroken
from crypto.sealing import StorageKey
from node.keys import Keys
from node.store.database import HERE, Database, Side, Work
from node.store.exchange_keys import Lent, unwrap, wrap
from node.store.schema import history
from node.store.tables import ExchangeKey
from tests.node.conftest import Clock
from tests.protocol.federation import BR, PE

KEY = StorageKey.generate(os.urandom)
X, OTHER_X = "1" * 32, "2" * 32
ROWS = [(X, HERE), (X, Side(PE, "in")), (X, Side(PE, "out")), (X, Side(BR, "in")), (OTHER_X, Side(PE, "in"))]
WHERE = "WHERE x = :x AND peer = :peer AND direction = :direction"


def swap(work: Work, one: tuple[str, Side], two: tuple[str, Side]) -> None:
    """What whoever can write in the database does, without any key."""
    connection = work.session.connection()
    rows = [{"x": x, **side._asdict()} for x, side in (one, two)]
    held = [connection.execute(sa.text(f"SELECT wrapped FROM exchange_keys {WHERE}"), row).scalar_one() for row in rows]  # noqa: S608
    for row, other in zip(rows, reversed(held), strict=True):
        connection.execute(sa.text(f"UPDATE exchange_keys SET wrapped = :other {WHERE}"), {**row, "other": other})  # noqa: S608
    work.session.expire_all()


def sealed_rows(database: Database) -> dict[tuple[str, Side], bytes]:
    with database.begin() as work:
        return {(x, side): work.seal(x, b"invented", "place", side) for x, side in ROWS}


@pytest.mark.parametrize(("one", "two"), list(combinations(ROWS, 2)))
def test_two_rows_that_were_swapped_open_nothing_and_seal_nothing_and_the_others_go_on(
    database: Database, one: tuple[str, Side], two: tuple[str, Side]
) -> None:
    sealed = sealed_rows(database)
    with database.begin() as work:
        swap(work, one, two)
    with database.read() as work:
        for (x, side), value in sealed.items():
            if (x, side) in (one, two):
                with pytest.raises(SealBroken):
                    work.open(x, value, "place", side)
            else:
                assert work.open(x, value, "place", side) == b"invented"
    for x, side in (one, two):
        # what came after the swap would lie under the key of another exchange, and outlive the erasure of its own
        with pytest.raises(SealBroken), database.begin() as work:
            work.seal(x, b"later", "place", side)
    with database.begin() as work:
        swap(work, one, two)
        assert all(work.open(x, value, "place", side) == b"invented" for (x, side), value in sealed.items())


def test_a_wrapped_key_is_not_any_other_sealed_value_of_the_node(work: Work, keys: Keys) -> None:
    row = ExchangeKey(x=X, peer=PE, direction="in", wrapped=work.seal_at_rest(bytes(32), f"exchange_key:{X}"), created=0)
    with pytest.raises(SealBroken):
        unwrap(keys.storage, row)
    row.wrapped = wrap(keys.storage, StorageKey(bytes(32)), X, PE, "in", os.urandom)
    assert unwrap(keys.storage, row).reveal() == bytes(32)


# The stored form before migration 0009 named the id alone


def old_form(x: str, key: bytes) -> bytes:
    return KEY.seal(key, f"exchange_key:{x}".encode(), os.urandom)


def put_old_rows(url: str, rows: list[tuple[str, Side, bytes]]) -> None:
    """A store of the schema before, with keys as that version wrapped them."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        command.downgrade(history(connection), "0008")
        for x, side, wrapped in rows:
            connection.execute(
                sa.text("INSERT INTO exchange_keys (x, peer, direction, wrapped, created) VALUES (:x, :peer, :direction, :w, 1)"),
                {"x": x, **side._asdict(), "w": wrapped},
            )
        connection.commit()
    engine.dispose()


def test_keys_of_before_are_bound_to_their_rows_and_open_what_they_sealed(store_url: str) -> None:
    ids = [f"{n:032x}" for n in range(1203)]  # more than are taken in one go, twice
    secrets = {x: StorageKey.generate(os.urandom) for x in ids}
    sides = (Side(PE, "in"), Side(PE, "out"))  # as the second migration left them: one key, two rows
    put_old_rows(store_url, [(x, side, old_form(x, secrets[x].reveal())) for x in ids for side in sides])
    sealed = {x: secrets[x].seal(b"said before", f"place:{x}".encode(), os.urandom) for x in ids}
    database = Database(store_url, KEY, os.urandom, Clock())
    database.migrate()
    with database.begin() as work:
        assert all(work.open(x, sealed[x], "place", side) == b"said before" for x in ids for side in sides)
        assert work.seal(ids[0], b"said after", "place", sides[0])
        swap(work, (ids[0], sides[0]), (ids[0], sides[1]))
        with pytest.raises(SealBroken):
            work.open(ids[0], sealed[ids[0]], "place", sides[0])
    database.close()


def test_a_key_that_was_spoilt_before_keeps_no_node_from_starting_and_opens_no_more_than_it_did(store_url: str) -> None:
    put_old_rows(store_url, [(X, HERE, b"spoilt"), (OTHER_X, HERE, old_form(OTHER_X, bytes(32)))])
    database = Database(store_url, KEY, os.urandom, Clock())
    database.migrate()
    with database.read() as work:
        sealed = StorageKey(bytes(32)).seal(b"whole", f"place:{OTHER_X}".encode(), os.urandom)
        assert work.open(OTHER_X, sealed, "place") == b"whole"
        with pytest.raises(SealBroken):
            work.open(X, sealed, "place")
    database.close()


def test_the_version_before_reads_what_a_downgrade_leaves(store_url: str) -> None:
    database = Database(store_url, KEY, os.urandom, Clock())
    with database.begin() as work:
        sealed = work.seal(X, b"said", "place", Side(PE, "in"))
    database.close()
    engine = sa.create_engine(store_url)
    with engine.connect() as connection:
        command.downgrade(history(connection, Lent(KEY, os.urandom)), "0008")
        wrapped = bytes(connection.execute(sa.text("SELECT wrapped FROM exchange_keys")).scalar_one())
    engine.dispose()
    key = StorageKey(KEY.open(wrapped, f"exchange_key:{X}".encode()))
    assert key.open(sealed, f"place:{X}".encode()) == b"said"


def test_without_the_node_s_key_no_key_is_left_behind_in_the_old_form(store_url: str) -> None:
    put_old_rows(store_url, [(X, HERE, old_form(X, bytes(32)))])
    engine = sa.create_engine(store_url)
    with engine.connect() as connection, pytest.raises(KeyError, match="bind_anew"):
        command.upgrade(history(connection), "head")
    engine.dispose()
