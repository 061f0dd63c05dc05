"""What a pasted text may hold: the text in, a row a line out. Nothing of it is kept, and nothing of it stands in an address."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from node.case_files.pasted import Encoding, PastedLine
from node.flows.identify import Summary, identify, row_of
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import working_on_cases
from node.officers import CaseWorker
from protocol.authority import Authority
from protocol.recognition import ReadLine

TEXT_MEDIA_TYPE = "application/octet-stream"
"""Text of an encoding that nobody has found out yet is bytes."""
ROWS_MEDIA_TYPE = "application/x-ndjson"
_BATCH = 200
"""Rows a piece: each piece costs a change of threads."""


def routes(officers: KeepOfficers, me: Authority) -> APIRouter:
    """POST /v1/identifications."""
    router = APIRouter(prefix="/v1/identifications", tags=["identifications"])
    ACaseWorker = Annotated[CaseWorker, Depends(working_on_cases(officers))]  # noqa: N806  a type

    @router.post(
        "",
        summary="Say of every line of a text which identifiers it may hold",
        response_class=StreamingResponse,
        responses={200: {"content": {ROWS_MEDIA_TYPE: {"schema": {"type": "string"}}}}},
        openapi_extra={
            "requestBody": {"required": True, "content": {TEXT_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
        },
    )
    def post_identification(
        _officer: ACaseWorker,
        text: Annotated[bytes, Depends(_body)],
        country: Authority | None = None,
        encoding: Encoding | None = None,
    ) -> StreamingResponse:
        with officers.database.read() as work:
            today = work.today()
        summary = Summary()
        # here, and not with the first row: what is no text is refused before the answer begins
        lines = identify([text], country or me, summary, encoding, today=today)
        return StreamingResponse(_rows(lines, summary), media_type=ROWS_MEDIA_TYPE)

    return router


async def _body(request: Request) -> bytes:
    return await request.body()


def _rows(lines: Iterator[tuple[PastedLine, ReadLine]], summary: Summary) -> Iterator[bytes]:
    """A row a line, and the summary as the last row."""
    rows = (row_of(line, read) for line, read in lines)
    while batch := list(islice(rows, _BATCH)):
        yield b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in batch)
    yield json.dumps({"summary": summary.row()}).encode() + b"\n"
