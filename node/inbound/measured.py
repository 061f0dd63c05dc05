"""How long requests take, by the template of their route: never the path that was asked for, nor its query, headers or body."""

import time
from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.telemetry.telling import Telemetry
from node.telemetry.words import MetricName, SpanName

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "none"


class Measured:
    """ASGI middleware: a span and a measurement for each request. Trace headers of the caller are not looked at."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, api: str) -> None:
        """`api`: national or peer."""
        self._app, self._telemetry, self._api = app, telemetry, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        began, status = time.monotonic(), 500  # what a request that raises is answered with, outside of here

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._telemetry.span(SpanName.REQUEST, api=self._api, method=method) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                route = template_of(scope)
                span.set_attributes({"route": route, "status": status})
                self._telemetry.spread(
                    MetricName.REQUEST_DURATION,
                    time.monotonic() - began,
                    api=self._api,
                    route=route,
                    method=method,
                    status=status,
                )


def template_of(scope: Scope) -> str:
    """The template of the route that took the request, `none` if none did."""
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))


def templates_of(app: FastAPI) -> Iterable[str]:
    """The templates of an app's routes, those of included routers as well."""
    return {path for context in iter_route_contexts(app.routes) if (path := context.path) is not None}
