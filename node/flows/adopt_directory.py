"""Adopting the directory: refreshed from the Secretariat, verified by TUF, assembled, put on record, and into force at once."""

import logging
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from node.directory.client import DirectoryClient
from node.directory.errors import Forged, Malformed
from node.federation import Federation
from node.store.acts import Act
from node.store.database import Database
from node.store.tables import AdoptedDirectory
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from node.tls.errors import BadMaterial
from node.tls.trust import PeerIdentity, PeerTrust
from protocol.authority import Authority
from protocol.directory import Directory

log = logging.getLogger("celosia.directory")


@dataclass(frozen=True, repr=False)
class AdoptDirectory:
    """The story's parts."""

    database: Database
    federation: Federation
    client: DirectoryClient
    trust: PeerTrust

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
        self._adopt(adopted.assemble())
        return True

    @story(SpanName.ADOPT)
    def refresh(self) -> Directory:
        """Fetch, verify and put in force. Raises `DirectoryError` or `ProtocolError`; then the old one stays in force."""
        adopted = self.client.refresh()
        directory = adopted.assemble()
        self._adopt(directory)
        return directory

    def _adopt(self, directory: Directory) -> None:
        known = self.federation.directory.pins() if self.federation.has_directory else {}
        self.trust.replace(_identities(directory, known))
        if not self.federation.has_directory or self.federation.directory.ref != directory.ref:
            member = self.federation.me in directory.members
            facts = {"version": directory.ref.version, "members": len(directory.members), "we_are_a_member": member}
            log.log(logging.INFO if member else logging.WARNING, "directory adopted", extra=facts)
        self.federation.adopt(directory)
        ref = directory.ref
        sys.audit("celosia.adopt_directory.in_force")
        with self.database.begin() as work:
            if work.session.get(AdoptedDirectory, (ref.version, ref.hash)) is None:
                work.session.add(AdoptedDirectory(version=ref.version, hash=ref.hash, adopted=work.now()))
                work.record(Act.DIRECTORY_ADOPTED, version=ref.version, hash=ref.hash, members=sorted(directory.members))


def _identities(directory: Directory, known: Mapping[str, Authority]) -> list[PeerIdentity]:
    """Whom to take calls from. A member whose TLS entry is unusable is left out, and so is one that claims another's key:

    who held a pin before keeps it, and of two that claim a new one neither gets it. One state's entry never shuts out another's.
    """
    claims = Counter(pin for member in directory.members.values() for pin in member.working.tls_pins)
    identities = []
    for member in directory.members.values():
        pins = frozenset(member.working.tls_pins)
        if any(claims[pin] > 1 and known.get(pin) != member.authority for pin in pins):
            continue
        try:
            identities.append(PeerIdentity(member.authority, member.working.tls_authority.encode(), pins))
        except BadMaterial:
            continue
    return identities
