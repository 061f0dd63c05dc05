"""Whether a node that was killed, and came back, is whole: nothing twice, nothing lost, nothing half. Read from its folder."""

import hashlib
import time
from pathlib import Path

from protocol import jws
from protocol.index.manifest import MANIFEST_TYPE, Manifest
from protocol.limits import BATCH_SMALLEST, MANIFEST_BYTES
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
