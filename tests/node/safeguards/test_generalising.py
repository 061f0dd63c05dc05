"""Few victims: codes and places are said more generally. The tables are written by hand; everybody in them is invented."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.safeguards.errors import NotMinimal
from node.safeguards.generalising import (
    HINTS_AT_MINORS,
    check_rare,
    check_terms,
    general_place,
    hints_in,
    in_general,
    is_small,
    without_hints,
)
from protocol.record import Network, Route, RouteNode
from protocol.vocabulary import RouteNodeKind, VictimCountBand, code_lists
from tests.node.conftest import DESCRIPTION
from tests.protocol.records import network, route

LISTS = {
    **{"means": "means", "purposes": "purpose", "recruitment": "recruitment_method"},
    **{"control": "control_method", "offences": "offence"},
}
# Codes whose own words name a child, in any list that a record carries: read by a person in vocabulary.json.
ABOUT_CHILDREN = {
    "not_required_minor",
    "child_labour",
    "illegal_adoption",
    "online_grooming",
    "uses_children",
    "child_sexual_exploitation",
    "csam",
}
COUNTRY, REGION, AS_IT_IS = (None, None), ("PE-LIM", None), ("PE-LIM", "PELIM")
FINEST: dict[str, tuple[str | None, str | None]] = {
    **dict.fromkeys(("origin", "recruitment", "assembly", "unknown"), COUNTRY),
    **dict.fromkeys(("safe_house", "destination", "exploitation", "rotation"), REGION),
    **dict.fromkeys(("transit", "border", "document_point", "financial_node"), AS_IT_IS),
}


def test_only_fewer_than_eleven_and_nobody_knows_are_small() -> None:
    assert {band for band in VictimCountBand.all() if is_small(band)} == {"lt11", "unknown"}


def test_every_code_whose_words_name_a_child_is_said_more_generally() -> None:
    in_words = {
        code
        for name, listed in code_lists().items()
        if name in {*LISTS.values(), "act", "sector", "venue", "document_fraud", "money_movement", "platform_kind"}
        for code, entry in listed.items()
        if any(word in str(entry["en"]).lower() for word in ("child", "minor", "under 18", "adoption"))
    }
    assert in_words == ABOUT_CHILDREN
    assert {code for hints in HINTS_AT_MINORS.values() for code in hints} == ABOUT_CHILDREN


def test_what_is_said_instead_is_a_code_of_the_same_list_and_no_hint_itself() -> None:
    for name, hints in HINTS_AT_MINORS.items():
        for instead in hints.values():
            assert instead is None or (instead in code_lists()[LISTS[name]] and instead not in hints)


@given(st.lists(st.sampled_from(sorted(code_lists()["offence"])), unique=True).map(sorted))
def test_no_hint_is_left_and_no_other_code_is_lost(codes: list[str]) -> None:
    hints = set(HINTS_AT_MINORS["offences"])
    assert without_hints("offences", codes) == [code for code in codes if code not in hints]
    assert set(in_general("offences", [code for code in codes if code in hints])) <= {"sexual_exploitation", "tip_other"}
    assert in_general("means", ["not_required_minor"]) == []


def test_hints_are_found_by_field() -> None:
    description = {**json.loads(DESCRIPTION), "purposes": ["child_labour", "forced_labour"], "control": ["threats"]}
    assert hints_in(description) == {"purposes": ["child_labour"]}


@pytest.mark.parametrize("kind", RouteNodeKind.all())
def test_of_each_place_no_more_is_said_than_the_table_has(kind: str) -> None:
    node = RouteNode(kind=RouteNodeKind(kind), country="PE", subdivision="PE-LIM", locode="PELIM")
    said = general_place(node)
    assert (said.subdivision, said.locode) == FINEST[kind]
    assert (said.kind, said.country) == (kind, "PE")


def few(**changes: Any) -> Network:
    fields = {
        **{"victims": {"count": "lt11"}, "sectors": ["mining"], "venues": []},
        **{"first_activity": "2026-07", "last_activity": "2026-08"},
    }
    return Network.model_validate_json(json.dumps({**network().model_dump(mode="json", exclude_none=True), **fields, **changes}))


def through(subdivision: str | None, kind: str = "exploitation") -> Route:
    nodes = [{"kind": "transit", "country": "CO"}, {"kind": kind, "country": "PE", "subdivision": subdivision}]
    return Route.model_validate_json(json.dumps({**route().model_dump(mode="json", exclude_none=True), "nodes": nodes}))


@pytest.mark.parametrize(
    ("changes", "field"), [({}, "network.sectors"), ({"sectors": [], "venues": ["mine_site"]}, "network.venues")]
)
def test_few_victims_a_trade_a_region_and_a_few_months_stop_the_record(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotMinimal) as caught:
        check_rare(few(**changes), [through("PE-LIM")], small=True)
    assert (caught.value.reason, caught.value.facts) == ("rare_combination", {"field": field})


@pytest.mark.parametrize(
    ("described", "subdivision", "kind"),
    [
        (few(sectors=["other", "unknown"]), "PE-LIM", "exploitation"),
        (few(first_activity="2026-05"), "PE-LIM", "exploitation"),
        (few(first_activity="2024-08"), "PE-LIM", "exploitation"),
        (few(), None, "exploitation"),
        (few(), "PE-LIM", "border"),
    ],
)
def test_any_one_of_them_said_more_widely_lets_the_rest_go(described: Network, subdivision: str | None, kind: str) -> None:
    check_rare(described, [through(subdivision, kind)], small=True)


def test_of_many_victims_a_trade_a_region_and_a_few_months_may_be_told() -> None:
    check_rare(few(), [through("PE-LIM")], small=False)


def test_few_months_are_counted_over_the_turn_of_the_year() -> None:
    with pytest.raises(NotMinimal):
        check_rare(few(first_activity="2025-12", last_activity="2026-02"), [through("PE-LIM")], small=True)
    check_rare(few(first_activity="2025-12", last_activity="2026-03"), [through("PE-LIM")], small=True)


def test_red_goes_to_named_recipients_only_and_nothing_past_its_review_goes_to_anybody() -> None:
    described = {**json.loads(DESCRIPTION), "tlp": "red"}
    day = date(2027, 9, 21)
    check_terms(described, to_all=False, today=day)
    with pytest.raises(NotMinimal) as red:
        check_terms(described, to_all=True, today=day)
    with pytest.raises(NotMinimal) as past:
        check_terms(described, to_all=False, today=date(2027, 9, 22))
    assert (red.value.reason, past.value.reason) == ("red_to_all", "review_past")
