"""Whether what was found still stands: old hits are looked up again in each new manifest of the peer, here and without a message.

What is seen is that an entry is not there any more as it was found. Why, only its holder knows: withdrawal, correction, expiry
and protection take it out alike (mission rule 4). Once the list's epoch is over no more is learnt: the next one has other keys.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import col, select, update

from crypto.errors import SealBroken
from node.flows.look_up import look_up
from node.store import manifests
from node.store.database import Database, Work, in_parts
from node.store.index_files import IndexFiles
from node.store.tables import HeldManifest, Hit
from protocol.errors import SegmentRefused


@dataclass(frozen=True)
class Rechecked:
    """Ids of the hits whose entry stands as it was found, and of those whose entry does not any more."""

    standing: Sequence[int]
    gone: Sequence[int]


@dataclass(frozen=True, repr=False)
class _Kept:
    id: int
    record: str
    handle: bytes
    outputs: Sequence[bytes]


def seal_outputs(work: Work, hit: Hit, outputs: Sequence[bytes]) -> bytes:
    """What opens the entry of `hit`, as the hit keeps it, under its question's key."""
    return work.seal(hit.question_id, json.dumps([output.hex() for output in outputs]).encode(), _place(hit))


def recheck(database: Database, files: IndexFiles, held: HeldManifest) -> Rechecked:
    """Look the hits of `held`'s list and epoch up in it. All files that it names are here.

    An index that is broken where one of them stood says nothing of any: whoever asks again is told.
    """
    with database.read() as work:
        kept = list(_kept(work, held))
    outputs = list(dict.fromkeys(output for hit in kept for output in hit.outputs))
    try:
        found = look_up(files, manifests.content(held), outputs)
    except SegmentRefused:
        return Rechecked((), ())
    there = {(outputs[each.index], each.label.record, each.label.handle) for each in found}
    # One key less, and what the officer was told is not what the peer says now
    standing = [hit.id for hit in kept if all((output, hit.record, hit.handle) in there for output in hit.outputs)]
    return Rechecked(standing, sorted({hit.id for hit in kept} - set(standing)))


def keep(work: Work, rechecked: Rechecked) -> None:
    """Note what was seen. What is gone once stays so: an entry that comes back is found by asking again."""
    for ids, seen in ((rechecked.standing, {"standing": work.now()}), (rechecked.gone, {"gone": work.now()})):
        for part in in_parts(ids):
            work.session.exec(update(Hit).where(col(Hit.id).in_(part)).values(**seen))


def _kept(work: Work, held: HeldManifest) -> Iterator[_Kept]:
    """The hits that were found in this list and epoch and still stood when last seen."""
    of_chain = (
        Hit.peer == held.authority,
        Hit.list_id == held.list_id,
        HeldManifest.epoch == held.epoch,
        col(Hit.gone).is_(None),
        col(Hit.outputs_sealed).is_not(None),
    )
    found_in = col(HeldManifest.digest) == col(Hit.manifest)
    for hit in work.session.exec(select(Hit).join(HeldManifest, found_in).where(*of_chain)).all():
        if hit.outputs_sealed is None or not work.can_open(hit.question_id):
            continue  # its key was erased, or did not come back with a restore
        try:
            outputs = json.loads(work.open(hit.question_id, hit.outputs_sealed, _place(hit)))
        except SealBroken:
            continue  # one spoilt row must not keep the peer's lists from being followed
        yield _Kept(hit.id or 0, hit.record_id, hit.handle, [bytes.fromhex(output) for output in outputs])


def _place(hit: Hit) -> str:
    return f"outputs:{hit.peer}:{hit.list_id}:{hit.line}:{hit.record_id}:{hit.handle.hex()}"
