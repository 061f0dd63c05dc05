"""The register's key as a node sees it that does not have it: asked for over a socket. Without an answer nothing is looked up."""

import socket
from collections.abc import Sequence
from pathlib import Path

from crypto.errors import CryptoError
from crypto.group import Element
from node.marking.errors import RegisterFault, RegisterUnusable
from node.marking.wire import ELEMENTS, MAGIC, BadFrame, Operation, Status, exactly, frame, read_elements

_SECONDS = 10
"""A thousand elements take a tenth of a second; somebody waits for the answer, and so does every other writer of the store."""


class ProcessKey:
    """The key in a process of its own. Every method raises `RegisterUnusable` where it does not answer as it should."""

    def __init__(self, path: Path) -> None:
        """`path` of its Unix socket."""
        self._path = path

    def mark(self, elements: Sequence[Element]) -> list[Element]:
        """See `RegisterKey`."""
        return self._all(Operation.MARK, elements)

    @property
    def is_turning(self) -> bool:
        """See `RegisterKey`."""
        return self._ask(Operation.STATE)[0] is Status.TURNING

    def begin_turn(self) -> None:
        """See `RegisterKey`."""
        self._ask(Operation.BEGIN_TURN)

    def turn(self, marks: Sequence[Element]) -> list[Element]:
        """See `RegisterKey`."""
        return self._all(Operation.TURN, marks)

    def end_turn(self) -> None:
        """See `RegisterKey`."""
        self._ask(Operation.END_TURN)

    def _all(self, operation: Operation, elements: Sequence[Element]) -> list[Element]:
        found: list[Element] = []
        for at in range(0, len(elements), ELEMENTS):
            part = elements[at : at + ELEMENTS]
            _, multiplied = self._ask(operation, part)
            if len(multiplied) != len(part):
                raise RegisterUnusable(RegisterFault.SILENT)
            found += multiplied
        return found

    def _ask(self, operation: Operation, elements: Sequence[Element] = ()) -> tuple[Status, list[Element]]:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(_SECONDS)
                line.connect(str(self._path))
                line.sendall(frame(MAGIC + bytes([operation]), elements))
                with line.makefile("rb") as reply:
                    status = Status(exactly(reply.read, 1)[0])
                    multiplied = read_elements(reply.read)
        except (OSError, BadFrame, CryptoError, ValueError):
            raise RegisterUnusable(RegisterFault.SILENT) from None
        if status is Status.SPENT:
            raise RegisterUnusable(RegisterFault.SPENT)
        if status in (Status.MALFORMED, Status.UNUSABLE):
            raise RegisterUnusable(RegisterFault.SILENT)
        return status, multiplied
