"""The officers' server: uvicorn over plain HTTP, on its own port, whose callers keep time as peers do.

There is no handshake here by which to know a caller. Who has not sent the headers of a request yet is a stranger at the doorstep,
and who has is counted by address: behind a TLS proxy that is the proxy's.
"""

import h11
import uvicorn
from starlette.types import ASGIApp

from node.tls.deadlines import ServerLimits, TimedConfig, TimedProtocol, TimedServer
from node.tls.doorstep import DoorstepLimits

LIMITS = ServerLimits(
    # an export of 128 MiB takes half an hour at most, and whoever sends nothing is cut after half a minute
    body_bytes_a_second=64 << 10,
    doorstep=DoorstepLimits(
        stranger_seconds=10,
        strangers=64,
        strangers_an_address=32,
        # with the strangers half of all connections: no machine keeps all others out
        connections_a_key=96,
    ),
)


class OfficersProtocol(TimedProtocol):
    """A connection of an officer's program: a stranger until the headers of its first request are whole."""

    _known = False

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless as many connections of this address as there may be have sent theirs already."""
        if not self._known and not self.doorstep.has_room(self._address[0]):
            self.cut()
            return
        super().data_received(data)

    def handle_events(self) -> None:
        """Act on what arrived; with the first whole headers the caller is let in."""
        super().handle_events()
        if not self._known and self.conn.their_state is not h11.IDLE:
            self._known = self.doorstep.admit(self._address, self._address[0])

    @property
    def _address(self) -> tuple[str, int]:
        address: tuple[str, int] = self.transport.get_extra_info("peername")
        return address


def national_server(app: ASGIApp, host: str, port: int, limits: ServerLimits = LIMITS) -> uvicorn.Server:
    """A server, ready to `run`.

    Args:
        app: the national API.
        host: the address to listen on.
        port: the port to listen on; 0 lets the system choose.
        limits: what one caller may cost.
    """
    return TimedServer(TimedConfig(app, limits, host=host, port=port, http=OfficersProtocol))
