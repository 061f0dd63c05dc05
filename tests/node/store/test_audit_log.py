"""The log in the store: whatever comes in whatever parts, its tiles, root and entries are those of one list of entries."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.merkle import check_consistency, check_inclusion, leaf_hash, root_of
from crypto.subtrees import stored_consistency_path, stored_inclusion_path, stored_root
from node.store import audit_log
from node.store.audit_log import LogBroken
from node.store.database import Database, Work
from node.store.tables import Log, LogCheckpoint, LogTile
from protocol.tiles import Tile, bundle_bytes, tile_bytes, tiles_between
from tests.node.conftest import taken_back

ORIGIN = "celosia/PE/log/00000000"


def opened(work: Work) -> Log:
    log = Log(origin=ORIGIN, opened=0)
    work.session.add(log)
    work.session.flush()
    return log


def entries(count: int) -> list[bytes]:
    return [f"entry {number}".encode() * (1 + number % 3) for number in range(count)]


def filled(work: Work, count: int) -> tuple[Log, list[bytes]]:
    log, made = opened(work), entries(count)
    audit_log.append(work, log, made)
    return log, made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 400), max_size=5))
def test_however_entries_come_in_tiles_and_root_are_those_of_all_of_them(database: Database, parts: list[int]) -> None:
    with taken_back(database) as work:
        log, made, at = opened(work), entries(sum(parts)), 0
        for part in parts:
            assert audit_log.append(work, log, made[at : at + part]) == at
            at += part
        assert log.size == len(made)
        assert audit_log.root(work, log) == root_of([leaf_hash(entry) for entry in made])
        assert [entry for _, entry in audit_log.entries_between(work, ORIGIN, 0, log.size)] == made
        for tile in tiles_between(0, log.size):
            expected = (
                bundle_bytes(made[tile.index * 256 : tile.index * 256 + tile.width])
                if tile.level is None
                else tile_bytes(tile, audit_log.subtrees(work, ORIGIN, log.size))
            )
            assert audit_log.tile_content(work, ORIGIN, tile) == expected


def test_a_third_level_of_tiles_grows_as_the_second_fills(work: Work) -> None:
    log, made = filled(work, 65_536 - 10)
    audit_log.append(work, log, more := entries(20))
    leaves = [leaf_hash(entry) for entry in [*made, *more]]
    assert audit_log.root(work, log) == root_of(leaves)
    assert audit_log.tile_content(work, ORIGIN, Tile(2, 0, 1)) == root_of(leaves[:65_536])


def test_every_proof_comes_from_the_tiles_at_any_size_that_there_was(work: Work) -> None:
    _, made = filled(work, 700)
    leaves = [leaf_hash(entry) for entry in made]
    for size in (1, 255, 256, 257, 511, 699, 700):
        stored = audit_log.subtrees(work, ORIGIN, size)
        assert stored_root(size, stored) == root_of(leaves[:size])
        for position in {0, size // 2, size - 1}:
            path = stored_inclusion_path(position, size, stored)
            check_inclusion(position, size, leaves[position], path, root_of(leaves[:size]))
        path = stored_consistency_path(size, 700, audit_log.subtrees(work, ORIGIN, 700))
        check_consistency(size, 700, root_of(leaves[:size]), root_of(leaves), path)


def test_an_entry_is_read_by_its_position_and_none_outside_of_the_log(work: Work) -> None:
    log, made = filled(work, 300)
    assert [audit_log.entry_at(work, ORIGIN, position, log.size) for position in (0, 255, 256, 299)] == [
        made[position] for position in (0, 255, 256, 299)
    ]
    assert [place for place, _ in audit_log.entries_between(work, ORIGIN, 250, 260)] == list(range(250, 260))
    with pytest.raises(ValueError, match="position"):
        audit_log.entry_at(work, ORIGIN, 300, log.size)


@pytest.mark.parametrize("level", [-1, 0, 1])
@pytest.mark.parametrize("content", [None, b"", b"\x00"])
def test_a_tile_that_is_gone_or_too_narrow_is_named(work: Work, level: int, content: bytes | None) -> None:
    log, _ = filled(work, 300)
    row = work.session.get_one(LogTile, (ORIGIN, level, 0))
    if content is None:
        work.session.delete(row)
    else:
        row.content = content
    work.session.flush()
    with pytest.raises(LogBroken):
        for tile in tiles_between(0, log.size):
            audit_log.tile_content(work, ORIGIN, tile)


def test_a_log_whose_last_tile_is_gone_is_not_appended_to(work: Work) -> None:
    log, _ = filled(work, 10)
    work.session.delete(work.session.get_one(LogTile, (ORIGIN, 0, 0)))
    work.session.flush()
    with pytest.raises(LogBroken):
        audit_log.append(work, log, [b"another"])


def test_the_log_that_is_not_closed_is_the_current_one(work: Work) -> None:
    assert audit_log.current(work) is None
    log = opened(work)
    assert audit_log.current(work, to_append=True) is log
    log.closed = 7
    work.session.add(log)
    work.session.flush()
    assert audit_log.current(work) is None


def test_an_entry_is_proven_by_the_first_checkpoint_that_was_witnessed_over_it(work: Work) -> None:
    opened(work)
    assert audit_log.checkpoint_over(work, ORIGIN, 3) is None
    assert audit_log.newest_checkpoint(work, ORIGIN) is None
    for size, witnessed in ((4, None), (8, 70), (12, 80), (16, None)):
        work.session.add(LogCheckpoint(origin=ORIGIN, size=size, at=60, raw=b"", witnessed=witnessed))
    work.session.flush()

    def over(position: int) -> int | None:
        found = audit_log.checkpoint_over(work, ORIGIN, position)
        return None if found is None else found.size

    assert [over(position) for position in (0, 3, 4, 8, 12, 15, 16)] == [8, 8, 8, 12, 16, 16, None]
    newest, witnessed_last = (audit_log.newest_checkpoint(work, ORIGIN, witnessed=only) for only in (False, True))
    assert newest is not None
    assert witnessed_last is not None
    assert (newest.size, witnessed_last.size) == (16, 12)
