"""What is held for review: lines of a question, and identifiers and people of a network that was to be published.

A held line is not asked, while a dummy takes its place and the rest goes on; what is held of a network is not listed.

    the register's standing of the line ─┐
    a pass that a liaison has given     ─┼→ cause → sealed; the officer sees "held for review", whatever the cause
    the random review                   ─┘

All three are looked up for every line, found or not, so that neither steps nor statements differ by what is found. Beside a line
of a question that is held for any of them, others are held as reviews, and stay so until a liaison releases them (ADR 46).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import exp, factorial, fsum

from sqlalchemy import and_, func
from sqlmodel import col, delete, select

from node.keys import Keys
from node.safeguards import protected, reviews
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.errors import OfficerLocked
from node.safeguards.passes import mark_of, passes_of
from node.safeguards.protected import Standing
from node.safeguards.reviews import Review
from node.store.database import Work, in_parts
from node.store.tables import CaseIdentifier, Hold, LineLook, OfficerLock, Question, QuestionLine
from protocol.journal import Act
from protocol.names import Person

LOCK_WINDOW = 24 * 3600
"""Seconds over which an officer's holds are counted."""
_FEWEST_TO_LOCK = 4
_MOST_TO_LOCK = 32
"""So many holds lock whatever chance would bring: else whoever looks at enough innocent lines could look at any others."""
_RARER_THAN = 1 / 1000
"""Holds of numbers, of people, or of both, lock an honest officer's day by chance less often than this: in four years once."""
WEAK_SHARE = 0.02
"""Of innocent people, at most so many are held for somebody alike: measured in `docs/spec/protected.md`."""
_BESIDE = 1.5 * reviews.BESIDE
"""So many lines of a question and of the day are held beside one, at most, on average."""
_FACTS_BYTES = 3072
"""Facts are padded to this, so that no length tells a cause or a decision."""


class Cause(StrEnum):
    """Why a line is held. For the protection liaison only."""

    PROTECTED = "protected"
    WEAK = "weak"
    REVIEW = Review.BY_ONE.value
    REVIEW_BY_TWO = Review.BY_TWO.value


@dataclass(frozen=True)
class Decision:
    """What one liaison decided of a hold: `release` or `keep`, when (POSIX seconds), and a note."""

    officer_id: str
    what: str
    at: int
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of a hold beyond what its officer sees; the decisions stand in the order in which they were taken."""

    cause: Cause
    decisions: tuple[Decision, ...] = ()
    beside: bool = False
    """A review that was drawn because another line was held."""


@dataclass(frozen=True, repr=False)
class Line:
    """One line to be looked at: the OPRF inputs of its forms or keys, and whom it asks after, if it is a person."""

    line: int
    inputs: tuple[bytes, ...]
    person: Person | None

    def mark(self, keys: Keys) -> str:
        """The keyed digest of what the line is about: the same whatever the writing or the normaliser's version."""
        return mark_of(keys, self.inputs)


@dataclass(frozen=True, repr=False)
class Reviewed:
    """An identifier or a person of a network that is withheld for review. `bearer`: its keyed digest in the case data."""

    line: Line
    bearer: str
    cause: Cause


@dataclass(frozen=True, repr=False)
class Listed:
    """What an officer sees of what a network would list: all of it, and what is withheld for review."""

    lines: tuple[Line, ...]
    reviewed: tuple[Reviewed, ...]


NOTHING = Listed((), ())


@dataclass(frozen=True, repr=False)
class Holding:
    """Holds what must not leave. `rate`: the share of innocent lines that is reviewed."""

    keys: Keys
    rate: float

    def refuse_locked(self, work: Work, officer_id: str) -> None:
        """Raise `OfficerLocked` for an officer who may not ask until a protection liaison has spoken to them."""
        if is_locked(work, officer_id):
            raise OfficerLocked("many_holds")

    def hold(self, work: Work, officer_id: str, question_id: str, lines: Sequence[Line], *, at_once: bool = False) -> set[int]:
        """Hold those of `lines` that must not be asked now, and return their numbers. On record without the cause.

        `at_once`: the officer has just asked, and a share of the reviews waits for the question to go out. Many holds in a short
        time lock the officer: this question goes on, the next one is refused.
        """
        by_themselves = self.causes(work, lines, reviews.AT_ONCE if at_once else 1.0)
        self._note_looks(work, officer_id, lines)
        causes = by_themselves | self._beside(work, officer_id, question_id, lines, by_themselves)
        held = [line for line in lines if line.line in causes]
        for line in held:
            beside = line.line not in by_themselves
            self._keep(work, officer_id, line, causes[line.line], question_id=question_id, beside=beside)
        if held:
            work.session.flush()
            work.record(Act.QUESTION_HELD, officer=officer_id, question=question_id, lines=sorted(causes))
            self._lock_after_many(work, officer_id)
        return set(causes)

    def hold_listed(self, work: Work, officer_id: str, network: str, listed: Listed) -> None:
        """Put before the liaison what an officer sees withheld for review of a network, each once. On record as `hold` is."""
        self._note_looks(work, officer_id, (*listed.lines, *(each.line for each in listed.reviewed)))
        of_network = select(Hold.mark).where(Hold.network == network, Hold.officer_id == officer_id)
        known = set(work.session.exec(of_network.where(col(Hold.released).is_(None))).all())
        marked = {each.line.mark(self.keys): each for each in listed.reviewed}
        fresh = [each for mark, each in marked.items() if mark not in known]
        for each in fresh:
            self._keep(work, officer_id, each.line, each.cause, network=network, bearer=each.bearer)
        if fresh:
            work.session.flush()
            work.record(Act.PUBLICATION_HELD, officer=officer_id, network=network, count=len(fresh))
            self._lock_after_many(work, officer_id)

    def _keep(
        self,
        work: Work,
        officer_id: str,
        held: Line,
        cause: Cause,
        *,
        question_id: str | None = None,
        network: str | None = None,
        bearer: str | None = None,
        beside: bool = False,
    ) -> None:
        hold = Hold(
            id=work.new_id(),
            officer_id=officer_id,
            question_id=question_id,
            line=None if question_id is None else held.line,
            network=network,
            bearer=bearer,
            mark=held.mark(self.keys),
            created=work.now(),
            facts_sealed=b"",
        )
        seal_facts(work, hold, Facts(cause, beside=beside))

    def _beside(
        self, work: Work, officer_id: str, question_id: str, lines: Sequence[Line], held: Collection[int]
    ) -> dict[int, Cause]:
        """What of the other lines is reviewed beside those that are held by themselves, in this question or in the officer's day.

        Who once was, is so for whoever asks, until a liaison releases it: else another question, or another officer's, would
        tell it from what is protected.
        """
        since = work.now() - LOCK_WINDOW
        marks = {line.line: line.mark(self.keys) for line in lines}
        of_question = select(func.count()).select_from(QuestionLine).where(QuestionLine.question_id == question_id)
        of_day = select(func.count()).select_from(LineLook).where(LineLook.officer_id == officer_id, col(LineLook.at) >= since)
        here, today = (
            reviews.chance_beside(work.session.exec(count).one() - 1, share * self.rate)
            for count, share in ((of_question, 1), (of_day, 2))
        )
        chances = {marks[number]: here for number in held}
        for hold in work.session.exec(select(Hold).where(Hold.officer_id == officer_id, col(Hold.created) >= since)).all():
            if not open_facts(work, hold).beside:
                chances[hold.mark] = max(chances.get(hold.mark, 0.0), here if hold.question_id == question_id else today)
        passed, stay = passes_of(work, marks.values()), _reviewed_beside(work, marks)
        found = {}
        for line, mark in marks.items():
            if line in held or (mark in passed and work.now() < passed[mark].until):
                continue
            drawn = [reviews.beside(self.keys, root, mark, chance) for root, chance in chances.items() if root != mark]
            review = max((each for each in drawn if each is not None), default=None)
            if review is not None or mark in stay:
                found[line] = stay[mark] if review is None else Cause(review.value)
        return found

    def causes(self, work: Work, lines: Sequence[Line], share: float = 1.0) -> dict[int, Cause]:
        """Why each of `lines` is to be held, by number; what may be asked is not in it. `share`: of the reviews."""
        people = protected.ProtectedPeople(work, self.keys)
        marks = {line.line: line.mark(self.keys) for line in lines}
        passed = passes_of(work, marks.values())
        looked_at = {mark: given.looked_at for mark, given in passed.items()}
        looked_up = [protected.Line(line.inputs, line.person, looked_at.get(marks[line.line])) for line in lines]
        standings = protected.standings_of(work, self.keys, looked_up, people)
        subjects = self._subjects(work, lines)
        found = {}
        for line, standing in zip(lines, standings, strict=True):
            day = work.today().toordinal()
            review = reviews.draw(self.keys, line.inputs, share * self.rate, day, subjects[line.line])
            given = passed.get(marks[line.line])
            found[line.line] = _cause(standing, review, passed=given is not None and work.now() < given.until)
        return {number: cause for number, cause in found.items() if cause is not None}

    def _subjects(self, work: Work, lines: Sequence[Line]) -> dict[int, frozenset[str]]:
        """Who bears each of `lines` by the case data, by number: keyed digests of subjects, none where it knows nobody."""
        digests = {line.line: {self.keys.digest("identifier", value) for value in line.inputs} for line in lines}
        bearers: dict[str, set[str]] = {}
        for part in in_parts({digest for those in digests.values() for digest in those}):
            borne = select(CaseIdentifier.digest, CaseIdentifier.subject).where(col(CaseIdentifier.digest).in_(part))
            for digest, subject in work.session.exec(borne).all():
                bearers.setdefault(digest, set()).add(subject)
        return {number: frozenset().union(*(bearers.get(each, ()) for each in those)) for number, those in digests.items()}

    def _note_looks(self, work: Work, officer_id: str, lines: Iterable[Line]) -> None:
        """Remember what was looked at, each thing once however often it is asked: chance brings holds of so many."""
        work.session.exec(delete(LineLook).where(col(LineLook.at) < work.now() - LOCK_WINDOW))
        looks = {line.mark(self.keys): line.person is not None for line in lines}
        for part in in_parts(looks):
            again = (col(LineLook.officer_id) == officer_id, col(LineLook.mark).in_(part))
            work.session.exec(delete(LineLook).where(*again))
        rows = [{"officer_id": officer_id, "mark": mark, "at": work.now(), "person": person} for mark, person in looks.items()]
        work.insert(LineLook, rows)

    def _lock_after_many(self, work: Work, officer_id: str) -> None:
        lock = work.session.get(OfficerLock, officer_id)
        unlocked = 0 if lock is None else lock.unlocked or 0
        since = max(work.now() - LOCK_WINDOW, unlocked)
        holds, looks = _of_people_and_others(work, officer_id, since)
        # four keys of a person's draw, each half as often; what was drawn beside comes with each
        expected = {True: (2 * self.rate + WEAK_SHARE) * looks[True], False: self.rate * looks[False]}
        counted = [(holds[each], expected[each]) for each in (True, False)] + [(holds.total(), sum(expected.values()))]
        if all(held < fewest_holds_to_lock(by_chance) for held, by_chance in counted) or is_locked(work, officer_id):
            return
        lock = lock or OfficerLock(officer_id=officer_id, locked=0)
        lock.locked, lock.unlocked = work.now(), None
        work.session.add(lock)
        work.record(Act.OFFICER_LOCKED, officer=officer_id, holds=holds.total())
        raise_alert(work, AlertKind.OFFICER_LOCKED, officer=officer_id)


def is_locked(work: Work, officer_id: str) -> bool:
    """Whether an officer may not ask."""
    lock = work.session.get(OfficerLock, officer_id)
    return lock is not None and lock.unlocked is None


def fewest_holds_to_lock(expected: float) -> int:
    """The least number of holds, 4 to 32, that chance brings on fewer than one day in 1,000.

    `expected`: how many lines chance holds by themselves. They come by Poisson's distribution, since they are many, rare and
    independent, and each brings others beside it by another: the compound one, by Panjer's recursion.
    """
    together = [exp(-_BESIDE) * _BESIDE ** (size - 1) / factorial(size - 1) for size in range(1, _MOST_TO_LOCK + 1)]
    chances = [exp(-expected)]  # of exactly so many
    while len(chances) < _FEWEST_TO_LOCK or (1 - fsum(chances) >= _RARER_THAN and len(chances) < _MOST_TO_LOCK):
        holds = len(chances)
        terms = (size * together[size - 1] * chances[holds - size] for size in range(1, holds + 1))
        chances.append(expected / holds * fsum(terms))
    return len(chances)


def held_lines(work: Work, question_id: str) -> set[int]:
    """The lines of a question that are held now."""
    held = select(Hold.line).where(Hold.question_id == question_id, col(Hold.released).is_(None))
    return {line for line in work.session.exec(held).all() if line is not None}


def lines_released_late(work: Work, question: Question) -> set[int]:
    """The lines of a question that were released only when it was over: these were asked of nobody."""
    late = select(Hold.line).where(Hold.question_id == question.id, col(Hold.released) >= question.expires)
    return {line for line in work.session.exec(late).all() if line is not None}


def seal_facts(work: Work, hold: Hold, facts: Facts) -> None:
    """Keep what is known of a hold, in the length that all have."""
    hold.facts_sealed = work.seal_at_rest(json.dumps(asdict(facts)).encode().ljust(_FACTS_BYTES), f"holds:{hold.id}")
    work.session.add(hold)


def open_facts(work: Work, hold: Hold) -> Facts:
    """What is known of a hold. For the protection liaison only."""
    told = json.loads(work.open_at_rest(hold.facts_sealed, f"holds:{hold.id}"))
    return Facts(Cause(told["cause"]), tuple(Decision(**each) for each in told["decisions"]), told.get("beside", False))


def _cause(standing: Standing, review: Review | None, *, passed: bool) -> Cause | None:
    """`standing` leaves out whom a pass leaves out; `passed`: no review holds it."""
    if standing is Standing.PROTECTED:
        return Cause.PROTECTED
    if standing is Standing.WEAK:
        return Cause.WEAK
    return None if review is None or passed else Cause(review.value)


def _reviewed_beside(work: Work, marks: Mapping[int, str]) -> dict[str, Cause]:
    """What was reviewed beside something the last time that it was held, and was not released."""
    last: dict[str, Hold] = {}
    for part in in_parts(set(marks.values())):
        for hold in work.session.exec(select(Hold).where(col(Hold.mark).in_(part)).order_by(col(Hold.created))).all():
            last[hold.mark] = hold
    known = {mark: open_facts(work, hold) for mark, hold in last.items() if hold.released is None}
    return {mark: facts.cause for mark, facts in known.items() if facts.beside}


def _of_people_and_others(work: Work, officer_id: str, since: int) -> tuple[Counter[bool], Counter[bool]]:
    """Of how many different people (True) and identifiers (False) an officer has had holds since then, and seen any line."""
    of_officer = (LineLook.officer_id == officer_id, col(LineLook.at) >= since)
    looks = select(LineLook.person, func.count()).where(*of_officer).group_by(col(LineLook.person))
    seen = Counter(dict(work.session.exec(looks).all()))
    same = and_(col(Hold.officer_id) == col(LineLook.officer_id), col(Hold.mark) == col(LineLook.mark))
    different = select(LineLook.person, func.count(func.distinct(Hold.mark))).join(Hold, same)
    held = different.where(*of_officer, col(Hold.created) >= since).group_by(col(LineLook.person))
    return Counter(dict(work.session.exec(held).all())), seen
