"""Which identifiers of a record are listed: new ones wait for the next beat of the index, others leave with it."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import select

from node.safeguards.minimisation import Listing
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexItem, ListEpoch


def bring_to(work: Work, list_id: str, record_id: str, listing: Listing) -> None:
    """Bring the index items of a record, in every epoch of the list that has entries, to `listing`."""
    for period in list_epochs.kept(work, list_id):
        items = _held(work, period, record_id)
        wanted = {entry.digest: entry for entry in listing.identifiers}
        for item in items:
            if wanted.pop(item.identifier, None) is None:
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
                    handle=handle,
                    input_sealed=entry.input_sealed,
                    state="waiting",
                )
            )
            work.session.flush()


def retire(work: Work, list_id: str, record_id: str, listing: Listing) -> None:
    """Let leave what `listing` does not hold any more. Nothing is added: that takes two officers."""
    wanted = {entry.digest for entry in listing.identifiers}
    for period in list_epochs.kept(work, list_id):
        for item in _held(work, period, record_id):
            if item.identifier not in wanted:
                item.state = "leaving"
                work.session.add(item)
    work.session.flush()


def count_waiting(work: Work, list_id: str, record_id: str) -> int:
    """How many entries of a record the next beat will bring to the peers or take back."""
    return work.session.exec(
        select(func.count())
        .select_from(IndexItem)
        .where(IndexItem.list_id == list_id, IndexItem.record_id == record_id, IndexItem.state != "listed")
    ).one()


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
