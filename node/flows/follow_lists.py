"""Following the peers' lists: fetch each new manifest, check its place in its chain, download what is missing, then use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import col, select

from node.federation import Federation
from node.flows import hear_heads
from node.flows.call_peer import CallPeer
from node.outbound.errors import PeerFault
from node.outbound.peers import PeerLines
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.safeguards.errors import Stopped
from node.store import manifests
from node.store.acts import Act
from node.store.database import Database
from node.store.index_files import IndexFiles
from node.store.tables import Equivocation, HeldManifest
from protocol.authority import Authority
from protocol.envelope import Head
from protocol.errors import ProtocolError
from protocol.index.manifest import Manifest, SegmentRef, SignedManifest, check_successor, read_manifest
from protocol.index.segment import check_removals, check_segment
from protocol.limits import ENTRY_BYTES, SEGMENT_HEADER_BYTES
from protocol.messages import KnownHead, Manifests, ManifestsWanted, ManifestWanted

_PAGES_A_VISIT = 100
"""A peer that says "more" for ever gets no more than this many requests a visit: a thousand manifests, weeks of beats."""


@dataclass(frozen=True, repr=False)
class FollowLists:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door
    lines: PeerLines
    call: CallPeer
    files: IndexFiles

    def visit(self, peer: Authority) -> None:
        """Bring everything held of `peer`'s lists up to date.

        Raises `Stopped`, `PeerFault`, `ProtocolError`; what was adopted before stays in use until its validity ends.
        """
        for _ in range(_PAGES_A_VISIT):
            with self.database.read() as work:
                newest = [manifests.newest(work, *chain) for chain in manifests.chains(work, peer)]
            known = tuple(
                KnownHead(list=held.list_id, epoch=held.epoch, position=held.position) for held in newest if held is not None
            )
            reply = self.call.ask(Outgoing(peer, ManifestsWanted(known=known)), Manifests).body
            for raw in reply.manifests:
                self._adopt(peer, raw)
            if not reply.more:
                break
        with self.database.read() as work:
            newest = [manifests.newest(work, *chain) for chain in manifests.chains(work, peer)]
        for held in newest:
            if held is not None and not held.usable:
                self._complete(peer, held)

    def visit_all(self) -> None:
        """Visit every peer; one peer's fault holds nobody else up, and is on record with the call."""
        for peer in self.federation.peers():
            try:
                self.visit(peer)
            except (Stopped, PeerFault, ProtocolError):
                continue
        self._seek_proofs()

    def _adopt(self, peer: Authority, raw: bytes) -> None:
        signed = read_manifest(raw, self.federation.directory.member(peer).record_keys(), peer)
        manifest = signed.manifest
        if manifest.position > 0 and manifest.previous is not None:
            self._compare_predecessor(peer, manifest, manifest.previous)
        with self.database.begin() as work:
            held = manifests.at_position(work, peer, manifest.list, manifest.epoch, manifest.position)
            if held is not None:
                if held.digest != signed.digest:
                    hear_heads.prove(work, signed, reporter=peer)
                return
            before = manifests.newest(work, peer, manifest.list, manifest.epoch)
            check_successor(
                manifest, None if before is None else SignedManifest(manifests.content(before), before.raw, before.digest)
            )
            manifests.keep(work, signed, usable=False)

    def _compare_predecessor(self, peer: Authority, manifest: Manifest, previous: str) -> None:
        """A manifest that names another predecessor than the one held here is a head at one position: noticed, then proven."""
        before = Head(authority=peer, list=manifest.list, epoch=manifest.epoch, position=manifest.position - 1, digest=previous)
        with self.database.begin() as work:
            held = manifests.at_position(work, peer, before.list, before.epoch, before.position)
            if held is not None and held.digest != previous:
                hear_heads.notice(work, before, ours=held.digest, reporter=peer)

    def _complete(self, peer: Authority, held: HeldManifest) -> None:
        manifest = manifests.content(held)
        for reference in manifest.segments:
            self._download(peer, reference)
        with self.database.begin() as work:
            row = work.session.get_one(HeldManifest, held.digest)
            row.usable = True
            work.session.add(row)
            work.record(Act.MANIFEST_ADOPTED, authority=peer, list=held.list_id, epoch=held.epoch, manifest=held.digest)

    def _download(self, peer: Authority, reference: SegmentRef) -> None:
        """What is here already was checked when it came."""
        if not self.files.has(reference.digest):
            size = SEGMENT_HEADER_BYTES + reference.count * ENTRY_BYTES
            raw = self.lines.read_index_file(self.door.reading(reference.digest, peer), size)
            check_segment(raw, reference.digest, reference.count)
            self.files.put(raw)
        if reference.removals is not None and not self.files.has(reference.removals):
            raw = self.lines.read_index_file(self.door.reading(reference.removals, peer), (reference.count + 7) // 8)
            check_removals(raw, reference.removals, reference.count)
            self.files.put(raw)

    def _seek_proofs(self) -> None:
        """For every suspicion, ask who reported it for the signed manifest that it saw."""
        with self.database.read() as work:
            open_questions: Sequence[Equivocation] = work.session.exec(
                select(Equivocation).where(~col(Equivocation.proven))
            ).all()
        for suspicion in open_questions:
            accused, reporter = Authority(suspicion.authority), Authority(suspicion.reporter)
            wanted = ManifestWanted(authority=accused, list=suspicion.list_id, epoch=suspicion.epoch, position=suspicion.position)
            try:
                reply = self.call.ask(Outgoing(reporter, wanted), Manifests)
                read = partial(read_manifest, keys=self.federation.directory.member(accused).record_keys(), authority=accused)
                for raw in reply.body.manifests[:1]:
                    with self.database.begin() as work:
                        hear_heads.prove(work, read(raw), reporter=reporter)
            except (Stopped, PeerFault, ProtocolError):
                continue
