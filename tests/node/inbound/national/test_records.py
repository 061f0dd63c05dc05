"""Records in force over the API: own and received alike, by authority and kind; an unknown one is unknown."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from node.officers import Role
from node.store.tables import HeldRecord
from protocol.record import Record, sign_record
from tests.node.inbound.conftest import PE, Founded
from tests.protocol.federation import signing_key
from tests.protocol.records import network, route


def hold(founded: Founded, *records: Record) -> None:
    """Records of Peru as they arrived and were checked."""
    with founded.node.database.begin() as work:
        for record in records:
            signed = sign_record(record, signing_key(PE))
            work.session.add(
                HeldRecord(
                    digest=signed.digest,
                    authority=PE,
                    record_id=record.id,
                    version=1,
                    kind=record.kind,
                    raw=signed.raw,
                    current=True,
                    received=work.now(),
                )
            )


def test_records_are_shown_with_whom_to_call_and_filtered(officer: Callable[..., TestClient], founded: Founded) -> None:
    hold(founded, network(PE), route(PE))
    reader = officer(Role.INVESTIGATOR)
    everything = reader.get("/v1/records").json()
    assert {row["record"]["kind"] for row in everything} == {"network", "route"}
    assert {row["contact"]["email"] for row in everything} == {"enlace.pe@example.org"}
    assert [row["record"]["kind"] for row in reader.get("/v1/records", params={"kind": "route"}).json()] == ["route"]
    assert reader.get("/v1/records", params={"authority": "BR"}).json() == []
    (shown,) = [row for row in everything if row["record"]["kind"] == "network"]
    assert reader.get(f"/v1/records/{shown['record']['id']}").json() == shown


def test_an_unknown_record_and_an_unknown_kind_are_told_apart(officer: Callable[..., TestClient]) -> None:
    reader = officer(Role.AUDITOR)
    assert reader.get("/v1/records/none").json()["code"] == "unknown_record"
    assert reader.get("/v1/records", params={"kind": "revocation"}).json()["code"] == "request_invalid"
