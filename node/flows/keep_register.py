"""The protection liaison's register: one person entered, one taken out by two, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from node.case_files.problems import Problem
from node.case_files.protected_people import ProtectedRow
from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards import protected
from node.safeguards.protected import Guarded, Source
from node.store.database import Database, Work
from node.store.tables import Officer, ProtectedEntry, ProtectedFeed, ProtectedMark, ProtectedName, ProtectedRemoval, ProtectedRun
from protocol.journal import Act
from protocol.names import name_keys


class EntryNotReadable(Exception):
    """Something of an entry cannot be read, so nothing was entered: whoever typed it corrects it at once."""

    code = "entry_not_readable"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} places")


@dataclass(frozen=True)
class Unfinished:
    """A feeding by a file that a stop interrupted. `officer`: the user name; `reason`: a code, "" where it was not kept."""

    id: str
    officer: str
    created: int
    rows_total: int
    rows_read: int
    reason: str


@dataclass(frozen=True)
class RegisterState:
    """Counts, and nothing of anybody."""

    entries: dict[str, int]
    """By source."""
    identifiers: int
    names: int
    behind: tuple[str, ...]
    """Kinds that nothing is published of before the register was fed anew."""
    removals: int
    """How many wait for a second liaison."""
    unfinished: tuple[Unfinished, ...]
    """The oldest first."""
    feed: int
    """The last signed feed's sequence; 0: there was none."""


@dataclass(frozen=True, repr=False)
class KeepRegister:
    """The story's parts."""

    database: Database
    keys: Keys

    def add(self, officer: ProtectionLiaison, row: ProtectedRow) -> int:
        """Enter one person; every local use of what they bear stops at once. Returns how many identifiers were not in it."""
        those = guarded_row(self.keys, row, Source.OFFICER, officer.id)
        with self.database.begin() as work:
            fresh = protected.protect(work, self.keys, those)
            work.record(Act.PROTECTED_ENTERED, officer=officer.id, source=Source.OFFICER.value, reference=those.reference)
        return fresh

    def remove(self, officer: ProtectionLiaison, reference: str) -> bool:
        """Propose to take an entry out, or do it where another liaison proposed it: whether it is out.

        Raises `UnknownEntry`, `NotFourEyes`.
        """
        with self.database.begin() as work:
            return protected.take_out(work, self.keys, officer, reference)

    def state(self, _officer: ProtectionLiaison) -> RegisterState:
        """How much is in it, and what has to be done."""
        by_source = select(ProtectedEntry.source, func.count()).group_by(ProtectedEntry.source)
        with self.database.read() as work:
            alive = col(ProtectedRemoval.proposed) >= work.now() - protected.PROPOSAL_LIFETIME
            return RegisterState(
                entries=dict(work.session.exec(by_source).all()),
                identifiers=work.session.exec(select(func.count(func.distinct(ProtectedMark.mark)))).one(),
                names=work.session.exec(select(func.count(func.distinct(ProtectedName.person)))).one(),
                behind=tuple(sorted(protected.Fed.of(work).behind)),
                removals=work.session.exec(select(func.count()).select_from(ProtectedRemoval).where(alive)).one(),
                unfinished=_unfinished(work),
                feed=work.session.exec(select(func.max(ProtectedFeed.sequence))).one() or 0,
            )


def _unfinished(work: Work) -> tuple[Unfinished, ...]:
    stopped = (
        select(ProtectedRun, Officer.username)
        .join(Officer, col(Officer.id) == col(ProtectedRun.officer_id), isouter=True)
        .where(ProtectedRun.state == "stopped")
        .order_by(col(ProtectedRun.created), col(ProtectedRun.id))
    )
    return tuple(
        Unfinished(run.id, username or "", run.created, run.rows_total, run.rows_read, run.reason)
        for run, username in work.session.exec(stopped).all()
    )


def guarded_row(keys: Keys, row: ProtectedRow, source: Source, officer: str | None = None) -> Guarded:
    """A row of a file, or what somebody typed, ready to be entered."""
    people = [] if row.person is None else [[key.oprf_input() for key in name_keys(row.person)]]
    inputs = [identifier.oprf_input() for identifier in row.identifiers]
    return protected.guarded(keys, inputs, people, reference=row.reference, source=source, officer=officer)
