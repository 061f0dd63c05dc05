"""The line to the node: what may be its address, what its silence means, and that the token goes nowhere else."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import TypeAdapter

from node.cli.client import AddressUnusable, Answer, Api, TokenUnusable, _is_no_tls
from node.inbound.national.models import Me
from node.language import say
from protocol.vocabulary import Language
from tests.architecture.test_documents import rows_of
from tests.node.cli import invented
from tests.node.cli.program import TOKEN, Node, Program, says

ME = TypeAdapter(Me)


@pytest.mark.parametrize(
    "address",
    [
        "http://node.example:8470",  # the token would cross a network in clear
        "http://192.0.2.1",
        "ftp://127.0.0.1",
        "127.0.0.1:8470",
        "https://",
        "https://user:secret@node.example",
        "https://node.example/?q=1",
        "https://node.example:99999",
        "http://[::1",
        "",
    ],
)
def test_an_address_that_would_give_the_token_away_or_is_none_is_refused(address: str) -> None:
    with pytest.raises(AddressUnusable):
        Api(address, TOKEN, Language.ES)


@pytest.mark.parametrize("address", ["https://node.example:8470/", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_encrypted_addresses_and_this_machine_are_taken(address: str) -> None:
    with Api(address, TOKEN, Language.ES) as api:
        assert api.address == address.rstrip("/")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ünï", "", "x" * 513])
def test_what_could_break_a_header_is_no_token(token: str) -> None:
    with pytest.raises(TokenUnusable):
        Api("http://127.0.0.1:1", token, Language.ES)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A proxy that the environment names, which keeps what it is sent."""
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))

    thread = threading.Thread(target=listen)
    thread.start()
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{listening.getsockname()[1]}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{listening.getsockname()[1]}")
    yield heard
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_a_proxy_of_the_environment_never_sees_the_token(node: Node, proxy: list[bytes]) -> None:
    import httpx2

    node.says("GET /v1/me", invented.ME)
    with httpx2.Client(headers={"Authorization": f"Bearer {TOKEN}"}) as weaker, pytest.raises(httpx2.TransportError):
        weaker.get(f"{node.url}/v1/me")
    assert any(TOKEN.encode() in request for request in proxy)  # a client that trusts the environment gives it away
    proxy.clear()
    with Api(node.url, TOKEN, Language.ES) as api:
        assert api.get(["me"], ME).value == invented.ME
    assert proxy == []


def test_a_part_of_a_path_cannot_lead_to_another_path(node: Node) -> None:
    node.says("GET /v1/me", invented.ME)
    node.says("GET /v1/records/../me", invented.ME)
    with Api(node.url, TOKEN, Language.ES) as api:
        api.get(["records", "../me"], ME)
    assert [request.path for request in node.received] == ["/v1/records/../me"]  # quoted on the wire: one part, not two steps


@pytest.mark.parametrize("argv", [("hits",), ("records", "show"), ("publish", "show"), ("publish", "withdraw")], ids=" ".join)
@pytest.mark.parametrize("number", ["../peers", "..", "a" * 31, "g" * 32, f"{'a' * 32}/hits", "", "a" * 32 + "\n../me"])
def test_what_is_no_number_of_ours_is_not_asked_for(celosia: Program, node: Node, argv: tuple[str, ...], number: str) -> None:
    assert celosia(*argv, number).code == 2
    assert node.received == []


def test_an_unreachable_node_is_named_with_how_to_start_it(celosia: Program) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        result = celosia("whoami", "--url", address)
    assert result.code == 3
    assert address in result.err
    assert "celosia serve" in result.err
    assert TOKEN not in result.err


@pytest.mark.parametrize(
    "answer",
    [PlainTextResponse("Not Found", 404), JSONResponse({"username": 7}), PlainTextResponse("<html>", 200)],
    ids=["no problem document", "another model", "no JSON"],
)
def test_something_else_at_the_address_is_told_apart(
    celosia: Program, node: Node, answer: PlainTextResponse | JSONResponse
) -> None:
    node.says("GET /v1/me", answer)
    result = celosia("whoami", "--json", "--lang", "en")
    assert result.code == 3
    assert '"node_other"' in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("language", Language)
def test_an_https_address_of_a_port_without_tls_is_told_apart_and_gets_no_token(
    celosia: Program, node: Node, language: Language
) -> None:
    address = node.url.replace("http://", "https://")
    result = celosia("whoami", "--url", address, "--lang", language.value)
    assert result.code == 3
    assert says(result, say(language, "cli.node.no_tls.title", address=address))
    assert says(result, say(language, "cli.node.no_tls.next"))
    assert json.loads(celosia("whoami", "--url", address, "--json").err)["code"] == "node_no_tls"
    assert node.received == []


def test_a_certificate_that_does_not_hold_is_no_missing_tls() -> None:
    shut = ssl.SSLCertVerificationError("self-signed")
    outer = RuntimeError("connection")
    outer.__cause__ = shut
    assert not _is_no_tls(outer)
    assert not _is_no_tls(RuntimeError("refused"))


def test_every_code_of_the_line_to_the_node_is_explained() -> None:
    assert {"node_unreachable", "node_other", "node_no_tls"} <= rows_of("errors.md", "The command line").keys()


def test_an_answer_does_not_print_its_content() -> None:
    assert "inventada" not in repr(Answer("inventada", invented.ME))
