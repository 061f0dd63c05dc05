"""Following the removal of somebody under protection: which peers have taken it, which have not, and since when.

Nobody is asked anything for it. Every envelope of a peer carries the heads of the lists that it has seen; a head at or past the
first manifest without the entries says that it has taken the removal. What a peer does with old files is beyond this.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import select

from node.federation import Federation
from node.officers import ProtectionLiaison
from node.safeguards import readings
from node.safeguards.alerts import AlertKind, raise_alert
from node.store import removals
from node.store.database import Database, Work
from node.store.tables import HeardHead, IndexList, ListEpoch, Removal
from protocol import audience as audiences
from protocol.authority import Authority


@dataclass(frozen=True)
class PeersShare:
    """How far one peer is: the last position that it told of, when it did (POSIX seconds), and whether it is overdue."""

    peer: Authority
    taken: bool
    position: int | None
    heard: int | None
    overdue: bool


@dataclass(frozen=True)
class ShownRemoval:
    """One removal: of which entry of the register, from which list, and how far each peer of its audience is.

    `registration` is None where several people were entered at once. `position` and `left` are None before the next beat.
    `ends`: when the epoch's key dies, after which its entries open nothing.
    """

    number: int
    registration: str | None
    source: str
    registered: int
    audience: str
    entropy: str
    epoch: int
    entries: int
    position: int | None
    left: int | None
    ends: int
    peers: tuple[PeersShare, ...]

    def is_open(self, now: int) -> bool:
        """Whether somebody may still find the entries: a peer has not taken the removal, and the epoch goes on."""
        return now < self.ends and (self.position is None or not all(share.taken for share in self.peers))


@dataclass(frozen=True, repr=False)
class FollowRemovals:
    """The story's parts. `patience`: seconds after which a removal is overdue; by then no older manifest of ours is valid."""

    database: Database
    federation: Federation
    patience: int

    def show(self, officer: ProtectionLiaison, *, closed: bool = False) -> list[ShownRemoval]:
        """Removals that not everybody has taken, newest first; with `closed`, all. On record, once an hour.

        How many there are is not: overseers read the entry, and it would say when somebody's removal begins and is over.
        """
        with self.database.read() as work:
            shown = [self._shown(work, row) for row in removals.all_of(work)]
            shown = [each for each in shown if closed or each.is_open(work.now())]
        readings.note(self.database, officer, what="departures", closed=closed)
        return shown

    def alert(self) -> None:
        """Raise an alert for each peer that has not taken a removal in time, once for each of the two."""
        with self.database.begin() as work:
            for row in removals.all_of(work):
                shown = self._shown(work, row)
                late = [share.peer for share in shown.peers if share.overdue and share.peer not in row.alerted.split()]
                for peer in late if shown.is_open(work.now()) else ():
                    raise_alert(work, AlertKind.REMOVAL_OVERDUE, peer=peer)
                    row.alerted = f"{row.alerted} {peer}".strip()
                work.session.add(row)

    def _shown(self, work: Work, row: Removal) -> ShownRemoval:
        listed = work.session.get_one(IndexList, row.list_id)
        period = work.session.get_one(ListEpoch, (row.list_id, row.epoch))
        heads = self._heads(work, row)
        members = [peer for peer in self.federation.peers() if audiences.includes(listed.audience, peer)]
        return ShownRemoval(
            number=row.id or 0,
            registration=row.entry,
            source=row.source,
            registered=row.registered,
            audience=listed.audience,
            entropy=listed.entropy,
            epoch=row.epoch,
            entries=row.entries,
            position=row.position,
            left=row.left,
            ends=period.not_after,
            peers=tuple(self._share(work, row, peer, heads.get(peer)) for peer in members),
        )

    def _heads(self, work: Work, row: Removal) -> Mapping[str, HeardHead]:
        of_ours = (HeardHead.authority == self.federation.me, HeardHead.list_id == row.list_id, HeardHead.epoch == row.epoch)
        return {head.reporter: head for head in work.session.exec(select(HeardHead).where(*of_ours)).all()}

    def _share(self, work: Work, row: Removal, peer: Authority, head: HeardHead | None) -> PeersShare:
        taken = row.position is not None and head is not None and head.position >= row.position
        late = row.left is not None and row.left + self.patience < work.now()
        position, heard = (None, None) if head is None else (head.position, head.heard)
        return PeersShare(peer, taken, position, heard, overdue=late and not taken)
