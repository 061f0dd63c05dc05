"""Records and index entries between nodes: they arrive and verify, are corrected and withdrawn, and stay with their audience."""

from typing import Any

import pytest
from sqlmodel import col, select

from node.officers import Role
from node.store.tables import CaseIdentifier, CaseNetwork, CaseRouteNode, CaseSubject, HeldRecord, IndexItem
from protocol.record import Withdrawal, read_record
from tests.federation.cases import Suspect, export, hits, phone, publish, publish_phones, reference, take_in
from tests.federation.running import BR, CO, PE, Federation, RunningNode

pytestmark = pytest.mark.federation


def held(node: RunningNode, record_id: str) -> list[HeldRecord]:
    with node.node.database.read() as work:
        rows = select(HeldRecord).where(HeldRecord.record_id == record_id).order_by(col(HeldRecord.version))
        return list(work.session.exec(rows).all())


def network_record(publication: dict[str, Any]) -> str:
    return next(str(record["id"]) for record in publication["records"] if record["kind"] == "network")


def test_what_one_publishes_reaches_every_peer_byte_for_byte_and_verifies_under_its_key(
    federation: Federation,
) -> None:
    published = publish_phones(federation[PE], phone())
    federation.beat()
    assert sorted(record["kind"] for record in published["records"]) == ["modus_operandi", "network", "route"]
    for record in published["records"]:
        own = held(federation[PE], record["id"])[0].raw
        for code in (CO, BR):
            member = federation[code].node.federation.directory.member(PE)
            received = held(federation[code], record["id"])[0].raw
            assert received == own
            assert read_record(received, PE, member.record_keys()).record.id == record["id"]


def test_a_correction_supersedes_at_every_peer_and_hits_show_the_version_in_force(federation: Federation) -> None:
    network, number = reference(), phone()
    take_in(federation[PE].officer(Role.ANALYST), export(network, Suspect([number])))
    record_id = network_record(publish(federation[PE], network))
    federation.beat()
    take_in(federation[PE].officer(Role.ANALYST), export(network, Suspect([number]), size="n11_25"))
    publish(federation[PE], network)
    federation.beat()
    first, second = held(federation[CO], record_id)
    assert (first.version, first.current, second.version, second.current) == (1, False, 2, True)
    found = hits(federation[CO].officer(Role.INVESTIGATOR), number, peers=[PE])
    assert [(hit["record_id"], hit["record"]["size"], hit["record"]["version"]) for hit in found] == [(record_id, "n11_25", 2)]


def test_a_withdrawal_takes_the_record_and_its_entries_back(federation: Federation) -> None:
    number, staying = phone(), phone()
    published = publish_phones(federation[PE], number)
    publish_phones(federation[PE], staying)
    federation.beat()
    asker = federation[CO].officer(Role.INVESTIGATOR)
    assert len(hits(asker, number, peers=[PE])) == 1
    withdrawn = federation[PE].officer(Role.ANALYST).post(f"/v1/publications/{published['id']}/withdrawal")
    assert withdrawn.status_code == 200, withdrawn.text
    federation.beat()
    assert hits(asker, number, peers=[PE]) == []
    assert len(hits(asker, staying, peers=[PE])) == 1
    for record in published["records"]:
        for code in (CO, BR):
            first, second = held(federation[code], record["id"])
            assert first.raw == b""
            member = federation[code].node.federation.directory.member(PE)
            assert isinstance(read_record(second.raw, PE, member.record_keys()).record, Withdrawal)
    shown = federation[BR].officer(Role.AUDITOR).get(f"/v1/records/{published['records'][0]['id']}")
    assert shown.json()["record"]["kind"] == "revocation"
    assert not any(
        row["record"]["id"] in shown.url.path for row in federation[BR].officer(Role.AUDITOR).get("/v1/records").json()
    )


def test_what_was_withdrawn_before_a_peer_came_back_never_reaches_it(federation: Federation) -> None:
    federation[BR].stop()
    published = publish_phones(federation[PE], phone())
    federation[PE].send_records()
    federation[PE].officer(Role.ANALYST).post(f"/v1/publications/{published['id']}/withdrawal")
    federation[BR].start()
    federation.clock.forward(60)
    federation[PE].send_records()
    for record in published["records"]:
        assert [(row.version, row.kind) for row in held(federation[BR], record["id"])] == [(2, "revocation")]


def test_a_number_in_two_records_is_found_in_both_and_still_in_the_second_when_the_first_goes(federation: Federation) -> None:
    number = phone()
    first, second = publish_phones(federation[PE], number), publish_phones(federation[PE], number)
    federation.beat()
    asker = federation[CO].officer(Role.INVESTIGATOR)
    both = {network_record(first), network_record(second)}
    assert {hit["record_id"] for hit in hits(asker, number, peers=[PE])} == both
    federation[PE].officer(Role.ANALYST).post(f"/v1/publications/{first['id']}/withdrawal")
    for _ in range(6):  # through the beats in which the gap is closed and segments are merged
        federation.beat()
        assert [hit["record_id"] for hit in hits(asker, number, peers=[PE])] == [network_record(second)]


def test_what_is_withdrawn_and_published_again_at_once_is_found_under_the_new_record_only(
    federation: Federation,
) -> None:
    network, number = reference(), phone()
    take_in(federation[PE].officer(Role.ANALYST), export(network, Suspect([number])))
    first = publish(federation[PE], network)
    federation.beat()
    federation[PE].officer(Role.ANALYST).post(f"/v1/publications/{first['id']}/withdrawal")
    again = publish(federation[PE], network)
    asker = federation[CO].officer(Role.INVESTIGATOR)
    for _ in range(5):
        federation.beat()
        assert [hit["record_id"] for hit in hits(asker, number, peers=[PE])] == [network_record(again)]


def test_a_number_that_turns_out_to_be_a_victim_s_leaves_the_index_with_the_next_beat_and_the_record_stays(
    federation: Federation,
) -> None:
    network, number, of_the_same_person = reference(), phone(), phone()
    take_in(federation[PE].officer(Role.ANALYST), export(network, Suspect([number, of_the_same_person])))
    published = publish(federation[PE], network)
    federation.beat()
    asker = federation[CO].officer(Role.INVESTIGATOR)
    assert len(hits(asker, number, of_the_same_person, peers=[PE])) == 2
    # the same person, now a victim; the new export names one of the two numbers only
    shown = take_in(federation[PE].officer(Role.ANALYST), export(network, Suspect([number], category="victim")))
    assert (shown["state"], shown["rows_protected"]) == ("done", 1)
    federation.beat()
    assert hits(asker, number, of_the_same_person, peers=[PE]) == []
    assert len(held(federation[CO], network_record(published))) == 1
    publish_phones(federation[PE], of_the_same_person)
    federation.beat()
    assert hits(asker, of_the_same_person, peers=[PE]) == []


def test_a_hit_whose_record_has_not_arrived_names_the_authority_to_call(federation: Federation) -> None:
    number = phone()
    published = publish_phones(federation[PE], number)
    federation.clock.forward(600)
    federation[PE].node.index.beat()
    federation[CO].node.follow.visit(PE)
    (hit,) = hits(federation[CO].officer(Role.INVESTIGATOR), number, peers=[PE])
    assert hit["record_id"] == network_record(published)
    assert hit["record"] is None
    assert hit["contact"]["email"] == "enlace.pe@example.org"


def test_both_lists_of_a_peer_are_asked_and_the_officer_sees_each(federation: Federation) -> None:
    common, bilateral = phone(), phone()
    publish_phones(federation[PE], common)
    publish_phones(federation[PE], bilateral, audience=["CO"])
    federation.beat()
    found = hits(federation[CO].officer(Role.INVESTIGATOR), common, bilateral, peers=[PE])
    assert [hit["line"] for hit in found] == [2, 3]
    assert hits(federation[BR].officer(Role.INVESTIGATOR), common, bilateral, peers=[PE])[0]["line"] == 2


def test_the_same_export_imported_twice_changes_nothing(federation: Federation) -> None:
    officer, network, numbers = federation[BR].officer(Role.ANALYST), reference(), [phone(), phone()]
    first = take_in(officer, export(network, Suspect(numbers)))
    published = publish(federation[BR], network)
    federation.beat()
    before = case_tables(federation[BR])
    second = take_in(officer, export(network, Suspect(numbers)))
    assert (first["rows_new"], first["rows_unchanged"]) == (2, 0)
    assert (second["rows_new"], second["rows_changed"], second["rows_unchanged"]) == (0, 0, 2)
    assert case_tables(federation[BR]) == before
    assert officer.get(f"/v1/publications/{published['id']}").json()["waiting"] == 0


def case_tables(node: RunningNode) -> list[list[dict[str, Any]]]:
    """Every row of national case data and of the index."""
    with node.node.database.read() as work:
        tables = (CaseNetwork, CaseSubject, CaseIdentifier, CaseRouteNode, IndexItem)
        return [[row.model_dump() for row in work.session.exec(select(table)).all()] for table in tables]
