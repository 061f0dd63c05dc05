"""The long form of the proof: thousands of sequences, in chunks, each from a seed of its own.

    python -m tests.proof.prove [--sequences 2000] [--workers 2] [--progress .proof.json]

What is done is kept in the file of progress, so that a run that was broken off goes on. A chunk that found somebody ends the run
with the steps that led to it; its seed stands before them. Progress of another commit does not count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.proof.machine import Template, prove

CHUNK = 20
"""Sequences of one seed: what is lost at most when a run is broken off."""


def main(arguments: list[str]) -> int:
    """Play until so many sequences are done. Returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.prove")
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--progress", type=Path, default=Path(".proof.json"))
    given = parser.parse_args(arguments)
    done = _read(given.progress)
    wanted = [seed for seed in range(1, -(-given.sequences // CHUNK) + 1) if str(seed) not in done]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(given.workers, get_context("spawn")) as workers:
        template = Template.make(Path(folder), int(time.time()))
        running = {workers.submit(prove, template, sequences=CHUNK, first=seed): seed for seed in wanted}
        for ended in as_completed(running):
            seed = running[ended]
            try:
                done[str(seed)] = list(ended.result())
            except AssertionError:
                print(f"seed {seed}: somebody who is protected left", flush=True)
                workers.shutdown(cancel_futures=True)
                raise
            given.progress.write_text(json.dumps({"commit": _commit(), "done": done}))
            _say(done, time.monotonic() - began)
    _say(done, time.monotonic() - began)
    return 0


def _say(done: dict[str, list[int]], seconds: float) -> None:
    played, searched = (sum(each[at] for each in done.values()) for at in (0, 1))
    print(f"{played} sequences, {searched:,} bytes searched, nobody found; {seconds / 60:.0f} minutes in this run", flush=True)


def _commit() -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()


def _read(progress: Path) -> dict[str, list[int]]:
    if not progress.exists():
        return {}
    kept = json.loads(progress.read_text())
    return dict(kept["done"]) if kept["commit"] == _commit() else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
