"""Taking somebody out of the protected register, which weakens a safeguard: two liaisons have to want it (ADR 44)."""

from sqlmodel import col, delete, select

from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards.errors import NotFourEyes
from node.safeguards.protected.entering import reference_digest
from node.store.database import Work
from node.store.tables import ProtectedEntry, ProtectedForm, ProtectedMark, ProtectedName, ProtectedRemoval
from protocol.journal import Act

PROPOSAL_LIFETIME = 7 * 86400
"""Seconds. Who confirms should still know why; what nobody confirmed in a week is proposed anew."""


class UnknownEntry(Exception):
    """The register has no entry under that national reference."""

    code = "unknown_entry"


def take_out(work: Work, keys: Keys, officer: ProtectionLiaison, reference: str) -> bool:
    """Propose that the entry of a national reference be taken out, or do it where another liaison has proposed it.

    Returns whether it was taken out. Raises `UnknownEntry`, and `NotFourEyes` for who has proposed it already.
    """
    held = select(ProtectedEntry).where(ProtectedEntry.reference == reference_digest(keys, reference))
    entry = work.session.exec(held).first()
    if entry is None:
        raise UnknownEntry
    proposal = work.session.get(ProtectedRemoval, entry.id)
    if proposal is None or proposal.proposed + PROPOSAL_LIFETIME < work.now():
        work.session.merge(ProtectedRemoval(entry=entry.id, proposed_by=officer.id, proposed=work.now()))
        work.record(Act.PROTECTED_REMOVAL_PROPOSED, officer=officer.id, entry=entry.id)
        return False
    if proposal.proposed_by == officer.id:
        raise NotFourEyes("proposed_it_yourself")
    for table in (ProtectedName, ProtectedMark, ProtectedForm, ProtectedRemoval):
        work.session.exec(delete(table).where(col(table.entry) == entry.id))
    work.session.delete(entry)
    work.record(Act.PROTECTED_REMOVED, officer=officer.id, entry=entry.id, proposed_by=proposal.proposed_by)
    return True
