"""Replacing the key of the protected register, without the originals: each mark becomes (k'/k) times itself.

A node does not serve meanwhile, since marks are under two keys. Portions are units of work, and every row says under which key
it is: stopped anywhere, the rotation goes on there when it is begun again.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import col, select, update

from crypto.group import Element
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.store.database import Database, Work
from node.store.tables import ProtectedEntry, ProtectedGeneration, ProtectedMark, ProtectedName
from protocol.journal import Act

PORTION = 100
"""Entries of one unit of work, a thousand marks or so: a tenth of a second of the group's time."""


@dataclass(frozen=True, repr=False)
class RotateRegister:
    """The story's parts."""

    database: Database
    keys: Keys

    def rotate(self, progress: Callable[[int, int], object]) -> int:
        """Replace the key, or go on with that. Returns how many entries there are; `progress` is told how many of them are done.

        Raises `RegisterUnusable` (another_key) when the marks are under neither key.
        """
        register = self.keys.register
        register.begin_turn()
        sys.audit("celosia.rotate_register.begun")
        check = self.keys.protected_check()
        next_check = self._turned([check])[0]
        with self.database.begin() as work:
            newest = protected.need_generation(work, check)
            total = work.session.exec(select(func.count()).select_from(ProtectedEntry)).one()
        if newest.check not in (check, next_check):
            raise RegisterUnusable(RegisterFault.ANOTHER_KEY)
        if newest.check != next_check:
            self._turn_all(newest.generation, total, progress)
            with self.database.begin() as work:
                work.insert(ProtectedGeneration, [{"generation": newest.generation + 1, "check": next_check}])
                work.record(Act.PROTECTED_KEY_TURNED, generation=newest.generation + 1)
                sys.audit("celosia.rotate_register.turned")
        register.end_turn()
        return total

    def _turn_all(self, generation: int, total: int, progress: Callable[[int, int], object]) -> None:
        last, done = "", 0
        while True:
            with self.database.begin() as work:
                of_next = select(ProtectedEntry.id).where(ProtectedEntry.id > last).order_by(ProtectedEntry.id).limit(PORTION)
                entries = work.session.exec(of_next).all()
                self._turn_marks(work, generation, entries)
                self._turn_names(work, generation, entries)
                sys.audit("celosia.rotate_register.portion")
            if not entries:
                return
            last, done = entries[-1], done + len(entries)
            progress(done, total)

    def _turn_marks(self, work: Work, generation: int, entries: Sequence[str]) -> None:
        held = (col(ProtectedMark.entry).in_(entries), col(ProtectedMark.generation) == generation)
        rows = work.session.exec(select(ProtectedMark.mark, ProtectedMark.entry).where(*held)).all()
        turned = self._turned([mark for mark, _ in rows])
        changes = [{"at": mark, "of": entry, "anew": anew} for (mark, entry), anew in zip(rows, turned, strict=True)]
        at = (col(ProtectedMark.mark) == bindparam("at"), col(ProtectedMark.entry) == bindparam("of"))
        _change(work, update(ProtectedMark).where(*at), generation, changes)

    def _turn_names(self, work: Work, generation: int, entries: Sequence[str]) -> None:
        held = (col(ProtectedName.entry).in_(entries), col(ProtectedName.generation) == generation)
        rows = work.session.exec(select(ProtectedName.mark, ProtectedName.person).where(*held)).all()
        turned = self._turned([mark for mark, _ in rows])
        changes = [{"at": mark, "of": person, "anew": anew} for (mark, person), anew in zip(rows, turned, strict=True)]
        at = (col(ProtectedName.mark) == bindparam("at"), col(ProtectedName.person) == bindparam("of"))
        _change(work, update(ProtectedName).where(*at), generation, changes)

    def _turned(self, marks: Sequence[str]) -> list[str]:
        elements = [Element.from_bytes(bytes.fromhex(mark)) for mark in marks]
        return [bytes(each).hex() for each in self.keys.register.turn(elements)]


def _change(work: Work, rows: Any, generation: int, changes: Sequence[dict[str, str]]) -> None:
    if changes:
        anew = rows.values(mark=bindparam("anew"), generation=generation + 1)
        work.session.connection().execute(anew, changes)
