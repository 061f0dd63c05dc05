"""Changing over to the next keys (signing, log, witness, TLS leaf) once the adopted directory says so. Without a restart."""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select

from node.federation import Federation
from node.flows.name_holders import note_holders
from node.keys import Keys
from node.store.database import Database, Work
from node.store.openings import opening_of
from node.store.tables import Intake
from node.tls.own import OwnLeaf
from protocol import jws
from protocol.journal import Act

log = logging.getLogger("celosia.keys")


@dataclass(frozen=True, repr=False)
class RotateKeys:
    """The story's parts."""

    database: Database
    federation: Federation
    keys: Keys
    own: OwnLeaf
    clock: Callable[[], int]

    def beat(self) -> None:
        """Take what our entry in the adopted directory asks for. Each change is on record before the last file of it goes.
        That others open our questions is, too, which no directory says.

        Raises `KeysUnusable`, `BadMaterial`, `OSError`, `UnknownSender` before this state is a member; what was in use stays so.
        """
        note_holders(self.database, self.keys.holders)
        member = self.federation.directory.member(self.federation.me)
        entry, now = member.working, self.clock()
        pin = self.own.turn(entry.tls_pins, datetime.fromtimestamp(now, UTC))
        if pin is not None:
            self._record("tls", pin)
            self.own.settle()
        key = self.keys.signers.turn(entry, now)
        if key is not None:
            self._record("signing", jws.key_id(key))
            self.keys.signers.settle(entry, now)
        for name, public in self.keys.notes.due(member).items():
            self._record(name.removesuffix(".key"), jws.key_id(public))
            self.keys.notes.take(name)

    def _record(self, what: str, key: str) -> None:
        """Once for each key, however often the node starts while that key waits for its place."""
        with self.database.begin() as work:
            if _on_record(work, key):
                return
            work.record(Act.KEY_CHANGED, what=what, key=key)
            sys.audit("celosia.rotate_keys.recorded")
        log.info("key changed", extra={"what": what})


def _on_record(work: Work, key: str) -> bool:
    """Whether the change to this key was put on record: nobody changes keys so often that they could not all be read."""
    acts = work.session.exec(select(Intake).where(Intake.kind == Act.KEY_CHANGED.value).order_by(col(Intake.id).desc())).all()
    openings = (opening_of(work, act) for act in acts)
    return any(opening is not None and json.loads(opening.payload)["key"] == key for opening in openings)
