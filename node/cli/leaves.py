"""`celosia tls …`: the node's certificates, who trusts them, and the next leaf."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from cryptography import x509

from node.app import Node
from node.cli.faults import FileFault, faults, unusable_file
from node.cli.given import content
from node.cli.local import HERE, Folder, open_node
from node.cli.render import moment, printable
from node.cli.results import report, write_new
from node.cli.session import OK, Session, session_of
from node.entry import ENTRY_FILE, entry_before
from node.inbound.national.models import rfc3339
from node.tls import renewal
from node.tls.certificates import load_certificate, spki_pin
from node.tls.own import AUTHORITY, LEAF, NEXT, is_complete, read_certificate
from protocol.directory import WorkingEntry
from protocol.errors import ProtocolError

_YEAR = 365


@dataclass(frozen=True)
class CertificateShown:
    """A certificate. `trusted`: `directory` when the adopted one carries it, `not_yet` when not, `nobody` before there is one."""

    name: str
    subject: str
    hosts: list[str]
    pin: str
    not_before: int
    not_after: int
    trusted: str


def show(context: typer.Context, node: Folder = HERE) -> int:
    """The leaf in use, the next one and the authority: names, pins, periods, and whether peers trust them."""
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        entry = _listed(served)
        names = [LEAF, *([NEXT] if is_complete(node / "tls", NEXT) else []), AUTHORITY]
        shown = [_shown(name, read_certificate(node, name), entry) for name in names]
    if session.general.json:
        periods = [{"not_before": rfc3339(each.not_before), "not_after": rfc3339(each.not_after)} for each in shown]
        session.print_json(json.dumps([asdict(each) | period for each, period in zip(shown, periods, strict=True)]))
        return OK
    for each in shown:
        _tell(session, each)
    return OK


def renew(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", help="help.tls.days", metavar="DAYS", min=renewal.LEAST_DAYS, max=825)] = _YEAR,
    node: Folder = HERE,
) -> int:
    """Make the next leaf by the state's own authority."""
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        leaf = renewal.renew(served.vault, _host(served, node), served.settings.authority, datetime.now(UTC), days)
    report(session, "cli.tls.renewed", pin=spki_pin(leaf.certificate))
    return OK


def request(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="help.tls.out", metavar="FILE.csr")],
    node: Folder = HERE,
) -> int:
    """Make the next leaf's key and a request for an outside authority."""
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        made = renewal.request(served.vault, _host(served, node), served.settings.authority)
    write_new(out, made)
    report(session, "cli.tls.requested", file=str(out))
    return OK


def bring(
    context: typer.Context,
    certificate: Annotated[Path, typer.Argument(help="help.tls.certificate", metavar="FILE.pem")],
    node: Folder = HERE,
) -> int:
    """Take the certificate that the outside authority made."""
    session = session_of(context)
    brought = content(certificate)
    with faults(), open_node(node, session) as served:
        renewal.bring(served.vault, brought, _host(served, node), datetime.now(UTC))
    report(session, "cli.tls.brought", pin=spki_pin(brought))
    return OK


def _listed(served: Node) -> WorkingEntry | None:
    """What the adopted directory says of this node; None while it says nothing."""
    if not served.adopt.load():
        return None
    member = served.federation.directory.members.get(served.settings.authority)
    return None if member is None else member.working


def _host(served: Node, node: Path) -> str:
    """The name that peers call, which a leaf has to carry."""
    directory = served.federation.directory if served.adopt.load() else None
    try:
        before = entry_before(node, served.settings.authority, directory)
    except ProtocolError:
        raise unusable_file(FileFault.MALFORMED, node / ENTRY_FILE) from None
    return urlsplit(served.settings.peer.url or before.peer_url).hostname or ""


def _shown(name: str, pem: bytes, entry: WorkingEntry | None) -> CertificateShown:
    certificate, pin = load_certificate(pem), spki_pin(pem)
    carried = () if entry is None else (*entry.tls_pins, entry.tls_authority)
    listed = (pem.decode("ascii") if name == AUTHORITY else pin) in carried
    return CertificateShown(
        name=name,
        subject=certificate.subject.rfc4514_string(),
        hosts=_hosts(certificate),
        pin=pin,
        not_before=int(certificate.not_valid_before_utc.timestamp()),
        not_after=int(certificate.not_valid_after_utc.timestamp()),
        trusted="nobody" if entry is None else "directory" if listed else "not_yet",
    )


def _hosts(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names]


def _tell(session: Session, shown: CertificateShown) -> None:
    name = session.say(f"cli.certificate.{shown.name}")
    session.heading(session.say("cli.pair", name=name, value=f"tls/{shown.name}.pem"))
    session.pair(session.say("cli.tls.subject"), printable(shown.subject))
    if shown.hosts:
        session.pair(session.say("cli.tls.hosts"), printable(", ".join(shown.hosts)))
    session.pair(session.say("cli.tls.pin"), shown.pin)
    session.pair(session.say("cli.tls.period"), f"{moment(shown.not_before)} – {moment(shown.not_after)}")
    session.pair(session.say("cli.tls.trusted"), session.say(f"cli.trusted.{shown.trusted}"))
