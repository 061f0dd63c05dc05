"""The peers' health in meaning: who was heard of, whose list can still be asked, who follows the directory, who is shut out."""

from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, Reason, Span, critical, note, warning
from node.doctor.keys import DAY
from node.store import manifests
from node.store.database import Work
from node.store.tables import AdoptedDirectory, DeniedPeer, Equivocation, HeardPeer, LogFork, PeerContact, Quarantined
from node.tls.errors import BadMaterial
from node.tls.trust import PeerIdentity
from protocol.authority import Authority
from protocol.directory import Member

_SILENT, _LONG_SILENT = 3 * 3600, DAY
_NEW = DAY
"""A peer may take a day to be reachable after the directory first names it."""
_BEHIND = DAY
_REFUSALS = {"refused_by_peer", "not_a_peer", "not_the_sender", "unknown_sender", "denied_sender", "signature_refused"}
"""What a peer's last word is when it is there and takes nothing of ours: then the cause may be here, whatever its name."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of every other member."""
    with chart.read() as work:
        denied = set(work.session.exec(select(DeniedPeer.authority)).all())
        forks = work.session.exec(select(Equivocation).order_by(col(Equivocation.noticed))).all()
        proven = {fork.authority: fork for fork in forks if fork.proven}
        split = {fork.authority: fork for fork in work.session.exec(select(LogFork).where(col(LogFork.settled).is_(None))).all()}
        adopted = work.session.exec(select(AdoptedDirectory.adopted).order_by(col(AdoptedDirectory.adopted)).limit(1)).first()
        first = chart.now if adopted is None else adopted
        yield from _all_refuse(work, [peer for peer in chart.peers if peer not in {*proven, *split, *denied}])
        for peer in chart.peers:
            if peer in proven:
                fork = proven[peer]
                yield critical("peer_two_histories", peer=peer, noticed=Moment(fork.noticed), reporter=Authority(fork.reporter))
                continue
            if peer in split:
                yield critical("peer_log_forked", peer=peer, noticed=Moment(split[peer].noticed))
                continue
            if peer in denied:
                yield note("peer_denied", peer=peer)
                continue
            suspected = next((fork for fork in forks if fork.authority == peer), None)
            if suspected is not None:
                yield note("peer_suspected", peer=peer, noticed=Moment(suspected.noticed), reporter=Authority(suspected.reporter))
            if not _can_call(chart.directory.members, peer):
                yield warning("peer_entry_unusable", peer=peer)
            yield from _contact(chart, work, peer, first)
            yield from _list(chart, work, peer, first)
            yield from _directory(chart, work, peer)
            aside = work.session.exec(select(func.count()).select_from(Quarantined).where(Quarantined.peer == peer)).one()
            if aside:
                yield note("records_put_aside", peer=peer, records=aside)


def _can_call(members: Mapping[Authority, Member], peer: Authority) -> bool:
    """Whether this node takes calls from a peer's certificate: its entry is usable, and nobody else claims its key."""
    entry = members[peer].working
    others = {pin for member in members.values() if member.authority != peer for pin in member.working.tls_pins}
    try:
        PeerIdentity(peer, entry.tls_authority.encode(), frozenset(entry.tls_pins))
    except BadMaterial:
        return False
    return not others & set(entry.tls_pins)


def _all_refuse(work: Work, peers: Sequence[Authority]) -> Iterator[Finding]:
    """Told at once, however short it has lasted: peers that go away do so one by one, and who is refused by all is known by none.

    Those that do not answer say nothing; one that answers clears us.
    """
    contacts = [contact for peer in peers if (contact := work.session.get(PeerContact, peer)) is not None]
    refusing = [contact for contact in contacts if contact.last_error in _REFUSALS]
    answering = [contact for contact in contacts if contact.last_error is None and contact.last_success is not None]
    if refusing and not answering:
        last = max(refusing, key=lambda contact: contact.last_failure or 0)
        yield warning("all_peers_refuse", peers=len(refusing), of=len(peers), reason=Reason(last.last_error or ""))


def _contact(chart: Chart, work: Work, peer: Authority, first: int) -> Iterator[Finding]:
    contact = work.session.get(PeerContact, peer)
    if contact is None or (contact.last_success is None and contact.last_error is None):
        if chart.now - first > _NEW:
            yield warning("peer_never_tried", peer=peer)
        else:
            yield note("peer_not_tried_yet", peer=peer)
        return
    if contact.last_error is None:
        return
    reason = Reason(contact.last_error)
    if contact.last_success is None:
        yield (warning if chart.now - first > _NEW else note)("peer_never_reached", peer=peer, reason=reason)
        return
    silent = chart.now - contact.last_success
    told = critical if silent > _LONG_SILENT else warning if silent > _SILENT else note
    yield told("peer_silent", peer=peer, since=Moment(contact.last_success), silent=Span(silent), reason=reason)


def _list(chart: Chart, work: Work, peer: Authority, first: int) -> Iterator[Finding]:
    """Only a list that is within its validity is asked: past that, questions wait, and people with them."""
    newest = [manifests.newest(work, *chain, usable_only=True) for chain in manifests.chains(work, peer)]
    until = max((held.valid_until for held in newest if held is not None), default=None)
    if until is None and chart.restored is not None and not chart.running:
        return  # lists are in no backup: the node fetches them once it runs
    if until is None:
        yield (warning if chart.now - first > _NEW else note)("peer_without_list", peer=peer)
    elif until <= chart.now:
        told = critical if chart.now - until > _SILENT else warning
        yield told("peer_list_stale", peer=peer, until=Moment(until), over=Span(chart.now - until))


def _directory(chart: Chart, work: Work, peer: Authority) -> Iterator[Finding]:
    """Since when the peer could have had a newer directory than the one that it cited last."""
    heard = work.session.get(HeardPeer, peer)
    if heard is None or heard.directory_version is None:
        return
    newer = work.session.exec(
        select(AdoptedDirectory.adopted)
        .where(col(AdoptedDirectory.version) > heard.directory_version)
        .order_by(col(AdoptedDirectory.adopted))
        .limit(1)
    ).first()
    if newer is not None and heard.heard - newer > _BEHIND:
        facts = {"theirs": heard.directory_version, "version": chart.directory.ref.version}
        yield warning("peer_directory_behind", peer=peer, behind=Span(heard.heard - newer), **facts)
