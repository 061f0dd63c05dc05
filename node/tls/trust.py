"""Whom this node takes calls from, now: the pins and authorities of the directory, held for every thread.

The handshake proves that a caller holds a key certified by some member's authority. Which state that is, and whether
it still is one, only the pin says, and it is asked again on every request: a handshake is a judgement of the past.
OpenSSL cannot take an authority out of a live context, so `node.tls.server` makes a new one for each change of `authorities`.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from node.tls.certificates import load_authority
from node.tls.errors import BadMaterial, NotOurPeer

MAX_PINS = 2
"""Pins per state: the current leaf's and the next one's."""

_PIN = re.compile(r"[0-9a-f]{64}")
_STATE = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class PeerIdentity:
    """How one state proves itself, as its directory entry says.

    Attributes:
        state: two capital letters, ISO 3166-1.
        authority: the certificate (PEM) of the state's own authority.
        pins: one or two pins as of `node.tls.certificates.spki_pin`: the current leaf's and the next one's.

    Raises:
        BadMaterial: on construction, if a part has not that form.
    """

    state: str
    authority: bytes
    pins: frozenset[str]

    def __post_init__(self) -> None:
        if not _STATE.fullmatch(self.state):
            raise BadMaterial("peer: the state is not two capital letters; give its ISO 3166-1 code")
        load_authority(self.authority)
        check_pins(self.pins)


def check_pins(pins: frozenset[str]) -> None:
    """Refuse a set of pins that a directory entry could not carry.

    Raises:
        BadMaterial: not one or two pins, or one is not 64 lower-case hex digits.
    """
    if not 1 <= len(pins) <= MAX_PINS:
        raise BadMaterial(f"pins: {len(pins)} given; a state has 1 to {MAX_PINS}, the current one and the next")
    if not all(_PIN.fullmatch(pin) for pin in pins):
        raise BadMaterial("pins: one is not 64 lower-case hex digits; give the SHA-256 of the leaf's public key")


class PeerTrust:
    """The current members: pin to state, and their authorities. Safe for threads."""

    def __init__(self, members: Iterable[PeerIdentity] = ()) -> None:
        self._lock = threading.Lock()
        self._members: dict[str, PeerIdentity] = {}
        self._states: dict[str, str] = {}
        self._withdrawn: set[str] = set()
        self.replace(members)

    def replace(self, members: Iterable[PeerIdentity]) -> None:
        """Put a whole directory in force, at once: who is not in it is refused from the next request on.

        Raises:
            BadMaterial: a state stands there twice, or two states share a pin. What was in force stays.
        """
        listed = list(members)
        by_state = {member.state: member for member in listed}
        if len(by_state) != len(listed):
            raise BadMaterial("directory: a state stands there twice; give one entry per state")
        with self._lock:
            self._install(by_state)

    def add_trust(self, member: PeerIdentity) -> None:
        """Take in a new member, or the new pins and authority of a known one, without a restart.

        Raises:
            BadMaterial: another state has one of its pins. What was in force stays.
        """
        with self._lock:
            self._install({**self._members, member.state: member})

    def withdraw(self, pin: str) -> None:
        """Take one pin out, at once and for good: for a revocation that came ahead of the next directory.

        A later directory that still carries the pin does not bring it back while this node runs.
        """
        with self._lock:
            self._withdrawn.add(pin)

    def state_of(self, pin: str) -> str:
        """The state that has this pin now.

        Raises:
            NotOurPeer: none has.
        """
        with self._lock:
            state = None if pin in self._withdrawn else self._states.get(pin)
        if state is None:
            raise NotOurPeer("the caller's key is not pinned, or no longer; its state has to publish the pin first")
        return state

    @property
    def authorities(self) -> frozenset[bytes]:
        """The certificates (PEM) of all members' authorities, now."""
        with self._lock:
            return frozenset(member.authority for member in self._members.values())

    def _install(self, members: dict[str, PeerIdentity]) -> None:
        states = {pin: member.state for member in members.values() for pin in member.pins}
        if len(states) != sum(len(member.pins) for member in members.values()):
            raise BadMaterial("directory: two states share a pin; a key belongs to one state, ask both to renew")
        self._members, self._states = members, states
