"""What the other end of a connection says: invented servers for the client's tests."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2

from node.tls.client import read_limited

if TYPE_CHECKING:
    pass


HEAD = b"HTTP/1.1 200 OK\r\n"


def wait(connection: socket.socket, seconds: float) -> None:
    """Keep a connection open for so long, or until the other side leaves."""
    if seconds:
        connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass


def says(*pieces: bytes, then_seconds: float = 0) -> Callable[[ssl.SSLSocket], None]:
    """A server that takes one request, sends the pieces, waits and hangs up."""

    def talk(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
        wait(connection, then_seconds)

    return talk


def for_ever(first: bytes, piece: bytes, pause_seconds: float = 0) -> Callable[[ssl.SSLSocket], None]:
    """A server that takes one request and answers without end."""

    def talk(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(first)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            connection.sendall(piece)
            time.sleep(pause_seconds)

    return talk


def ask(client: httpx2.Client, port: int, limit: int = 100_000) -> bytes:
    with client.stream("GET", f"https://localhost:{port}/pregunta") as response:
        return read_limited(response, limit)
