"""Taps on the lines between processes: each has both ends' keys, ends TLS as the called node, and begins it as the caller."""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from node.app import Node
from node.tls.contexts import harden
from node.tls.own import LEAF, read_credential
from protocol.authority import Authority
from tests.proof.taps import Taps

BYTES = 1 << 16
"""Read at once."""
_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class NodePorts:
    """Of one node: where the directory says that it is, where it is, and where its officers call."""

    outer: int
    inner: int
    national: int


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
        """Head and body apart: what a body is, its digest says."""
        head, end, body = self._message.partition(_HEAD)
        for part in (head + end, body):
            if self._speaker is not None and part:
                self._taps.note(*self._speaker, bytes(part), turn=self._turn)
        self._speaker, self._message = None, bytearray()


class Tap:
    """On the line to one node: ends TLS as that node, and begins it anew as whoever called."""

    def __init__(self, called: Authority, at: NodePorts, keys: "LeafKeys", taps: Taps) -> None:
        self._called, self._inner, self._keys, self._taps = called, at.inner, keys, taps
        self._listening = socket.create_server(("127.0.0.1", at.outer))
        self._said: list[_Said] = []
        self._lines: list[socket.socket] = []
        self.is_cut = False
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Nobody calls any more; what was said last is noted."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # who waits for a call would keep the port otherwise
        self._listening.close()
        for each in self._said:
            each.close()

    def cut(self) -> None:
        """Whoever is on the line is not any more, and nobody gets through."""
        self.is_cut = True
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                if self.is_cut:
                    line.close()
                    continue
                self._lines.append(line)
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
        while piece := source.recv(BYTES):
            said.take(speaker, way, piece)
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)  # closing is for whoever knows that nobody reads from it any more


class LeafKeys:
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
