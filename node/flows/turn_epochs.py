"""The turn of epochs: a new one is started, prepared in slices, overlaps with the one before, and the old seed is destroyed.

    start (seed, dates) → the entry that officers sign → prepare (entries, slice by slice) → beats once the directory lists it
    → both in force → the old one is over: its seed goes at once, its entries when the new one has them all

A million entries take minutes: no unit of work here is longer than a slice, so that questions and records go on in between.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from sqlmodel import col, delete, select

from crypto.group import RandomBytes
from node.federation import Federation
from node.flows.prepare_entries import SLICE, PrepareEntries
from node.keys import Keys
from node.settings import Epochs
from node.store import list_epochs, manifests
from node.store.database import Database, Work
from node.store.tables import IndexItem, IndexList, ListEpoch
from protocol import audience as audiences
from protocol.authority import Authority
from protocol.directory import ENTROPY_CLASSES
from protocol.index.entry import Place
from protocol.journal import Act
from protocol.limits import EPOCHS_A_LIST, LISTS_A_STATE

DAY = 86400


class EpochRefused(Exception):
    """An epoch cannot be started; `code` says why, and nothing has changed."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Started:
    """A new epoch of a list, from `not_before` to `not_after` (POSIX seconds)."""

    list_id: str
    epoch: int
    not_before: int
    not_after: int


@dataclass(frozen=True, repr=False)
class TurnEpochs:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation
    prepare: PrepareEntries
    settings: Epochs
    random: RandomBytes

    def start(self, list_id: str | None = None, *, at_once: bool = False, overlap: bool = True, number: int = 1) -> list[Started]:
        """Start the next epoch of a list, or of every list. It is served once the adopted directory carries its key.

        It begins when the one before has as long to go as epochs overlap; `at_once`: now. Without `overlap`, what runs ends now:
        for a seed that others may have. `number`: the least that the epoch gets.

        Raises `EpochRefused` (unknown_list, epoch_waits, too_many_epochs).
        """
        with self.database.begin() as work:
            names = [each.id for each in work.session.exec(select(IndexList).order_by(*list_epochs.IN_ORDER)).all()]
            if list_id is not None and list_id not in names:
                raise EpochRefused("unknown_list")
            chosen = names if list_id is None else [list_id]
            return [self._start(work, each, at_once=at_once, overlap=overlap, number=number) for each in chosen]

    def open_lists(self, audience: Sequence[Authority]) -> list[Started]:
        """Lists of its own for a named set, with their first epochs: for identifiers, and for name keys.

        Raises `EpochRefused` (own_authority when it names nobody but this state, list_exists, too_many_lists).
        """
        if not set(audience) - {self.federation.me}:
            raise EpochRefused("own_authority")
        name = audiences.name_of(audience)
        with self.database.begin() as work:
            names = work.session.exec(select(IndexList.audience)).all()
            if name in names:
                raise EpochRefused("list_exists")
            if len(names) + len(ENTROPY_CLASSES) > LISTS_A_STATE:
                raise EpochRefused("too_many_lists")
            opened = [IndexList(id=work.new_id(), audience=name, entropy=entropy) for entropy in ENTROPY_CLASSES]
            work.session.add_all(opened)
            work.session.flush()
            return [self._start(work, each.id, at_once=True, overlap=True) for each in opened]

    def turn(self, confirmed: int) -> None:
        """Prepare what comes and put away what is over. For the beat; what a stop leaves undone, the next one does.

        `confirmed`: the time (POSIX seconds), read before the clock could jump. What is over is so by this time alone, for a seed
        does not come back.
        """
        self._complete_audiences()
        with self.database.read() as work:
            lists = work.session.exec(select(IndexList.id)).all()
        for list_id in lists:
            self._destroy_seeds(list_id, confirmed)
            with self.database.read() as work:
                periods = [period.epoch for period in list_epochs.kept(work, list_id)]
            for epoch in periods:  # in their order: a later one is filled from one that is complete
                while self._fill(list_id, epoch):
                    pass
                self._prepare(list_id, epoch)
            for epoch in periods:
                while self._empty(list_id, epoch, confirmed):
                    pass

    def _complete_audiences(self) -> None:
        """Open the lists of an audience that was named before there were lists of their class, as many as the directory takes."""
        with self.database.read() as work:
            if not _missing(work):
                return
        with self.database.begin() as work:
            opened = [IndexList(id=work.new_id(), audience=audience, entropy=entropy) for audience, entropy in _missing(work)]
            work.session.add_all(opened)
            work.session.flush()
            for each in opened:
                self._start(work, each.id, at_once=True, overlap=True)

    def _start(self, work: Work, list_id: str, *, at_once: bool, overlap: bool, number: int = 1) -> Started:
        now, before = work.now(), list_epochs.every(work, list_id)
        running = [period for period in before if period.not_after > now]
        if any(period.not_before > now for period in running) and not at_once:
            raise EpochRefused("epoch_waits")
        if len(running) >= EPOCHS_A_LIST:
            raise EpochRefused("too_many_epochs")
        ends = max((period.not_after for period in running), default=now)
        begins = now if at_once else max(now, ends - self.settings.overlap_days * DAY)
        for period in running if not overlap else ():
            period.not_after = now
            work.session.add(period)
        started = ListEpoch(
            list_id=list_id,
            epoch=max(number, max((period.epoch for period in before), default=0) + 1),
            not_before=begins,
            not_after=begins + (self.settings.days + self.settings.overlap_days) * DAY,
            filled=not before,
        )
        work.session.add(started)
        work.session.flush()
        self.keys.destroy_epoch(list_id, started.epoch)  # what a crash left behind has no epoch, and serves nobody
        self.keys.new_epoch(self.federation.me, list_id, started.epoch, self.random)
        sys.audit("celosia.turn_epochs.seed_made")
        work.record(Act.EPOCH_STARTED, list=list_id, epoch=started.epoch, begins=begins, ends=started.not_after)
        return Started(list_id, started.epoch, begins, started.not_after)

    def _destroy_seeds(self, list_id: str, confirmed: int) -> None:
        """An epoch that is over: nobody can evaluate for it any more, from this moment."""
        with self.database.begin() as work:
            for period in list_epochs.kept(work, list_id):
                if period.destroyed or period.not_after > confirmed:
                    continue
                sys.audit("celosia.turn_epochs.over")
                self.keys.destroy_epoch(list_id, period.epoch)
                sys.audit("celosia.turn_epochs.seed_destroyed")
                period.destroyed = True
                work.session.add(period)
                work.record(Act.EPOCH_ENDED, list=list_id, epoch=period.epoch)

    def _fill(self, list_id: str, epoch: int) -> bool:
        """Give an epoch a slice of what the one before has. Returns whether there may be more."""
        with self.database.begin() as work:
            period = work.session.get_one(ListEpoch, (list_id, epoch))
            if period.filled:
                return False
            source = _before(list_epochs.kept(work, list_id), epoch)
            items = [] if source is None else _after(work, source, period.filled_to)
            _copy(work, period, items)
            period.filled, period.filled_to = not items, (items[-1].id or 0) if items else period.filled_to
            work.session.add(period)
            sys.audit("celosia.turn_epochs.filled")
            return bool(items)

    def _prepare(self, list_id: str, epoch: int) -> None:
        """Make a coming epoch's entries. What is less than a slice, its first beat makes."""
        place = Place(self.federation.me, list_id, epoch)
        with self.database.read() as work:
            is_coming = manifests.newest(work, *_chain(place)) is None
        if is_coming:
            self.prepare.prepare(place)

    def _empty(self, list_id: str, epoch: int, confirmed: int) -> bool:
        """Take away a slice of an epoch that is over, once a later one has its entries. Returns whether there may be more."""
        with self.database.begin() as work:
            kept = list_epochs.kept(work, list_id)
            period = work.session.get_one(ListEpoch, (list_id, epoch))
            if period.ended or period.not_after > confirmed or not any(later.epoch > epoch and later.filled for later in kept):
                return False
            of_this = (col(IndexItem.list_id) == list_id, col(IndexItem.epoch) == epoch)
            slice_ = select(IndexItem.id).where(*of_this).limit(SLICE)
            more = work.session.exec(delete(IndexItem).where(col(IndexItem.id).in_(slice_))).rowcount == SLICE
            if not more:
                period.ended = True
                list_epochs.keep_prepared(work, period, [])
            sys.audit("celosia.turn_epochs.emptied")
            return more


def _missing(work: Work) -> list[tuple[str, str]]:
    """(audience, entropy class) of lists to open, the audience of all members first."""
    held = set(work.session.exec(select(IndexList.audience, IndexList.entropy)).all())
    missing = set(product({audience for audience, _ in held}, ENTROPY_CLASSES)) - held
    return sorted(missing, key=lambda each: (each[0] != audiences.ALL, each))[: LISTS_A_STATE - len(held)]


def _chain(place: Place) -> tuple[str, str, int]:
    return place.authority, place.list, place.epoch


def _before(periods: Sequence[ListEpoch], epoch: int) -> ListEpoch | None:
    return max((period for period in periods if period.epoch < epoch), key=lambda period: period.epoch, default=None)


def _after(work: Work, period: ListEpoch, last: int) -> Sequence[IndexItem]:
    return work.session.exec(
        select(IndexItem)
        .where(
            IndexItem.list_id == period.list_id,
            IndexItem.epoch == period.epoch,
            col(IndexItem.id) > last,
            IndexItem.state != "leaving",
        )
        .order_by(col(IndexItem.id))
        .limit(SLICE)
    ).all()


def _copy(work: Work, period: ListEpoch, items: Sequence[IndexItem]) -> None:
    """What was published since the epoch was started has its entries already: it keeps its numbers, and the rest goes round them.

    Handles are drawn anew: two epochs' entries of one subject cannot be joined by them.
    """
    of_this = (col(IndexItem.list_id) == period.list_id, col(IndexItem.epoch) == period.epoch)
    identifiers, records = {item.identifier for item in items}, {item.record_id for item in items}
    held: set[tuple[str, str, str | None]] = set()
    taken: dict[str, set[int]] = {}
    for row in work.session.exec(select(IndexItem).where(*of_this, col(IndexItem.identifier).in_(identifiers))).all():
        held.add((row.identifier, row.record_id, row.bearer))
        taken.setdefault(row.identifier, set()).add(row.j)
    handles = {
        (row.record_id, row.subject): row.handle
        for row in work.session.exec(select(IndexItem).where(*of_this, col(IndexItem.record_id).in_(records))).all()
    }
    for item in items:
        if (item.identifier, item.record_id, item.bearer) in held:
            continue
        numbers = taken.setdefault(item.identifier, set())
        j = next(number for number in range(len(numbers) + 1) if number not in numbers)
        numbers.add(j)
        work.session.add(
            IndexItem(
                list_id=period.list_id,
                epoch=period.epoch,
                identifier=item.identifier,
                kind=item.kind,
                version=item.version,
                subject=item.subject,
                record_id=item.record_id,
                j=j,
                key_type=item.key_type,
                handle=handles.setdefault((item.record_id, item.subject), work.random(16)),
                input_sealed=item.input_sealed,
                state="waiting",
            )
        )
    work.session.flush()
