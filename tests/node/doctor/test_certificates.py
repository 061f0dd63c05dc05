"""The certificate: unreadable, over, about to end, not pinned, of another authority; and not the one that the node shows."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from node.doctor.findings import Severity
from node.doctor.keys import DAY
from node.language import say
from node.settings import Settings
from node.tls.certificates import Credential, create_authority, issue_leaf
from node.tls.contexts import harden
from node.tls.own import AUTHORITY, LEAF, NEXT, read_credential, write_credential
from protocol.vocabulary import Language
from tests.federation.running import CO
from tests.node.doctor.conftest import Patient


def put(patient: Patient, authority: Credential, days: int = 365, ago: int = 0) -> None:
    """A new leaf and its key, issued by `authority` some days ago."""
    leaf = issue_leaf(authority, ["127.0.0.1"], CO, datetime.fromtimestamp(patient.now, UTC) - timedelta(days=ago), days)
    write_credential(patient.vault, LEAF, leaf)


def own_authority(patient: Patient) -> Credential:
    return read_credential(patient.vault, AUTHORITY)


def another_authority(patient: Patient) -> Credential:
    return create_authority("An invented authority", datetime.fromtimestamp(patient.now, UTC) - timedelta(days=400), 3650)


@pytest.mark.parametrize("name", ["leaf.pem", "leaf.key"])
def test_without_certificate_or_key_there_is_no_connection(patient: Patient, name: str) -> None:
    (patient.folder / "tls" / name).unlink()
    assert patient.codes() == {"certificate_unusable"}


def test_a_leaf_that_the_directory_does_not_pin_is_told(patient: Patient) -> None:
    put(patient, own_authority(patient))
    assert patient.codes() == {"certificate_not_pinned"}


def test_a_leaf_of_another_authority_than_the_directorys_is_told(patient: Patient) -> None:
    put(patient, another_authority(patient))
    assert patient.codes() == {"certificate_not_pinned", "certificate_of_another_authority"}


def test_a_leaf_that_is_over_is_critical(patient: Patient) -> None:
    put(patient, another_authority(patient), days=30, ago=31)
    assert patient.severity("certificate_not_in_force") is Severity.CRITICAL


def test_a_leaf_of_tomorrow_is_not_in_force_either(patient: Patient) -> None:
    patient.now -= DAY
    assert "certificate_not_in_force" in patient.codes()


@pytest.mark.parametrize(("days", "severity"), [(29, Severity.WARNING), (6, Severity.CRITICAL)])
def test_the_end_of_the_leaf_is_told_in_time(patient: Patient, days: int, severity: Severity) -> None:
    patient.now += (365 - days) * DAY
    assert patient.severity("certificate_ends") is severity


class Well(BaseHTTPRequestHandler):
    """A national API that answers, and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@contextmanager
def listening(port: int, tls: ssl.SSLContext | None = None, handler: type[Well] = Well) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:  # a test that fails ends, too
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def directory_server(patient: Patient, handler: type[Well]) -> Iterator[None]:
    """A server at the directory's address, under a certificate that the node trusts for it."""
    authority = another_authority(patient)
    leaf = issue_leaf(authority, ["127.0.0.1"], CO, datetime.now(UTC), 1)
    for name, raw in (("leaf.pem", leaf.certificate), ("leaf.key", leaf.key)):
        (patient.folder.parent / name).write_bytes(raw)
    (patient.folder / "directory-tls.pem").write_bytes(authority.certificate)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(patient.folder.parent / "leaf.pem", patient.folder.parent / "leaf.key")
    with listening(int(Settings.read(patient.folder).directory.url.rpartition(":")[2]), tls, handler):
        yield


def test_a_node_that_answers_its_officers_and_no_peer_is_critical(patient: Patient) -> None:
    with listening(Settings.read(patient.folder).national.port):
        assert patient.codes() == {"peer_port_silent"}


def test_a_node_that_still_shows_the_certificate_from_before_the_renewal_is_told(patient: Patient) -> None:
    settings, tls = Settings.read(patient.folder), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    harden(tls, read_credential(patient.vault, LEAF))
    tls.verify_mode = ssl.CERT_NONE  # it has no directory to know callers by
    with listening(settings.national.port), listening(settings.peer.port, tls):
        assert patient.codes() == set()
        put(patient, own_authority(patient))
        assert patient.codes() == {"certificate_not_pinned", "certificate_shown_differs"}


def revoke_the_leaf_in_use(patient: Patient) -> Credential:
    """As after a renewal or a revocation that the directory has and the node does not: its pin is that of the next leaf alone."""
    listed = read_credential(patient.vault, LEAF)
    put(patient, own_authority(patient))
    write_credential(patient.vault, NEXT, listed)
    return listed


def test_a_leaf_that_the_next_one_follows_in_the_directory_is_a_note_while_the_node_is_down(patient: Patient) -> None:
    revoke_the_leaf_in_use(patient)
    assert patient.codes() == {"certificate_changes"}
    assert patient.severity("certificate_changes") is Severity.NOTE


def test_a_next_leaf_that_the_directory_does_not_have_or_that_is_no_pair_follows_nobody(patient: Patient) -> None:
    listed = revoke_the_leaf_in_use(patient)
    (patient.folder / "tls" / "next-leaf.key").unlink()
    assert patient.codes() == {"certificate_not_pinned"}
    write_credential(patient.vault, NEXT, another_authority(patient))
    assert patient.codes() == {"certificate_not_pinned"}
    write_credential(patient.vault, NEXT, listed)
    patient.now += 366 * DAY
    assert "certificate_not_pinned" in patient.codes()


def test_a_node_that_runs_and_still_shows_the_leaf_before_is_only_told_that_it_will_change(patient: Patient) -> None:
    revoke_the_leaf_in_use(patient)
    settings, tls = Settings.read(patient.folder), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    harden(tls, read_credential(patient.vault, LEAF))
    tls.verify_mode = ssl.CERT_NONE
    with listening(settings.national.port), listening(settings.peer.port, tls):
        assert patient.codes() == {"certificate_changes"}
        assert patient.severity("certificate_changes") is Severity.WARNING


@pytest.mark.parametrize("language", Language)
def test_nobody_is_told_to_sign_for_a_pin_before_asking_whether_it_was_revoked(language: Language) -> None:
    asked, question, rest = say(language, "doctor.certificate_not_pinned.next").partition("?")
    assert question and "compromise.md" in rest and "revo" in asked.casefold().replace("é", "e")
