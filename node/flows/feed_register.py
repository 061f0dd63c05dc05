"""Feeding the protected register by a file: portion by portion, so that a stop loses nothing and nothing is done twice.

Each portion is on record in the unit of work that takes it in: also of a file that never came to its end. The file is never kept.
A second run of the same file goes on behind the last portion; one that was finished is read again, which changes nothing but what
a rule of an identifier, or a removal, has changed since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from sqlmodel import col, select

from node.case_files.problems import Problem
from node.case_files.protected_people import ProtectedRow
from node.flows import broken_off
from node.flows.keep_register import guarded_row
from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards import protected
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.protected import Guarded, Source
from node.store.database import Database, Work
from node.store.tables import ProtectedProblem, ProtectedRun
from protocol.journal import Act

_ENDED = ("done", "given_up")
PORTION = 200
"""Rows of one unit of work: half a second of marking, and what a stop costs at the most."""
Read = tuple[int, ProtectedRow | None, tuple[Problem, ...]]
"""Line, what is to be entered of it, what was wrong with it."""


@dataclass(frozen=True, repr=False)
class FeedRegister:
    """The story's parts."""

    database: Database
    keys: Keys

    def begin(self, officer: ProtectionLiaison, file: bytes, total: int) -> str:
        """Open a run, or the one that an earlier stop left unfinished with this very file, and return its id."""
        digest = self.keys.digest("protected file", sha256(file).digest())
        with self.database.begin() as work:
            left = select(ProtectedRun).where(ProtectedRun.file_digest == digest, col(ProtectedRun.state).not_in(_ENDED))
            held = work.session.exec(left).first()
            if held is None:
                held = ProtectedRun(id=work.new_id(), officer_id=officer.id, file_digest=digest, state="", created=work.now())
            # what is read from here on is who goes on with it answers for
            held.state, held.rows_total, held.reason, held.officer_id = "running", total, "", officer.id
            work.session.add(held)
            return held.id

    def run(self, run_id: str, rows: Iterable[Read]) -> None:
        """Take in the rows that were not taken in yet, portion by portion."""
        try:
            with self.database.read() as work:
                held = work.session.get_one(ProtectedRun, run_id)
            if held.state in _ENDED:  # asked for twice while the first was under way
                return
            portion: list[Read] = []
            for number, row in enumerate(rows):
                if number < held.rows_read:
                    continue
                portion.append(row)
                if len(portion) == PORTION:
                    self._take_in(run_id, portion)
                    portion = []
            self._take_in(run_id, portion, last=True)
        except BaseException as error:
            self._stop(run_id, broken_off.why(error))
            raise

    def give_up(self, officer: ProtectionLiaison, run_id: str) -> bool:
        """Wait no longer for the rest of a file that stopped; what was taken of it stays. False if none such waits."""
        with self.database.begin() as work:
            held = work.session.get(ProtectedRun, run_id)
            if held is None or held.state != "stopped":
                return False
            held.state = "given_up"
            work.session.add(held)
            work.record(Act.PROTECTED_FILE_GIVEN_UP, officer=officer.id, run=run_id, rows=held.rows_read, of=held.rows_total)
            return True

    def stop_unfinished(self) -> None:
        """At start-up: what an earlier life was reading waits for the same file."""
        with self.database.begin() as work:
            for held in work.session.exec(select(ProtectedRun).where(ProtectedRun.state == "running")).all():
                self._stopped(work, held, broken_off.NODE_STOPPED)

    def _take_in(self, run_id: str, portion: list[Read], *, last: bool = False) -> None:
        with self.database.read() as work:
            officer = work.session.get_one(ProtectedRun, run_id).officer_id
        those: list[Guarded] = [guarded_row(self.keys, row, Source.BULK, officer) for _, row, _ in portion if row is not None]
        with self.database.begin() as work:
            held = work.session.get_one(ProtectedRun, run_id)
            protected.protect(work, self.keys, *those)
            problems = chain(*(each for _, _, each in portion))
            work.insert(
                ProtectedProblem,
                [{"run_id": run_id, "line": each.line, "column": each.column or "", "reason": each.code} for each in problems],
            )
            held.rows_read += len(portion)
            held.rows_taken += len(those)
            held.state = "done" if last else held.state
            work.session.add(held)
            work.record(Act.PROTECTED_FED, officer=officer, run=run_id, rows=len(those), read=held.rows_read, of=held.rows_total)

    def _stop(self, run_id: str, reason: str) -> None:
        with self.database.begin() as work:
            self._stopped(work, work.session.get_one(ProtectedRun, run_id), reason)

    @staticmethod
    def _stopped(work: Work, held: ProtectedRun, reason: str) -> None:
        """Whoever stands in the rest of it is not in the register: that is not left to somebody's looking."""
        held.state, held.reason = "stopped", reason
        work.session.add(held)
        raise_alert(work, AlertKind.FILE_UNFINISHED, officer=held.officer_id)
