"""The machine under the node: space, how fast it goes, and files that the process may open."""

import shutil
from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Size, Span, critical, warning
from node.doctor.keys import DAY
from node.store.tables import MachineSample

LOW_BYTES, EMPTY_BYTES = 2 << 30, 256 << 20
"""A beat of the index writes a list anew when it merges: a large one takes 1.6 GB for a moment."""
FULL_SOON, FULL_NOW = 30 * DAY, 7 * DAY
_OVER = 7 * DAY
"""Growth is measured over a week: a day's beat and a large import even out."""
_SHORTEST = DAY


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the file system that the folder lies on, and of the node's own samples."""
    disk = shutil.disk_usage(chart.folder)
    yield from low(disk.free)
    with chart.read() as work:
        samples = work.session.exec(
            select(MachineSample).where(col(MachineSample.at) >= chart.now - _OVER).order_by(col(MachineSample.at))
        ).all()
    yield from growing(samples, disk.free)
    if samples and samples[-1].open_files * 5 > samples[-1].open_files_limit * 4 > 0:
        yield warning("open_files_near_limit", files=samples[-1].open_files, limit=samples[-1].open_files_limit)


def low(free: int) -> Iterator[Finding]:
    """`free`: bytes."""
    if free < LOW_BYTES:
        yield (critical if free < EMPTY_BYTES else warning)("disk_low", free=Size(free))


def growing(samples: Sequence[MachineSample], free: int) -> Iterator[Finding]:
    """In how long the disk is full if the folder goes on growing as it did from the first to the last sample."""
    if not samples or (passed := samples[-1].at - samples[0].at) < _SHORTEST:
        return
    grown = samples[-1].folder_bytes - samples[0].folder_bytes
    left = free * passed // grown if grown > 0 else FULL_SOON
    if left < FULL_SOON:
        told = critical if left < FULL_NOW else warning
        yield told("disk_full_in", left=Span(left), growth=Size(grown * DAY // passed))
