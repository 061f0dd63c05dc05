"""A state's own change reaches the Secretariat and is published; nothing else gets in that way."""

import json
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Response
from hypothesis import given
from hypothesis import strategies as st

from node.directory import files, submission
from node.directory.client import DirectoryClient
from node.directory.errors import (
    DirectoryError,
    Expired,
    Forged,
    Malformed,
    PublicationRefused,
    RogueDelegation,
    Substituted,
    TooLarge,
    Unreachable,
)
from node.directory.repository import Change, Repository
from node.directory.server import directory_app, take_submissions
from node.directory.submission import SUBMISSION_BYTES, Accepted, admit, bundle, send
from node.logs import JsonLines
from node.tls.contexts import trusting
from protocol.wire import canonical
from tests.node.directory.conftest import Federation, edited, secretariat_tls, serving
from tests.node.directory.founded import Founded, moved, targets_draft
from tests.protocol.federation import BR, CO, PE, member_entry, working_entry


@pytest.fixture
def founded(federation: Federation, tmp_path: Path) -> Founded:
    return Founded.found(federation, tmp_path / "repository")


@pytest.fixture
def url(founded: Founded) -> Iterator[str]:
    app = directory_app(founded.repository.path)
    take_submissions(app, founded.repository, body_seconds=1)
    with serving(app) as served:
        yield served


def now() -> datetime:
    return datetime.now(UTC)


def test_a_states_change_is_published_and_reaches_a_member(
    founded: Founded, url: str, http: httpx2.Client, tmp_path: Path
) -> None:
    accepted = send(http, url, bundle(founded.role(CO, 2, moved(CO)), moved(CO)))

    client = DirectoryClient(tmp_path / "node", url, founded.root, root_fingerprint=None, http=http)
    adopted = client.refresh()
    assert (adopted.version, adopted.snapshot_hash) == (accepted.version, accepted.snapshot) == (2, accepted.snapshot)
    assert adopted.targets["states/CO.json"] == moved(CO)


def refusals(founded: Founded) -> dict[str, tuple[bytes, type[DirectoryError], str]]:
    """What is sent, which error it has to be, and a word of it."""
    own, entry = founded.role(CO, 2, moved(CO)), moved(CO)

    def reach(signed: Any) -> None:
        signed.targets["states/PE.json"] = signed.targets["states/CO.json"]

    later = own.replace(b'"version":2', b'"version":3')
    assert later != own
    reaching = founded.federation.sign(edited(own, reach), "CO0", "CO1")
    targets = founded.federation.sign(targets_draft(founded.federation, founded.root, 2), "targets0", "targets1")
    other = working_entry(PE).to_bytes()
    return {
        "no bundle": (b"{}", Malformed, "submission"),
        "a bundle with a field more": (bundle(own, entry)[:-1] + b',"x":1}', Malformed, "submission"),
        "a bundle printed otherwise": (bundle(own, entry) + b"\n", Malformed, "not_canonical"),
        "a bundle that is too large": (b"x" * (SUBMISSION_BYTES + 1), TooLarge, "submission"),
        "no role": (bundle(b"{}", entry), Malformed, "role in the submission"),
        "the members' role": (bundle(targets, entry), PublicationRefused, "only a state's own role"),
        "a root": (bundle(founded.federation.root(2), entry), PublicationRefused, "only a state's own role"),
        "a state that is no member": (
            bundle(founded.role("CL", 1, entry, by=("CO0", "CO1")), entry),
            PublicationRefused,
            "not a member",
        ),
        "a neighbour's officers": (bundle(founded.role(CO, 2, entry, by=("PE0", "PE1")), entry), Forged, "0 of 2"),
        "one officer": (bundle(founded.role(CO, 2, entry, by=("CO0",)), entry), Forged, "1 of 2"),
        "the member states' holders": (bundle(founded.role(CO, 2, entry, by=("targets0", "targets1")), entry), Forged, "0 of 2"),
        "a signed file changed after": (bundle(later, entry), Forged, "0 of 2"),
        "a role that reaches for a neighbour": (bundle(reaching, entry), RogueDelegation, "role CO"),
        "a role past its date": (bundle(founded.role(CO, 2, entry, days=-1), entry), Expired, "role CO"),
        "another entry than was signed": (bundle(own, working_entry(CO).to_bytes()), Substituted, "states/CO"),
        "a neighbour's entry": (bundle(founded.role(CO, 2, other), other), Malformed, "not that state's entry"),
        "a member entry": (
            bundle(founded.role(CO, 2, member_entry(CO).to_bytes()), member_entry(CO).to_bytes()),
            Malformed,
            "not that state's entry",
        ),
        "an entry that no node could read": (bundle(founded.role(CO, 2, b"{}"), b"{}"), Malformed, "states/CO"),
        "the version that is published": (bundle(founded.role(CO, 1, entry), entry), PublicationRefused, "the next one is 2"),
        "a version too many": (bundle(founded.role(CO, 3, entry), entry), PublicationRefused, "the next one is 2"),
    }


CASES = (
    "no bundle",
    "a bundle with a field more",
    "a bundle printed otherwise",
    "a bundle that is too large",
    "no role",
    "the members' role",
    "a root",
    "a state that is no member",
    "a neighbour's officers",
    "one officer",
    "the member states' holders",
    "a signed file changed after",
    "a role that reaches for a neighbour",
    "a role past its date",
    "another entry than was signed",
    "a neighbour's entry",
    "a member entry",
    "an entry that no node could read",
    "the version that is published",
    "a version too many",
)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_submission_is_refused_with_its_reason_and_changes_nothing(
    founded: Founded, url: str, http: httpx2.Client, case: str
) -> None:
    raw, error, words = refusals(founded)[case]
    with pytest.raises(error, match=words) as refused:
        send(http, url, raw)
    assert type(refused.value) is error
    assert founded.version() == 1


def test_every_case_is_tried(founded: Founded) -> None:
    assert set(refusals(founded)) == set(CASES)


def test_what_is_refused_here_would_have_been_published_by_a_door_that_takes_any_signed_file(founded: Founded) -> None:
    """The members' role is rightly signed: without a check of its own the door would let anybody publish it when they like."""
    raw = founded.federation.sign(targets_draft(founded.federation, founded.root, 2, (CO, BR)), "targets0", "targets1")
    with pytest.raises(PublicationRefused, match="only a state's own role"):
        submission.take(bundle(raw, moved(CO)), founded.repository, now())
    assert founded.version() == 1

    careless = founded.repository.publish(files.sort({"anything signed": raw}), now())
    assert "members/PE.json" not in careless.targets


def test_an_entry_that_no_node_could_read_would_have_been_published_by_signatures_alone(founded: Founded) -> None:
    change = Change(states={"CO": founded.role(CO, 2, b"{}")}, files={"states/CO.json": b"{}"})
    assert founded.repository.publish(change, now()).targets["states/CO.json"] == b"{}"


def test_a_submission_is_taken_once(founded: Founded, url: str, http: httpx2.Client) -> None:
    raw = bundle(founded.role(CO, 2, moved(CO)), moved(CO))
    send(http, url, raw)
    with pytest.raises(PublicationRefused, match="it is version 2, the next one is 3"):
        send(http, url, raw)


def test_a_state_that_was_expelled_is_no_member(founded: Founded) -> None:
    without = founded.federation.sign(targets_draft(founded.federation, founded.root, 2, (CO, BR)), "targets0", "targets1")
    founded.repository.publish(files.sort({"targets": without}), now())
    with pytest.raises(PublicationRefused, match="role PE: the state is not a member"):
        admit(bundle(founded.role(PE, 2, moved(PE)), moved(PE)), founded.repository.targets_role(), now())


def test_the_limit_holds_also_for_who_does_not_come_over_http(founded: Founded) -> None:
    with pytest.raises(TooLarge, match="submission"):
        admit(b"x" * (SUBMISSION_BYTES + 1), founded.targets, now())


@given(st.binary(max_size=300))
def test_bytes_of_chance_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    for each in (raw, canonical(submission.Submission(role=raw, entry=raw))):
        with pytest.raises(DirectoryError):
            admit(each, b"", now())


def test_a_refusal_is_a_problem_that_repeats_nothing(founded: Founded, url: str, http: httpx2.Client) -> None:
    raw = bundle(founded.role(CO, 2, moved(CO), by=("PE0", "PE1")), moved(CO))
    answer = http.post(url + submission.PATH, content=raw)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    document = answer.json()
    assert document["type"] == "urn:celosia:problem:directory_forged"
    assert (document["code"], document["status"], document["where"]) == ("directory_forged", 403, "role CO")
    assert "moved.example" not in answer.text


def test_a_flood_is_cut_off_where_the_limit_is(founded: Founded, url: str, http: httpx2.Client) -> None:
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1 << 12):
            sent += 1 << 16
            yield b"x" * (1 << 16)

    with suppress(httpx2.TransportError):  # the server may hang up while we are still sending
        assert http.post(url + submission.PATH, content=flood()).status_code == 413
    assert SUBMISSION_BYTES < sent < 1 << 26
    assert founded.version() == 1


def connected(url: str) -> ssl.SSLSocket:
    """A bare TLS connection, to misbehave on."""
    parsed = httpx2.URL(url)
    assert parsed.port is not None
    line = socket.create_connection((parsed.host, parsed.port), timeout=10)
    return trusting(secretariat_tls() / "authority.pem").wrap_socket(line, server_hostname=parsed.host)


HALF = b"POST /submissions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{"


def test_who_drips_bytes_does_not_hold_the_server(url: str) -> None:
    with connected(url) as line:
        line.sendall(HALF)
        assert line.recv(4096).startswith(b"HTTP/1.1 408")


def test_who_hangs_up_leaves_no_traceback(url: str, http: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    with connected(url) as line:
        line.sendall(HALF)
    assert http.get(f"{url}/healthz").status_code == 200
    assert "Traceback" not in caplog.text


def test_the_log_says_what_happened_and_not_what_was_sent(
    founded: Founded, url: str, http: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "celosia.directory")
    with pytest.raises(Malformed):
        send(http, url, b'{"secret":"invented"}')
    send(http, url, bundle(founded.role(CO, 2, moved(CO)), moved(CO)))
    told = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "celosia.directory"]
    assert [{name: line[name] for name in line.keys() - {"at", "level", "log"}} for line in told] == [
        {"event": "submission refused", "cause": "directory_malformed"},
        {"event": "submission published", "states": ["CO"], "version": 2},
    ]


def test_before_anything_is_published_the_secretariat_says_so(founded: Founded, tmp_path: Path, http: httpx2.Client) -> None:
    app = FastAPI()
    take_submissions(app, Repository(tmp_path / "empty", founded.federation.signer("online")))
    with serving(app) as url:
        answer = http.post(url + submission.PATH, content=bundle(founded.role(CO, 2, moved(CO)), moved(CO)))
        assert (answer.status_code, answer.json()["code"]) == (503, "directory_folder_unusable")


def test_a_bundle_that_no_directory_would_take_is_not_sent() -> None:
    with pytest.raises(TooLarge, match="submission"):
        bundle(b"{}", b"x" * SUBMISSION_BYTES)
    assert len(bundle(b"x" * (15 << 10), b"x" * (128 << 10))) < SUBMISSION_BYTES


def answering(status: int, content: bytes) -> FastAPI:
    app = FastAPI()

    @app.post(submission.PATH)
    def answer() -> Response:
        return Response(content, status)

    return app


@pytest.mark.parametrize(
    ("status", "content", "error", "words"),
    [
        (201, b"{}", Malformed, "answer of the directory"),
        (201, b"x" * (1 << 15), TooLarge, "answer of the directory"),
        (200, canonical(Accepted(version=2, snapshot="0" * 64)), Malformed, "status 200 without a reason"),
        (502, b"<html>", Malformed, "status 502 without a reason"),
        (403, json.dumps({"code": "not ours", "where": "", "why": ""}).encode(), Malformed, "status 403"),
        (403, json.dumps({"code": "directory_newer", "where": "here", "why": "so"}).encode(), DirectoryError, "here: so"),
    ],
)
def test_an_answer_of_another_kind_is_not_believed(
    http: httpx2.Client, status: int, content: bytes, error: type[DirectoryError], words: str
) -> None:
    with serving(answering(status, content)) as url, pytest.raises(error, match=words):
        send(http, url, b"{}")


def test_a_server_that_is_not_there_is_said_so(http: httpx2.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(Unreachable, match="no connection"):
        send(http, f"http://127.0.0.1:{port}", b"{}")
