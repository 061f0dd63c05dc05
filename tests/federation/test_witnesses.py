"""Nodes witness each other over real TLS: a quorum, a silent witness, a node back from a backup, a split view, and a fork."""

from concurrent.futures import wait
from pathlib import Path

import httpx2
import pytest
from sqlmodel import col, select

from crypto.merkle import root_of
from crypto.subtrees import held_subtrees, stored_consistency_path, stored_root
from node.federation import denied_peers
from node.flows import look_at_logs
from node.flows.keep_log import LogHalted
from node.officers import Role
from node.outbound.errors import PeerRefused
from node.store import audit_log, copying, own_witnesses
from node.store.tables import LogCheckpoint, LogFork, Reconciliation, WitnessedLog
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Fork,
    check_fork,
    parse_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    vouched_until,
    witnessed_at,
)
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


def vouched(node: RunningNode, peer: Authority) -> int | None:
    """Until when a quorum vouches for a peer's log, as a node sees it that compares logs with it."""
    node.node.reconcile.visit(peer)
    with node.node.database.read() as work:
        return work.session.get_one(Reconciliation, peer).vouched


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


def show_another_tree(liar: RunningNode, witness: RunningNode) -> Checkpoint:
    """A log goes on from what a witness has cosigned of it with other entries than its own, up to its own size."""
    kept = parse_checkpoint(newest(liar).raw).checkpoint
    with witness.node.database.read() as work:
        held = work.session.get(WitnessedLog, kept.origin)
        old = 0 if held is None else held.size
    with liar.node.database.read() as work:
        stored = audit_log.subtrees(work, kept.origin, kept.size)
        leaves = [stored(0, index) if index < old else bytes(32) for index in range(kept.size)]
    tree = held_subtrees(leaves)
    other = sign_checkpoint(Checkpoint(kept.origin, kept.size, stored_root(kept.size, tree)), liar.node.keys.log)
    path = stored_consistency_path(old, kept.size, tree) if old else []
    asked = AddCheckpoint(old, tuple(path), parse_checkpoint(other.raw))
    liar.node.witnesses.lines.offer_checkpoint(liar.node.witnesses.door.offer(asked, witness.authority))
    return other.checkpoint


def split_view(federation: Federation) -> None:
    """Brazil's log shows its witnesses a tree each, which they cosign. When they compare logs with it, both catch and name it."""
    colombia, peru, brazil = federation[CO], federation[PE], federation[BR]
    brazil.node.log.beat()
    brazil.node.witnesses.feed(CO)
    other = show_another_tree(brazil, peru)
    log = colombia.node.federation.directory.member(BR).log
    for node, peer in ((colombia, PE), (peru, CO)):
        told = node.officer(Role.AUDITOR).post(f"/v1/audit/reconciliations/{BR}").json()
        assert (told["forked"], told["agrees"], told["error"]) == (True, False, None)
        with node.node.database.read() as work:
            fork = work.session.exec(select(LogFork)).one()
            assert denied_peers(work) == {BR}
        shown = [read_checkpoint(note, log).checkpoint for note in (fork.first, fork.second)]
        assert shown[node is colombia] == other != shown[node is peru]
        liaison = node.officer(Role.LIAISON)
        assert ("log_forked", BR) in {(each["kind"], each["peer"]) for each in liaison.get("/v1/alerts").json()["alerts"]}
        forked = {each["authority"]: each["forked"] for each in liaison.get("/v1/peers").json()["peers"]}
        assert forked == {BR: True, peer: False}


def test_what_befalls_a_log_and_its_witnesses(
    own_federation: Federation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert vouched(peru, CO) == vouched_until(signed, quorum)

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

    # 5 a split view: Brazil's log shows Colombia one tree and Peru another. Neither has seen both
    monkeypatch.setattr(look_at_logs, "FRESH", -1)  # its last quorum, of the tree before both, is old enough to be doubted
    beat(peru)
    split_view(own_federation)

    # 6 a plain fork: Peru's log shows Brazil another tree than the one that Brazil has cosigned
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
