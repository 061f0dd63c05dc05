"""The database and its unit of work: the only place that commits.

    with database.begin() as work:
        work.session.add(...)
        work.record(Act.RECORD_RECEIVED, x=..., peer=..., direction="in", payload=...)

leaves everything or nothing. A unit of work is alone among those that write from its start to its end, on SQLite and on
PostgreSQL, so that what it reads is what it writes on; a reader uses `database.read()`, waits for nobody and can write nothing.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeVar

import rfc8785
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, SQLModel, insert

from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from node.store import schema
from node.store.acts import TOLD, Act
from node.store.errors import StoreUnavailable, told
from node.store.exchange_keys import bind_anew, unwrap, wrap
from node.store.postgres import postgres_engine
from node.store.sqlite import PREFIX, sqlite_engine
from node.store.tables import ExchangeKey, Intake
from node.store.units import Unit
from node.store.watching import watch, watched
from node.telemetry.telling import OFF, Telemetry

Direction = Literal["in", "out"]
"""Whose request it was: a peer's that came in, or ours that went out."""

_PATIENCE = 20
_MIGRATION_PATIENCE = 600
"""Seconds that who comes second waits: a unit of work for another one, a migration for whatever is under way."""


log = logging.getLogger("celosia.store")
_TOLD = "acts to tell"


class Side(NamedTuple):
    """Whose an id is. A peer chooses the id of its own exchange: it may be any other's, so it names a key with its side only."""

    peer: str = ""
    direction: str = ""


Part = TypeVar("Part")
_PART = 500
"""So many values stand in one question to the store."""

HERE = Side()
"""An id that was made here, for an act or a question of this node's own."""


class Database:
    """One engine, and the key under which exchange keys are wrapped."""

    def __init__(
        self,
        url: str,
        key: StorageKey,
        random: RandomBytes,
        clock: Callable[[], int],
        telemetry: Telemetry = OFF,
        patience: int = _PATIENCE,
    ) -> None:
        """`url` as `node.store.place.url_of` gives it; `clock` gives POSIX seconds."""
        make = sqlite_engine if url.startswith(PREFIX) else postgres_engine
        self._engine = make(url, patience, _MIGRATION_PATIENCE)
        self.telemetry = telemetry
        watch(self._engine)
        self._key, self._random, self._clock = key, random, clock
        self.url = url

    def migrate(self, to: str = schema.HEAD) -> None:
        """Bring the schema to this version's head, or to a revision of its past: all of the way or none of it.

        Who comes second waits, and finds it done.

        Raises `StoreUnusable` (store_newer_schema, store_no_right, and as every connection), `StoreUnavailable`.
        """
        with _errors_told():
            with Unit.READ.on(self._engine).connect() as connection:
                if schema.is_current(connection):
                    return
            try:
                with Unit.MIGRATE.on(self._engine).connect() as connection:
                    connection.begin()
                    schema.upgrade(connection, partial(bind_anew, self._key, self._random), to)
                    connection.commit()
            finally:
                self._engine.dispose()  # connections bear what a migration had set

    def is_empty(self) -> bool:
        """Whether no row was ever kept here. Raises `StoreUnavailable`."""
        with _errors_told(), Unit.READ.on(self._engine).connect() as connection:
            return schema.is_empty(connection)

    @contextmanager
    def begin(self) -> Iterator["Work"]:
        """A unit of work: committed at its end, rolled back on any error.

        Raises `StoreUnavailable` if the store is, `NotStorable` for a value that fits no column.
        """
        with self._session(Unit.WRITE) as session:
            session.connection()  # alone from here on, and not from the first statement
            yield Work(session, self._key, self._random, self._clock)
            sys.audit("celosia.store.commit")
            session.commit()
            sys.audit("celosia.store.committed")
            for act, facts in session.info.get(_TOLD, ()):  # not before: what is rolled back did not happen
                log.info("act", extra={"act": act.value, **facts})

    @contextmanager
    def read(self) -> Iterator["Work"]:
        """A view of one moment that is never committed; writing in it raises `StoreUnavailable`, as on a read-only disk."""
        with self._session(Unit.READ) as session:
            yield Work(session, self._key, self._random, self._clock)

    @contextmanager
    def _session(self, unit: Unit) -> Iterator[Session]:
        with (
            watched(self.telemetry, writes=unit is Unit.WRITE) as options,
            _errors_told(),
            Session(unit.on(self._engine).execution_options(**options), expire_on_commit=False) as session,
        ):
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, NoConnectionFree) as error:
        failure = told(error)
        if isinstance(failure, StoreUnavailable):
            log.error("store unavailable", extra={"cause": str(failure)})
        raise failure from None


@dataclass(frozen=True, repr=False)
class Work:
    """One unit of work: a session, and the ways to seal and to put an act on record within it."""

    session: Session
    _key: StorageKey
    _random: RandomBytes
    _clock: Callable[[], int]

    def now(self) -> int:
        """POSIX seconds."""
        return self._clock()

    def today(self) -> date:
        """The day in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def new_id(self) -> str:
        """16 random bytes in hex."""
        return self._random(16).hex()

    def random(self, size: int) -> bytes:
        """Random bytes."""
        return self._random(size)

    def record(
        self,
        act: Act,
        *,
        x: str | None = None,
        peer: str | None = None,
        direction: Direction | None = None,
        officer: str | None = None,
        **payload: Any,
    ) -> None:
        """Put an act on record, in this transaction. An act of no exchange gets an id and a key of its own.

        An act of an exchange names it whole: `x`, `peer` and `direction`; `ValueError` otherwise. `payload` is JSON-ready; it is
        sealed under the key of the exchange.
        """
        if (direction is None) != (x is None or peer is None):
            raise ValueError("an exchange is named by its id, its peer and its direction together")
        side = HERE if direction is None else Side(peer or "", direction)
        x = x or self.new_id()
        sealed = self.seal(x, rfc8785.dumps(payload), "intake", side)
        self.session.add(
            Intake(at=self.now(), kind=act.value, x=x, peer=peer, direction=direction, officer_id=officer, payload_sealed=sealed)
        )
        if act in TOLD:
            facts = {name: payload[name] for name in TOLD[act] if payload.get(name)}
            self.session.info.setdefault(_TOLD, []).append((act, facts))

    def insert(self, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
        """Many new rows at once. As objects they would take ten times as long, and everybody else waits for this unit's end."""
        self.session.flush()
        if rows:
            self.session.connection().execute(insert(table), rows)

    def seal(self, x: str, plaintext: bytes, place: str, side: Side = HERE) -> bytes:
        """`plaintext` under the key of exchange `x` of a side, bound to `place`. Makes the key at first use."""
        return self._exchange_key(x, side).seal(plaintext, f"{place}:{x}".encode(), self._random)

    def can_open(self, x: str, side: Side = HERE) -> bool:
        """Whether exchange `x` of a side has a key. It has none before its first use, and none after its erasure."""
        return self.session.get(ExchangeKey, (x, *side)) is not None

    def open(self, x: str, sealed: bytes, place: str, side: Side = HERE) -> bytes:
        """Back from `seal`. Raises `crypto.errors.SealBroken` when tampered with, `KeyError` when the key was erased."""
        held = self.session.get(ExchangeKey, (x, *side))
        if held is None:
            raise KeyError("exchange key erased")
        return unwrap(self._key, held).open(sealed, f"{place}:{x}".encode())

    def seal_at_rest(self, plaintext: bytes, place: str) -> bytes:
        """`plaintext` under the node's storage key, bound to a column: national case data, which belongs to no exchange."""
        return self._key.seal(plaintext, place.encode(), self._random)

    def open_at_rest(self, sealed: bytes, place: str) -> bytes:
        """Back from `seal_at_rest`. Raises `crypto.errors.SealBroken`."""
        return self._key.open(sealed, place.encode())

    def _exchange_key(self, x: str, side: Side) -> StorageKey:
        held = self.session.get(ExchangeKey, (x, *side))
        if held is not None:
            return unwrap(self._key, held)
        key = StorageKey.generate(self._random)
        wrapped = wrap(self._key, key, x, *side, self._random)
        self.session.add(ExchangeKey(x=x, peer=side.peer, direction=side.direction, wrapped=wrapped, created=self.now()))
        self.session.flush()
        return key


def in_parts(values: Iterable[Part]) -> Iterator[list[Part]]:
    """`values` in lists that one question to the store can hold."""
    left = iter(values)
    while part := list(islice(left, _PART)):
        yield part
