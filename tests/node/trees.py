"""The log of a node as `celosia audit export-tiles` writes it, for tests that read it or put it back."""

from pathlib import Path

from node.store import audit_log
from node.store.database import Database
from protocol.tiles import tiles_between


def export_tree(database: Database, folder: Path) -> None:
    """The newest checkpoint of the log that is written now, and every tile under it."""
    with database.read() as work:
        held = audit_log.current(work)
        assert held is not None
        newest = audit_log.newest_checkpoint(work, held.origin)
        assert newest is not None
        for tile in tiles_between(0, newest.size):
            path = folder / tile.to_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(audit_log.tile_content(work, held.origin, tile))
        (folder / "checkpoint").write_bytes(newest.raw)
