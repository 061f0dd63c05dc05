"""Column types: what holds seconds or counts has 64 bits on every database."""

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import node.store.tables  # noqa: F401  the tables register themselves

SECONDS_AND_COUNTS = {
    *("at", "created", "changed", "received", "decided", "expires", "since", "next_try", "asked", "found"),
    *("heard", "noticed", "adopted", "valid_until", "not_before", "not_after", "last_addition", "last_removal", "last_success"),
    *("last_failure", "position", "elements", "tried", "lease_until", "ended"),
}
SMALL = {("case_route_nodes", "position"), ("exchange_replies", "position"), ("publication_drafts", "position")}
FLAGS = {("equivocations", "asked"), ("list_epochs", "ended"), ("peer_openings", "found")}


@pytest.mark.parametrize("table", sorted(SQLModel.metadata.tables))
def test_seconds_positions_and_counts_have_64_bits(table: str) -> None:
    for column in SQLModel.metadata.tables[table].columns:
        if column.name in SECONDS_AND_COUNTS and (table, column.name) not in SMALL | FLAGS:
            assert isinstance(column.type, sa.BigInteger), f"{table}.{column.name}"
