"""That somebody reads what is about people or cases is on record before it is answered: who, and what by ids and counts.

A program that waits asks the same again every few seconds. So the same officer's reading of the same thing is one entry an hour;
another question, or a list that has one more in it, is another thing.
"""

from collections.abc import Sequence
from typing import Any

from node.officers import SignedIn
from node.store import repeated_acts
from node.store.database import Database
from protocol.journal import Act

MOST_IDS = 100
"""Ids in one entry; of more, how many there are says the count."""


def note(database: Database, officer: SignedIn, **facts: Any) -> None:
    """Put a reading on record, unless this hour has it already. `facts` are JSON-ready and say what was read, never what it says.

    To be called before what was read is returned. Who finds it on record already writes nothing, and waits for nobody.
    """
    about = repeated_acts.told_of(facts)
    with database.read() as work:
        if repeated_acts.is_known(work, Act.PERSONAL_DATA_READ, officer.id, about):
            return
    with database.begin() as work:
        # another request of the same officer may have been faster
        if repeated_acts.count(work, Act.PERSONAL_DATA_READ, officer.id, about) == 1:
            work.record(Act.PERSONAL_DATA_READ, officer=officer.id, **facts)


def listed(name: str, ids: Sequence[str]) -> dict[str, Any]:
    """What says that a list was read: its ids under `name`, and how many there are."""
    return {name: list(ids[:MOST_IDS]), "count": len(ids)}
