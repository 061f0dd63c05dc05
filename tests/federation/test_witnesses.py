"""Nodes witness each other over real TLS: a quorum, a witness that is down, a fork, and a node that came back from a backup."""

from concurrent.futures import wait
from pathlib import Path

import httpx2
import pytest
from sqlmodel import col, select

from crypto.merkle import root_of
from node.federation import denied_peers
from node.flows.keep_log import LogHalted
from node.officers import Role
from node.outbound.errors import PeerRefused
from node.store import audit_log, copying, own_witnesses
from node.store.tables import LogCheckpoint, LogFork
from protocol.checkpoint import Checkpoint, Fork, check_fork, parse_checkpoint, read_checkpoint, sign_checkpoint, witnessed_at
from protocol.witnessing import AddCheckpoint
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.node.cli.program import Program
from tests.node.trees import export_tree
from tests.serving import wait_until


def beat(node: RunningNode) -> None:
    """The beat of the log, to its end; whoever failed before is tried at once."""
    node.node.witnesses.look_at_all()
    node.node.log.beat()
    with node.node.database.begin() as work:
        for peer in node.node.federation.peers():
            own_witnesses.wake(work, peer)
    wait(node.node.witnesses.feed_all())


def newest(node: RunningNode) -> LogCheckpoint:
    with node.node.database.read() as work:
        held = audit_log.current(work)
        assert held is not None
        kept = audit_log.newest_checkpoint(work, held.origin)
        assert kept is not None
        return kept


def halted(node: RunningNode) -> str | None:
    with node.node.database.read() as work:
        held = audit_log.current(work)
        assert held is not None
        return held.halted


def unwitnessed_since(node: RunningNode) -> int | None:
    with node.node.database.read() as work:
        held = audit_log.current(work)
        assert held is not None
        return own_witnesses.unwitnessed_since(work, held)


Rows = dict[str, list[copying.Row]]


def saved(node: RunningNode) -> Rows:
    """All rows of a node's store, of one moment, while the node serves."""
    with node.node.database.read() as work:
        return {each.name: [row for part in copying.read_rows(work, each) for row in part] for each in copying.tables_of(work)}


def put_store_back(node: RunningNode, rows: Rows) -> None:
    """The store of a node that is down is again as it was saved: nothing of what came after is in it."""
    with node.node.database.begin() as work:
        tables = copying.tables_of(work)
        for table in reversed(tables):
            work.session.connection().execute(table.delete())
        for table in tables:
            copying.write_rows(work, table, table.columns.keys(), rows[table.name])
            copying.go_on_counting(work, table)
    node.node.database.close()


def put_back(node: RunningNode, tree: Path, liaison: httpx2.Client) -> None:
    """A log that is behind its witnesses is rebuilt from a tree, and cosigned again."""
    node.stop()
    rebuilt = Program("http://127.0.0.1:1")("audit", "rebuild", str(tree), "--node", str(node.folder))
    assert rebuilt.code == 0, rebuilt.err
    node.start()
    assert halted(node) is None

    def cosigned() -> bool:  # the first beat of the node's own may still be under way
        beat(node)
        return unwitnessed_since(node) is None

    wait_until(cosigned, "the cosignatures")
    (verdict,) = liaison.get("/v1/audit/verification", timeout=60).json()
    assert (verdict["holds"], verdict["faults"], verdict["lost"] > 0) == (True, [], True)


def test_what_befalls_a_log_and_its_witnesses(own_federation: Federation, tmp_path: Path) -> None:
    colombia, peru, brazil = own_federation[CO], own_federation[PE], own_federation[BR]
    # 1 a checkpoint gets its quorum
    beat(colombia)
    directory, kept = colombia.node.federation.directory, newest(colombia)
    quorum = directory.quorum_of(CO)
    assert quorum is not None
    signed = read_checkpoint(kept.raw, directory.member(CO).log, quorum.witnesses)
    assert len(signed.cosignatures) == quorum.needed == 2
    assert kept.witnessed == witnessed_at(signed, quorum)
    assert unwitnessed_since(colombia) is None

    # 2 with too few witnesses it goes on, and says since when; it catches up
    backup = saved(colombia)
    brazil.stop()
    beat(colombia)
    beat(colombia)
    with colombia.node.database.read() as work:
        later = select(LogCheckpoint.at).where(LogCheckpoint.size > kept.size).order_by(col(LogCheckpoint.size))
        first = work.session.exec(later).first()
    assert unwitnessed_since(colombia) == first
    brazil.start()
    beat(colombia)
    assert unwitnessed_since(colombia) is None
    reached = newest(colombia).size

    # 3 a restored node signs nothing: its witnesses have seen more
    export_tree(colombia.node.database, tmp_path / "tree")
    colombia.stop()
    put_store_back(colombia, backup)
    colombia.start()
    wait_until(lambda: halted(colombia) == "behind_witnesses", "the first beat's look")
    with pytest.raises(LogHalted, match="behind_witnesses"):
        beat(colombia)
    assert newest(colombia).size == kept.size < reached
    liaison = colombia.officer(Role.LIAISON)
    assert [each["kind"] for each in liaison.get("/v1/alerts").json()["alerts"]] == ["log_halted"]

    # 4 with the tree that was exported it is whole again, and its witnesses go on with it
    put_back(colombia, tmp_path / "tree", liaison)
    assert newest(colombia).size > reached

    # 5 a split view: Peru's log shows Brazil another tree than the one that Colombia and Brazil have cosigned
    beat(peru)
    seen = parse_checkpoint(newest(peru).raw).checkpoint
    other = sign_checkpoint(Checkpoint(seen.origin, seen.size, root_of([bytes(32)])), peru.node.keys.log)
    cleared = peru.node.witnesses.door.offer(AddCheckpoint(seen.size, (), parse_checkpoint(other.raw)), BR)
    with pytest.raises(PeerRefused, match="log_forked"):
        peru.node.witnesses.lines.offer_checkpoint(cleared)
    with brazil.node.database.read() as work:
        fork = work.session.exec(select(LogFork)).one()
        assert denied_peers(work) == {PE}
    check_fork(Fork(directory.member(PE).log, fork.first, fork.second))
    shown = {each["authority"]: each["forked"] for each in brazil.officer(Role.LIAISON).get("/v1/peers").json()["peers"]}
    assert shown == {CO: False, PE: True}
    with pytest.raises(PeerRefused, match="denied_sender"):
        peru.node.witnesses.lines.offer_checkpoint(cleared)
