"""The lists: our own go out on their beat, and every file that a manifest in force names lies here, whole."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, OwnList, Span, critical, note, warning
from node.store import list_epochs, manifests
from node.store.database import Work
from node.store.tables import HeldManifest, IndexItem, IndexList, ListEpoch
from protocol.authority import Authority
from protocol.index.manifest import Manifest
from protocol.limits import ENTRY_BYTES, SEGMENT_HEADER_BYTES

_MOMENT, _LONG_WAIT = 60, 3600
"""Seconds for which a chain may wait: clocks are set by a few, and an hour late is late for a withdrawal."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of our own lists, and of the files of everybody's.

    Of a node whose restore is not finished, nothing is said of its own: it signs no list until then, and that was said first.
    """
    with chart.read() as work:
        if chart.restored is None:
            yield from _own(chart, work)
        held = [row for chain in manifests.chains(work) for row in manifests.still_valid(work, *chain) if row.usable]
        waiting = work.session.exec(select(func.count()).select_from(IndexItem).where(IndexItem.state == "waiting")).one()
    yield from _files(chart, held)
    if waiting:
        yield note("entries_wait", entries=waiting)


def _own(chart: Chart, work: Work) -> Iterator[Finding]:
    for listed in work.session.exec(select(IndexList).order_by(*list_epochs.IN_ORDER)).all():
        own = OwnList(listed.audience, listed.entropy)
        chains = [chain for chain in manifests.chains(work, chart.me) if chain[1] == listed.id]
        newest = [row for chain in chains if (row := manifests.newest(work, *chain)) is not None]
        for row in newest:
            yield from _waiting(chart, work, row, own)
        if not newest:
            yield note("own_list_not_issued", list=own)
            continue
        until = max(row.valid_until for row in newest)
        if until <= chart.now:
            yield critical("own_list_past_validity", list=own, until=Moment(until))
        elif chart.now - listed.last_removal > 2 * chart.settings.beats.removals:
            yield warning("own_list_late", list=own, last=Moment(listed.last_removal))


def _waiting(chart: Chart, work: Work, row: HeldManifest, own: OwnList) -> Iterator[Finding]:
    """No manifest may say an earlier time than the one before it: after one from the future, the chain waits for that time."""
    last = manifests.content(row)
    period = work.session.get(ListEpoch, (last.list, last.epoch))
    wait = last.issued - chart.now
    if wait > _MOMENT and period is not None and period.not_after > chart.now:
        told = critical if wait > _LONG_WAIT else warning
        yield told("own_chain_waits", list=own, epoch=last.epoch, until=Moment(last.issued), wait=Span(wait))


def _files(chart: Chart, held: list[HeldManifest]) -> Iterator[Finding]:
    """One finding for each authority whose files are not as they have to be, however many they are."""
    missing: dict[str, int] = {}
    damaged: dict[str, int] = {}
    seen: set[str] = set()
    for row in held:
        for digest, size in _named(manifests.content(row)):
            if digest in seen:
                continue
            seen.add(digest)
            path = chart.folder / "index" / digest
            if not path.is_file():
                missing[row.authority] = missing.get(row.authority, 0) + 1
            elif path.stat().st_size != size or (not chart.quick and _digest_of(path) != digest):
                damaged[row.authority] = damaged.get(row.authority, 0) + 1
    for faults, ours, theirs in (
        (missing, "own_files_missing", "peer_files_missing"),
        (damaged, "own_files_damaged", "peer_files_damaged"),
    ):
        for authority, files in sorted(faults.items()):
            if authority == chart.me and chart.restored is not None:
                continue
            if authority == chart.me:
                yield critical(ours, files=files)
            else:
                yield critical(theirs, peer=Authority(authority), files=files)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(manifest: Manifest) -> Iterator[tuple[str, int]]:
    """Digest and size in bytes of each file that a manifest names."""
    for reference in manifest.segments:
        yield reference.digest, SEGMENT_HEADER_BYTES + reference.count * ENTRY_BYTES
        if reference.removals is not None:
            yield reference.removals, (reference.count + 7) // 8
