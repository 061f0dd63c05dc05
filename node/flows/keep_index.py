"""This node's own index: additions and removals on their beats, whether or not there is anything, and a manifest for each.

Removals and manifests never wait for the protected register: while it cannot be looked up, additions alone do, until the next
addition. Peers get padding in their place.

An epoch gets beats from its beginning to its end, once the adopted directory carries its key: a manifest under a key that the
directory lacks would be refused. Where two epochs overlap, both get everything.
"""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from node.federation import Federation
from node.flows import list_identifiers
from node.flows.list_segments import ListSegments
from node.flows.prepare_entries import PrepareEntries
from node.keys import Keys
from node.settings import Beats
from node.store import list_epochs, manifests, removals, restorations
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.tables import IndexItem, IndexList, ListEpoch
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol.audience import ALL
from protocol.authority import Authority
from protocol.directory import ENTROPY_CLASSES
from protocol.identifiers import NORMALISER_VERSIONS
from protocol.index.entry import Place
from protocol.index.manifest import Manifest, SegmentRef, sign_manifest
from protocol.journal import Act
from protocol.names import NAME_KEYS_VERSION, NAME_KIND

log = logging.getLogger("celosia.lists")


@dataclass(frozen=True, repr=False)
class KeepIndex:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation
    files: IndexFiles
    beats: Beats
    segments: ListSegments
    prepare: PrepareEntries

    @story(SpanName.INDEX_BEAT)
    def beat(self, confirmed: int | None = None) -> None:
        """Do for each list and epoch what is due by now; `confirmed`: the time, read before the clock could jump again."""
        with self.database.read() as work:
            people_first = select(IndexList).order_by(col(IndexList.entropy).desc())  # so says `list_identifiers.note_moved`
            lists = [] if restorations.is_open(work) else work.session.exec(people_first).all()
        for listed in lists:
            self._prepare(listed, confirmed)
            with self.database.begin() as work:
                now = work.now() if confirmed is None else confirmed
                held = work.session.get_one(IndexList, listed.id)
                adds = _is_due(held.last_addition, self.beats.additions, now)
                # With additions always go removals: a leaving entry must be gone before its number is given to another one.
                removes = adds or _is_due(held.last_removal, self.beats.removals, now)
                if not removes:
                    continue
                added: list[bool] = []
                for period in list_epochs.kept(work, held.id):
                    place = Place(self.federation.me, held.id, period.epoch)
                    if self._is_served(work, period) and not self._is_ahead(work, place, now):
                        added.append(self._beat(work, held, period, now, adds=adds))
                if added:  # else no peer was brought anything
                    list_identifiers.note_moved(work, held, added=all(added))
                held.last_addition = now if adds else held.last_addition
                held.last_removal = now
                work.session.add(held)
            sys.audit("celosia.keep_index.issued")
        self._forget_old_files()

    def _prepare(self, listed: IndexList, confirmed: int | None) -> None:
        with self.database.read() as work:
            now = work.now() if confirmed is None else confirmed
            epochs = [each.epoch for each in list_epochs.kept(work, listed.id)]
        for epoch in epochs if _is_due(listed.last_addition, self.beats.additions, now) else ():
            self.prepare.prepare(Place(self.federation.me, listed.id, epoch))

    def _beat(self, work: Work, listed: IndexList, period: ListEpoch, now: int, *, adds: bool) -> bool:
        """One beat of an epoch. Returns whether what waited was brought to the peers."""
        place = Place(self.federation.me, listed.id, period.epoch)
        before = manifests.newest(work, place.authority, place.list, place.epoch)
        prepared = list_epochs.prepared(period)
        segments = [*(() if before is None else manifests.content(before).segments), *prepared]
        here = self.segments.without_lost(work, place, segments)
        lost = len(here) < len(segments)
        segments = self.segments.remove(work, place, here)
        sys.audit("celosia.keep_index.removed")
        # what was published while the epoch was prepared must not wait for a day
        adds = adds or lost or bool(prepared) or before is None
        if adds:
            segments, adds = self.segments.add(work, place, segments)
            sys.audit("celosia.keep_index.added")
        if prepared:
            list_epochs.keep_prepared(work, period, [])
        self._issue(work, listed, place, segments, now)
        sys.audit("celosia.keep_index.signed")
        work.record(Act.INDEX_BEAT, list=listed.id, epoch=period.epoch, segments=len(segments))
        return adds

    def _is_served(self, work: Work, period: ListEpoch) -> bool:
        """Whether peers may rest answers on this epoch now: its key is the directory's, its time has come, nothing is missing."""
        if not period.filled or not self.keys.has_epoch(period.list_id, period.epoch):
            return False
        me = self.federation.me
        listed = self.federation.directory.member(me).epoch_key(period.list_id, period.epoch, work.now())
        return listed is not None and bytes(listed) == bytes(self.keys.epoch_key(me, period.list_id, period.epoch).public)

    def _is_ahead(self, work: Work, place: Place, now: int) -> bool:
        """Whether the chain's last manifest says that it was issued later than now: the clock was ahead then, or is behind now.

        One that says an earlier time than the one before is refused by every peer for good, and with it all that follow. So the
        chain waits for that time.
        """
        before = manifests.newest(work, place.authority, place.list, place.epoch)
        ahead = 0 if before is None else manifests.content(before).issued - now
        if ahead > 0:
            log.error("last manifest is later than now", extra={"list": place.list, "epoch": place.epoch, "seconds": ahead})
        return ahead > 0

    def _issue(self, work: Work, listed: IndexList, place: Place, segments: Sequence[SegmentRef], now: int) -> None:
        before = manifests.newest(work, place.authority, place.list, place.epoch)
        key = self.keys.epoch_key(place.authority, place.list, place.epoch)
        manifest = Manifest(
            authority=place.authority,
            list=place.list,
            audience="all" if listed.audience == ALL else "set",
            entropy=ENTROPY_CLASSES[listed.entropy],
            epoch=place.epoch,
            position=0 if before is None else before.position + 1,
            previous=None if before is None else before.digest,
            issued=now,
            valid_until=now + self.beats.manifest_validity,
            key=bytes(key.public),
            normalisers=_versions(work, place, listed.entropy),
            segments=tuple(segments),
        )
        manifests.keep(work, sign_manifest(manifest, self.keys.signing), usable=True)
        removals.note_left(work, place, manifest.position)

    def _forget_old_files(self) -> None:
        """Files that no manifest names any more which a peer may still rest an answer on: of an epoch that is over, all.

        Within a unit of work that writes: no manifest comes in between, so no file of one goes that was fetched meanwhile.
        """
        with self.database.begin() as work:
            named: set[str] = set()
            references: list[SegmentRef] = []
            for chain in manifests.chains(work):
                if not self._is_over(work, *chain):
                    references += [
                        each for held in manifests.still_valid(work, *chain) for each in manifests.content(held).segments
                    ]
            for period in work.session.exec(select(ListEpoch)).all():
                references += list_epochs.prepared(period)
            for reference in references:
                named |= {reference.digest} | ({reference.removals} if reference.removals else set())
            sys.audit("celosia.keep_index.named")
            self.files.forget_all_but(named)
            sys.audit("celosia.keep_index.forgotten")

    def _is_over(self, work: Work, authority: str, list_id: str, epoch: int) -> bool:
        """Of ours we know it ourselves; of others by the directory. A state that it has no entry of now may come back."""
        if authority == self.federation.me:
            period = work.session.get(ListEpoch, (list_id, epoch))
            return period is None or period.not_after <= work.now()
        member = self.federation.directory.members.get(Authority(authority))
        listed = None if member is None else member.list_entry(list_id)
        ends = [period.not_after for period in (() if listed is None else listed.epochs) if period.epoch == epoch]
        return member is not None and all(end <= work.now() for end in ends)


def _versions(work: Work, place: Place, entropy: str) -> dict[str, str]:
    """Of each kind the version under which the entries here were made: this software's, unless older ones are still listed.

    A kind whose entries were made under several is left out, so that nobody takes silence about some of them for an answer.
    """
    versions = {NAME_KIND: NAME_KEYS_VERSION} if entropy == "name_keys" else {k.value: v for k, v in NORMALISER_VERSIONS.items()}
    of_this = (IndexItem.list_id == place.list, IndexItem.epoch == place.epoch, IndexItem.state == "listed")
    made: dict[str, set[str]] = {}
    for kind, version in work.session.exec(select(IndexItem.kind, IndexItem.version).where(*of_this).distinct()).all():
        made.setdefault(kind, set()).add(version)
    named = {kind: made.get(kind, {version}) for kind, version in versions.items()}
    return {kind: "".join(under) for kind, under in named.items() if len(under) == 1}


def _is_due(last: int, every: float, now: int) -> bool:
    """A time later than now was noted by a clock that was ahead: what it counts from is not known any more."""
    return not last <= now < last + every
