"""The ways by which somebody gets into a register besides an export's rows: typed by the liaison, by a file, or by a feed.

The feed is the national system's, signed with a key of the test's own.
"""

import json
from collections.abc import Sequence
from typing import Any

from crypto.signing import SigningKey
from node.case_files.register_feed import FEED_TYPE, Feed
from protocol import jws
from protocol.authority import Authority
from protocol.wire import canonical
from tests.proof.cast import Somebody

WAYS_IN = ("typed", "file", "feed")
_SYSTEM = SigningKey.from_seed(bytes(range(32)))
SETTINGS = f"""
[feed]
key = "{bytes(_SYSTEM.public).hex()}"
"""
_COLUMNS = ("reference", "given_names", "surnames", "birth_date", "kind", "value", "country")


def typed(who: Somebody, way: int) -> dict[str, Any]:
    """An entry as the liaison types it: name, number and whatever else they bear."""
    given, surnames, born = who.names()[way % 4]
    return {
        **{"reference": f"V-{who.role}", "given_names": given, "surnames": surnames, "birth_date": born, "country": "CO"},
        "identifiers": [{"kind": kind, "value": value} for kind, value in _borne(who, way)],
    }


def file_of(who: Somebody, way: int) -> bytes:
    """The same as a file: a row for each identifier, the name in the first."""
    given, surnames, born = who.names()[way % 4]
    rows: list[Sequence[str]] = [_COLUMNS]
    for at, (kind, value) in enumerate(_borne(who, way)):
        rows.append([f"V-{who.role}", *((given, surnames, born) if at == 0 else ("", "", "")), kind, value, "CO"])
    return "\n".join(map(",".join, rows)).encode()


def feed_of(who: Somebody, way: int, authority: Authority, sequence: int) -> bytes:
    """The same as the national system's feed, signed."""
    feed = {"v": 1, "authority": authority, "sequence": sequence, "entries": [typed(who, way)]}
    return jws.sign(canonical(Feed.model_validate_json(json.dumps(feed))), FEED_TYPE, _SYSTEM)


def _borne(who: Somebody, way: int) -> Sequence[tuple[str, str]]:
    return [("phone", who.numbers()[way]), *((each.kind.value, each.written[way % len(each.written)]) for each in who.others)]
