"""The national API as one app: every route behind a token, every error a problem document."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.formparsers import MultiPartParser

from node.case_files.limits import FILE_BYTES, MAPPING_BYTES, PASTED_BYTES, QUESTION_BYTES
from node.inbound.bodies import LimitedBodies
from node.inbound.measured import Measured
from node.inbound.national.models import ProblemShown
from node.inbound.national.threshold import Threshold
from node.inbound.problems import MEDIA_TYPE, handle_errors
from node.telemetry.quiet import QUIET
from node.telemetry.telling import OFF, Telemetry

# The largest question, twice for what JSON escapes, and its frame.
_BODY_BYTES = 2 * QUESTION_BYTES + (1 << 20)
# Four files of the largest size that is read, and the mapping: an export that is larger comes in parts.
_EXPORT_BYTES = 4 * FILE_BYTES + MAPPING_BYTES

_PROBLEM: dict[str, Any] = {
    "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemShown.__name__}"}}},
    "description": "RFC 9457 problem document; docs/errors.md lists the codes",
}


class NationalApi(FastAPI):
    """An app whose document says once what a problem is, for all its routes."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document. No route returns a problem, so FastAPI would leave its form out."""
        document = super().openapi()
        document["components"]["schemas"].setdefault(ProblemShown.__name__, ProblemShown.model_json_schema())
        return document


def national_app(routers: list[APIRouter], sign_in: Callable[[str], object], telemetry: Telemetry = OFF) -> FastAPI:
    """The app that this state's officers and their programs speak to. `sign_in` raises `NotAuthenticated`."""
    # A part above this size would be spooled to the temporary folder, in clear: case data stay in memory until they are sealed.
    MultiPartParser.spool_max_size = _EXPORT_BYTES
    app = NationalApi(title="Celosia national API", version="1", docs_url=None, redoc_url=None, telemetry=QUIET)
    app.add_middleware(
        LimitedBodies,
        limit=_BODY_BYTES,
        by_path={
            "/v1/imports": _EXPORT_BYTES,
            "/v1/protected/imports": FILE_BYTES + MAPPING_BYTES,
            "/v1/identifications": PASTED_BYTES,
        },
    )
    app.add_middleware(Threshold, sign_in=sign_in)  # added after the limits, so asked before
    app.add_middleware(Measured, telemetry=telemetry, api="national")
    handle_errors(app)
    for router in routers:
        app.include_router(router, responses=dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 503), _PROBLEM))

    @app.get("/healthz", summary="The node answers", tags=["health"])
    def get_health() -> dict[str, str]:
        return {"status": "ok"}

    return app
