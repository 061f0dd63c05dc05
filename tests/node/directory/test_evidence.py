"""What the Secretariat published, as a court's program reads it in a bundle."""

from pathlib import Path

import pytest

from deploy.verify_bundle import Files, Refused, read_directory, read_roots
from node.directory.adopted import StoredSet, verify_stored
from node.directory.ceremony import fingerprint
from node.directory.errors import Malformed
from node.directory.evidence import directory_evidence
from node.directory.repository import STAGED, FolderFetcher
from node.directory.walk import walk
from protocol.asic import pack
from tests.node.directory.conftest import Federation
from tests.node.directory.founded import Founded
from tests.protocol.federation import BR, CO, PE


@pytest.fixture
def stored(federation: Federation, tmp_path: Path) -> StoredSet:
    founded = Founded.found(federation, tmp_path / "repository")
    return walk(tmp_path / "seen", STAGED, FolderFetcher(founded.repository.published), founded.root)


def files_of(stored: StoredSet) -> dict[str, bytes]:
    version, made = directory_evidence(stored, (CO, PE))
    files = {f"directory/roots/{number}.json": raw for number, raw in enumerate(stored.roots, 1)}
    at = f"directory/{version}"
    files |= {f"{at}/timestamp.json": made.timestamp, f"{at}/snapshot.json": made.snapshot, f"{at}/targets.json": made.targets}
    files |= {f"{at}/roles/{state}.json": raw for state, raw in made.roles.items()}
    return files | {f"{at}/{path}": raw for path, raw in made.files.items()}


def test_a_published_directory_is_read_as_the_node_reads_it(stored: StoredSet) -> None:
    container = Files(pack(files_of(stored)))
    roots = read_roots(container, fingerprint(stored.roots[-1]).replace(" ", ""))
    read = read_directory(container, 1, (CO, PE), roots)
    container.end()
    adopted = verify_stored(stored, stored.roots[0])
    directory = adopted.assemble()
    assert (read.version, read.digest, read.until) == (adopted.version, adopted.snapshot_hash, int(adopted.expires.timestamp()))
    quorum = directory.quorum_of(CO)
    assert quorum is not None
    assert [key.key for key in read.witnesses_of(CO)] == [bytes(key.key) for key in quorum.witnesses]
    assert read.quorum_of(CO) == quorum.needed


def test_a_member_that_is_not_here_is_counted_all_the_same(stored: StoredSet) -> None:
    files = files_of(stored)
    del files["directory/1/members/BR.json"]
    container = Files(pack(files))
    read = read_directory(container, 1, (CO, PE), read_roots(container, fingerprint(stored.roots[-1]).replace(" ", "")))
    assert [key.name.split("/")[1] for key in read.witnesses_of(CO)] == [PE]
    assert read.quorum_of(CO) == 2
    # a node that leaves Brazil out counts it, too
    left_out = {"states": {state: raw for state, raw in stored.states.items() if state != BR}}
    quorum = verify_stored(stored.model_copy(update=left_out), stored.roots[0]).assemble().quorum_of(CO)
    assert quorum is not None
    assert ([key.name.split("/")[1] for key in quorum.witnesses], quorum.needed) == ([PE], 2)
    del files["directory/1/members/PE.json"]
    container = Files(pack(files))
    with pytest.raises(Refused, match="missing"):
        read_directory(container, 1, (CO, PE), read_roots(container, fingerprint(stored.roots[-1]).replace(" ", "")))


def test_a_state_that_was_left_out_has_no_evidence(stored: StoredSet) -> None:
    without = stored.model_copy(update={"states": {state: raw for state, raw in stored.states.items() if state != PE}})
    with pytest.raises(Malformed):
        directory_evidence(without, (CO, PE))
    with pytest.raises(Malformed):
        directory_evidence(stored.model_copy(update={"snapshot": b"{}"}), (CO, PE))
    assert directory_evidence(stored, (CO, BR))[1].roles.keys() == {CO, BR}


def test_a_member_whose_entry_nobody_can_read_spoils_no_bundle(stored: StoredSet) -> None:
    spoilt = stored.model_copy(update={"files": {**stored.files, "members/BR.json": b"{}"}})
    assert "members/BR.json" not in directory_evidence(spoilt, (CO, PE))[1].files
