"""What left is counted by way and by type; and what was never seen is told."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from node.inbound.measured import templates_of
from protocol.messages import REPLIES, REQUESTS
from protocol.wire import to_base64url
from tests.proof.beginning import Template
from tests.proof.inprocess import CO, PE
from tests.proof.registering import WAYS_IN
from tests.proof.taps import Left
from tests.proof.ways import NOT_PLAYED, WAYS, counted, expected, never_seen


def message(type_: str) -> bytes:
    content = f'{{"body":{{}},"type":"{type_}"}}'.encode()
    return b'POST /v1/envelopes HTTP/1.1\r\n\r\n{"payload":"' + to_base64url(content).encode() + b'","protected":""}'


def test_bytes_are_counted_by_way_and_messages_by_type() -> None:
    request = Left(1, CO, "request", message("match_request"))
    receipts = replace(request, way="reply", data=message("match_receipt") + b"\n" + message("match_receipt"))
    other = replace(request, way="log", data=message("celosia"))
    count = counted([request, receipts, other])
    assert (count["request"], count["reply"]) == (len(request.data), len(receipts.data))
    assert {name: count[name] for name in (*REQUESTS, *REPLIES) if count[name]} == {"match_request": 1, "match_receipt": 2}
    assert "celosia" not in count


def test_every_way_message_and_route_is_expected_and_told_if_it_never_seen(tmp_path: Path, template: Template) -> None:
    federation = template.begin(tmp_path)
    try:
        app = federation.nodes[CO].peer_app
        routes = {each for each in templates_of(app) if each.startswith("/v1/")}
        wanted = expected(app)
        assert set(wanted) == WAYS | routes | {*REQUESTS, *REPLIES, *WAYS_IN} - NOT_PLAYED
        assert {*REQUESTS, *REPLIES} > NOT_PLAYED
        assert never_seen(Counter(wanted)) == sorted(wanted)
        federation.beat()
        federation.end()
        count = Counter(wanted)
        count.update(counted(federation.taps.all()))
        count.update(federation.taps.answered)
        assert not {*WAYS, "/v1/envelopes", "/v1/witness/add-checkpoint"} & {*never_seen(count)} - {"directory"}
        assert {"opening_told", "/v1/log/exchanges/{x}/half"} <= {*never_seen(count)}
        # each node's telemetry is its own
        assert all({"spans", "metrics"} <= {left.way for left in federation.taps.left(code, 0)} for code in (CO, PE))
    finally:
        federation.close()
