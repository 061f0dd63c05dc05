"""What peers say they have seen of everybody's lists: two heads at one position prove that a holder shows two histories."""

from sqlmodel import select

from node.store import manifests
from node.store.database import Work
from node.store.tables import Equivocation, HeardHead
from protocol.admission import Admitted
from protocol.envelope import Head
from protocol.index.manifest import SignedManifest
from protocol.journal import Act
from protocol.messages import Body


def hear(work: Work, admitted: Admitted[Body]) -> None:
    """Compare the heads of an admitted envelope with the chains held here, and remember the newest of each."""
    for head in admitted.envelope.heads:
        held = manifests.at_position(work, head.authority, head.list, head.epoch, head.position)
        if held is not None and held.digest != head.digest:
            notice(work, head, ours=held.digest, reporter=admitted.envelope.sender)
        key = (admitted.envelope.sender, head.authority, head.list, head.epoch)
        heard = work.session.get(HeardHead, key)
        if heard is None:
            heard = HeardHead(
                reporter=key[0], authority=key[1], list_id=key[2], epoch=key[3], position=-1, digest="", heard=work.now()
            )
        if head.position >= heard.position:
            heard.position, heard.digest, heard.heard = head.position, head.digest, work.now()
        work.session.add(heard)
    work.session.flush()


def notice(work: Work, head: Head, *, ours: str, reporter: str) -> Equivocation:
    """Put two heads at one position on record, once. They are a suspicion until both signed manifests are held.

    Who spoke last is asked for the proof: an accomplice who spoke first, and then is silent, cannot hide it.
    """
    found = find(work, head.authority, head.list, head.epoch, head.position)
    if found is not None:
        if not found.proven:
            found.theirs, found.reporter = head.digest, reporter
            work.session.add(found)
            work.session.flush()
        return found
    found = Equivocation(
        authority=head.authority,
        list_id=head.list,
        epoch=head.epoch,
        position=head.position,
        ours=ours,
        theirs=head.digest,
        reporter=reporter,
        noticed=work.now(),
    )
    work.session.add(found)
    work.session.flush()
    work.record(
        Act.EQUIVOCATION_NOTICED,
        authority=head.authority,
        position=head.position,
        ours=ours,
        theirs=head.digest,
        reporter=reporter,
    )
    return found


def find(work: Work, authority: str, list_id: str, epoch: int, position: int) -> Equivocation | None:
    """What is on record of a position."""

    return work.session.exec(
        select(Equivocation).where(
            Equivocation.authority == authority,
            Equivocation.list_id == list_id,
            Equivocation.epoch == epoch,
            Equivocation.position == position,
        )
    ).first()


def prove(work: Work, signed: SignedManifest, *, reporter: str) -> None:
    """Keep the second signed manifest of one position: now both histories are held, and exchange with the holder stops."""
    held = manifests.at_position(work, *_place(signed))
    if held is None or held.digest == signed.digest:
        return
    found = notice(work, signed.head, ours=held.digest, reporter=reporter)
    found.evidence, found.proven, found.theirs = signed.raw, True, signed.digest
    work.session.add(found)
    work.session.flush()


def _place(signed: SignedManifest) -> tuple[str, str, int, int]:
    manifest = signed.manifest
    return manifest.authority, manifest.list, manifest.epoch, manifest.position
