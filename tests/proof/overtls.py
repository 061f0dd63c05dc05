"""The same three nodes as processes of their own, over real TLS; on each line to a peer sits a tap that has both ends' keys.

What the test holds the keys of, it can read: the tap shows each caller the called node's certificate, and each node the caller's.
The nodes draw their own randomness here; their blinding factors stand in the openings, which the audit key opens.
"""

import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlmodel import select

from crypto.group import Scalar
from crypto.sealing import SealingKey
from deploy.demo.ceremony import Ports, found_federation
from node.app import Node
from node.officers import Role
from node.store import manifests
from node.store.tables import QuestionExchange
from node.tls.contexts import harden
from node.tls.own import LEAF, read_credential
from protocol.authority import Authority
from protocol.matching import Openings
from tests.federation.running import free_port, serving_directory
from tests.proof.inprocess import CODES, FOUNDERS, Answer, Reply
from tests.proof.taps import Taps
from tests.serving import wait_until

_SETTINGS = """
[beats]
directory = 3600
additions = 3
removals = 3
manifests = 2
outbox = 1
questions = 1
manifest_validity = 300
"""
_PATIENCE = 120
_BYTES = 1 << 16


class _Said:
    """What was said on one connection, message by message: one ends where the other side begins to speak."""

    def __init__(self, taps: Taps) -> None:
        self._taps, self._lock = taps, threading.Lock()
        self._speaker: tuple[Authority, str] | None = None
        self._turn, self._message = 0, bytearray()

    def take(self, speaker: Authority, way: str, piece: bytes) -> None:
        """A piece of a message."""
        with self._lock:
            if self._speaker != (speaker, way):
                self._end()
                self._speaker, self._turn = (speaker, way), self._taps.turn()
            self._message += piece

    def close(self) -> None:
        """Nothing follows."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._speaker is not None:
            self._taps.note(*self._speaker, bytes(self._message), turn=self._turn)
        self._speaker, self._message = None, bytearray()


class _Tap:
    """On the line to one node: ends TLS as that node, and begins it anew as whoever called."""

    def __init__(self, called: Authority, at: "_Ports", keys: "_Keys", taps: Taps) -> None:
        self._called, self._inner, self._keys, self._taps = called, at.inner, keys, taps
        self._listening = socket.create_server(("127.0.0.1", at.outer))
        self._said: list[_Said] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Nobody calls any more; what was said last is noted."""
        self._listening.close()
        for each in self._said:
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        said = _Said(self._taps)
        self._said.append(said)
        with suppress(OSError), ExitStack() as ends:
            ends.callback(line.close)
            context = self._keys.context(ssl.PROTOCOL_TLS_SERVER, self._called)
            outer = ends.enter_context(context.wrap_socket(line, server_side=True))
            caller = self._keys.whose(outer.getpeercert(binary_form=True))
            bare = ends.enter_context(socket.create_connection(("127.0.0.1", self._inner)))
            inner = ends.enter_context(self._keys.context(ssl.PROTOCOL_TLS_CLIENT, caller).wrap_socket(bare))
            back = threading.Thread(target=_pump, args=(inner, outer, said, self._called, "reply"), daemon=True)
            back.start()
            _pump(outer, inner, said, caller, "request")
            back.join()


def _pump(source: ssl.SSLSocket, sink: ssl.SSLSocket, said: _Said, speaker: Authority, way: str) -> None:
    with suppress(OSError):
        while piece := source.recv(_BYTES):
            said.take(speaker, way, piece)
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)  # closing is for whoever knows that nobody reads from it any more


class _Keys:
    """Every node's leaf with its key, and whom each of them trusts."""

    def __init__(self, nodes: Mapping[Authority, Node], folder: Path) -> None:
        self._leaves = {code: read_credential(node.vault, LEAF) for code, node in nodes.items()}
        self._authorities = "".join((folder / code / "tls" / "authority.pem").read_text() for code in nodes)
        self._whose = {ssl.PEM_cert_to_DER_cert(leaf.certificate.decode()): code for code, leaf in self._leaves.items()}

    def whose(self, certificate: bytes | None) -> Authority:
        """Whose leaf this is."""
        return self._whose[certificate or b""]

    def context(self, protocol: int, own: Authority) -> ssl.SSLContext:
        """As strict as the nodes are, but for whom it takes calls from: any of them."""
        context = ssl.SSLContext(protocol)
        context.check_hostname = False
        harden(context, self._leaves[own])
        context.load_verify_locations(cadata=self._authorities)
        return context


class _Opened:
    """The blinding factors that the nodes drew, by the openings that they kept."""

    def __init__(self, nodes: Mapping[Authority, Node]) -> None:
        self._nodes = nodes

    def scalars(self) -> list[Scalar]:
        """All of all questions."""
        return [Scalar.from_bytes(raw) for node in self._nodes.values() for raw in _factors(node)]


def _factors(node: Node) -> Iterator[bytes]:
    audit = SealingKey.from_bytes(node.vault.read(node.vault.folder / "keys" / "audit.key"))
    with node.database.read() as work:
        for sealed in work.session.exec(select(QuestionExchange.openings_sealed)).all():
            yield from Openings.model_validate_json(audit.open(sealed)).factors


class OverTls:
    """The federation of processes, as `Play` drives it. `nodes` are the same folders, read from here beside them."""

    def __init__(self, folder: Path, ports: Mapping[Authority, "_Ports"]) -> None:
        self.folder, self.taps, self._ports = folder, Taps(), ports
        self.nodes = {code: Node(folder / code) for code in CODES}
        self.drawn, self._keys = _Opened(self.nodes), _Keys(self.nodes, folder)
        self._lines = [_Tap(code, at, self._keys, self.taps) for code, at in ports.items()]
        self._processes: dict[Authority, subprocess.Popen[bytes]] = {}
        self._tokens: dict[tuple[Authority, str], str] = {}
        self._client = httpx2.Client(trust_env=False, timeout=60)

    def officer(self, code: Authority, username: str, *roles: Role) -> str:
        """The token of an officer's account, which is made at the first use."""
        if (code, username) not in self._tokens:
            officers = self.nodes[code].officers
            officers.create(username, f"{username} (invented)", f"STAFF-{code}-{username}", roles)
            self._tokens[code, username] = officers.issue_token(username)
        return self._tokens[code, username]

    def national(self, code: Authority, token: str, method: str, path: str, **given: Any) -> Answer:
        """One request of an officer to the node's own API."""
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        response = self._client.request(method, f"http://127.0.0.1:{self._ports[code].national}{path}", headers=headers, **given)
        return Answer(Reply(response.status_code, [], bytearray(response.content)))

    def settle(self) -> None:
        """Nothing to be done: the processes' own beats do it, and whoever wants an end of something waits for it."""

    def beat(self) -> None:
        """Wait until every list was issued twice from now on, and everybody has the second."""
        issued = {chain: position + 2 for code in CODES for chain, position in self._chains(code, code).items()}
        wait_until(lambda: all(self._has(code, issued) for code in CODES), "two beats of all lists", _PATIENCE)

    def has_lists(self) -> bool:
        """Whether each node has lists of its own."""
        return all(self._chains(code, code) for code in CODES)

    def _has(self, code: Authority, issued: Mapping[tuple[str, str, int], int]) -> bool:
        held = {chain: at for publisher in CODES for chain, at in self._chains(code, publisher).items()}
        return all(held.get(chain, -1) >= position for chain, position in issued.items())

    def _chains(self, code: Authority, publisher: Authority) -> dict[tuple[str, str, int], int]:
        with self.nodes[code].database.read() as work:
            chains = manifests.chains(work, publisher)
            newest = {chain: manifests.newest(work, *chain, usable_only=True) for chain in chains}
        return {chain: held.position for chain, held in newest.items() if held is not None}

    def strange(self, code: Authority, body: bytes) -> Reply:
        """What one of its peers sends to this node, and no node of ours would."""
        peer = next(other for other in CODES if other != code)
        head = f"POST /v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose+json\r\nContent-Length: {len(body)}\r\n"
        bare = socket.create_connection(("127.0.0.1", self._ports[code].outer))
        with self._keys.context(ssl.PROTOCOL_TLS_CLIENT, peer).wrap_socket(bare) as line:
            line.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
            answer = bytearray()
            while piece := line.recv(_BYTES):
                answer += piece
        return Reply(int(answer.split(b" ", 2)[1]), [], answer)

    def out_of_service(self, code: Authority, work: Callable[[Node], object]) -> None:
        """End a process, do something to its node, and start it."""
        self._end(code)
        work(self.nodes[code])
        self.start(code)

    def start(self, code: Authority) -> None:
        """`celosia serve`, until it answers."""
        with (self.folder / f"{code}.log").open("ab") as said:
            command = [sys.executable, "-m", "node", "serve", "--node", str(self.folder / code)]
            self._processes[code] = subprocess.Popen(command, stdout=said, stderr=said)
        wait_until(lambda: self._answers(code), "a node", _PATIENCE)

    def _answers(self, code: Authority) -> bool:
        try:
            return self._client.get(f"http://127.0.0.1:{self._ports[code].national}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def _end(self, code: Authority) -> None:
        process = self._processes.pop(code)
        process.terminate()
        process.wait(_PATIENCE)

    def end(self) -> None:
        """All processes end, and what they logged is noted."""
        for code in list(self._processes):
            self._end(code)
        for line in self._lines:
            line.close()
        for code in CODES:
            self.taps.note(code, "log", (self.folder / f"{code}.log").read_bytes())

    def close(self) -> None:
        """The test lets go."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        for line in self._lines:
            line.close()
        self._client.close()
        for node in self.nodes.values():
            node.close()


@dataclass(frozen=True)
class _Ports:
    """Of one node: where the directory says that it is, where it is, and where its officers call."""

    outer: int
    inner: int
    national: int


@contextmanager
def over_tls(folder: Path) -> Iterator[OverTls]:
    """Three processes, the directory, and a tap on each line."""
    ports = {code: _Ports(free_port(), free_port(), free_port()) for code in CODES}
    outer, national = ({code: getattr(at, name) for code, at in ports.items()} for name in ("outer", "national"))
    directory = free_port()
    found_federation(folder, FOUNDERS, Ports(directory, outer, national), _SETTINGS)
    for code, at in ports.items():
        settings = folder / code / "node.toml"
        settings.write_text(re.sub(rf"^port = {at.outer}$", f"port = {at.inner}", settings.read_text(), flags=re.MULTILINE))
    with ExitStack() as running:
        running.enter_context(serving_directory(folder / "secretariat", directory))
        federation = OverTls(folder, ports)
        running.callback(federation.close)
        for code in CODES:
            federation.start(code)
        wait_until(federation.has_lists, "the first lists", _PATIENCE)
        yield federation
