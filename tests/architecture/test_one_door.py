"""No byte goes to a peer but what the door cleared: shown from the import graph, from the signatures, and from the routes.

The rooms that can open a connection or answer one are few, and each is named here with whom it speaks to. Only two of them speak
to peers, and both can do nothing but hand on what is `Cleared`, which only the door makes (`test_architecture.py`).
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from node.flows.cosign_logs import WitnessAnswer
from node.inbound.peer.app import peer_app
from node.inbound.peer.inbox import Inbox
from node.outbound.peers import PeerLines
from node.safeguards.door import (
    Cleared,
    ClearedCheckpoint,
    ClearedFile,
    ClearedGathering,
    ClearedLook,
    ClearedReading,
    ClearedSight,
)
from node.telemetry.telling import OFF

ROOT = Path(__file__).parents[2]
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "node").rglob("*.py"))}
ALL = SOURCES | {
    path.relative_to(ROOT).as_posix(): path for room in ("protocol", "crypto") for path in sorted((ROOT / room).rglob("*.py"))
}

HARMLESS = frozenset(
    {
        *("base64", "binascii", "bisect", "codecs", "collections", "collections.abc", "contextlib", "contextvars", "csv"),
        *("dataclasses", "datetime", "decimal", "email.utils", "enum", "errno", "fcntl", "functools", "gc", "getpass", "gettext"),
        *("hashlib", "heapq", "hmac", "importlib.metadata", "importlib.resources", "io", "ipaddress", "itertools", "json"),
        *(
            "logging",
            "math",
            "mmap",
            "pathlib",
            "posixpath",
            "pwd",
            "re",
            "resource",
            "secrets",
            "shlex",
            "shutil",
            "signal",
            "sqlite3",
            "stat",
        ),
        *("statistics", "struct", "tempfile", "threading", "time", "tomllib", "types", "typing", "unicodedata", "uuid"),
        *("zipfile", "zlib"),
        *("alembic.autogenerate.api", "alembic.command", "alembic.config", "alembic.context", "alembic.op"),
        *("alembic.runtime.migration", "alembic.script", "anyascii", "cryptography.exceptions", "cryptography.x509"),
        *("cryptography.hazmat.primitives.asymmetric.ec", "cryptography.x509.oid"),
        *("cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.hashes"),
        *("cryptography.hazmat.primitives.kdf.hkdf", "cryptography.hazmat.primitives.serialization"),
        *("defusedxml", "defusedxml.expatreader", "fastapi", "fastapi.exceptions", "fastapi.responses", "fastapi.routing"),
        *("fastapi.security", "fastapi.telemetry", "idna", "idna.idnadata", "nacl.bindings"),
        *("nacl.exceptions", "nacl.pwhash.argon2id", "openpyxl.styles.numbers", "openpyxl.utils"),
        *("openpyxl.utils.datetime", "opentelemetry.context", "opentelemetry.metrics", "opentelemetry.sdk.metrics"),
        *("opentelemetry.exporter.otlp.proto.common.metrics_encoder", "opentelemetry.sdk.metrics.export"),
        *("opentelemetry.exporter.otlp.proto.common.trace_encoder", "opentelemetry.sdk.resources", "opentelemetry.sdk.trace"),
        *("opentelemetry.sdk.trace.export", "opentelemetry.sdk.trace.sampling", "opentelemetry.sdk.util.instrumentation"),
        *("opentelemetry.trace", "phonenumbers", "pycountry", "pydantic", "pydantic.json_schema", "pydantic_core"),
        *("pydantic_core.core_schema", "rfc8785", "rich.box", "rich.console", "rich.live", "rich.padding", "rich.progress"),
        *("rich.table", "rich.text", "schwifty", "schwifty.exceptions", "sqlalchemy.event", "sqlalchemy.exc"),
        *(
            "sqlmodel.sql.expression",
            "sqlmodel.sql.sqltypes",
            "starlette.concurrency",
            "starlette.exceptions",
            "starlette.formparsers",
        ),
        *("starlette.requests", "starlette.types", "tuf.api.exceptions", "tuf.api.metadata", "typer.core", "urllib.parse"),
    }
)
"""Modules of others that open no connection, answer none, and start no program, whatever is taken of them. What is under one of
them is not: `logging.handlers` has a line of its own to stand on, or none."""

PARTS: Mapping[str, frozenset[str]] = {
    "concurrent.futures": frozenset({"Executor", "Future", "ThreadPoolExecutor", "wait"}),
    "os": frozenset(
        {
            *("O_CLOEXEC", "O_CREAT", "O_DIRECTORY", "O_EXCL", "O_NOFOLLOW", "O_NONBLOCK", "O_RDONLY", "O_RDWR", "O_WRONLY"),
            *("_exit", "close", "devnull", "dup2", "environ", "fdopen", "fstat", "fsync", "geteuid", "link", "open", "read"),
            *("umask", "urandom"),
        }
    ),
    "securesystemslib.signer": frozenset({"CryptoSigner", "Key", "SSlibKey", "Signature"}),
    "sqlalchemy": frozenset(
        {
            *("BigInteger", "Boolean", "Column", "ColumnElement", "Connection", "Engine", "Float", "ForeignKeyConstraint"),
            *("Integer", "LargeBinary", "MetaData", "PrimaryKeyConstraint", "Row", "String", "Table", "URL", "UniqueConstraint"),
            *(
                "and_",
                "bindparam",
                "case",
                "column",
                "exc",
                "exists",
                "false",
                "func",
                "inspect",
                "literal",
                "select",
                "table",
                "text",
                "true",
            ),
            *("tuple_", "update"),
        }
    ),
    "sqlalchemy.orm": frozenset({"aliased"}),
    "sqlmodel": frozenset(
        {
            *("Field", "Index", "SQLModel", "Session", "UniqueConstraint", "and_", "col", "delete", "func", "insert", "or_"),
            *("select", "update"),
        }
    ),
    "sys": frozenset({"argv", "audit", "exit", "stderr", "stdin", "stdout"}),
    "tuf.ngclient": frozenset({"FetcherInterface", "Updater", "UpdaterConfig"}),
    "typer": frozenset({"Abort", "Argument", "Context", "Option", "Typer", "TyperException", "main"}),
    "xml.sax": frozenset({"SAXParseException"}),
    "xml.sax.handler": frozenset({"ContentHandler"}),
    "xml.sax.xmlreader": frozenset({"AttributesImpl"}),
}
"""Of these, only the names that open, answer and start nothing: `os.system` and `create_engine` are none of them."""

SPEAKS_TO = {
    "crypto/group.py": "nobody: libsodium is bound",
    "node/cli/client.py": "our own node's API, as an officer",
    "node/cli/evidence.py": "nobody: the court's program looks at bytes",
    "node/flows/gather_evidence.py": "PEERS by node/outbound/; the court's program looks at bytes",
    "node/cli/directory.py": "the Secretariat: an address is checked for its form",
    "node/custody/tokens.py": "the authority's own token, through its maker's library",
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
    "node/outbound/time_stamps.py": "the time-stamp authority that an officer names, with a digest of a checkpoint",
    "node/store/postgres.py": "our own database",
    "node/store/sqlite.py": "nobody: our own database is a file",
    "node/telemetry/collector.py": "the authority's own collector, through the allow-list of node/telemetry/",
    "node/telemetry/telling.py": "nobody: the context for the collector is handed on",
    "node/tls/client.py": "PEERS: makes the clients of node/outbound/",
    "node/tls/connection.py": "PEERS: the connections of the peer app",
    "node/tls/contexts.py": "nobody: contexts are made",
    "node/tls/deadlines.py": "PEERS and officers: the servers' deadlines",
    "node/tls/doorstep.py": "nobody: connections are counted",
    "node/tls/server.py": "PEERS: the server of the peer app",
    "protocol/identifiers/domain.py": "nobody: the list of public suffixes that is installed is read",
    "protocol/identifiers/email.py": "nobody: an address is checked for its form",
}
"""Every module that takes anything else of others, and whom it speaks to."""


def imports(path: Path) -> Iterator[str]:
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module


def takes(source: str) -> Iterator[tuple[str, str | None]]:
    """(module, what is taken of it) of others' modules; None for the module itself."""
    tree, bound = ast.parse(source), dict[str, str]()
    for each in ast.walk(tree):
        if isinstance(each, ast.Import):
            for alias in each.names:
                bound[alias.asname or alias.name] = alias.name
                yield alias.name, None
        elif isinstance(each, ast.ImportFrom) and each.module and not _is_ours(each.module):
            for alias in each.names:
                if _is_module(f"{each.module}.{alias.name}"):
                    bound[alias.asname or alias.name] = f"{each.module}.{alias.name}"
                    yield f"{each.module}.{alias.name}", None
                else:
                    yield each.module, alias.name
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and (module := bound.get(ast.unparse(each.value))) is not None:
            yield module, each.attr


@cache
def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of something that is no package
        return False
    except ValueError:  # one that is compiled in, and is here
        return True


def _is_ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in ("node", "protocol", "crypto")


def is_able(source: str) -> bool:
    """Whether it takes anything that is not known to be harmless."""
    return any(
        not _is_ours(module)
        and module not in HARMLESS
        and not module.startswith("stdnum.")
        and (module not in PARTS or not (name is None or name in PARTS[module]))
        for module, name in takes(source)
    )


def test_whoever_could_open_a_connection_is_named_here_with_whom_it_speaks_to() -> None:
    assert {name for name, path in ALL.items() if is_able(path.read_text("utf-8"))} == set(SPEAKS_TO)


@pytest.mark.parametrize(
    "source",
    [
        *("import socket", "import _socket", "import ctypes", "from ctypes import CDLL", "import logging.handlers"),
        *(
            "from logging import handlers",
            "import os; os.system('x')",
            "from os import popen",
            "import os as o; o.execv('x', [])",
        ),
        *("from sqlalchemy import create_engine", "import sqlalchemy as sa; sa.create_engine('x')", "import sqlalchemy.engine"),
        *(
            "from sqlmodel import create_engine",
            "from tuf.ngclient import RequestsFetcher",
            "import tuf.ngclient.urllib3_fetcher",
        ),
        *("from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter", "import a_library_of_next_year"),
        *("from concurrent.futures import ProcessPoolExecutor", "import sys; sys.modules['socket']", "from typer import launch"),
        *("def f():\n    from fastapi import testclient", "import urllib.request", "from importlib import import_module"),
    ],
)
def test_what_nobody_has_looked_at_is_taken_for_a_way_out(source: str) -> None:
    assert is_able(source)


def test_nothing_is_called_harmless_that_nobody_takes() -> None:
    taken = {each for path in ALL.values() for each in takes(path.read_text("utf-8"))}
    assert {module for module, _ in taken} >= HARMLESS | PARTS.keys()
    assert {(module, name) for module, names in PARTS.items() for name in names} <= taken


def test_modules_that_bring_others_in_by_name_are_none() -> None:
    """An import that the graph does not show would be a way round it."""
    way = re.compile(r"(?<![\w.])(__import__|import_module|exec|eval)\(|importlib(?!\.(metadata|resources) )")
    assert {name for name, path in SOURCES.items() if way.search(path.read_text("utf-8"))} == set()


def test_lines_to_peers_are_used_by_five_stories_and_wired_once() -> None:
    users = {name for name, path in SOURCES.items() if "node.outbound.peers" in imports(path)}
    stories = ("call_peer", "feed_witnesses", "follow_lists", "gather_evidence", "look_at_logs")
    assert users == {"node/app.py", *(f"node/flows/{story}.py" for story in stories)}
    makers = {name for name, path in SOURCES.items() if "node.tls.client" in imports(path)}
    assert makers == {"node/outbound/peers.py", "node/tls/__init__.py"}


def test_a_line_to_a_peer_takes_nothing_but_what_the_door_cleared() -> None:
    public = {name: each for name, each in vars(PeerLines).items() if inspect.isfunction(each) and not name.startswith("_")}
    taken = {name: get_type_hints(each).get("cleared") for name, each in public.items()}
    assert taken == {
        "send": Cleared,
        "read_index_file": ClearedReading,
        "offer_checkpoint": ClearedCheckpoint,
        "read_seen": ClearedLook,
        "read_log": ClearedSight,
        "read_half": ClearedGathering,
        "read_directory": ClearedGathering,
        "close": None,
    }


@pytest.fixture
def app() -> FastAPI:
    nothing: Any = None  # nobody calls
    return peer_app(nothing, nothing, nothing, lambda: 0, OFF)


def test_every_route_of_the_peer_app_is_known_and_answers_with_what_the_inbox_gave_them(app: FastAPI) -> None:
    routes = {(method, route.path) for route in cast("list[Route]", app.routes) for method in route.methods or ()}
    ours = {each for each in routes if each[1].startswith("/v1/")}
    log_routes = {("GET", "/v1/log/checkpoint"), ("GET", "/v1/log/exchanges/{x}"), ("GET", "/v1/log/exchanges/{x}/half")}
    log_routes |= {("GET", "/v1/log/witnessed"), ("GET", "/v1/log/consistency/{origin}/{old}/{new}")}
    log_routes |= {("GET", "/v1/directories/{snapshot}")}
    witness_routes = {("POST", "/v1/witness/add-checkpoint"), ("GET", "/v1/witness/{origin}/checkpoint")}
    assert ours == {("POST", "/v1/envelopes"), ("GET", "/v1/index/{digest}")} | log_routes | witness_routes
    assert {path for _, path in routes - ours} <= {"/openapi.json"}  # a document of this program, without data
    assert get_args(get_type_hints(Inbox.take)["return"]) == (Cleared,)
    assert get_type_hints(Inbox.give_file)["return"] is ClearedFile
    assert get_type_hints(Inbox.give_checkpoint)["return"] is get_type_hints(Inbox.give_proofs)["return"] is Cleared
    assert get_type_hints(Inbox.give_half)["return"] is get_type_hints(Inbox.give_directory)["return"] is Cleared
    assert get_type_hints(Inbox.give_seen)["return"] is Cleared
    assert get_type_hints(Inbox.give_witnessed)["return"] is get_type_hints(Inbox.give_consistency)["return"] is Cleared
    assert get_type_hints(Inbox.add_checkpoint)["return"] is WitnessAnswer
    assert get_type_hints(WitnessAnswer) == {"cleared": Cleared, "is_cosignature": bool}


def test_the_peer_app_sends_the_bytes_of_what_was_cleared_and_no_others() -> None:
    tree = ast.parse(SOURCES["node/inbound/peer/app.py"].read_text("utf-8"))
    sent = [ast.unparse(each.value) for each in ast.walk(tree) if isinstance(each, ast.Yield) and each.value is not None]
    assert sorted(sent) == ["cleared.raw + b'\\n'", "guest"]  # the latter is a guest let in, for FastAPI
    made = {ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Call) and "Response" in ast.unparse(each.func)}
    assert made == {
        "StreamingResponse(_lines(caller, first, replies), media_type=REPLY_MEDIA_TYPE)",
        "FileResponse(cleared.path, media_type='application/octet-stream')",
        "Response(cleared.raw, media_type='text/plain; charset=utf-8')",
        "Response(cleared.raw, media_type='application/json')",
        "Response(answer.cleared.raw, media_type=TEXT)",
        "Response(answer.cleared.raw, 409, {'Content-Type': SIZE})",
        "Response(cleared.raw, media_type=TEXT)",
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


SIGNED = {"request", "reply"}
"""What the six checks look at."""
SENT_AGAIN = {"again", "replies_again"}
"""Out of the archive: it was looked at then."""
LOOKED_AT_BY_ITSELF = {
    *("index_file", "checkpoint", "log_entries", "half", "directory", "cosignature", "size_seen", "seen", "path"),
    *("ask_half", "ask_directory", "reading", "offer", "look", "sight", "sight_between", "notes_of"),
}
"""No message: files, logs and asking for them. Each takes what it is as that, and nobody's identifiers (ADR 51)."""


def test_whatever_the_door_clears_is_a_message_or_is_named() -> None:
    """Somebody has looked at each: what a new one could let out is for its author to say here, and for the review to doubt."""
    tree = ast.parse(SOURCES["node/safeguards/door.py"].read_text("utf-8"))
    (door,) = (each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Door")
    clears = {
        each.name
        for each in door.body
        if isinstance(each, ast.FunctionDef) and each.returns is not None and "Cleared" in ast.unparse(each.returns)
    }
    assert clears == SIGNED | SENT_AGAIN | LOOKED_AT_BY_ITSELF
    of_people = {"Outgoing", "Person", "Identifier", "str | bytes"}
    for each in door.body:
        if isinstance(each, ast.FunctionDef) and each.name in LOOKED_AT_BY_ITSELF:
            taken = {ast.unparse(argument.annotation) for argument in each.args.args if argument.annotation is not None}
            assert taken.isdisjoint(of_people), each.name


def _calls(each: ast.AST, function: str) -> bool:
    return isinstance(each, ast.Call) and ast.unparse(each.func) == function
