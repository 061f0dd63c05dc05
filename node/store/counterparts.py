"""Both sides of double entry in the store: what a peer may be told of our log, and what it told of its own, beside ours.

An entry that a peer tells meets the one here that has the same exchange, the same commitment and the other side's kind, or it is
kept until that one is in our log. How far a peer's log was read goes on with every page, in the same unit of work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlmodel import and_, col, func, select

from node.store.database import Work, in_parts
from node.store.tables import Intake, Log, LogBreach, Reconciliation, ToldEntry
from protocol.authority import Authority
from protocol.double_entry import Breach, Cause, are_sides, dated_apart
from protocol.journal import PAIRED, Act
from protocol.limits import COUNTERPARTS_A_REPLY
from protocol.messages import Counterpart, Counterparts

GRACE = 3600
"""Seconds that an entry's other side may be under way. An envelope is good for ten minutes and a log is written every minute; a
node that restarts, or whose database changes over, is back within the hour."""
MOST_TOLD = 1 << 14
"""Entries of one peer that may wait for their other side. A peer that invents more of them is read no further."""


def page(work: Work, peer: Authority, log: str | None, after: int) -> Counterparts:
    """What of our logs has its other side at `peer`: of one log, after a number; the next log's once that one is at its end.

    Of a log that is not here, what the last one has from its beginning: a store that was lost takes the peer's place back.
    """
    logs = list(work.session.exec(select(Log.origin).order_by(col(Log.opened), col(Log.origin))).all())
    if not logs:
        return Counterparts(more=False)
    if log is not None and log not in logs:
        log, after = logs[-1], 0
    rest = logs[0 if log is None else logs.index(log) :]
    found = ((origin, _after(work, peer, origin, after if origin == log else 0)) for origin in rest)
    origin, rows = next((origin, rows) for origin, rows in found if rows or origin == logs[-1])
    more = len(rows) > COUNTERPARTS_A_REPLY or origin != logs[-1]
    return Counterparts(log=origin, entries=tuple(rows[:COUNTERPARTS_A_REPLY]), more=more)


def _after(work: Work, peer: Authority, origin: str, after: int) -> list[Counterpart]:
    found = select(Intake).where(Intake.peer == peer, Intake.log == origin, col(Intake.seq) > after)
    rows = work.session.exec(found.order_by(col(Intake.seq)).limit(COUNTERPARTS_A_REPLY + 1)).all()
    return [Counterpart(seq=act.seq or 0, kind=Act(act.kind), x=act.x, t=act.at, c=act.commitment or "") for act in rows]


def are_ours(work: Work, peer: Authority, told: Counterparts) -> bool:
    """Whether each of these stands in our log as an entry with that peer."""
    if not told.entries:
        return True
    first, last = told.entries[0].seq, told.entries[-1].seq
    held = {each.seq: each for each in _after(work, peer, told.log or "", first - 1)}
    return last - first < COUNTERPARTS_A_REPLY and all(held.get(each.seq) == each for each in told.entries)


def place(work: Work, peer: Authority) -> Reconciliation:
    """How far a peer's log was read; a new row before the first time."""
    return work.session.get(Reconciliation, peer) or Reconciliation(peer=peer)


def waiting(work: Work, peer: Authority) -> int:
    """How many entries of a peer's wait for their other side here."""
    of_peer = select(func.count()).where(ToldEntry.peer == peer, col(ToldEntry.cause).is_(None))
    return work.session.exec(of_peer).one()


def take(work: Work, held: Reconciliation, told: Counterparts, told_in: str, tolerance: int) -> None:
    """Take a page of a peer's log, which `held` then has been read up to. `told_in` is its exchange, `tolerance` of clocks.

    What no log can have is kept as a breach, and what stands beside it is compared all the same.
    """
    log, ids = told.log or "", [entry.x for entry in told.entries]
    ours, known = _entered(work, held.peer, ids), _known(work, held.peer, log, ids)
    for entry in told.entries:
        if entry.seq <= held.reached:
            note(work, held, log, Breach.REPEATED, entry.seq, told_in)
            continue
        if entry.seq > held.reached + 1:
            note(work, held, log, Breach.GAP, held.reached + 1, told_in)
        held.reached = entry.seq
        held.newest = max(held.newest or 0, min(entry.t, work.now()))
        sides = [act for act in ours.get(entry.x, ()) if are_sides(Act(act.kind), entry.kind)]
        if entry.kind not in PAIRED:
            note(work, held, log, Breach.UNPAIRED, entry.seq, told_in)
        elif (entry.x, entry.kind.value) in known or any(act.agreed_in == log for act in sides):
            note(work, held, log, Breach.TWICE, entry.seq, told_in)
        else:
            known.add((entry.x, entry.kind.value))
            _meet(work, held, sides, _row(work, held.peer, log, entry, told_in), tolerance)
    work.session.add(held)
    work.session.flush()


def match_waiting(work: Work, held: Reconciliation, tolerance: int) -> None:
    """What a peer told before our own log had it meets its other side."""
    together = and_(
        col(Intake.peer) == col(ToldEntry.peer),
        col(Intake.x) == col(ToldEntry.x),
        col(Intake.commitment) == col(ToldEntry.c),
    )
    open_ = (ToldEntry.peer == held.peer, col(ToldEntry.cause).is_(None), col(Intake.seq) > 0, col(Intake.agreed).is_(None))
    for told, act in work.session.exec(select(ToldEntry, Intake).join(Intake, together).where(*open_)).all():
        if act.agreed is None and are_sides(Act(act.kind), Act(told.kind)):
            _agree(work, act, told)
            told.cause, told.act = _apart(act, told, tolerance), act.id
            if told.cause is None:
                work.session.delete(told)
            else:
                work.session.add(told)
    work.session.flush()


def note(work: Work, held: Reconciliation, log: str, breach: Breach, seq: int, told_in: str) -> None:
    """Keep what no log can have: where it was first seen and in which exchange, whose reply the peer signed."""
    row = work.session.get(LogBreach, (held.peer, log, breach.value))
    if row is None:
        now = work.now()
        row = LogBreach(peer=held.peer, log=log, code=breach.value, seq=seq, exchange=told_in, first=now, last=now, count=0)
    row.last, row.count = work.now(), row.count + 1
    work.session.add(row)
    work.session.flush()


def _meet(work: Work, held: Reconciliation, sides: Iterable[Intake], told: ToldEntry, tolerance: int) -> None:
    """What the peer told in a former log, too, is not kept: a node that was restored enters anew what its store had waiting."""
    same = next((act for act in sides if act.commitment == told.c), None)
    if same is not None:
        if same.agreed is not None:
            return
        _agree(work, same, told)
        told.act = same.id
        told.cause = _apart(same, told, tolerance) or _late(same, held)
        if told.cause is None:
            return
    work.session.add(told)


def _agree(work: Work, act: Intake, told: ToldEntry) -> None:
    act.agreed, act.agreed_in = told.seq, told.log
    work.session.add(act)


def _apart(act: Intake, told: ToldEntry, tolerance: int) -> str | None:
    return Cause.DATED_APART.value if dated_apart(Act(act.kind), act.at, told.t, tolerance) else None


def _late(act: Intake, held: Reconciliation) -> str | None:
    """Whether it was not there yet when the peer's log was last read to its end, though it had long happened."""
    return Cause.LOGGED_LATE.value if held.compared is not None and act.at + GRACE <= held.compared else None


def _row(work: Work, peer: str, log: str, entry: Counterpart, told_in: str) -> ToldEntry:
    return ToldEntry(
        peer=peer,
        log=log,
        seq=entry.seq,
        x=entry.x,
        kind=entry.kind.value,
        t=entry.t,
        c=entry.c,
        told=work.now(),
        told_in=told_in,
    )


def _entered(work: Work, peer: str, ids: Iterable[str]) -> Mapping[str, list[Intake]]:
    """The entries of our logs with a peer, by exchange."""
    found: dict[str, list[Intake]] = defaultdict(list)
    for part in in_parts(ids):
        for act in work.session.exec(select(Intake).where(Intake.peer == peer, col(Intake.x).in_(part), col(Intake.seq) > 0)):
            found[act.x].append(act)
    return found


def _known(work: Work, peer: str, log: str, ids: Iterable[str]) -> set[tuple[str, str]]:
    """Exchange and kind of what a peer told of a log before, and is kept."""
    found: set[tuple[str, str]] = set()
    for part in in_parts(ids):
        of_log = select(ToldEntry.x, ToldEntry.kind).where(ToldEntry.peer == peer, ToldEntry.log == log)
        found.update(work.session.exec(of_log.where(col(ToldEntry.x).in_(part))).all())
    return found
