"""Lines to peers: what comes back is cut into envelopes as it arrives, bounded, and every fault is one of ours."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.merkle import root_of
from node.federation import Federation
from node.keys import Keys
from node.outbound.errors import PeerFault, PeerRefused, PeerUnavailable
from node.outbound.peers import PeerLines
from node.outbound.peers import _lines as cut_into_envelopes
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, ClearedCheckpoint, Door
from node.store.database import Work
from node.tls import errors as tls
from node.tls.certificates import create_authority, issue_leaf, spki_pin
from node.tls.own import NEXT, OwnLeaf, write_credential
from protocol.checkpoint import Checkpoint, origin_of, parse_checkpoint, sign_checkpoint
from protocol.index.manifest import SegmentRef
from protocol.limits import CHECKPOINT_BYTES, COSIGNATURES_BYTES, REPLY_BYTES
from protocol.messages import ManifestsWanted
from protocol.wire import sha256
from protocol.witnessing import AddCheckpoint
from tests.node.conftest import Clock
from tests.node.tls.leaves import own_leaf, vault_with
from tests.protocol.federation import CO, PE

ENVELOPE = st.binary(min_size=1, max_size=40).filter(lambda raw: b"\n" not in raw)


class Peer:
    """The other end of the line: what it answers, in the pieces in which it arrives."""

    def __init__(self) -> None:
        self.status, self.pieces = 200, [b""]
        self.media_type = "application/octet-stream"
        self.fault: Exception | None = None
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if self.fault is not None:
            raise self.fault
        return httpx2.Response(self.status, headers={"Content-Type": self.media_type}, content=iter(self.pieces))


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def lines(peer: Peer, member: Federation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PeerLines]:
    """Lines whose last part, TLS, is left out: `tests/node/tls` and `tests/federation` have it."""
    monkeypatch.setattr("node.outbound.peers.pinned_client", lambda *_: httpx2.Client(transport=httpx2.MockTransport(peer)))
    made = PeerLines(member, own_leaf(tmp_path), Clock())
    yield made
    made.close()


@pytest.fixture
def cleared(door: Door, work: Work) -> Cleared:
    return door.request(work, Outgoing(PE, ManifestsWanted()))[0]


def test_a_request_goes_to_the_address_that_the_directory_has(
    lines: PeerLines, peer: Peer, cleared: Cleared, member: Federation
) -> None:
    assert list(lines.send(cleared)) == []
    (request,) = peer.asked
    assert str(request.url) == member.directory.member(PE).working.peer_url + "/v1/envelopes"
    assert request.headers["Content-Type"] == "application/jose+json"
    assert request.content == cleared.raw


@given(
    envelopes=st.lists(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\n" not in raw), max_size=4), cut=st.integers(1, 7)
)
def test_replies_are_the_same_however_the_line_cuts_them(envelopes: list[bytes], cut: int) -> None:
    whole = b"".join(each + b"\n" for each in envelopes)
    pieces = (whole[at : at + cut] for at in range(0, len(whole), cut))
    assert list(cut_into_envelopes(httpx2.Response(200, content=pieces))) == envelopes


def test_a_reply_that_breaks_off_within_an_envelope_gives_the_whole_ones_and_then_a_fault(
    lines: PeerLines, peer: Peer, cleared: Cleared
) -> None:
    peer.pieces = [b"first\nsec"]
    replies = lines.send(cleared)
    assert next(replies) == b"first"
    with pytest.raises(PeerUnavailable) as fault:
        next(replies)
    assert fault.value.reason == "bad_response"


def test_a_reply_that_never_ends_is_left(lines: PeerLines, peer: Peer, cleared: Cleared) -> None:
    peer.pieces = [b"x" * (1 << 20)] * 3
    assert sum(map(len, peer.pieces)) > REPLY_BYTES
    with pytest.raises(PeerUnavailable) as fault:
        list(lines.send(cleared))
    assert fault.value.reason == "too_large"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps({"code": "denied_sender"}).encode(), "denied_sender"),
        (b"not JSON", "unknown"),
        (b"[]", "unknown"),
        (b"{}", "unknown"),
        (b'{"code": 7}', "unknown"),
        (b'{"code": "<script>"}', "unknown"),
        (b'{"code": "' + b"a" * 41 + b'"}', "unknown"),
        (b"[" * 5000, "unknown"),
    ],
)
def test_a_refusal_tells_the_peer_s_code_and_nothing_else_of_what_it_wrote(
    lines: PeerLines, peer: Peer, cleared: Cleared, body: bytes, code: str
) -> None:
    peer.status, peer.pieces = 403, [body]
    with pytest.raises(PeerRefused) as refused:
        list(lines.send(cleared))
    assert refused.value.reason == code


@pytest.mark.parametrize(
    ("body", "difference"),
    [
        ({"code": "not_fresh", "facts": {"difference_seconds": 86_400}}, 86_400),
        ({"code": "not_fresh", "facts": {"difference_seconds": 1 << 70}}, None),
        ({"code": "not_fresh", "facts": {"difference_seconds": True}}, None),
        ({"code": "not_fresh", "facts": {"difference_seconds": "86400"}}, None),
        ({"code": "not_fresh", "facts": [86_400]}, None),
        ({"code": "not_fresh"}, None),
        ({"code": "malformed", "facts": {"difference_seconds": 86_400}}, None),
    ],
)
def test_a_refusal_for_the_clock_tells_the_difference_if_that_is_a_number_of_seconds(
    lines: PeerLines, peer: Peer, cleared: Cleared, body: dict[str, object], difference: int | None
) -> None:
    peer.status, peer.pieces = 400, [json.dumps(body).encode()]
    with pytest.raises(PeerRefused) as refused:
        list(lines.send(cleared))
    assert refused.value.difference == difference


@pytest.mark.parametrize("kind", tls.TlsError.__subclasses__())
def test_every_fault_of_the_line_has_a_reason(lines: PeerLines, peer: Peer, cleared: Cleared, kind: type[tls.TlsError]) -> None:
    peer.fault = kind("the text of a library")
    with pytest.raises(PeerFault) as fault:
        list(lines.send(cleared))
    assert fault.value.reason
    assert "library" not in str(fault.value)


def test_an_index_file_is_read_to_the_size_that_its_manifest_says(lines: PeerLines, peer: Peer, door: Door) -> None:
    peer.pieces = [b"12345"]
    reading = door.reading(SegmentRef(digest="0" * 64, count=5), PE)
    assert b"".join(lines.read_index_file(reading, 5)) == b"12345"
    assert str(peer.asked[0].url).endswith("/v1/index/" + "0" * 64)
    with pytest.raises(PeerUnavailable) as fault:
        list(lines.read_index_file(reading, 4))
    assert fault.value.reason == "too_large"


def test_a_line_that_is_in_use_when_our_leaf_changes_ends_with_its_last_request(
    peer: Peer, member: Federation, cleared: Cleared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    authority = create_authority("Autoridad inventada CO", now, 90)
    made: list[httpx2.Client] = []

    def client(*_: object) -> httpx2.Client:
        made.append(httpx2.Client(transport=httpx2.MockTransport(peer)))
        return made[-1]

    monkeypatch.setattr("node.outbound.peers.pinned_client", client)
    vault = vault_with(tmp_path / "own", issue_leaf(authority, ["localhost"], "CO", now, 30))
    own = OwnLeaf(vault)
    lines = PeerLines(member, own, Clock())
    peer.pieces = [b"first\n", b"second\n"]
    under_way = lines.send(cleared)
    assert next(under_way) == b"first"
    following = issue_leaf(authority, ["localhost"], "CO", now, 30)
    write_credential(vault, NEXT, following)
    assert own.turn([spki_pin(following.certificate)], now) is not None
    assert list(lines.send(cleared)) == [b"first", b"second"]
    assert [each.is_closed for each in made] == [False, False]
    assert list(under_way) == [b"second"]
    assert [each.is_closed for each in made] == [True, False]
    lines.close()
    assert [each.is_closed for each in made] == [True, True]


ORIGIN = "celosia/CO/log/00000000"


@pytest.fixture
def offered(door: Door, keys: Keys) -> ClearedCheckpoint:
    origin = origin_of(CO, keys.log.public)
    signed = sign_checkpoint(Checkpoint(origin, 0, root_of(())), keys.log)
    return door.offer(AddCheckpoint(0, (), parse_checkpoint(signed.raw)), PE)


def test_a_checkpoint_is_offered_as_it_is_and_its_cosignature_comes_back(
    lines: PeerLines, peer: Peer, offered: ClearedCheckpoint, member: Federation
) -> None:
    peer.pieces = [b"a line\n"]
    assert lines.offer_checkpoint(offered) == b"a line\n"
    (request,) = peer.asked
    assert str(request.url) == member.directory.member(PE).working.peer_url + "/v1/witness/add-checkpoint"
    assert request.content == offered.raw


@pytest.mark.parametrize(
    ("media_type", "body", "reason", "size"),
    [
        ("text/x.tlog.size", b"41\n", "other_size", 41),
        ("text/x.tlog.size", b"041\n", "unknown", None),
        ("text/x.tlog.size", b"41", "unknown", None),
        ("application/problem+json", b'{"code": "log_forked"}', "log_forked", None),
        ("application/problem+json", b"41\n", "unknown", None),
    ],
)
def test_another_size_is_told_from_every_other_refusal(
    lines: PeerLines, peer: Peer, offered: ClearedCheckpoint, media_type: str, body: bytes, reason: str, size: int | None
) -> None:
    peer.status, peer.pieces, peer.media_type = 409, [body], media_type
    with pytest.raises(PeerRefused) as refused:
        lines.offer_checkpoint(offered)
    assert (refused.value.reason, getattr(refused.value, "size", None)) == (reason, size)


def test_what_a_witness_has_seen_is_asked_by_the_digest_of_our_own_log_only(
    lines: PeerLines, peer: Peer, door: Door, keys: Keys
) -> None:
    origin = origin_of(CO, keys.log.public)
    peer.pieces = [b"a note"]
    assert lines.read_seen(door.look(origin, PE)) == b"a note"
    assert peer.asked[0].url.path == f"/v1/witness/{sha256(origin.encode())}/checkpoint"
    with pytest.raises(ValueError, match="not the log of this node"):
        door.look(ORIGIN, PE)


def test_a_peers_log_is_looked_at_where_every_member_may_look(lines: PeerLines, peer: Peer, door: Door) -> None:
    peer.pieces = [b"a note"]
    assert lines.read_log(door.sight(PE)) == lines.read_log(door.sight_between(3, 5, PE)) == b"a note"
    assert [request.url.path for request in peer.asked] == ["/v1/log/witnessed", f"/v1/log/{door.sight_between(3, 5, PE).name}"]
    peer.pieces = [b"x" * (CHECKPOINT_BYTES + 1)]
    with pytest.raises(PeerUnavailable, match="too_large"):
        lines.read_log(door.sight(PE))


def test_more_than_a_note_may_have_is_not_read(lines: PeerLines, peer: Peer, offered: ClearedCheckpoint) -> None:
    peer.pieces = [b"x" * (COSIGNATURES_BYTES + 1)]
    with pytest.raises(PeerUnavailable, match="too_large"):
        lines.offer_checkpoint(offered)
