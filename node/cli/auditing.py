"""`celosia audit`: what happened, whether the log of it holds, and what of it is handed to others."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.client import Api, NotANode
from node.cli.forks import forks
from node.cli.given import authority, identifier
from node.cli.reconciling import reconcile
from node.cli.render import country, moment, printable
from node.cli.session import OK, REFUSED, Session, UsageProblem, session_of
from node.durable import write_whole, writing_whole
from node.inbound.national.audit_models import ActsShown, OpenedShown, ProofShown, VerdictShown
from protocol.checkpoint import parse_checkpoint
from protocol.errors import ProtocolError
from protocol.journal import Act
from protocol.tiles import tiles_between

_ACTS = TypeAdapter(ActsShown)
_OPENED = TypeAdapter(list[OpenedShown])
_VERDICTS = TypeAdapter(list[VerdictShown])
_PROOF = TypeAdapter(ProofShown)
_FORMATS = ("jsonl", "csv")
_POSITION_DIGITS = 16
_LATE_SHOWN = 20

InLog = Annotated[str | None, typer.Option("--log", help="help.audit.origin", metavar="NAME")]


def log(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", help="help.audit.kind", metavar="KIND")] = None,
    peer: Annotated[str | None, typer.Option("--peer", help="help.audit.peer", metavar="PE")] = None,
    since: Annotated[str | None, typer.Option("--since", help="help.audit.since", metavar="DATE")] = None,
    until: Annotated[str | None, typer.Option("--until", help="help.audit.until", metavar="DATE")] = None,
    before: Annotated[int | None, typer.Option("--before", help="help.audit.before", metavar="NUMBER", min=0)] = None,
) -> int:
    """What happened, the newest first, a page at a time."""
    session = session_of(context)
    if kind is not None and kind not in set(Act):
        choices = session.choices({act.value: session.say(f"log.kind.{act.value}") for act in Act})
        raise UsageProblem("usage.unknown_code", option="--kind", choices=choices)
    query = {
        **{"kind": kind, "peer": None if peer is None else str(authority(peer))},
        **{"since": _day(since, "--since"), "until": _day(until, "--until"), "before": None if before is None else str(before)},
    }
    with session.api() as api:
        session.show(api.get(["audit", "acts"], _ACTS, query), lambda page: _show_page(session, page))
    return OK


def show(context: typer.Context, name: Annotated[str, typer.Argument(help="help.audit.name", metavar="NUMBER")]) -> int:
    """One act, or all acts of an exchange, with what they were about."""
    session = session_of(context)
    named = name if _is_position(name) else identifier(name, "celosia audit log")
    with session.api() as api:
        session.show(api.get(["audit", "acts", named], _OPENED), lambda acts: _show_all(session, acts))
    return OK


def verify(context: typer.Context) -> int:
    """Read all of the log again: one line says what holds and since when, and then comes what does not."""
    session = session_of(context)
    with session.api() as api:
        answer = api.get(["audit", "verification"], _VERDICTS)
    session.show(answer, lambda verdicts: _show_verdicts(session, verdicts))
    return OK if all(verdict.holds for verdict in answer.value) else REFUSED


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.audit.file", metavar="FILE")],
    format_: Annotated[str, typer.Option("--format", help="help.audit.format", metavar="FORMAT")] = "jsonl",
) -> int:
    """Write every entry with what is known of its act into a file: it is there once it is whole."""
    session = session_of(context)
    if format_ not in _FORMATS:
        raise UsageProblem("usage.bad_value", name="--format")
    with session.api() as api, writing_whole(file) as out:
        for part in api.stream(["audit", "export"], {"format": format_}):
            out.write(part)
    session.tell("cli.audit.exported", file=printable(str(file)))
    return OK


def export_tiles(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="help.audit.folder", metavar="FOLDER")],
    origin: InLog = None,
) -> int:
    """Write the log as the static files of tlog-tiles; what an earlier call has written stays. The checkpoint comes last."""
    session = session_of(context)
    with session.api() as api:
        raw = api.post_for_bytes(["audit", "tree"], {"log": origin})
        try:
            checkpoint = parse_checkpoint(raw).checkpoint
        except ProtocolError:
            raise NotANode(api.address) from None
        fresh = _write_tiles(api, folder, checkpoint.origin, checkpoint.size)
        write_whole(folder / "checkpoint", raw)
    told = {"folder": printable(str(folder)), "log": printable(checkpoint.origin)}
    session.tell("cli.audit.tiles", size=checkpoint.size, files=fresh, **told)
    return OK


def prove(
    context: typer.Context,
    position: Annotated[int, typer.Argument(help="help.audit.position", metavar="NUMBER", min=0)],
    out: Annotated[Path, typer.Argument(help="help.audit.out", metavar="NAME")],
    origin: InLog = None,
) -> int:
    """Write the proof of one entry: OUT.tlog-proof, OUT.entry and OUT.policy."""
    session = session_of(context)
    with session.api() as api:
        proof = api.get(["audit", "proofs", str(position)], _PROOF, {"log": origin}).value
    for suffix, text in (("entry", proof.entry), ("policy", proof.policy), ("tlog-proof", proof.proof)):
        write_whole(out.with_name(f"{out.name}.{suffix}"), text.encode())
    session.tell("cli.audit.proved", out=printable(str(out)))
    if proof.closed:
        session.tell("cli.audit.proved_closed")
    return OK


COMMANDS: Mapping[str, Callable[..., int]] = {
    "log": log,
    "show": show,
    "verify": verify,
    "reconcile": reconcile,
    "forks": forks,
    "export": export,
    "export-tiles": export_tiles,
    "prove": prove,
}


def _write_tiles(api: Api, folder: Path, origin: str, size: int) -> int:
    """All tiles of a log of this size that are not there; a tile never changes under its name. Returns how many were written."""
    fresh = 0
    for tile in tiles_between(0, size):
        path = folder / tile.to_path()
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, api.read(["audit", "tree", *tile.to_path().split("/")], {"log": origin}))
            fresh += 1
    return fresh


def _day(text: str | None, option: str) -> str | None:
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageProblem("usage.bad_value", name=option) from None


def _is_position(name: str) -> bool:
    return len(name) <= _POSITION_DIGITS and name.isascii() and name.isdigit()


def _show_page(session: Session, page: ActsShown) -> None:
    if not page.acts:
        session.tell("cli.audit.none")
        return
    columns = ("place", "when", "kind", "peer", "exchange", "officer")
    table = session.table(*(f"cli.audit.{column}" for column in columns))
    for act in page.acts:
        kind = session.say(f"log.kind.{act.kind}")
        erased = session.say("cli.audit.erased_mark", kind=kind) if act.erased else kind
        peer = country(act.peer, session.language) if act.peer else ""
        place = session.say("cli.audit.waits") if act.position is None else str(act.position)
        table.add_row(place, moment(act.at), erased, peer, act.exchange or "", printable(act.officer or ""))
    session.out.print(table)
    if page.before is not None:
        session.note("cli.audit.more", before=page.before)


def _show_all(session: Session, acts: list[OpenedShown]) -> None:
    for act in acts:
        _show_opened(session, act)


def _show_opened(session: Session, act: OpenedShown) -> None:
    place = session.say("cli.audit.waits") if act.position is None else str(act.position)
    session.heading(f"{place} · {session.say(f'log.kind.{act.kind}')} · {moment(act.at)}")
    for name, value in (
        ("cli.audit.log", act.log),
        ("cli.audit.own_id", act.x),
        ("cli.audit.exchange", act.exchange),
        ("cli.audit.peer", country(act.peer, session.language) if act.peer else None),
        ("cli.audit.officer", printable(act.officer) if act.officer else None),
        ("cli.audit.entry", act.entry),
        ("cli.audit.salt", act.salt),
    ):
        if value is not None:
            session.pair(session.say(name), value)
    if act.withheld:
        session.tell("cli.audit.withheld")
    elif act.payload is None:
        session.tell("cli.audit.erased")
    else:
        session.pair(session.say("cli.audit.payload"), printable(json.dumps(act.payload, ensure_ascii=False)))


def _show_verdicts(session: Session, verdicts: list[VerdictShown]) -> None:
    if not verdicts:
        session.tell("cli.audit.no_log")
    for verdict in verdicts:
        _show_verdict(session, verdict)


def _show_verdict(session: Session, verdict: VerdictShown) -> None:
    told: dict[str, str | int] = {
        "log": printable(verdict.origin),
        "size": verdict.size,
        "opened": moment(verdict.opened),
        "witnessed": _vouched(session, verdict),
    }
    session.tell("cli.audit.holds" if verdict.holds else "cli.audit.fails", faults=verdict.faults_in_all, **told)
    if verdict.end is None and verdict.noted is not None and verdict.noted_size > verdict.witnessed_size:
        session.tell("cli.audit.noted", size=verdict.noted_size, when=moment(verdict.noted))
    if verdict.halted is not None:
        session.tell("cli.audit.halted", reason=verdict.halted)
    for key, count in (
        ("waiting", verdict.waiting),
        ("erased_acts", verdict.erased),
        ("lost", verdict.lost),
        ("late", verdict.late_in_all),
    ):
        if count:
            session.tell(f"cli.audit.{key}", count=count)
    for late in verdict.late[:_LATE_SHOWN]:
        session.tell("cli.audit.late_entry", at=late.at, kind=session.say(f"log.kind.{late.kind}"))
    if verdict.late_in_all > _LATE_SHOWN:
        session.tell("cli.audit.more_late", count=verdict.late_in_all - _LATE_SHOWN)
    for found in verdict.faults:
        session.tell("cli.audit.fault", at=found.at, fault=session.say(f"log.fault.{found.fault}"))
    if verdict.faults_in_all > len(verdict.faults):
        session.tell("cli.audit.more_faults", count=verdict.faults_in_all - len(verdict.faults))


def _vouched(session: Session, verdict: VerdictShown) -> str:
    """Who vouches for a log, and for how much of it."""
    if verdict.end is not None:
        how = "closed" if verdict.end == verdict.size else "closed_before" if verdict.end < verdict.size else "closed_beyond"
        return session.say(f"cli.audit.{how}", size=verdict.end)
    if verdict.witnessed is None:
        return session.say("cli.audit.never_witnessed" if verdict.noted is None else "cli.audit.not_witnessed_today")
    up_to = "witnessed" if verdict.witnessed_size == verdict.size else "witnessed_to"
    return session.say(f"cli.audit.{up_to}", size=verdict.witnessed_size, when=moment(verdict.witnessed))
