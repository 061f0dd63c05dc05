"""The database and its unit of work: the only place that commits.

    with database.begin() as work:
        work.session.add(...)
        work.record(Act.PUBLISHED, officer=..., publication=...)

leaves everything or nothing. A unit of work is alone among those that write from its start to its end, on SQLite and on
PostgreSQL, so that what it reads is what it writes on; a reader uses `database.read()`, waits for nobody and can write nothing.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import rfc8785
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, SQLModel, insert

from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from node.store import schema
from node.store.errors import StoreUnavailable, told
from node.store.exchange_keys import Lent, unwrap, wrap
from node.store.postgres import postgres_engine, server_life
from node.store.sqlite import PREFIX, Remains, sqlite_engine
from node.store.tables import ExchangeKey, Intake
from node.store.told_acts import TOLD
from node.store.units import Unit
from node.store.watching import watch, watched
from node.telemetry.telling import OFF, Telemetry
from protocol.authority import Authority
from protocol.journal import PAIRED, SALT_BYTES, Act, Direction, commitment, envelope_payload

_PATIENCE = 20
_MIGRATION_PATIENCE = 600
"""Seconds that who comes second waits: a unit of work for another one, a migration for whatever is under way."""


log = logging.getLogger("celosia.store")
_TOLD = "acts to tell"
_ERASES = "erases"


class Side(NamedTuple):
    """Whose an id is. A peer chooses the id of its own exchange: it may be any other's, so it names a key with its side only."""

    peer: str = ""
    direction: str = ""


Part = TypeVar("Part")
_PART = 500
"""So many values stand in one question to the store."""


class ExchangeRef(NamedTuple):
    """One exchange: its id, with whom, and whose it is."""

    x: str
    peer: Authority
    direction: Direction


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
        self._remains = Remains(url) if url.startswith(PREFIX) else None
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
                    schema.upgrade(connection, Lent(self._key, self._random), to)
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
            if self._remains is not None:
                self._remains.sweep(erased=_ERASES in session.info)

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

    def life(self) -> str:
        """Tells one life of the store from another: it changes when a server starts anew, and when another takes its place.

        A file has one. Raises `StoreUnavailable`.
        """
        if self.url.startswith(PREFIX):
            return ""
        with _errors_told(), Unit.READ.on(self._engine).connect() as connection:
            return server_life(connection)

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
        officer: str | None = None,
        peer: str | None = None,
        about: ExchangeRef | None = None,
        **payload: Any,
    ) -> Intake:
        """Put an act of this node alone on record, in this transaction, under an id and a salt of its own. Returns it.

        `payload` is JSON-ready; what the entry commits to is that, with the officer, the peer and the exchange that are named.
        It is sealed under the key of the exchange that it is `about`, and goes with it; without one, under a key of its own.
        `ValueError` for an act that has two sides.
        """
        if act in PAIRED:
            raise ValueError("an act that has two sides is put on record by its envelope")
        named = {"officer": officer, "peer": about.peer if about else peer, "exchange": about.x if about else None}
        content = rfc8785.dumps(payload | {name: value for name, value in named.items() if value is not None})
        x, salt = self.new_id(), self._random(SALT_BYTES)
        entered = self._enter(act, x, about, salt, content, officer=officer, peer=peer)
        if act in TOLD:
            facts = {name: payload[name] for name in TOLD[act] if payload.get(name)}
            self.session.info.setdefault(_TOLD, []).append((act, facts))
        return entered

    def record_envelope(self, act: Act, exchange: ExchangeRef, *, digest: str, salt: bytes, officer: str | None = None) -> None:
        """Put on record that an envelope was sent or received: its other side enters the same `x` and the same commitment.

        `digest` and `salt` are the envelope's. `ValueError` for an act that has one side only, or belongs to the other side.
        """
        if act not in PAIRED or PAIRED[act].direction != exchange.direction:
            raise ValueError("not an act of this side of an exchange")
        self._enter(act, exchange.x, exchange, salt, envelope_payload(digest), officer=officer)

    def _enter(
        self,
        act: Act,
        x: str,
        about: ExchangeRef | None,
        salt: bytes,
        content: bytes,
        *,
        officer: str | None,
        peer: str | None = None,
    ) -> Intake:
        key, side = (x, HERE) if about is None else (about.x, Side(about.peer, about.direction))
        entered = Intake(
            at=self.now(),
            kind=act.value,
            x=x,
            exchange=None if about is None else about.x,
            peer=peer if about is None else about.peer,
            direction=None if about is None else about.direction,
            officer_id=officer,
            commitment=commitment(salt, content),
            opening_sealed=self.seal(key, salt + content, "intake", side),
        )
        self.session.add(entered)
        return entered

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

    def leave_nothing(self) -> None:
        """Say that this unit of work erases: what it takes away goes from the file, too, once it is committed (SQLite)."""
        self.session.info[_ERASES] = True

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
