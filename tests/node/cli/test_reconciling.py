"""`celosia audit reconcile`, from the command line. What the node says: `tests/node/flows/test_reconcile.py`."""

import json
from typing import get_args

import pytest

from node.cli.render import moment
from node.flows.show_federation import UnknownPeer
from node.inbound.national.audit_models import BreachShown, DifferenceShown, EnteredShown, ReconciliationShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

X, LOG = "5c" * 16, "celosia/PE/log/0f0f0f0f"
ROUTE = "POST /v1/audit/reconciliations/PE"
OURS = {"kind": "question_asked", "at": invented.SINCE, "log": "celosia/CO/log/0f0f0f0f", "seq": 4}
THEIRS = {"kind": "question_received", "at": invented.SINCE, "log": LOG, "seq": 7}
CAUSES = get_args(DifferenceShown.model_fields["cause"].annotation)
BREACHES = get_args(BreachShown.model_fields["code"].annotation)


def compared(**changes: object) -> ReconciliationShown:
    fields = {
        **{"peer": "PE", "agrees": True, "log": LOG, "reached": 118, "tried": invented.SINCE, "compared": invented.SINCE},
        **{"error": None, "newest": invented.SINCE, "agreed": 118, "under_way": 0, "differences": [], "differences_in_all": 0},
        **{"noted": [], "noted_in_all": 0, "breaches": [], "forked": False, "unwitnessed": None},
    }
    return ReconciliationShown.model_validate(fields | changes)


def difference(cause: str, *, ours: bool = True, theirs: bool = True) -> DifferenceShown:
    sides = {"ours": EnteredShown.model_validate(OURS) if ours else None}
    sides |= {"theirs": EnteredShown.model_validate(THEIRS) if theirs else None}
    return DifferenceShown.model_validate({"cause": cause, "x": X, "since": invented.SINCE, **sides})


def breach(code: str) -> BreachShown:
    fields = {"code": code, "log": LOG, "seq": 9, "exchange": X, "first": invented.SINCE, "last": invented.SINCE, "count": 3}
    return BreachShown.model_validate(fields)


@pytest.mark.parametrize("language", Language)
def test_that_both_logs_agree_is_the_first_line(celosia: Program, node: Node, language: Language) -> None:
    node.says(ROUTE, compared(under_way=2))
    result = celosia("audit", "reconcile", "pe", "--lang", language.value, COLUMNS="300")
    assert result.code == 0
    first, second, third = result.out.splitlines()
    assert "(PE)" in first and "118" in first
    assert LOG in second
    assert third == say(language, "cli.reconcile.under_way", count=2)


@pytest.mark.parametrize("language", Language)
def test_every_difference_is_told_with_both_sides_its_cause_and_what_to_do(
    celosia: Program, node: Node, language: Language
) -> None:
    found = [difference(cause, theirs=cause != "unanswered") for cause in CAUSES]
    told = compared(agrees=False, differences=found[:4], differences_in_all=9, noted=found[4:], noted_in_all=5)
    node.says(ROUTE, told.model_copy(update={"breaches": [breach(code) for code in BREACHES]}))
    result = celosia("audit", "reconcile", "PE", "--lang", language.value, COLUMNS="900")
    assert result.code == 1
    assert result.text.count(X) == len(CAUSES) + len(BREACHES)
    for cause in CAUSES:
        assert say(language, f"reconcile.cause.{cause}.what") in result.text
        assert say(language, f"reconcile.cause.{cause}.next") in result.text
    for code in BREACHES:
        assert say(language, f"reconcile.breach.{code}") in result.text
    for key in ("breach_next", "noted"):
        assert say(language, f"cli.reconcile.{key}") in result.text
    assert say(language, "cli.reconcile.more", count=5) in result.text
    assert say(language, "log.kind.question_received") in result.text


@pytest.mark.parametrize("language", Language)
def test_a_log_that_shows_others_something_else_is_named_with_what_to_do(
    celosia: Program, node: Node, language: Language
) -> None:
    node.says(ROUTE, compared(agrees=False, forked=True, unwitnessed=invented.SINCE))
    result = celosia("audit", "reconcile", "PE", "--lang", language.value, COLUMNS="900")
    assert result.code == 1
    for key in ("forked.what", "forked.next", "unwitnessed.next"):
        assert say(language, f"reconcile.log.{key}") in result.text
    assert say(language, "reconcile.log.unwitnessed.what", since=moment(invented.SINCE)) in result.text


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"compared": None, "log": None, "newest": None, "error": "unreachable"}, ("failed", "never")),
        ({"error": "too_slow"}, ("failed", "agrees")),
        ({"tried": invented.SINCE + 60}, ("unfinished",)),
        ({"compared": None}, ("unfinished",)),
        ({"breaches": [breach("gap")]}, ("differs",)),
        ({"forked": True}, ("differs",)),
        ({"unwitnessed": invented.SINCE}, ("agrees",)),
    ],
)
def test_what_could_not_be_compared_is_said_and_is_no_success(
    celosia: Program, node: Node, changes: dict[str, object], keys: tuple[str, ...]
) -> None:
    node.says(ROUTE, compared(agrees=False, **changes))
    result = celosia("audit", "reconcile", "PE", "--lang", "en", COLUMNS="900")
    assert result.code == 1
    beginnings = {
        "failed": "It could not be asked (",
        "never": "could not be compared yet",
        "agrees": "both logs agree",
        "unfinished": "not read to its end yet",
        "differs": "the logs do NOT agree",
    }
    assert [key for key, words in beginnings.items() if words in result.text] == list(keys)


def test_a_program_gets_all_of_it(celosia: Program, node: Node) -> None:
    node.says(ROUTE, compared(agrees=False, differences=[difference("differs")], differences_in_all=1))
    result = celosia("audit", "reconcile", "PE", "--json")
    assert result.code == 1
    assert json.loads(result.out)["differences"][0]["theirs"]["seq"] == 7


def test_who_is_no_member_has_no_log_to_compare_with(celosia: Program, node: Node) -> None:
    node.says(ROUTE, UnknownPeer())
    assert celosia("audit", "reconcile", "PE").code == 1
    assert celosia("audit", "reconcile", "Peru").code == 2
