"""How often an act came again within the hour, for acts that are not on record each time: readings, and tokens of nobody.

Counted by the clock's hours. Of an hour that is over nothing is kept.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785
from sqlmodel import col, delete

from node.store.database import Work
from node.store.tables import RepeatedAct
from protocol.journal import Act

_HOUR = 3600


def told_of(facts: Mapping[str, Any]) -> str:
    """What names an act by all that would be on record about it: SHA-256 in hex. `facts` are JSON-ready."""
    return hashlib.sha256(rfc8785.dumps(dict(facts))).hexdigest()


def is_known(work: Work, act: Act, officer: str | None, about: str) -> bool:
    """Whether it was counted in this hour already."""
    return work.session.get(RepeatedAct, _key(work, act, officer, about)) is not None


def count(work: Work, act: Act, officer: str | None, about: str) -> int:
    """Count it once more: how often it came in this hour, this time included."""
    key = _key(work, act, officer, about)
    held = work.session.get(RepeatedAct, key)
    if held is None:
        work.session.exec(delete(RepeatedAct).where(col(RepeatedAct.hour) < key[0]))
        hour, kind, officer_id, _ = key
        held = RepeatedAct(hour=hour, kind=kind, officer_id=officer_id, about=about, count=0)
    held.count += 1
    work.session.add(held)
    work.session.flush()
    return held.count


def _key(work: Work, act: Act, officer: str | None, about: str) -> tuple[int, str, str, str]:
    return work.now() // _HOUR, act.value, officer or "", about
