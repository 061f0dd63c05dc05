"""The tests' own PostgreSQL: where it comes from, that its absence is a failure, and that none is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests import postgres_server
from tests.postgres_server import VARIABLE, NoPostgreSQL, OwnServer, libpq, running_server

RUN = """
import time
from tests.postgres_server import OwnServer
with OwnServer() as own:
    print(own.server.address.query["host"], flush=True)
    time.sleep(600)
"""


def answers(host: str) -> bool:
    try:
        psycopg.connect(host=host, user="celosia", dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_server_that_is_named_is_used_and_no_other_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    with OwnServer() as own:
        monkeypatch.setenv(VARIABLE, libpq(own.server.address))
        monkeypatch.setattr(postgres_server, "OwnServer", None)
        with running_server() as server, server.database() as url:
            assert server.address == own.server.address
            assert url.startswith("postgresql+psycopg://")


def test_where_debian_s_binaries_are_not_the_wheel_s_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres_server, "_DEBIAN", tmp_path)
    with OwnServer() as own, psycopg.connect(libpq(own.server.address)) as connection:
        assert connection.info.server_version >= 150_000


def test_where_there_is_none_the_tests_fail_and_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(postgres_server, "_DEBIAN", tmp_path)
    monkeypatch.setattr(postgres_server, "find_spec", lambda name: None)
    with pytest.raises(NoPostgreSQL, match=VARIABLE), running_server():
        pass


@pytest.mark.parametrize(("ended_by", "folder_stays"), [(signal.SIGKILL, True), (signal.SIGINT, False)])
def test_however_a_run_ends_its_server_ends_with_it(ended_by: signal.Signals, folder_stays: bool) -> None:
    command, environment = [sys.executable, "-c", RUN], {**os.environ, "PYTHONPATH": "."}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert run.stdout is not None
    host = run.stdout.readline().strip()
    assert answers(host)
    run.send_signal(ended_by)
    run.wait(60)
    run.stdout.close()
    deadline = time.monotonic() + 60
    while answers(host):
        assert time.monotonic() < deadline, "the server goes on"
        time.sleep(0.05)
    assert Path(host).exists() == folder_stays
    shutil.rmtree(host, ignore_errors=True)
