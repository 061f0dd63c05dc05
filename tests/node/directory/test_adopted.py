"""The stored set is trusted for nothing: every signature, digest and version in it is checked at every reading."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tuf.api.metadata import MetaFile

from node.directory.adopted import Finding, StoredSet, verify_stored
from node.directory.client import DirectoryClient
from node.directory.errors import DirectoryError, Forged, Malformed, Substituted
from protocol.wire import canonical, parse
from tests.node.directory.conftest import Published, entry, soon


@pytest.fixture
def stored(client: DirectoryClient, tmp_path: Path) -> StoredSet:
    client.refresh()
    return parse(StoredSet, (tmp_path / "node" / "adopted.json").read_bytes(), limit=1 << 20, where="test")


def with_(stored: StoredSet, **fields: object) -> StoredSet:
    return parse(StoredSet, canonical(stored.model_copy(update=fields)), limit=1 << 24, where="test")


def test_a_stored_set_gives_what_was_adopted(published: Published, client: DirectoryClient, stored: StoredSet) -> None:
    adopted = verify_stored(stored, published.root)
    assert adopted == client.load()
    assert set(adopted.ends) == {"root", "timestamp", "snapshot", "targets", *stored.states}
    assert adopted.expires == min(adopted.ends[role] for role in ("root", "timestamp", "snapshot", "targets"))


def test_a_state_taken_out_of_the_file_is_absent_and_found(published: Published, stored: StoredSet) -> None:
    states = {state: raw for state, raw in stored.states.items() if state != "XB"}
    adopted = verify_stored(with_(stored, states=states), published.root)
    assert adopted.findings == (Finding("XB", "no_entry"),)
    assert "XB" not in adopted.ends
    assert not [path for path in adopted.targets if "XB" in path]


Change = Callable[[Published, StoredSet], dict[str, object]]


def another_root(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"roots": [published.federation.root(expires=soon(31))]}


def no_root(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"roots": []}


def root_version_skipped(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"roots": [*stored.roots, published.federation.root(3)]}


def root_by_too_few(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"roots": [*stored.roots, published.federation.root(2, by=("root2",))]}


def root_by_strangers(published: Published, stored: StoredSet) -> dict[str, object]:
    """Sound in itself; nobody of the root before signed it."""
    for name in ("coup0", "coup1"):
        published.federation.add_holder(name)
    return {"roots": [*stored.roots, published.federation.root(2, by=("coup0", "coup1"), roots=("coup0", "coup1"))]}


def types_swapped(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"timestamp": stored.snapshot}


def other_state_bytes(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"states": stored.states | {"XA": published.federation.state("XA", days=31)}}


def unknown_state(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"states": stored.states | {"XD": stored.states["XA"]}}


def file_changed(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"files": stored.files | {"states/XA.json": entry("XA", 2)}}


def file_missing(published: Published, stored: StoredSet) -> dict[str, object]:
    return {"files": {path: raw for path, raw in stored.files.items() if path != "members/XA.json"}}


def unsigned_timestamp(published: Published, stored: StoredSet) -> dict[str, object]:
    start = stored.timestamp.index(b'"signatures":[') + len(b'"signatures":[')
    return {"timestamp": stored.timestamp[:start] + stored.timestamp[stored.timestamp.index(b"]", start) :]}


@pytest.mark.parametrize(
    ("change", "refusal", "why"),
    [
        (another_root, Malformed, "does not start at the root"),
        (no_root, Malformed, "does not start at the root"),
        (root_version_skipped, Malformed, "a version is missing"),
        (root_by_too_few, Forged, "1/2"),
        (root_by_strangers, Forged, "0/2"),
        (types_swapped, Malformed, "another type"),
        (other_state_bytes, Substituted, "stored XA"),
        (unknown_state, Malformed, "XD is missing"),
        (file_changed, Substituted, r"stored states/XA\.json"),
        (file_missing, Malformed, r"stored members/XA\.json"),
        (unsigned_timestamp, Forged, "timestamp was signed by 0/1"),
    ],
)
def test_a_stored_set_that_was_changed_is_refused(
    published: Published, stored: StoredSet, change: Change, refusal: type[DirectoryError], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        verify_stored(with_(stored, **change(published, stored)), published.root)


def test_a_set_whose_versions_do_not_meet_is_refused(published: Published, client: DirectoryClient, stored: StoredSet) -> None:
    # The snapshot's own signer names the right bytes under a wrong version: digests alone would not notice.
    published.seize(meta={"XA.json": MetaFile.from_data(5, stored.states["XA"], ["sha256"])})
    snapshot = (published.metadata / "2.snapshot.json").read_bytes()
    timestamp = (published.metadata / "timestamp.json").read_bytes()
    with pytest.raises(Malformed, match="another version than the one"):
        verify_stored(with_(stored, snapshot=snapshot, timestamp=timestamp), published.root)
