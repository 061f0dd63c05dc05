"""Removals for protection, from the registration to the beat that carries them out."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select, update

from node.store.database import Work
from node.store.tables import Removal
from protocol.index.entry import Place


def begin(work: Work, source: str, entry: str | None, entries: Mapping[tuple[str, int], int]) -> None:
    """Entries that leave with the next beat, counted by list and epoch. What peers never saw is not among them."""
    of_it = {"entry": entry, "source": source, "registered": work.now(), "alerted": ""}
    places = sorted(entries.items())
    rows = [{**of_it, "list_id": list_id, "epoch": epoch, "entries": count} for (list_id, epoch), count in places]
    work.insert(Removal, rows)


def note_left(work: Work, place: Place, position: int) -> None:
    """The manifest at `position` is the first without them: every beat takes out whatever leaves by then."""
    of_it = (col(Removal.list_id) == place.list, col(Removal.epoch) == place.epoch, col(Removal.position).is_(None))
    work.session.exec(update(Removal).where(*of_it).values(position=position, left=work.now()))


def all_of(work: Work) -> Sequence[Removal]:
    """Every removal, newest first."""
    return work.session.exec(select(Removal).order_by(col(Removal.registered).desc(), col(Removal.id).desc())).all()
