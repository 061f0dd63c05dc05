"""Rules of the house that no type checker knows, held against the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.journal import Act

ROOT = Path(__file__).parents[2]
PACKAGES = ("crypto", "protocol", "node")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BELOW_INBOUND = ("crypto", "protocol", "node/flows", "node/safeguards", "node/store", "node/case_files", "node/outbound")

UNMIRRORED = {
    "node/flows/adopt_directory.py": "adoption needs a signed repository: tests/federation/test_exchange.py",
    "node/flows/answer_match.py": "two real nodes: tests/federation/test_intruders.py, test_questions.py",
    "node/flows/ask_list.py": "two real nodes: tests/federation/test_questions.py",
    "node/flows/ask_peers.py": "two real nodes: tests/federation/test_questions.py",
    "node/flows/compare_logs.py": "two logs beside each other: tests/node/flows/test_reconcile.py",
    "node/flows/call_peer.py": "two real nodes: tests/federation/test_intruders.py",
    "node/flows/deliver_records.py": "two real nodes: tests/federation/test_outbox.py, test_publishing.py",
    "node/flows/follow_lists.py": "two real nodes: tests/federation/test_audiences.py, test_equivocation.py",
    "node/flows/gather_evidence.py": "three real nodes: tests/federation/test_evidence.py",
    "node/flows/keep_outbox.py": "two real nodes: tests/federation/test_outbox.py",
    "node/flows/list_segments.py": "peers see it through the beats: tests/node/flows/test_keep_index.py, test_turn_epochs.py",
    "node/backup/errors.py": "each is raised in tests/node/backup/",
    "node/flows/recover.py": "three real nodes, one of them lost: tests/federation/test_restore.py",
    "node/flows/serve_records.py": "three real nodes, one of them lost: tests/federation/test_restore.py",
    "node/flows/revoke_keys.py": "three real nodes: tests/federation/test_revocation.py",
    "node/rhythm.py": "real nodes live by it: tests/federation/, tests/node/test_app.py",
    "node/flows/serve_lists.py": "three real nodes: tests/federation/test_audiences.py",
    "node/flows/show_federation.py": "three real nodes: tests/federation/test_intruders.py",
    "node/outbound/errors.py": "each is raised in tests/node/outbound/test_peers.py",
    "node/inbound/peer/inbox.py": "real TLS: tests/federation/test_intruders.py",
}
"""Modules without a test file of their own name, and where their stories are told instead."""
TO_COME = {act for act in Act if act.startswith("release_")} | {Act.LOG_CLOSED}
"""Acts that the format has already, and nothing does yet."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_only_the_unit_of_work_commits() -> None:
    found = {relative(path) for path in SOURCES if any(name_of(call) == "commit" for call in calls(path))}
    assert found == {"node/store/database.py"}


def test_only_the_door_makes_what_leaves() -> None:
    makers = {
        relative(path)
        for path in SOURCES
        if any(name_of(call) in ("Cleared", "ClearedFile", "ClearedReading") for call in calls(path))
    }
    assert makers == {"node/safeguards/door.py"}


def test_only_one_module_of_the_way_out_holds_a_line_to_peers() -> None:
    users = {relative(path) for path in SOURCES if any(name_of(call) == "pinned_client" for call in calls(path))}
    assert users == {"node/outbound/peers.py"}


def test_bytes_of_a_peer_become_meaning_in_two_places() -> None:
    def users(function: str) -> set[str]:
        return {relative(path) for path in SOURCES if any(name_of(call) == function for call in calls(path))}

    assert users("verify_request") == users("admit_request") == {"node/inbound/peer/inbox.py"}
    assert users("admit_reply") == {"node/flows/call_peer.py"}


def test_no_room_is_called_by_what_it_is_not() -> None:
    vague = re.compile(r"util|helper|common|manager|misc", re.IGNORECASE)
    everything = [path for top in (*PACKAGES, "deploy", "tests") for path in (ROOT / top).rglob("*.py")]
    assert [relative(path) for path in everything if vague.search(relative(path))] == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    written = (path for path in SOURCES if not relative(path).startswith("node/store/migrations/versions/"))  # those are made
    assert [relative(path) for path in written if len(path.read_text("utf-8").splitlines()) > 400] == []


@pytest.mark.parametrize("room", BELOW_INBOUND)
def test_no_status_code_and_no_web_framework_below_inbound(room: str) -> None:
    web = re.compile(r"^\s*(from|import) (fastapi|starlette|uvicorn)\b|HTTPStatus|HTTPException", re.MULTILINE)
    assert [relative(path) for path in (ROOT / room).rglob("*.py") if web.search(path.read_text("utf-8"))] == []


def test_every_act_is_put_on_record_somewhere() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES if relative(path) != "protocol/journal.py")
    assert {act for act in Act if f"Act.{act.name}" not in text} == TO_COME


def test_a_log_line_is_a_fixed_text_and_never_made_of_what_happened() -> None:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    for path in SOURCES:
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr in levels and getattr(call.func.value, "id", "") == "log":
                assert [type(argument) for argument in call.args] == [ast.Constant], f"{relative(path)}:{call.lineno}"
                assert {keyword.arg for keyword in call.keywords} <= {"extra"}, f"{relative(path)}:{call.lineno}"


def test_a_failure_of_every_kind_is_caught_by_the_beat_alone() -> None:
    def catches_all(handler: ast.ExceptHandler) -> bool:
        swallowed = not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        return swallowed and (handler.type is None or getattr(handler.type, "id", "") in ("Exception", "BaseException"))

    found = {
        relative(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    }
    assert found == {"node/beats.py"}


def test_no_app_and_no_settings_live_at_the_level_of_a_module() -> None:
    for path in SOURCES:
        for statement in ast.parse(path.read_text("utf-8")).body:
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Call) and relative(path).split("/")[1] != "cli":
                assert name_of(value) not in ("FastAPI", "APIRouter", "Settings", "Node", "Database"), relative(path)


def mirror_of(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.stem.strip('_')}.py"


def is_code(path: Path) -> bool:
    """Whether a module has a mirror to look for.

    Package faces, migrations and tables of columns only declare; the command line is run as its user does, command by command.
    """
    others = ("node/store/migrations/", "node/store/tables/", "node/cli/")
    return path.name != "__init__.py" and not relative(path).startswith(others)


def test_every_module_has_its_mirror_test_or_a_reason() -> None:
    missing = {relative(path) for path in SOURCES if is_code(path) and not mirror_of(path).exists()}
    assert missing == set(UNMIRRORED)
