"""The Secretariat's server over real HTTP and TLS, and the thread that keeps the timestamp young."""

import json
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tuf.api.metadata import Metadata

from node.directory import layout
from node.directory.client import DirectoryClient, directory_http
from node.directory.errors import KeyUnusable
from node.directory.repository import Repository
from node.directory.server import Resigner, directory_app, serve
from node.logs import JsonLines
from tests.federation.running import free_port
from tests.node.directory.conftest import Federation, Published, serving, soon


def problem(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    return body


def test_only_the_timestamp_may_change_under_its_name(published: Published, http: httpx2.Client) -> None:
    timestamp = http.get(f"{published.url}/metadata/timestamp.json")
    root = http.get(f"{published.url}/metadata/1.root.json")

    assert timestamp.content == (published.metadata / "timestamp.json").read_bytes()
    assert timestamp.headers["cache-control"] == "no-cache"
    assert root.content == published.root
    assert "immutable" in root.headers["cache-control"]
    assert root.headers["content-length"] == str(len(published.root))


def test_what_is_not_there_is_a_problem(published: Published, http: httpx2.Client) -> None:
    for path in ("/metadata/9.root.json", "/metadata/root.json", f"/targets/{'0' * 64}.policy.json", "/targets/", "/docs", "/"):
        assert problem(http.get(f"{published.url}{path}"))["title"] == "Not Found"


def test_nobody_writes(published: Published, http: httpx2.Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert problem(http.request(method, f"{published.url}/metadata/timestamp.json"))["title"] == "Method Not Allowed"


def test_a_file_past_its_limit_is_not_given_out(published: Published, http: httpx2.Client) -> None:
    path = published.metadata / "7.XA.json"
    path.write_bytes(b" " * layout.TARGETS_BYTES)
    assert http.get(f"{published.url}/metadata/7.XA.json").status_code == 200
    path.write_bytes(b" " * (layout.TARGETS_BYTES + 1))
    assert "larger" in problem(http.get(f"{published.url}/metadata/7.XA.json"))["title"]


def test_health_says_whether_members_can_still_adopt(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    assert http.get(f"{published.url}/healthz").json() == {"status": "ok"}

    published.seize(expires=soon(-1))
    late = http.get(f"{published.url}/healthz")
    assert late.status_code == 503 and "past its date" in problem(late)["title"]

    with serving(directory_app(tmp_path / "empty")) as url:
        empty = http.get(f"{url}/healthz")
        assert empty.status_code == 503 and "no timestamp" in problem(empty)["title"]


def timestamp_version(published: Published) -> int:
    version: int = Metadata[Any].from_file(str(published.metadata / "timestamp.json")).signed.version
    return version


def eventually(holds: Callable[[], bool]) -> None:
    """Returns when `holds()`, fails after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_resigner_keeps_the_timestamp_young(published: Published, client: DirectoryClient) -> None:
    repository = Repository(published.repository.path, published.federation.signer("online"), timedelta(seconds=30))
    published.seize(expires=soon(-1))
    resigner = Resigner(repository, timedelta(milliseconds=50))
    resigner.start()
    try:
        eventually(lambda: timestamp_version(published) >= 4)
        assert client.refresh().expires > datetime.now(UTC)
    finally:
        resigner.stop()
    assert not resigner.is_alive()


def test_a_failed_beat_is_loud_and_the_next_one_tries_again(
    federation: Federation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def told() -> list[tuple[str, str]]:
        lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
        return [(line["event"], line.get("cause", "")) for line in lines]

    repository = Repository(tmp_path / "repository", federation.signer("online"))
    resigner = Resigner(repository, timedelta(milliseconds=20))
    resigner.start()
    try:
        eventually(lambda: ("directory timestamp not signed", "directory_folder_unusable") in told())
        repository.found(federation.first_change(federation.root()), datetime.now(UTC))
        eventually(lambda: "directory timestamp signed" in [event for event, _ in told()])
    finally:
        resigner.stop()


def test_resigning_while_publishing_loses_neither(published: Published, client: DirectoryClient) -> None:
    resigner = Resigner(published.repository, timedelta(milliseconds=1))
    resigner.start()
    try:
        for version in range(2, 8):
            published.publish_state("XA", version)
            assert f'"working":{version}' in client.refresh().targets[layout.state_path("XA")].decode()
    finally:
        resigner.stop()
    assert timestamp_version(published) > 8


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, invented."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented directory")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, None)
    )
    (folder / "tls.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (folder / "tls.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "tls.pem", folder / "tls.key"


SERVE = """
import sys
from datetime import timedelta
from pathlib import Path
from node.directory import ceremony, repository, server
path, key, port, certificate, tls_key = sys.argv[1:]
served = repository.Repository(Path(path), ceremony.load_key(Path(key)), timedelta(seconds=60))
beat = timedelta(milliseconds=100)
server.serve(served, "127.0.0.1", int(port), certificate=Path(certificate), key=Path(tls_key), interval=beat)
"""


def test_the_whole_server_speaks_tls_13_only_and_resigns(published: Published, tmp_path: Path) -> None:
    port = free_port()
    chain, key = certificate(tmp_path)
    online = published.federation.folder / "online.pem"
    arguments = [str(published.repository.path), str(online), str(port), str(chain), str(key)]
    process = subprocess.Popen([sys.executable, "-c", SERVE, *arguments])
    url = f"https://127.0.0.1:{port}"
    try:
        trust = ssl.create_default_context(cafile=str(chain))
        with directory_http(trust) as http:
            client = DirectoryClient(tmp_path / "tls", url, published.root, root_fingerprint=None, http=http)

            def answers() -> bool:
                try:
                    return http.get(f"{url}/healthz").status_code == 200
                except httpx2.ConnectError:
                    return False

            eventually(answers)
            assert client.refresh().findings == ()
            eventually(lambda: timestamp_version(published) >= 3)
            assert client.refresh().findings == ()
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
        with directory_http(trust) as old, pytest.raises(httpx2.ConnectError):
            old.get(f"{url}/healthz")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_serve_runs_until_it_is_told_to_end(published: Published, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    before, port = timestamp_version(published), free_port()

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def interrupt() -> None:
        eventually(answers)
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        serve(published.repository, "127.0.0.1", port, certificate=chain, key=key, interval=timedelta(milliseconds=50))
    interrupter.join()
    assert timestamp_version(published) > before
    assert not [thread for thread in threading.enumerate() if isinstance(thread, Resigner)]


def test_a_certificate_that_does_not_serve_is_named(published: Published, tmp_path: Path) -> None:
    chain, _ = certificate(tmp_path)
    with pytest.raises(KeyUnusable, match="TLS certificate: No such file"):
        serve(published.repository, "127.0.0.1", 0, certificate=tmp_path / "none.pem", key=chain)
    with pytest.raises(KeyUnusable, match="do not belong together"):
        serve(published.repository, "127.0.0.1", 0, certificate=chain, key=chain)
