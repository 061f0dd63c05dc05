"""The Secretariat's server: gives out what is published, takes states' own changes, and keeps the timestamp young.

It is trusted for nothing but being there: every file is signed. It knows no caller and needs no client certificate: a change is
taken for the officers' signatures on it (submission.py).
"""

import asyncio
import logging
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp
from tuf.api.exceptions import RepositoryError, StorageError
from tuf.api.metadata import Metadata, Timestamp

from node.directory import layout, submission
from node.directory.errors import DirectoryError, KeyUnusable, TooLarge, Unreachable
from node.directory.repository import Repository
from node.telemetry.quiet import QUIET
from protocol.limits import DIRECTORY_TARGET_BYTES
from protocol.wire import canonical

DEFAULT_INTERVAL = timedelta(hours=1)

# Names are matched whole against the only forms that a repository can hold: no name can lead out of its folder.
_METADATA = re.compile(r"timestamp\.json|[1-9][0-9]{0,8}\.(root|snapshot|targets|[A-Z]{2})\.json", re.ASCII)
_TARGET = re.compile(r"[0-9a-f]{64}\.policy\.json|(members|states)/[0-9a-f]{64}\.[A-Z]{2}\.json", re.ASCII)
_LARGEST_METADATA = max(layout.ROOT_BYTES, layout.SNAPSHOT_BYTES, layout.TARGETS_BYTES)

# A submission from first to last byte: 256 KiB take 2 s on a 1 Mbit/s line, and nobody may hold a connection by dripping.
BODY_SECONDS: Final = 30.0

_STATUS: Mapping[str, int] = {
    "directory_malformed": 400,
    "directory_substituted": 400,
    "directory_forged": 403,
    "directory_rogue_delegation": 403,
    "directory_unreachable": 408,
    "directory_expired": 409,
    "directory_rolled_back": 409,
    "directory_publication_refused": 409,
    "directory_too_large": 413,
    "directory_folder_unusable": 503,
}
"""Any other fault is the Secretariat's own."""

_log = logging.getLogger("celosia.directory")


def directory_app(repository_path: Path) -> FastAPI:
    """GET `/metadata/{name}`, `/targets/{path}` and `/healthz` over the repository at `repository_path`.

    Errors are problems (RFC 9457). `/healthz` answers 503 when the timestamp is past its date or there is none.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=QUIET)
    app.add_exception_handler(HTTPException, _problem)
    published = repository_path / "published"

    @app.get("/metadata/{name}")
    def metadata(name: str) -> Response:
        """One metadata file. Only the timestamp ever changes under its name (TUF 6.2, consistent snapshots)."""
        if not _METADATA.fullmatch(name):
            raise HTTPException(404)
        raw = _read(published / "metadata" / name, _LARGEST_METADATA)
        return _file(raw, "no-cache" if name == "timestamp.json" else "public, max-age=31536000, immutable")

    @app.get("/targets/{path:path}")
    def target(path: str) -> Response:
        """One target file, named by its digest."""
        if not _TARGET.fullmatch(path):
            raise HTTPException(404)
        raw = _read(published / "targets" / path, DIRECTORY_TARGET_BYTES)
        return _file(raw, "public, max-age=31536000, immutable")

    @app.get("/healthz")
    def healthz() -> Response:
        """Whether members can still adopt what is served."""
        try:
            timestamp = Metadata[Timestamp].from_file(str(published / "metadata" / "timestamp.json")).signed
        except (RepositoryError, StorageError):
            raise HTTPException(503, "there is no timestamp; was a directory published?") from None
        if timestamp.is_expired():
            raise HTTPException(503, "the timestamp is past its date; see the resigner's log")
        return JSONResponse({"status": "ok"})

    return app


def take_submissions(app: FastAPI, repository: Repository, body_seconds: float = BODY_SECONDS) -> None:
    """Adds POST `/submissions` to `app`: 201 with `Accepted` once the change is published, otherwise a problem (RFC 9457).

    A problem carries the `code` of the `DirectoryError`, `where` and `why`; none of them repeats what was sent.
    """

    @app.post(submission.PATH)
    async def submit(request: Request) -> Response:
        """A state's role and its entry."""
        try:
            raw = await _body(request, body_seconds)
            accepted = await run_in_threadpool(submission.take, raw, repository, datetime.now(UTC))
        except DirectoryError as error:
            return _refusal(error)
        return Response(canonical(accepted), 201, media_type="application/json")


async def _body(request: Request, seconds: float) -> bytes:
    """The body, read no further than its limit and no longer than `seconds`. Raises `TooLarge`, `Unreachable`."""
    raw = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > submission.SUBMISSION_BYTES:
                    raise TooLarge("submission", f"more than {submission.SUBMISSION_BYTES} bytes")
    except TimeoutError:
        raise Unreachable("submission", f"it took more than {seconds:g} s to arrive") from None
    except ClientDisconnect:
        raise Unreachable("submission", "its sender hung up") from None
    return bytes(raw)


def _refusal(error: DirectoryError) -> JSONResponse:
    status = _STATUS.get(error.code, 500)
    body = {
        "type": f"urn:celosia:problem:{error.code}",
        "title": "The change was not published",
        "status": status,
        "detail": error.advice,
        "code": error.code,
        "where": error.where,
        "why": error.why,
    }
    # Closed, so that what the sender may still be sending is not read.
    return JSONResponse(body, status, {"connection": "close"}, "application/problem+json")


def _read(path: Path, limit: int) -> bytes:
    """The file's bytes, read in one go: a generation may be replaced between two looks at its name."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError:
        raise HTTPException(404) from None
    if len(raw) > limit:
        raise HTTPException(500, "the file is larger than the directory allows")
    return raw


def _file(raw: bytes, caching: str) -> Response:
    headers = {"cache-control": caching, "x-content-type-options": "nosniff"}
    return Response(raw, media_type="application/json", headers=headers)


async def _problem(_: Request, error: Exception) -> Response:
    """RFC 9457, without a `type`: the status says all there is to say."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code}
    return JSONResponse(body, error.status_code, error.headers, "application/problem+json")


class Resigner(threading.Thread):
    """Signs the timestamp again on every beat of `interval`, first at the start.

    A failed beat is logged; the next one tries again.
    """

    def __init__(self, repository: Repository, interval: timedelta = DEFAULT_INTERVAL) -> None:
        super().__init__(name="directory-resigner", daemon=True)
        self._repository = repository
        self._interval = interval
        self._ended = threading.Event()

    def run(self) -> None:
        """The beat, until `stop`."""
        while True:
            try:
                expires = self._repository.resign(datetime.now(UTC))
                _log.info("directory timestamp signed", extra={"good_until": expires.isoformat()})
            except DirectoryError as error:
                _log.error("directory timestamp not signed", extra={"cause": error.code})
            if self._ended.wait(self._interval.total_seconds()):
                return

    def stop(self) -> None:
        """Ends the beat and returns when the thread has ended."""
        self._ended.set()
        self.join()


def serve(
    repository: Repository,
    host: str,
    port: int,
    *,
    certificate: Path,
    key: Path,
    interval: timedelta = DEFAULT_INTERVAL,
) -> None:
    """Serves `repository` over HTTPS (TLS 1.3 only), takes submissions to it and re-signs it on its beat, until told to end.

    `certificate` and `key` are PEM files. Raises `KeyUnusable` when they cannot be read or do not belong together.
    """
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        tls.load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise KeyUnusable("TLS certificate", "the certificate and the key do not belong together") from None
    except OSError as error:
        raise KeyUnusable("TLS certificate", error.strerror or "the file cannot be read") from None
    resigner = Resigner(repository, interval)
    resigner.start()
    try:
        app = directory_app(repository.path)
        take_submissions(app, repository)
        uvicorn.Server(server_config(app, host, port, tls)).run()
    finally:
        resigner.stop()


def server_config(app: ASGIApp, host: str, port: int, tls: ssl.SSLContext) -> uvicorn.Config:
    """How the directory is served: no access log with callers' addresses, no server name, few open connections."""

    def given(_: uvicorn.Config, __: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        return tls

    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ssl_context_factory=given,
        access_log=False,
        server_header=False,
        log_config=None,
        limit_concurrency=256,
        timeout_keep_alive=15,
    )
