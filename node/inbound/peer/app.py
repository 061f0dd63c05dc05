"""The peer API: POST /v1/envelopes, GET /v1/index/{digest}. Who calls is asked of the connection on every request."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from node.flows.serve_lists import give_index_file
from node.inbound.peer.inbox import Inbox
from node.inbound.problems import MEDIA_TYPE, handle_errors
from node.safeguards.door import Cleared
from node.store.index_files import IndexFiles
from node.tls.connection import client_pin
from node.tls.trust import PeerTrust
from protocol import limits
from protocol.authority import Authority
from protocol.errors import Malformed, TooLarge

REQUEST_MEDIA_TYPE = "application/jose+json"
REPLY_MEDIA_TYPE = "application/jose+jsonl"

_PROBLEM: dict[str, Any] = {
    "content": {MEDIA_TYPE: {}},
    "description": "RFC 9457 problem document; docs/errors.md lists the codes",
}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 403, 404, 409, 413, 503), _PROBLEM)


def peer_app(inbox: Inbox, files: IndexFiles, trust: PeerTrust) -> FastAPI:
    """The app that peers speak to. It is served over `node.tls.server.peer_server` only."""
    app = FastAPI(title="Celosia peer API", version="1", description="See docs/spec/envelope.md.", docs_url=None, redoc_url=None)
    handle_errors(app)

    def caller(request: Request) -> Authority:
        return Authority(trust.state_of(client_pin(request.scope)))

    @app.post(
        "/v1/envelopes",
        summary="Send one envelope; the replies come one on a line",
        response_class=StreamingResponse,
        responses={200: {"content": {REPLY_MEDIA_TYPE: {"schema": {"type": "string"}}}}, **_PROBLEMS},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {REQUEST_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def post_envelope(request: Request, connection: Annotated[Authority, Depends(caller)]) -> Response:
        if request.headers.get("Content-Type") != REQUEST_MEDIA_TYPE:
            raise Malformed("request.content_type", expected=REQUEST_MEDIA_TYPE)
        raw = await _body(request)
        replies = inbox.take(raw, connection)
        # the first reply is made before the status line: what is not admitted gets a problem document
        first = await run_in_threadpool(next, replies)
        return StreamingResponse(_lines(first, replies), media_type=REPLY_MEDIA_TYPE)

    @app.get(
        "/v1/index/{digest}",
        summary="Read a segment or bitmap that a manifest names",
        response_class=FileResponse,
        responses={200: {"content": {"application/octet-stream": {}}}, **_PROBLEMS},
    )
    def get_index_file(
        digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], connection: Annotated[Authority, Depends(caller)]
    ) -> FileResponse:
        cleared = give_index_file(inbox.database, inbox.federation, inbox.door, files, digest, connection)
        return FileResponse(cleared.path, media_type="application/octet-stream")

    return app


async def _body(request: Request) -> bytes:
    """The body, read only as far as an envelope may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.ENVELOPE_BYTES:
            raise TooLarge("request", limit=limits.ENVELOPE_BYTES)
    return bytes(body)


def _lines(first: Cleared, rest: Iterator[Cleared]) -> Iterator[bytes]:
    return (cleared.raw + b"\n" for cleared in chain([first], rest))
