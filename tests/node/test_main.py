"""The program as a process."""

import os
import subprocess
import sys

import pytest


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """`python -m node …` without any of the environment's settings."""
    return subprocess.run(
        [sys.executable, "-m", "node", *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"LANG": "pt_BR.UTF-8", "PYTHONPATH": "."},
    )


def test_help_comes_in_the_language_of_the_system() -> None:
    helped = run("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("Uso: celosia")
    assert "tráfico de pessoas" in helped.stdout


def test_what_a_node_would_log_is_no_word_to_who_runs_a_command() -> None:
    code = """
import logging, sys
from node.__main__ import main
log = logging.getLogger("celosia.store")
log.warning("before")
sys.argv = ["celosia", "--help"]
try:
    main()
except SystemExit:
    log.warning("store unavailable")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stderr == "before\n"


def test_the_exit_code_reaches_the_shell() -> None:
    assert run("no-such-command").returncode == 2
    assert run("whoami").returncode == 2


@pytest.mark.parametrize("argv", [("--help",), ("directory", "serve", "--repository", "nowhere")])
def test_ctrl_c_while_the_program_is_being_loaded_ends_it_without_a_word(argv: tuple[str, ...]) -> None:
    code = """
import sys
from node.__main__ import main
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == "node.cli.session":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Pressed())
main()
"""
    ran = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


def test_a_reader_that_has_enough_is_no_refusal() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ran = subprocess.run(
            [sys.executable, "-m", "node", "--help"], stdout=gone, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert (ran.returncode, ran.stderr) == (141, "")
