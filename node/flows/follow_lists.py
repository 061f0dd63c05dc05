"""Following the peers' lists: fetch each new manifest, check its place in its chain, download what is missing, then use it."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field

from sqlmodel import col, select

from node.federation import Federation
from node.flows import hear_heads, recheck_hits
from node.flows.call_peer import CallPeer, refuse_denied
from node.flows.peer_workers import PeerWorkers
from node.outbound.errors import PeerFault
from node.outbound.peers import PeerLines
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.safeguards.errors import Stopped
from node.store import manifests
from node.store.database import Database
from node.store.index_files import IndexFiles
from node.store.tables import Equivocation, HeldManifest
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol.authority import Authority
from protocol.envelope import Head
from protocol.errors import ManifestRefused, ProtocolError
from protocol.index.manifest import Manifest, SegmentRef, SignedManifest, check_listed, check_successor, read_manifest
from protocol.index.segment import SegmentCheck, check_removals, check_segment_form
from protocol.journal import Act
from protocol.limits import ENTRY_BYTES, HEADS_AN_ENVELOPE, PEER_INDEX_BYTES, SEGMENT_HEADER_BYTES
from protocol.messages import KnownHead, Manifests, ManifestsWanted, ManifestWanted

log = logging.getLogger("celosia.lists")

_PAGES_A_VISIT = 100
"""A peer that says "more" for ever gets no more than this many requests a visit: a thousand manifests, weeks of beats."""
_SUSPICIONS_A_VISIT = 8
"""Each is asked for once: invented heads cost the node that many calls and no more."""


@dataclass(frozen=True, repr=False)
class FollowLists:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door
    lines: PeerLines
    call: CallPeer
    files: IndexFiles
    peer_workers: PeerWorkers
    _told: dict[Authority, str] = field(default_factory=dict, init=False)

    @story(SpanName.FOLLOW)
    def visit(self, peer: Authority, before_each: Callable[[], object] = lambda: None) -> None:
        """Bring everything held of `peer`'s lists up to date. `before_each` request, the caller may end it by raising.

        Raises `Stopped`, `PeerFault`, `ProtocolError`; what was adopted before stays in use until its validity ends.
        """
        with self.database.read() as work:
            refuse_denied(work, peer)
        for _ in range(_PAGES_A_VISIT):
            before_each()
            newest = self._newest_listed(peer)
            known = tuple(KnownHead(list=held.list_id, epoch=held.epoch, position=held.position) for held in newest)
            reply = self.call.ask(Outgoing(peer, ManifestsWanted(known=known)), Manifests).body
            taken = [self._adopt(peer, raw) for raw in reply.manifests]
            if not reply.more or not any(taken):
                break
        member = self.federation.directory.member(peer)
        with self.database.read() as work:
            now = work.now()
        for held in self._newest_listed(peer):
            if member.epoch_key(held.list_id, held.epoch, now) is None:
                continue  # over: nobody asks under it, its files are put away here, and its holder serves them no more
            if not held.usable or not self.is_here(held):
                self._complete(peer, held, before_each)

    def is_here(self, held: HeldManifest) -> bool:
        """Whether every file that a manifest names lies here, whole. A disk can lose what was fetched: it is fetched again."""
        named = [(reference.digest, reference.removals) for reference in manifests.content(held).segments]
        return all(self.files.has(digest) for pair in named for digest in pair if digest is not None)

    def visit_all(self) -> list[Future[object]]:
        """Visit every peer, each on a worker of its own: whatever goes wrong with one, the others' lists stay fresh."""
        started = [self.peer_workers.start(peer, self._visit_quietly) for peer in self.federation.peers()]
        return [future for future in started if future is not None]

    def _visit_quietly(self, peer: Authority) -> None:
        outcome = "complete"
        try:
            self.visit(peer)
        except (Stopped, PeerFault, ProtocolError) as fault:
            outcome = fault.reason if isinstance(fault, PeerFault) else fault.code
        if self._told.get(peer, "complete") != outcome:  # told when it changes, not at every beat
            log.info("visit ended", extra={"peer": peer, "outcome": outcome})
        self._told[peer] = outcome
        self._seek_proofs(peer)

    def _newest_listed(self, peer: Authority) -> list[HeldManifest]:
        """The newest manifest held of each list and epoch that the directory has of `peer`."""
        listed = [
            (entry.list, period.epoch)
            for entry in self.federation.directory.member(peer).working.lists
            for period in entry.epochs
        ]
        with self.database.read() as work:
            newest = [manifests.newest(work, peer, *place) for place in listed[:HEADS_AN_ENVELOPE]]
        return [held for held in newest if held is not None]

    def _adopt(self, peer: Authority, raw: bytes) -> bool:
        """Take a manifest and return True, or pass over one of an epoch that our directory lacks: theirs may be newer."""
        directory = self.federation.directory
        signed = read_manifest(raw, directory.member(peer).record_keys(), peer)
        manifest = signed.manifest
        entry = directory.member(peer).list_entry(manifest.list)
        if entry is not None and manifest.epoch not in [period.epoch for period in entry.epochs]:
            return False
        with self.database.read() as work:
            check_listed(manifest, directory.member(peer), directory, work.now())
        if manifest.position > 0 and manifest.previous is not None:
            self._compare_predecessor(peer, manifest, manifest.previous)
        with self.database.begin() as work:
            held = manifests.at_position(work, peer, manifest.list, manifest.epoch, manifest.position)
            if held is not None:
                if held.digest != signed.digest:
                    hear_heads.prove(work, signed, reporter=peer)
                return True
            before = manifests.newest(work, peer, manifest.list, manifest.epoch)
            check_successor(
                manifest, None if before is None else SignedManifest(manifests.content(before), before.raw, before.digest)
            )
            manifests.keep(work, signed, usable=False)
        sys.audit("celosia.follow_lists.adopted")
        return True

    def _compare_predecessor(self, peer: Authority, manifest: Manifest, previous: str) -> None:
        """A manifest that names another predecessor than the one held here is a head at one position: noticed, then proven."""
        before = Head(authority=peer, list=manifest.list, epoch=manifest.epoch, position=manifest.position - 1, digest=previous)
        with self.database.begin() as work:
            held = manifests.at_position(work, peer, before.list, before.epoch, before.position)
            if held is not None and held.digest != previous:
                hear_heads.notice(work, before, ours=held.digest, reporter=peer)

    def _complete(self, peer: Authority, held: HeldManifest, before_each: Callable[[], object]) -> None:
        manifest = manifests.content(held)
        # removals of what is here come first: they count at once, and must not wait for a list that is too large or does not come
        for reference in manifest.segments:
            if reference.removals is not None and self.files.has(reference.digest):
                before_each()
                self._fetch_removals(peer, reference, reference.removals)
        self._check_room(peer, manifest)
        for reference in manifest.segments:
            before_each()
            self._download(peer, reference)
            sys.audit("celosia.follow_lists.downloaded")
        if held.usable:
            return
        rechecked = recheck_hits.recheck(self.database, self.files, held)
        with self.database.begin() as work:
            row = work.session.get_one(HeldManifest, held.digest)
            row.usable = True
            work.session.add(row)
            recheck_hits.keep(work, rechecked)
            work.record(Act.MANIFEST_ADOPTED, authority=peer, list=held.list_id, epoch=held.epoch, manifest=held.digest)
            sys.audit("celosia.follow_lists.complete")

    def _download(self, peer: Authority, reference: SegmentRef) -> None:
        """What is here already may have come as something else: its form is checked for what it is to be now."""
        if self.files.has(reference.digest):
            with self.files.buffer(reference.digest) as buffer:
                check_segment_form(buffer, reference.count)
        else:
            size = SEGMENT_HEADER_BYTES + reference.count * ENTRY_BYTES
            with self._calling(peer):
                self.files.put_pieces(self._checked(peer, reference, size))
        if reference.removals is not None:
            self._fetch_removals(peer, reference, reference.removals)

    def _fetch_removals(self, peer: Authority, reference: SegmentRef, removals: str) -> None:
        if self.files.has(removals):
            check_removals(self.files.read(removals), removals, reference.count)
        else:
            with self._calling(peer):
                size = (reference.count + 7) // 8
                raw = b"".join(self.lines.read_index_file(self.door.reading(reference, peer, removals=True), size))
            check_removals(raw, removals, reference.count)
            self.files.put(raw)

    def _calling(self, peer: Authority) -> AbstractContextManager[object]:
        return self.database.telemetry.span(SpanName.CALL, peer=peer, message="index_file")

    def _checked(self, peer: Authority, reference: SegmentRef, size: int) -> Iterator[bytes]:
        """A segment as it comes from the line; `SegmentRefused` at the first byte that the manifest does not name."""
        check = SegmentCheck(reference.digest, reference.count)
        with closing(self.lines.read_index_file(self.door.reading(reference, peer), size)) as pieces:
            for piece in pieces:
                check.take(piece)
                yield piece
        check.end()

    def _check_room(self, peer: Authority, manifest: Manifest) -> None:
        """Raise `ManifestRefused` if, with these segments, `peer`'s lists would take more of our disk than one peer may."""
        with self.database.read() as work:
            kept = [
                manifests.content(held) for chain in manifests.chains(work, peer) for held in manifests.still_valid(work, *chain)
            ]
        sizes = {
            reference.digest: SEGMENT_HEADER_BYTES + reference.count * ENTRY_BYTES
            for each in (manifest, *kept)
            for reference in each.segments
            if each is manifest or self.files.has(reference.digest)
        }
        if sum(sizes.values()) > PEER_INDEX_BYTES:
            raise ManifestRefused("manifest.segments", reason="too_much_for_one_peer", limit=PEER_INDEX_BYTES)

    def _seek_proofs(self, reporter: Authority) -> None:
        """For every suspicion that `reporter` raised, ask it for the signed manifest that it saw, until it has answered once."""
        with self.database.read() as work:
            suspicions: Sequence[Equivocation] = work.session.exec(
                select(Equivocation)
                .where(~col(Equivocation.proven), ~col(Equivocation.asked), Equivocation.reporter == reporter)
                .limit(_SUSPICIONS_A_VISIT)
            ).all()
        for suspicion in suspicions:
            accused = Authority(suspicion.authority)
            wanted = ManifestWanted(authority=accused, list=suspicion.list_id, epoch=suspicion.epoch, position=suspicion.position)
            try:
                reply = self.call.ask(Outgoing(reporter, wanted), Manifests)
            except (Stopped, PeerFault, ProtocolError):
                return
            with self.database.begin() as work:
                held = work.session.get_one(Equivocation, suspicion.id)
                held.asked = True
                work.session.add(held)
            for raw in reply.body.manifests[:1]:
                self._weigh(accused, reporter, raw)

    def _weigh(self, accused: Authority, reporter: Authority, raw: bytes) -> None:
        try:
            signed = read_manifest(raw, self.federation.directory.member(accused).record_keys(), accused)
        except ProtocolError:
            return  # not the accused's own hand: it proves nothing
        with self.database.begin() as work:
            hear_heads.prove(work, signed, reporter=reporter)
