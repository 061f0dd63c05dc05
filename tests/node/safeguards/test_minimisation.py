"""Minimisation: what of a case may leave. The tables are written by hand, so that the code has to agree with a reader of them."""

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select

from node.keys import Keys
from node.safeguards import minimisation, protected
from node.safeguards.errors import NotMinimal
from node.safeguards.grounds import FIELD_GROUNDS
from node.safeguards.minimisation import Frame, Listing, Made, check_record, cleared, listing, make_records, routes_of
from node.safeguards.small_numbers import Minimised
from node.store.database import Work
from node.store.tables import CaseNetwork, CaseRouteNode, WaitingChange
from protocol.identifiers import Identifier, Kind
from protocol.record import ModusOperandi, Network, Record, Route, Withdrawal
from protocol.vocabulary import NetworkRole, SubjectCategory, VictimScreening
from protocol.wire import canonical
from tests.node.conftest import BIRTH_DATE, DESCRIPTION, NAME, PHONE, REFERENCE, Cases, phone
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named
from tests.protocol.records import network as invented_network
from tests.protocol.records import withdrawal

FRAME = Frame("CO", "cp-1", ())

OF_A_PERSON = "passport national_id tax_id_person"
OF_A_USER = "phone iban cbu clabe pix_key account_other payment_card crypto_address imei imsi mac email social_handle"
OF_A_THING = "tax_id_company domain url ip vehicle_plate vin imo aircraft_reg container"

ALL, NO_DOCUMENTS, NOTHING = {"person", "user", "thing"}, {"user", "thing"}, set[str]()

# What may be listed of a subject by category and screening, its user and registrant screened and its role publishable.
MAY_BE_LISTED: dict[str, dict[str, set[str]]] = {
    "suspect": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "charged": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "convicted": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "legal_person": {
        "done_no_indicator": NO_DOCUMENTS,
        "pending": NO_DOCUMENTS,
        "not_applicable": NO_DOCUMENTS,
        "done_indicator": NOTHING,
    },
    "thing": {
        "done_no_indicator": NO_DOCUMENTS,
        "pending": NO_DOCUMENTS,
        "not_applicable": NO_DOCUMENTS,
        "done_indicator": NOTHING,
    },
    "victim": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "presumed_victim": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "dual_status": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "witness": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "relative": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
}

# What may be listed of a cleared suspect, and of a thing, by the worse of the screenings of user and registrant.
BY_USER: dict[str | None, tuple[set[str], set[str]]] = {
    "done_no_indicator": (ALL, NO_DOCUMENTS),
    "not_applicable": (ALL, NO_DOCUMENTS),
    None: ({"thing"}, {"thing"}),
    "pending": (NOTHING, {"thing"}),
    "done_indicator": (NOTHING, NOTHING),
}


def kinds_of(groups: set[str]) -> set[str]:
    words = {"person": OF_A_PERSON, "user": OF_A_USER, "thing": OF_A_THING}
    return {kind for group in groups for kind in words[group].split()}


def one_of_each(label: str) -> tuple[Identifier, ...]:
    """An identifier of every kind, nobody's, other ones for each label."""
    return tuple(Identifier(kind, "1", f"{kind.value} {label}") for kind in Kind)


def test_the_tables_name_every_category_screening_and_kind() -> None:
    assert set(MAY_BE_LISTED) == set(SubjectCategory.all())
    assert all(set(row) == set(VictimScreening.all()) for row in MAY_BE_LISTED.values())
    assert set(BY_USER) == {*VictimScreening.all(), None}
    assert kinds_of(ALL) == {kind.value for kind in Kind}
    assert len(f"{OF_A_PERSON} {OF_A_USER} {OF_A_THING}".split()) == len(Kind)


@pytest.mark.parametrize("category", MAY_BE_LISTED)
def test_of_each_category_screening_and_role_exactly_what_the_table_says_may_be_listed(
    work: Work, keys: Keys, cases: Cases, category: str
) -> None:
    for (screening, groups), role in product(MAY_BE_LISTED[category].items(), [None, *NetworkRole.all()]):
        label = f"{screening} {role}"
        network = cases.network(work, label)
        cases.subject(work, network, label, category=category, role=role, screening=screening, identifiers=one_of_each(label))
        listed = listing(work, keys, network.digest)
        expected = set() if role == "coerced_participant" else kinds_of(groups)
        assert set(listed.kinds) == expected, (category, screening, role)
        assert len(listed.entries) == len(expected)
        assert sum(listed.withheld.values()) == len(Kind) - len(expected)


@pytest.mark.parametrize(("user", "registrant"), list(product(BY_USER, repeat=2)))
def test_the_actual_user_and_the_registrant_count_for_suspects_and_things_alike(
    work: Work, keys: Keys, cases: Cases, user: str | None, registrant: str | None
) -> None:
    of_suspect = set.intersection(*(BY_USER[each][0] for each in (user, registrant)))
    of_thing = set.intersection(*(BY_USER[each][1] for each in (user, registrant)))
    for category, groups in (("suspect", of_suspect), ("thing", of_thing), ("legal_person", of_thing)):
        network = cases.network(work, category)
        cases.subject(
            work, network, category, category=category, user=user, registrant=registrant, identifiers=one_of_each(category)
        )
        assert set(listing(work, keys, network.digest).kinds) == kinds_of(groups), category


def test_a_number_that_somebody_uncleared_bears_too_is_not_listed_for_anybody(work: Work, keys: Keys, cases: Cases) -> None:
    ours, elsewhere = cases.network(work, "ours"), cases.network(work, "elsewhere")
    cases.subject(work, ours, "cleared", identifiers=(phone(),))
    assert listing(work, keys, ours.digest).kinds == {"phone": 1}
    cases.subject(work, elsewhere, "not cleared", screening="pending", identifiers=(phone(),))
    assert listing(work, keys, ours.digest).kinds == {}
    assert listing(work, keys, ours.digest).withheld == {"screening": 1}


def test_a_number_that_a_protected_person_bears_is_not_listed_for_anybody(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(), phone("+573005550199")))
    assert listing(work, keys, network.digest).kinds == {"phone": 2}
    protected.protect(work, keys, protected.guarded(keys, [phone().oprf_input()]))
    listed = listing(work, keys, network.digest)
    assert (listed.kinds, listed.withheld) == ({"phone": 1}, {"review": 1})  # the word of any hold: rule 2
    assert keys.digest("identifier", phone().oprf_input()) not in {entry.digest for entry in listed.entries}


def test_a_value_that_stands_for_anybody_is_not_listed_and_a_listed_one_is_not_cleared_any_more(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network, hotline = cases.network(work), phone("+18005550199")
    cases.subject(work, network, identifiers=(phone(), hotline))
    listed = listing(work, keys, network.digest)
    assert (listed.kinds, listed.withheld) == ({"phone": 1}, {"too_common": 1})
    digest = keys.digest("identifier", hotline.oprf_input())
    assert cleared(work, keys, network.digest, [digest]) == set()


def test_one_number_of_two_cleared_subjects_is_listed_once_in_their_record(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    first, _ = (cases.subject(work, network, name, identifiers=(phone(),)).digest for name in ("one", "other"))
    assert [entry.subject for entry in listing(work, keys, network.digest).entries] == [first]


def test_a_listing_is_cut_to_what_was_proposed(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(), phone("+573005550199")))
    proposed = keys.digest("identifier", phone().oprf_input())
    cut = listing(work, keys, network.digest).only([proposed])
    assert ([entry.digest for entry in cut.entries], cut.kinds) == ([proposed], {"phone": 1})


# People

SISTERS = Named("Rosa", "Quispe Ñahuí", "1990-05-12"), Named("Elena", "Quispe Ñahuí", "1990-05-12")
"""Twins: their keys of surname and birth date are equal."""


def people(listed: Listing) -> set[str | None]:
    return {entry.bearer for entry in listed.entries}


def test_a_person_is_counted_once_however_many_keys_there_are(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, identifiers=(phone(),), named=LUCIA)
    listed = listing(work, keys, network.digest)
    assert listed.kinds == {"phone": 1, "name_dob": 1}
    assert {entry.digest for entry in listed.of("name_keys").entries} == {
        keys.digest("identifier", value) for value in LUCIA.inputs
    }
    assert people(listed.of("name_keys")) == {subject.digest}
    assert [entry.kind for entry in listed.of("identifiers").entries] == ["phone"]
    subject.screening = "pending"
    work.session.add(subject)
    work.session.flush()
    held = listing(work, keys, network.digest)
    assert (held.entries, held.withheld) == ((), {"screening": 2})  # the phone, and the person once


@pytest.mark.parametrize("category", MAY_BE_LISTED)
def test_a_name_is_listed_where_a_document_of_the_person_would_be(work: Work, keys: Keys, cases: Cases, category: str) -> None:
    for screening, groups in MAY_BE_LISTED[category].items():
        network = cases.network(work, screening)
        named = Named("Lucía", f"Quispe {screening.replace('_', '')}", "1990-05-12")  # nobody's neighbour
        cases.subject(work, network, screening, category=category, screening=screening, role=None, named=named)
        expected = {"name_dob": 1} if "person" in groups else {}
        assert listing(work, keys, network.digest).kinds == expected, (category, screening)


def test_two_people_with_an_equal_key_are_both_listed_under_it(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    bearers = {cases.subject(work, network, each.given, named=each).digest for each in SISTERS}
    listed = listing(work, keys, network.digest)
    assert listed.kinds == {"name_dob": 2}
    assert len(listed.entries) == sum(len(each.keys) for each in SISTERS)
    equal = {keys.digest("identifier", value) for value in set(SISTERS[0].inputs) & set(SISTERS[1].inputs)}
    assert len(equal) >= 2
    assert all({each.bearer for each in listed.entries if each.digest == digest} == bearers for digest in equal)


def test_what_was_proposed_of_one_person_lets_no_equal_key_of_another_through(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    rosa = cases.subject(work, network, "rosa", named=SISTERS[0]).digest
    proposed = [entry.proposed_as for entry in listing(work, keys, network.digest).entries]
    cases.subject(work, network, "elena", named=SISTERS[1])
    cut = listing(work, keys, network.digest).only(proposed)
    assert (people(cut), cut.kinds) == ({rosa}, {"name_dob": 1})


@pytest.mark.parametrize(
    "other",
    [{"screening": "pending"}, {"screening": "done_indicator"}, {"category": "dual_status"}, {"role": "coerced_participant"}],
)
def test_somebody_who_stands_uncleared_under_another_reference_and_spelling_is_held_back(
    work: Work, keys: Keys, cases: Cases, other: dict[str, Any]
) -> None:
    ours, elsewhere = cases.network(work, "ours"), cases.network(work, "elsewhere")
    subject = cases.subject(work, ours, "cleared", named=LUCIA).digest
    names = [keys.digest("identifier", value) for value in LUCIA.inputs]
    assert minimisation.cleared(work, keys, ours.digest, names) == {(each, subject) for each in names}
    cases.subject(work, elsewhere, "not cleared", named=LUCIA_ELSEWHERE, **other)
    assert (listing(work, keys, ours.digest).kinds, listing(work, keys, ours.digest).withheld) == ({}, {"screening": 1})
    assert minimisation.cleared(work, keys, ours.digest, names) == set()


def test_an_uncleared_namesake_born_on_another_day_holds_nobody_back(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, "cleared", named=LUCIA).digest
    cases.subject(work, network, "namesake", named=NAMESAKE, screening="pending")
    assert people(listing(work, keys, network.digest)) == {subject}


def test_a_cleared_person_who_stands_twice_is_listed_twice(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    both = {cases.subject(work, network, label, named=each).digest for label, each in (("a", LUCIA), ("b", LUCIA_ELSEWHERE))}
    assert people(listing(work, keys, network.digest)) == both


def test_a_suspect_whom_a_protected_person_may_be_is_held_back_in_the_word_of_any_hold(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network = cases.network(work)
    cases.subject(work, network, named=LUCIA_ELSEWHERE)
    protected.protect(work, keys, protected.guarded(keys, [], [NAMESAKE.inputs]))
    assert listing(work, keys, network.digest).kinds == {"name_dob": 1}
    protected.protect(work, keys, protected.guarded(keys, [], [LUCIA.inputs]))
    held = listing(work, keys, network.digest)
    assert (held.kinds, held.withheld) == ({}, {"review": 1})


# Records


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
    cases.subject(work, network, identifiers=(*one_of_each(REFERENCE), phone()))
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
