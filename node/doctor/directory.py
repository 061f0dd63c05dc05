"""The signed directory: whether one is in force, until when, whether a newer one is about, and who is left out of it."""

from collections.abc import Iterator
from datetime import datetime

import httpx2
from sqlmodel import col, select

from node.directory import files
from node.directory.ceremony import fingerprint, same_fingerprint
from node.directory.errors import DirectoryError
from node.doctor.chart import Chart, NothingAdopted
from node.doctor.findings import Finding, Moment, Reason, critical, note, warning
from node.doctor.keys import ENDS_NOW, ENDS_SOON
from node.store.tables import AdoptedDirectory, HeardPeer, HeldManifest
from node.tls.errors import BadMaterial
from protocol.authority import MEMBER_STATES, Authority
from protocol.errors import ProtocolError

_ONLINE = ("timestamp", "snapshot")
"""Renewed by the Secretariat's server every hour; the others are renewed by people."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the directory adopted last, and of the server that has the next one."""
    try:
        answer = chart.directory_answer
    except BadMaterial:
        yield critical("directory_certificate_unusable", file=str(chart.settings.directory.tls_authority))
        return
    if answer is None or answer.status_code != httpx2.codes.OK:
        yield warning("directory_unreachable", url=chart.settings.directory.url)
    root = _root(chart)
    if root is not None:  # nothing under it can be verified either, and whatever is said of that would mislead
        yield root
        return
    try:
        directory = chart.directory
    except NothingAdopted:
        yield from _none(chart)
        return
    except (DirectoryError, ProtocolError) as error:
        yield critical("directory_unusable", reason=Reason(error.code))
        return
    yield from _age(chart)
    yield from _roles(chart)
    for state, code in sorted(directory.left_out.items()):
        if state == chart.me:
            yield critical("own_entry_left_out", reason=Reason(code))
        else:
            yield warning("state_left_out", state=_named(state), reason=Reason(code))
    with chart.read() as work:
        if chart.entry is None and chart.me not in directory.left_out:
            listed = work.session.exec(select(HeldManifest.digest).where(HeldManifest.authority == chart.me).limit(1)).first()
            yield note("not_a_member") if listed is None else critical("membership_lost")
        newest = work.session.exec(
            select(HeardPeer).where(col(HeardPeer.directory_version) > directory.ref.version).order_by(col(HeardPeer.heard))
        ).first()
    beat = chart.settings.beats.directory
    if newest is not None and newest.directory_version is not None and newest.heard < chart.now - 2 * beat:
        facts = {"version": directory.ref.version, "theirs": newest.directory_version}
        yield warning("directory_behind", peer=Authority(newest.authority), heard=Moment(newest.heard), **facts)
    if not chart.peers and chart.entry is not None:
        yield note("no_peers")


def _root(chart: Chart) -> Finding | None:
    """What is wrong with the root that the administrator was given, under which everything else is verified."""
    settings = chart.settings.directory
    try:
        raw = chart.root
        files.check_shape(files.read_role(raw, "root"), None, "root")
    except DirectoryError:
        return critical("root_unusable", file=str(settings.root))
    if not same_fingerprint(settings.root_fingerprint, fingerprint(raw)):
        return critical("root_not_the_one_typed", file=str(settings.root))
    return None


def _none(chart: Chart) -> Iterator[Finding]:
    """A node that has adopted a directory before keeps it, and with it the memory that refuses an older one."""
    with chart.read() as work:
        newest = work.session.exec(
            select(AdoptedDirectory.version).order_by(col(AdoptedDirectory.version).desc()).limit(1)
        ).first()
    yield note("directory_none_adopted") if newest is None else critical("directory_lost", version=newest)


def _age(chart: Chart) -> Iterator[Finding]:
    directory = chart.directory
    expires = int(directory.expires.timestamp())
    stops = expires + directory.policy.directory_grace
    if chart.now > stops:
        yield critical("directory_too_old", expired=Moment(expires), stopped=Moment(stops))
    elif chart.now > expires:
        yield critical("directory_expired", expired=Moment(expires), stops=Moment(stops))


def _roles(chart: Chart) -> Iterator[Finding]:
    """What people have to sign anew, in time for them to meet."""
    for role, ends in sorted(chart.adopted.ends.items()):
        left = _seconds(ends) - chart.now
        if role in _ONLINE or left >= ENDS_SOON:
            continue
        told = critical if left < ENDS_NOW else warning
        if role == chart.me:
            yield told("own_role_ends", ends=Moment(_seconds(ends)))
        elif role in ("root", "targets"):
            yield told("directory_role_ends", role=role, ends=Moment(_seconds(ends)))
        elif left < ENDS_NOW:
            yield warning("peer_role_ends", peer=_named(role), ends=Moment(_seconds(ends)))


def _named(code: str) -> Authority | str:
    """A state by its code, which the directory's signers could write of a state that is no member of the OAS."""
    return Authority(code) if code in MEMBER_STATES else code


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
