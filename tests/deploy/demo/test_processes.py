"""A process of the demonstration: what is said of one that ended, so that a person can start it again."""

from pathlib import Path

import pytest

from deploy.demo.processes import Process, ProcessFailed
from deploy.demo.story import wait_for


def test_a_process_that_ended_is_known_and_can_be_started_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".demo" / "BR"
    process = Process("BR", ["serve", "--node", str(folder)], tmp_path / "BR.log", "http://127.0.0.1:1/healthz")
    assert process.command == "serve --node .demo/BR"
    running = process.ended
    wait_for(lambda: process.ended, "the end of a node that has no folder", 30)
    assert not running
    with pytest.raises(ProcessFailed):
        process.check()
    process.end()
