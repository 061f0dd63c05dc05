"""Who opens past questions, named anew; and the one key of 0.1, which opened all of them by itself, given up."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from crypto.errors import SealBroken
from crypto.sealing import SealingKey, SealingPublicKey
from node.custody import Vault
from node.custody.holders import holders_file
from node.durable import write_whole
from node.keys import HOLDERS, WHOLE_AUDIT_KEY
from node.store.database import Database, Work
from node.store.kept_openings import keep_openings, kept_whole
from node.store.openings import opening_of
from node.store.tables import Intake, QuestionExchange, QuestionToPeer
from protocol import limits
from protocol.errors import Malformed
from protocol.journal import Act
from protocol.matching import Openings
from protocol.sealed_openings import check_holders, read_sealed
from protocol.wire import parse, sha256

_WHAT = "audit_holders"
_PART = 20
"""Questions in one unit of work: the openings of one can be more than a megabyte."""


@dataclass(frozen=True)
class Named:
    """`sealed_anew`: questions whose openings the one key had opened. `unreadable`: those that not even it opens, or whose
    exchange has no key any more."""

    sealed_anew: int
    unreadable: int


@dataclass(frozen=True, repr=False)
class NameHolders:
    """The story's parts. The node must not be serving: it would go on sealing to those who were named before."""

    database: Database
    vault: Vault

    def name(self, holders: Sequence[SealingPublicKey]) -> Named:
        """Seal to these holders from now on. Stopped anywhere, it goes on the next time.

        What was sealed to holders before stays theirs: only they could open it. What was sealed to the one key of 0.1 is sealed
        anew, and then that key is removed. `ValueError` for fewer than two holders; `KeysUnusable` where that key is needed and
        is not here.
        """
        check_holders(holders)
        folder, after, sealed_anew, unreadable = self.vault.folder / "keys", "", 0, 0
        while part := self._part(after):
            after = part[-1]
            done, failed = self._reseal(part, holders)
            sealed_anew, unreadable = sealed_anew + done, unreadable + failed
        named = holders_file(holders)
        with self.database.begin() as work:
            work.record(Act.KEY_CHANGED, what=_WHAT, key=sha256(named), holders=len(holders))
        write_whole(folder / HOLDERS, named)
        (folder / WHOLE_AUDIT_KEY).unlink(missing_ok=True)
        return Named(sealed_anew, unreadable)

    def _part(self, after: str) -> Sequence[str]:
        with self.database.read() as work:
            following = select(QuestionExchange.x).where(col(QuestionExchange.x) > after).order_by(col(QuestionExchange.x))
            return work.session.exec(following.limit(_PART)).all()

    def _reseal(self, part: Sequence[str], holders: Sequence[SealingPublicKey]) -> tuple[int, int]:
        done = failed = 0
        with self.database.begin() as work:
            for row, peer in self._of_one_key(work, part):
                openings = self._opened(work, row, peer)
                if openings is None:
                    failed += 1
                    continue
                row.openings_sealed = keep_openings(work, row.x, peer, openings, holders)
                work.session.add(row)
                done += 1
        return done, failed

    @staticmethod
    def _of_one_key(work: Work, part: Sequence[str]) -> list[tuple[QuestionExchange, str]]:
        """Those of them that are sealed, and not for two, each with its peer."""
        asked = select(QuestionExchange, QuestionToPeer.peer).join(
            QuestionToPeer, col(QuestionToPeer.id) == col(QuestionExchange.question_peer_id)
        )
        rows = work.session.exec(asked.where(col(QuestionExchange.x).in_(part))).all()
        return [(row, peer) for row, peer in rows if row.openings_sealed and not _for_two(row.openings_sealed)]

    def _opened(self, work: Work, row: QuestionExchange, peer: str) -> Openings | None:
        key = SealingKey.from_bytes(self.vault.read(self.vault.folder / "keys" / WHOLE_AUDIT_KEY))
        try:
            raw = key.open(kept_whole(work, row.x, peer, row.openings_sealed))
            return parse(Openings, raw, limit=limits.SEALED_OPENINGS_BYTES, where="openings")
        except (SealBroken, Malformed, KeyError):
            return None


def note_holders(database: Database, holders: Sequence[SealingPublicKey]) -> None:
    """Put on record that others open questions than opened the last one that was asked, whoever changed the file and however."""
    named = sha256(holders_file(holders))
    with database.begin() as work:
        last = select(QuestionExchange.openings_sealed).where(col(QuestionExchange.openings_sealed) != b"")
        raw = work.session.exec(last.order_by(col(QuestionExchange.asked).desc()).limit(1)).first()
        if raw is None or not _for_two(raw) or _named(work) == named:
            return
        if {box.first for box in read_sealed(raw).boxes} != {bytes(holder) for holder in holders}:
            work.record(Act.KEY_CHANGED, what=_WHAT, key=named, holders=len(holders))


def _named(work: Work) -> str | None:
    """The holders that were put on record last, by the digest of their file."""
    acts = select(Intake).where(Intake.kind == Act.KEY_CHANGED.value).order_by(col(Intake.id).desc())
    for act in work.session.exec(acts).all():
        opening = opening_of(work, act)
        told = {} if opening is None else json.loads(opening.payload)
        if told.get("what") == _WHAT:
            return str(told["key"])
    return None


def _for_two(sealed: bytes) -> bool:
    try:
        read_sealed(sealed)
    except Malformed:
        return False
    return True
