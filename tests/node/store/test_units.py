"""Units: one engine, three kinds of transactions, and a plain connection is a reader's."""

import sqlalchemy as sa

from node.store.units import Unit, unit_of


def test_a_transaction_bears_what_it_is_for_and_shares_connections_with_the_others() -> None:
    engine = sa.create_engine("sqlite://")
    for unit in Unit:
        with unit.on(engine).connect() as connection:
            assert unit_of(connection) is unit
            assert connection.engine.pool is engine.pool
    engine.dispose()


def test_a_transaction_that_says_nothing_may_only_read() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        assert unit_of(connection) is Unit.READ
    engine.dispose()
