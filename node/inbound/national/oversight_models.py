"""What officers who oversee the node send and are shown: alerts, refusals, holds, the ledger. Explicit, like all of the API."""

from typing import Annotated, Literal

from pydantic import Field

from node.inbound.national.models import ApiModel, Moment


class AlertShown(ApiModel):
    """Something that was noticed, about an officer or a peer: how often, from when to when, and who has settled it.

    `kind` is a code with a text in the catalogues. Officers are told by their user names.
    """

    id: int
    kind: Literal[
        "sweep_by_officer",
        "sweep_by_peer",
        "budget_spent_by_peer",
        "list_exhausted",
        "forbidden_purpose",
        "officer_locked",
        "removal_overdue",
        "file_unfinished",
        "log_forked",
        "log_halted",
        "logs_differ",
        "erasure_overdue",
        "question_opened",
        "log_unwitnessed",
        "peer_log_unwitnessed",
    ]
    officer: str | None
    peer: str | None
    first: Moment
    last: Moment
    count: int
    settled: Moment | None
    settled_by: str | None


class AlertsShown(ApiModel):
    """The alerts that one's roles deal with, and how many are open of all, also of those that others deal with."""

    alerts: list[AlertShown]
    open: int


class RefusalsShown(ApiModel):
    """How many refusals of one kind there were in one month (UTC).

    `direction`: `in` of messages that a peer sent, `out` of questions that our own officers wanted to ask. `purpose` is that of a
    refused question. `cause` is a code with a text in the catalogues, or `erased` where the exchange was erased.
    """

    month: str
    direction: Literal["in", "out"]
    peer: str | None
    purpose: str | None
    cause: str
    count: int


class HoldDecisionShown(ApiModel):
    """What a protection liaison decided of a hold, by user name."""

    liaison: str
    what: Literal["release", "keep"]
    at: Moment
    note: str


class HoldShown(ApiModel):
    """A line that is held for review, with all that is known of it. For the protection liaison only.

    `cause`: `protected`, `weak` (somebody who may be under protection), or a random review; `review_by_two` takes two liaisons to
    release. Of a question, `written` and `case` are the officer's own words, "" once it was erased. Of a network that was to be
    published, named by its national reference, `written` is the identifier, or the name and birth date. `released`: since when it
    is free.
    """

    id: str
    officer: str
    created: Moment
    released: Moment | None
    question: str | None
    line: int | None
    network: str | None
    kind: str
    written: str
    case: str
    purpose: str | None
    cause: Literal["protected", "weak", "review", "review_by_two"]
    decisions: list[HoldDecisionShown]


class HoldDecisionRequest(ApiModel):
    """Whether to release or keep a line, and why, for the next liaison who looks."""

    decision: Literal["release", "keep"]
    note: Annotated[str, Field(max_length=200)] = ""


class UnlockRequest(ApiModel):
    """Which officer may ask again."""

    username: Annotated[str, Field(min_length=1, max_length=64)]


class UnlockShown(ApiModel):
    """Who may ask again."""

    username: str


class StatementShown(ApiModel):
    """One thing that a side learnt or could infer. `text` is in the language asked for; `facts` are codes and numbers."""

    code: str
    facts: dict[str, str | int]
    text: str


class ExchangeTold(ApiModel):
    """What an exchange told each side, and what each could infer from it. Nothing in it names an identifier or a person.

    `direction`: `out` if the request was ours, `in` if theirs. `answered`: when its last reply was made, or came.
    """

    x: str
    peer: str
    direction: Literal["in", "out"]
    type: Literal[
        "match_request",
        "record_delivery",
        "manifests_wanted",
        "manifest_wanted",
        "records_wanted",
        "key_revocation",
        "counterparts_wanted",
        "erasure_request",
        "opening_told",
    ]
    began: Moment
    answered: Moment | None
    we_learnt: list[StatementShown]
    they_learnt: list[StatementShown]
    we_may_infer: list[StatementShown]
    they_may_infer: list[StatementShown]
