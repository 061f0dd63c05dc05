"""A unit of work is told by whether it wrote, how long it waited, and roughly how many statements: never by what they said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from node.keys import Keys
from node.store.database import Database
from node.store.errors import StoreUnavailable
from node.store.tables import Intake
from node.telemetry.leaving import AllowList
from node.telemetry.telling import assemble
from node.telemetry.words import Words, codes_of_errors
from protocol.journal import Act
from tests.new_stores import empty_file
from tests.node.conftest import Clock
from tests.node.telemetry.collecting import Received

PLANTED = "FULANA-INVENTADA-4711"


@pytest.fixture
def received() -> Received:
    """A collector without a network: what would be sent."""
    return Received()


@pytest.fixture
def told(tmp_path: Path, keys: Keys, clock: Clock, received: Received) -> Iterator[tuple[Database, Callable[[], None]]]:
    def send(path: str, content: bytes) -> bool:
        received.raw.append((path, content))
        return True

    telemetry = assemble(AllowList(Words(codes_of_errors()), "CO", "0"), send, 3600, lambda: None)
    path = tmp_path / "told.sqlite"
    path.write_bytes(empty_file())
    database = Database(f"sqlite:///{path}", keys.storage, bytes, clock, telemetry)
    yield database, telemetry.close
    database.close()


def test_a_unit_of_work_is_told_without_its_statements(told: tuple[Database, Callable[[], None]], received: Received) -> None:
    database, end = told
    with database.begin() as work:
        work.record(Act.IMPORTED, officer=None, file=PLANTED)
    with database.read() as work:
        assert work.session.exec(select(Intake)).all()
        work.session.connection().execute(text("select :planted"), {"planted": PLANTED})
    end()
    assert received.named("unit_of_work") == [
        {"writes": True, "statements": "1-15", "outcome": "done"},
        {"writes": False, "statements": "1-15", "outcome": "done"},
    ]
    assert {frozenset(point.items()) for point in received.metrics["celosia.database.wait"]} == {
        frozenset({("writes", True)}),
        frozenset({("writes", False)}),
    }
    assert PLANTED.encode() not in received.everything


def test_a_statement_that_fails_is_told_by_a_code(told: tuple[Database, Callable[[], None]], received: Received) -> None:
    database, end = told
    with pytest.raises(StoreUnavailable), database.begin() as work:
        work.session.connection().execute(text("select :planted from nowhere"), {"planted": PLANTED})
    end()
    assert [span["outcome"] for span in received.named("unit_of_work")] == ["store_unavailable"]
    assert PLANTED.encode() not in received.everything


def test_a_unit_that_touches_nothing_has_no_statement(told: tuple[Database, Callable[[], None]], received: Received) -> None:
    database, end = told
    with database.read():
        pass
    end()
    assert received.named("unit_of_work") == [{"writes": False, "statements": "0", "outcome": "done"}]
