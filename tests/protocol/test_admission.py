"""Opening an envelope: the numbered checks of `docs/spec/envelope.md`, each alone and all in their order."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey
from protocol import jws, limits
from protocol.admission import Admitted, Border, QuestionDeclined, Repeated, admit_request, verify_request
from protocol.authority import Authority
from protocol.envelope import ENVELOPE_TYPE
from protocol.errors import (
    BudgetSpent,
    DeniedSender,
    DirectoryMismatch,
    DirectoryTooOld,
    Malformed,
    NotFresh,
    NotTheSender,
    ProtocolError,
    PurposeRefused,
    QuotaSpent,
    Replayed,
    SignatureRefused,
    TooLarge,
    UnknownSender,
    WrongAddressee,
    WrongQuestion,
)
from protocol.messages import Body, ManifestsWanted, MatchAnswer, MatchRequest, RecordDelivery
from protocol.record import sign_record
from protocol.vocabulary import RequestPurpose
from protocol.wire import canonical, to_base64url
from tests.protocol.federation import (
    BR,
    CO,
    NOW,
    PE,
    POLICY,
    Books,
    border,
    directory,
    envelope,
    octets,
    prepared_question,
    question,
    signed,
    signing_key,
    targets,
)
from tests.protocol.records import network, withdrawal

GRACE = POLICY.directory_grace
TOLERANCE = POLICY.clock_tolerance


@dataclass
class Case:
    """An envelope and its circumstances, all in order until a fault is added."""

    document: dict[str, Any] = field(default_factory=lambda: json.loads(canonical(envelope(question(prepared_question())))))
    key: SigningKey = field(default_factory=lambda: signing_key(CO))
    trailing: bytes = b""
    border: Border = field(default_factory=border)
    books: Books = field(default_factory=Books)

    def admit(self) -> Admitted[Body] | Repeated:
        raw = jws.sign(rfc8785.dumps(self.document), ENVELOPE_TYPE, self.key) + self.trailing
        return admit_request(verify_request(raw, self.border), self.books)

    def refusal(self) -> ProtocolError:
        with pytest.raises(ProtocolError) as caught:
            self.admit()
        return caught.value.cause if isinstance(caught.value, QuestionDeclined) else caught.value


def too_large(case: Case) -> None:
    case.trailing += b" " * limits.ENVELOPE_BYTES


def not_canonical(case: Case) -> None:
    case.trailing += b"\n"


def a_reply(case: Case) -> None:
    answer = MatchAnswer(elements=prepared_question().elements, proof=octets("a") + octets("b"))
    case.document |= {"type": "match_answer", "body": json.loads(canonical(answer))}


def unknown_field(case: Case) -> None:
    case.document["remark"] = 1


def not_in_the_directory(case: Case) -> None:
    case.document["from"] = BR
    case.key = signing_key(BR)
    case.border = replace(case.border, connection=BR, directory=directory(targets((CO, PE))))


def denied_here(case: Case) -> None:
    case.border = replace(case.border, denied=frozenset({Authority(case.document["from"])}))


def on_another_connection(case: Case) -> None:
    case.border = replace(case.border, connection=PE)


def under_another_key(case: Case) -> None:
    case.key = signing_key(CO, "past")


def to_somebody_else(case: Case) -> None:
    case.document["to"] = "UY"


def late(case: Case) -> None:
    case.border = replace(case.border, now=NOW + 300 + TOLERANCE + 1)


def in_an_old_directory(case: Case) -> None:
    expired = replace(case.border.directory, expires=directory(expires=NOW - GRACE - 1).expires)
    case.border = replace(case.border, directory=expired)


def citing_another_directory(case: Case) -> None:
    case.document["directory"] = {"version": 3, "hash": "0" * 64}


def citing_a_request(case: Case) -> None:
    case.document["re"] = "0" * 64


def with_elements_that_are_none(case: Case) -> None:
    case.document["body"]["elements"] = to_base64url(b"\xff" * 512)


def beyond_the_quota(case: Case) -> None:
    case.books.spent = frozenset({Authority(case.document["from"])})


def replayed(case: Case) -> None:
    case.books.digests[Authority(case.document["from"]), case.document["x"]] = "0" * 64


def of_a_list_not_served(case: Case) -> None:
    case.document["body"]["list"] = "0" * 32


def for_a_forbidden_purpose(case: Case) -> None:
    case.document["body"]["purpose"] = "immigration_enforcement"


def beyond_the_budget(case: Case) -> None:
    case.books.budget = 15


Fault = Callable[[Case], None]

CHECKS: list[tuple[str, Fault, type[ProtocolError], str]] = [
    ("1", too_large, TooLarge, "envelope"),
    ("2", not_canonical, Malformed, "envelope"),
    ("3", a_reply, Malformed, "envelope.type"),
    ("4", unknown_field, Malformed, "envelope.document"),
    ("5a", not_in_the_directory, UnknownSender, "directory"),
    ("5b", denied_here, DeniedSender, "envelope.from"),
    ("6", on_another_connection, NotTheSender, "envelope.from"),
    ("7", under_another_key, SignatureRefused, "envelope"),
    ("8", to_somebody_else, WrongAddressee, "envelope.to"),
    ("9", late, NotFresh, "envelope.exp"),
    ("10a", in_an_old_directory, DirectoryTooOld, "directory"),
    ("10b", citing_another_directory, DirectoryMismatch, "envelope.directory"),
    ("11", citing_a_request, Malformed, "envelope.re"),
    ("12", with_elements_that_are_none, Malformed, "body.elements"),
    ("13", beyond_the_quota, QuotaSpent, "request"),
    ("14", replayed, Replayed, "envelope.x"),
    ("15", of_a_list_not_served, WrongQuestion, "body.list"),
    ("16", for_a_forbidden_purpose, PurposeRefused, "purpose"),
    ("17", beyond_the_budget, BudgetSpent, "body.elements"),
]


def test_an_envelope_in_order_is_admitted_with_its_sender_and_digest() -> None:
    admitted = Case().admit()
    assert isinstance(admitted, Admitted)
    assert admitted.member.authority == CO
    assert admitted.body == question(prepared_question())
    assert (admitted.raw, admitted.digest) == (signed(admitted.envelope).raw, signed(admitted.envelope).digest)


@pytest.mark.parametrize("number, fault, error, where", CHECKS, ids=[check[0] for check in CHECKS])
def test_each_check_refuses_what_fails_only_there(number: str, fault: Fault, error: type[ProtocolError], where: str) -> None:
    case = Case()
    fault(case)
    told = case.refusal()
    assert (type(told), told.where) == (error, where), number


PAIRS = list(combinations(CHECKS, 2))


@pytest.mark.parametrize("earlier, later", PAIRS, ids=[f"{a[0]} before {b[0]}" for a, b in PAIRS])
def test_what_fails_at_two_checks_is_told_the_earlier_one(
    earlier: tuple[str, Fault, type[ProtocolError], str], later: tuple[str, Fault, type[ProtocolError], str]
) -> None:
    case = Case()
    earlier[1](case)
    later[1](case)
    told = case.refusal()
    assert (type(told), told.where) == (earlier[2], earlier[3])


def test_nothing_is_charged_for_a_question_that_an_earlier_check_refused() -> None:
    for number, fault, _, _ in CHECKS[:-1]:
        case = Case()
        fault(case)
        case.refusal()
        assert case.books.budget == 4096, number


@pytest.mark.parametrize("fault", [of_a_list_not_served, for_a_forbidden_purpose, beyond_the_budget])
def test_a_question_that_is_only_refused_as_a_question_can_be_answered_with_a_coded_refusal(fault: Fault) -> None:
    case = Case()
    fault(case)
    with pytest.raises(QuestionDeclined) as caught:
        case.admit()
    declined = caught.value
    assert declined.admitted.body is declined.question
    assert declined.admitted.member.authority == CO
    assert declined.facts == declined.cause.facts
    assert str(declined).startswith(f"question_declined at {declined.cause.where}")


def test_the_padded_size_is_charged() -> None:
    case = Case()
    case.admit()
    assert case.books.budget == 4096 - 16


@pytest.mark.parametrize("purpose", [code for code in RequestPurpose.all() if not code.for_matching])
def test_a_question_for_a_purpose_that_is_not_for_matching_is_refused(purpose: RequestPurpose) -> None:
    case = Case()
    case.document["body"]["purpose"] = purpose
    assert isinstance(case.refusal(), PurposeRefused)


def test_the_same_bytes_a_second_time_are_answered_as_before_and_charged_once() -> None:
    case = Case()
    first = case.admit()
    assert isinstance(first, Admitted)
    case.books.digests[CO, first.envelope.x] = first.digest
    assert case.admit() == Repeated(first)
    assert case.books.budget == 4096 - 16


class Forgetful(Books):
    """Books that remember no exchange: the weakened copy."""

    def seen(self, _sender: Authority, _x: str) -> str | None:
        return None


def test_other_bytes_under_a_used_exchange_id_are_refused_and_would_pass_forgetful_books() -> None:
    first = Case().admit()
    assert isinstance(first, Admitted)
    noted = {(CO, first.envelope.x): first.digest}
    second = Case(books=Forgetful(digests=noted))
    second.document["salt"] = second.document["body"]["case"]
    assert isinstance(second.admit(), Admitted)
    second.books = Books(digests=noted)
    with pytest.raises(Replayed):
        second.admit()


def test_another_senders_exchange_ids_do_not_count() -> None:
    case = Case()
    case.books.digests[BR, case.document["x"]] = "0" * 64
    assert isinstance(case.admit(), Admitted)


def test_a_request_that_is_no_question_is_neither_charged_nor_asked_for_its_purpose() -> None:
    books = Books(served=frozenset(), budget=0)
    admitted = admit_request(verify_request(signed(envelope(ManifestsWanted())).raw, border()), books)
    assert isinstance(admitted, Admitted)
    assert isinstance(admitted.body, ManifestsWanted)


WITHDRAWN = sign_record(withdrawal(CO), signing_key(CO)).raw


@pytest.mark.parametrize(
    ("record", "held", "charged"),
    [
        (WITHDRAWN, {(CO, withdrawal(CO).id)}, limits.WITHDRAWAL),
        (WITHDRAWN, {(BR, withdrawal(CO).id)}, "record_delivery"),
        (WITHDRAWN, set(), "record_delivery"),
        (WITHDRAWN[:-1], {(CO, withdrawal(CO).id)}, "record_delivery"),
        (sign_record(network(CO), signing_key(CO)).raw, {(CO, network(CO).id)}, "record_delivery"),
    ],
    ids=["of what is held", "of another's", "of what is not held", "in no form", "a publication"],
)
def test_only_what_takes_back_a_record_that_is_held_is_charged_to_the_reserve(
    record: bytes, held: set[tuple[Authority, str]], charged: str
) -> None:
    books = Books(held=frozenset(held))
    admit_request(verify_request(signed(envelope(RecordDelivery(record=record))).raw, border()), books)
    assert books.charged == [charged]


@pytest.mark.parametrize("content", [[], 1, "celosia", {}, {"type": None}, {"type": 1}, {"type": ["match_request"]}])
def test_content_that_names_no_type_is_malformed(content: Any) -> None:
    raw = jws.sign(rfc8785.dumps(content), ENVELOPE_TYPE, signing_key(CO))
    with pytest.raises(Malformed) as caught:
        admit_request(verify_request(raw, border()), Books())
    assert caught.value.where == "envelope.type"


def test_of_two_types_in_one_envelope_neither_counts() -> None:
    payload = canonical(envelope(question(prepared_question()))).replace(b'"type"', b'"type":"manifests_wanted","type"')
    with pytest.raises(Malformed, match="not_canonical"):
        admit_request(verify_request(jws.sign(payload, ENVELOPE_TYPE, signing_key(CO)), border()), Books())


@pytest.mark.parametrize(
    "offset, admitted",
    [(-TOLERANCE - 1, False), (-TOLERANCE, True), (0, True), (300 + TOLERANCE, True), (300 + TOLERANCE + 1, False)],
)
def test_clocks_may_differ_by_the_policys_tolerance(offset: int, admitted: bool) -> None:
    case = Case(border=border(now=NOW + offset))
    if admitted:
        assert isinstance(case.admit(), Admitted)
    else:
        with pytest.raises(NotFresh) as caught:
            case.admit()
        assert abs(int(caught.value.facts["difference_seconds"])) == TOLERANCE + 1
        assert caught.value.facts["tolerance_seconds"] == TOLERANCE


@pytest.mark.parametrize("lifetime", [-1, 0, limits.ENVELOPE_LIFETIME + 1])
def test_an_envelope_that_lives_too_long_or_not_at_all_is_malformed(lifetime: int) -> None:
    case = Case()
    case.document["exp"] = NOW + lifetime
    with pytest.raises(Malformed) as caught:
        case.admit()
    assert caught.value.where == "envelope.exp"


def test_an_envelope_may_live_ten_minutes() -> None:
    case = Case()
    case.document["exp"] = NOW + limits.ENVELOPE_LIFETIME
    assert isinstance(case.admit(), Admitted)


@given(st.binary(max_size=400))
def test_random_bytes_only_ever_raise_our_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        admit_request(verify_request(raw, border()), Books())


VALUES = st.none() | st.booleans() | st.integers(-5, 1 << 54) | st.text(max_size=40) | st.lists(st.integers(0, 9), max_size=2)


@given(st.data())
def test_a_signed_envelope_with_one_value_changed_is_admitted_or_raises_our_error(data: st.DataObject) -> None:
    case = Case()
    place = data.draw(st.sampled_from([case.document, case.document["body"], case.document["directory"]]))
    name = data.draw(st.sampled_from(sorted(place)) | st.text(max_size=8))
    place[name] = data.draw(VALUES)
    payload = json.dumps(case.document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    raw = jws.sign(payload, ENVELOPE_TYPE, case.key)
    try:
        admitted = admit_request(verify_request(raw, case.border), case.books)
    except ProtocolError:
        return
    assert isinstance(admitted, Admitted)
    assert isinstance(admitted.body, MatchRequest)
    assert canonical(admitted.envelope) == payload


def test_what_was_issued_before_the_memory_against_replays_begins_is_refused_and_after_it_taken() -> None:
    case = Case()
    case.border = replace(case.border, since=NOW + 1)
    refusal = case.refusal()
    assert (refusal.code, refusal.where) == ("not_fresh", "envelope.iat")
    assert refusal.facts == {"reason": "before_restore", "difference_seconds": -1}
    case.border = replace(case.border, since=NOW)
    assert isinstance(case.admit(), Admitted)
