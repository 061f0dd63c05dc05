"""Taps: where bytes leave a node, each with a place for what came by."""

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from node.logs import JsonLines
from protocol.authority import Authority


@dataclass(frozen=True, repr=False)
class Left:
    """Bytes that left a node: when, counted over all nodes, and by which way."""

    turn: int
    node: Authority
    way: str
    data: bytes


@dataclass
class Taps:
    """Everything that left any node, in its order. Safe for threads."""

    _left: list[Left] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    answered: Counter[str] = field(default_factory=Counter)
    """Requests of peers that were served, by the templates of their routes."""

    def note(self, node: Authority, way: str, data: bytes, *, turn: int | None = None) -> None:
        """Bytes leave `node`: now, or at an earlier turn when the first of them did."""
        with self._lock:
            self._left.append(Left(next(self._turns) if turn is None else turn, node, way, data))

    def turn(self) -> int:
        """A point in time: all that leaves from now on has a later turn."""
        with self._lock:
            return next(self._turns)

    def left(self, node: Authority, since: int) -> list[Left]:
        """What left a node after a turn."""
        with self._lock:
            return [each for each in self._left if each.node == node and each.turn > since]

    def all(self) -> list[Left]:
        """Everything, of all nodes."""
        with self._lock:
            return list(self._left)


class LogTap(logging.Handler):
    """The lines that a process logs, as it writes them. Which node spoke, a line does not say, so it counts for each."""

    def __init__(self, taps: Taps, nodes: list[Authority]) -> None:
        super().__init__(logging.INFO)
        self._taps, self._nodes = taps, nodes
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a line."""
        for node in self._nodes:
            self._taps.note(node, "log", self.format(record).encode())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """To all that the node's own loggers say, and to the libraries' warnings."""
        own, root = logging.getLogger("celosia"), logging.getLogger()
        level = own.level
        own.setLevel(logging.INFO)
        root.addHandler(self)
        yield
        root.removeHandler(self)
        own.setLevel(level)
