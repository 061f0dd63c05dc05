"""The audit log, for a liaison officer or an auditor: pages of acts, one act opened, the whole verified,
exported, proved, and compared with a peer's."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BeforeValidator, TypeAdapter

from node.flows.compare_logs import Comparison
from node.flows.keep_officers import KeepOfficers
from node.flows.prove_entry import ProveEntry
from node.flows.read_log import OpenedAct, ReadLog, ShownAct, Wanted
from node.flows.reconcile import Reconcile
from node.flows.verify_log import Verdict
from node.inbound.national.audit_models import (
    ActShown,
    ActsShown,
    FaultShown,
    OpenedShown,
    ProofShown,
    ReconciliationShown,
    VerdictShown,
)
from node.inbound.national.guards import in_role
from node.inbound.national.models import rfc3339
from node.officers import Overseer
from protocol.authority import Authority
from protocol.journal import Act

_PATIENCE = 5
"""Seconds between the blanks that say that a verification goes on: nobody between us and the reader takes it for dead."""
_ROWS = 256
_SHOWN = 100
"""Differences that are told one by one; beyond them only their number is."""
_VERDICTS = TypeAdapter(list[VerdictShown])
_ABOUT = ("at", "kind", "exchange", "peer", "direction", "officer", "erased")
_ENTRY = ("v", "x", "seq", "kind", "dir", "peer", "t", "c")
_COLUMNS = ("log", "position", *_ABOUT, *(f"entry_{name}" for name in _ENTRY))
_TEXT, _OCTETS = {"type": "string"}, {"type": "string", "format": "binary"}
_WRITTEN_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _as_written(day: object) -> object:
    """pydantic takes a number for seconds since 1970: who mistypes a day would read another one's acts."""
    if not isinstance(day, str) or _WRITTEN_DAY.fullmatch(day) is None:
        raise ValueError("not written as YYYY-MM-DD")
    return day


Day = Annotated[date, BeforeValidator(_as_written)]
"""A day as RFC 3339 writes it: `2026-11-22`."""


def routes(officers: KeepOfficers, read: ReadLog, prove: ProveEntry, reconcile: Reconcile, executor: Executor) -> APIRouter:
    """GET /v1/audit/acts and …/{name}, …/verification, …/export, …/proofs/{position}; the tree under /v1/audit/tree.

    POST /v1/audit/reconciliations/{authority}.
    """
    router = APIRouter(prefix="/v1/audit", tags=["audit"])
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type

    @router.get("/acts", summary="What happened, the newest first, a page at a time")
    def get_acts(
        officer: AnOverseer,
        kind: Act | None = None,
        peer: Authority | None = None,
        since: Day | None = None,
        until: Day | None = None,
        before: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None,
    ) -> ActsShown:
        day_after = None if until is None else _midnight(until) + 86400
        page = read.page(officer, Wanted(kind, peer, None if since is None else _midnight(since), day_after), before)
        return ActsShown(acts=[ActShown.model_validate(_told(act)) for act in page.acts], before=page.before)

    @router.get("/acts/{name}", summary="An act or all acts of an exchange, opened; reading them is on record")
    def get_act(officer: AnOverseer, name: str) -> list[OpenedShown]:
        return [_opened(each) for each in read.show(officer, name)]

    @router.get(
        "/verification",
        summary="Every log of this node, read whole; blanks come first while it lasts",
        response_class=Response,
        responses={200: {"model": list[VerdictShown]}},
    )
    def get_verification(officer: AnOverseer) -> Response:
        found = executor.submit(prove.verify, officer)
        try:
            return Response(_verdicts(found.result(_PATIENCE)), media_type="application/json")
        except TimeoutError:
            return StreamingResponse(_blanks(found), media_type="application/json")

    @router.post("/reconciliations/{authority}", summary="Our log beside a peer's, read anew as far as it goes; on record")
    def post_reconciliation(officer: AnOverseer, authority: Authority) -> ReconciliationShown:
        return _compared(reconcile.reconcile(officer, authority))

    @router.get(
        "/export",
        summary="Every entry of every log with what is known here of its act; that it is exported is on record",
        response_class=Response,
        responses={200: {"content": {"application/jsonl": {"schema": _TEXT}, "text/csv": {"schema": _TEXT}}}},
    )
    def get_export(officer: AnOverseer, format: Literal["jsonl", "csv"] = "jsonl") -> StreamingResponse:  # noqa: A002
        written, media_type = _FORMATS[format]
        return StreamingResponse(written(read.export(officer)), media_type=media_type)

    @router.get("/proofs/{position}", summary="The proof of an entry under a checkpoint that today's directory takes")
    def get_proof(officer: AnOverseer, position: Annotated[int, Path(ge=0, lt=1 << 53)], log: str | None = None) -> ProofShown:
        made = prove.prove(officer, position, log)
        proof, entry = made.proven.proof.decode(), made.proven.entry.decode()
        return ProofShown(proof=proof, entry=entry, policy=made.policy.to_bytes().decode(), closed=made.closed)

    @router.post(
        "/tree",
        summary="Begin an export of a log as tiles: its newest checkpoint; that it is exported is on record",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": _TEXT}}}},
    )
    def post_tree(officer: AnOverseer, log: str | None = None) -> Response:
        return Response(prove.export_tiles(officer, log), media_type="text/plain; charset=utf-8")

    @router.get(
        "/tree/{path:path}",
        summary="A tile or entry bundle of a log",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {"schema": _OCTETS}}}},
    )
    def get_tile(officer: AnOverseer, path: str, log: str) -> Response:
        return Response(prove.tile(officer, log, path), media_type="application/octet-stream")

    return router


def _midnight(day: date) -> int:
    """Its beginning in UTC, in POSIX seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _told(act: ShownAct) -> dict[str, Any]:
    return {name: value for name, value in asdict(act).items() if name != "number"}


def _opened(opened: OpenedAct) -> OpenedShown:
    return OpenedShown.model_validate(
        {
            **_told(opened.act),
            "entry": None if opened.entry is None else opened.entry.decode(),
            "salt": None if opened.salt is None else opened.salt.hex(),
            "payload": None if opened.payload is None else json.loads(opened.payload),
            "withheld": opened.withheld,
        }
    )


def _blanks(found: Future[list[Verdict]]) -> Iterator[bytes]:
    """JSON begins with as many blanks as it takes."""
    while True:
        yield b" "
        try:
            yield _verdicts(found.result(_PATIENCE))
            return
        except TimeoutError:
            continue


def _verdicts(verdicts: Iterable[Verdict]) -> bytes:
    shown = [
        VerdictShown(
            **{name: value for name, value in asdict(verdict).items() if name != "faults"},
            faults=[FaultShown(at=each.at, fault=each.fault.value) for each in verdict.faults],
            holds=verdict.holds,
        )
        for verdict in verdicts
    ]
    return _VERDICTS.dump_json(shown)


def _compared(told: Comparison) -> ReconciliationShown:
    shown = asdict(told) | {"peer": str(told.peer), "agrees": told.agrees}
    for part in ("differences", "noted"):
        shown |= {part: shown[part][:_SHOWN], f"{part}_in_all": len(shown[part])}
    return ReconciliationShown.model_validate(shown)


def _json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    while part := list(islice(rows, _ROWS)):
        yield "".join(f"{json.dumps(_timed(row), ensure_ascii=False)}\n" for row in part).encode()


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    heading: list[dict[str, str]] = [{name: name for name in _COLUMNS}]
    while part := [*heading, *map(_flat, islice(rows, _ROWS))]:
        heading = []
        written = io.StringIO()
        csv.DictWriter(written, _COLUMNS, lineterminator="\r\n").writerows(part)  # RFC 4180
        yield written.getvalue().encode()


_FORMATS: Mapping[str, tuple[Callable[[Iterator[dict[str, Any]]], Iterator[bytes]], str]] = MappingProxyType(
    {"jsonl": (_json_lines, "application/jsonl"), "csv": (_csv, "text/csv; charset=utf-8")}
)


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    return row if row["at"] is None else {**row, "at": rfc3339(row["at"])}


def _flat(row: dict[str, Any]) -> dict[str, str]:
    entry = row["entry"] or {}
    flat = {name: row[name] for name in _COLUMNS if name in row} | {f"entry_{name}": entry.get(name) for name in _ENTRY}
    return {name: _cell(value) for name, value in (flat | {"at": _timed(row)["at"]}).items()}


def _cell(value: object) -> str:
    """A cell that no spreadsheet computes: user names are words that somebody chose."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
