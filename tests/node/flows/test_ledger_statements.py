"""Every type of message has its part in the ledger, every statement its words, and no figure is a guess."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.flows import ledger_statements, tell_ledger
from node.flows.ledger_statements import TELLERS, Known, Statement, Told
from node.language import catalogue
from protocol.limits import BATCH_LARGEST
from protocol.matching import padded_size
from protocol.messages import (
    ANSWERS,
    REPLIES,
    REQUESTS,
    Body,
    Counterparts,
    CounterpartsWanted,
    ErasureConfirmation,
    ErasureReceipt,
    ErasureRequest,
    KeyRevocation,
    Manifests,
    ManifestsWanted,
    ManifestWanted,
    MatchAnswer,
    MatchReceipt,
    MatchRefusal,
    MatchRequest,
    OpeningReceipt,
    OpeningTold,
    RecordDelivery,
    RecordReceipt,
    Records,
    RecordsWanted,
    RevocationReceipt,
)
from protocol.vocabulary import Language, LegalBasis, MatchOutcome, Offence, RequestPurpose, Urgency
from tests.protocol.federation import PE
from tests.protocol.records import network, withdrawal

X, DIGEST = "0f" * 16, "e" * 64


def question(size: int = 16, **changes: Any) -> MatchRequest:
    content: dict[str, Any] = {
        **{"list": X, "epoch": 3, "manifest": DIGEST, "purpose": RequestPurpose("investigate_network")},
        **{"basis": LegalBasis("untoc_police"), "offence": Offence("tip"), "urgency": Urgency("routine_7d")},
        **{"officer": bytes(16), "case": bytes(32), "attested": True, "commitment": bytes(32), "elements": bytes(32 * size)},
    }
    return MatchRequest.model_validate(content | changes)


REQUEST: dict[str, Body] = {
    "match_request": question(),
    "record_delivery": RecordDelivery(record=b"a record"),
    "manifests_wanted": ManifestsWanted(),
    "manifest_wanted": ManifestWanted(authority=PE, list=X, epoch=1, position=2),
    "records_wanted": RecordsWanted(authority=PE),
    "key_revocation": KeyRevocation(role=b"role", entry=b"entry"),
    "counterparts_wanted": CounterpartsWanted(),
    "erasure_request": ErasureRequest(exchange=X, began="sender", request=DIGEST),
    "opening_told": OpeningTold(exchange=X, request=DIGEST, opened=1_790_000_000, found="as_committed"),
}
REPLY: dict[str, list[Body]] = {
    "record_receipt": [
        RecordReceipt(digest=DIGEST, outcome="accepted"),
        RecordReceipt(digest=DIGEST, outcome="quarantined", reason="not_newer"),
    ],
    "manifests": [Manifests(manifests=(b"one", b"two"), more=False)],
    "records": [Records(records=(b"one",), more=False)],
    "counterparts": [Counterparts(more=False)],
    "match_receipt": [MatchReceipt(size=16)],
    "match_answer": [MatchAnswer(elements=bytes(512), proof=bytes(64))],
    "match_refusal": [MatchRefusal(outcome=MatchOutcome(code)) for code in ("declined", "refused_purpose")],
    "revocation_receipt": [
        RevocationReceipt.model_validate({"digest": DIGEST, "outcome": outcome})
        for outcome in get_args(RevocationReceipt.model_fields["outcome"].annotation)
    ],
    "erasure_receipt": [
        ErasureReceipt.model_validate({"request": DIGEST, "outcome": outcome})
        for outcome in get_args(ErasureReceipt.model_fields["outcome"].annotation)
    ],
    "opening_receipt": [
        OpeningReceipt.model_validate({"request": DIGEST, "outcome": outcome})
        for outcome in get_args(OpeningReceipt.model_fields["outcome"].annotation)
    ],
    "erasure_confirmation": [ErasureConfirmation(request=DIGEST, erased=1_790_000_000)],
}


def all_told() -> Iterator[Told]:
    """Of every type and direction, with every reply that it may have, and without."""
    for (type_, _), teller in TELLERS.items():
        request = REQUEST[type_]
        replies = [reply for answer in ANSWERS[type(request)] for reply in REPLY[answer.type]]
        for reply in ((), *((each,) for each in replies)):
            yield teller(Known(request, tuple(reply)))
        for record in (network(), withdrawal(), None):
            yield teller(Known(request, tuple(replies[:1]), record=record))
        answered = (REPLY["match_receipt"][0], REPLY["match_answer"][0])
        if isinstance(request, MatchRequest):
            full = question(cites=X)
            for people in (True, False):
                yield teller(Known(full, answered, 3, 1, list_size=40, people=people, daily=64, cap=160))
            yield teller(Known(full, answered, 3, void=True))


def statements(told: Told) -> list[Statement]:
    return [*told.we_learnt, *told.they_learnt, *told.we_may_infer, *told.they_may_infer]


def test_every_type_of_request_is_told_from_both_sides() -> None:
    assert TELLERS.keys() == {(type_, direction) for type_ in REQUESTS for direction in ("in", "out")}
    assert REQUEST.keys() == REQUESTS.keys()
    assert REPLY.keys() == REPLIES.keys()


@pytest.mark.parametrize(("type_", "direction"), TELLERS)
def test_both_sides_learn_something_and_something_can_be_inferred(type_: str, direction: str) -> None:
    request = REQUEST[type_]
    told = TELLERS[type_, direction](Known(request, (REPLY[ANSWERS[type(request)][-1].type][0],)))
    assert told.we_learnt
    assert told.they_learnt
    assert told.we_may_infer or told.they_may_infer


@pytest.mark.parametrize("reply", [each for replies in REPLY.values() for each in replies], ids=lambda each: each.type)
def test_every_reply_makes_a_difference(reply: Body) -> None:
    asked = [REQUEST[type_] for type_, body in REQUESTS.items() if type(reply) in ANSWERS[body]]
    for request in asked:
        told = {direction: TELLERS[request.type, direction](Known(request, (reply,))) for direction in ("in", "out")}
        silent = {direction: TELLERS[request.type, direction](Known(request, ())) for direction in ("in", "out")}
        assert told != silent or isinstance(request, ManifestWanted)  # of that one, what came is kept as evidence elsewhere


def test_every_statement_has_words_that_need_no_other_facts_and_no_words_are_left_over() -> None:
    told = [statement for each in all_told() for statement in statements(each)]
    for language in Language:
        for statement in told:
            catalogue(language)[f"ledger.{statement.code}"].format(**statement.facts)
    source = inspect.getsource(tell_ledger) + inspect.getsource(ledger_statements)
    by_hand = set(re.findall(r'say\("(exchange_erased|only_digest_kept|declined_to_them)"\)', source))
    worded = {key.removeprefix("ledger.") for key in catalogue(Language.ES) if key.startswith("ledger.")}
    assert worded == {statement.code for statement in told} | by_hand


@given(st.integers(1, BATCH_LARGEST))
def test_the_size_that_can_be_inferred_contains_the_true_one_and_is_no_narrower_than_the_padding(count: int) -> None:
    size = padded_size(count)
    told = TELLERS["match_request", "out"](Known(question(size), ()))
    (inferred,) = (each.facts for each in told.they_may_infer if each.code == "question_size_inferred")
    least, most = int(inferred["least"]), int(inferred["most"])
    assert least <= count <= most == size
    assert least == 1 or padded_size(least - 1) < size


def test_the_peer_s_part_is_the_same_with_hits_and_without() -> None:
    answered = (REPLY["match_receipt"][0], REPLY["match_answer"][0])
    found, nothing = (TELLERS["match_request", "out"](Known(question(), answered, 3, hits)) for hits in (2, 0))
    assert (found.they_learnt, found.they_may_infer) == (nothing.they_learnt, nothing.they_may_infer)
    assert found.we_learnt != nothing.we_learnt
