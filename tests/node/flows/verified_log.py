"""A log of Colombia's in a store, the verdict on it, and what somebody can do to its acts who may write in the database."""

from typing import Any

from sqlmodel import select

from crypto.note import NoteKey
from node.flows.keep_log import KeepLog
from node.flows.verify_log import Verdict, VerifyLog
from node.keys import Keys
from node.store.database import Database, ExchangeRef
from node.store.tables import Intake
from protocol.checkpoint import Quorum, log_key, origin_of
from protocol.journal import Act
from tests.protocol.federation import CO, PE

X = "ab" * 16
REF = ExchangeRef(X, PE, "out")


def keep_log(database: Database, keys: Keys) -> KeepLog:
    """A log of three checkpoints: 48 entries, the acts at 1 to 3, 16 and 17."""
    keep = KeepLog(database, keys, CO)
    with database.begin() as work:
        work.record(Act.IMPORTED, rows=3)
        work.record_envelope(Act.QUESTION_ASKED, REF, digest="d" * 64, salt=bytes(32))
        work.record(Act.OUTCOME, about=REF, hits=[])
    keep.beat()
    with database.begin() as work:
        work.record_envelope(Act.ANSWER_RECEIVED, REF, digest="e" * 64, salt=bytes(32))
        work.record(Act.PUBLISHED)
    keep.beat()
    keep.beat()
    return keep


def verify(keep: KeepLog, quorum: Quorum | None = None, key: NoteKey | None = None) -> Verdict:
    """What verifying says of the one log that there is."""
    origin = origin_of(CO, keep.keys.log.public)
    (verdict,) = VerifyLog(keep.database).verify({origin: key or log_key(origin, keep.keys.log.public)}, quorum, 120)
    return verdict


def change_act(keep: KeepLog, position: int, **changes: object) -> None:
    """Change the row of the act at a place."""
    with keep.database.begin() as work:
        act = work.session.exec(select(Intake).where(Intake.position == position)).one()
        for name, value in changes.items():
            setattr(act, name, value)
        work.session.add(act)


def repeat(keep: KeepLog, kind: Act, **changes: Any) -> None:
    """Insert the row of the first act of a kind again, with changes."""
    with keep.database.begin() as work:
        row = work.session.exec(select(Intake).where(Intake.kind == kind.value)).first()
        assert row is not None
        work.session.add(Intake(**row.model_dump(exclude={"id", *changes}), **changes))
