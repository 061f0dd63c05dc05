"""Errors as problem documents (RFC 9457), in the reader's language, with what to do next. The only place that knows status codes.

    {"type": "urn:celosia:problem:<code>", "title", "status", "detail", "code", "where"?, "facts"?}

`code` is stable and listed in `docs/errors.md`. No document repeats what was sent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from crypto.errors import CryptoError
from node.case_files.errors import CaseFileError
from node.case_files.problems import Problem
from node.custody import KeysUnusable
from node.flows.keep_officers import AccountRefused
from node.flows.keep_outbox import UnknownJob
from node.flows.publish import PublishingError
from node.flows.revoke_keys import RevocationRefused
from node.flows.show_federation import OwnAuthority, UnknownPeer, UnknownRecord
from node.flows.show_question import UnknownQuestion
from node.language import preferred, say
from node.officers import NotAuthenticated, RoleMissing
from node.outbound.errors import PeerFault
from node.safeguards.errors import Stopped
from node.store.errors import NotStorable, StoreUnavailable
from node.tls.errors import TlsError
from protocol.errors import ProtocolError

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[str, int] = {
    # what a peer or an officer sent
    "malformed": 400,
    "too_large": 413,
    "unknown_code": 400,
    "unknown_sender": 403,
    "denied_sender": 403,
    "not_the_sender": 403,
    "signature_refused": 403,
    "wrong_addressee": 403,
    "not_fresh": 400,
    "replayed": 409,
    "directory_mismatch": 409,
    "directory_too_old": 503,
    "quota_spent": 429,
    "too_many_at_once": 429,
    "purpose_refused": 403,
    "wrong_question": 404,
    "epoch_unavailable": 503,
    "record_refused": 400,
    # officers
    "not_authenticated": 401,
    "role_missing": 403,
    "too_many_wrong_tokens": 429,
    # safeguards, towards our own officers
    "not_necessary": 422,
    "not_four_eyes": 403,
    "not_minimal": 422,
    "not_in_audience": 403,
    "over_budget": 429,
    "stopped": 403,
    # stories
    "unknown_network": 404,
    "no_list_for_audience": 409,
    "decision_pending": 409,
    "unknown_publication": 404,
    "already_decided": 409,
    "not_published": 409,
    "restore_unfinished": 409,
    "unknown_question": 404,
    "unknown_record": 404,
    "unknown_import": 404,
    "unknown_job": 404,
    "unknown_peer": 404,
    "own_authority": 409,
    "revocation_refused": 422,
    "lines_not_readable": 422,
    "case_file_refused": 422,
    # the form of the request
    "request_invalid": 422,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_a_peer": 403,
    # ourselves
    "store_unavailable": 503,
    "keys_unusable": 503,
    "peer_unavailable": 502,
    "peer_refused": 502,
    "internal": 500,
}


class NotFound(Exception):
    """What was named does not exist, or is not this officer's to see: both look the same."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class LinesNotReadable(Exception):
    """Lines of a case file that cannot be asked; nothing was asked."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} lines")


def problem(
    request: Request, code: str, *, where: str | None = None, facts: Mapping[str, str | int] | None = None
) -> JSONResponse:
    """The problem document of a code."""
    language = preferred(request.headers.get("Accept-Language"))
    document: dict[str, object] = {
        "type": f"urn:celosia:problem:{code}",
        "title": say(language, f"problem.{code}.title"),
        "status": STATUS[code],
        "detail": say(language, f"problem.{code}.next"),
        "code": code,
    }
    if where is not None:
        document["where"] = where
    if facts:
        document["facts"] = dict(facts)
    headers = {"Content-Language": language.value}
    if code == "not_authenticated":
        headers["WWW-Authenticate"] = 'Bearer realm="celosia"'
    if facts and "retry_seconds" in facts:
        headers["Retry-After"] = str(facts["retry_seconds"])
    return JSONResponse(document, STATUS[code], headers, media_type=MEDIA_TYPE)


def handle_errors(app: FastAPI) -> None:
    """Let `app` answer every error of ours, and any other, with a problem document."""

    def on(error_type: type[Exception], render: Callable[[Request, Exception], JSONResponse]) -> None:
        async def handler(request: Request, error: Exception) -> JSONResponse:
            return render(request, error)

        handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]] = {error_type: handler}
        app.exception_handlers.update(handlers)

    on(ProtocolError, _protocol)
    on(Stopped, _stopped)
    on(CaseFileError, _case_file)
    on(LinesNotReadable, _lines)
    on(RoleMissing, lambda request, error: problem(request, "role_missing", facts={"role": _role(error)}))
    on(TlsError, lambda request, _: problem(request, "not_a_peer"))
    on(CryptoError, lambda request, _: problem(request, "malformed"))
    for with_reason in (PeerFault, RevocationRefused):
        on(with_reason, lambda request, error: problem(request, _code(error), facts={"reason": _reason(error)}))
    on(NotStorable, lambda request, _: problem(request, "request_invalid", facts={"reason": "not_storable"}))
    on(KeysUnusable, lambda request, _: problem(request, "keys_unusable"))  # which file is for the log, not for who asks
    unknown = (NotFound, UnknownJob, UnknownPeer, UnknownQuestion, UnknownRecord)
    for plain in (NotAuthenticated, AccountRefused, PublishingError, StoreUnavailable, OwnAuthority, *unknown):
        on(plain, lambda request, error: problem(request, _code(error)))
    on(RequestValidationError, _invalid)
    on(HTTPException, _http)
    on(Exception, lambda request, _: problem(request, "internal"))


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "internal"))


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "unknown"))


def _role(error: Exception) -> str:
    return str(getattr(error, "role", "unknown"))


def _protocol(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ProtocolError):
        return problem(request, "internal")
    if error.code not in STATUS:  # of what a peer sent to a story of ours: an officer is told by the story's state, not here
        return problem(request, "internal")
    return problem(request, error.code, where=error.where, facts=error.facts)


def _stopped(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Stopped):
        return problem(request, "internal")
    return problem(request, error.code, facts={"reason": error.reason, **error.facts})


def _case_file(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, CaseFileError):
        return problem(request, "internal")
    facts: dict[str, str | int] = {"reason": error.reason.value, "file": error.file}
    facts |= {name: value for name, value in (("line", error.line), ("column", error.column)) if value is not None}
    return problem(request, "case_file_refused", facts=facts)


def _lines(request: Request, error: Exception) -> JSONResponse:
    """Each line at fault as a fact of its own: `line_<number>` is `<column>:<reason>`, `line_<number>_kinds` what it may be."""
    problems = error.problems if isinstance(error, LinesNotReadable) else ()
    facts = {f"line_{row.line}": f"{row.column or ''}:{row.code}" for row in problems}
    facts |= {f"line_{row.line}_kinds": " ".join(row.kinds) for row in problems if row.kinds}
    return problem(request, "lines_not_readable", facts=facts)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Pydantic's own text repeats what was sent, so only places and kinds of fault are told; no name that the sender made up."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    first = faults[0] if faults else {"loc": ("request",), "type": "invalid"}
    place = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return problem(
        request,
        "request_invalid",
        where=".".join(map(str, place)),
        facts={"reason": str(first["type"]), "faults": len(faults)},
    )


def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "not_found", 405: "method_not_allowed", 400: "malformed", 413: "too_large"}
    return problem(request, codes.get(status, "internal" if status >= 500 else "request_invalid"))
