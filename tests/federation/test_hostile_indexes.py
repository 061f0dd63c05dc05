"""Index files that are not what their signed manifest names, over real TLS: refused as they come, and nothing rests on them."""

from collections.abc import Callable
from typing import Any

import pytest

from node.officers import Role
from node.store import manifests
from protocol.index.manifest import SegmentRef
from protocol.limits import ENTRY_BYTES, SEGMENT_HEADER_BYTES
from protocol.wire import sha256
from tests.federation.cases import ask, phone, publish_phones, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import newest_manifest
from tests.federation.test_bad_peers import extend_chain, held_of

pytestmark = pytest.mark.federation


def swapped(raw: bytes) -> bytes:
    """The first two entries in each other's place."""
    first, second = SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + ENTRY_BYTES
    return raw[:first] + raw[second : second + ENTRY_BYTES] + raw[first:second] + raw[second + ENTRY_BYTES :]


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], bool, int]] = {
    "wrong digest": (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), False, 0),
    "wrong order": (swapped, True, 0),
    "wrong length: short": (lambda raw: raw[:-ENTRY_BYTES], True, 0),
    "wrong length: long": (lambda raw: raw + raw[-ENTRY_BYTES:], True, 0),
    "wrong length: another count": (lambda raw: raw, True, 1),
    "another header": (lambda raw: b"C" + raw[1:], True, 0),
}
"""What is served for a segment; whether the manifest names the digest of just that; and how many entries too many it says."""


def serve(rogue: RunningNode, make: Callable[[bytes], bytes], named: bool, more: int) -> None:
    """The rogue's next manifest names a segment for which its server gives other bytes."""
    files = rogue.node.index.files
    (segment, *_) = manifests.content(newest_manifest(rogue)).segments
    raw = files.read(segment.digest)
    made = make(raw)
    digest = sha256(made) if named else sha256(raw[:-1] + b"never")
    files.path(digest).write_bytes(made)
    extend_chain(rogue, segments=(SegmentRef(digest=digest, count=segment.count + more),))


def usable(node: RunningNode) -> list[str]:
    return [row.digest for row in held_of(node, BR) if row.usable]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_what_the_manifest_names_is_not_kept_and_others_are_followed(
    own_federation: Federation, name: str
) -> None:
    publish_phones(own_federation[BR], phone())
    own_federation.beat()
    rogue, asker, before = own_federation[BR], own_federation[CO], usable(own_federation[CO])
    kept = {path.name for path in asker.node.index.files.path("x").parent.iterdir()}
    serve(rogue, *HOSTILE[name])
    asker.follow_lists()
    assert usable(asker) == before
    assert {path.name for path in asker.node.index.files.path("x").parent.iterdir()} == kept
    officer = asker.officer(Role.INVESTIGATOR)
    assert [peer["state"] for peer in settled(officer, ask(officer, phone(), peers=[PE]))] == ["answered"]


def test_the_same_manifest_over_true_bytes_is_taken(own_federation: Federation) -> None:
    publish_phones(own_federation[BR], phone())
    own_federation.beat()
    serve(own_federation[BR], lambda raw: raw, True, 0)
    before = usable(own_federation[CO])
    own_federation[CO].follow_lists()
    assert len(usable(own_federation[CO])) == len(before) + 1


def test_a_peer_s_lists_take_so_much_of_the_disk_and_no_more(own_federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_phones(own_federation[BR], phone())
    own_federation.beat()
    asker, before = own_federation[CO], usable(own_federation[CO])
    (segment, *_) = manifests.content(newest_manifest(own_federation[BR])).segments
    size = SEGMENT_HEADER_BYTES + segment.count * ENTRY_BYTES
    monkeypatch.setattr("node.flows.follow_lists.PEER_INDEX_BYTES", size)
    reads: list[Any] = []
    read = asker.node.follow.lines.read_index_file

    def noted(*given: Any) -> Any:
        reads.append(given)
        return read(*given)

    monkeypatch.setattr(asker.node.follow.lines, "read_index_file", noted)
    extend_chain(own_federation[BR], segments=(SegmentRef(digest="0" * 64, count=segment.count),))
    asker.follow_lists()
    assert usable(asker) == before
    assert [given[0].to for given in reads if given[0].to == BR] == []
    monkeypatch.setattr("node.flows.follow_lists.PEER_INDEX_BYTES", 100 * size)
    asker.follow_lists()
    assert len([given for given in reads if given[0].to == BR]) == 1
