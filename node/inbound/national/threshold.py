"""Before a body is read: the token in front of it, and how often its address has shown a wrong one.

A framework reads the whole body and then asks who sent it. So nobody without a token could still upload a hundred megabytes. The
route's own guard asks again: it is what gives the role.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from node.inbound.problems import problem
from node.officers import NotAuthenticated
from node.store.errors import StoreUnavailable

WRONG_A_MINUTE = 60
"""Wrong tokens of one address in one minute that are looked up and put on record; more are refused unseen.

A token has 256 random bits, so nobody guesses one: this bounds what the attempts cost. It does not shut officers out who call
from the same address, a proxy's perhaps: what was right there before is still looked up.
"""
_WINDOW = 60
_ADDRESSES = 4096
"""So many addresses are remembered; then the one that was quiet for longest is forgotten."""
_KNOWN_TOKENS = 256
_PROTECTED = "/v1/"


@dataclass
class _Caller:
    wrong: deque[float] = field(default_factory=deque)
    right: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)

    def seconds_to_wait(self, now: float) -> int:
        while self.wrong and self.wrong[0] <= now - _WINDOW:
            self.wrong.popleft()
        return int(self.wrong[0] + _WINDOW - now) + 1 if len(self.wrong) >= WRONG_A_MINUTE else 0


class Threshold:
    """ASGI middleware in front of the national API. `sign_in` raises `NotAuthenticated` for a token that is nobody's."""

    def __init__(self, app: ASGIApp, sign_in: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._sign_in, self._clock = app, sign_in, clock
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PROTECTED):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refused: str | None = None
        wait = 0
        try:
            wait = await self._ask(request)
        except (NotAuthenticated, StoreUnavailable) as error:
            refused = error.code
        if refused is None and not wait:
            await self._app(scope, receive, send)
            return
        facts = {"retry_seconds": wait} if wait else None
        answer = problem(request, refused or "too_many_wrong_tokens", facts=facts)
        answer.headers["Connection"] = "close"  # whoever is still sending a body need not end
        await answer(scope, receive, send)

    async def _ask(self, request: Request) -> int:
        """Return 0 for a token that is somebody's, or the seconds to wait; raise `NotAuthenticated` for any other."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated
        caller, digest = self._caller(request), sha256(token.encode()).digest()
        wait = caller.seconds_to_wait(self._clock())
        if wait and digest not in caller.right:
            return wait
        try:
            await run_in_threadpool(self._sign_in, token)
        except NotAuthenticated:
            caller.right.pop(digest, None)
            caller.wrong.append(self._clock())
            raise
        caller.right[digest] = None
        while len(caller.right) > _KNOWN_TOKENS:
            caller.right.popitem(last=False)
        return 0

    def _caller(self, request: Request) -> _Caller:
        address = request.client.host if request.client else ""
        caller = self._callers.setdefault(address, _Caller())
        self._callers.move_to_end(address)
        while len(self._callers) > _ADDRESSES:
            self._callers.popitem(last=False)
        return caller
