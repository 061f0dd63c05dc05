"""Budgets: every guess costs. Counted in padded elements against a peer's list, in lines against an officer's day.

The row of a day is locked by the unit of work that charges it, so two questions at once cannot both take the last of it. A day is
one of UTC: all that a day has spent is there again at its end, which both sides know without telling each other (ADR 47).
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select

from node.safeguards.errors import OverBudget
from node.store.database import Work
from node.store.tables import BudgetSpending
from protocol.authority import Authority
from protocol.directory import ListEntry
from protocol.errors import BudgetSpent

Side = Literal["asker", "asked", "officer"]
_DAY = 86400


def refilled_at(now: int) -> int:
    """When the budgets of the day of `now` are whole again; both in POSIX seconds."""
    return now - now % _DAY + _DAY


def charge_asker(work: Work, asker: Authority, entry: ListEntry, epoch: int, elements: int) -> None:
    """A peer asks our list: charge its day and the epoch's cap over all askers, or raise `BudgetSpent`."""
    day_left = entry.daily_per_asker - _spent_today(work, "asker", asker, entry.list)
    epoch_left = entry.epoch_cap - _spent(work, "asker", entry.list, BudgetSpending.epoch == epoch)
    if elements > min(day_left, epoch_left):
        raise BudgetSpent("body.elements", reason="day" if day_left < elements else "epoch")
    _add(work, "asker", asker, entry.list, epoch, elements)


def charge_asked(work: Work, peer: Authority, entry: ListEntry, epoch: int, elements: int) -> None:
    """We ask a peer's list: keep within the budget that the directory gives us, or raise `OverBudget`.

    `peer_day` says when there is enough again; `peer_list`, that no day has as much.
    """
    if elements > entry.daily_per_asker:
        raise OverBudget("peer_list", peer=peer, left=entry.daily_per_asker, needed=elements)
    left = entry.daily_per_asker - _spent_today(work, "asked", peer, entry.list)
    if elements > left:
        raise OverBudget("peer_day", peer=peer, left=left, needed=elements, **_refill(work))
    _add(work, "asked", peer, entry.list, epoch, elements)


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
