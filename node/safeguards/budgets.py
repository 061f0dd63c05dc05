"""Budgets: every guess costs. Counted in padded elements against a peer's list, in lines against an officer's day.

Of what an asker may ask of a list in a day, one of its officers has a part. The holder knows officers by their pseudonyms, which
a peer could invent: what bounds the peer is its own budget. The asker's node counts alike, so an honest officer is stopped there.

The row of a day is locked by the unit of work that charges it, so two questions at once cannot both take the last of it. A day is
one of UTC: all that a day has spent is there again at its end, which both sides know without telling each other (ADR 47).
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select

from crypto.derivation import length_prefixed
from node.safeguards.errors import OverBudget
from node.store.database import Work
from node.store.tables import BudgetSpending
from protocol.authority import Authority
from protocol.directory import ListEntry
from protocol.errors import BudgetSpent
from protocol.wire import sha256

Side = Literal["asker", "theirs", "asked", "ours", "officer"]
"""Against our list: an asker, and one officer of theirs. Against a peer's list: we, and one officer of ours. And an officer's
lines."""
_WHO_DIGITS = 32
_DAY = 86400


def refilled_at(now: int) -> int:
    """When the budgets of the day of `now` are whole again; both in POSIX seconds."""
    return now - now % _DAY + _DAY


def charge_asker(work: Work, asker: Authority, officer: bytes, entry: ListEntry, epoch: int, elements: int) -> None:
    """A peer asks our list: charge its day, its officer's part of it, and the epoch's cap over all askers.

    `officer` is the pseudonym under which the question came. Raises `BudgetSpent`; nothing is charged then.
    """
    who = _officer_towards(asker, officer)
    left = {
        "day": entry.daily_per_asker - _spent_today(work, "asker", asker, entry.list),
        "officer": entry.daily_per_officer - _spent_today(work, "theirs", who, entry.list),
        "epoch": entry.epoch_cap - _spent(work, "asker", entry.list, BudgetSpending.epoch == epoch),
    }
    for reason, elements_left in left.items():
        if elements > elements_left:
            raise BudgetSpent("body.elements", reason=reason)
    _add(work, "asker", asker, entry.list, epoch, elements)
    _add(work, "theirs", who, entry.list, epoch, elements)


def charge_asked(work: Work, peer: Authority, officer: bytes, entry: ListEntry, epoch: int, elements: int) -> None:
    """We ask a peer's list: keep within the budgets that the directory gives us and our officer, or raise `OverBudget`.

    `peer_day` and `peer_officer_day` say when there is enough again; `peer_list` and `peer_officer`, that no day has as much.
    `officer` is the pseudonym that the peer sees.
    """
    who = _officer_towards(peer, officer)
    for reason, daily in (("peer_list", entry.daily_per_asker), ("peer_officer", entry.daily_per_officer)):
        if elements > daily:
            raise OverBudget(reason, peer=peer, left=daily, needed=elements)
    day_left = entry.daily_per_asker - _spent_today(work, "asked", peer, entry.list)
    officer_left = entry.daily_per_officer - _spent_today(work, "ours", who, entry.list)
    for reason, left in (("peer_day", day_left), ("peer_officer_day", officer_left)):
        if elements > left:
            raise OverBudget(reason, peer=peer, left=left, needed=elements, **_refill(work))
    _add(work, "asked", peer, entry.list, epoch, elements)
    _add(work, "ours", who, entry.list, epoch, elements)


def charge_officer(work: Work, officer_id: str, lines: int, limit: int) -> None:
    """One of our officers asks: keep within a day's lines, or raise `OverBudget`.

    `officer_day` says when there are enough again; `officer_question`, that no day has as many.
    """
    if lines > limit:
        raise OverBudget("officer_question", left=limit, needed=lines)
    left = limit - _spent_today(work, "officer", officer_id, "")
    if lines > left:
        raise OverBudget("officer_day", left=left, needed=lines, **_refill(work))
    _add(work, "officer", officer_id, "", 0, lines)


def share_left(work: Work, side: Side, entries: Sequence[ListEntry]) -> float:
    """Of the budget that is nearest to its end today, over all askers or asked peers of these lists: 1 all, 0 nothing left."""
    daily = {entry.list: entry.daily_per_asker for entry in entries}
    spent = work.session.exec(
        select(BudgetSpending.list_id, func.sum(col(BudgetSpending.elements)))
        .where(BudgetSpending.side == side, BudgetSpending.day == work.now() // _DAY)
        .group_by(col(BudgetSpending.list_id), col(BudgetSpending.who))
    ).all()
    return min((1 - int(elements) / daily[list_id] for list_id, elements in spent if daily.get(list_id)), default=1)


def _officer_towards(peer: Authority, pseudonym: bytes) -> str:
    """What stands for an officer in these books, between this node and one peer: no pseudonym is kept outside its exchange."""
    return sha256(length_prefixed(peer.encode(), pseudonym))[:_WHO_DIGITS]


def _refill(work: Work) -> dict[str, int]:
    """What an officer, and the program in between, is told of a spent day."""
    at = refilled_at(work.now())
    return {"refills": at, "retry_seconds": at - work.now()}


def _spent_today(work: Work, side: Side, who: str, list_id: str) -> int:
    """Over all epochs: where two overlap, a day is still one day."""
    return _spent(work, side, list_id, BudgetSpending.who == who, BudgetSpending.day == work.now() // _DAY)


def _spent(work: Work, side: Side, list_id: str, *narrower: bool) -> int:
    query = select(func.coalesce(func.sum(col(BudgetSpending.elements)), 0)).where(
        BudgetSpending.side == side, BudgetSpending.list_id == list_id, *narrower
    )
    return int(work.session.exec(query).one())


def _add(work: Work, side: Side, who: str, list_id: str, epoch: int, elements: int) -> None:
    day = work.now() // _DAY
    row = work.session.exec(
        select(BudgetSpending).where(
            BudgetSpending.side == side,
            BudgetSpending.who == who,
            BudgetSpending.list_id == list_id,
            BudgetSpending.epoch == epoch,
            BudgetSpending.day == day,
        )
    ).first()
    if row is None:
        row = BudgetSpending(side=side, who=who, list_id=list_id, epoch=epoch, day=day, elements=0)
    row.elements += elements
    work.session.add(row)
    work.session.flush()
