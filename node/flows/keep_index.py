"""This node's own index: additions and removals on their beats, whether or not there is anything, and a manifest for each.

What a peer sees of a beat is the same shape every time: a segment of a padded size, or a bitmap with a stepped number of bits.
Which of them are withdrawals, expiries or nothing at all, only this node knows (mission rule 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom

from sqlmodel import col, select

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
                held = work.session.get_one(IndexList, listed.id)
                adds = work.now() - held.last_addition >= self.beats.additions
                removes = work.now() - held.last_removal >= self.beats.removals
                if not (adds or removes):
                    continue
                for period in _periods(work, held.id):
                    place = Place(self.federation.me, held.id, period.epoch)
                    segments = self._segments(work, place)
                    self._take_back_protected(work, place)
                    if removes:
                        segments = self._remove(work, place, segments)
                    if adds:
                        segments = self._add(work, place, segments)
                    self._issue(work, held, place, segments)
                    work.record(Act.INDEX_BEAT, list=held.id, epoch=period.epoch, segments=len(segments))
                held.last_addition = work.now() if adds else held.last_addition
                held.last_removal = work.now() if removes else held.last_removal
                work.session.add(held)
        self._forget_old_files()

    def _take_back_protected(self, work: Work, place: Place) -> None:
        """An identifier that became a protected person's since it was listed leaves with this beat."""
        for item in _items(work, place, "waiting", "listed"):
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
        # A beat without news still brings a whole step of padding, as one with a single entry does.
        padded = max(1, -(-len(entries) // ADDITION_STEP)) * ADDITION_STEP
        entries += [make_padding(work.random) for _ in range(padded - len(entries))]
        work.session.flush()
        return self._merge([*segments, self._keep(entries)])

    def _close_gaps(self, work: Work, place: Place) -> None:
        """Askers look up 0, 1, … until the first that is absent: where a lower number left, a higher one is listed under it."""
        by_identifier: dict[str, list[IndexItem]] = {}
        for item in _items(work, place, "waiting", "listed"):
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
        leaving = _items(work, place, "leaving")
        tags = {bytes.fromhex(item.tag) for item in leaving if item.tag is not None}
        for item in leaving:
            work.session.delete(item)
        work.session.flush()
        decoys = -len(tags) % REMOVAL_STEP if tags else REMOVAL_STEP
        listed = {item.tag for item in _items(work, place, "listed")}
        removed: dict[int, set[int]] = {}
        spare: list[tuple[int, int]] = []
        for number, reference in enumerate(segments):
            bitmap = self._bitmap(reference)
            with self.files.segment(reference.digest) as segment:
                for position in range(segment.count):
                    tag = segment.entry(position)[:TAG_BYTES]
                    if is_removed(bitmap, position) or tag in tags:
                        removed.setdefault(number, set()).add(position)
                    elif tag.hex() not in listed:
                        spare.append((number, position))
        for number, position in SystemRandom().sample(spare, min(decoys, len(spare))):
            removed.setdefault(number, set()).add(position)
        return [
            reference.model_copy(update={"removals": self.files.put(build_removals(removed.get(number, ()), reference.count))})
            for number, reference in enumerate(segments)
        ]

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
        """Files that no manifest names any more which a peer may still rest an answer on."""
        with self.database.read() as work:
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
