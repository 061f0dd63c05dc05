"""A Colombian node's parts for tests: a real database, keys made for the test, a clock that stands still until it is moved.

Whatever uses the database runs twice: on SQLite and on PostgreSQL.

The federation is `tests/protocol/federation.py`. All people, references, numbers and offices are invented.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import sqlalchemy as sa

from node.custody import Custody, new_vault
from node.federation import Federation
from node.keys import Keys, make_keys
from node.safeguards.checks import safeguards
from node.safeguards.door import Door
from node.store.database import Database, Work
from node.store.sqlite import PREFIX as SQLITE
from node.store.tables import (
    CaseIdentifier,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    HeldRecord,
    IndexItem,
    IndexList,
    Officer,
    Publication,
    PublicationDraft,
)
from protocol.admission import Admitted, admit_request, verify_request
from protocol.authority import Authority
from protocol.directory import Directory, SigningPeriod, WorkingEntry
from protocol.identifiers import NORMALISER_VERSIONS, Identifier, Kind
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.index.manifest import Manifest, SignedManifest, sign_manifest
from protocol.messages import Body
from protocol.names import NAME_KEYS_VERSION, NAME_KIND
from protocol.record import Record, SignedRecord, sign_record
from protocol.wire import canonical
from tests.new_stores import empty_file
from tests.node.holders import PUBLIC
from tests.node.people import Named
from tests.postgres_server import Server
from tests.protocol.federation import (
    CO,
    DAY,
    EPOCH,
    NOW,
    Books,
    border,
    directory,
    envelope,
    list_id,
    server_key,
    signed,
    targets,
    working_entry,
)

BodyT = TypeVar("BodyT", bound=Body)

ALICE, BEATRIZ = "a1" * 16, "b2" * 16
"""Two analysts, by id: invented, as everybody here is."""
REFERENCE = "EXPEDIENTE-INVENTADO-4711"
"""A national reference that must leave with nothing."""
NAME = "Fulana Inventada de Ninguna Parte"
BIRTH_DATE = "1981-02-03"
_NAMELESS = {"born": BIRTH_DATE, "name": NAME}
PHONE = "+573005550147"
"""A number in a form that a normaliser gives, of nobody."""
ROUTE = [
    '{"kind":"origin","country":"CO","subdivision":"CO-NAR"}',
    '{"kind":"destination","country":"PE","locode":"PELIM","transport":"bus"}',
]
DESCRIPTION = (
    '{"acts":["recruitment"],"control":[],"document_fraud":[],"first_activity":"2025-03",'
    '"grading":{"information":"2","source":"B"},"handling":["H0"],"last_activity":"2026-08","means":["deception"],"money":[],'
    '"offences":["tip_sexual"],"platforms":[],"purposes":["sexual_prostitution"],"recruitment":["false_job_offer"],'
    '"review":"2027-09-21","sectors":[],"size":"n6_10","structure":"core_group","tlp":"amber","venues":[],'
    '"victims":{"count":"v11_25"}}'
)


@dataclass
class Clock:
    """Seconds that pass only when a test says so."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def new_keys(folder: Path) -> Keys:
    """The keys of a new node in `folder`, under a node key of its own."""
    folder.mkdir(mode=0o700, exist_ok=True)
    vault = new_vault(folder, Custody())
    make_keys(vault, os.urandom, PUBLIC)
    return Keys.read(vault)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return new_keys(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this version's schema, empty and this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "database.sqlite"
        path.write_bytes(empty_file())
        yield f"sqlite:///{path}"
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(request.getfixturevalue("postgresql_template")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, not even a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database() as url:
            yield url


@pytest.fixture
def database(store_url: str, keys: Keys, clock: Clock) -> Iterator[Database]:
    made = Database(store_url, keys.storage, os.urandom, clock)
    with made.begin() as work:
        for officer, name in ((ALICE, "alice"), (BEATRIZ, "beatriz")):
            work.session.add(
                Officer(
                    id=officer,
                    username=name,
                    name=f"{name.title()} (invented)",
                    staff_number_digest=officer * 2,
                    roles="analyst",
                    active=True,
                    created=work.now(),
                )
            )
        work.session.add(IndexList(id=list_id(CO), audience="all", entropy="identifiers"))
    yield made
    made.close()


class _TakenBack(Exception):
    """Ends a unit of work that is not to be kept."""


@contextmanager
def taken_back(database: Database) -> Iterator[Work]:
    """A unit of work of which nothing is kept, for property tests, whose examples share a database."""
    with suppress(_TakenBack), database.begin() as begun:
        yield begun
        raise _TakenBack


@pytest.fixture
def work(database: Database) -> Iterator[Work]:
    with database.begin() as begun:
        yield begun


def directory_with(keys: Keys, **entries: WorkingEntry) -> Directory:
    """The directory with the key that Colombia's node signs under, and other entries where they are named."""
    period = SigningPeriod(key=bytes(keys.signing.public), not_before=NOW - DAY, not_after=NOW + 100 * DAY)
    ours = working_entry(CO, signing=(period,))
    named = {f"states/{state}.json": entry.to_bytes() for state, entry in {"CO": ours, **entries}.items()}
    return directory({**targets(), **named})


@pytest.fixture
def member(clock: Clock, keys: Keys) -> Federation:
    """The federation as Colombia's node holds it, its directory adopted."""
    held = Federation(CO, clock)
    held.adopt(directory_with(keys))
    return held


@pytest.fixture
def door(member: Federation, keys: Keys) -> Door:
    """The door with every safeguard."""
    return Door(member, keys, safeguards(member, keys))


def phone(number: str = PHONE) -> Identifier:
    return Identifier(Kind.PHONE, NORMALISER_VERSIONS[Kind.PHONE], number)


@dataclass(frozen=True)
class Cases:
    """Writes national case data, as an import would."""

    keys: Keys

    def network(
        self, work: Work, reference: str = REFERENCE, *, description: str = DESCRIPTION, route: bool = False
    ) -> CaseNetwork:
        """A network, with its one route if asked for."""
        row = CaseNetwork(
            digest=self.keys.digest("network", reference.encode()),
            reference_sealed=work.seal_at_rest(reference.encode(), "case_networks"),
            description=description,
            changed=work.now(),
        )
        work.session.add(row)
        work.session.flush()
        for position, node in enumerate(ROUTE if route else ()):
            digest = self.keys.digest("route", reference.encode())
            work.session.add(CaseRouteNode(network=row.digest, route=digest, position=position, node=node))
        work.session.flush()
        return row

    def subject(
        self,
        work: Work,
        network: CaseNetwork,
        name: str = "subject",
        *,
        category: str = "suspect",
        role: str | None = "recruiter",
        screening: str = "done_no_indicator",
        user: str | None = "done_no_indicator",
        registrant: str | None = "done_no_indicator",
        identifiers: tuple[Identifier, ...] = (),
        named: Named | None = None,
    ) -> CaseSubject:
        """A subject with its identifiers; as it stands, a suspect who may be listed."""
        row = CaseSubject(
            digest=self.keys.digest("subject", name.encode()),
            network=network.digest,
            category=category,
            role=role,
            screening=screening,
            user_screening=user,
            registrant_screening=registrant,
            person_sealed=work.seal_at_rest(json.dumps(vars(named) if named else _NAMELESS).encode(), "case_subjects"),
            content_digest=self.keys.digest("content", name.encode()),
            changed=work.now(),
        )
        work.session.add(row)
        work.session.flush()
        for kind, version, key_type, value in (
            *((each.kind.value, each.version, KEY_TYPE_IDENTIFIER, each.oprf_input()) for each in identifiers),
            *((NAME_KIND, NAME_KEYS_VERSION, key.type.value, key.oprf_input()) for key in (named.keys if named else ())),
        ):
            work.session.add(
                CaseIdentifier(
                    subject=row.digest,
                    digest=self.keys.digest("identifier", value),
                    kind=kind,
                    version=version,
                    key_type=key_type,
                    input_sealed=work.seal_at_rest(value, "case_identifiers"),
                )
            )
        work.session.flush()
        return row

    def publication(
        self,
        work: Work,
        record: Record,
        *,
        audience: str = "all",
        state: str = "published",
        proposed_by: str = ALICE,
        decided_by: str | None = BEATRIZ,
        approved: Record | None = None,
    ) -> SignedRecord:
        """`record` signed and held, as published under an approval of `approved` (the same record if not said)."""
        network = self.network(work, f"{REFERENCE}/{work.new_id()}")
        publication = Publication(
            id=work.new_id(),
            network=network.digest,
            audience=audience,
            list_id=list_id(CO),
            state=state,
            proposed_by=proposed_by,
            decided_by=decided_by,
            listed="[]",
            created=work.now(),
        )
        work.session.add(publication)
        work.session.flush()
        draft = approved or record
        work.session.add(
            PublicationDraft(
                publication_id=publication.id, position=0, source="network", record_id=draft.id, payload=canonical(draft)
            )
        )
        held = sign_record(record, self.keys.signing)
        work.session.add(
            HeldRecord(
                digest=held.digest,
                authority=record.authority,
                record_id=record.id,
                version=record.version,
                kind=record.kind,
                raw=held.raw,
                current=True,
                publication_id=publication.id,
                received=work.now(),
            )
        )
        work.session.flush()
        return held


@pytest.fixture
def cases(keys: Keys) -> Cases:
    return Cases(keys)


def in_the_index(held: CaseIdentifier, record: str) -> IndexItem:
    """An identifier or name key of the case data as it stands in the index."""
    return IndexItem(
        list_id=list_id(CO),
        epoch=1,
        identifier=held.digest,
        kind=held.kind,
        version=held.version,
        subject=held.subject,
        record_id=record,
        j=0,
        key_type=held.key_type,
        handle=bytes(16),
        input_sealed=held.input_sealed,
        state="listed",
    )


@pytest.fixture
def raw_bytes(store_url: str) -> Callable[[], bytes]:
    """Every byte that the database holds: of SQLite the file, its write-ahead log and the log's index, of PostgreSQL all rows."""
    if store_url.startswith(SQLITE):
        path = Path(store_url.removeprefix(SQLITE))
        return lambda: b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))

    def read() -> bytes:
        engine = sa.create_engine(store_url)
        with engine.connect() as connection:
            tables = sa.MetaData()
            tables.reflect(connection)
            rows = [row for table in tables.sorted_tables for row in connection.execute(table.select())]
        engine.dispose()
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)

    return read


def admitted_by_us(body: BodyT, sender: Authority) -> Admitted[BodyT]:
    """A request of `sender` as Colombia's node admits it."""
    request = signed(envelope(body, sender=sender, to=CO))
    admitted = admit_request(
        verify_request(request.raw, border(me=CO, connection=sender)), Books(served=frozenset({list_id(CO)}))
    )
    assert isinstance(admitted, Admitted)
    return cast("Admitted[BodyT]", admitted)


def manifest_of(keys: Keys, *, list_: str, position: int = 0, previous: str | None = None, **changes: Any) -> SignedManifest:
    """A manifest of ours with no segments, valid for an hour, unless changed."""
    fields: dict[str, Any] = {
        "authority": CO,
        "list": list_,
        "audience": "all",
        "entropy": "identifiers",
        "epoch": EPOCH,
        "position": position,
        "previous": previous,
        "issued": NOW,
        "valid_until": NOW + 3600,
        "key": bytes(server_key(CO).public),
        "normalisers": {"phone": "1"},
        "segments": (),
    }
    return sign_manifest(Manifest(**{**fields, **changes}), keys.signing)
