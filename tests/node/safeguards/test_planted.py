"""Names, references and identifiers are planted in everything a case has, and looked for in everything that comes out of it.

The search knows the ways in which bytes hide: hex, plain digests, and base64 up to thrice over, as an envelope carries a record.
"""

import io
import json
import logging
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.requests import Request

from node.case_files.rows import Names, NetworkRow, RouteRow, SubjectRow
from node.federation import Federation
from node.flows.import_case import ImportCase
from node.flows.keep_index import KeepIndex
from node.flows.list_segments import ListSegments
from node.flows.prepare_entries import PrepareEntries
from node.flows.publish import Publish
from node.inbound.problems import problem
from node.keys import Keys
from node.logs import JsonLines
from node.officers import Analyst, Role
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.safeguards.errors import Stopped
from node.settings import Beats
from node.store.database import Database
from node.store.index_files import IndexFiles
from node.store.tables import CaseNetwork, CaseSubject, HeldManifest, HeldRecord, IndexItem, Intake, ListEpoch, ProtectedMark
from protocol.identifiers import Identifier
from protocol.messages import RecordDelivery
from protocol.names import read_birth_date
from protocol.record import RouteNode, sign_record
from protocol.vocabulary import (
    Act,
    HandlingCode,
    InformationEvaluation,
    Means,
    NetworkRole,
    NetworkSizeBand,
    NetworkStructure,
    Offence,
    Purpose,
    SourceEvaluation,
    SubjectCategory,
    Tlp,
    VictimCountBand,
    VictimScreening,
)
from tests.node.conftest import ALICE, BEATRIZ, ROUTE, phone
from tests.node.flows.conftest import adopt_epochs
from tests.protocol.federation import CO, DAY, EPOCH, NOW, PE, envelope, list_id, signed
from tests.protocol.records import network

SUSPECT_PHONE, VICTIM_PHONE = phone("+573005550147"), phone("+573005550158")
PLANTED = {
    "network reference": "RED-INVENTADA-4711",
    "subject reference": "SUJETO-INVENTADO-0815",
    "case reference": "RADICADO-INVENTADO-1234",
    "route reference": "RUTA-INVENTADA-0042",
    "victim's reference": "VICTIMA-INVENTADA-9999",
    "given names": "Fulanita Inventada",
    "surnames": "de Ninguna Parte",
    "birth date": "1981-02-03",
    "victim's given names": "Menganita Imaginada",
    "victim's surnames": "de Otro Lugar",
    "victim's birth date": "2004-05-06",
    "suspect's phone": "3005550147",
    "victim's phone": "3005550158",
    "suspect's OPRF input": SUSPECT_PHONE.oprf_input().decode(),
    "victim's OPRF input": VICTIM_PHONE.oprf_input().decode(),
}
SCREENED = VictimScreening("done_no_indicator")
ANALYSTS = [Analyst(officer, "invented", frozenset({Role.ANALYST})) for officer in (ALICE, BEATRIZ)]


def in_base64(needle: bytes) -> Iterator[bytes]:
    """What of a needle is certain in the base64 of any text that holds it: it can begin at each of three places."""
    for before in range(3):
        text = urlsafe_b64encode(bytes(before) + needle)
        yield text[(before * 8 + 5) // 6 : (before + len(needle)) * 8 // 6]


def forms(needle: str) -> set[bytes]:
    plain = needle.encode()
    digest = sha256(plain)
    once = [*in_base64(plain), *in_base64(plain.hex().encode())]
    twice = [form for each in in_base64(plain) for form in in_base64(each)]
    thrice = [form for each in twice for form in in_base64(each)]
    return {plain, plain.lower(), plain.hex().encode(), digest.digest(), digest.hexdigest().encode(), *once, *twice, *thrice}


def found(haystack: bytes) -> set[str]:
    """What of the planted things is in there."""
    return {name for name, needle in PLANTED.items() if any(form in haystack for form in forms(needle))}


def subject(reference: str, category: str, screening: VictimScreening, identifier: Identifier, whose: str = "") -> SubjectRow:
    return SubjectRow(
        line=2,
        file="casos.csv",
        network=PLANTED["network reference"],
        subject=reference,
        case=PLANTED["case reference"],
        category=SubjectCategory(category),
        role=NetworkRole("recruiter"),
        screening=screening,
        user_screening=screening,
        registrant_screening=screening,
        names=Names(PLANTED[f"{whose}given names"], PLANTED[f"{whose}surnames"], read_birth_date(PLANTED[f"{whose}birth date"])),
        identifiers=(identifier,),
    )


SUSPECT = subject(PLANTED["subject reference"], "suspect", SCREENED, SUSPECT_PHONE)
VICTIM = subject(PLANTED["victim's reference"], "victim", VictimScreening("done_indicator"), VICTIM_PHONE, "victim's ")
NETWORK = NetworkRow(
    line=2,
    file="redes.csv",
    network=PLANTED["network reference"],
    acts=(Act("recruitment"),),
    means=(Means("deception"),),
    purposes=(Purpose("sexual_prostitution"),),
    structure=NetworkStructure("core_group"),
    size=NetworkSizeBand("n6_10"),
    offences=(Offence("tip_sexual"),),
    first_activity="2025-03",
    last_activity="2026-08",
    victim_count=VictimCountBand("lt11"),
    source_evaluation=SourceEvaluation("B"),
    information_evaluation=InformationEvaluation("2"),
    handling=(HandlingCode("H0"),),
    tlp=Tlp("amber"),
    review_date="2027-09-21",
    **dict.fromkeys(("sectors", "venues", "recruitment_methods", "control_methods", "document_frauds"), ()),
    **dict.fromkeys(("money_movements", "platform_kinds", "victim_ages"), ()),
)
ROUTES = [
    RouteRow(
        2 + at, "rutas.csv", PLANTED["network reference"], PLANTED["route reference"], at, RouteNode.model_validate_json(node)
    )
    for at, node in enumerate(ROUTE)
]


@dataclass(frozen=True)
class Told:
    """Everything that came out, by where."""

    previews: bytes
    records: bytes
    envelopes: bytes
    manifests: bytes
    index_files: bytes
    problems: bytes
    logs: bytes


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that anybody logs, from debug up, the database's statements included."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root, engine = logging.getLogger(), logging.getLogger("sqlalchemy.engine")
    levels = root.level, engine.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    engine.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    engine.setLevel(levels[1])


def problem_document(error: Stopped) -> bytes:
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    facts = {"reason": error.reason, **error.facts}
    return bytes(problem(Request(scope), error.code, facts=facts).body) + repr(error).encode()


@pytest.fixture
def told(database: Database, keys: Keys, member: Federation, door: Door, tmp_path: Path, logs: io.StringIO) -> Told:
    """The whole story: imported, proposed, approved, listed, sent, and refused once on the way."""
    first, second = ANALYSTS
    imports, publish = ImportCase(database, keys), Publish(database, keys, member)
    files = IndexFiles(tmp_path / "index")
    with database.begin() as work:
        work.session.add(ListEpoch(list_id=list_id(CO), epoch=EPOCH, not_before=NOW - DAY, not_after=NOW + DAY))
    keys.new_epoch(CO, list_id(CO), EPOCH, os.urandom)
    imports.run(imports.begin(first, "0" * 64, 5), [SUSPECT, NETWORK, *ROUTES, VICTIM])
    proposed = publish.propose(first, PLANTED["network reference"], None)
    with pytest.raises(Stopped) as refused:
        publish.approve(first, proposed.publication)
    approved = publish.approve(second, proposed.publication)
    adopt_epochs(database, keys, member)
    segments = ListSegments(keys, files, Beats())
    KeepIndex(database, keys, member, files, Beats(), segments, PrepareEntries(database, keys, segments)).beat()
    with database.begin() as work:
        records = [row.raw for row in work.session.exec(select(HeldRecord)).all()]
        manifests = [row.raw for row in work.session.exec(select(HeldManifest)).all()]
        envelopes = [door.request(work, Outgoing(PE, RecordDelivery(record=raw)))[0].raw for raw in records]
    assert len(records) == 3
    assert approved.listed == {"phone": 1, "name_dob": 1}
    return Told(
        previews=b"\n".join(each.payload for each in proposed.records + approved.records),
        records=b"\n".join(records),
        envelopes=b"\n".join(envelopes),
        manifests=b"\n".join(manifests),
        index_files=b"\n".join(path.read_bytes() for path in (tmp_path / "index").iterdir()),
        problems=problem_document(refused.value),
        logs=logs.getvalue().encode(),
    )


@pytest.mark.parametrize("name", [name for name in PLANTED if "OPRF" not in name])
def test_the_search_finds_what_is_smuggled_into_a_record_and_its_envelope(keys: Keys, name: str) -> None:
    smuggled = network().model_copy(update={"contact": PLANTED[name]})
    record = sign_record(smuggled, keys.signing).raw
    assert PLANTED[name].encode() not in record
    assert name in found(record)
    assert name in found(signed(envelope(RecordDelivery(record=record))).raw)


@pytest.mark.parametrize("name", PLANTED)
def test_the_search_finds_what_lies_among_other_bytes(name: str) -> None:
    needle = PLANTED[name].encode()
    for hidden in (needle, needle.hex().encode(), sha256(needle).digest(), urlsafe_b64encode(b"x" + needle)):
        assert name in found(os.urandom(100) + hidden + os.urandom(100))
    assert found(os.urandom(1000)) == set()


def test_nothing_planted_comes_out(told: Told) -> None:
    for each in fields(told):
        out = getattr(told, each.name)
        assert out, each.name
        assert found(out) == set(), each.name


def test_what_was_imported_is_there_and_sealed(database: Database, told: Told, raw_bytes: Callable[[], bytes]) -> None:
    assert told.records
    assert found(raw_bytes()) == set()
    with database.read() as work:
        held = work.session.exec(select(CaseSubject)).one()
        case = work.session.exec(select(CaseNetwork)).one()
        item = work.session.exec(select(IndexItem)).one()
        opened = work.open_at_rest(held.person_sealed, "case_subjects")
        opened += work.open_at_rest(case.reference_sealed, "case_networks")
        opened += work.open_at_rest(item.input_sealed, "case_identifiers")
    assert found(opened) >= {"network reference", "subject reference", "case reference", "given names", "surnames", "birth date"}
    assert "suspect's phone" in found(opened)


def test_of_the_victim_there_is_a_mark_and_nothing_else(
    database: Database, keys: Keys, told: Told, raw_bytes: Callable[[], bytes]
) -> None:
    assert told.records
    with database.read() as work:
        assert work.session.exec(select(col(ProtectedMark.mark))).all() == [keys.protected_mark(VICTIM_PHONE.oprf_input())]
        assert len(work.session.exec(select(CaseSubject)).all()) == 1
    on_disk = raw_bytes()
    assert keys.digest("identifier", SUSPECT_PHONE.oprf_input()).encode() in on_disk
    assert keys.digest("identifier", VICTIM_PHONE.oprf_input()).encode() not in on_disk


def test_the_intake_s_open_columns_are_codes_ids_and_times(database: Database, told: Told) -> None:
    assert told.records
    with database.read() as work:
        rows = work.session.exec(select(Intake)).all()
    assert {row.kind for row in rows} >= {"imported", "publication_proposed", "published", "record_sent", "index_beat"}
    assert all(row.officer_id in (ALICE, BEATRIZ, None) and row.peer in (PE, None) and len(row.x) == 32 for row in rows)
    assert all(len(row.commitment or "") == 64 and len(row.exchange or "0" * 32) == 32 for row in rows)


def test_the_logs_were_listening_and_told_statements_without_their_values(told: Told) -> None:
    events = [json.loads(line)["event"] for line in told.logs.splitlines()]
    assert len(events) > 100
