"""What is said more generally, or not at all, while fewer than eleven victims of a network are known, or told (ADR 50).

A code or a place that is harmless for a hundred people can point at one of three. No data are counted here: the rules look at one
record's own content, so that two officers can foresee them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from node.safeguards.errors import NotMinimal
from protocol.record import Network, Route, RouteNode

HINTS_AT_MINORS: Mapping[str, Mapping[str, str | None]] = {
    "means": {"not_required_minor": None},
    "purposes": {"child_labour": "forced_labour", "illegal_adoption": "other"},
    "recruitment": {"online_grooming": "online_hunting"},
    "control": {"uses_children": "other"},
    "offences": {
        "child_sexual_exploitation": "sexual_exploitation",
        "csam": "sexual_exploitation",
        "illegal_adoption": "tip_other",
    },
}
"""Codes that say that a child is concerned, with what is said instead: the code of which it is a part, or nothing."""

_VICTIMS_FROM = frozenset({"origin", "recruitment", "assembly", "unknown"})
"""Where victims come from: below eleven no finer than the country, as the vocabulary's note on `victim_count_band` has it."""
_VICTIMS_AT = frozenset({"safe_house", "destination", "exploitation", "rotation"})
"""Where the network holds and exploits people: the subdivision stays, so that an investigator knows whom to call there."""

_NO_MATTER = frozenset({"other", "unknown"})
SHORT_SPAN_MONTHS = 3
"""Activity within so few months is one case, not a practice."""


def is_small(count: str) -> bool:
    """Whether a band of victims stands for fewer than eleven, or for nobody knows how many."""
    return count in ("lt11", "unknown")


def hints_in(description: Mapping[str, Any]) -> dict[str, list[str]]:
    """The codes of a description that say that a child is concerned, by field."""
    found = {name: [code for code in description.get(name, ()) if code in hints] for name, hints in HINTS_AT_MINORS.items()}
    return {name: codes for name, codes in found.items() if codes}


def without_hints(field: str, codes: Sequence[str]) -> list[str]:
    """The codes of a field that say nothing of a child."""
    return [code for code in codes if code not in HINTS_AT_MINORS[field]]


def in_general(field: str, hints: Sequence[str]) -> list[str]:
    """What is said instead of codes that hint at minors."""
    return sorted({instead for code in hints if (instead := HINTS_AT_MINORS[field][code]) is not None})


def general_place(node: RouteNode) -> RouteNode:
    """A place of a route as it may be said of fewer than eleven victims."""
    if node.kind in _VICTIMS_FROM:
        return node.model_copy(update={"subdivision": None, "locode": None})
    if node.kind in _VICTIMS_AT:
        return node.model_copy(update={"locode": None})
    return node  # borders, offices and banks are the network's own places


def check_rare(network: Network, routes: Collection[Route], *, small: bool) -> None:
    """Raise `NotMinimal` for a combination that would point at somebody: few victims, a trade, a region and a few months.

    The records as they would leave; `small`: few victims are known, or told. Any one of trade, region and span left out, or said
    more widely, is enough.
    """
    if not small or _months_between(network) >= SHORT_SPAN_MONTHS:
        return
    trade = next((name for name in ("sectors", "venues") if set(getattr(network, name)) - _NO_MATTER), None)
    if trade is not None and any(node.kind in _VICTIMS_AT and node.subdivision for route in routes for node in route.nodes):
        raise NotMinimal("rare_combination", field=f"network.{trade}")


def check_terms(description: Mapping[str, Any], *, to_all: bool, today: date) -> None:
    """Raise `NotMinimal` for what nobody may propose: TLP red to all members, or a review date that is over."""
    if description["tlp"] == "red" and to_all:
        raise NotMinimal("red_to_all", field="network.tlp")
    if date.fromisoformat(description["review"]) < today:
        raise NotMinimal("review_past", field="network.review")


def _months_between(network: Network) -> int:
    first, last = (date.fromisoformat(f"{month}-01") for month in (network.first_activity, network.last_activity))
    return (last.year - first.year) * 12 + last.month - first.month
