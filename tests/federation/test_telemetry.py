"""Identifiers are planted in every input of a running federation, and looked for in everything that telemetry and logs say.

First the search is shown to find them: with instrumentation as one would write it without thinking, and the allow-list taken out.
With the same instrumentation and the allow-list in its place there is nothing. All people and numbers are invented.
"""

import contextlib
import io
import json
import logging
import socket
import sqlite3
import ssl
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest
from opentelemetry.trace import get_current_span
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp, Receive, Scope, Send

from node.directory.server import server_config
from node.flows.ask_peers import AskPeers
from node.flows.import_case import ImportCase
from node.flows.show_federation import ShowFederation
from node.inbound.measured import Measured
from node.logs import JsonLines
from node.officers import Role
from node.safeguards import budgets
from node.telemetry import telling
from node.telemetry.leaving import AllowList
from node.telemetry.words import MetricName, SpanName
from node.tls.server import peer_server
from protocol.messages import KnownHead, ManifestsWanted
from tests.federation.cases import Suspect, export, publish, question, settled, take_in
from tests.federation.running import BY_HAND, CO, PE, Federation, RunningNode, running_federation
from tests.federation.speaking import Speaker
from tests.node.cli.program import Program
from tests.node.telemetry.collecting import Received, collecting
from tests.serving import wait_until

pytestmark = pytest.mark.federation

PLANTED = {
    "phone": "+573005550147",
    "phone, national": "3005550147",
    "plate": "ZZQ947",
    "passport": "ZZ4815162",
    "name": "Fulanita Inventada",
    "case": "RADICADO-INVENTADO-1234",
    "network": "RED-INVENTADA-4711",
    "subject": "SUJETO-INVENTADO-0815",
    "staff": "PLACA-INVENTADA-90210",
    "user": "fulana.inventada",
    "passphrase": "correcto-caballo-inventado",
    "file": "expediente-inventado-777.csv",
    "header": "cabecera-inventada-31337",
    "garbage": "basura-inventada-2718281",
    "column": "COLUMNA-INVENTADA-5",
}
TRACE = "a1" * 16
HEADERS = {
    "traceparent": f"00-{TRACE}-{'b2' * 8}-01",
    "tracestate": f"vendor={PLANTED['header']}",
    "baggage": f"case={PLANTED['header']}",
    "User-Agent": PLANTED["header"],
    "Accept-Language": PLANTED["header"],
}


def forms(needle: str) -> set[bytes]:
    """The ways in which a text hides: plain, in hex, in base64 at each of its three places, escaped for a URL or for JSON."""
    plain = needle.encode()
    found = {plain, plain.hex().encode(), quote(needle, safe="").encode(), quote_plus(needle).encode()}
    for before in range(3):
        text = b64encode(bytes(before) + plain)
        certain = text[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6]
        found |= {certain, certain.replace(b"+", b"-").replace(b"/", b"_")}
    return found


@dataclass
class Told:
    """Everything that came out of a federation while its story was told."""

    collector: Received
    logs: io.StringIO = field(default_factory=io.StringIO)
    tokens: list[str] = field(default_factory=list)
    headers: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def found(self, haystack: bytes) -> set[str]:
        """What of the planted things is in there."""
        planted = {**PLANTED, **{f"token {number}": token for number, token in enumerate(self.tokens)}}
        return {name for name, needle in planted.items() if any(form in haystack for form in forms(needle))}


@contextmanager
def all_logs(told: Told) -> Iterator[None]:
    """Everything that anybody logs, from debug up, as a node writes it."""
    handler = logging.StreamHandler(told.logs)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(), *map(logging.getLogger, ("sqlalchemy.engine", "sqlalchemy.pool", "httpx2", "uvicorn.error"))]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    try:
        yield
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def careless(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Instrumentation written without thinking: paths, headers, statements with their values, texts of exceptions."""

    def statement(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        get_current_span().set_attribute("db.statement", f"{text} {values!r}")

    measured = Measured.__call__

    async def whole(self: Measured, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen = f"{scope['path']}?{scope['query_string'].decode()} {scope['headers']!r}"
            with self._telemetry.span(SpanName.REQUEST, url=seen):
                await measured(self, scope, receive, send)
        else:
            await measured(self, scope, receive, send)

    patch.setattr(Measured, "__call__", whole)
    patch.setattr(telling, "outcome_of", lambda error: "".join(traceback.format_exception(error)))
    event.listen(Engine, "before_cursor_execute", statement)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", statement)


def recording(app: ASGIApp, told: Told, where: str) -> ASGIApp:
    """An app that notes the headers of what comes to it."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            told.headers.append((where, {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}))
        await app(scope, receive, send)

    return noted


def planted_export() -> list[tuple[str, tuple[str, bytes]]]:
    """An export with something planted in every field, in good rows and in broken ones, in its columns and file names."""
    upload = export(PLANTED["network"], Suspect([PLANTED["phone"]], PLANTED["subject"]))
    (_, (_, mapping)), *files = upload
    content = json.loads(mapping)
    subjects = next(each for each in content["files"] if each["rows"] == "subjects")
    subjects["path"] = PLANTED["file"]
    subjects["columns"] |= {"given_names": "NOMBRES", "birth_date": PLANTED["column"]}
    subjects["identifiers"] += [
        {"column": "PLATE", "kind": "vehicle_plate", "country": "CO"},
        {"column": "PASSPORT", "kind": "passport", "country": "CO"},
    ]
    header, row = next(raw for _, (name, raw) in files if name == "subjects.csv").decode().splitlines()
    more = f"{PLANTED['name']};1981-02-03;{PLANTED['plate']};{PLANTED['passport']}"
    broken = ";".join([PLANTED["garbage"]] * (len(row.split(";")) + 4))
    text = "\n".join([f"{header};NOMBRES;{PLANTED['column']};PLATE;PASSPORT", f"{row};{more}", broken])
    kept = [(part, (name, raw)) for part, (name, raw) in files if name != "subjects.csv"]
    return [
        ("mapping", (PLANTED["file"], json.dumps(content).encode())),
        *kept,
        ("files", (PLANTED["file"], text.encode())),
    ]


def officer(node: RunningNode, told: Told, *roles: Role) -> httpx2.Client:
    """An officer whose name and staff number are planted, and whose token must not be told either."""
    number = len(told.tokens)
    node.node.officers.create(f"{PLANTED['user']}{number}", PLANTED["name"], f"{PLANTED['staff']}-{number}", roles)
    told.tokens.append(node.node.officers.issue_token(f"{PLANTED['user']}{number}"))
    headers = {"Authorization": f"Bearer {told.tokens[-1]}", **HEADERS}
    no_reuse = httpx2.Limits(max_keepalive_connections=0)  # the server closes what was idle for five seconds
    return httpx2.Client(base_url=node.url, headers=headers, trust_env=False, timeout=30, limits=no_reuse)


def national_story(federation: Federation, told: Told, folder: Path) -> None:
    """Every route of the national API, with something planted wherever there is room; most of it is refused."""
    node = federation[CO]
    with contextlib.ExitStack() as clients:
        analyst, asker, administrator = (
            clients.enter_context(officer(node, told, role)) for role in (Role.ANALYST, Role.INVESTIGATOR, Role.ADMINISTRATOR)
        )
        imported = take_in(analyst, planted_export())
        assert imported["state"] == "done" and imported["problems"]
        assert analyst.post("/v1/imports", files=[("mapping", (PLANTED["file"], PLANTED["garbage"].encode()))]).status_code == 422
        publish(node, PLANTED["network"])
        for place in ("imports", "publications", "questions", "records"):
            for client in (analyst, asker):
                assert client.get(f"/v1/{place}/{quote(PLANTED['case'])}", params={"q": PLANTED["phone"]}).status_code in (
                    403,
                    404,
                )
        for planted in PLANTED.values():
            assert analyst.post("/v1/publications", json={"network": planted}).status_code in (201, 404, 409)
            assert asker.get("/v1/records", params={"kind": planted}).status_code == 422
            assert asker.get(f"/{quote(planted)}").status_code == 404
            assert asker.post("/v1/questions", json={planted: planted}).status_code == 422
            assert administrator.post(f"/v1/peers/{quote(planted, safe='')}/denial").status_code == 422
        bad = question(PLANTED["garbage"], PLANTED["passport"], peers=[PE], case=PLANTED["case"])
        assert asker.post("/v1/questions", json=bad).status_code == 422
        assert asker.post("/v1/questions", content=PLANTED["garbage"].encode()).status_code == 422
        asked = asker.post("/v1/questions", json=question(PLANTED["phone"], peers=[PE], case=PLANTED["case"])).json()["id"]
        assert [peer["state"] for peer in settled(asker, asked)] == ["answered"]
    for credential in (PLANTED["passphrase"], PLANTED["passphrase"] + told.tokens[0]):
        refused = httpx2.get(f"{node.url}/v1/me", headers={"Authorization": f"Bearer {credential}"}, trust_env=False)
        assert refused.status_code == 401
    program = Program(node.url)
    program.environment["CELOSIA_TOKEN"] = told.tokens[1]
    (folder / PLANTED["file"]).write_text(f"kind,value,attests_not_protected\nphone,{PLANTED['garbage']},yes\n", "utf-8")
    asking = ("--purpose", "investigate_network", "--basis", "untoc_police", "--offence", "tip", "--attest")
    assert program("ask", str(folder / PLANTED["file"]), *asking, "--case", PLANTED["case"]).code != 0
    assert program("hits", PLANTED["phone"]).code != 0


def border_story(federation: Federation) -> None:
    """What a peer may send, or anybody who reaches the port: envelopes, garbage, headers, another protocol."""
    peer, node = Speaker(federation, PE), federation[CO].node
    peer.say(CO, ManifestsWanted(known=(KnownHead(list="ab" * 16, epoch=1, position=1),)))
    for garbage in (
        PLANTED["garbage"].encode(),
        json.dumps({"payload": PLANTED["phone"], "signatures": PLANTED["name"]}).encode(),
    ):
        assert peer.post(CO, garbage).status == 400
    with peer.line(CO) as line:
        url = node.federation.directory.member(CO).working.peer_url
        assert line.get(f"{url}/v1/index/{quote(PLANTED['phone'])}", headers=HEADERS).status_code == 422
        assert line.get(f"{url}/{quote(PLANTED['case'])}?q={quote(PLANTED['phone'])}", headers=HEADERS).status_code == 404
        assert line.post(f"{url}/v1/envelopes", content=PLANTED["garbage"].encode(), headers=HEADERS).status_code == 400
    port = node.settings.peer.port
    with socket.create_connection(("127.0.0.1", port), 5) as plain, contextlib.suppress(OSError):
        plain.sendall(f"GET /{PLANTED['garbage']} HTTP/1.1\r\nHost: {PLANTED['garbage']}\r\n\r\n".encode())
        plain.recv(100)
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        unchecked.wrap_socket(plain, server_hostname=f"{PLANTED['header']}.invalid") as tls,
    ):
        tls.sendall(PLANTED["garbage"].encode())
        tls.recv(100)


def failing_story(federation: Federation, told: Told, patch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw, with something planted in the error: in a request, in a worker, in an import, in the database."""

    def fails(error: Exception) -> Callable[..., Any]:
        def failing(*_: Any, **__: Any) -> Any:
            raise error

        return failing

    everything = " ".join(PLANTED.values())
    of_the_driver = OperationalError(f"SELECT '{everything}'", {"phone": PLANTED["phone"]}, sqlite3.OperationalError(everything))
    with officer(federation[CO], told, Role.INVESTIGATOR, Role.ANALYST, Role.ADMINISTRATOR) as client:
        with patch.context() as broken:
            broken.setattr(ShowFederation, "records", fails(ValueError(everything)))
            assert client.get("/v1/records").status_code == 500
        with patch.context() as broken:
            broken.setattr(budgets, "charge_officer", fails(of_the_driver))
            assert client.post("/v1/questions", json=question(PLANTED["phone"], peers=[PE])).status_code == 503
        with patch.context() as broken:
            broken.setattr(ImportCase, "_write", fails(KeyError(everything)))
            assert take_in(client, planted_export())["state"] == "failed"
        with patch.context() as broken:
            broken.setattr(AskPeers, "_lists", fails(RuntimeError(everything)))
            asked = client.post("/v1/questions", json=question(PLANTED["phone"], peers=[PE], case=PLANTED["case"])).json()["id"]
            place = f"/v1/questions/{asked}"
            wait_until(lambda: client.get(place).json()["peers"][0]["reason"] == "unforeseen", "the worker's failure")
    federation[PE].stop()
    federation[CO].follow_lists()
    federation[PE].start()


def tell(folder: Path, patch: pytest.MonkeyPatch) -> Told:
    """The whole story, and what came of it."""
    with collecting() as collector:
        told = Told(collector)
        settings = f'{BY_HAND}\n[telemetry]\nendpoint = "{collector.url}"\ninterval = 1\n'
        patch.setattr(
            "tests.federation.running.server_config",
            lambda app, *rest: server_config(recording(app, told, "directory"), *rest),
        )
        patch.setattr("node.app.peer_server", lambda app, *rest: peer_server(recording(app, told, "peer"), *rest))
        with all_logs(told):
            with running_federation(folder, settings) as federation:
                national_story(federation, told, folder)
                border_story(federation)
                federation.beat()
                failing_story(federation, told, patch)
            wait_until(lambda: bool(collector.metrics.get("celosia.database.wait")), "the metrics")
        return told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Careless instrumentation, and the allow-list in its place."""
    with pytest.MonkeyPatch.context() as patch, careless(patch):
        yield tell(tmp_path_factory.mktemp("guarded"), patch)


def test_with_the_allow_list_taken_out_planted_things_are_found(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, careless(patch):
        patch.setattr(AllowList, "span", lambda _self, span: span)
        weakened = tell(tmp_path, patch)
    assert weakened.found(weakened.collector.everything) >= set(PLANTED) - {"column", "subject"} | {"token 0"}


def test_nothing_planted_is_in_any_export(told: Told) -> None:
    assert told.found(told.collector.everything) == set()
    assert len(told.collector.spans) > 100
    dropped = {point["what"] for point in told.collector.metrics["celosia.telemetry.dropped"]}
    assert "attribute" in dropped, "what was carelessly taken in was kept back, and counted"


def test_nothing_planted_is_in_any_log(told: Told) -> None:
    logs = told.logs.getvalue().encode()
    assert told.found(logs) == set()
    events = {json.loads(line)["log"] for line in logs.splitlines()}
    assert {"celosia.inbox", "celosia.workers", "sqlalchemy.engine.Engine"} <= events


def test_every_story_request_call_and_unit_of_work_was_told(told: Told) -> None:
    names = {span.name for span in told.collector.spans}
    assert names >= {SpanName.REQUEST, SpanName.CALL, SpanName.UNIT_OF_WORK, SpanName.ASK, SpanName.ASK_PEER, SpanName.ANSWER}
    assert names >= {SpanName.DELIVER, SpanName.IMPORT, SpanName.PROPOSE, SpanName.APPROVE, SpanName.INDEX_BEAT, SpanName.FOLLOW}
    routes = {span.get("route") for span in told.collector.named("request")}
    assert {"/v1/questions/{question_id}", "/v1/index/{digest}", "/v1/envelopes", "none"} <= routes
    calls = told.collector.named("call")
    assert {call["message"] for call in calls} >= {"match_request", "record_delivery", "manifests_wanted", "index_file"}


def test_every_level_was_told(told: Told) -> None:
    assert told.collector.metrics.keys() >= set(MetricName)


def test_no_trace_goes_across_a_border(told: Told) -> None:
    ours = [(where, headers) for where, headers in told.headers if headers.get("user-agent") != PLANTED["header"]]
    assert {where for where, _ in ours} == {"peer", "directory"}
    assert {"traceparent", "tracestate", "baggage", "b3"} & {name for _, headers in ours for name in headers} == set()


def test_a_trace_that_comes_across_one_is_not_gone_on_with(told: Told) -> None:
    assert any(headers.get("traceparent", "").startswith(f"00-{TRACE}") for where, headers in told.headers if where == "peer")
    assert bytes.fromhex(TRACE) not in {span.trace_id for span in told.collector.spans}
    assert {span.trace_state for span in told.collector.spans} == {""}
