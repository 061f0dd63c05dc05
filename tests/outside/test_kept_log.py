"""The log that a node keeps in its store, on a beat: its tiles and a proof under tools that nobody here wrote."""

import subprocess
from pathlib import Path

import pytest
from sqlmodel import col, select

from crypto.subtrees import stored_consistency_path, stored_inclusion_path
from node.flows.keep_log import KeepLog
from node.keys import Keys
from node.store import audit_log
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import Intake, LogCheckpoint
from protocol.checkpoint import log_key, parse_checkpoint
from protocol.journal import PAIRED, Act
from protocol.tiles import tiles_between
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.witnessing import AddCheckpoint
from tests.outside.tiles_program import run
from tests.protocol.federation import CO, PE

ACTS = (3, 20, 250, 300, 1)
"""How many happened before each beat: a bundle grows, one fills up within a checkpoint, and one beat adds two."""

pytestmark = pytest.mark.system


def record(database: Database, count: int) -> None:
    with database.begin() as work:
        for number in range(count):
            if number % 3:
                work.record(Act.IMPORTED)
            else:
                exchange = ExchangeRef(work.new_id(), PE, PAIRED[Act.QUESTION_ASKED].direction)
                work.record_envelope(Act.QUESTION_ASKED, exchange, digest=f"{number:064x}", salt=work.random(32))


def write_tiles(work: Work, origin: str, size: int, folder: Path) -> None:
    for tile in tiles_between(0, size):
        path = folder / tile.to_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(audit_log.tile_content(work, origin, tile))


def lay_out(work: Work, folder: Path) -> None:
    """The tree with the tiles of every checkpoint, the second one, the way from there, and an act's entry with its proof."""
    checkpoints = work.session.exec(select(LogCheckpoint).order_by(col(LogCheckpoint.size))).all()
    older, newest = checkpoints[1], checkpoints[-1]
    assert len(checkpoints) == len(ACTS) and newest.size > 512
    for each in checkpoints:
        write_tiles(work, each.origin, each.size, folder / "tree")
    act = work.session.exec(select(Intake).where(Intake.kind == Act.QUESTION_ASKED.value).order_by(col(Intake.id).desc())).first()
    assert act is not None and act.position is not None
    stored, said = audit_log.subtrees(work, newest.origin, newest.size), parse_checkpoint(newest.raw)
    path = stored_inclusion_path(act.position, newest.size, stored)
    way = stored_consistency_path(older.size, newest.size, stored)
    contents = {
        "tree/checkpoint": newest.raw,
        "older": older.raw,
        "request": AddCheckpoint(older.size, tuple(way), said).to_bytes(),
        "proof": LogProof(act.position, tuple(path), said).to_bytes(),
        "entry": audit_log.entry_at(work, newest.origin, act.position, newest.size),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def test_what_a_node_keeps_holds_under_outside_tools(program: Path, database: Database, keys: Keys, tmp_path: Path) -> None:
    for count in ACTS:
        record(database, count)
        KeepLog(database, keys, CO).beat()
    folder = tmp_path / "kept"
    with database.read() as work:
        log = audit_log.current(work)
        assert log is not None
        key = log_key(log.origin, keys.log.public)
        lay_out(work, folder)

    done = run(program, key.to_text(), folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"checkpoint: {log.size} entries, signed by {log.origin}\n")

    (folder / "policy").write_bytes(LogPolicy((key,), None).to_bytes())
    script = Path(__file__).parent / "check_proof.sh"
    given = ["sh", str(script), *(str(folder / name) for name in ("policy", "proof", "entry"))]
    shown = subprocess.run(given, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(f"holds: {log.origin}, entry ")
