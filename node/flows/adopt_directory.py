"""Adopting the directory: refreshed from the Secretariat, verified by TUF, assembled, put on record, and into force at once.

What is in force is the directory less what states have revoked ahead of it (`revoke_keys.py`).
"""

import logging
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import col, select

from node.directory.adopted import AdoptedTargets
from node.directory.client import DirectoryClient
from node.directory.errors import Forged, Malformed
from node.federation import Federation
from node.flows.cosign_logs import settle_forks
from node.store import kept_directories
from node.store.database import Database
from node.store.openings import opening_of
from node.store.tables import AdoptedDirectory, HeldAhead
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from node.tls.errors import BadMaterial
from node.tls.trust import PeerIdentity, PeerTrust
from protocol.authority import Authority
from protocol.directory import Directory, WorkingEntry
from protocol.errors import DirectoryTooOld
from protocol.journal import Act

log = logging.getLogger("celosia.directory")


@dataclass(repr=False)
class AdoptDirectory:
    """The story's parts. `_adopted` is the directory as the Secretariat serves it; the federation's is that one narrowed."""

    database: Database
    federation: Federation
    client: DirectoryClient
    trust: PeerTrust
    _adopted: tuple[AdoptedTargets, Directory] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> bool:
        """Put in force what was adopted last, without network. False when nothing was, or a disk has torn it: it is fetched anew.

        Raises `FolderUnusable`. What python-tuf has seen refuses anything older meanwhile.
        """
        try:
            adopted = self.client.load()
        except (Malformed, Forged) as error:
            log.error("adopted directory unusable", extra={"code": error.code})
            return False
        if adopted is None:
            return False
        self._adopt(adopted)
        return True

    @story(SpanName.ADOPT)
    def refresh(self) -> Directory:
        """Fetch, verify and put in force. Raises `DirectoryError` or `ProtocolError`; then the old one stays in force."""
        self._adopt(self.client.refresh())
        return self.federation.directory

    @property
    def adopted(self) -> AdoptedTargets:
        """What was adopted last. Raises `DirectoryTooOld` while nothing was."""
        return self._as_served()[0]

    def put_in_force(self) -> None:
        """Narrow the directory by all that the store holds ahead of it; from now on everybody works with the outcome.

        To be called after each commit that changes either, one at a time: so the last to come has read what all others wrote.
        """
        with self._lock:
            ahead: dict[Authority, list[WorkingEntry]] = {}
            with self.database.read() as work:
                for held in work.session.exec(select(HeldAhead).order_by(col(HeldAhead.version))).all():
                    ahead.setdefault(Authority(held.authority), []).append(WorkingEntry.from_bytes(held.file))
            directory = self._as_served()[1].narrowed(ahead)
            before = self.federation.directory if self.federation.has_directory else None
            self.trust.replace(_identities(directory, before.pins() if before else {}))
            self.federation.adopt(directory)
            if before is None or before.ref != directory.ref:
                member = self.federation.me in directory.members
                facts = {"version": directory.ref.version, "members": len(directory.members), "we_are_a_member": member}
                log.log(logging.INFO if member else logging.WARNING, "directory adopted", extra=facts)

    def _as_served(self) -> tuple[AdoptedTargets, Directory]:
        if self._adopted is None:
            raise DirectoryTooOld("directory", reason="none_adopted")
        return self._adopted

    def _adopt(self, adopted: AdoptedTargets) -> None:
        directory = adopted.assemble()
        ref = directory.ref
        sys.audit("celosia.adopt_directory.assembled")
        with self.database.begin() as work:
            if work.session.get(AdoptedDirectory, (ref.version, ref.hash)) is None:
                act = work.record(Act.DIRECTORY_ADOPTED, version=ref.version, hash=ref.hash, members=sorted(directory.members))
                opened = opening_of(work, act)
                made = AdoptedDirectory(version=ref.version, hash=ref.hash, adopted=work.now(), act=act.x)
                made.opening = None if opened is None else opened.salt + opened.payload
                work.session.add(made)
            kept_directories.keep(work, ref.version, adopted.stored)
            settle_forks(work, {authority: member.log.name for authority, member in directory.members.items()})
            for held in work.session.exec(select(HeldAhead)).all():
                if held.version <= adopted.versions.get(held.authority, 0):  # the directory has caught up
                    work.session.delete(held)
        self._adopted = (adopted, directory)
        self.put_in_force()


def _identities(directory: Directory, known: Mapping[str, Authority]) -> list[PeerIdentity]:
    """Whom to take calls from. A member whose TLS entry is unusable is left out, and so is one that claims another's key:

    who held a pin before keeps it, and of two that claim a new one neither gets it. One state's entry never shuts out another's.
    """
    claims = Counter(pin for member in directory.members.values() for pin in member.tls_pins())
    identities = []
    for member in directory.members.values():
        pins = member.tls_pins()
        if any(claims[pin] > 1 and known.get(pin) != member.authority for pin in pins):
            continue
        try:
            identities.append(PeerIdentity(member.authority, member.working.tls_authority.encode(), pins))
        except BadMaterial:
            continue
    return identities
