"""A time stamp over a checkpoint in an evidence bundle: asked for with `rfc3161-client`, given by an authority of openssl's.

The bundle's verifier sees what the stamp is about; who gave it, and when, openssl and `rfc3161-client` say.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from fastapi.responses import Response
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from deploy.verify_bundle import verify
from node.inbound.national.evidence import LEFT_OUT
from protocol.evidence import Evidence
from protocol.tlog_proof import LogProof
from tests.node.cli.conftest import celosia, node
from tests.node.cli.program import Node, Program
from tests.protocol.bundles import ROOT_DIGEST, Exchange, X, bundle
from tests.protocol.federation import CO

pytestmark = pytest.mark.system
__all__ = ["celosia", "node"]

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = An invented time stamp authority
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = stamping.pem
signer_key = stamping.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority that gives time stamps."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is not installed. Run deploy/install-system-packages as root.")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "authority.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    new = (
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "30",
        "-config",
        "authority.cnf",
    )
    made = [
        openssl(folder, *new, "-extensions", "root", "-keyout", "root.key", "-out", "root.pem"),
        openssl(
            folder,
            *(*new, "-extensions", "stamping", "-keyout", "stamping.key", "-out", "stamping.pem"),
            *("-CA", "root.pem", "-CAkey", "root.key", "-subj", "/CN=An invented clock"),
        ),
    ]
    assert [each.returncode for each in made] == [0, 0], [each.stderr for each in made]
    return folder


def stamped(authority: Path, data: bytes) -> TimeStampResponse:
    """The authority's answer to a request for a stamp over `data`."""
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    (authority / "request.tsq").write_bytes(request.as_bytes())
    told = openssl(authority, "ts", "-reply", "-config", "authority.cnf", "-queryfile", "request.tsq", "-out", "reply.tsr")
    assert told.returncode == 0, told.stderr
    answer = decode_timestamp_response((authority / "reply.tsr").read_bytes())
    assert answer.status == PKIStatus.GRANTED, answer.status_string
    return answer


def test_a_time_stamp_over_a_checkpoint(authority: Path) -> None:
    evidence = Exchange().evidence()
    message = evidence.logs[CO].messages[0]
    assert message.early is not None
    text = LogProof.from_bytes(message.early).checkpoint.checkpoint.to_text().encode()
    answer = stamped(authority, text)
    root = x509.load_pem_x509_certificate((authority / "root.pem").read_bytes())
    # 1 who gave it, by the client
    judge = VerifierBuilder().add_root_certificate(root).build()
    assert judge.verify_message(answer, text)
    with pytest.raises(VerificationError):
        judge.verify_message(answer, text + b"\n")
    # 2 what it is about, by the bundle's verifier
    log = evidence.logs[CO]
    token = answer.time_stamp_token()
    told = replace(log, messages=(replace(message, token=token), *log.messages[1:]))
    report = verify(replace(evidence, logs={**evidence.logs, CO: told}).to_bytes(), ROOT_DIGEST)
    assert report.exit_code == 0, report.to_text("en")
    assert [line.facts["name"] for line in report.lines if line.code == "token"] == ["logs/CO/01.tst"]
    # 3 the file of the bundle, by openssl, as the documents say
    (authority / "01.tst").write_bytes(token)
    (authority / "checkpoint").write_bytes(text)
    shown = ("ts", "-verify", "-data", "checkpoint", "-token_in", "-in", "01.tst", "-CAfile", "root.pem")
    held = openssl(authority, *shown)
    assert (held.returncode, "Verification: OK" in held.stdout + held.stderr) == (0, True), held.stderr
    (authority / "checkpoint").write_bytes(text + b"\n")
    assert openssl(authority, *shown).returncode != 0


@contextmanager
def listening(authority: Path) -> Iterator[str]:
    """The authority at an address on loopback, as one on a network would be."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            (authority / "asked.tsq").write_bytes(self.rfile.read(length))
            told = openssl(authority, "ts", "-reply", "-config", "authority.cnf", "-queryfile", "asked.tsq", "-out", "told.tsr")
            self.send_response(200 if told.returncode == 0 else 500)
            self.end_headers()
            self.wfile.write((authority / "told.tsr").read_bytes())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join()


@pytest.mark.enable_socket
def test_the_command_asks_for_time_stamps_and_openssl_takes_them(
    authority: Path, celosia: Program, node: Node, tmp_path: Path
) -> None:
    """As `celosia evidence --timestamp` does it, over a bundle that a node has made."""
    node.says(f"POST /v1/exchanges/{X}/evidence", Response(bundle(), headers={LEFT_OUT: "0"}))
    file = tmp_path / "out.asice"
    with listening(authority) as address:
        told = celosia("evidence", X, str(file), "--reason", "Court order 12/2026", "--timestamp", address)
    assert told.code == 0, told.text
    assert verify(file.read_bytes(), ROOT_DIGEST).exit_code == 0
    message = Evidence.from_bytes(file.read_bytes()).logs[CO].messages[0]
    assert message.token is not None and message.early is not None
    (authority / "02.tst").write_bytes(message.token)
    (authority / "text").write_bytes(LogProof.from_bytes(message.early).checkpoint.checkpoint.to_text().encode())
    shown = ("ts", "-verify", "-data", "text", "-token_in", "-in", "02.tst", "-CAfile", "root.pem", "-untrusted", "stamping.pem")
    held = openssl(authority, *shown)
    assert (held.returncode, "Verification: OK" in held.stdout + held.stderr) == (0, True), held.stderr


def test_a_time_stamp_over_something_else(authority: Path) -> None:
    evidence = Exchange().evidence()
    log = evidence.logs[CO]
    token = stamped(authority, b"something else").time_stamp_token()
    told = replace(log, messages=(replace(log.messages[0], token=token), *log.messages[1:]))
    report = verify(replace(evidence, logs={**evidence.logs, CO: told}).to_bytes(), ROOT_DIGEST)
    assert [line.code for line in report.lines if line.status == "fails"] == ["other_token"]
