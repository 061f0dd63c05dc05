"""Every error of ours becomes a problem document: one stable code, four languages, nothing of what was sent."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadElement
from node.case_files.errors import FileTooLarge, HeaderRefused
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason, RowReason
from node.custody import KeyFault, KeysUnusable
from node.flows import draft_publication, publish
from node.flows.draft_publication import PublishingError
from node.flows.keep_officers import AccountRefused
from node.flows.keep_register import EntryNotReadable
from node.inbound.problems import MEDIA_TYPE, STATUS, LinesNotReadable, handle_errors
from node.language import catalogue
from node.officers import NotAuthenticated, Role, RoleMissing
from node.outbound.errors import PeerRefused, PeerUnavailable
from node.safeguards.errors import OfficerLocked, OverBudget, Stopped
from node.store.errors import NotStorable, StoreUnavailable, StoreUnusable, Unusable
from node.tls.errors import NotOurPeer
from protocol.errors import Malformed, ProtocolError
from protocol.identifiers import Kind
from protocol.vocabulary import Language
from tests.node.inbound.conftest import Founded

SECRET = "Fulana Inventada +573005550147"
LANGUAGES = [language.value for language in Language]


def answer(error: Exception, language: str = "en") -> tuple[int, dict[str, object], str]:
    """What an app whose only route raises `error` answers: status, document, text."""
    app = FastAPI()
    handle_errors(app)

    @app.get("/")
    def raise_it() -> None:
        raise error

    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/", headers={"Accept-Language": language})
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.headers["Content-Language"] == language
    return response.status_code, response.json(), response.text


@pytest.mark.parametrize(
    ("error", "status", "code", "facts"),
    [
        (Malformed("envelope.x", reason="missing"), 400, "malformed", {"reason": "missing"}),
        (OverBudget("peer_day", peer="PE", left=3), 429, "over_budget", {"reason": "peer_day", "peer": "PE", "left": 3}),
        (OfficerLocked("many_holds"), 403, "officer_locked", {"reason": "many_holds"}),
        (Stopped("unknown_list"), 403, "stopped", {"reason": "unknown_list"}),
        (RoleMissing(Role.ANALYST), 403, "role_missing", {"role": "analyst"}),
        (RoleMissing(Role.LIAISON, {Role.AUDITOR}), 403, "role_missing", {"role": "liaison", "roles": "liaison auditor"}),
        (NotAuthenticated(), 401, "not_authenticated", None),
        (PublishingError("unknown_network"), 404, "unknown_network", None),
        (KeysUnusable(KeyFault.TOKEN_FAILED, token=SECRET), 503, "keys_unusable", None),
        (StoreUnavailable("OperationalError"), 503, "store_unavailable", None),
        (StoreUnusable(Unusable.NOT_DURABLE), 503, "store_unavailable", None),
        (NotStorable("StringDataRightTruncation"), 422, "request_invalid", {"reason": "not_storable"}),
        (PeerUnavailable("too_slow"), 502, "peer_unavailable", {"reason": "too_slow"}),
        (PeerRefused("denied_sender"), 502, "peer_refused", {"reason": "denied_sender"}),
        (NotOurPeer(SECRET), 403, "not_a_peer", None),
        (BadElement(SECRET), 400, "malformed", None),
        (
            FileTooLarge(FileReason.TOO_MANY_ROWS, file="casos.csv", line=7),
            422,
            "case_file_refused",
            {"reason": "too_many_rows", "file": "casos.csv", "line": 7},
        ),
        (
            LinesNotReadable(
                [
                    Problem("case_file", 3, "value", RowReason.MISSING_VALUE, row_imported=False, heading="Valor", place=2),
                    Problem("case_file", 4, "kind", RowReason.UNKNOWN_KIND, row_imported=False, place=1),
                    Problem("case_file", 5, None, RowReason.RAGGED_ROW, row_imported=False),
                ]
            ),
            422,
            "lines_not_readable",
            {
                **{"line_3": "value:missing_value", "line_4": "kind:unknown_kind", "line_5": ":ragged_row"},
                **{"heading_value": "Valor", "place_value": 2, "place_kind": 1},
            },
        ),
        (
            EntryNotReadable([Problem("register_file", 1, "phone", RowReason.TOO_MANY_VALUES, row_imported=True)]),
            422,
            "entry_not_readable",
            {"phone": "too_many_values"},
        ),
        (
            HeaderRefused(FileReason.UNREADABLE_HEADER, file="case_file", line=1, place=3),
            422,
            "case_file_refused",
            {"reason": "unreadable_header", "file": "case_file", "line": 1, "place": 3},
        ),
        (
            LinesNotReadable(
                [Problem("case_file", 3, "kind", RowReason.AMBIGUOUS_KIND, row_imported=False, kinds=(Kind.PHONE, Kind.IMEI))]
            ),
            422,
            "lines_not_readable",
            {"line_3": "kind:ambiguous_kind", "line_3_kinds": "phone imei"},
        ),
    ],
)
def test_an_error_keeps_its_code_and_facts(error: Exception, status: int, code: str, facts: dict[str, object] | None) -> None:
    got, document, _ = answer(error)
    assert (got, document["status"], document["code"], document.get("facts")) == (status, status, code, facts)
    assert document["type"] == f"urn:celosia:problem:{code}"


@given(st.sampled_from([ValueError, KeyError, RuntimeError, OSError]), st.text(min_size=8))
def test_an_error_that_nobody_foresaw_tells_nothing_of_itself(kind: type[Exception], message: str) -> None:
    status, document, text = answer(kind(SECRET + message))
    assert (status, document["code"]) == (500, "internal")
    assert SECRET not in text
    assert set(document) == {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_code_has_a_title_and_what_to_do_next_in_every_language(code: str, language: str) -> None:
    texts = catalogue(Language(language))
    assert texts[f"problem.{code}.title"]
    assert texts[f"problem.{code}.next"].endswith((".", "…"))


def test_the_languages_say_it_in_their_own_words() -> None:
    titles = {answer(Malformed("x"), language)[1]["title"] for language in LANGUAGES}
    assert len(titles) == len(LANGUAGES)


def codes(root: type[ProtocolError] | type[Stopped]) -> Iterator[str]:
    """The codes of an error and of all that descend from it."""
    yield root.code
    for each in root.__subclasses__():
        yield from codes(each)


NEVER_OUTWARD = {
    "sender_refused": "a branch of the tree, never raised itself",
    "not_the_reply": "of a peer's reply to us: it ends in the row of a question or delivery",
    "manifest_refused": "of a peer's manifest, as above",
    "segment_refused": "of a peer's index file, as above",
    "answer_missing": "of a peer's silence, as above",
    "budget_spent": "of a question to us: always within `question_declined`",
    "question_declined": "becomes a signed refusal",
    "checkpoint_refused": "of a peer's log, as above",
    "log_proof_refused": "of a proof before a court, which no route takes",
    "opening_refused": "of an opening before a court, which no route takes",
}


def test_every_protocol_error_that_can_reach_the_border_has_a_status() -> None:
    assert set(codes(ProtocolError)) - {"protocol"} - set(STATUS) == set(NEVER_OUTWARD)


def test_every_safeguard_and_every_reason_of_publishing_has_a_status() -> None:
    assert set(codes(Stopped)) <= set(STATUS)
    sources = [inspect.getsource(module) for module in (draft_publication, publish)]
    calls = [node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    arguments = [call.args[0] for call in calls if getattr(call.func, "id", "") == "PublishingError"]
    raised = {argument.value for argument in arguments if isinstance(argument, ast.Constant)}
    assert raised
    assert raised <= set(STATUS)


def test_accounts_are_refused_to_commands_only_and_no_route_makes_one() -> None:
    routes = Path("node/inbound").rglob("*.py")
    assert all(f"officers.{made}(" not in path.read_text("utf-8") for path in routes for made in ("create", "issue_token"))
    assert AccountRefused("no_role").code not in STATUS


def test_a_refused_request_names_our_fields_and_never_what_was_sent(founded: Founded) -> None:
    client = founded.officer(Role.INVESTIGATOR)
    sent = [
        json.dumps({SECRET: 1}),
        json.dumps(
            {"case_file": SECRET, "purpose": SECRET, "basis": SECRET, "offence": SECRET, "case": SECRET, "attested": True}
        ),
        f"{SECRET} is no JSON",
        json.dumps({"case_file": {SECRET: SECRET}}),
        json.dumps([SECRET]),
    ]
    for body in sent:
        response = client.post("/v1/questions", content=body, headers={"Content-Type": "application/json"})
        assert response.json()["code"] == "request_invalid"
        assert "Fulana" not in response.text
        assert "5550147" not in response.text


def test_a_path_or_query_that_is_none_of_ours_is_not_repeated(founded: Founded) -> None:
    client = founded.officer(*Role)
    for method, path in (
        ("POST", f"/v1/peers/{SECRET}/denial"),
        ("GET", f"/v1/records?kind={SECRET}"),
        ("GET", f"/v1/questions/{SECRET}"),
        ("GET", f"/v1/imports/{SECRET}"),
        ("GET", f"/{SECRET}"),
    ):
        response = client.request(method, path)
        assert response.status_code >= 400
        assert "Fulana" not in response.text
