"""What the audit log costs as it grows, as a part of what hashing its entries alone would cost in the same run.

    python -m tests.bench.log [--most 1000000] [--proofs 200]

For each size from 10,000 on, ten times larger each: appends a second (entries, tiles, root and checkpoint, on SQLite), that time
over a bare `hashlib` loop's for the same leaves and nodes, bytes in the store for an entry, and medians of making and checking a
proof, each also over a bare `hashlib` loop's for as many hashes as the path has. Then acts a second from being put on record to
standing under a checkpoint. All is this process's computing time, so that other work on the machine does not count. Exits with 1
if growth is not near linear or proofs are not near logarithmic (`too_fast`).
"""

import argparse
import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from crypto.merkle import check_inclusion, leaf_hash
from crypto.subtrees import stored_inclusion_path
from node.flows.keep_log import MOST_GROWTH, KeepLog
from node.store import audit_log
from node.store.database import Database
from node.store.tables import Log, LogCheckpoint
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.journal import Act, commitment, paired_entry
from tests.node.conftest import new_keys
from tests.protocol.federation import CO, NOW, PE

ORIGIN = "celosia/CO/log/00000000"
_ACTS = 20_000
_LINEAR, _LOGARITHMIC = 1.5, 2.0
"""How much more over bare hashing appending may cost where a log is ten times as large, and making a proof.

How many hashes a path has grows with the logarithm. A proof reads a level of tiles more where the log outgrows the one above:
from 10,000 to 100,000 three in place of two.
"""


@dataclass(frozen=True)
class Size:
    """What was measured at one size; times in seconds."""

    entries: int
    append: float
    bare: float
    octets: float
    prove: float
    check: float
    path: float
    """A bare loop of as many hashes as a proof has."""


def entry(number: int) -> bytes:
    """An entry as long as they are."""
    c = commitment(number.to_bytes(32), b"{}")
    return paired_entry(Act.QUESTION_ASKED, x=c[:32], seq=number + 1, peer=PE, t=NOW + number, c=c).to_bytes()


def measure(folder: Path, count: int, proofs: int) -> Size:
    """One log of `count` entries."""
    keys, path = new_keys(folder), folder / "database.sqlite"
    path.touch(mode=0o600)
    database = Database(f"sqlite:///{path}", keys.storage, os.urandom, lambda: NOW)
    database.migrate()
    with database.begin() as work:
        work.session.add(Log(origin=ORIGIN, opened=NOW))
    entries = [entry(number) for number in range(count)]
    empty, append = path.stat().st_size, 0.0
    for first in range(0, count, MOST_GROWTH):
        began = time.process_time()
        with database.begin() as work:
            log = audit_log.current(work, to_append=True)
            assert log is not None
            audit_log.append(work, log, entries[first : first + MOST_GROWTH])
            signed = sign_checkpoint(Checkpoint(ORIGIN, log.size, audit_log.root(work, log)), keys.log)
            work.session.add(LogCheckpoint(origin=ORIGIN, size=log.size, at=NOW, raw=signed.raw))
        append += time.process_time() - began
    made, checked, hashed = [], [], []
    with database.read() as work:
        log = audit_log.current(work)
        assert log is not None
        root = audit_log.root(work, log)
        for position in random.Random(count).choices(range(count), k=proofs):  # noqa: S311  places to look at
            began = time.process_time()
            proof = stored_inclusion_path(position, count, audit_log.subtrees(work, ORIGIN, count))
            made.append(time.process_time() - began)
            began = time.process_time()
            check_inclusion(position, count, leaf_hash(entries[position]), proof, root)
            checked.append(time.process_time() - began)
            hashed.append(bare_path(len(proof)))
    database.close()
    octets = (path.stat().st_size - empty) / count
    return Size(count, append, bare(entries), octets, median(made), median(checked), median(hashed))


def bare(entries: Sequence[bytes]) -> float:
    """Seconds of hashing leaves, and as many nodes, with nothing else."""
    began = time.process_time()
    for each in entries:
        leaf = hashlib.sha256(b"\x00" + each).digest()
        hashlib.sha256(b"\x01" + leaf + leaf).digest()
    return time.process_time() - began


def bare_path(hashes: int) -> float:
    """Seconds of hashing so many pairs of nodes, each with the one before, with nothing else."""
    reached = bytes(32)
    began = time.process_time()
    for _ in range(hashes):
        reached = hashlib.sha256(b"\x01" + reached + reached).digest()
    return time.process_time() - began


def too_fast(sizes: Sequence[Size]) -> list[int]:
    """At how many entries something grew more than it may since the size before, which is a tenth."""
    return [
        later.entries
        for earlier, later in pairwise(sizes)
        if later.append / later.bare > _LINEAR * earlier.append / earlier.bare
        or later.prove / later.path > _LOGARITHMIC * earlier.prove / earlier.path
    ]


def acts_a_second(folder: Path) -> float:
    """Acts put on record one a unit of work's hundred, and then taken into the log."""
    keys, path = new_keys(folder), folder / "database.sqlite"
    path.touch(mode=0o600)
    database = Database(f"sqlite:///{path}", keys.storage, os.urandom, lambda: NOW)
    database.migrate()
    began = time.process_time()
    for _ in range(_ACTS // 100):
        with database.begin() as work:
            for _ in range(100):
                work.record(Act.IMPORTED)
    KeepLog(database, keys, CO).beat()
    database.close()
    return _ACTS / (time.process_time() - began)


def main(arguments: Sequence[str]) -> int:
    """Print the table. Returns 1 if something grows faster than it may."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.log")
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--proofs", type=int, default=200)
    given = parser.parse_args(arguments)
    sizes: list[Size] = []
    print("entries     appended/s  ×hashlib  bytes/entry  proof µs  ×hashlib  check µs  ×hashlib")
    with tempfile.TemporaryDirectory() as folder:
        count = 10_000
        while count <= given.most:
            size = measure(Path(folder) / str(count), count, given.proofs)
            sizes.append(size)
            print(
                f"{size.entries:>9,}  {size.entries / size.append:>10,.0f}  {size.append / size.bare:>8.1f}  {size.octets:>11.0f}"
                f"  {size.prove * 1e6:>8.0f}  {size.prove / size.path:>8.0f}  {size.check * 1e6:>8.0f}"
                f"  {size.check / size.path:>8.1f}",
                flush=True,
            )
            count *= 10
        print(f"from being put on record to a checkpoint: {acts_a_second(Path(folder) / 'acts'):,.0f} acts a second")
    slow = too_fast(sizes)
    if slow:
        print(f"grows faster than it may at: {slow}")
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
