"""The TLS certificate: its dates, its key, its state's authority, its pin in the directory, and what the node really shows."""

import socket
import ssl
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature

from node.custody import KeysUnusable
from node.doctor.chart import ANSWER_SECONDS, Chart, NothingAdopted, reachable
from node.doctor.findings import Finding, Moment, critical, note, warning
from node.doctor.keys import ENDS_NOW, ENDS_SOON
from node.tls.certificates import Credential, in_force, load_authority, load_certificate, spki_pin
from node.tls.contexts import harden
from node.tls.errors import BadMaterial
from node.tls.own import LEAF, NEXT, is_complete, read_certificate, read_credential


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the leaf in use; where the directory has the next one's pin alone, of that one: the node takes it by itself."""
    try:
        entry = chart.entry
    except NothingAdopted:
        entry = None
    try:
        raw = read_certificate(chart.folder, LEAF)
        name, pins = LEAF, {spki_pin(raw)}
        following = None if entry is None else _following(chart, entry.working.tls_pins)
        if entry is not None and following is not None and pins.isdisjoint(entry.working.tls_pins):
            yield (warning if chart.running else note)("certificate_changes")
            raw, name = following, NEXT
            pins.add(spki_pin(raw))  # a running node shows the one before until its next look at the directory
        leaf, pin = load_certificate(raw), spki_pin(raw)
    except BadMaterial:
        yield critical("certificate_unusable")
        return
    begins, ends = int(leaf.not_valid_before_utc.timestamp()), int(leaf.not_valid_after_utc.timestamp())
    if not begins <= chart.now < ends:
        yield critical("certificate_not_in_force", begins=Moment(begins), ends=Moment(ends))
    elif ends - chart.now < ENDS_SOON:
        yield (critical if ends - chart.now < ENDS_NOW else warning)("certificate_ends", ends=Moment(ends))
    if entry is not None:
        if pin not in entry.working.tls_pins:
            yield critical("certificate_not_pinned")
        try:
            authority = load_authority(entry.working.tls_authority.encode())
            leaf.verify_directly_issued_by(authority)
        except (BadMaterial, ValueError, TypeError, InvalidSignature):
            yield critical("certificate_of_another_authority")
    vault = chart.vault  # what keeps every key shut is told of the keys
    try:
        own = read_credential(vault, name)
    except (BadMaterial, KeysUnusable):
        yield critical("certificate_unusable")
        return
    if chart.running:
        yield from _shown(chart, own, pins)


def _following(chart: Chart, listed: Collection[str]) -> bytes | None:
    """The next leaf (PEM), where the node would take it into use by itself: whole, in force, and pinned. Raises `BadMaterial`."""
    if not is_complete(chart.folder / "tls", NEXT):
        return None
    raw = read_certificate(chart.folder, NEXT)
    is_due = spki_pin(raw) in listed and in_force(load_certificate(raw), datetime.fromtimestamp(chart.now, UTC))
    return raw if is_due else None


def _shown(chart: Chart, own: Credential, pins: Collection[str]) -> Iterator[Finding]:
    """What the node shows in a handshake, which is not what lies in its folder when that was changed by hand since it started."""
    context, peer = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), chart.settings.peer
    context.check_hostname = False
    harden(context, own)
    context.verify_mode = ssl.CERT_NONE  # whether it holds is not the question here: which key it is, is
    try:
        plain = socket.create_connection((reachable(peer.host), peer.port), ANSWER_SECONDS)
        with plain, context.wrap_socket(plain) as line:
            shown = line.getpeercert(binary_form=True) or b""
    except OSError:
        yield critical("peer_port_silent", port=peer.port)
        return
    if spki_pin(shown) not in pins:
        yield warning("certificate_shown_differs")
