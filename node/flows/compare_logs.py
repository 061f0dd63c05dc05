"""What two logs have in common and what they have not: every entry with two sides that has only one, or two that differ.

    ours alone · theirs alone · same exchange, other commitment → what it means, by what else is on record

It is judged as of the moment when the peer's log was last read to its end: what happened less than `GRACE` before may be under
way. A line that breaks leaves entries with one side in honest logs: they are told apart from what no honest log shows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from node.store.counterparts import GRACE
from node.store.database import Work, in_parts
from node.store.tables import ExchangeReply, Intake, LogBreach, LogFork, Reconciliation, ToldEntry
from protocol.authority import Authority
from protocol.double_entry import CONTRADICTIONS, Cause, are_sides, missing_here, missing_there
from protocol.journal import PAIRED, Act

MOST = 1 << 14
"""Entries without another side that are looked at of each log, the oldest first: who lacks more has not told its log at all."""
UNWITNESSED_AFTER = 86400
"""Seconds for which no quorum may have vouched for what a peer shows of its log: as long as its own officers are not told."""
_ANSWERS = [kind.value for kind, role in PAIRED.items() if role.direction == "out" and not role.sends]
"""What we enter when a peer has replied to us."""


@dataclass(frozen=True)
class Entered:
    """One side's entry: where it stands in that side's log (`seq`: which one with the other side), and when it is dated."""

    kind: str
    at: int
    log: str
    seq: int


@dataclass(frozen=True)
class Difference:
    """Entries of one envelope that are not as they should be. `since`: from when on it is one, POSIX seconds."""

    cause: Cause
    x: str
    ours: Entered | None
    theirs: Entered | None
    since: int


@dataclass(frozen=True)
class Shown:
    """A breach: the first entry of the peer's log that shows it, the exchange in which it was told, and how often it was."""

    code: str
    log: str
    seq: int
    exchange: str
    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Comparison:
    """Two logs beside each other. `differences` contradict each other; `noted` can be explained; both are the earliest first.

    `log`, `reached`: how far the peer's was read. `tried`, `compared`: when that was last begun, and last begun that came to its
    end; `error`: why it did not. `newest`: the latest time that the peer's log has told. `under_way`: what is too young to say.
    `forked`: it signed two histories. `unwitnessed`: since when no quorum vouches for it, if that is too long.
    """

    peer: Authority
    log: str | None = None
    reached: int = 0
    tried: int | None = None
    compared: int | None = None
    error: str | None = None
    newest: int | None = None
    agreed: int = 0
    under_way: int = 0
    differences: tuple[Difference, ...] = ()
    noted: tuple[Difference, ...] = ()
    breaches: tuple[Shown, ...] = ()
    forked: bool = False
    unwitnessed: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether the peer's log was just read to its end, is vouched for, and nothing in either contradicts the other."""
        read = self.compared is not None and self.compared == self.tried and self.error is None
        vouched = not self.forked and self.unwitnessed is None
        return read and vouched and not self.differences and not self.breaches


def compare(work: Work, peer: Authority) -> Comparison:
    """Our log beside what `peer` told of its own."""
    held = work.session.get(Reconciliation, peer)
    forks = select(LogFork.id).where(LogFork.authority == peer, col(LogFork.settled).is_(None))
    forked = work.session.exec(forks.limit(1)).first() is not None
    if held is None:
        return Comparison(peer, forked=forked)
    found, under_way = _found(work, peer, held.compared - GRACE) if held.compared is not None else ([], 0)
    found.sort(key=lambda each: (each.since, each.x))
    agreed = select(func.count()).where(Intake.peer == peer, col(Intake.agreed) > 0)
    return Comparison(
        peer=peer,
        log=held.log,
        reached=held.reached,
        tried=held.tried,
        compared=held.compared,
        error=held.error,
        newest=held.newest,
        agreed=work.session.exec(agreed).one(),
        under_way=under_way,
        differences=tuple(each for each in found if each.cause in CONTRADICTIONS),
        noted=tuple(each for each in found if each.cause not in CONTRADICTIONS),
        breaches=tuple(_breaches(work, peer)),
        forked=forked,
        unwitnessed=unwitnessed(held),
    )


def unwitnessed(held: Reconciliation) -> int | None:
    """Since when no quorum had vouched for a peer's log when it was last looked at; None where that was not long."""
    if held.looked is None or held.vouched is None or held.looked - held.vouched <= UNWITNESSED_AFTER:
        return None
    return held.vouched


def _found(work: Work, peer: Authority, until: int) -> tuple[list[Difference], int]:
    """What is not as it should be, of what was entered up to `until`; and how many entries are too young to say."""
    alone = select(Intake).where(Intake.peer == peer, col(Intake.agreed).is_(None), col(Intake.seq) > 0)
    ours = list(work.session.exec(alone.order_by(col(Intake.id)).limit(MOST)).all())
    kept = select(ToldEntry).where(ToldEntry.peer == peer).order_by(col(ToldEntry.told), col(ToldEntry.seq))
    told = list(work.session.exec(kept.limit(MOST)).all())
    found = [_apart(work, each) for each in told if each.cause is not None]
    theirs = [each for each in told if each.cause is None]
    pairs = list(_pairs(ours, theirs))
    found += [Difference(Cause.DIFFERS, act.x, _ours(act), _theirs(each), each.told) for act, each in pairs]
    paired = {id(side) for pair in pairs for side in pair}
    ours_alone = [act for act in ours if id(act) not in paired and act.at <= until]
    waits = _waiting(work, peer, theirs)
    theirs_alone = [
        each for each in theirs if id(each) not in paired and min(each.t, each.told) <= until and (each.x, each.c) not in waits
    ]
    answered, replied = _answered(work, peer, ours_alone), _replied(work, peer, theirs_alone)
    for act in ours_alone:
        cause = missing_there(Act(act.kind), answered=act.x in answered)
        found.append(Difference(cause, act.x, _ours(act), None, act.at + GRACE))
    for each in theirs_alone:
        cause = missing_here(Act(each.kind), replied=each.x in replied)
        found.append(Difference(cause, each.x, None, _theirs(each), max(each.told, min(each.t, each.told) + GRACE)))
    young = len(ours) + len(theirs) - 2 * len(pairs) - len(ours_alone) - len(theirs_alone)
    return found, young


def _pairs(ours: Iterable[Intake], theirs: Iterable[ToldEntry]) -> Iterator[tuple[Intake, ToldEntry]]:
    """Entries of one exchange whose kinds belong together, and whose commitments did not."""
    by_exchange: dict[str, list[Intake]] = defaultdict(list)
    for act in ours:
        by_exchange[act.x].append(act)
    for told in theirs:
        sides = by_exchange[told.x]
        side = next((act for act in sides if act.commitment != told.c and are_sides(Act(act.kind), Act(told.kind))), None)
        if side is not None:
            sides.remove(side)
            yield side, told


def _apart(work: Work, told: ToldEntry) -> Difference:
    act = work.session.get_one(Intake, told.act)
    return Difference(Cause(told.cause or ""), told.x, _ours(act), _theirs(told), told.told)


def _waiting(work: Work, peer: Authority, theirs: Sequence[ToldEntry]) -> set[tuple[str, str | None]]:
    """Of what they told: that it is on record here, and our log has not taken it yet."""
    found: set[tuple[str, str | None]] = set()
    for part in in_parts(each.x for each in theirs):
        waits = select(Intake.x, Intake.commitment).where(Intake.peer == peer, col(Intake.position).is_(None))
        found.update(work.session.exec(waits.where(col(Intake.x).in_(part))).all())
    return found


def _answered(work: Work, peer: Authority, ours: Sequence[Intake]) -> set[str]:
    """The exchanges of ours in which the peer has replied: what we have of it, it signed."""
    found: set[str] = set()
    for part in in_parts(act.x for act in ours):
        entered = select(Intake.x).where(Intake.peer == peer, col(Intake.x).in_(part), col(Intake.kind).in_(_ANSWERS))
        archived = select(ExchangeReply.x).where(
            ExchangeReply.peer == peer, col(ExchangeReply.x).in_(part), ExchangeReply.direction == "out"
        )
        found.update(work.session.exec(entered).all(), work.session.exec(archived).all())
    return found


def _replied(work: Work, peer: Authority, theirs: Sequence[ToldEntry]) -> set[str]:
    """The exchanges of the peer's of which our log has anything: a reply of ours, most likely."""
    found: set[str] = set()
    for part in in_parts(each.x for each in theirs):
        entered = select(Intake.x).where(Intake.peer == peer, col(Intake.x).in_(part), Intake.direction == "in")
        found.update(work.session.exec(entered.where(col(Intake.seq) > 0)).all())
    return found


def _breaches(work: Work, peer: Authority) -> Iterator[Shown]:
    rows = select(LogBreach).where(LogBreach.peer == peer).order_by(col(LogBreach.first), col(LogBreach.code))
    for row in work.session.exec(rows).all():
        yield Shown(row.code, row.log, row.seq, row.exchange, row.first, row.last, row.count)


def _ours(act: Intake) -> Entered:
    return Entered(act.kind, act.at, act.log or "", act.seq or 0)


def _theirs(told: ToldEntry) -> Entered:
    return Entered(told.kind, told.t, told.log, told.seq)
