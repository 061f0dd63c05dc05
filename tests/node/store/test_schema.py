"""The schema's history: where a database stands in it. That the way is whole is told in `test_migrations.py`."""

import os

import pytest
import sqlalchemy as sa

from crypto.sealing import StorageKey
from node.store.errors import StoreUnusable, Unusable
from node.store.exchange_keys import Lent
from node.store.schema import is_current, upgrade


def test_a_database_is_current_after_the_upgrade_and_not_before(empty_url: str) -> None:
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        assert not is_current(connection)
        upgrade(connection, Lent(StorageKey.generate(os.urandom), os.urandom))
        assert is_current(connection)
    engine.dispose()


def test_a_schema_of_a_later_version_is_neither_current_nor_upgraded(store_url: str) -> None:
    engine = sa.create_engine(store_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StoreUnusable) as caught:
            is_current(connection)
        assert caught.value.reason is Unusable.NEWER_SCHEMA
    engine.dispose()
