"""Entries made ahead of the manifest that names them, slice by slice, so that questions and records go on in between.

Each costs a group operation; a hundred thousand would keep everybody else from writing for a minute.
"""

import sys
from dataclasses import dataclass

from node.flows.list_segments import ADDITION_STEP, ListSegments, items_of, tell_waiting
from node.keys import Keys
from node.marking import RegisterUnusable
from node.store import list_epochs
from node.store.database import Database
from node.store.tables import ListEpoch
from protocol.index.entry import Place

SLICE = 7 * ADDITION_STEP
"""Entries made in one unit of work, about a second. A step of padding goes with them: an eighth, so that removals find enough."""


@dataclass(frozen=True, repr=False)
class PrepareEntries:
    """The story's parts."""

    database: Database
    keys: Keys
    segments: ListSegments

    def prepare(self, place: Place) -> None:
        """Make what waits in an epoch, all but less than a slice: that is made with the beat that names it.

        What a stop leaves undone, the next one does. Of an epoch whose seed is gone, nothing is made, and neither is it while the
        register cannot be looked up: the beat that this is part of has removals and seeds to see to.
        """
        try:
            while self._make_slice(place):
                pass
        except RegisterUnusable as error:
            tell_waiting(place, error)

    def _make_slice(self, place: Place) -> bool:
        with self.database.begin() as work:
            items = items_of(work, place, "waiting", limit=SLICE)
            if len(items) < SLICE or not self.keys.has_epoch(place.list, place.epoch):
                return False
            period = work.session.get_one(ListEpoch, (place.list, place.epoch))
            entries = self.segments.make(work, place, items)
            made = self.segments.join(work, list_epochs.prepared(period), entries, ADDITION_STEP)
            list_epochs.keep_prepared(work, period, made)
            sys.audit("celosia.prepare_entries.made")
            return True
