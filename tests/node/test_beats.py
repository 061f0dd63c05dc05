"""Beats: at once, then again and again, on request sooner, and past any failure."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from node.beats import Beat
from node.directory.errors import Unreachable

NEVER = 3600.0
SOON = 5.0


class Counted:
    """Work that counts its runs and can be told to fail."""

    def __init__(self, failing: tuple[int, ...] = ()) -> None:
        self.runs, self._failing = 0, failing
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.runs += 1
            self._changed.notify_all()
            if self.runs in self._failing:
                raise ValueError("Fulana Inventada")

    def reaches(self, runs: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.runs >= runs, SOON)


Start = Callable[[float, Callable[[], object]], Beat]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Beat] = []

    def make(seconds: float, work: Callable[[], object]) -> Beat:
        started.append(Beat("invented", seconds, work))
        started[-1].start()
        return started[-1]

    yield make
    for beat in started:
        beat.stop()
        assert not beat.is_alive()


def test_the_first_run_does_not_wait(start: Start) -> None:
    work = Counted()
    start(NEVER, work)
    assert work.reaches(1)


def test_runs_recur(start: Start) -> None:
    work = Counted()
    start(0.005, work)
    assert work.reaches(5)


def test_a_run_can_be_asked_for_sooner(start: Start) -> None:
    work = Counted()
    beat = start(NEVER, work)
    assert work.reaches(1)
    beat.soon()
    assert work.reaches(2)


def test_asking_during_a_run_brings_another_one_after_it(start: Start) -> None:
    work, asked = Counted(), threading.Event()

    def run() -> None:
        if work.runs == 0:
            assert asked.wait(SOON)
        work()

    start(NEVER, run).soon()
    asked.set()
    assert work.reaches(2)


def test_a_run_that_fails_is_not_the_last(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    work = Counted(failing=(1, 2))
    with caplog.at_level(logging.ERROR, "celosia.beats"):
        start(0.005, work)
        assert work.reaches(4)
    failures = [record for record in caplog.records if record.name == "celosia.beats"]
    assert [(record.msg, vars(record)["beat"], vars(record)["error"]) for record in failures] == [
        ("beat failed", "beat-invented", "ValueError")
    ] * 2
    assert "Fulana" not in caplog.text


def test_what_came_of_each_run_is_told_and_a_listener_that_fails_ends_nothing() -> None:
    work, told = Counted(failing=(1,)), []

    def refused() -> None:
        work()
        if work.runs == 2:
            raise Unreachable("directory", "an invented server")

    def listen(failure: str | None) -> None:
        told.append(failure)
        if len(told) == 1:
            raise ValueError("an invented store")

    beat = Beat("invented", 0.005, refused, listen)
    beat.start()
    assert work.reaches(4)
    beat.stop()
    assert told[:3] == ["ValueError", "directory_unreachable", None]


def test_no_two_runs_overlap(start: Start) -> None:
    inside, overlapped = threading.Lock(), []

    def run() -> None:
        if not inside.acquire(blocking=False):
            overlapped.append(True)
            return
        work()
        inside.release()

    work = Counted()
    beat = start(0.001, run)
    for _ in range(20):
        beat.soon()
    assert work.reaches(5)
    assert overlapped == []


def test_stopping_waits_for_the_run_under_way_and_there_is_no_other(start: Start) -> None:
    work, under_way, finish = Counted(), threading.Event(), threading.Event()

    def run() -> None:
        under_way.set()
        assert finish.wait(SOON)
        work()

    beat = start(0.001, run)
    assert under_way.wait(SOON)
    beat.stop(timeout=0.05)
    assert beat.is_alive()
    finish.set()
    beat.stop()
    assert not beat.is_alive()
    assert work.runs == 1


def test_a_beat_ends_with_the_process() -> None:
    assert Beat("invented", NEVER, Counted()).daemon
