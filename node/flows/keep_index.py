"""This node's own index: additions and removals on their beats, whether or not there is anything, and a manifest for each.

What a peer sees of a beat is the same shape every time: a segment of a padded size, or a bitmap with a stepped number of bits.
Which of them are withdrawals, expiries or nothing at all, only this node knows (mission rule 4).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil
from secrets import randbelow

from sqlalchemy import func
from sqlmodel import col, delete, select

from node.federation import Federation
from node.keys import Keys
from node.safeguards import protected
from node.settings import Beats
from node.store import manifests
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.tables import IndexItem, IndexList, ListEpoch
from protocol.audience import ALL
from protocol.identifiers import NORMALISER_VERSIONS
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label, Place, make_entry, make_padding, tag_of
from protocol.index.manifest import Manifest, SegmentRef, sign_manifest
from protocol.index.segment import Segment, build_removals, build_segment, is_removed
from protocol.limits import TAG_BYTES

ADDITION_STEP = 256
"""A beat's new segment holds a multiple of this many entries: between 0 and 255 of them are padding."""
REMOVAL_STEP = 8
"""A beat removes a multiple of this many entries; what is missing is taken from padding."""
DRAWS = 64
"""How often a position is drawn for each entry of padding to remove: padding is rarely less than a tenth of a list."""
MERGE_WIDTH = 4
"""So many segments of one size class are merged into one: their number stays logarithmic."""


@dataclass(frozen=True, repr=False)
class KeepIndex:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation
    files: IndexFiles
    beats: Beats

    def beat(self) -> None:
        """Do for each list and epoch what is due by now."""
        with self.database.read() as work:
            lists = work.session.exec(select(IndexList)).all()
        for listed in lists:
            with self.database.begin() as work:
                self._end_epochs(work, listed.id)
                held = work.session.get_one(IndexList, listed.id)
                adds = work.now() - held.last_addition >= self.beats.additions
                # With additions always go removals: a leaving entry must be gone before its number is given to another one.
                removes = adds or work.now() - held.last_removal >= self.beats.removals
                if not removes:
                    continue
                for period in _periods(work, held.id):
                    place = Place(self.federation.me, held.id, period.epoch)
                    segments = self._segments(work, place)
                    self._take_back_protected(work, place, since=held.last_removal)
                    segments = self._remove(work, place, segments)
                    if adds:
                        segments = self._add(work, place, segments)
                    self._issue(work, held, place, segments)
                    work.record(Act.INDEX_BEAT, list=held.id, epoch=period.epoch, segments=len(segments))
                held.last_addition = work.now() if adds else held.last_addition
                held.last_removal = work.now()
                work.session.add(held)
        self._forget_old_files()

    def _end_epochs(self, work: Work, list_id: str) -> None:
        """An epoch that is over: its seed is destroyed, so that nobody can evaluate for it any more, and its items go."""
        for period in work.session.exec(
            select(ListEpoch).where(ListEpoch.list_id == list_id, ListEpoch.not_after <= work.now())
        ).all():
            if self.keys.destroy_epoch(list_id, period.epoch):
                work.session.exec(
                    delete(IndexItem).where(col(IndexItem.list_id) == list_id, col(IndexItem.epoch) == period.epoch)
                )
                work.record(Act.EPOCH_ENDED, list=list_id, epoch=period.epoch)

    def _take_back_protected(self, work: Work, place: Place, since: int) -> None:
        """An identifier that became a protected person's leaves with this beat.

        What was listed is looked at again only when marks have come since the last beat: each look costs a group operation.
        """
        states = ("waiting", "listed") if protected.any_since(work, since) else ("waiting",)
        for item in _items(work, place, *states):
            if protected.is_protected(work, self.keys, work.open_at_rest(item.input_sealed, "case_identifiers")):
                item.state = "leaving"
                work.session.add(item)
        work.session.flush()

    def _add(self, work: Work, place: Place, segments: Sequence[SegmentRef]) -> list[SegmentRef]:
        self._close_gaps(work, place)
        key = self.keys.epoch_key(place.authority, place.list, place.epoch)
        entries = []
        for item in _items(work, place, "waiting"):
            output = key.evaluate_input(work.open_at_rest(item.input_sealed, "case_identifiers"))
            label = Label(item.record_id, KEY_TYPE_IDENTIFIER, item.handle)
            entries.append(make_entry(output, item.j, label, place, work.random))
            item.tag, item.state = tag_of(output, item.j).hex(), "listed"
            work.session.add(item)
        # A beat without news brings as much as one with a few entries, and always the padding that removals until the next
        # addition will take: were padding to run out, a beat that removes nothing real would show.
        reserve = min(ADDITION_STEP, REMOVAL_STEP * ceil(self.beats.additions / self.beats.removals))
        padded = ceil((len(entries) + reserve) / ADDITION_STEP) * ADDITION_STEP
        entries += [make_padding(work.random) for _ in range(padded - len(entries))]
        work.session.flush()
        return self._merge([*segments, self._keep(entries)])

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

    def _remove(self, work: Work, place: Place, segments: Sequence[SegmentRef]) -> list[SegmentRef]:
        """Mark what leaves, and as many positions of padding as the step asks for. Costs what is removed, not what is listed."""
        leaving = _items(work, place, "leaving")
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
            entries = [entry for reference in crowded for entry in self._entries(reference)]
            ordered = [reference for reference in ordered if reference not in crowded]
            ordered.append(self._keep(entries))

    def _entries(self, reference: SegmentRef) -> list[bytes]:
        bitmap = self._bitmap(reference)
        with self.files.segment(reference.digest) as segment:
            return [segment.entry(at) for at in range(segment.count) if not is_removed(bitmap, at)]

    def _bitmap(self, reference: SegmentRef) -> bytes:
        return build_removals((), reference.count) if reference.removals is None else self.files.read(reference.removals)

    def _keep(self, entries: Sequence[bytes]) -> SegmentRef:
        raw = build_segment(entries)
        return SegmentRef(digest=self.files.put(raw), count=Segment(raw).count)

    def _segments(self, work: Work, place: Place) -> list[SegmentRef]:
        held = manifests.newest(work, place.authority, place.list, place.epoch)
        return [] if held is None else list(manifests.content(held).segments)

    def _issue(self, work: Work, listed: IndexList, place: Place, segments: Sequence[SegmentRef]) -> None:
        before = manifests.newest(work, place.authority, place.list, place.epoch)
        key = self.keys.epoch_key(place.authority, place.list, place.epoch)
        manifest = Manifest(
            authority=place.authority,
            list=place.list,
            audience="all" if listed.audience == ALL else "set",
            entropy="identifiers",
            epoch=place.epoch,
            position=0 if before is None else before.position + 1,
            previous=None if before is None else before.digest,
            issued=work.now(),
            valid_until=work.now() + self.beats.manifest_validity,
            key=bytes(key.public),
            normalisers={kind.value: version for kind, version in NORMALISER_VERSIONS.items()},
            segments=tuple(segments),
        )
        manifests.keep(work, sign_manifest(manifest, self.keys.signing), usable=True)

    def _forget_old_files(self) -> None:
        """Files that no manifest names any more which a peer may still rest an answer on.

        Within a unit of work that writes: no manifest comes in between, so no file of one goes that was fetched meanwhile.
        """
        with self.database.begin() as work:
            named: set[str] = set()
            for chain in manifests.chains(work):
                for held in manifests.still_valid(work, *chain):
                    for reference in manifests.content(held).segments:
                        named |= {reference.digest} | ({reference.removals} if reference.removals else set())
            self.files.forget_all_but(named)


def _periods(work: Work, list_id: str) -> Sequence[ListEpoch]:
    now = work.now()
    return work.session.exec(
        select(ListEpoch).where(ListEpoch.list_id == list_id, ListEpoch.not_before <= now, ListEpoch.not_after > now)
    ).all()


def _items(work: Work, place: Place, *states: str) -> Sequence[IndexItem]:
    return work.session.exec(
        select(IndexItem)
        .where(IndexItem.list_id == place.list, IndexItem.epoch == place.epoch, col(IndexItem.state).in_(states))
        .order_by(col(IndexItem.id))
    ).all()
