"""Whoever reads what is about people or cases leaves an entry: every national route, with its entry or why it has none.

What is shown, is shown by a method of a story. It must put the reading on record itself, before it returns: that is looked for in
its source. A route that is not in these tables fails; so does one of which the source does not say what the table says.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from protocol.journal import Act
from tests.architecture.test_on_record import Function, called, functions
from tests.node.inbound.national.test_app import MATRIX

Route = tuple[str, str]
ROOT = Path(__file__).parents[2]
READING = frozenset({Act.PERSONAL_DATA_READ, Act.EXPORTED})

READ_ON_RECORD: frozenset[Route] = frozenset(
    {
        # what an officer asked, and what came of it
        *(("GET", "/v1/questions"), ("GET", "/v1/questions/{question_id}"), ("GET", "/v1/questions/{question_id}/hits")),
        # what case data say of a network
        *(("GET", "/v1/networks"), ("POST", "/v1/previews")),
        *(("GET", "/v1/publications"), ("GET", "/v1/publications/{publication_id}")),
        # people under protection, and lines of other officers' case files
        *(("GET", "/v1/holds"), ("GET", "/v1/holds/{hold_id}"), ("GET", "/v1/protected/departures")),
        # who asked whom, why, and what came of it
        *(("GET", "/v1/exchanges/{name}/ledger"), ("POST", "/v1/exchanges/{name}/evidence")),
        *(("GET", "/v1/audit/acts"), ("GET", "/v1/audit/acts/{name}"), ("GET", "/v1/audit/export"), ("POST", "/v1/audit/tree")),
        *(("GET", "/v1/audit/erasures"), ("GET", "/v1/audit/legal-holds")),
        ("POST", "/v1/audit/reconciliations/{authority}"),
        *(("GET", "/v1/audit/openings"), ("GET", "/v1/audit/openings/exchanges/{name}")),
        ("GET", "/v1/audit/forks"),
    }
)
"""Routes whose answer is on record as a reading, or as an export."""
ACTS: Mapping[Route, Act] = {
    ("POST", "/v1/peers/{authority}/denial"): Act.PEER_DENIED,
    ("DELETE", "/v1/peers/{authority}/denial"): Act.PEER_ALLOWED,
    ("POST", "/v1/imports"): Act.IMPORTED,
    ("POST", "/v1/revocations"): Act.KEYS_REVOKED,
    ("POST", "/v1/publications"): Act.PUBLICATION_PROPOSED,
    ("POST", "/v1/publications/{publication_id}/approval"): Act.PUBLISHED,
    ("POST", "/v1/publications/{publication_id}/refusal"): Act.PUBLICATION_REFUSED,
    ("POST", "/v1/publications/{publication_id}/withdrawal"): Act.WITHDRAWN,
    ("POST", "/v1/alerts/{alert_id}/settlement"): Act.ALERT_SETTLED,
    ("POST", "/v1/protected/entries"): Act.PROTECTED_ENTERED,
    ("POST", "/v1/protected/removals"): Act.PROTECTED_REMOVED,
    ("POST", "/v1/protected/imports"): Act.PROTECTED_FED,
    ("POST", "/v1/protected/feeds"): Act.PROTECTED_FED,
    ("DELETE", "/v1/protected/imports/{run_id}"): Act.PROTECTED_FILE_GIVEN_UP,
    ("POST", "/v1/holds/{hold_id}/decisions"): Act.HOLD_DECIDED,
    ("POST", "/v1/holds/unlockings"): Act.OFFICER_UNLOCKED,
    ("POST", "/v1/audit/openings"): Act.OPENING_PROPOSED,
    ("POST", "/v1/audit/openings/{opening_id}/confirmation"): Act.OPENING_MADE,
    ("POST", "/v1/audit/openings/{opening_id}/outcome"): Act.OPENING_CHECKED,
    ("POST", "/v1/audit/erasures"): Act.ERASURE_PROPOSED,
    ("POST", "/v1/audit/erasures/{subject}/decisions"): Act.ERASED,
    ("POST", "/v1/audit/legal-holds"): Act.LEGAL_HOLD_PLACED,
    ("POST", "/v1/audit/legal-holds/{hold}/lifting"): Act.LEGAL_HOLD_LIFTED,
    ("POST", "/v1/outbox/retries"): Act.OUTBOX_RETRIED,
}
"""Routes that do something, and show at most what they did: the act is on record."""
SILENT: Mapping[str, frozenset[Route]] = {
    "who one is, and what the directory says to all members": frozenset({("GET", "/v1/me"), ("GET", "/v1/peers")}),
    "no field of a record can hold a person": frozenset({("GET", "/v1/records"), ("GET", "/v1/records/{record_id}")}),
    "shows nothing but what the request itself held, keeps nothing, and runs without a node as well": frozenset(
        {("POST", "/v1/identifications")}
    ),
    "shows the number of the question; each envelope is an act of its own, and so is a refusal": frozenset(
        {("POST", "/v1/questions")}
    ),
    "places in a file, codes and counts; that it was taken in, or failed, is an act": frozenset(
        {("GET", "/v1/imports/{import_id}"), ("GET", "/v1/protected/imports/{run_id}")}
    ),
    "counts, and nothing of anybody": frozenset({("GET", "/v1/protected"), ("GET", "/v1/refusals")}),
    "codes and counts for whoever has to look: that somebody did is the settlement": frozenset({("GET", "/v1/alerts")}),
    "numbers of records and questions, without what they say": frozenset({("GET", "/v1/outbox")}),
    "whether it holds; entries, which commit and tell nothing": frozenset(
        {
            *(("GET", "/v1/audit/verification"), ("GET", "/v1/audit/proofs/{position}")),
            ("GET", "/v1/audit/tree/{path}"),
        }
    ),
}
"""Why -> routes that leave no entry."""


def handlers() -> Iterator[tuple[Route, ast.FunctionDef, Mapping[str, str]]]:
    """Every route with the function that serves it, and the parts of its room by name, with their types."""
    for path in sorted((ROOT / "node/inbound/national").glob("*.py")):
        for room in ast.parse(path.read_text("utf-8")).body:
            if isinstance(room, ast.FunctionDef) and room.name == "routes":
                parts = {each.arg: ast.unparse(each.annotation) for each in room.args.args if each.annotation is not None}
                prefix = next(_prefix(call) for call in ast.walk(room) if isinstance(call, ast.Call) and _prefix(call))
                for handler in (each for each in room.body if isinstance(each, ast.FunctionDef)):
                    for method, rest in _decorated(handler):
                        yield (method, (prefix + rest).replace(":path", "")), handler, parts


def _prefix(call: ast.Call) -> str:
    return next((ast.literal_eval(each.value) for each in call.keywords if each.arg == "prefix"), "")


def _decorated(handler: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for each in handler.decorator_list:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) == "router":
            yield each.func.attr.upper(), ast.literal_eval(each.args[0])


def stories(handler: ast.FunctionDef, parts: Mapping[str, str]) -> list[Function]:
    """The methods of the room's parts that a handler calls, or hands on to be called."""
    named = {
        (parts[each.value.id], each.attr)
        for each in ast.walk(handler)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in parts
    }
    return [each for each in functions() if (each.owner, each.node.name) in named]


def notes_reading(method: ast.FunctionDef) -> bool:
    """Whether a method puts a reading on record itself, whatever else it does, and not in a branch of it."""
    flat = [statement for statement in method.body if not isinstance(statement, ast.If | ast.Try | ast.For | ast.While)]
    for call in (each for statement in flat for each in _always(statement)):
        if ast.unparse(call.func) == "readings.note":
            return True
        if ast.unparse(call.func) == "work.record" and ast.unparse(call.args[0]) in {f"Act.{act.name}" for act in READING}:
            return True
    return False


def _always(statement: ast.stmt) -> Iterator[ast.Call]:
    if isinstance(statement, ast.With):
        for inner in statement.body:
            yield from _always(inner)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield statement.value


def names(method: Function, act: Act, steps: int = 2) -> bool:
    """Whether a method names an act, or a function does that is at most so many calls away."""
    found = [each for each in ast.walk(method.node) if isinstance(each, ast.Attribute) and each.attr == act.name]
    if any(ast.unparse(each.value) == "Act" for each in found):
        return True
    calls = [each for each in ast.walk(method.node) if isinstance(each, ast.Call)] if steps else []
    return any(names(meant, act, steps - 1) for call in calls for meant in called(call, method))


def test_every_route_is_on_record_or_has_a_reason() -> None:
    silent = [route for routes in SILENT.values() for route in routes]
    told = [*READ_ON_RECORD, *ACTS, *silent]
    assert len(told) == len(set(told))
    assert set(told) == set(MATRIX) == {route for route, *_ in handlers() if route[1] != "/healthz"}


def test_what_is_read_is_put_on_record_by_the_very_method_that_shows_it() -> None:
    noted = {route for route, handler, parts in handlers() if any(notes_reading(each.node) for each in stories(handler, parts))}
    assert noted == READ_ON_RECORD


def test_what_is_done_is_an_act() -> None:
    for route, handler, parts in handlers():
        if route in ACTS:
            assert any(names(each, ACTS[route]) for each in stories(handler, parts)), route


def test_a_reading_that_is_on_record_in_a_branch_only_would_be_found() -> None:
    def method(source: str) -> ast.FunctionDef:
        (found,) = ast.parse(source).body
        assert isinstance(found, ast.FunctionDef)
        return found

    begun = "def show(self):\n    with self.database.begin() as work:\n"
    assert notes_reading(method("def show(self):\n    readings.note(1)\n"))
    assert notes_reading(method(begun + "        work.record(Act.PERSONAL_DATA_READ)\n"))
    assert not notes_reading(method("def show(self):\n    if self.late:\n        readings.note(1)\n"))
    assert not notes_reading(method(begun + "        if self.late:\n            work.record(Act.PERSONAL_DATA_READ)\n"))
    assert not notes_reading(method(begun + "        work.record(Act.PUBLISHED)\n"))
