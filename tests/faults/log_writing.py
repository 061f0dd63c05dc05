"""Processes that put acts on record, and processes that would all write the log: what a test kills at random.

    log-writing FOLDER URL     acts, one or two in a unit of work; each is acknowledged in its own file after the commit
    log-keeping FOLDER URL     checkpoints, as fast as it can

Both go on until `FOLDER/stop` is there.
"""

import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from node.custody import Custody, open_vault
from node.flows.keep_log import KeepLog
from node.keys import Keys
from node.store.database import Database
from node.store.errors import StoreUnavailable
from protocol.journal import Act
from tests.protocol.federation import CO

WRITE, KEEP = "log-writing", "log-keeping"


class TakenBack(Exception):
    """A unit of work that fails: what it put on record did not happen."""


def live(arguments: Sequence[str]) -> int:
    """The process's life."""
    role, folder, url = arguments[0], Path(arguments[1]), arguments[2]
    keys = Keys.read(open_vault(folder, Custody()))
    database = Database(url, keys.storage, os.urandom, lambda: int(time.time()))
    keep = KeepLog(database, keys, CO)
    acknowledged = os.open(folder / f"{os.getpid()}.acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while not (folder / "stop").exists():
        with suppress(StoreUnavailable):  # PostgreSQL may be cut off by the death of another
            if role == KEEP:
                keep.beat()
            else:
                _write(database, acknowledged)
        time.sleep(random.uniform(0, 0.01))  # noqa: S311  a test's own disorder
    return 0


def _write(database: Database, acknowledged: int) -> None:
    names = [os.urandom(8).hex() for _ in range(random.randint(1, 2))]  # noqa: S311
    fails = random.random() < 0.2  # noqa: S311
    with suppress(TakenBack), database.begin() as work:
        for name in names:
            work.record(Act.IMPORTED, name="never" if fails else name)
        if fails:
            raise TakenBack
    if not fails:
        os.write(acknowledged, "".join(f"{name}\n" for name in names).encode())
