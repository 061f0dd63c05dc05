"""Whether a node that was killed, and came back, is whole: nothing twice, nothing lost, nothing half. Read from its folder."""

import hashlib
import json
import time
from pathlib import Path

from crypto.merkle import leaf_hash, root_of
from protocol import jws
from protocol.checkpoint import Checkpoint, parse_checkpoint
from protocol.index.manifest import MANIFEST_TYPE, Manifest
from protocol.limits import BATCH_SMALLEST, MANIFEST_BYTES
from protocol.tiles import WIDTH, Tile, parse_bundle
from tests.faults.story import Life, on_postgresql, rows
from tests.federation.running import CO, PE

_ONCE = (
    *("record_sent", "record_received", "record_acknowledged", "question_asked", "question_received", "question_answered"),
    *("answer_received", "published", "withdrawn"),
)
"""Acts that stand at most once under one exchange id."""


def check(life: Life) -> None:
    """Both nodes, after Colombia's was stopped in order. Raises `AssertionError` for whatever is not as it should be."""
    for node in (life.folder / CO, life.folder / PE):
        _database(node)
        _chains(node)
        _acts(node)
        _log(node)
        _budgets(node)
    _files(life.folder / CO)
    _records(life)


def _database(node: Path) -> None:
    if on_postgresql(node) is None:  # there, the server recovers by itself and watches every key
        assert rows(node, "PRAGMA integrity_check") == [("ok",)]
        assert rows(node, "PRAGMA foreign_key_check") == []
    assert rows(node, "SELECT id FROM case_imports WHERE state = 'running'") == []


def _chains(node: Path) -> None:
    """No history but one, and no gap in it."""
    assert rows(node, "SELECT authority, position, proven FROM equivocations") == []
    chains = rows(node, "SELECT count(*), min(position), max(position) FROM manifests GROUP BY authority, list_id, epoch")
    assert [(count, 0, count - 1) for count, _, _ in chains] == chains


def _acts(node: Path) -> None:
    """Every act of an exchange once, and an exchange for every act that has a counterpart."""
    doubled = "SELECT kind, x, count(*) FROM intake GROUP BY kind, x, peer HAVING count(*) > 1"
    assert [row for row in rows(node, doubled) if row[0] in _ONCE] == []
    asked = "SELECT count(*) FROM intake WHERE kind = ?"
    archived = "SELECT count(*) FROM exchanges WHERE type = ? AND direction = ?"
    for act, type_, direction in (("question_asked", "match_request", "out"), ("question_received", "match_request", "in")):
        assert rows(node, asked, act) == rows(node, archived, type_, direction)
    done = rows(node, "SELECT id FROM case_imports WHERE state = 'done'")
    assert rows(node, asked, "imported") == [(len(done),)]


def _log(node: Path) -> None:
    """Every act that has a place stands there, once; every place is an act's or a pad's; and the log signed all of it."""
    [(origin, size)] = rows(node, "SELECT origin, size FROM logs")
    bundles = rows(node, "SELECT content FROM log_tiles WHERE level = -1 ORDER BY number")
    entries = [json.loads(each) for number, (raw,) in enumerate(bundles) for each in _bundle(raw, number, size)]
    assert len(entries) == size
    placed = rows(node, "SELECT position, kind, x, at, commitment FROM intake WHERE position IS NOT NULL ORDER BY position")
    told = [(place, *(entry[name] for name in ("kind", "x", "t", "c"))) for place, entry in enumerate(entries)]
    assert placed == [entry for entry in told if entry[1] != "pad"]
    root = root_of([leaf_hash(each) for number, (raw,) in enumerate(bundles) for each in _bundle(raw, number, size)])
    [(raw,)] = rows(node, "SELECT raw FROM log_checkpoints WHERE size = ?", size)
    assert parse_checkpoint(raw).checkpoint == Checkpoint(origin, size, root)


def _bundle(raw: bytes, number: int, size: int) -> tuple[bytes, ...]:
    return parse_bundle(raw, Tile(None, number, min(WIDTH, size - number * WIDTH)))


def _budgets(node: Path) -> None:
    """Each exchange charged once, here and there, and each question once to its officer's day."""
    spent = dict(rows(node, "SELECT side, sum(elements) FROM budget_spendings GROUP BY side"))
    [(received,)] = rows(node, "SELECT count(*) FROM exchanges WHERE type = 'match_request' AND direction = 'in'")
    [(lines,)] = rows(node, "SELECT count(*) FROM question_lines")
    assert spent.get("asker", 0) == spent.get("theirs", 0) == BATCH_SMALLEST * received
    assert spent.get("asked", 0) == spent.get("ours", 0)
    assert spent.get("officer", 0) == lines


def _files(node: Path) -> None:
    """Every file that a manifest in force names is there under its digest, and none was left half written."""
    over = "SELECT 1 FROM list_epochs e WHERE e.list_id = m.list_id AND e.epoch = m.epoch AND e.not_after <= ?"
    later = "SELECT 1 FROM manifests n WHERE n.usable AND (n.list_id, n.epoch) = (m.list_id, m.epoch) AND n.position > m.position"
    newest = f"SELECT raw FROM manifests m WHERE usable AND NOT EXISTS ({over}) AND NOT EXISTS ({later})"  # noqa: S608  constants
    for (raw,) in rows(node, newest, int(time.time())):
        form = jws.open_form(raw, MANIFEST_TYPE, limit=MANIFEST_BYTES, where="manifest")
        for reference in Manifest.model_validate_json(form.payload).segments:
            for digest in (reference.digest, reference.removals):
                assert digest is None or hashlib.sha256((node / "index" / digest).read_bytes()).hexdigest() == digest
    assert [str(path) for path in node.rglob(".new-*")] == []
    assert [str(path) for path in (node / "directory").rglob("tmp*")] == []


def _records(life: Life) -> None:
    """Peru holds what Colombia has published, no more and no less, and has signed for it once."""
    current = "SELECT digest FROM records WHERE authority = ? AND current ORDER BY digest"
    ours, theirs = (rows(life.folder / code, current, CO) for code in (CO, PE))
    assert ours == theirs
    assert rows(life.folder / PE, "SELECT digest FROM quarantined") == []
    doubled = "SELECT record_id FROM records WHERE current GROUP BY authority, record_id HAVING count(*) > 1"
    owed = "SELECT min(state), count(*) FROM jobs WHERE peer = ? GROUP BY subject, version"
    assert set(rows(life.folder / CO, owed, PE)) <= {("done", 1)}
    for code in (CO, PE):
        assert rows(life.folder / code, doubled) == []
