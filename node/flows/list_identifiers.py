"""Which identifiers and name keys of a record are listed: new ones wait for the next beat of the index, others leave with it."""

from collections.abc import Collection, Sequence

from sqlmodel import col, select, update

from node.safeguards.minimisation import Listing
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexItem, IndexList, ListEpoch, Publication


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


def count_moving(work: Work, audience: str, proposed: Collection[str]) -> int:
    """How many entries of what was proposed (`Listable.proposed_as`) a beat brings to an audience, or takes back from it.

    Rows are not counted: one that is missing, or leaves before its time, may have fallen to protection.
    """
    entropies = work.session.exec(select(IndexList.entropy).where(IndexList.audience == audience)).all()
    return sum(("name_keys" if "/" in each else "identifiers") in entropies for each in proposed)


def note_moved(work: Work, listed: IndexList, *, added: bool) -> None:
    """A beat of a list is over: nothing that was withdrawn waits any more; if it `added`, nothing that was published, either.

    Told is the beat and not what it found. Of an audience's two lists that of identifiers counts, whose beat comes second.
    """
    over = ("published", "withdrawn", "expired") if added else ("withdrawn", "expired")
    of_it = (col(Publication.list_id) == listed.id, col(Publication.state).in_(over))
    work.session.exec(update(Publication).where(*of_it).values(waiting=0))


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
