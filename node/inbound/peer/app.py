"""The peer API: envelopes, index files, the audit log, and witnessing (C2SP tlog-witness).

Who calls is asked of the connection on every request.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from node.flows.serve_log import LogSizes
from node.inbound.measured import Measured
from node.inbound.peer.inbox import Inbox
from node.inbound.peer.places import Guest, Places
from node.inbound.problems import MEDIA_TYPE, handle_errors
from node.safeguards.door import Cleared
from node.safeguards.narrowing import narrowed
from node.store.index_files import IndexFiles
from node.telemetry.quiet import QUIET
from node.telemetry.telling import Telemetry
from node.tls.connection import client_pin
from node.tls.trust import PeerTrust
from protocol import limits
from protocol.authority import Authority
from protocol.errors import Malformed, TooLarge

REQUEST_MEDIA_TYPE = "application/jose+json"
REPLY_MEDIA_TYPE = "application/jose+jsonl"
TEXT, SIZE = "text/plain", "text/x.tlog.size"
_Size = Annotated[int, Path(ge=1, lt=1 << 53)]

_PROBLEM: dict[str, Any] = {
    "content": {MEDIA_TYPE: {}},
    "description": "RFC 9457 problem document; docs/errors.md lists the codes",
}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 403, 404, 409, 413, 422, 429, 503), _PROBLEM)
_OTHER_SIZE: dict[str, Any] = {
    "content": {SIZE: {}, MEDIA_TYPE: {}},
    "description": "the size of the log that was cosigned last, as tlog-witness has it; or a problem document",
}


def peer_app(inbox: Inbox, files: IndexFiles, trust: PeerTrust, clock: Callable[[], int], telemetry: Telemetry) -> FastAPI:
    """The app that peers speak to. It is served over `node.tls.server.peer_server` only. `clock` gives POSIX seconds."""
    app = FastAPI(
        title="Celosia peer API",
        version="1",
        description="See docs/spec/envelope.md.",
        docs_url=None,
        redoc_url=None,
        telemetry=QUIET,
    )
    app.add_middleware(Measured, telemetry=telemetry, api="peer")
    handle_errors(app, narrowed)

    places = Places()

    async def guest(request: Request) -> AsyncIterator[Guest]:
        with places.take(Authority(trust.state_of(client_pin(request.scope, clock())))) as guest:
            yield guest

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
    async def post_envelope(request: Request, caller: Annotated[Guest, Depends(guest)]) -> Response:
        if request.headers.get("Content-Type") != REQUEST_MEDIA_TYPE:
            raise Malformed("request.content_type", expected=REQUEST_MEDIA_TYPE)
        raw = await _body(request)
        replies = inbox.take(raw, caller.authority)
        # the first reply is made before the status line: what is not admitted gets a problem document
        first = await caller.run(lambda: next(replies))
        return StreamingResponse(_lines(caller, first, replies), media_type=REPLY_MEDIA_TYPE)

    @app.get(
        "/v1/index/{digest}",
        summary="Read a segment or bitmap that a manifest names",
        response_class=FileResponse,
        responses={200: {"content": {"application/octet-stream": {}}}, **_PROBLEMS},
    )
    async def get_index_file(
        digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], caller: Annotated[Guest, Depends(guest)]
    ) -> FileResponse:
        cleared = await caller.run(lambda: inbox.give_file(files, digest, caller.authority))
        return FileResponse(cleared.path, media_type="application/octet-stream")

    @app.get(
        "/v1/log/checkpoint",
        summary="The newest checkpoint of this node's audit log",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **_PROBLEMS},
    )
    async def get_checkpoint(caller: Annotated[Guest, Depends(guest)]) -> Response:
        cleared = await caller.run(lambda: inbox.give_checkpoint(caller.authority))
        return Response(cleared.raw, media_type="text/plain; charset=utf-8")

    @app.get(
        "/v1/log/witnessed",
        summary="The newest checkpoint of this node's audit log that a quorum has cosigned",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **_PROBLEMS},
    )
    async def get_witnessed(caller: Annotated[Guest, Depends(guest)]) -> Response:
        cleared = await caller.run(lambda: inbox.give_witnessed(caller.authority))
        return Response(cleared.raw, media_type="text/plain; charset=utf-8")

    @app.get(
        "/v1/log/consistency/{origin}/{old}/{new}",
        summary="The path in this node's audit log from one size to another",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **_PROBLEMS},
    )
    async def get_consistency(
        origin: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], old: _Size, new: _Size, caller: Annotated[Guest, Depends(guest)]
    ) -> Response:
        cleared = await caller.run(lambda: inbox.give_consistency(LogSizes(origin, old, new), caller.authority))
        return Response(cleared.raw, media_type="text/plain; charset=utf-8")

    @app.get(
        "/v1/log/exchanges/{x}",
        summary="The entries of an exchange with the caller, with their proofs",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, **_PROBLEMS},
    )
    async def get_proofs(x: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], caller: Annotated[Guest, Depends(guest)]) -> Response:
        cleared = await caller.run(lambda: inbox.give_proofs(x, caller.authority))
        return Response(cleared.raw, media_type="application/json")

    @app.get(
        "/v1/log/exchanges/{x}/half",
        summary="This side's half of a bundle of evidence about an exchange with the caller",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, **_PROBLEMS},
    )
    async def get_half(x: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], caller: Annotated[Guest, Depends(guest)]) -> Response:
        cleared = await caller.run(lambda: inbox.give_half(x, caller.authority))
        return Response(cleared.raw, media_type="application/json")

    @app.get(
        "/v1/directories/{snapshot}",
        summary="A directory that this node had adopted, whole, by the digest of its snapshot",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}, **_PROBLEMS},
    )
    async def get_directory(
        snapshot: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], caller: Annotated[Guest, Depends(guest)]
    ) -> Response:
        cleared = await caller.run(lambda: inbox.give_directory(snapshot, caller.authority))
        return Response(cleared.raw, media_type="application/json")

    @app.post(
        "/v1/witness/add-checkpoint",
        summary="Have the newest checkpoint of one's own log cosigned",
        response_class=PlainTextResponse,
        responses={200: {"content": {TEXT: {}}}, **_PROBLEMS, 409: _OTHER_SIZE},
        openapi_extra={"requestBody": {"required": True, "content": {TEXT: {"schema": {"type": "string"}}}}},
    )
    async def add_checkpoint(request: Request, caller: Annotated[Guest, Depends(guest)]) -> Response:
        raw = await _body(request, limits.ADD_CHECKPOINT_BYTES)
        answer = await caller.run(lambda: inbox.add_checkpoint(raw, caller.authority))
        if answer.is_cosignature:
            return Response(answer.cleared.raw, media_type=TEXT)
        return Response(answer.cleared.raw, 409, {"Content-Type": SIZE})

    @app.get(
        "/v1/witness/{origin}/checkpoint",
        summary="Read the last checkpoint of a member's log that was cosigned here",
        response_class=PlainTextResponse,
        responses={200: {"content": {TEXT: {}}}, **_PROBLEMS},
    )
    async def get_seen(
        origin: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], caller: Annotated[Guest, Depends(guest)]
    ) -> Response:
        cleared = await caller.run(lambda: inbox.give_seen(origin, caller.authority))
        return Response(cleared.raw, media_type=TEXT)

    return app


async def _body(request: Request, limit: int = limits.ENVELOPE_BYTES) -> bytes:
    """The body, read only as far as it may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("request", limit=limit)
    return bytes(body)


async def _lines(caller: Guest, first: Cleared, rest: Iterator[Cleared]) -> AsyncIterator[bytes]:
    cleared: Cleared | None = first
    while cleared is not None:
        yield cleared.raw + b"\n"
        cleared = await caller.run(lambda: next(rest, None))
