"""`celosia outbox`: what waits for other authorities, what was put aside, and another try."""

from itertools import groupby
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.given import authority as authority_of
from node.cli.given import request
from node.cli.help import metavar
from node.cli.render import country, moment, reason
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.models import JobShown, OutboxShown, RefusedRecordShown, Retried, RetryRequest
from node.language import catalogue

_OUTBOX = TypeAdapter(OutboxShown)
_RETRIED = TypeAdapter(Retried)


def outbox(
    context: typer.Context,
    peer: Annotated[str | None, typer.Option("--peer", help="help.outbox.peer", metavar="PE")] = None,
) -> int:
    """Everything that is not done, for all peers or one."""
    if context.invoked_subcommand is not None:
        return OK
    session = session_of(context)
    named = None if peer is None else authority_of(peer)
    with session.api() as api:
        session.show(api.get(["outbox"], _OUTBOX, {"peer": named}), lambda shown: _show(session, shown))
    return OK


def retry(
    context: typer.Context,
    job: Annotated[int | None, typer.Argument(help="help.outbox.job", metavar="NUMBER", min=1)] = None,
    peer: Annotated[str | None, typer.Option("--peer", help="help.outbox.peer", metavar="PE")] = None,
    everything: Annotated[bool, typer.Option("--all", help="help.outbox.all")] = False,
) -> int:
    """One job, one peer's or all are due now."""
    session = session_of(context)
    if sum((job is not None, peer is not None, everything)) != 1:
        raise UsageProblem("usage.outbox_retry")
    named = None if peer is None else authority_of(peer)
    body = request(RetryRequest, {"job": metavar(session, "NUMBER")}, job=job, peer=named)
    with session.api() as api:
        answer = api.post(["outbox", "retries"], _RETRIED, body)
    session.show(answer, lambda retried: session.tell("cli.outbox.retried", count=retried.count))
    return OK


def _show(session: Session, shown: OutboxShown) -> None:
    for peer, owed in groupby(sorted(shown.jobs, key=lambda job: (job.peer, job.id)), key=lambda job: job.peer):
        session.heading(country(peer, session.language))
        table = session.table("cli.outbox.job", "cli.outbox.what", "cli.outbox.subject", "cli.state")
        for job in owed:
            table.add_row(str(job.id), session.say(f"cli.lane.{job.lane}"), job.subject, _state(session, job))
        session.out.print(table)
    if shown.total > len(shown.jobs):
        session.tell("cli.outbox.more", count=shown.total - len(shown.jobs))
    if not shown.total:
        session.tell("cli.outbox.empty")
    if any(job.state == "quarantined" for job in shown.jobs):
        session.tell("cli.outbox.aside_next")
    if shown.refused:
        session.heading(session.say("cli.outbox.refused"))
        _show_refused(session, shown.refused)


def _show_refused(session: Session, refused: list[RefusedRecordShown]) -> None:
    table = session.table("cli.peer", "cli.outbox.since", "cli.outbox.reason", "cli.records.digest")
    for each in refused:
        table.add_row(country(each.peer, session.language), moment(each.received), _why(session, each.reason), each.digest[:16])
    session.out.print(table)
    session.tell("cli.outbox.refused_next")


def _state(session: Session, job: JobShown) -> str:
    state = session.say(f"cli.job.{job.state}", attempts=job.attempts, next=moment(job.next_try))
    return state if job.reason is None else f"{state}. {_why(session, job.reason)}"


def _why(session: Session, code: str) -> str:
    """Why a record was put aside, or has not gone out yet."""
    key = f"aside.{code}"
    return session.say(key) if key in catalogue(session.language) else reason(session, code)
