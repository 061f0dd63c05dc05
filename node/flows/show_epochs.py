"""How the epochs of this node's lists stand, what they will need, and by when: for an administrator, and for the doctor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func
from sqlmodel import select

from node.keys import Keys
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexItem, IndexList, ListEpoch
from protocol.authority import Authority
from protocol.directory import Directory

DAY = 86400
SOON, URGENT = 7 * DAY, 2 * DAY
"""How long before a list ends without a successor in the directory it is told, and told as urgent: officers have to meet."""

State = Literal["coming", "running", "over"]
Trouble = Literal["epoch_missing", "epoch_without_seed", "epoch_not_in_directory", "epoch_ends_alone"]


@dataclass(frozen=True)
class EpochShown:
    """One epoch of a list. `waiting` counts entries that its next beat brings or takes; times are POSIX seconds."""

    list_id: str
    audience: str
    entropy: str
    epoch: int
    state: State
    not_before: int
    not_after: int
    in_directory: bool
    has_seed: bool
    entries: int
    waiting: int


@dataclass(frozen=True)
class EpochFinding:
    """Something to do about a list. `ends`: until when it is served as things stand; None when it is not served now."""

    code: Trouble
    urgent: bool
    list_id: str
    audience: str
    entropy: str
    epoch: int | None
    ends: int | None


def show_epochs(work: Work, keys: Keys, me: Authority, directory: Directory | None) -> list[EpochShown]:
    """All epochs that are not put away yet, by list, oldest first."""
    return [
        _shown(work, keys, me, directory, listed, period)
        for listed in work.session.exec(select(IndexList).order_by(*list_epochs.IN_ORDER)).all()
        for period in list_epochs.kept(work, listed.id)
    ]


def epoch_findings(work: Work, keys: Keys, me: Authority, directory: Directory | None) -> list[EpochFinding]:
    """What needs doing so that every list stays in force, the most urgent of each list first. Empty when all is well.

    epoch_missing           a list has no epoch that runs or comes: start one
    epoch_without_seed      an epoch that the directory lists has no seed here, as after a restore: start another one
    epoch_not_in_directory  an epoch was started and the directory does not carry it: have the entry signed
    epoch_ends_alone        within a week the last epoch of a list that the directory carries is over
    """
    found: list[EpochFinding] = []
    shown = show_epochs(work, keys, me, directory)
    for listed in work.session.exec(select(IndexList).order_by(*list_epochs.IN_ORDER)).all():
        found += _of_list(listed, [each for each in shown if each.list_id == listed.id and each.state != "over"], work.now())
    return found


def _of_list(listed: IndexList, epochs: Sequence[EpochShown], now: int) -> list[EpochFinding]:
    served = [each for each in epochs if each.in_directory and each.has_seed]
    ends = max((each.not_after for each in served), default=None)
    alone = ends is None or ends - now <= SOON
    urgent = ends is None or ends - now <= URGENT

    def finding(code: Trouble, epoch: int | None) -> EpochFinding:
        return EpochFinding(code, urgent, listed.id, listed.audience, listed.entropy, epoch, ends)

    unlisted = [finding("epoch_not_in_directory", each.epoch) for each in epochs if each.has_seed and not each.in_directory]
    lost = [finding("epoch_without_seed", each.epoch) for each in epochs if each.in_directory and not each.has_seed]
    if unlisted:
        return unlisted
    if ends is None and not lost:
        return [finding("epoch_missing", None)]
    return lost or ([finding("epoch_ends_alone", max(each.epoch for each in served))] if alone else [])


def _shown(
    work: Work, keys: Keys, me: Authority, directory: Directory | None, listed: IndexList, period: ListEpoch
) -> EpochShown:
    now = work.now()
    counts: dict[str, int] = dict(
        work.session.exec(
            select(IndexItem.state, func.count())
            .where(IndexItem.list_id == period.list_id, IndexItem.epoch == period.epoch)
            .group_by(IndexItem.state)
        ).all()
    )
    state: State = "coming" if now < period.not_before else "running" if now < period.not_after else "over"
    return EpochShown(
        list_id=listed.id,
        audience=listed.audience,
        entropy=listed.entropy,
        epoch=period.epoch,
        state=state,
        not_before=period.not_before,
        not_after=period.not_after,
        in_directory=_carries(directory, keys, me, period),
        has_seed=keys.has_epoch(listed.id, period.epoch),
        entries=sum(counts.values()),
        waiting=sum(count for state_, count in counts.items() if state_ != "listed"),
    )


def _carries(directory: Directory | None, keys: Keys, me: Authority, period: ListEpoch) -> bool:
    """Whether the directory lists this epoch; where its seed is here, under its key."""
    member = None if directory is None else directory.members.get(me)
    entry = None if member is None else member.list_entry(period.list_id)
    said = next((each for each in (() if entry is None else entry.epochs) if each.epoch == period.epoch), None)
    if said is None or not keys.has_epoch(period.list_id, period.epoch):
        return said is not None
    return said.key == bytes(keys.epoch_key(me, period.list_id, period.epoch).public)
