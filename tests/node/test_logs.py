"""Logs tell administrators what happened and where, and never the content that it happened to."""

import errno
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.logs import DescriptorsUsedUp, JsonLines, set_up_logs

NAME = "Fulana Inventada"


class Heard:
    """What a logger wrote, line by line."""

    def __init__(self, name: str) -> None:
        self._written = io.StringIO()
        self.handler = logging.StreamHandler(self._written)
        self.handler.setFormatter(JsonLines())
        self.logger = logging.getLogger(name)
        self.logger.addHandler(self.handler)
        self.logger.setLevel(logging.DEBUG)
        self.logger.propagate = False

    def close(self) -> None:
        self.logger.removeHandler(self.handler)
        self.logger.propagate = True

    @property
    def text(self) -> str:
        return self._written.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        (only,) = self.text.splitlines()
        parsed: dict[str, Any] = json.loads(only)
        return parsed


@pytest.fixture(params=["celosia.invented", "library.invented"])
def heard(request: pytest.FixtureRequest) -> Iterator[Heard]:
    made = Heard(request.param)
    yield made
    made.close()


def test_a_line_says_when_how_serious_who_and_what(heard: Heard) -> None:
    heard.logger.warning("something about %s", NAME, extra={"beat": "beat-index", "count": 3})
    line = heard.line
    assert (line["level"], line["log"], line["event"]) == ("warning", heard.logger.name, "something about %s")
    assert (line["beat"], line["count"]) == ("beat-index", 3)
    assert set(line) == {"at", "level", "log", "event", "beat", "count"}
    assert NAME not in heard.text


def fail() -> None:
    raise ValueError(NAME)


def test_an_exception_is_told_by_type_and_place_and_not_by_its_message(heard: Heard) -> None:
    try:
        fail()
    except ValueError:
        heard.logger.exception("it %s", "failed")
    assert heard.line["error"] == "ValueError"
    assert heard.line["place"].startswith(f"{__name__}:")
    assert NAME not in heard.text


def test_an_exception_that_was_never_raised_has_a_type_and_no_place(heard: Heard) -> None:
    heard.logger.error("it %s", "failed", exc_info=ValueError(NAME))
    assert heard.line["error"] == "ValueError"
    assert "place" not in heard.line
    assert NAME not in heard.text


def test_no_exception_at_hand_is_no_error(heard: Heard) -> None:
    heard.logger.error("it %s", "failed", exc_info=(None, None, None))
    assert "error" not in heard.line


def test_a_message_that_is_an_exception_is_not_told(heard: Heard) -> None:
    heard.logger.error(ValueError(NAME))
    assert heard.line["event"].startswith("test_logs:")
    assert NAME not in heard.text


def test_of_a_library_s_ready_made_message_only_the_place_is_told() -> None:
    heard = Heard("library.ready")
    heard.logger.error(f"cannot store {NAME}")
    assert heard.line["event"].startswith("test_logs:")
    assert NAME not in heard.text


def test_our_own_messages_are_constants_and_are_told() -> None:
    heard = Heard("celosia.constant")
    heard.logger.error("beat failed\nsecond line")
    assert heard.line["event"] == "beat failed"


@given(st.text(), st.dictionaries(st.sampled_from(["peer", "kind", "count"]), st.text() | st.integers()))
def test_whatever_is_logged_is_one_line_of_json(argument: str, extra: dict[str, str | int]) -> None:
    heard = Heard("celosia.any")
    heard.logger.info("about %s", argument, extra=extra)
    heard.close()
    assert heard.text.count("\n") == 1
    assert {name: heard.line[name] for name in extra} == extra


def test_from_set_up_on_everything_goes_to_standard_error_and_libraries_are_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    set_up_logs()
    logging.getLogger("celosia.set_up").info("heard")
    for name in ("httpx2", "uvicorn", "tuf.ngclient"):
        logging.getLogger(name).info("GET https://example/?name=%s", NAME)
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["event"] == "heard"


def test_of_descriptors_that_are_used_up_one_line_is_told_and_of_everything_else_all(caplog: pytest.LogCaptureFixture) -> None:
    used_up = DescriptorsUsedUp()

    def passes(error: Exception) -> bool:
        record = logging.LogRecord("asyncio", logging.ERROR, "", 0, "socket.accept()", (), (type(error), error, None))
        return bool(used_up.filter(record))

    assert [passes(OSError(errno.EMFILE, "Too many open files")) for _ in range(100)] == [False] * 100
    assert [record.getMessage() for record in caplog.records] == ["file descriptors used up"]
    assert passes(OSError(errno.ECONNRESET, "Connection reset by peer"))
