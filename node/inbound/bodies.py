"""How much of a request is read: no further than its route may need, whatever the caller declares."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class LimitedBodies:
    """ASGI middleware: the reader of a body that grows beyond its limit gets the exception of status 413."""

    def __init__(self, app: ASGIApp, limit: int, by_path: Mapping[str, int]) -> None:
        """`limit` in bytes for every path but those of `by_path`."""
        self._app, self._limit, self._by_path = app, limit, by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        limit, taken = self._by_path.get(scope.get("path", ""), self._limit), 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)
