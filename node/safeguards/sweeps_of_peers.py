"""Sweeps as the node that is asked can see them: how much of its budget a peer spends day after day, and how evenly.

What a peer asks about stays hidden, so volume and rhythm are all there is. Either raises an alert for a liaison officer, who can
call; nothing is cut off beyond the budget, because a large case looks alike for some days.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev

from sqlalchemy import func
from sqlmodel import col, select

from node.safeguards.alerts import AlertKind, raise_alert
from node.store.database import Work
from node.store.tables import BudgetSpending, Exchange
from protocol.authority import Authority
from protocol.directory import ListEntry
from protocol.messages import MatchRequest

HEAVY_SHARE, HEAVY_DAYS, LOOKED_BACK_DAYS = 1 / 2, 5, 7
"""Half of a list's daily budget on five of seven days: a case asks much for a day or two, a sweep does not stop."""
EVEN_SHARE, EVEN_DAYS, EVEN_QUESTIONS, EVEN_SPREAD = 1 / 8, 3, 12, 0.25
"""Twelve questions in a day, an eighth of a budget, whose gaps differ by less than a quarter of their mean, three days in a row.
One in 50,000 days on which twelve questions come by chance looks so."""
TOGETHER = 60
"""Seconds. One question goes to each list, and in batches: what comes within a minute of its first exchange is one."""
_DAY = 86400


def look_at(work: Work, peer: Authority, entries: Sequence[ListEntry], charged: ListEntry, elements: int) -> None:
    """After `elements` of `peer` were charged to one of our lists (`entries`): raise an alert if this is how a sweep looks."""
    today = work.now() // _DAY
    shares = _shares(work, peer, entries, since=today - LOOKED_BACK_DAYS + 1)
    now, before = shares[today, charged.list], shares[today, charged.list] - elements / charged.daily_per_asker
    heavy = {day for (day, _), share in shares.items() if share >= HEAVY_SHARE}
    crossed = before < HEAVY_SHARE <= now and len(heavy) >= HEAVY_DAYS
    first_of_today = not before and sum(day == today for day, _ in shares) == 1
    if crossed or (first_of_today and all(_is_even(work, peer, shares, today - ago) for ago in range(1, EVEN_DAYS + 1))):
        raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=peer)


def _shares(work: Work, peer: Authority, entries: Sequence[ListEntry], since: int) -> Counter[tuple[int, str]]:
    """(day, list) -> how much of the list's daily budget the peer spent, over all epochs."""
    daily = {entry.list: entry.daily_per_asker for entry in entries}
    spent = work.session.exec(
        select(BudgetSpending.day, BudgetSpending.list_id, func.sum(col(BudgetSpending.elements)))
        .where(BudgetSpending.side == "asker", BudgetSpending.who == peer, col(BudgetSpending.day) >= since)
        .group_by(col(BudgetSpending.day), col(BudgetSpending.list_id))
    ).all()
    return Counter({(day, list_id): int(elements) / daily[list_id] for day, list_id, elements in spent if daily.get(list_id)})


def _is_even(work: Work, peer: Authority, shares: Counter[tuple[int, str]], day: int) -> bool:
    """Whether a past day's questions were many, large and evenly spaced."""
    if max((share for (of, _), share in shares.items() if of == day), default=0) < EVEN_SHARE:
        return False
    exchanges = work.session.exec(
        select(Exchange.at)
        .where(
            Exchange.peer == peer,
            Exchange.direction == "in",
            Exchange.type == MatchRequest.type,
            col(Exchange.at) >= day * _DAY,
            col(Exchange.at) < (day + 1) * _DAY,
        )
        .order_by(col(Exchange.at))
    ).all()
    times: list[int] = []
    for at in exchanges:
        if not times or at >= times[-1] + TOGETHER:
            times.append(at)
    gaps = [after - before for before, after in pairwise(times)]
    return len(times) >= EVEN_QUESTIONS and pstdev(gaps) < EVEN_SPREAD * fmean(gaps)
