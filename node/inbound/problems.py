"""Errors as problem documents (RFC 9457), in the reader's language, with what to do next. The only place that knows status codes.

    {"type": "urn:celosia:problem:<code>", "title", "status", "detail", "code", "where"?, "facts"?}

`code` is stable and listed in `docs/errors.md`. No document repeats what was sent, but for headings of columns that are
words known here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from crypto.errors import CryptoError
from node.case_files.errors import CaseFileError
from node.case_files.problems import Problem
from node.case_files.register_feed import FeedRefused
from node.custody import KeysUnusable
from node.flows.decide_holds import HoldRefused, NotLocked, UnknownHold
from node.flows.draft_publication import PublishingError
from node.flows.erase_exchanges import ErasureRefused
from node.flows.gather_evidence import NoBundle
from node.flows.hold_by_law import UnknownLegalHold
from node.flows.keep_alerts import UnknownAlert
from node.flows.keep_officers import AccountRefused
from node.flows.keep_outbox import UnknownJob
from node.flows.keep_register import EntryNotReadable
from node.flows.opening_terms import OpeningNotPossible, UnknownOpening
from node.flows.prove_entry import NotWitnessedToday, NotWitnessedYet, PastLogsEnd
from node.flows.read_log import UnknownAct
from node.flows.revoke_keys import RevocationRefused
from node.flows.show_federation import OwnAuthority, UnknownPeer, UnknownRecord
from node.flows.show_question import UnknownQuestion
from node.flows.tell_ledger import UnknownExchange
from node.language import preferred, say
from node.marking import RegisterUnusable
from node.officers import NotAuthenticated, RoleMissing
from node.outbound.errors import PeerFault
from node.safeguards.errors import Stopped
from node.safeguards.narrowing import Refusal
from node.safeguards.protected import UnknownEntry
from node.store.audit_log import LogBroken
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
    "log_forked": 422,
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
    "officer_locked": 403,
    "stopped": 403,
    # stories
    "unknown_network": 404,
    "no_list_for_audience": 409,
    "case_changed": 409,
    "decision_pending": 409,
    "unknown_publication": 404,
    "already_decided": 409,
    "not_published": 409,
    "restore_unfinished": 409,
    "unknown_question": 404,
    "unknown_record": 404,
    "unknown_import": 404,
    "unknown_entry": 404,
    "entry_not_readable": 422,
    "feed_refused": 422,
    "unknown_job": 404,
    "unknown_alert": 404,
    "unknown_hold": 404,
    "hold_refused": 409,
    "not_locked": 404,
    "unknown_exchange": 404,
    "unknown_act": 404,
    "unknown_legal_hold": 404,
    "erasure_refused": 409,
    "unknown_opening": 404,
    "opening_not_possible": 409,
    "not_witnessed_yet": 409,
    "not_witnessed_today": 409,
    "past_logs_end": 409,
    "not_in_log_yet": 409,
    "exchange_erased": 409,
    "no_bundle": 409,
    "bundle_fails": 409,
    "peer_half_missing": 502,
    "log_broken": 503,
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
    "register_unusable": 503,
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


def handle_errors(app: FastAPI, clear: Callable[[Refusal], Refusal] = lambda refusal: refusal) -> None:
    """Let `app` answer every error of ours, and any other, with a problem document: with what `clear` leaves of it."""

    def on(error_type: type[Exception], read: Callable[[Exception], Refusal]) -> None:
        async def handler(request: Request, error: Exception) -> JSONResponse:
            refusal = clear(read(error))
            return problem(request, refusal.code, where=refusal.where, facts=refusal.facts)

        handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]] = {error_type: handler}
        app.exception_handlers.update(handlers)

    on(ProtocolError, _protocol)
    on(Stopped, _stopped)
    on(CaseFileError, _case_file)
    on(LinesNotReadable, _lines)
    on(EntryNotReadable, _entry)
    on(FeedRefused, _feed)
    on(RoleMissing, _role_missing)
    on(TlsError, lambda _: Refusal("not_a_peer"))
    on(CryptoError, lambda _: Refusal("malformed"))
    for with_reason in (PeerFault, RevocationRefused, HoldRefused, ErasureRefused, OpeningNotPossible):
        on(with_reason, lambda error: Refusal(_code(error), facts={"reason": _reason(error)}))
    on(NoBundle, lambda error: Refusal(_code(error), facts=error.facts if isinstance(error, NoBundle) else {}))
    on(NotStorable, lambda _: Refusal("request_invalid", facts={"reason": "not_storable"}))
    on(KeysUnusable, lambda _: Refusal("keys_unusable"))  # which file is for the log, not for who asks
    on(RegisterUnusable, lambda error: Refusal("register_unusable", facts={"reason": _fault(error)}))
    unknown = (
        NotFound,
        UnknownAct,
        UnknownEntry,
        UnknownAlert,
        UnknownExchange,
        UnknownHold,
        NotLocked,
        UnknownJob,
        UnknownLegalHold,
        UnknownOpening,
        UnknownPeer,
        UnknownQuestion,
        UnknownRecord,
    )
    for plain in (
        NotAuthenticated,
        AccountRefused,
        PublishingError,
        StoreUnavailable,
        OwnAuthority,
        NotWitnessedYet,
        NotWitnessedToday,
        PastLogsEnd,
        LogBroken,
        *unknown,
    ):
        on(plain, lambda error: Refusal(_code(error)))
    on(RequestValidationError, _invalid)
    on(HTTPException, _http)
    on(Exception, lambda _: Refusal("internal"))


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "internal"))


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "unknown"))


def _fault(error: Exception) -> str:
    return str(getattr(error, "fault", "unknown"))


def _role_missing(error: Exception) -> Refusal:
    """`roles`, parted by blanks, where any one of several would do."""
    if not isinstance(error, RoleMissing):
        return Refusal("internal")
    several = {"roles": " ".join(error.roles)} if len(error.roles) > 1 else {}
    return Refusal("role_missing", facts={"role": error.role, **several})


def _protocol(error: Exception) -> Refusal:
    if not isinstance(error, ProtocolError):
        return Refusal("internal")
    if error.code not in STATUS:  # of what a peer sent to a story of ours: an officer is told by the story's state, not here
        return Refusal("internal")
    return Refusal(error.code, where=error.where, facts=error.facts)


def _stopped(error: Exception) -> Refusal:
    if not isinstance(error, Stopped):
        return Refusal("internal")
    return Refusal(error.code, facts={"reason": error.reason, **error.facts})


def _case_file(error: Exception) -> Refusal:
    if not isinstance(error, CaseFileError):
        return Refusal("internal")
    facts: dict[str, str | int] = {"reason": error.reason.value, "file": error.file}
    places = (("line", error.line), ("column", error.column), ("place", error.place))
    facts |= {name: value for name, value in places if value is not None}
    return Refusal("case_file_refused", facts=facts)


def _lines(error: Exception) -> Refusal:
    """Each line at fault as a fact of its own: `line_<number>` is `<column>:<reason>`, `line_<number>_kinds` what it may be.

    Of a column that the file has, `place_<column>` is the number, and `heading_<column>` what the officer wrote over it.
    """
    problems = error.problems if isinstance(error, LinesNotReadable) else ()
    facts: dict[str, str | int] = {f"line_{row.line}": f"{row.column or ''}:{row.code}" for row in problems}
    facts |= {f"line_{row.line}_kinds": " ".join(row.kinds) for row in problems if row.kinds}
    facts |= {f"heading_{row.column}": row.heading for row in problems if row.heading is not None}
    facts |= {f"place_{row.column}": row.place for row in problems if row.place is not None}
    return Refusal("lines_not_readable", facts=facts)


def _feed(error: Exception) -> Refusal:
    if not isinstance(error, FeedRefused):
        return Refusal("internal")
    return Refusal("feed_refused", facts={"reason": error.reason, **error.facts})


def _entry(error: Exception) -> Refusal:
    """Each place at fault as a fact: our name of the column, and why."""
    problems = error.problems if isinstance(error, EntryNotReadable) else ()
    return Refusal("entry_not_readable", facts={each.column or "reference": each.code for each in problems})


def _invalid(error: Exception) -> Refusal:
    """Pydantic's own text repeats what was sent, so only places and kinds of fault are told; no name that the sender made up."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    first = faults[0] if faults else {"loc": ("request",), "type": "invalid"}
    place = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return Refusal(
        "request_invalid",
        where=".".join(map(str, place)),
        facts={"reason": str(first["type"]), "faults": len(faults)},
    )


def _http(error: Exception) -> Refusal:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "not_found", 405: "method_not_allowed", 400: "malformed", 413: "too_large"}
    return Refusal(codes.get(status, "internal" if status >= 500 else "request_invalid"))
