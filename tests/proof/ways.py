"""By which ways anything left, and as what: so that a way that carried nothing is not taken for one that was searched."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from fastapi import FastAPI

from node.inbound.measured import templates_of
from protocol.messages import REPLIES, REQUESTS
from protocol.wire import from_base64url
from tests.proof.registering import WAYS_IN
from tests.proof.taps import Left

WAYS = frozenset({"request", "reply", "directory", "log", "spans", "metrics"})
"""Of the form in one process. Index files, checkpoints, proofs, halves of bundles and directories are replies."""
NOT_PLAYED = frozenset({"manifest_wanted", "records_wanted", "records", "key_revocation", "revocation_receipt"})
"""Messages for which a peer has to show two lists for one, a node to be restored, or a key to be stolen: none is in the play."""
_PAYLOAD = re.compile(rb'"payload":"([A-Za-z0-9_-]+)"')


def expected(peer_app: FastAPI) -> dict[str, int]:
    """Whatever should be seen, none of it yet: ways out, messages, answers to each route for peers, registrations in each way."""
    messages = (*REQUESTS, *REPLIES)
    routes = (each for each in templates_of(peer_app) if each.startswith("/v1/"))
    return dict.fromkeys((*WAYS, *(each for each in messages if each not in NOT_PLAYED), *routes, *WAYS_IN), 0)


def counted(left: Iterable[Left]) -> Counter[str]:
    """Bytes by each way, and how many messages of each type."""
    count: Counter[str] = Counter()
    for each in left:
        count[each.way] += len(each.data)
        count.update(_types(each.data))
    return count


def never_seen(count: Counter[str]) -> list[str]:
    """What should have been there and was not."""
    return sorted(name for name, times in count.items() if not times)


def _types(data: bytes) -> Iterator[str]:
    for payload in _PAYLOAD.findall(data):
        content = json.loads(from_base64url(payload.decode()))
        if content.get("type") in {*REQUESTS, *REPLIES}:
            yield content["type"]
