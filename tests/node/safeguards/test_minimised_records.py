"""Minimisation: what the records of a network say, and the last look at their bytes."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select

from node.keys import Keys
from node.safeguards.errors import NotMinimal
from node.safeguards.grounds import FIELD_GROUNDS
from node.safeguards.minimisation import Frame, Made, check_record, make_records, routes_of
from node.safeguards.small_numbers import Minimised
from node.store.database import Work
from node.store.tables import CaseNetwork, CaseRouteNode, WaitingChange
from protocol.identifiers import Identifier, Kind
from protocol.record import ModusOperandi, Network, Record, Route, Withdrawal
from protocol.wire import canonical
from tests.node.conftest import BIRTH_DATE, DESCRIPTION, NAME, PHONE, REFERENCE, Cases, phone
from tests.protocol.records import network as invented_network
from tests.protocol.records import withdrawal

FRAME = Frame("CO", "cp-1", ())
OF_EVERY_KIND = tuple(Identifier(kind, "1", f"{kind.value} {REFERENCE}") for kind in Kind)
"""An identifier of every kind, nobody's, with the case's reference in it."""


def versions(work: Work, network: CaseNetwork) -> dict[str, dict[str, Any]]:
    sources = ["network", "modus_operandi", *routes_of(work, network.digest)]
    return {source: {"id": work.new_id(), "version": 1} for source in sources}


def made_of(work: Work, network: CaseNetwork, frame: Frame = FRAME, /, **changes: Any) -> Made:
    description = {**json.loads(network.description), **changes}
    return make_records(work, network, description, frame, versions(work, network))


def records_of(work: Work, network: CaseNetwork, frame: Frame = FRAME, /, **changes: Any) -> Mapping[str, Record]:
    return made_of(work, network, frame, **changes).records


def test_a_network_yields_itself_its_modus_operandi_and_its_routes(work: Work, cases: Cases) -> None:
    network = cases.network(work, route=True)
    cases.subject(work, network)
    made = records_of(work, network)
    assert [type(record) for record in made.values()] == [Network, ModusOperandi, Route]
    parts = [record for record in made.values() if isinstance(record, ModusOperandi | Route)]
    assert all(part.links[0].record == made["network"].id for part in parts)
    assert all(check_record(canonical(record)) == record for record in made.values())


def test_a_route_of_one_place_is_no_route(work: Work, cases: Cases) -> None:
    network = cases.network(work, route=True)
    for row in routes_of(work, network.digest).values():
        assert len(row) == 2
    work.session.exec(delete(CaseRouteNode).where(col(CaseRouteNode.position) == 1))
    assert set(records_of(work, network)) == {"network", "modus_operandi"}


def test_roles_are_those_of_cleared_subjects_and_never_a_coerced_one(work: Work, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, "cleared", role="transporter")
    cases.subject(work, network, "without role", role=None)
    cases.subject(work, network, "not cleared", role="recruiter", screening="pending")
    cases.subject(work, network, "coerced", role="coerced_participant")
    cases.subject(work, network, "victim", role="broker_agent", category="victim")
    made = records_of(work, network)["network"]
    assert isinstance(made, Network)
    assert made.roles == ("transporter",)


def test_a_record_for_a_set_says_so_in_its_handling(work: Work, cases: Cases) -> None:
    made = records_of(work, cases.network(work), Frame("CO", "cp-1", ("H2",)), handling=["H1"])
    assert all(record.handling == ("H0", "H1", "H2") for record in made.values() if not isinstance(record, Withdrawal))


@pytest.mark.parametrize("count", ["lt11", "unknown"])
def test_below_eleven_victims_nothing_but_the_band_leaves(work: Work, cases: Cases, count: str) -> None:
    network = cases.network(work)
    made = records_of(work, network, victims={"count": count})["network"]
    assert isinstance(made, Network)
    assert made.victims.model_dump(mode="json") == {"count": count, "ages": []}
    with_ages = made_of(work, network, victims={"count": count, "ages": ["minor"]})
    assert canonical(with_ages.records["network"]).count(b'"ages":[]') == 1
    assert with_ages.left_out == (Minimised("victims", "small_number"),)
    from_eleven_up = made_of(work, network, victims={"count": "v11_25", "ages": ["minor"]})
    assert canonical(from_eleven_up.records["network"]).count(b'"ages":["minor"]') == 1
    assert from_eleven_up.left_out == ()


def test_below_eleven_victims_the_record_has_their_countries_and_the_network_s_own_places(work: Work, cases: Cases) -> None:
    network = cases.network(work, route=True)
    made = made_of(work, network, victims={"count": "lt11"})
    (route,) = (record for record in made.records.values() if isinstance(record, Route))
    assert [(node.country, node.subdivision, node.locode) for node in route.nodes] == [("CO", None, None), ("PE", None, None)]
    assert made.left_out == (Minimised("nodes", "small_number"),)


def test_what_waits_is_not_in_the_record_and_the_preview_says_until_when(work: Work, cases: Cases) -> None:
    network = cases.network(work)
    due = work.now() + 86400
    work.session.add(WaitingChange(network=network.digest, aspect="count", told='"lt11"', due=due))
    work.session.flush()
    made = made_of(work, network, victims={"count": "v11_25", "ages": ["adult"]})
    assert b'"victims":{"ages":[],"count":"lt11"}' in canonical(made.records["network"])
    assert Minimised("victims", "waits", due) in made.left_out
    work.session.get_one(WaitingChange, (network.digest, "count")).due = work.now()
    assert b'"victims":{"ages":["adult"],"count":"v11_25"}' in canonical(
        records_of(work, network, victims={"count": "v11_25", "ages": ["adult"]})["network"]
    )


def places(made: Made) -> list[tuple[str, str | None, str | None]]:
    (route,) = (record for record in made.records.values() if isinstance(record, Route))
    return [(node.country, node.subdivision, node.locode) for node in route.nodes]


def test_while_a_number_that_fell_waits_only_places_that_were_told_stay_as_fine_as_they_were(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network = cases.network(work, route=True)
    work.session.add(WaitingChange(network=network.digest, aspect="count", told='"v11_25"', due=work.now() + 86400))
    work.session.flush()
    few = {**json.loads(network.description), "victims": {"count": "lt11"}}
    first = versions(work, network)
    made = make_records(work, network, few, FRAME, first)
    assert b'"count":"v11_25"' in canonical(made.records["network"])
    assert places(made) == [("CO", None, None), ("PE", None, None)]
    assert Minimised("nodes", "small_number") in made.left_out
    # the same places once they were told: a record that lost them would name the day on which the number fell
    (source,) = routes_of(work, network.digest)
    many = make_records(work, network, json.loads(network.description), FRAME, first)
    held = cases.publication(work, many.records[source])
    later = {**first, source: {"id": held.record.id, "version": 2, "supersedes": held.digest}}
    again = make_records(work, network, few, FRAME, later)
    assert places(again) == places(many) == [("CO", "CO-NAR", None), ("PE", None, "PELIM")]
    assert again.left_out == (Minimised("victims", "waits", work.now() + 86400),)
    row = work.session.exec(select(CaseRouteNode).where(CaseRouteNode.position == 0)).one()
    row.node = '{"kind":"origin","country":"CO","subdivision":"CO-CAU"}'
    assert places(make_records(work, network, few, FRAME, later)) == [("CO", None, None), ("PE", None, "PELIM")]
    work.session.get_one(WaitingChange, (network.digest, "count")).due = work.now()
    assert places(make_records(work, network, few, FRAME, later)) == [("CO", None, None), ("PE", None, None)]


def test_a_combination_that_points_at_somebody_stops_the_record(work: Work, cases: Cases) -> None:
    network = cases.network(work, route=True)
    rows = work.session.exec(select(CaseRouteNode).where(CaseRouteNode.position == 1)).all()
    for row in rows:
        row.node = '{"kind":"exploitation","country":"PE","subdivision":"PE-LIM"}'
    rare = {"victims": {"count": "lt11"}, "sectors": ["mining"], "first_activity": "2026-07"}
    with pytest.raises(NotMinimal) as caught:
        records_of(work, network, **rare)
    assert (caught.value.reason, caught.value.facts) == ("rare_combination", {"field": "network.sectors"})
    wider: list[dict[str, Any]] = [{"sectors": []}, {"first_activity": "2026-05"}, {"victims": {"count": "v11_25"}}]
    for enough in wider:
        assert records_of(work, network, **{**rare, **enough})
    for told, known in (("v11_25", "lt11"), ("lt11", "v11_25")):  # one of the two is enough
        work.session.merge(WaitingChange(network=network.digest, aspect="count", told=f'"{told}"', due=work.now() + 86400))
        work.session.flush()
        with pytest.raises(NotMinimal):
            records_of(work, network, **{**rare, "victims": {"count": known}})


@pytest.mark.parametrize(
    ("count", "means", "published"),
    [
        ("lt11", ["deception", "not_required_minor"], ("deception",)),
        ("unknown", ["not_required_minor"], ("not_established",)),
        ("lt11", ["deception"], ("deception",)),
        ("v11_25", ["deception", "not_required_minor"], ("deception", "not_required_minor")),
    ],
)
def test_below_eleven_victims_no_means_says_that_a_child_was_among_them(
    work: Work, cases: Cases, count: str, means: list[str], published: tuple[str, ...]
) -> None:
    for record in records_of(work, cases.network(work), victims={"count": count}, means=means).values():
        assert isinstance(record, Network | ModusOperandi)
        assert record.means == published


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("victims", {"count": "7"}),
        ("victims", {"count": "v11_25", "ages": ["17"]}),
        ("victims", {"count": "v11_25", "name": NAME}),
        ("first_activity", BIRTH_DATE),
        ("acts", [NAME]),
        ("structure", NAME),
        ("grading", {"source": "B", "information": "2", "remark": NAME}),
    ],
)
def test_what_is_not_a_code_band_or_month_stops_the_record_and_is_not_repeated(
    work: Work, cases: Cases, field: str, value: object
) -> None:
    with pytest.raises(NotMinimal) as caught:
        records_of(work, cases.network(work), **{field: value})
    assert str(caught.value.facts["field"]).startswith(f"network.{field}")
    told = f"{caught.value} {caught.value.facts} {caught.value.__cause__}"
    assert NAME not in told
    assert BIRTH_DATE not in told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(extra=st.dictionaries(st.text(min_size=1, max_size=12), st.just(NAME), min_size=1, max_size=4))
def test_a_description_with_other_fields_yields_the_same_records_without_them(
    work: Work, keys: Keys, extra: dict[str, str]
) -> None:
    unknown = {name: value for name, value in extra.items() if name not in FIELD_GROUNDS}
    network = CaseNetwork(digest=keys.digest("network", b"none"), reference_sealed=b"", description=DESCRIPTION, changed=0)
    for record in records_of(work, network, **unknown).values():
        assert NAME.encode() not in canonical(record)


def test_no_reference_name_or_identifier_is_in_any_record(work: Work, cases: Cases) -> None:
    network = cases.network(work, route=True)
    cases.subject(work, network, identifiers=(*OF_EVERY_KIND, phone()))
    printed = b"".join(canonical(record) for record in records_of(work, network).values())
    for planted in (REFERENCE, NAME, BIRTH_DATE, PHONE, network.digest, PHONE.encode().hex()):
        assert planted.encode() not in printed


# The last look


@pytest.mark.parametrize("record", [invented_network(), withdrawal()])
def test_the_bytes_of_a_record_are_read_back_as_it(record: Record) -> None:
    assert check_record(canonical(record)) == record


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"kind":"person"}', canonical(invented_network())[:-1]])
def test_other_bytes_are_no_record(payload: bytes) -> None:
    with pytest.raises(NotMinimal):
        check_record(payload)
