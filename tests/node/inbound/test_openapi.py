"""Both APIs against their own documents: whatever fits or breaks them, every answer is one that the document promises.

Every check that schemathesis has is on: statuses, media types, headers and bodies as documented; what breaks the document is
refused, what fits it is taken; other methods get 405 with `Allow`; without a token there is no answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema

from node.inbound.national import threshold
from node.inbound.peer.app import REQUEST_MEDIA_TYPE
from node.officers import Role
from node.tls.trust import PeerIdentity
from tests.architecture.openapi import FOLDER
from tests.node.inbound.conftest import PE, Founded
from tests.node.inbound.peer.test_app import on_connection

SHORT = settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
LONG = settings(SHORT, max_examples=150)


load_all_checks()
ACCEPTANCE: Any = CHECKS.get_one("positive_data_acceptance")
WHAT_A_FILE_SAYS: Mapping[tuple[str, str], frozenset[str]] = {
    # a case file is CSV, of a form that depends on its own header; what it asks for must be necessary
    ("/v1/questions", "POST"): frozenset({"case_file_refused", "lines_not_readable", "not_necessary"}),
    # a mapping is JSON in a part of its own, and says itself what the other files are
    ("/v1/imports", "POST"): frozenset({"case_file_refused"}),
    # any text; a picture, a document or an archive is none
    ("/v1/identifications", "POST"): frozenset({"case_file_refused"}),
    # two files of the directory, whose form and signatures are TUF's
    ("/v1/revocations", "POST"): frozenset({"revocation_refused"}),
    # CSV or a workbook, whose first row says what the others are
    ("/v1/protected/imports", "POST"): frozenset({"case_file_refused"}),
    # a signed list of people: its form is docs/spec/protected.md
    ("/v1/protected/feeds", "POST"): frozenset({"feed_refused"}),
    # what a person of a file would be, with the form of each kind of identifier
    ("/v1/protected/entries", "POST"): frozenset({"entry_not_readable"}),
    # a signed envelope: its form is docs/spec/envelope.md
    ("/v1/envelopes", "POST"): frozenset({"malformed"}),
    # what a log asks of its witness: its form is docs/spec/witness.md
    ("/v1/witness/add-checkpoint", "POST"): frozenset({"malformed"}),
    # what a first holder hands on, sealed: its form is docs/spec/matching.md
    ("/v1/audit/openings", "POST"): frozenset({"malformed", "unknown_exchange"}),
}
"""Operations whose body is a file, of which a document can only say that it is one; and the codes by which a file is refused.

Only for these the check of acceptance is another: taken, or refused by such a code. All others take whatever fits the document.
"""


def what_fits_is_taken_or_refused_as_a_file(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """The check of acceptance where a file is sent."""
    codes = WHAT_A_FILE_SAYS.get((case.operation.path, case.operation.method.upper()))
    meta = case.meta
    if codes is not None and meta is not None and meta.generation.mode is GenerationMode.POSITIVE:
        taken = 200 <= response.status_code < 300 or response.status_code in (401, 403, 429)
        assert taken or response.json()["code"] in codes, response.json()


def operations(name: str) -> list[tuple[str, str]]:
    """Path and method of every operation of a document."""
    paths = json.loads((FOLDER / name).read_text("utf-8"))["paths"]
    return [(path, method.upper()) for path, methods in paths.items() for method in methods]


NATIONAL, PEER = operations("national.json"), operations("peer.json")


@pytest.fixture(autouse=True)
def _any_number_of_wrong_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation is tried with tokens of nobody's, all from one address within a minute or two: on a fast machine more than
    are looked up. What happens to more of them has tests of its own (test_threshold.py).
    """
    monkeypatch.setattr(threshold, "WRONG_A_MINUTE", 100_000)


@pytest.fixture(scope="module")
def national(founded: Founded) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", founded.node.national_app)


@pytest.fixture(scope="module")
def peer(founded: Founded) -> BaseSchema:
    working = founded.node.federation.directory.member(PE).working
    founded.node.adopt.trust.replace([PeerIdentity(PE, working.tls_authority.encode(), frozenset(working.tls_pins))])
    leaf = (founded.folder / PE / "tls" / "leaf.pem").read_text("ascii")
    return schemathesis.openapi.from_asgi("/openapi.json", on_connection(founded.node.peer_app, [leaf]))


@pytest.fixture(scope="module")
def tokens(founded: Founded) -> Callable[..., dict[str, str]]:
    """The headers of a new officer in the roles given; of nobody, for none."""
    return lambda *roles: {"Authorization": str(founded.officer(*roles).headers["Authorization"])} if roles else {}


@pytest.fixture(scope="module")
def every_role(tokens: Callable[..., dict[str, str]]) -> dict[str, str]:
    return tokens(*Role)


def breakable(operation: Mapping[str, Any]) -> bool:
    """Whether a request could break the document at all: any text fits a bare text, and any bytes an envelope."""
    bodies = operation.get("requestBody", {}).get("content", {})
    parameters = [parameter["schema"].keys() - {"type", "title"} for parameter in operation.get("parameters", [])]
    return any(parameters) or bool(bodies.keys() - {REQUEST_MEDIA_TYPE})


def converse(schema: BaseSchema, operation: tuple[str, str], headers: dict[str, str], length: settings) -> None:
    """Requests that fit the document and requests that break it, each answer checked."""
    path, method = operation
    described = schema[path][method]
    for mode in GenerationMode if breakable(described.definition.raw) else [GenerationMode.POSITIVE]:
        strategy = described.as_strategy(generation_mode=mode, headers=headers)

        @length
        @given(st.data())
        def converse_so(data: st.DataObject) -> None:
            case = data.draw(strategy)  # noqa: B023  called before the next round
            case.call_and_validate(
                additional_checks=[what_fits_is_taken_or_refused_as_a_file],
                excluded_checks=[ACCEPTANCE] if operation in WHAT_A_FILE_SAYS else [],
            )

        converse_so()


def test_the_check_of_acceptance_is_off_for_nothing_but_files() -> None:
    assert set(NATIONAL + PEER) >= WHAT_A_FILE_SAYS.keys()
    files = {"/v1/questions", "/v1/imports", "/v1/identifications", "/v1/revocations", "/v1/envelopes"}
    register = {"/v1/protected/imports", "/v1/protected/feeds", "/v1/protected/entries"}
    assert {path for path, _ in WHAT_A_FILE_SAYS} == files | register | {"/v1/witness/add-checkpoint", "/v1/audit/openings"}


@pytest.mark.parametrize("operation", NATIONAL, ids=" ".join)
def test_the_national_api_keeps_its_word(operation: tuple[str, str], national: BaseSchema, every_role: dict[str, str]) -> None:
    converse(national, operation, every_role, SHORT)


@pytest.mark.deep
@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("operation", NATIONAL, ids=" ".join)
def test_it_keeps_it_to_officers_of_each_role_and_to_nobody(
    operation: tuple[str, str], role: Role | None, national: BaseSchema, tokens: Callable[..., dict[str, str]]
) -> None:
    converse(national, operation, tokens() if role is None else tokens(role), LONG)


@pytest.mark.deep
@pytest.mark.parametrize("operation", PEER, ids=" ".join)
def test_the_peer_api_keeps_it_at_length(operation: tuple[str, str], peer: BaseSchema) -> None:
    converse(peer, operation, {}, LONG)


@pytest.mark.parametrize("operation", PEER, ids=" ".join)
def test_the_peer_api_keeps_its_word(operation: tuple[str, str], peer: BaseSchema) -> None:
    converse(peer, operation, {}, SHORT)
