"""Which identifiers and name keys of a record are listed: new ones wait for the next beat of the index, others leave with it."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, select

from node.safeguards.minimisation import Listing
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexItem, IndexList, ListEpoch


def list_for(work: Work, audience: str, record_id: str, listing: Listing) -> None:
    """Bring the index items of a record, in all lists of an audience, to `listing`."""
    for listed in work.session.exec(select(IndexList).where(IndexList.audience == audience)).all():
        bring_to(work, listed.id, record_id, listing.of(listed.entropy))


def bring_to(work: Work, list_id: str, record_id: str, listing: Listing) -> None:
    """Bring the index items of a record, in every epoch of the list that has entries, to `listing`."""
    for period in list_epochs.kept(work, list_id):
        items = _held(work, period, record_id)
        wanted = {(entry.digest, entry.bearer): entry for entry in listing.entries}
        for item in items:
            if wanted.pop((item.identifier, item.bearer), None) is None:
                item.state = "leaving"
                work.session.add(item)
        handles = {item.subject: item.handle for item in items}
        for entry in wanted.values():
            handle = handles.setdefault(entry.subject, work.random(16))
            work.session.add(
                IndexItem(
                    list_id=period.list_id,
                    epoch=period.epoch,
                    identifier=entry.digest,
                    kind=entry.kind,
                    version=entry.version,
                    subject=entry.subject,
                    record_id=record_id,
                    j=_next_j(work, period, entry.digest),
                    key_type=entry.key_type,
                    handle=handle,
                    input_sealed=entry.input_sealed,
                    state="waiting",
                )
            )
            work.session.flush()


def count_waiting(work: Work, record_id: str, *, withdrawn: bool) -> int:
    """How many entries of a record the next beat will bring to the peers, whatever becomes of them until then; of one that was
    withdrawn, how many it will take back. Of one in force nobody is told that an entry leaves: the cause may be protection."""
    moving = (IndexItem.record_id == record_id, IndexItem.state != "listed")
    which = () if withdrawn else (col(IndexItem.tag).is_(None),)
    return work.session.exec(select(func.count()).select_from(IndexItem).where(*moving, *which)).one()


def _held(work: Work, period: ListEpoch, record_id: str) -> Sequence[IndexItem]:
    return work.session.exec(
        select(IndexItem).where(
            IndexItem.list_id == period.list_id,
            IndexItem.epoch == period.epoch,
            IndexItem.record_id == record_id,
            IndexItem.state != "leaving",
        )
    ).all()


def _next_j(work: Work, period: ListEpoch, identifier: str) -> int:
    """The lowest number that no entry of this identifier bears: askers look up 0, 1, … until the first that is absent."""
    taken = set(
        work.session.exec(
            select(IndexItem.j).where(
                IndexItem.list_id == period.list_id, IndexItem.epoch == period.epoch, IndexItem.identifier == identifier
            )
        ).all()
    )
    return next(j for j in range(len(taken) + 1) if j not in taken)
