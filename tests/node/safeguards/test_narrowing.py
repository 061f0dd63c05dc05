"""A refusal tells a peer words of this program and numbers of a known meaning, and nothing that came from anywhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from node.inbound.problems import handle_errors
from node.safeguards.narrowing import NUMBERS, REASONS, Refusal, narrowed
from protocol.errors import Malformed, ProtocolError

ROOT = Path(__file__).parents[3]
HEARD_BY_PEERS = [
    *(path for path in (ROOT / "protocol").rglob("*.py") if path.name != "directory.py"),  # no peer sends a directory
    *(ROOT / "node" / "inbound" / "peer").glob("*.py"),
    *(ROOT / "node" / "flows" / name for name in ("answer_match.py", "receive_record.py", "serve_lists.py", "serve_records.py")),
    *(ROOT / "node" / "safeguards" / name for name in ("budgets.py", "quotas.py")),
]
NUMBER = "573015550123"


def raised() -> Iterator[tuple[str, str, str]]:
    """(file, what, word): every word that an error of ours is made with, in what a peer's message goes through."""
    names = {each.__name__ for each in _below(ProtocolError)}
    for path in HEARD_BY_PEERS:
        for call in (each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in names:
                if call.args and isinstance(call.args[0], ast.Constant):
                    yield path.name, "where", str(call.args[0].value)
                for given_as in call.keywords:
                    if given_as.arg == "reason" and isinstance(given_as.value, ast.Constant):
                        yield path.name, "reason", str(given_as.value.value)


def _below(error: type[ProtocolError]) -> Iterator[type[ProtocolError]]:
    yield error
    for each in error.__subclasses__():
        yield from _below(each)


def test_every_word_of_our_own_errors_passes() -> None:
    words = set(raised())
    assert len(words) > 60
    for file, what, word in words:
        told = Refusal("malformed", word) if what == "where" else Refusal("malformed", None, {"reason": word})
        assert narrowed(told) == told, (file, what, word)


@pytest.mark.parametrize("where", ["envelope.body.elements", "record(route).nodes.3.country", "body.manifest", "directory"])
def test_places_in_messages_pass(where: str) -> None:
    assert narrowed(Refusal("malformed", where)).where == where


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_other_text_passes(where: str, value: str) -> None:
    told = narrowed(Refusal("malformed", f"envelope.{where}!", {"reason": f"{value}!", where: value, "detail": value}))
    assert told.where is None
    assert set(told.facts) <= set(NUMBERS)


@given(st.sampled_from(sorted(NUMBERS)), st.one_of(st.integers(), st.text(), st.booleans()))
def test_a_number_is_a_number_below_its_bound(name: str, value: str | int) -> None:
    told = narrowed(Refusal("malformed", None, {name: value}))
    assert all(type(each) is int and abs(each) < NUMBERS[name] for each in told.facts.values())


def test_a_word_of_another_list_is_no_reason() -> None:
    assert narrowed(Refusal("malformed", None, {"reason": "phone"})).facts == {}
    assert "phone" not in REASONS


def answer(*, careful: bool) -> str:
    """What a peer reads when a program stumbles over a stored identifier."""
    app = FastAPI()
    handle_errors(app, narrowed) if careful else handle_errors(app)

    @app.get("/v1/stumble")
    def stumble() -> None:
        raise Malformed(f"identifier.{NUMBER}", stored=NUMBER, reason=f"not_{NUMBER}")

    return TestClient(app, raise_server_exceptions=False).get("/v1/stumble").text


def test_an_error_with_an_identifier_in_it_tells_a_peer_nothing_of_it() -> None:
    assert NUMBER in answer(careful=False)  # without the room, every part of it goes out
    told = answer(careful=True)
    assert NUMBER not in told
    assert '"code":"malformed"' in told
