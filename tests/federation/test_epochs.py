"""A list's epoch ends and another follows: signed by two officers, prepared, overlapping, and at no moment is a hit missed."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from node.officers import Role
from node.store import manifests
from node.store.tables import HeldManifest, IndexItem, IndexList
from protocol.authority import Authority
from protocol.journal import Act
from tests.federation.cases import hits, phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.signing import adopt, by_the_federations_clock, long_lived, sign_entry

pytestmark = pytest.mark.federation

DAY = 86400


def common_list(node: RunningNode) -> str:
    with node.node.database.read() as work:
        common = (IndexList.audience == "all", IndexList.entropy == "identifiers")
        return work.session.exec(select(IndexList.id).where(*common)).one()


def served_epochs(holder: RunningNode, at: RunningNode) -> set[int]:
    """The epochs of the holder's common list of which a node holds a usable manifest."""
    with at.node.database.read() as work:
        rows = work.session.exec(
            select(HeldManifest.epoch).where(
                HeldManifest.authority == holder.authority, HeldManifest.list_id == common_list(holder), HeldManifest.usable
            )
        ).all()
    return set(rows)


def found(federation: Federation, asker: RunningNode, *numbers: str) -> list[int]:
    """The lines on which Peru answers with a hit."""
    return [hit["line"] - 1 for hit in hits(asker.officer(Role.INVESTIGATOR), *numbers, peers=[PE])]


def seeds(node: RunningNode) -> set[str]:
    return {path.name.partition("-")[2] for path in (node.folder / "keys" / "epochs").glob(f"{common_list(node)}-*")}


def test_an_epoch_is_followed_by_the_next_and_at_no_moment_is_anything_missed(own_federation: Federation, tmp_path: Path) -> None:
    federation, peru, colombia, brazil = own_federation, own_federation[PE], own_federation[CO], own_federation[BR]
    long_lived(federation)
    before, during, after = phone(), phone(), phone()
    publish_phones(peru, before)
    federation.beat()
    assert found(federation, colombia, before) == [1]
    with by_the_federations_clock(federation) as celosia:
        node = str(federation.folder / PE)
        started = json.loads(celosia("epoch", "start", "--node", node, "--json").out)
        assert celosia("epoch", "start", "--node", node).code == 1  # the next one waits already
        shown = json.loads(celosia("epoch", "--node", node, "--json").out)
        assert {each["code"] for each in shown["findings"]} == {"epoch_not_in_directory"}
        # its time comes and the directory does not carry it: nothing is served under it, and the old one goes on
        begin = max(int(datetime.fromisoformat(each["not_before"]).timestamp()) for each in started)
        federation.clock.forward(begin - federation.clock() + 1)
        federation.beat()
        assert (served_epochs(peru, peru), found(federation, colombia, before)) == ({1}, [1])
        sign_entry(federation, celosia, PE, tmp_path / "table")
        adopt(federation, BR)
        assert json.loads(celosia("epoch", "--node", node, "--json").out)["findings"] == []
    federation.beat()
    # Brazil has not adopted the new directory: it passes over the new epoch and still finds by the old one
    assert (served_epochs(peru, colombia), served_epochs(peru, brazil)) == ({1, 2}, {1})
    assert found(federation, colombia, before) == found(federation, brazil, before) == [1]
    publish_phones(peru, during)
    federation.beat()
    assert found(federation, colombia, before, during) == found(federation, brazil, before, during) == [1, 2]
    adopt(federation)
    federation.clock.forward(8 * DAY)  # the first epoch ends
    publish_phones(peru, after)
    for _ in range(2):
        federation.beat()
        for asker in (colombia, brazil):
            assert found(federation, asker, before, during, after) == [1, 2, 3]
    assert seeds(peru) == {"2.seed"}
    assert peru.count(Act.EPOCH_ENDED) == 4  # of both lists of both its audiences
    with peru.node.database.read() as work:
        assert {row.epoch for row in work.session.exec(select(IndexItem)).all()} == {2}
    for node_ in (peru, colombia, brazil):
        assert kept_files(node_, PE, 1) == set() != kept_files(node_, PE, 2)


def kept_files(node: RunningNode, of: Authority, epoch: int) -> set[str]:
    """The files on a node's disk that manifests of an authority in an epoch name."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(HeldManifest).where(HeldManifest.authority == of, HeldManifest.epoch == epoch)).all()
        named = {reference.digest for held in rows for reference in manifests.content(held).segments}
    return {path.name for path in (node.folder / "index").iterdir()} & named
