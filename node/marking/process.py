"""A process of its own user that keeps the register's key: it multiplies what a node sends it, so much a day and no more.

Whoever takes the node over, database and socket with it, can ask it; so the day's marks are bounded, and the count outlives a
restart. `docs/spec/protected.md` has the arithmetic.
"""

import json
import logging
import os
import socket
import socketserver
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import cast

from crypto.errors import CryptoError
from node.custody import KeysUnusable
from node.durable import write_whole
from node.marking.key import RegisterKey
from node.marking.wire import MAGIC, BadFrame, Operation, Status, exactly, frame, read_elements

MARKS_A_DAY = 250_000
"""A question of a whole officer's day is 2,000 lines, a new epoch looks up every entry of a list once. A hundred million mobile
numbers take 400 days at this pace. Whoever feeds a large register raises it for that day, on the process's own command line."""
_DAY = 86400
_SECONDS = 30
"""A node that does not go on with its request is forgotten."""
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group (`struct ucred`)."""
log = logging.getLogger("celosia.marking")


class DayLimit:
    """How many marks are left today (UTC). Kept in a file, so that a restart gives none back."""

    def __init__(self, path: Path, most: int, clock: Callable[[], int]) -> None:
        self._path, self._most, self._clock, self._lock = path, most, clock, Lock()

    def take(self, count: int) -> bool:
        """Whether so many more are allowed today; they are counted if they are. Raises `OSError`."""
        with self._lock:
            today = self._clock() // _DAY
            spent = self._spent(today)
            if spent + count > self._most:
                return False
            write_whole(self._path, json.dumps({"day": today, "marks": spent + count}).encode())
            return True

    def _spent(self, today: int) -> int:
        try:
            held = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return 0
        # a clock that was set back gives nothing back either
        return int(held["marks"]) if held["day"] >= today else 0


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, key: RegisterKey, limit: DayLimit, user: int) -> None:
        self.key, self.limit, self.user, self.one_at_a_time = key, limit, user, Lock()
        super().__init__(str(path), _Handler)

    def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> bool:
        """Whether it is the node's user who asks, by what the kernel says (SO_PEERCRED, unix(7)), not who may open the socket."""
        line = request if isinstance(request, socket.socket) else request[1]
        _, user, _ = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        if user != self.user:
            log.warning("caller is not the node's user", extra={"user": user})
        return bool(user == self.user)


class _Handler(socketserver.StreamRequestHandler):
    timeout = _SECONDS

    def handle(self) -> None:
        try:
            reply = self._answer()
        except (BadFrame, CryptoError, ValueError):
            reply = frame(bytes([Status.MALFORMED]))
        except KeysUnusable:
            reply = frame(bytes([Status.UNUSABLE]))
        except OSError:  # a line that broke, or the disk: the node sees no answer, and lets nothing out
            log.warning("request not answered")
            return
        self.wfile.write(reply)

    def _answer(self) -> bytes:
        # 1 form
        if exactly(self.rfile.read, len(MAGIC)) != MAGIC:
            raise BadFrame
        operation = Operation(exactly(self.rfile.read, 1)[0])
        elements = read_elements(self.rfile.read)
        server = cast("_Server", self.server)
        done = bytes([Status.DONE])
        with server.one_at_a_time:  # a turn that ends meanwhile would mark half under each key
            if operation is Operation.MARK:
                # 2 the day's limit; turning is free, since its factor makes no mark of anything
                if not server.limit.take(len(elements)):
                    log.warning("limit of the day reached")
                    return frame(bytes([Status.SPENT]))
                return frame(done, server.key.mark(elements))
            if operation is Operation.TURN:
                return frame(done, server.key.turn(elements))
            if operation is Operation.BEGIN_TURN:
                server.key.begin_turn()
            elif operation is Operation.END_TURN:
                server.key.end_turn()
            return frame(bytes([Status.TURNING]) if server.key.is_turning else done)


def serve(path: Path, key: RegisterKey, limit: DayLimit, user: int, begins: Callable[[], object]) -> None:
    """Serve on the Unix socket `path` until interrupted. `begins` is called once it does. Raises `OSError`.

    Its user and group may connect, and nobody else (unix(7)); of these, only the user with the id `user` is answered.
    """
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()  # of an earlier life; two at once are kept apart by the lock of the key's folder
    before = os.umask(0o117)
    try:
        server = _Server(path, key, limit, user)
    finally:
        os.umask(before)
    with server:
        begins()
        try:
            server.serve_forever()
        finally:
            path.unlink(missing_ok=True)
