"""Randomness for the proof: the same for the same seed, and remembered, so that every blinding factor is known afterwards."""

import random
import threading
from collections.abc import Callable

from crypto.group import RandomBytes, Scalar

_OF_A_SCALAR = 64
"""Bytes that a scalar is made of (RFC 9496, 4.4)."""


def seeded(seed: int) -> Callable[[int], bytes]:
    """Bytes that are foreseen: for tests only."""
    return random.Random(seed).randbytes  # noqa: S311


class Drawn:
    """Randomness that is given to the nodes and remembered. Safe for threads."""

    def __init__(self, source: RandomBytes) -> None:
        self._source, self._lock = source, threading.Lock()
        self._scalars: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        with self._lock:
            drawn = self._source(size)
            if size == _OF_A_SCALAR:
                self._scalars.append(drawn)
        return drawn

    def scalars(self) -> list[Scalar]:
        """Every scalar that was drawn: blinding factors, and what proofs are made with."""
        with self._lock:
            return [_scalar(raw) for raw in self._scalars]


def _scalar(raw: bytes) -> Scalar:
    return Scalar.random(lambda _size: raw)
