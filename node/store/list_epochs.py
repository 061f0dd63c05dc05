"""The epochs of this node's own lists: which of them have entries, and how far a coming one is prepared."""

import json
from collections.abc import Sequence

from sqlmodel import col, select

from node.store.database import Work
from node.store.tables import IndexList, ListEpoch
from protocol.index.manifest import SegmentRef

IN_ORDER = (col(IndexList.audience), col(IndexList.entropy))
"""The order in which lists are told and signed for: of one audience, identifiers before people."""


def every(work: Work, list_id: str) -> Sequence[ListEpoch]:
    """All epochs that a list ever had, oldest first."""
    return work.session.exec(select(ListEpoch).where(ListEpoch.list_id == list_id).order_by(col(ListEpoch.epoch))).all()


def kept(work: Work, list_id: str) -> list[ListEpoch]:
    """The epochs whose entries are kept, oldest first: what is published or taken back now concerns each of them.

    An epoch that is over is one of them until a later one has its entries, so that nothing published is ever without a place.
    """
    return [period for period in every(work, list_id) if not period.ended]


def prepared(period: ListEpoch) -> list[SegmentRef]:
    """The segments made before the epoch's first manifest named them; none after it."""
    return [SegmentRef.model_validate(each) for each in json.loads(period.prepared)]


def keep_prepared(work: Work, period: ListEpoch, segments: Sequence[SegmentRef]) -> None:
    """Remember these segments as the ones prepared."""
    period.prepared = json.dumps([segment.model_dump(mode="json") for segment in segments])
    work.session.add(period)
    work.session.flush()
