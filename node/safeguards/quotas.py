"""Quotas: what one peer may ask of this node in a day, by type of request. Budgets bound guesses; these bound disk and work.

The row of a day is locked by the unit of work that charges it. That a quota was exceeded is on record once a day and type.
"""

from sqlmodel import col, delete

from node.store.database import Work
from node.store.tables import PeerUse
from protocol.authority import Authority
from protocol.errors import ProtocolError, QuotaSpent
from protocol.journal import Act
from protocol.limits import DAILY_QUOTAS

REFUSED = "refused"
"""The type under which refusals are counted: those past the quota are not put on record one by one."""
_DAY = 86400
_KEPT_DAYS = 31
"""So long an administrator can look back at what a peer used."""


def charge(work: Work, peer: Authority, type_: str, octets: int) -> None:
    """One request of `octets` bytes: charge it to the day, or raise `QuotaSpent`."""
    use, quota = _use(work, peer, type_), DAILY_QUOTAS[type_]
    if use.requests >= quota.requests or use.octets + octets > quota.octets:
        raise QuotaSpent("request", type=type_, retry_seconds=_DAY - work.now() % _DAY)
    _add(work, use, 1, octets)


def add_octets(work: Work, peer: Authority, type_: str, octets: int) -> None:
    """What a request cost beyond its own bytes: the replies that are kept."""
    _add(work, _use(work, peer, type_), 0, octets)


def note_refusal(work: Work, peer: Authority, refusal: ProtocolError) -> bool:
    """Put a refusal on record if the day's quota still covers it; returns whether it was."""
    if isinstance(refusal, QuotaSpent):
        return _note_exceeded(work, peer, str(refusal.facts["type"]))
    try:
        charge(work, peer, REFUSED, 0)
    except QuotaSpent:
        return _note_exceeded(work, peer, REFUSED)
    work.record(Act.POLICY_REFUSAL, peer=peer, cause=refusal.code, where=refusal.where)
    return True


def _note_exceeded(work: Work, peer: Authority, type_: str) -> bool:
    use = _use(work, peer, type_)
    if use.exceeded:
        return False
    use.exceeded = True
    work.session.add(use)
    work.record(Act.POLICY_REFUSAL, peer=peer, cause=QuotaSpent.code, type=type_)
    return True


def _add(work: Work, use: PeerUse, requests: int, octets: int) -> None:
    use.requests += requests
    use.octets += octets
    work.session.add(use)
    work.session.flush()


def _use(work: Work, peer: Authority, type_: str) -> PeerUse:
    day = work.now() // _DAY
    held = work.session.get(PeerUse, (peer, day, type_))
    if held is not None:
        return held
    work.session.exec(delete(PeerUse).where(col(PeerUse.peer) == peer, col(PeerUse.day) < day - _KEPT_DAYS))
    return PeerUse(peer=peer, day=day, type=type_)
