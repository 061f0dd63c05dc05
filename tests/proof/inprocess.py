"""Three real nodes in one process, joined without a network: each request goes straight into the other's ASGI app, past a tap.

All is the node's own code but the sockets: the client of `node/outbound/` gets a transport that calls the app of
`node/inbound/peer/`, with the caller's certificate in the scope, as the server's connection would put it there. The directory
answers from its folder.
"""

import asyncio
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote

import httpx2
from sqlmodel import col, select

import node.app
import node.outbound.peers
import node.telemetry.telling
from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node
from node.flows.keep_officers import AccountRefused
from node.inbound.measured import template_of
from node.officers import Role
from node.store import jobs
from node.store.jobs import Lane
from node.store.tables import CaseImport, Job
from node.telemetry.collector import Collector
from node.telemetry.leaving import METRICS_PATH, TRACES_PATH
from node.telemetry.telling import Telemetry, telling
from node.telemetry.words import Words
from node.tls.certificates import Credential
from node.tls.errors import Unreachable
from protocol.authority import Authority
from tests.proof.drawn import Drawn, seeded
from tests.proof.registering import SETTINGS as FEED
from tests.proof.taps import LogTap, Taps
from tests.proof.turning import turn_epochs
from tests.serving import wait_until

CO, PE, BR = (state.authority for state in STATES)
CODES = (CO, PE, BR)
FOUNDERS = [replace(state, audiences=()) for state in STATES]
"""Without lists of named sets: these are made and left like those for all, and twice as many sequences fit into an hour."""
BEAT = 600
_LOGS_KEPT = 2
"""Of so many beats one is the logs', too: it takes as long as all lists'."""
_EXPORTS = {TRACES_PATH: "spans", METRICS_PATH: "metrics"}
SETTINGS = f"""
[beats]
directory = 3600
additions = {BEAT}
removals = {BEAT}
manifests = 3600
outbox = 3600
questions = 3600
reconcile = {3 * BEAT}
manifest_validity = 3600

[telemetry]
endpoint = "http://127.0.0.1:20200"
interval = 3600
{FEED}"""
PORTS = Ports(20_000, *({code: first + at for at, code in enumerate(CODES)} for first in (20_001, 20_101)))
"""Nobody listens there: a port is a node's name in the directory."""
_LANES = (Lane.REVOCATION, Lane.URGENT, Lane.RECORD, Lane.QUESTION)


def found_template(folder: Path) -> None:
    """A federation as it is on its first day, to be copied: ceremonies cost more than all else."""
    found_federation(folder, FOUNDERS, PORTS, SETTINGS)


def busy(node: Node) -> bool:
    """Whether a node is at work, or has something due."""
    with node.database.read() as work:
        leased = select(Job).where(Job.state == jobs.LEASED, col(Job.lease_until) > work.now())
        importing = select(CaseImport).where(CaseImport.state == "running")
        return (
            any(jobs.due(work, lane) for lane in _LANES)
            or work.session.exec(leased).first() is not None
            or work.session.exec(importing).first() is not None
        )


class _Loop:
    """An event loop in a thread of its own, in which all apps of a federation run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="apps", daemon=True)
        self._thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def close(self) -> None:
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Reply:
    """An app's answer, whole."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)


async def call(app: Any, scope: Mapping[str, Any], body: bytes, left: Callable[[bytes], None] = lambda _raw: None) -> Reply:
    """One request to an ASGI app. `left` is told what it sends: the head as HTTP/1.1 writes it, and then the body, whole."""
    reply, pending, ended = Reply(), [{"type": "http.request", "body": body, "more_body": False}], asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not pending:
            await ended.wait()  # the caller stays on the line until it has its answer
            return {"type": "http.disconnect"}
        return pending.pop()

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reply.status, reply.headers = message["status"], list(message.get("headers", ()))
            left(b"HTTP/1.1 %d\r\n" % reply.status + _head(reply.headers))
        elif message["type"] == "http.response.body":
            reply.body += message.get("body", b"")
            if not message.get("more_body", False):
                ended.set()

    await app(scope, receive, send)
    left(bytes(reply.body))
    return reply


def _head(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n"


def _first_line(request: httpx2.Request) -> bytes:
    return request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1\r\n"


def scope_of(request: httpx2.Request, **extra: Any) -> dict[str, Any]:
    """The ASGI scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": unquote(request.url.path),
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": (request.url.host, request.url.port or 443),
        **extra,
    }


class _Wire(httpx2.BaseTransport):
    """From one node's client into another's peer app. Both halves are tapped."""

    def __init__(self, federation: "InProcess", caller: Authority, own: Credential) -> None:
        self._federation, self._caller, self._own = federation, caller, own

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """As the border's transport does it, but for the network."""
        called = next(code for code, port in self._federation.ports.items() if port == request.url.port)
        body = request.read()
        taps = self._federation.taps
        taps.note(self._caller, "request", _first_line(request) + _head(request.headers.raw) + body)
        node = self._federation.nodes.get(called)
        if node is None or called in self._federation.away:
            raise Unreachable("nobody answers")
        reply = self._federation.called(called, request, body, self._own)
        return httpx2.Response(reply.status, headers=reply.headers, stream=_Whole(bytes(reply.body)))


class _Whole(httpx2.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body


class _DirectoryFiles(httpx2.BaseTransport):
    """The Secretariat's files, as its server gives them."""

    def __init__(self, folder: Path, note: Callable[[bytes], None]) -> None:
        self._folder, self._note = folder, note

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """A file of the repository, or 404."""
        self._note(_first_line(request) + _head(request.headers.raw) + request.read())
        path = self._folder / request.url.path.lstrip("/")
        found = path.is_file()
        return httpx2.Response(200 if found else 404, stream=_Whole(path.read_bytes() if found else b""))


class Answer:
    """What the national API answers an officer."""

    def __init__(self, reply: Reply) -> None:
        self.status, self.headers, self.body = reply.status, reply.headers, bytes(reply.body)

    def json(self) -> Any:
        """The document."""
        return httpx2.Response(200, content=self.body).json()


class InProcess:
    """A federation in one process, and its beats by hand."""

    def __init__(
        self,
        folder: Path,
        template: Path,
        seed: int,
        began: int,
        *,
        ports: Mapping[Authority, int] = PORTS.peer,
        beat: int = BEAT,
    ) -> None:
        shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
        self.folder, self.taps, self.away = folder, Taps(), set[Authority]()
        self.drawn = Drawn(seeded(seed))
        self.ports, self._passed, self._began, self._beat = ports, 0, began, beat
        self._loop = _Loop()
        self._tokens: dict[tuple[Authority, str], str] = {}
        self._patched = ExitStack()
        self._patched.enter_context(mock.patch.object(node.outbound.peers, "pinned_client", self._client))
        self._patched.enter_context(mock.patch.object(node.app, "telling", self._tell))
        self._telling: list[Any] = []
        self._beats = itertools.count()
        for provider in ("SdkTracerProvider", "SdkMeterProvider"):
            self._patched.enter_context(mock.patch.object(node.telemetry.telling, provider, self._remembered(provider)))
        self._patched.enter_context(LogTap(self.taps, list(CODES)).listening())
        self.nodes: dict[Authority, Node] = {}
        for code in CODES:
            self.start(code)

    def clock(self) -> int:
        """The federation's time, POSIX seconds."""
        return self._began + self._passed

    def run(self, work: Any) -> Any:
        """Something of asyncio, in the apps' loop."""
        return self._loop.run(work)

    def start(self, code: Authority) -> None:
        """A node from its folder, as after a reboot."""
        repository = self.folder / "secretariat" / "repository" / "published"
        directory = _DirectoryFiles(repository, lambda raw: self.taps.note(code, "directory", raw))
        with mock.patch.object(node.app, "directory_http", lambda _tls: httpx2.Client(transport=directory)):
            started = Node(self.folder / code, self.clock, random=self.drawn)
        if not started.adopt.load():
            started.adopt.refresh()
        started.ask.recover()
        self.nodes[code] = started

    def out_of_service(self, code: Authority, work: Callable[[Node], object]) -> None:
        """Stop a node in whatever it is at, do something to it, and start it from its folder."""
        stopped = self.nodes.pop(code)
        work(stopped)
        stopped.close()
        self.start(code)

    def close(self) -> None:
        """Everything is given back."""
        for each in self.nodes.values():
            each.close()
        self._loop.close()
        self._patched.close()

    def called(self, code: Authority, request: httpx2.Request, body: bytes, caller: Credential) -> Reply:
        """A request of a peer to this node, as its connection would hand it over."""
        scope = scope_of(request, extensions={"tls": {"client_cert_chain": [caller.certificate.decode()]}})
        reply: Reply = self.run(call(self.nodes[code].peer_app, scope, body, lambda raw: self.taps.note(code, "reply", raw)))
        if reply.status == 200:
            self.taps.answered[template_of(scope)] += 1
        return reply

    def strange(self, code: Authority, body: bytes) -> Reply:
        """What one of its peers sends to this node, and no node of ours would."""
        peer = next(other for other in CODES if other != code)
        headers = {"Content-Type": node.outbound.peers.ENVELOPE_MEDIA_TYPE}
        return self._asked(code, peer, httpx2.Request("POST", self._url(code, "/v1/envelopes"), headers=headers, content=body))

    def fetched(self, code: Authority, peer: Authority, path: str) -> Reply:
        """What a peer reads of this node with a program that is not ours: a checkpoint, the proofs of an exchange."""
        return self._asked(code, peer, httpx2.Request("GET", self._url(code, path)))

    def _url(self, code: Authority, path: str) -> str:
        return f"https://127.0.0.1:{self.ports[code]}{path}"

    def _asked(self, code: Authority, peer: Authority, request: httpx2.Request) -> Reply:
        certificate = (self.folder / peer / "tls" / "leaf.pem").read_bytes()
        return self.called(code, request, request.read(), Credential(certificate, b""))

    def _client(self, _authority: bytes, _pins: object, own: Credential, *_rest: object) -> httpx2.Client:
        leaves = {(self.folder / code / "tls" / "leaf.pem").read_bytes(): code for code in CODES}
        return httpx2.Client(
            transport=_Wire(self, leaves[own.certificate], own),
            headers={"Accept-Encoding": "identity", "User-Agent": "celosia"},
            trust_env=False,
        )

    def _tell(self, words: Words, *, state: str, **given: Any) -> Telemetry:
        """A node's telemetry, with a tap before its collector."""

        def collect(_collector: object, path: str, content: bytes) -> str:
            self.taps.note(Authority(state), _EXPORTS[path], content)
            return "takes"

        tapped = type("Tapped", (Collector,), {"_post": collect})
        with mock.patch.object(node.telemetry.telling, "Collector", tapped):
            return telling(words, state=state, **given)

    def _remembered(self, provider: str) -> Callable[..., Any]:
        made = getattr(node.telemetry.telling, provider)

        def make(*given: Any, **more: Any) -> Any:
            self._telling.append(made(*given, **more))
            return self._telling[-1]

        return make

    def officer(self, code: Authority, username: str, *roles: Role) -> str:
        """The token of an officer's account, which is made at the first use."""
        key = (code, username)
        if key not in self._tokens:
            officers = self.nodes[code].officers
            with suppress(AccountRefused):  # of an earlier life
                officers.create(username, f"{username} (invented)", f"STAFF-{code}-{username}", roles)
            self._tokens[key] = officers.issue_token(username)
        return self._tokens[key]

    def national(self, code: Authority, token: str, method: str, path: str, **given: Any) -> Answer:
        """One request of an officer to the node's own API."""
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        request = httpx2.Request(method, f"http://127.0.0.1{path}", headers=headers, **given)
        return Answer(self.run(call(self.nodes[code].national_app, scope_of(request), request.read())))

    def turn_epochs(self, code: Authority, *, overlap: bool) -> None:
        """The next epochs of a state's lists begin, and whoever can be reached knows it from the directory."""
        turn_epochs(self.folder, self.nodes[code], overlap=overlap)
        for other, each in self.nodes.items():
            if other == code or other not in self.away:
                each.adopt.refresh()

    def turn(self) -> int:
        """A point in time, of the taps."""
        return self.taps.turn()

    def cut(self, code: Authority) -> None:
        """A node's line is cut; or mended, and it hears what the directory says by now."""
        self.away ^= {code}
        if code not in self.away:
            self.nodes[code].adopt.refresh()

    def settle(self) -> None:
        """Work that has begun, or is due, is done to its end."""
        for each in list(self.nodes.values()):
            each.publish.enqueue_for_newcomers()
            wait(each.revoke.tell_all())
        wait_until(self._quiet, "the jobs", 60)

    def _quiet(self) -> bool:
        for each in list(self.nodes.values()):
            wait(each.deliver.deliver_all())
            each.ask.resume()
        return not any(map(busy, self.nodes.values()))

    def forward(self, seconds: int) -> None:
        """Time passes, everywhere at once."""
        self._passed += seconds

    def follow(self, code: Authority) -> None:
        """The beat of the lists of one node, to its end."""
        wait(self.nodes[code].follow.visit_all())

    def keep_logs(self) -> None:
        """The beat of all logs: what witnesses saw, a checkpoint, and their cosignatures."""
        for each in list(self.nodes.values()):
            each.witnesses.look_at_all()
            each.log.beat()
            wait(each.witnesses.feed_all())

    def tell(self) -> None:
        """The beats on which peers are told of openings, and asked whether they have erased."""
        for each in list(self.nodes.values()):
            each.tell.tell_peers()
            each.erase.ask_peers()

    def end(self) -> None:
        """Nothing more leaves: levels are taken, and what waits for the collectors goes to them."""
        for each in self.nodes.values():
            each._watch.take_sample()
            each._measure.beat()
        for provider in self._telling:
            provider.force_flush()

    def beat(self, *followers: Authority) -> None:
        """A beat's time passes: indexes, outboxes, logs, comparisons; then `followers` follow everybody's lists, or all do."""
        self.forward(self._beat)
        for each in list(self.nodes.values()):
            each.epochs.turn(self.clock())
            each.index.beat()
        self.settle()
        if next(self._beats) % _LOGS_KEPT == 0:
            self.keep_logs()
        for each in list(self.nodes.values()):
            wait(each.reconcile.visit_due())
        for code in followers or tuple(self.nodes):
            self.follow(code)
