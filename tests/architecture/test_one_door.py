"""No byte goes to a peer but what the door cleared: shown from the import graph, from the signatures, and from the routes.

The rooms that can open a connection or answer one are few, and each is named here with whom it speaks to. Only two of them speak
to peers, and both can do nothing but hand on what is `Cleared`, which only the door makes (`test_architecture.py`).
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from node.inbound.peer.app import peer_app
from node.inbound.peer.inbox import Inbox
from node.outbound.peers import PeerLines
from node.safeguards.door import Cleared, ClearedFile, ClearedReading
from node.telemetry.telling import OFF

ROOT = Path(__file__).parents[2]
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "node").rglob("*.py"))}

NETWORK = frozenset(
    {
        *("aiohttp", "anyio", "asyncio", "asyncore", "ftplib", "grpc", "h11", "http", "httpcore", "httpcore2", "httpx", "httpx2"),
        *("imaplib", "multiprocessing", "nntplib", "poplib", "psycopg", "requests", "smtplib", "socket", "socketserver", "ssl"),
        *("subprocess", "telnetlib", "urllib", "urllib3", "uvicorn", "websockets", "wsgiref", "xmlrpc"),
    }
)
"""What can open a connection, answer one, or start a program that does."""

SPEAKS_TO = {
    "node/cli/client.py": "our own node's API, as an officer",
    "node/cli/directory.py": "the Secretariat: an address is checked for its form",
    "node/cli/leaves.py": "nobody: a host name for a certificate",
    "node/custody/uri.py": "nobody: addresses of keys are read",
    "node/directory/client.py": "the Secretariat",
    "node/directory/server.py": "the Secretariat's own server",
    "node/directory/submission.py": "the Secretariat, with what officers signed",
    "node/doctor/certificates.py": "nobody: certificates are read",
    "node/doctor/chart.py": "the Secretariat and our own API, with a question whether they are there",
    "node/doctor/directory.py": "the Secretariat",
    "node/inbound/national/server.py": "our own officers",
    "node/inbound/peer/places.py": "nobody: a peer's work gets its place among threads",
    "node/marking/client.py": "a process of this machine with the register's key, over a Unix socket: group elements only",
    "node/marking/process.py": "our own node, as that process: group elements multiplied",
    "node/outbound/peers.py": "PEERS: what is Cleared",
    "node/store/sqlite.py": "nobody: a path is written as an address",
    "node/telemetry/collector.py": "the authority's own collector, through the allow-list of node/telemetry/",
    "node/telemetry/telling.py": "nobody: the context for the collector is handed on",
    "node/tls/client.py": "PEERS: makes the clients of node/outbound/",
    "node/tls/connection.py": "PEERS: the connections of the peer app",
    "node/tls/contexts.py": "nobody: contexts are made",
    "node/tls/deadlines.py": "PEERS and officers: the servers' deadlines",
    "node/tls/doorstep.py": "nobody: connections are counted",
    "node/tls/server.py": "PEERS: the server of the peer app",
}
"""Every module of the node that imports one of these, and whom it speaks to."""


def imports(path: Path) -> Iterator[str]:
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module


def test_whoever_could_open_a_connection_is_named_here_with_whom_it_speaks_to() -> None:
    able = {name for name, path in SOURCES.items() if any(each.split(".")[0] in NETWORK for each in imports(path))}
    assert able == set(SPEAKS_TO)


def test_modules_that_bring_others_in_by_name_are_none() -> None:
    """An import that the graph does not show would be a way round it."""
    way = re.compile(r"(?<![\w.])(__import__|import_module|exec|eval)\(|importlib(?!\.(metadata|resources) )")
    assert {name for name, path in SOURCES.items() if way.search(path.read_text("utf-8"))} == set()


def test_lines_to_peers_are_used_by_two_stories_and_wired_once() -> None:
    users = {name for name, path in SOURCES.items() if "node.outbound.peers" in imports(path)}
    assert users == {"node/app.py", "node/flows/call_peer.py", "node/flows/follow_lists.py"}
    makers = {name for name, path in SOURCES.items() if "node.tls.client" in imports(path)}
    assert makers == {"node/outbound/peers.py", "node/tls/__init__.py"}


def test_a_line_to_a_peer_takes_nothing_but_what_the_door_cleared() -> None:
    public = {name: each for name, each in vars(PeerLines).items() if inspect.isfunction(each) and not name.startswith("_")}
    taken = {name: get_type_hints(each).get("cleared") for name, each in public.items()}
    assert taken == {"send": Cleared, "read_index_file": ClearedReading, "close": None}


@pytest.fixture
def app() -> FastAPI:
    nothing: Any = None  # nobody calls
    return peer_app(nothing, nothing, nothing, lambda: 0, OFF)


def test_the_peer_app_has_two_routes_and_both_answer_with_what_the_inbox_gave_them(app: FastAPI) -> None:
    routes = {(method, route.path) for route in cast("list[Route]", app.routes) for method in route.methods or ()}
    ours = {each for each in routes if each[1].startswith("/v1/")}
    assert ours == {("POST", "/v1/envelopes"), ("GET", "/v1/index/{digest}")}
    assert {path for _, path in routes - ours} <= {"/openapi.json"}  # a document of this program, without data
    assert get_args(get_type_hints(Inbox.take)["return"]) == (Cleared,)
    assert get_type_hints(Inbox.give_file)["return"] is ClearedFile


def test_the_peer_app_sends_the_bytes_of_what_was_cleared_and_no_others() -> None:
    tree = ast.parse(SOURCES["node/inbound/peer/app.py"].read_text("utf-8"))
    sent = [ast.unparse(each.value) for each in ast.walk(tree) if isinstance(each, ast.Yield) and each.value is not None]
    assert sorted(sent) == ["cleared.raw + b'\\n'", "guest"]  # the latter is a guest let in, for FastAPI
    made = {ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Call) and "Response" in ast.unparse(each.func)}
    assert made == {
        "StreamingResponse(_lines(caller, first, replies), media_type=REPLY_MEDIA_TYPE)",
        "FileResponse(cleared.path, media_type='application/octet-stream')",
    }
    handled = [
        ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Call) and "handle_errors" in ast.unparse(each)
    ]
    assert handled == ["handle_errors(app, narrowed)"]


def test_every_way_of_the_door_out_passes_the_same_checks() -> None:
    """A message of a kind that is yet to come, too: the checks look at every body, and the door signs nothing without them."""
    tree = ast.parse(SOURCES["node/safeguards/door.py"].read_text("utf-8"))
    signs = [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and any(_calls(call, "sign_envelope") for call in ast.walk(each))
    ]
    assert [each.name for each in signs] == ["_sign"]
    assert "for safeguard in self._safeguards:" in ast.unparse(signs[0])
    signers = {name for name, path in SOURCES.items() if "sign_envelope" in path.read_text("utf-8")}
    assert signers == {"node/safeguards/door.py"}


def _calls(each: ast.AST, function: str) -> bool:
    return isinstance(each, ast.Call) and ast.unparse(each.func) == function
