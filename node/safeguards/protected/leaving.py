"""Taking somebody out of the protected register, which weakens a safeguard: two liaisons have to want it (ADR 44)."""

from sqlmodel import col, delete, select

from node.keys import Keys
from node.officers import ProtectionLiaison
from node.safeguards.errors import NotFourEyes
from node.safeguards.protected.entering import reference_digest, reference_of_subject
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

    Whom an import entered is named by the import's references of network and subject, as `NETWORK/SUBJECT`. Returns whether
    it was taken out. Raises `UnknownEntry`, and `NotFourEyes` for who has proposed it already.
    """
    of_import = reference_of_subject(keys.digest("subject", reference.strip().encode()))
    entry = _entry(work, reference_digest(keys, reference)) or _entry(work, reference_digest(keys, of_import))
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


def _entry(work: Work, reference: str) -> ProtectedEntry | None:
    return work.session.exec(select(ProtectedEntry).where(ProtectedEntry.reference == reference)).first()
