"""Bytes put to what reads them off a line: the apps' doors, and what a peer, the Secretariat or a node's API answers.

Each function returns when the bytes are taken, raises what the caller is told otherwise, and fails when a door breaks.
"""

import asyncio
import gc
import itertools
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from pydantic import TypeAdapter
from starlette.types import ASGIApp, Message
from uvicorn.server import ServerState

from node.backup.container import read_frames, read_header
from node.cli.client import Api
from node.cli.client import Refused as RefusedByNode
from node.cli.importing import _parts
from node.custody.vault import _parts as _sealed
from node.directory import submission
from node.directory.errors import DirectoryError, Malformed
from node.durable import write_whole
from node.inbound.national import imports
from node.inbound.national.app import national_app
from node.inbound.national.models import ImportShown
from node.inbound.national.server import LIMITS, OfficersProtocol
from node.officers import NotAuthenticated, Role, SignedIn
from node.outbound.peers import _lines
from node.tls.client import _fault, read_limited
from node.tls.deadlines import TimedConfig
from node.tls.errors import BadResponse
from protocol.vocabulary import Language
from tests.node.case_files.conftest import TODAY

TOKEN = "celosia_invented"
SECRET = "an invented secret"
_callers = itertools.count()


class Refused(Exception):
    """A door answered with a problem document."""


# The national port


class _Officers:
    """One analyst, behind one token."""

    def sign_in(self, token: str) -> SignedIn:
        if token != TOKEN:
            raise NotAuthenticated
        return SignedIn("0", "invented", frozenset({Role.ANALYST}))


class _Import:
    """An import that keeps nothing: whoever comes so far is told that it is unknown."""

    @property
    def database(self) -> Any:
        @contextmanager
        def read() -> Iterator[Any]:
            yield SimpleNamespace(session=SimpleNamespace(get=lambda *_: None), today=lambda: TODAY)

        return SimpleNamespace(read=read)

    def begin(self, *_: object) -> str:
        return "0"

    def run(self, _import_id: str, rows: Iterator[object]) -> None:
        for _ in rows:
            pass


@cache
def _national() -> ASGIApp:
    executor = SimpleNamespace(submit=lambda run, *given: run(*given))
    officers = _Officers()
    return national_app([imports.routes(cast("Any", officers), cast("Any", _Import()), cast("Any", executor))], officers.sign_in)


async def _ask(app: ASGIApp, method: str, path: str, headers: Mapping[bytes, bytes], body: bytes) -> tuple[int, bytes]:
    sent: list[Message] = []
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(given, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
    }
    # every call comes from an address of its own: an address has only so many wrong tokens a minute
    scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": "", "client": (f"caller-{next(_callers)}", 1)}
    await app({**scope, "server": ("127.0.0.1", 1), "headers": list(headers.items())}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _national_door(method: str, path: str, headers: Mapping[bytes, bytes], body: bytes) -> None:
    status, answer = asyncio.run(_ask(_national(), method, path, headers, body))
    code = json.loads(answer)["code"]
    assert status < 500, code
    if code != "unknown_import":
        raise Refused(code)


def form(raw: bytes) -> None:
    """An upload: the value of Content-Type in the first line, then the body."""
    kind, _, body = raw.partition(b"\n")
    headers = {b"authorization": b"Bearer " + TOKEN.encode(), b"content-type": kind}
    with warnings.catch_warnings():
        # Starlette closes the parts of an upload that it refuses itself. Where the parser under it refuses, they end as memory
        warnings.simplefilter("ignore", ResourceWarning)
        gc.disable()  # so that all of it is young when it is collected: a collection of everything takes longer than a call
        try:
            _national_door("POST", "/v1/imports", headers, body)
        finally:
            gc.collect(0)
            gc.enable()


def token(raw: bytes) -> None:
    """The value of an Authorization header."""
    _national_door("GET", "/v1/imports/0", {b"authorization": raw}, b"")


class _Wire(asyncio.Transport):
    """A connection of nobody: what is written goes nowhere."""

    _closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


def request_head(raw: bytes) -> None:
    """What a caller says before anything of it is known, to either server: lines and headers of HTTP/1.1."""
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def speak() -> None:
        config = TimedConfig(app, LIMITS)
        config.load()
        protocol = OfficersProtocol(config, ServerState(), {})
        wire = _Wire()
        protocol.connection_made(wire)
        protocol.data_received(raw)
        await asyncio.sleep(0)
        protocol.connection_lost(None)

    asyncio.run(speak())
    if not asked:
        raise Refused("no request")


# What others answer


def reply_lines(raw: bytes) -> list[bytes]:
    """A peer's replies, one on a line, as they come in three pieces."""
    third = len(raw) // 3 + 1
    pieces = iter([raw[at : at + third] for at in range(0, len(raw), third)])
    return list(_lines(httpx2.Response(200, content=pieces)))


def print_lines(lines: list[bytes]) -> bytes:
    """Replies as they stood on the line."""
    return b"".join(line + b"\n" for line in lines)


def answer_head(raw: bytes) -> bytes:
    """Status and headers of a peer's answer, a line each, and its body, as HTTP lets them through."""
    head, _, body = raw.partition(b"\n\n")
    status, *lines = head.split(b"\n")
    pairs = [line.partition(b": ")[::2] for line in lines]
    if not status.isdigit() or not 200 <= int(status[:4]) <= 599 or any(not value.isascii() for _, value in pairs):
        raise Refused("no HTTP")
    lengths = [value for name, value in pairs if name.lower() == b"content-length"]
    if any(not value.isdigit() or len(value) > 20 for value in lengths) or len(lengths) > 1:
        raise Refused("no HTTP")
    response = httpx2.Response(int(status), headers=pairs, content=iter([body]))
    fault = _fault(httpx2.Request("POST", "https://localhost/v1/envelopes"), response)
    if fault is not None:
        raise BadResponse(fault)
    return read_limited(response, 1 << 16)


def _http(status: int, raw: bytes) -> httpx2.Client:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=iter([raw])))
    return httpx2.Client(base_url="https://localhost", transport=transport, trust_env=False)


def accepted_submission(raw: bytes) -> object:
    """What the Secretariat says to a submission that it took."""
    with _http(201, raw) as http:
        return submission.send(http, "https://localhost", b"")


def refused_submission(raw: bytes) -> None:
    """What the Secretariat says to one that it refused: the error that it names is its meaning."""
    try:
        with _http(409, raw) as http:
            submission.send(http, "https://localhost", b"")
    except Malformed as error:
        if "without a reason" in error.why:
            raise
    except DirectoryError:
        pass


def _api(status: int, raw: bytes) -> object:
    with Api("http://127.0.0.1", TOKEN, Language.ES) as api:
        api._http.close()
        api._http = _http(status, raw)
        return api.get(["imports", "0"], TypeAdapter(ImportShown)).value


def api_answer(raw: bytes) -> object:
    """What the command line gets for an answer of a node."""
    return _api(200, raw)


def api_problem(raw: bytes) -> None:
    """What the command line gets for a refusal of a node."""
    try:
        _api(422, raw)
    except RefusedByNode as refused:
        str(refused)


# Files that somebody hands over


def mapping_at_hand(raw: bytes) -> None:
    """A mapping as the command line looks into it for the names of its files, which are there."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "mapping.json")
        path.write_bytes(raw)
        Path(folder, "casos.csv").write_bytes(b"")
        _parts(path)


def backup_frames(raw: bytes) -> list[bytes]:
    """A whole backup, under a secret that its maker knew."""
    file = BytesIO(raw)
    return list(read_frames(file, read_header(file), SECRET))


def sealed_file(raw: bytes) -> object:
    """A key file of a folder that somebody put there."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "signing.key")
        write_whole(path, raw)
        return _sealed(path)


def backup_header(raw: bytes) -> None:
    """The first line of a backup, which says what opens it."""
    header = read_header(BytesIO(raw))
    assert raw.startswith(header.line())
