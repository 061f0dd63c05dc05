"""The bodies: what they take, which reply answers which request, and that none has room for a word of free text."""

import json
import types
import typing
from collections.abc import Iterator

import annotated_types
import pytest
import rfc8785
from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from protocol.authority import Authority
from protocol.directory import Policy, WorkingEntry
from protocol.envelope import Envelope
from protocol.errors import Malformed
from protocol.index.manifest import Manifest
from protocol.journal import Act
from protocol.members import MemberEntry, MemberKeys, Names
from protocol.messages import (
    ANSWERS,
    REPLIES,
    REQUESTS,
    Body,
    Counterpart,
    Counterparts,
    MatchAnswer,
    MatchReceipt,
    MatchRefusal,
    MatchRequest,
    RecordDelivery,
    RecordReceipt,
)
from protocol.record import Record
from protocol.vocabulary import Code, MatchOutcome
from protocol.wire import WireModel, canonical, parse, to_base64url
from tests.protocol.federation import prepared_question, question

QUESTION = question(prepared_question())


def changed(body: WireModel, **changes: object) -> bytes:
    return rfc8785.dumps({**json.loads(canonical(body)), **changes})  # type: ignore[dict-item]


def test_every_message_is_a_request_or_a_reply_and_named_by_its_type() -> None:
    assert not set(REQUESTS) & set(REPLIES)
    assert {body.type: body for body in Body.__subclasses__()} == {**REQUESTS, **REPLIES}


def test_every_request_has_its_replies_and_every_reply_a_request() -> None:
    assert set(ANSWERS) == set(REQUESTS.values())
    assert {reply for replies in ANSWERS.values() for reply in replies} == set(REPLIES.values())


def test_a_question_says_its_padded_size() -> None:
    assert QUESTION.size == 16
    assert parse(MatchRequest, canonical(QUESTION), limit=4096, where="body") == QUESTION


@pytest.mark.parametrize("octets", [0, 31, 32 * 15, 32 * 16 + 1, 32 * 17, 32 * 24, 32 * 8193, 32 * 16384])
def test_a_question_of_another_size_than_the_padded_ones_is_refused(octets: int) -> None:
    with pytest.raises(Malformed):
        parse(MatchRequest, changed(QUESTION, elements=to_base64url(bytes(octets))), limit=1 << 20, where="body")


@pytest.mark.parametrize(
    "change",
    [
        {"attested": False},
        {"purpose": "curiosity"},
        {"basis": "none"},
        {"officer": to_base64url(bytes(15))},
        {"case": to_base64url(bytes(33))},
        {"list": "0" * 31},
        {"epoch": 0},
        {"epoch": 1 << 31},
        {"manifest": None},
        {"note": "urgent, please"},
    ],
)
def test_a_question_without_its_reasons_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        parse(MatchRequest, changed(QUESTION, **change), limit=4096, where="body")


@pytest.mark.parametrize("outcome", MatchOutcome.all())
def test_a_refusal_carries_outward_codes_only(outcome: MatchOutcome) -> None:
    if outcome in ("declined", "refused_purpose", "referred_mla"):
        assert MatchRefusal(outcome=outcome).outcome == outcome
    else:
        with pytest.raises(ValidationError, match="not a code that a peer is told"):
            MatchRefusal(outcome=outcome)


def test_every_inward_refusal_has_an_outward_code_that_is_accepted() -> None:
    for outcome in MatchOutcome.all():
        if outcome.entry.get("outward"):
            MatchRefusal(outcome=outcome.outward)


def test_a_record_longer_than_any_is_refused() -> None:
    RecordDelivery(record=bytes(64 << 10))
    with pytest.raises(ValidationError):
        RecordDelivery(record=bytes((64 << 10) + 1))


@pytest.mark.parametrize("reason", ["two words", "malformed\n", "Malformed", "año", "", "a" * 41])
def test_a_receipt_gives_its_reason_as_a_code(reason: str) -> None:
    RecordReceipt(digest="0" * 64, outcome="quarantined", reason="malformed")
    with pytest.raises(ValidationError):
        RecordReceipt(digest="0" * 64, outcome="quarantined", reason=reason)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("size", [15, 8193])
def test_a_receipt_for_a_size_that_no_question_has_is_refused(size: int) -> None:
    with pytest.raises(ValidationError):
        MatchReceipt(size=size)


def test_an_answer_needs_its_proof() -> None:
    with pytest.raises(ValidationError):
        MatchAnswer(elements=bytes(512), proof=bytes(63))


def test_entries_are_of_a_log() -> None:
    entry = Counterpart(seq=1, kind=Act.QUESTION_ASKED, x="0" * 32, t=0, c="0" * 64)
    assert Counterparts(more=False).entries == ()
    assert Counterparts(log="celosia/PE/log/0f0f0f0f", entries=(entry,), more=True).entries == (entry,)
    for told in ({"entries": (entry,), "more": False}, {"more": True}):
        with pytest.raises(ValidationError, match="of a log"):
            Counterparts.model_validate(told)


# No free text. The walk below finds every string that a wire model can hold; each must be a code, one of a few written
# words, or bound by a pattern or a published list. `EXCEPTIONS` are the strings that describe an office, not a case.

ROOTS: list[object] = [*REQUESTS.values(), *REPLIES.values(), *typing.get_args(Record), Manifest]
ROOTS += [Envelope[Body], MemberEntry, MemberKeys, WorkingEntry, Policy]
EXCEPTIONS = {(Names, language) for language in ("es", "en", "pt", "fr")} | {(WorkingEntry, "tls_authority")}
Leaf = tuple[type[WireModel], str, object, tuple[object, ...]]


def leaves(hint: object, owner: type[WireModel], name: str, metadata: tuple[object, ...] = ()) -> Iterator[Leaf]:
    """Every type that is no container, with the model and field that hold it and the metadata that bind it."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        inner, *more = typing.get_args(hint)
        yield from leaves(inner, owner, name, (*metadata, *more))
    elif origin is typing.Literal or isinstance(hint, typing.TypeVar):
        yield owner, name, typing.Literal, ()
    elif origin in (typing.Union, types.UnionType, tuple, dict):
        inherited = metadata if origin in (typing.Union, types.UnionType) else ()
        for inner in typing.get_args(hint):
            if inner is not ...:
                yield from leaves(inner, owner, name, inherited)
    elif isinstance(hint, type) and issubclass(hint, WireModel):
        yield from leaves_of(hint)
    else:
        yield owner, name, hint, metadata


def leaves_of(model: type[WireModel]) -> Iterator[Leaf]:
    for name, field in model.model_fields.items():
        yield from leaves(field.annotation, model, name, tuple(field.metadata))


def is_bound(metadata: tuple[object, ...]) -> bool:
    """Whether something says which strings these are: a pattern, or a published list."""
    for item in metadata:
        if isinstance(item, FieldInfo) and is_bound(tuple(item.metadata)):
            return True
        if isinstance(item, StringConstraints) and item.pattern:
            return True
        if isinstance(item, AfterValidator) and "_one_of" in getattr(item.func, "__qualname__", ""):
            return True
        if getattr(item, "pattern", None):
            return True
    return False


def is_free(leaf: Leaf) -> bool:
    _, _, hint, metadata = leaf
    return hint is str and not is_bound(metadata)


def all_leaves() -> list[Leaf]:
    return [leaf for root in ROOTS for leaf in leaves_of(typing.cast("type[WireModel]", root))]


def test_no_wire_model_has_room_for_free_text() -> None:
    free = {(owner, name) for owner, name, hint, metadata in all_leaves() if is_free((owner, name, hint, metadata))}
    assert free == EXCEPTIONS


def test_the_walk_knows_every_type_that_it_meets() -> None:
    for _, _, hint, _ in all_leaves():
        known = hint in (str, int, bool, bytes, type(None), typing.Literal)
        assert known or (isinstance(hint, type) and issubclass(hint, Code | Authority | Act)), hint


def test_the_walk_would_find_a_field_for_free_text() -> None:
    class Note(WireModel):
        text: str

    class Weakened(WireModel):
        notes: tuple[Note, ...] | None = None
        remark: typing.Annotated[str, StringConstraints(max_length=9)]
        by_name: dict[str, int]

    found = [(leaf[0], leaf[1]) for leaf in leaves_of(Weakened) if is_free(leaf)]
    assert found == [(Note, "text"), (Weakened, "remark"), (Weakened, "by_name")]


@pytest.mark.parametrize("text", ["Juana Inventada", "vive en la calle 5", "Señora"])
def test_no_string_outside_the_exceptions_takes_a_name_or_a_sentence(text: str) -> None:
    taken = set()
    for owner, name, hint, metadata in all_leaves():
        if isinstance(hint, type) and issubclass(hint, str):
            bound: typing.Any = typing.Annotated[hint, *metadata] if metadata else hint
            adapter: TypeAdapter[str] = TypeAdapter(bound)
            try:
                adapter.validate_python(text)
            except ValidationError:
                continue
            taken.add((owner, name))
    assert taken == EXCEPTIONS


def test_bytes_are_of_a_fixed_length_or_carry_a_signed_object_or_elements() -> None:
    open_length = set()
    for owner, name, hint, metadata in all_leaves():
        if hint is bytes:
            lengths = [item for item in metadata if isinstance(item, annotated_types.MinLen | annotated_types.MaxLen)]
            bounds = [item.min_length if isinstance(item, annotated_types.MinLen) else item.max_length for item in lengths]
            if len(bounds) != 2 or bounds[0] != bounds[1]:
                open_length.add(f"{owner.__name__}.{name}")
    signed = {"RecordDelivery.record", "Records.records", "Manifests.manifests", "KeyRevocation.role", "KeyRevocation.entry"}
    assert open_length == signed | {"MatchRequest.elements", "MatchAnswer.elements"}
