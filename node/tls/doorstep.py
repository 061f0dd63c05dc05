"""The doorstep: connections that have been accepted and have not done what their door asks for, and how many there may be.

At the peers' door that is the handshake; at the officers' door, which has no TLS, the headers of the first request. asyncio shows
a protocol its connection after the handshake only, and lets a handshake take a minute. Whoever opens connections and says nothing
would hold a descriptor for each. So the listening socket itself counts: the oldest stranger leaves when there are too many, of
one address or in all. A member shakes hands in less than a second; it is never the oldest for long.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from dataclasses import dataclass
from typing import Any

Address = tuple[Any, ...]
"""Host and port first, as the socket module has them."""


@dataclass(frozen=True)
class DoorstepLimits:
    """Who may wait at the door. Times are in seconds."""

    stranger_seconds: float = 5
    """From the connection to the end of the handshake: one round trip across the Americas is a fifth of a second."""
    strangers: int = 128
    """Connections in all that have not shaken hands; each is a descriptor and a few kilobytes."""
    strangers_an_address: int = 64
    """Of one address: half of all. Behind a balancer all states call from one; their handshakes must not crowd each other out."""
    connections_a_key: int = 32
    """Of one proven key: four times the requests that one member may have under way."""


class _Guest(socket.socket):
    """An accepted connection that tells the doorstep when it is closed."""

    def __init__(self, accepted: socket.socket, doorstep: "Doorstep", address: Address) -> None:
        super().__init__(fileno=accepted.detach())
        self._doorstep, self.address = doorstep, address

    def close(self) -> None:
        """Close, and be counted no more."""
        super().close()
        self._doorstep.gone(self)

    def turn_away(self) -> None:
        """End the connection. Its owner sees the end and closes it."""
        with contextlib.suppress(OSError):  # it was ended from the other side
            self.shutdown(socket.SHUT_RDWR)


class Doorstep:
    """The connections of one server. Used by its event loop only."""

    def __init__(self, limits: DoorstepLimits) -> None:
        self._limits = limits
        self._open: set[_Guest] = set()
        self._strangers: dict[Address, _Guest] = {}
        self._members: dict[Address, str] = {}
        self._of_key: Counter[str] = Counter()

    def arrive(self, accepted: socket.socket, address: Address) -> socket.socket:
        """A connection was accepted: count it, and let the oldest stranger go if there are too many."""
        guest = _Guest(accepted, self, address)
        same = [waiting for waiting in self._strangers.values() if waiting.address[0] == address[0]]
        if len(same) >= self._limits.strangers_an_address:
            self._send_away(same[0])
        if len(self._strangers) >= self._limits.strangers:
            self._send_away(next(iter(self._strangers.values())))
        self._open.add(guest)
        self._strangers[address] = guest
        asyncio.get_running_loop().call_later(self._limits.stranger_seconds, self._overdue, guest)
        return guest

    def has_room(self, key: str) -> bool:
        """Whether another connection of this key may stay."""
        return self._of_key[key] < self._limits.connections_a_key

    def admit(self, address: Address, key: str) -> bool:
        """A connection has done what its door asks for, under this key: whether it may stay."""
        self._strangers.pop(address, None)
        if not self.has_room(key):
            return False
        self._members[address] = key
        self._of_key[key] += 1
        return True

    def gone(self, guest: _Guest) -> None:
        """A connection is closed."""
        self._open.discard(guest)
        if self._strangers.get(guest.address) is guest:
            del self._strangers[guest.address]
        key = self._members.pop(guest.address, None)
        if key is not None:
            self._of_key[key] -= 1

    async def clear(self, seconds: float) -> None:
        """The server ends: turn everybody away, and wait until all connections are closed, `seconds` at most."""
        for guest in self._open:
            guest.turn_away()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._open:
                    await asyncio.sleep(0.01)

    def _overdue(self, guest: _Guest) -> None:
        if self._strangers.get(guest.address) is guest:
            self._send_away(guest)

    def _send_away(self, guest: _Guest) -> None:
        del self._strangers[guest.address]
        guest.turn_away()


class _Listening(socket.socket):
    """A listening socket whose connections arrive at a doorstep."""

    def __init__(self, family: int, doorstep: Doorstep) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._doorstep = doorstep

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection."""
        accepted, address = super().accept()
        return self._doorstep.arrive(accepted, address), address


async def listen(host: str, port: int, doorstep: Doorstep) -> list[socket.socket]:
    """A socket for each address of `host`, bound and not listening yet. Raises `OSError` if one cannot be bound."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    with contextlib.ExitStack() as closing:
        bound: list[socket.socket] = []
        for family, _, _, _, address in dict.fromkeys(found):
            listening = closing.enter_context(_Listening(family, doorstep))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # as asyncio does: the other family has a socket of its own
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(address)
            bound.append(listening)
        closing.pop_all()
    return bound
