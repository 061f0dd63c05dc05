"""A server whose callers keep time: every phase of a request has an end, and so has the number of connections.

uvicorn's h11 protocol knows one deadline, for idle keep-alive connections, and drops it at the first byte. A caller
that sends one byte a second, or reads none, would hold its connection for ever; here every phase has an end. Peers are
served so (`node/tls/server.py`), and this state's own officers (`node/inbound/national/server.py`).
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from node.tls.doorstep import Doorstep, DoorstepLimits, listen

log = logging.getLogger("celosia.server")

_PIECE = 4096
_GOODBYE_SECONDS = 1
_SECONDS_TO_END = 5
"""How long requests that are under way may take to end once the server is told to."""


@dataclass(frozen=True)
class ServerLimits:
    """What one caller may cost a server. Times are in seconds, sizes in bytes. As they stand, they are the peer server's."""

    header_bytes: int = 16 * 1024
    """Request line and headers together, to within 4096: ours have a dozen short ones; this leaves room for tracing."""
    header_seconds: float = 10
    """From the end of the handshake, or from the first byte of a later request, to the last header."""
    body_seconds: float = 30
    """From the last header to the end of the body, the app's own reading included."""
    body_bytes_a_second: int | None = None
    """For each so many bytes of the body that have come, a second more. None: no more time, however long the body is."""
    stalled_seconds: float = 30
    """From the moment the caller stops taking an answer to the end of that answer."""
    keep_alive_seconds: int = 5
    """Idle between two requests: long enough for the next question of a list, short enough to free the slot."""
    connections: int = 256
    """Beyond this many at once, callers get 503: some for every member state, within one process's files."""
    backlog: int = 128
    """Connections that the kernel keeps waiting."""
    doorstep: DoorstepLimits = field(default_factory=DoorstepLimits)
    """Who may wait to shake hands, and how many connections one key may have."""


class TimedConfig(uvicorn.Config):
    """uvicorn's configuration for a server whose callers keep time.

    It logs no access lines, as who asked whom and when is for the audit log alone, and takes no word of a proxy about who calls.
    """

    def __init__(self, app: ASGIApp, timed_limits: ServerLimits, **settings: Any) -> None:
        super().__init__(
            app,
            ws="none",
            loop="asyncio",
            h11_max_incomplete_event_size=timed_limits.header_bytes,
            timeout_keep_alive=timed_limits.keep_alive_seconds,
            limit_concurrency=timed_limits.connections,
            backlog=timed_limits.backlog,
            timeout_graceful_shutdown=_SECONDS_TO_END,
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            **settings,
        )
        self.timed_limits = timed_limits
        self.doorstep = Doorstep(timed_limits.doorstep)


class TimedServer(uvicorn.Server):
    """uvicorn's server on sockets whose connections wait at a doorstep."""

    config: TimedConfig

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. Ends the thread as uvicorn does if the address cannot be had."""
        config = self.config
        try:
            sockets = await listen(config.host, config.port, config.doorstep)
        except OSError as error:
            log.error("cannot listen", extra={"error": type(error).__name__, "port": config.port})
            sys.exit(1)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, then end what it leaves open: requests that took too long, and callers who only shook hands."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await self.config.doorstep.clear(_GOODBYE_SECONDS)


class _Clock:
    """A timer that runs once; starting it while it runs changes nothing."""

    def __init__(self, loop: asyncio.AbstractEventLoop, overdue: Callable[[], None]) -> None:
        self._loop = loop
        self._overdue = overdue
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._overdue)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class TimedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 connection with a deadline on every phase."""

    def __init__(
        self,
        config: TimedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.doorstep = config.doorstep
        self._limits = config.timed_limits
        self._phase: str | None = None
        self._body_began, self._bytes = 0.0, 0
        self._reading = _Clock(self.loop, self._overdue)
        self._stalled = _Clock(self.loop, self.cut)
        self._leaving = _Clock(self.loop, self.cut)

    def cut(self) -> None:
        """End the connection. Abort, not close: a polite close waits for the very caller who does not keep time."""
        self._enter(None)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the first request's clock."""
        super().connection_made(transport)
        self._enter("headers")

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first ones of a later request start its clock."""
        if self.conn.their_state is h11.IDLE:
            self._enter("headers")
        self._bytes += len(data)
        # h11 weighs headers only while they are incomplete: in one piece they could be as long as one read of the loop.
        for start in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + _PIECE])

    def handle_events(self) -> None:
        """Act on what arrived, then set the clock of the phase that the request is in now."""
        super().handle_events()
        their_state = self.conn.their_state
        if their_state is h11.SEND_BODY:
            self._enter("body")
        elif their_state is not h11.IDLE:
            self._enter(None)
        elif self.conn.trailing_data[0]:
            self._enter("headers")

    def on_response_complete(self) -> None:
        """End the answer's clock, if the caller has taken the answer and not only the app has given it."""
        if not self.flow.write_paused:
            self._stalled.stop()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The caller does not take what we send: start the clock, once for the whole answer."""
        super().pause_writing()
        self._stalled.start(self._limits.stalled_seconds)

    def resume_writing(self) -> None:
        """The caller takes again: the clock goes on, unless that was the end of the answer."""
        super().resume_writing()
        if self.conn.our_state is not h11.SEND_BODY:
            self._stalled.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all clocks."""
        self._enter(None)
        self._stalled.stop()
        self._leaving.stop()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, whether the caller says goodbye or not."""
        super().timeout_keep_alive_handler()
        self._leave()

    def shutdown(self) -> None:
        """The server stops: close, if no request is under way, whether the caller says goodbye or not."""
        super().shutdown()
        self._leave()

    def _enter(self, phase: str | None) -> None:
        if phase == self._phase:
            return
        self._phase = phase
        self._reading.stop()
        if phase == "headers":
            self._bytes = 0
            self._reading.start(self._limits.header_seconds)
        elif phase == "body":
            self._body_began = self.loop.time()
            self._reading.start(self._limits.body_seconds)

    def _overdue(self) -> None:
        rate = self._limits.body_bytes_a_second
        if self._phase == "body" and rate is not None:
            left = self._body_began + self._limits.body_seconds + self._bytes / rate - self.loop.time()
            if left > 0:
                self._reading.stop()
                self._reading.start(left)
                return
        self.cut()

    def _leave(self) -> None:
        # asyncio waits 30 seconds for the other side's goodbye, and an idle one may never look.
        if self.transport.is_closing() and not self.flow.write_paused:
            self._leaving.start(_GOODBYE_SECONDS)
