"""A peer that answers badly, over real TLS, to a whole node: the officer sees why, others' answers come, and it is asked again.

In Brazil's place sits a server that has Brazil's certificate and keys, and does with a connection whatever a story says.
"""

import contextlib
import gzip
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from node.custody import Custody, open_vault
from node.officers import Role
from node.tls.certificates import Credential, issue_leaf
from node.tls.client import ClientLimits
from node.tls.own import AUTHORITY, read_credential
from protocol import limits
from protocol.journal import Act
from protocol.messages import MatchReceipt
from tests.federation.cases import ask, phone, progress, publish_phones, settled
from tests.federation.running import BR, CO, PE, Federation, running_federation
from tests.federation.speaking import Speaker
from tests.serving import wait_until

pytestmark = pytest.mark.federation

Talk = Callable[[ssl.SSLSocket], None]
IMPATIENT = ClientLimits(total_seconds=8, silence_seconds=6, answer_bytes=limits.SEGMENT_FILE_BYTES)
"""What a node has patience for, shortened: a story does not last ninety seconds."""
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/jose+jsonl\r\n"


class Rogue:
    """The server in Brazil's place."""

    def __init__(self, federation: Federation) -> None:
        self.federation, self.released = federation, threading.Event()
        self.speaker = Speaker(federation, BR)
        working = federation[CO].node.federation.directory.member(BR).working
        self.port = int(working.peer_url.rpartition(":")[2])
        self.talk: Talk = lambda _line: None
        self.requests = 0
        self._leaf = self.speaker.leaf()

    @contextlib.contextmanager
    def serving(self, folder: Path, leaf: Credential | None = None) -> Iterator[None]:
        """Serve, in Brazil's name or under another leaf, until the story is over."""
        own = leaf or self._leaf
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (folder / "rogue.pem").write_bytes(own.certificate + own.key)
        context.load_cert_chain(folder / "rogue.pem")
        listening, over, talks = socket.create_server(("localhost", self.port)), threading.Event(), []

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    connection = listening.accept()[0]
                    talks.append(threading.Thread(target=self._speak, args=(context, connection)))
                    talks[-1].start()

        listening.settimeout(0.05)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            self.released.set()
            over.set()
            for each in (thread, *talks):
                each.join(60)
            listening.close()

    def _speak(self, context: ssl.SSLContext, connection: socket.socket) -> None:
        connection.settimeout(20)
        with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as line:
            if self._heard(line):
                self.requests += 1
                self.talk(line)

    @staticmethod
    def _heard(line: ssl.SSLSocket) -> bool:
        """Read one request to its end."""
        raw = b""
        while b"\r\n\r\n" not in raw:
            piece = line.recv(1 << 16)
            if not piece:
                return False
            raw += piece
        head, _, body = raw.partition(b"\r\n\r\n")
        length = next(int(each.split(b":")[1]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length"))
        while len(body) < length:
            body += line.recv(1 << 16)
        return True

    def hang(self, _line: ssl.SSLSocket) -> None:
        self.released.wait(60)

    def drip(self, line: ssl.SSLSocket) -> None:
        line.sendall(OK_HEAD + b"Content-Length: 100000\r\n\r\n")
        while not self.released.wait(0.2):
            line.sendall(b"x")

    def without_end(self, line: ssl.SSLSocket) -> None:
        line.sendall(OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(1 + 2 * limits.REPLY_BYTES // (1 << 16)):
            line.sendall(b"10000\r\n" + b"x" * (1 << 16) + b"\r\n")

    def another_s_receipt(self, line: ssl.SSLSocket) -> None:
        receipt = self.speaker.envelope(CO, MatchReceipt(size=limits.BATCH_SMALLEST), re=os.urandom(32).hex())
        line.sendall(OK_HEAD + b"Content-Length: %d\r\n\r\n" % (len(receipt.raw) + 1) + receipt.raw + b"\n")


def said(raw: bytes) -> Callable[[Rogue], Talk]:
    """A server that says always the same."""
    return lambda _rogue: lambda line: line.sendall(raw)


BOMB = gzip.compress(bytes(1 << 24))
HOSTILE: dict[str, tuple[Callable[[Rogue], Talk], str]] = {
    "hangs": (lambda rogue: rogue.hang, "too_slow"),
    "drips": (lambda rogue: rogue.drip, "too_slow"),
    "answers garbage": (said(b"\x00\xff" * 400), "bad_response"),
    "answers garbage in HTTP": (said(OK_HEAD + b"Content-Length: 8\r\n\r\ngarbage\n"), "malformed"),
    "closes before its answer": (lambda _rogue: lambda line: line.close(), "refused_by_peer"),
    "closes in the middle": (said(OK_HEAD + b"Content-Length: 100000\r\n\r\nabc"), "unreachable"),
    "redirects": (said(b"HTTP/1.1 307 Temporary\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n"), "bad_response"),
    "sends a compressed bomb": (
        said(OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
        "bad_response",
    ),
    "sends without end": (lambda rogue: rogue.without_end, "too_large"),
    "signs a receipt for another question": (lambda rogue: rogue.another_s_receipt, "not_the_reply"),
    "answers with a problem that is none": (said(b"HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\n[[[[[[[[["), "unknown"),
}
"""What it does with a question, and the reason that the asker's officer sees."""


@pytest.fixture(scope="module")
def bereft(store: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """A federation whose Brazilian node is gone; its lists are known, so that it is asked."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("node.outbound.peers._CLIENT_LIMITS", IMPATIENT)
        with running_federation(tmp_path_factory.mktemp("bereft")) as federation:
            publish_phones(federation[BR], phone())
            federation.beat()
            federation[BR].stop()
            yield federation


def seen(federation: Federation, rogue: Rogue, reason: str) -> None:
    """An officer asks Peru and Brazil: Peru answers, of Brazil the reason is seen, and the question stays open."""
    officer, answers = federation[CO].officer(Role.INVESTIGATOR), federation[CO].count(Act.ANSWER_RECEIVED)
    question_id = ask(officer, phone(), peers=[PE, BR])

    def stand() -> dict[str, dict[str, Any]]:
        return {each["peer"]: each for each in progress(officer, question_id)}

    wait_until(lambda: stand()["BR"]["attempts"] > 0 and stand()["PE"]["state"] == "answered", "both", 60)
    assert (stand()["BR"]["state"], stand()["BR"]["reason"]) == ("waiting", reason)
    assert federation[CO].count(Act.ANSWER_RECEIVED) > answers

    def known() -> dict[str, str | None]:
        return {each["authority"]: each["last_error"] for each in officer.get("/v1/peers").json()["peers"]}

    # an earlier story's question may still be on its way
    wait_until(lambda: known() == {BR: reason, PE: None}, "what is known of the peers")
    # it is not given up: it is asked again when its time has come
    federation.clock.forward(5)
    federation[CO].node.ask.resume()
    wait_until(lambda: stand()["BR"]["attempts"] >= 2, "another try", 60)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_peer_that_answers_badly_is_named_with_the_reason_and_others_answer(
    bereft: Federation, name: str, tmp_path: Path
) -> None:
    make, reason = HOSTILE[name]
    rogue = Rogue(bereft)
    rogue.talk = make(rogue)
    with rogue.serving(tmp_path):
        seen(bereft, rogue, reason)


def test_a_peer_that_answers_with_another_key_gets_no_byte_of_a_question(bereft: Federation, tmp_path: Path) -> None:
    rogue = Rogue(bereft)
    authority = read_credential(open_vault(bereft[BR].folder, Custody()), AUTHORITY)
    other = issue_leaf(authority, ("localhost", "127.0.0.1"), "BR", datetime.now(UTC), 1)
    with rogue.serving(tmp_path, other):
        seen(bereft, rogue, "not_our_peer")
    assert rogue.requests == 0


def test_once_it_answers_as_it_should_its_answer_is_taken(bereft: Federation) -> None:
    bereft[BR].start()
    bereft.clock.forward(5)
    officer = bereft[CO].officer(Role.INVESTIGATOR)
    assert {each["state"] for each in settled(officer, ask(officer, phone(), peers=[PE, BR]))} == {"answered"}
