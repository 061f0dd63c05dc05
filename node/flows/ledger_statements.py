"""What an exchange told each side and what it lets each side infer, as codes with numbers: one teller for each type of request.

Nothing here is a guess. A statement rests on what was said, on what this node keeps of it, or on what the protocol can and cannot
show (docs/spec/matching.md, docs/threat-model.md). None names an identifier, a person or a line. The words are in the catalogues.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol.limits import BATCH_SMALLEST
from protocol.messages import (
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
from protocol.record import Record, Withdrawal

Fact = int | str


@dataclass(frozen=True)
class Statement:
    """One thing that a side learnt or may infer: a code with a text in the catalogues, and the facts of that text."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Told:
    """What an exchange says of itself, in four parts: what was learnt, and what can be inferred, by us and by them."""

    we_learnt: tuple[Statement, ...] = ()
    they_learnt: tuple[Statement, ...] = ()
    we_may_infer: tuple[Statement, ...] = ()
    they_may_infer: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is on record of one exchange. `lines`, `hits`: of a question of ours; `daily`, `cap`: the budgets of the list asked.

    `list_size`: entries of the list as its manifest had them; None where that is not held any more. `people`: whether it is a
    list of people. `record`: what a delivery carried.
    """

    request: Body
    replies: tuple[Body, ...]
    lines: int | None = None
    hits: int = 0
    void: bool = False
    list_size: int | None = None
    people: bool = False
    daily: int | None = None
    cap: int | None = None
    record: Record | None = None


def say(code: str, **facts: Fact) -> Statement:
    """A statement."""
    return Statement(code, facts)


def our_question(known: Known) -> Told:
    """We asked: they saw a padded batch and why; we learnt which lines stand in their list."""
    question = _question(known)
    return Told(
        we_learnt=(*_outcome_for_us(known), *_of_list(known)),
        they_learnt=(
            say("question_size_seen", size=question.size),
            _why(question),
            say("question_names_seen"),
            *((say("question_replaces_seen"),) if question.cites else ()),
        ),
        we_may_infer=(say("rest_of_list_hidden"), say("old_key_opens_their_list", epoch=question.epoch)),
        they_may_infer=(
            _size_band(question),
            say("people_asked_seen" if known.people else "identifiers_asked_seen"),
            say("outcome_hidden"),
            say("same_officer_seen"),
            say("askers_compare"),
            say("blinding_stays"),
        ),
    )


def their_question(known: Known) -> Told:
    """They asked: we saw a padded batch and why; they learnt which of their lines stand in our list, and we did not."""
    question = _question(known)
    budgets = () if known.daily is None or known.cap is None else (say("guesses", size=question.size, daily=known.daily),)
    pooled = () if known.cap is None else (say("guesses_pooled", cap=known.cap),)
    return Told(
        we_learnt=(
            say("question_size_known", size=question.size),
            _why(question),
            say("question_names_known"),
            *((say("question_replaces_known"),) if question.cites else ()),
        ),
        they_learnt=(*_outcome_for_them(known), *_of_list(known)),
        we_may_infer=(
            _size_band(question),
            say("people_asked_known" if known.people else "identifiers_asked_known"),
            say("outcome_hidden_from_us"),
            say("same_officer_known"),
        ),
        they_may_infer=(*budgets, *pooled, say("old_key_opens_our_list", epoch=question.epoch)),
    )


def our_record(known: Known) -> Told:
    """We handed a record over."""
    return Told(
        we_learnt=tuple(say(f"record_{reply.outcome}_by_them") for reply in known.replies if isinstance(reply, RecordReceipt)),
        they_learnt=(_record(known, "record_theirs_now", "withdrawal_theirs_now"),),
        they_may_infer=(say("rare_codes_seen"), say("records_compared")),
    )


def their_record(known: Known) -> Told:
    """They handed a record over."""
    return Told(
        we_learnt=(_record(known, "record_ours_now", "withdrawal_ours_now"),),
        they_learnt=tuple(say(f"record_{reply.outcome}_by_us") for reply in known.replies if isinstance(reply, RecordReceipt)),
        we_may_infer=(say("rare_codes_known"),),
    )


def our_following(known: Known) -> Told:
    """We asked for the manifests of their lists."""
    return Told(
        we_learnt=tuple(
            say("manifests_come", count=len(reply.manifests)) for reply in known.replies if isinstance(reply, Manifests)
        ),
        they_learnt=(say("reading_state_seen", count=len(_wanted(known).known)),),
        we_may_infer=(say("changes_known"), say("entries_stay_closed")),
        they_may_infer=(say("rhythm_seen"),),
    )


def their_following(known: Known) -> Told:
    """They asked for the manifests of ours."""
    return Told(
        we_learnt=(say("reading_state_known", count=len(_wanted(known).known)),),
        they_learnt=tuple(
            say("manifests_given", count=len(reply.manifests)) for reply in known.replies if isinstance(reply, Manifests)
        ),
        we_may_infer=(say("rhythm_known"),),
        they_may_infer=(say("changes_seen"), say("entries_closed_to_them")),
    )


def our_comparison(_: Known) -> Told:
    """We asked what they hold at one place of a chain of manifests."""
    return Told(we_learnt=(say("evidence_come"),), they_learnt=(say("doubt_seen"),), they_may_infer=(say("fork_suspected"),))


def their_comparison(_: Known) -> Told:
    """They asked us the same."""
    return Told(we_learnt=(say("doubt_known"),), they_learnt=(say("evidence_given"),), we_may_infer=(say("fork_suspected"),))


def our_recovery(known: Known) -> Told:
    """We asked for records again: after a restore, or for those of theirs that we may see."""
    return Told(
        we_learnt=tuple(say("records_come", count=len(reply.records)) for reply in known.replies if isinstance(reply, Records)),
        they_learnt=(say("recovery_seen"),),
        they_may_infer=(say("restore_suspected"),),
    )


def their_recovery(known: Known) -> Told:
    """They asked us for records again."""
    return Told(
        we_learnt=(say("recovery_known"),),
        they_learnt=tuple(
            say("records_given", count=len(reply.records)) for reply in known.replies if isinstance(reply, Records)
        ),
        we_may_infer=(say("restore_suspected"),),
    )


def our_revocation(known: Known) -> Told:
    """We told of keys that were revoked."""
    return Told(
        we_learnt=tuple(
            say(f"revocation_{reply.outcome}_by_them") for reply in known.replies if isinstance(reply, RevocationReceipt)
        ),
        they_learnt=(say("revocation_told"),),
        they_may_infer=(say("theft_suspected"),),
    )


def their_revocation(known: Known) -> Told:
    """They told us of keys that were revoked."""
    return Told(
        we_learnt=(say("revocation_heard"),),
        they_learnt=tuple(
            say(f"revocation_{reply.outcome}_by_us") for reply in known.replies if isinstance(reply, RevocationReceipt)
        ),
        we_may_infer=(say("theft_suspected"),),
    )


def our_comparing(known: Known) -> Told:
    """We asked what their log has of what was said between us."""
    return Told(
        we_learnt=tuple(
            say("entries_come", count=len(reply.entries)) for reply in known.replies if isinstance(reply, Counterparts)
        ),
        they_learnt=(say("log_reading_seen"),),
        they_may_infer=(say("differences_hidden"),),
    )


def their_comparing(known: Known) -> Told:
    """They asked the same of us."""
    return Told(
        we_learnt=(say("log_reading_known"),),
        they_learnt=tuple(
            say("entries_given", count=len(reply.entries)) for reply in known.replies if isinstance(reply, Counterparts)
        ),
        we_may_infer=(say("differences_hidden_from_us"),),
    )


def our_erasure(known: Known) -> Told:
    """We asked that an exchange be erased there, too."""
    return Told(
        we_learnt=tuple(say(f"erasure_{outcome}_by_them") for outcome in _erased(known)),
        they_learnt=(say("erasure_told"),),
        they_may_infer=(say("erasure_cause_suspected"),),
    )


def their_erasure(known: Known) -> Told:
    """They asked that of us."""
    return Told(
        we_learnt=(say("erasure_heard"),),
        they_learnt=tuple(say(f"erasure_{outcome}_by_us") for outcome in _erased(known)),
        we_may_infer=(say("erasure_cause_suspected"),),
    )


def our_opening(known: Known) -> Told:
    """We told of a question that we had opened."""
    return Told(
        we_learnt=tuple(say(f"opening_{outcome}_by_them") for outcome in _noted(known)),
        they_learnt=(say("opening_told"),),
        they_may_infer=(say("opening_cause_suspected"),),
    )


def their_opening(known: Known) -> Told:
    """They told of theirs."""
    return Told(
        we_learnt=(say("opening_heard"),),
        they_learnt=tuple(say(f"opening_{outcome}_by_us") for outcome in _noted(known)),
        we_may_infer=(say("opening_cause_suspected"),),
    )


TELLERS: Mapping[tuple[str, str], Callable[[Known], Told]] = MappingProxyType(
    {
        (MatchRequest.type, "out"): our_question,
        (MatchRequest.type, "in"): their_question,
        (RecordDelivery.type, "out"): our_record,
        (RecordDelivery.type, "in"): their_record,
        (ManifestsWanted.type, "out"): our_following,
        (ManifestsWanted.type, "in"): their_following,
        (ManifestWanted.type, "out"): our_comparison,
        (ManifestWanted.type, "in"): their_comparison,
        (RecordsWanted.type, "out"): our_recovery,
        (RecordsWanted.type, "in"): their_recovery,
        (KeyRevocation.type, "out"): our_revocation,
        (KeyRevocation.type, "in"): their_revocation,
        (CounterpartsWanted.type, "out"): our_comparing,
        (CounterpartsWanted.type, "in"): their_comparing,
        (ErasureRequest.type, "out"): our_erasure,
        (ErasureRequest.type, "in"): their_erasure,
        (OpeningTold.type, "out"): our_opening,
        (OpeningTold.type, "in"): their_opening,
    }
)
"""(type of request, `out` for ours and `in` for theirs) -> who tells of it."""


def _outcome_for_us(known: Known) -> tuple[Statement, ...]:
    if known.void:
        return (say("answer_void"),)
    for reply in reversed(known.replies):
        if isinstance(reply, MatchAnswer):
            return say("lines_compared", lines=known.lines or 0), say("hits_found" if known.hits else "no_hits", hits=known.hits)
        if isinstance(reply, MatchRefusal):
            return (say("purpose_refused_to_us" if reply.outcome == "refused_purpose" else "declined_to_us"),)
    return (say("receipt_only" if known.replies else "no_reply"),)


def _outcome_for_them(known: Known) -> tuple[Statement, ...]:
    for reply in reversed(known.replies):
        if isinstance(reply, MatchAnswer):
            return (say("answered_them", size=_question(known).size),)
        if isinstance(reply, MatchRefusal):
            return (say("purpose_refused_to_them" if reply.outcome == "refused_purpose" else "declined_to_them"),)
    return (say("receipt_given" if any(isinstance(reply, MatchReceipt) for reply in known.replies) else "nothing_given"),)


def _erased(known: Known) -> Iterator[str]:
    for reply in known.replies:
        if isinstance(reply, ErasureConfirmation):
            yield "confirmed"
        elif isinstance(reply, ErasureReceipt):
            yield reply.outcome


def _noted(known: Known) -> Iterator[str]:
    return (reply.outcome for reply in known.replies if isinstance(reply, OpeningReceipt))


def _of_list(known: Known) -> tuple[Statement, ...]:
    return () if known.list_size is None else (say("list_size_known", entries=known.list_size),)


def _size_band(question: MatchRequest) -> Statement:
    least = 1 if question.size == BATCH_SMALLEST else question.size // 2 + 1
    return say("question_size_inferred", least=least, most=question.size)


def _why(question: MatchRequest) -> Statement:
    reasons = {"purpose": question.purpose, "basis": question.basis, "offence": question.offence, "urgency": question.urgency}
    return Statement("question_reasons", {name: str(code) for name, code in reasons.items()})


def _record(known: Known, published: str, withdrawn: str) -> Statement:
    record = known.record
    if record is None:
        return say("record_unreadable")
    if isinstance(record, Withdrawal):
        return say(withdrawn)
    return say(published, kind=record.kind, handling=" ".join(map(str, record.handling)), tlp=str(record.tlp))


def _question(known: Known) -> MatchRequest:
    if not isinstance(known.request, MatchRequest):
        raise TypeError("not a question")
    return known.request


def _wanted(known: Known) -> ManifestsWanted:
    if not isinstance(known.request, ManifestsWanted):
        raise TypeError("not a request for manifests")
    return known.request
