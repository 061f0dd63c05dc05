"""The long form of the proof: thousands of sequences, in chunks, each from a seed of its own.

    python -m tests.proof.prove [--sequences 2000] [--over-tls 20] [--workers 2] [--progress .proof.json]

Those over TLS follow, among processes, one at a time. What is done is kept in the file of progress, so that a run that was broken
off goes on. A chunk that found somebody ends the run with the steps that led to it; its seed stands before them. One that was cut
off is named, and played by the next run. Progress with other code (`_CODE`, as committed) does not count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.proof.beginning import Template
from tests.proof.machine import Tally, prove
from tests.proof.overtls import TlsTemplate
from tests.proof.ways import never_seen

CHUNK = 20
"""Sequences of one seed: what is lost at most when a run is broken off."""
_TLS = "tls"
"""Before the seed of a sequence over TLS, in the progress. Each has a seed of its own."""
_CODE = ("crypto", "protocol", "node", "deploy/demo", "tests/proof", "tests/federation")


def main(arguments: list[str]) -> int:
    """Play until so many sequences are done. Raises for a find.

    Returns 1 if a chunk was not played to its end, or if something that should be there never was.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.proof.prove")
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--over-tls", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--progress", type=Path, default=Path(".proof.json"))
    given = parser.parse_args(arguments)
    done, began = _read(given.progress), time.monotonic()

    def played(name: str, tally: Tally) -> None:
        done[name] = tally
        kept = {name: vars(tally) for name, tally in done.items()}
        given.progress.write_text(json.dumps({"code": _code(), "done": kept}))
        _say(done, time.monotonic() - began)

    chunks = [seed for seed in range(1, -(-given.sequences // CHUNK) + 1) if str(seed) not in done]
    if chunks:
        _in_one_process(chunks, given.workers, played)
    among_processes = [seed for seed in range(1, given.over_tls + 1) if f"{_TLS}{seed}" not in done]
    if among_processes:
        _over_tls(among_processes, played)
    _say(done, time.monotonic() - began)
    silent = never_seen(_whole(done, over_tls=False).seen)
    if silent:
        print("never seen, and so not searched:", ", ".join(silent), flush=True)
    return int(bool(silent) or any(str(seed) not in done for seed in chunks))


def _in_one_process(seeds: Sequence[int], workers: int, played: Callable[[str, Tally], None]) -> None:
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        template = Template.make(Path(folder) / "first", int(time.time())).with_suspects(Path(folder) / "listed")
        running = {pool.submit(prove, template, sequences=CHUNK, first=seed): seed for seed in seeds}
        for ended in as_completed(running):
            seed, error = running[ended], ended.exception()
            if error is not None and is_find(error):
                print(f"seed {seed}: somebody who is protected left", flush=True)
                pool.shutdown(cancel_futures=True)
                raise error
            if error is not None:
                print(f"seed {seed}: not played to its end, and not counted: {error!r}", flush=True)
                continue
            played(str(seed), ended.result())


def is_find(error: BaseException) -> bool:
    """Whether a chunk ended with what it looks for; a busy machine can cut one off in other ways."""
    each = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return isinstance(error, AssertionError) or any(map(is_find, each))


def _over_tls(seeds: Sequence[int], played: Callable[[str, Tally], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = TlsTemplate.make(Path(folder) / "tls")
        for seed in seeds:
            try:
                played(f"{_TLS}{seed}", prove(template, sequences=1, first=seed, least=False))
            except AssertionError:
                print(f"seed {seed} over TLS: somebody who is protected left, or a process did not do what it should", flush=True)
                raise


def _say(done: Mapping[str, Tally], seconds: float) -> None:
    for where, over_tls in (("", False), (" over TLS", True)):
        counts = dict(vars(_whole(done, over_tls=over_tls)))
        played, searched, seen = (counts.pop(name) for name in ("sequences", "searched", "seen"))
        if played:
            print(
                f"{played} sequences{where}, {searched:,} bytes searched, nobody found; {seconds / 60:.0f} minutes in this run;",
                ", ".join(f"{name} {count:,}" for name, count in counts.items()),
                flush=True,
            )
            print("seen:", ", ".join(f"{name} {count:,}" for name, count in sorted(seen.items())), flush=True)


def _whole(done: Mapping[str, Tally], *, over_tls: bool) -> Tally:
    whole = Tally()
    for name, each in done.items():
        if name.startswith(_TLS) is over_tls:
            whole.add(each)
    return whole


def _code() -> str:
    """Names what is played and what plays it, as git has it committed; other files may change between two runs."""
    named = ["git", "rev-parse", *(f"HEAD:{folder}" for folder in _CODE)]
    return subprocess.run(named, capture_output=True, text=True, check=True).stdout


def _read(progress: Path) -> dict[str, Tally]:
    if not progress.exists():
        return {}
    kept = json.loads(progress.read_text())
    if kept.get("code") != _code():
        return {}
    return {seed: Tally(**{**tally, "seen": Counter(tally["seen"])}) for seed, tally in kept["done"].items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
