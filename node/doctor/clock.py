"""The clock, against everybody who told a time lately: peers in envelopes, the directory's server, this node's own acts."""

from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from sqlmodel import col, select

from node.doctor.chart import Chart, NothingAdopted
from node.doctor.findings import Finding, Moment, Span, critical, warning
from node.doctor.keys import DAY
from node.store.tables import HeardPeer, Intake
from protocol.authority import Authority

_TOLERANCE = 60
"""What is asked of a clock before a directory with its policy is adopted."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of this machine's clock, and of peers' clocks as this one sees them."""
    try:
        tolerance = chart.directory.policy.clock_tolerance
    except NothingAdopted:
        tolerance = _TOLERANCE
    yield from _against_the_directory(chart, tolerance)
    with chart.read() as work:
        last = work.session.exec(select(Intake.at).order_by(col(Intake.id).desc()).limit(1)).first()
        heard = work.session.exec(select(HeardPeer).where(col(HeardPeer.heard) > chart.now - DAY)).all()
    if last is not None and last > chart.now + tolerance:
        yield critical("clock_went_back", last=Moment(last), difference=Span(last - chart.now))
    yield from against_peers(heard, tolerance)


def against_peers(heard: Sequence[HeardPeer], tolerance: int) -> Iterator[Finding]:
    """If more than half of several peers differ on the same side, this clock is the wrong one; else each of those is."""
    for side in (1, -1):
        differing = [peer for peer in heard if peer.clock_difference * side > tolerance / 2]
        if len(differing) * 2 > len(heard) > 1:
            median = sorted(peer.clock_difference * side for peer in differing)[len(differing) // 2]
            told = critical if median > tolerance else warning
            yield told("clock_slow" if side > 0 else "clock_fast", difference=Span(median), peers=len(differing))
            continue
        for peer in sorted(differing, key=lambda peer: peer.authority):
            code = "peer_clock_fast" if side > 0 else "peer_clock_slow"
            difference = Span(abs(peer.clock_difference))
            yield warning(code, peer=Authority(peer.authority), difference=difference, heard=Moment(peer.heard))


def _against_the_directory(chart: Chart, tolerance: int) -> Iterator[Finding]:
    """Its answer has a date, and came under the certificate that the administrator was given."""
    if chart.directory_answer is None:
        return
    told = date_told(chart.directory_answer.headers.get("Date", ""))
    if told is None:
        return
    difference = told - chart.now
    if abs(difference) > tolerance / 2:
        severity = critical if abs(difference) > tolerance else warning
        yield severity("clock_differs_from_directory", difference=Span(abs(difference)))


def date_told(header: str) -> int | None:
    """The time of a Date header (RFC 9110 section 6.6.1) in POSIX seconds; None for what is none."""
    try:
        return int(parsedate_to_datetime(header).timestamp())
    except (ValueError, OverflowError):  # of a year or a zone with thirty digits
        return None
