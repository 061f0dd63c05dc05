"""The segments of one of our own lists: entries made, taken out, padded and merged. `keep_index.py` says when, and signs.

What a peer sees of a beat is the same shape every time: a segment of a padded size, or a bitmap with a stepped number of bits.
Which of them are withdrawals, expiries or nothing at all, only this node knows (mission rule 4).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import merge
from math import ceil
from secrets import randbelow

from sqlalchemy import func
from sqlmodel import col, select

from node.keys import Keys
from node.marking import RegisterUnusable
from node.safeguards import protected
from node.settings import Beats
from node.store.database import Work
from node.store.index_files import IndexFiles
from node.store.tables import IndexItem
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label, Place, make_entry, make_padding, tag_of
from protocol.index.manifest import SegmentRef
from protocol.index.segment import Segment, build_removals, build_segment, is_removed, segment_pieces
from protocol.limits import TAG_BYTES

ADDITION_STEP = 256
"""A beat's new segment holds a multiple of this many entries: between 0 and 255 of them are padding."""
REMOVAL_STEP = 16
"""A beat removes a multiple of this many entries; what is missing is taken from padding. One person has some nine name keys: who
leaves alone must not show as a longer step."""
LARGEST_RESERVE = 4 * ADDITION_STEP
"""Padding that comes with an addition, at most: a day of hourly removals takes 384."""
DRAWS = 64
"""How often a position is drawn for each entry of padding to remove: padding is rarely less than a tenth of a list."""
MERGE_WIDTH = 4
"""So many segments of one size class are merged into one: their number stays logarithmic."""

log = logging.getLogger("celosia.index")


@dataclass(frozen=True, repr=False)
class ListSegments:
    """The parts: under which keys entries are made, where their files lie, how many removals come between two additions."""

    keys: Keys
    files: IndexFiles
    beats: Beats

    def make(self, work: Work, place: Place, items: Sequence[IndexItem]) -> list[bytes]:
        """Entries of `items`, which are listed from now on; what became a protected person's meanwhile leaves instead.

        Costs two group operations each. Raises `RegisterUnusable`, with nothing changed.
        """
        key = self.keys.epoch_key(place.authority, place.list, place.epoch)
        entries: list[bytes] = []
        people = protected.ProtectedPeople(work, self.keys)
        values = [work.open_at_rest(item.input_sealed, "case_identifiers") for item in items]
        of_identifiers = [value for item, value in zip(items, values, strict=True) if item.key_type == KEY_TYPE_IDENTIFIER]
        marked = protected.marked(work, self.keys, of_identifiers, people.fed)
        # all of them before the first is changed: the register may fall silent between two
        leaves = [
            value in marked or people.bear(item.identifier, None if item.key_type == KEY_TYPE_IDENTIFIER else item.subject)
            for item, value in zip(items, values, strict=True)
        ]
        for item, value, is_protected in zip(items, values, leaves, strict=True):
            if is_protected:
                item.state = "leaving"
                work.session.add(item)
                continue
            output = key.evaluate_input(value)
            label = Label(item.record_id, item.key_type, item.handle)
            entries.append(make_entry(output, item.j, label, place, work.random))
            item.tag, item.state = tag_of(output, item.j).hex(), "listed"
            work.session.add(item)
        work.session.flush()
        return entries

    def add(self, work: Work, place: Place, segments: Sequence[SegmentRef]) -> tuple[list[SegmentRef], bool]:
        """What waits joins the segments: all of it, or while the register cannot be looked up, nothing but padding. And which."""
        self._close_gaps(work, place)
        entries, whole = list[bytes](), True
        try:
            entries = self.make(work, place, items_of(work, place, "waiting"))
        except RegisterUnusable as error:
            whole = False
            tell_waiting(place, error)
        # A beat without news brings as much as one with a few entries, and always the padding that removals until the next
        # addition will take: were padding to run out, a beat that removes nothing real would show.
        reserve = min(LARGEST_RESERVE, REMOVAL_STEP * ceil(self.beats.additions / self.beats.removals))
        return self.join(work, segments, entries, reserve), whole

    def join(self, work: Work, segments: Sequence[SegmentRef], entries: list[bytes], reserve: int = 0) -> list[SegmentRef]:
        """A new segment of `entries`, padded to a step with room for `reserve` more, and what is crowded merged."""
        padded = ceil((len(entries) + reserve) / ADDITION_STEP) * ADDITION_STEP
        padding = [make_padding(work.random) for _ in range(padded - len(entries))]
        return self._merge([*segments, self._keep([*entries, *padding])])

    def _close_gaps(self, work: Work, place: Place) -> None:
        """Askers look up 0, 1, … until the first that is absent: where a lower number left, a higher one is listed under it."""
        held = (
            col(IndexItem.list_id) == place.list,
            col(IndexItem.epoch) == place.epoch,
            col(IndexItem.state).in_(("waiting", "listed")),
        )
        gaps = select(IndexItem.identifier).where(*held).group_by(IndexItem.identifier)
        with_gaps = gaps.having(func.max(IndexItem.j) >= func.count(col(IndexItem.id)))
        by_identifier: dict[str, list[IndexItem]] = {}
        for item in work.session.exec(select(IndexItem).where(*held, col(IndexItem.identifier).in_(with_gaps))).all():
            by_identifier.setdefault(item.identifier, []).append(item)
        for items in by_identifier.values():
            free = sorted(set(range(len(items))) - {item.j for item in items})
            for item in sorted(items, key=lambda item: item.j, reverse=True)[: len(free)]:
                if item.state == "waiting":
                    item.j = free.pop(0)
                    work.session.add(item)
                    continue
                moved = item.model_dump(exclude={"id", "j", "state", "tag"})
                work.session.add(IndexItem(**moved, j=free.pop(0), state="waiting"))
                item.state = "leaving"
                work.session.add(item)
        work.session.flush()

    def without_lost(self, work: Work, place: Place, segments: Sequence[SegmentRef]) -> list[SegmentRef]:
        """Those of `segments` whose files are here, whole. What stood in the others waits again, to be listed anew.

        A segment without its bitmap is lost with it: what was taken out of it must not be there again.
        """
        here = [each for each in segments if all(map(self.files.has, _files_of(each)))]
        if len(here) == len(segments):
            return here
        log.error("segments lost", extra={"list": place.list, "epoch": place.epoch, "lost": len(segments) - len(here)})
        with ExitStack() as open_files:
            opened = [open_files.enter_context(self.files.segment(reference.digest)) for reference in here]
            for item in items_of(work, place, "listed"):
                if item.tag is not None and not any(segment.find(bytes.fromhex(item.tag)) is not None for segment in opened):
                    item.tag, item.state = None, "waiting"
                    work.session.add(item)
        work.session.flush()
        return here

    def remove(self, work: Work, place: Place, segments: Sequence[SegmentRef]) -> list[SegmentRef]:
        """Mark what leaves, and as many positions of padding as the step asks for. Costs what is removed, not what is listed."""
        leaving = items_of(work, place, "leaving")
        tags = [bytes.fromhex(item.tag) for item in leaving if item.tag is not None]
        for item in leaving:
            work.session.delete(item)
        work.session.flush()
        bitmaps = [bytearray(self._bitmap(reference)) for reference in segments]
        with ExitStack() as open_files:
            opened = [open_files.enter_context(self.files.segment(reference.digest)) for reference in segments]
            for tag in tags:
                for segment, bitmap in zip(opened, bitmaps, strict=True):
                    position = segment.find(tag)
                    if position is not None:
                        bitmap[position // 8] |= 1 << position % 8
            self._remove_padding(work, place, opened, bitmaps, -len(tags) % REMOVAL_STEP if tags else REMOVAL_STEP)
        return [
            reference.model_copy(update={"removals": self.files.put(bytes(bitmap))})
            for reference, bitmap in zip(segments, bitmaps, strict=True)
        ]

    @staticmethod
    def _remove_padding(work: Work, place: Place, segments: Sequence[Segment], bitmaps: Sequence[bytearray], wanted: int) -> None:
        """Mark `wanted` entries that stand for nothing, drawn evenly over all positions."""
        total = sum(segment.count for segment in segments)
        for _ in range(DRAWS * wanted if total else 0):
            if wanted == 0:
                return
            number, position = 0, randbelow(total)
            while position >= segments[number].count:
                number, position = number + 1, position - segments[number].count
            if is_removed(bitmaps[number], position):
                continue
            tag = segments[number].entry(position)[:TAG_BYTES].hex()
            if (
                work.session.exec(select(IndexItem.id).where(IndexItem.tag == tag, IndexItem.list_id == place.list)).first()
                is None
            ):
                bitmaps[number][position // 8] |= 1 << position % 8
                wanted -= 1

    def _merge(self, segments: Sequence[SegmentRef]) -> list[SegmentRef]:
        """Merge `MERGE_WIDTH` segments of one size class into one, while there are. Padding survives; removed entries go."""
        ordered = sorted(segments, key=lambda reference: reference.count, reverse=True)
        while True:
            classes: dict[int, list[SegmentRef]] = {}
            for reference in ordered:
                classes.setdefault((reference.count // ADDITION_STEP).bit_length() // 2, []).append(reference)
            crowded = next((group for group in classes.values() if len(group) >= MERGE_WIDTH), None)
            if crowded is None:
                return ordered
            ordered = [reference for reference in ordered if reference not in crowded]
            ordered.append(self._merged(crowded))

    def _merged(self, segments: Sequence[SegmentRef]) -> SegmentRef:
        """One segment of all that is left in these. They are read where they lie and written as they are read."""
        bitmaps = [self._bitmap(reference) for reference in segments]
        count = sum(each.count for each in segments) - sum(int.from_bytes(bitmap).bit_count() for bitmap in bitmaps)
        with ExitStack() as open_files:
            opened = [open_files.enter_context(self.files.segment(reference.digest)) for reference in segments]
            left = [_left(segment, bitmap) for segment, bitmap in zip(opened, bitmaps, strict=True)]
            return SegmentRef(digest=self.files.put_pieces(segment_pieces(merge(*left), count)), count=count)

    def _bitmap(self, reference: SegmentRef) -> bytes:
        return build_removals((), reference.count) if reference.removals is None else self.files.read(reference.removals)

    def _keep(self, entries: Sequence[bytes]) -> SegmentRef:
        raw = build_segment(entries)
        return SegmentRef(digest=self.files.put(raw), count=Segment(raw).count)


def tell_waiting(place: Place, error: RegisterUnusable) -> None:
    """Say in the log that what waits goes on waiting, and why. A peer sees a beat without news."""
    log.error("additions wait", extra={"list": place.list, "epoch": place.epoch, "fault": error.fault.value})


def _left(segment: Segment, bitmap: bytes) -> Iterator[bytes]:
    return (segment.entry(at) for at in range(segment.count) if not is_removed(bitmap, at))


def items_of(work: Work, place: Place, *states: str, limit: int | None = None) -> Sequence[IndexItem]:
    """Items of one epoch in these states, oldest first; at most `limit`."""
    return work.session.exec(
        select(IndexItem)
        .where(IndexItem.list_id == place.list, IndexItem.epoch == place.epoch, col(IndexItem.state).in_(states))
        .order_by(col(IndexItem.id))
        .limit(limit)
    ).all()


def _files_of(reference: SegmentRef) -> list[str]:
    return [reference.digest] if reference.removals is None else [reference.digest, reference.removals]
