"""Tiles and entry bundles: where they stand, which there are, and that the tree comes back from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.merkle import leaf_hash, node_hash, root_of
from crypto.subtrees import held_subtrees, stored_consistency_path, stored_inclusion_path, stored_root
from protocol.errors import Malformed, ProtocolError, TooLarge
from protocol.lines import LARGEST
from protocol.tiles import (
    WIDTH,
    Tile,
    bundle_bytes,
    outgrown_between,
    parse_bundle,
    parse_tile,
    subtrees_in,
    tile_at,
    tile_bytes,
    tiles_between,
)
from tests.protocol.logs import ENTRIES

LEAVES = [leaf_hash(number.to_bytes(3)) for number in range(70_000)]
STORED = held_subtrees(LEAVES)

tiles = st.builds(
    Tile, st.none() | st.integers(0, 7), st.integers(0, LARGEST // WIDTH) | st.integers(0, 2000), st.integers(1, WIDTH)
)
sizes = st.integers(0, 70_000) | st.sampled_from([0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])


# Paths


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),  # tlog-tiles, Merkle Tree
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 0, 17), "tile/1/000.p/17"),
        (Tile(7, 999, 255), "tile/7/999.p/255"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(None, LARGEST // WIDTH), "tile/entries/x036/x028/x797/x018/x963/967"),
    ],
)
def test_a_tile_stands_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.to_path() == path
    assert Tile.from_path(path) == tile


@given(tiles)
def test_a_tile_comes_back_from_its_path(tile: Tile) -> None:
    assert Tile.from_path(tile.to_path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "/tile/0/000", "tile/0/000/", "tile/0/000\n"),
        *("tile/00/000", "tile/8/000", "tile/9/000", "tile/10/000", "tile/-1/000", "tile/data/000", "tile/entries/x000/000"),
        *("tile/0/x000/001", "tile/0/001/001", "tile/0/x001", "tile/0/x001/x001", "tile/0/000.p/0", "tile/0/000.p/256"),
        *("tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/1/", "tile/0/../000", "tile/0/٠٠٠", "tile/0/" + "x999/" * 40 + "999"),
        "tile/0/x999/x999/x999/x999/x999/999",
    ],
)
def test_other_paths_name_no_tile(path: str) -> None:
    with pytest.raises(Malformed):
        Tile.from_path(path)


@given(st.text(max_size=40))
def test_a_text_is_a_tiles_path_or_refused(text: str) -> None:
    try:
        tile = Tile.from_path(text)
    except Malformed:
        return
    assert tile.to_path() == text


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (8, 0, 1), (0, -1, 1), (0, 1 << 55, 1), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_that_no_log_can_have_is_refused(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        Tile(level, index, width)


# Which there are


def test_a_log_of_seventy_thousand_entries_has_the_tiles_that_the_specification_counts() -> None:
    there = list(tiles_between(0, 70_000))
    assert len(there) == len(set(there))
    assert sum(tile.level == 0 and tile.is_full for tile in there) == 273
    assert sum(tile.level is None and tile.is_full for tile in there) == 273
    assert [tile.to_path() for tile in there if not tile.is_full] == [
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert Tile(1, 0) in there


def test_a_log_of_256_entries_has_a_full_tile_and_a_partial_one_above() -> None:
    assert [tile.to_path() for tile in tiles_between(0, 256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_between(0, 0)) == []


@given(sizes, sizes)
def test_what_is_written_step_by_step_is_what_a_log_of_that_size_has(first: int, second: int) -> None:
    old, new = sorted((first, second))
    written = set(tiles_between(0, old)) | set(tiles_between(old, new))
    assert set(tiles_between(0, new)) <= written
    outgrown = set(outgrown_between(old, new))
    assert outgrown <= set(tiles_between(0, old))
    for tile in outgrown:
        assert not tile.is_full
        assert Tile(tile.level, tile.index) in written
    # what is left beside the log's own tiles are partial ones that readers of the smaller log may still want
    left = written - outgrown - set(tiles_between(0, new))
    assert all(tile_at(tile.level, tile.index, new) != tile and not tile.is_full for tile in left)


@given(sizes)
def test_a_tile_at_a_place_is_the_one_that_is_listed(size: int) -> None:
    for tile in tiles_between(0, size):
        assert tile_at(tile.level, tile.index, size) == tile
    assert tile_at(None, size // WIDTH + 1, size) is None
    assert tile_at(3, 0, size) is None


# The tree from its tiles


@pytest.fixture(scope="module")
def folder() -> dict[Tile, bytes]:
    return {tile: tile_bytes(tile, STORED) for tile in tiles_between(0, 70_000) if tile.level is not None}


def test_every_hash_of_a_level_is_the_root_of_what_lies_below(folder: dict[Tile, bytes]) -> None:
    assert folder[Tile(0, 5)] == b"".join(LEAVES[5 * 256 : 6 * 256])
    assert parse_tile(folder[Tile(1, 0)], Tile(1, 0))[5] == root_of(parse_tile(folder[Tile(0, 5)], Tile(0, 5)))
    assert folder[Tile(2, 0, 1)] == root_of(parse_tile(folder[Tile(1, 0)], Tile(1, 0)))


def test_all_proofs_come_from_the_tiles(folder: dict[Tile, bytes]) -> None:
    from_tiles = subtrees_in(folder.__getitem__, 70_000)
    assert stored_root(70_000, from_tiles) == stored_root(70_000, STORED)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        assert stored_inclusion_path(index, 70_000, from_tiles) == stored_inclusion_path(index, 70_000, STORED)
    for old in (1, 256, 65_536, 65_537, 69_999, 70_000):
        assert stored_root(old, from_tiles) == stored_root(old, STORED)
        assert stored_consistency_path(old, 70_000, from_tiles) == stored_consistency_path(old, 70_000, STORED)


@pytest.mark.parametrize(("level", "index"), [(0, 70_000), (4, 4375), (8, 273), (16, 1), (17, 0), (63, 0), (64, 0)])
def test_subtrees_that_are_not_complete_are_not_read(folder: dict[Tile, bytes], level: int, index: int) -> None:
    with pytest.raises(Malformed):
        subtrees_in(folder.__getitem__, 70_000)(level, index)


def test_a_tile_of_another_length_is_refused() -> None:
    with pytest.raises(Malformed, match="length"):
        subtrees_in(lambda tile: bytes(32 * tile.width - 1), 70_000)(0, 0)
    with pytest.raises(Malformed, match="length"):
        parse_tile(bytes(33), Tile(0, 0, 1))


def test_the_largest_log_has_a_place_for_its_last_leaf() -> None:
    last = Tile(0, LARGEST // WIDTH, WIDTH - 1)
    assert tile_at(0, LARGEST // WIDTH, LARGEST) == last

    def equal(tile: Tile) -> bytes:
        hashed = leaf_hash(b"")
        for _ in range(8 * (tile.level or 0)):
            hashed = node_hash(hashed, hashed)
        return hashed * tile.width

    assert len(stored_inclusion_path(LARGEST - 1, LARGEST, subtrees_in(equal, LARGEST))) == 62


# Entries


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_entries_come_back_from_their_bundle(entries: list[bytes]) -> None:
    raw = bundle_bytes(entries)
    assert parse_bundle(raw, Tile(None, 0, len(entries))) == tuple(entries)
    assert raw == b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


@given(st.binary(max_size=60), st.integers(1, 5))
def test_a_bundle_prints_as_it_was_read_or_is_refused(raw: bytes, width: int) -> None:
    try:
        entries = parse_bundle(raw, Tile(None, 0, width))
    except ProtocolError:
        return
    assert bundle_bytes(entries) == raw


@pytest.mark.parametrize("change", [-1, 1])
def test_a_bundle_of_another_number_of_entries_is_refused(change: int) -> None:
    with pytest.raises(Malformed, match="length"):
        parse_bundle(bundle_bytes(ENTRIES), Tile(None, 0, len(ENTRIES) + change))


def test_a_bundle_that_is_cut_is_refused_wherever() -> None:
    raw = bundle_bytes(ENTRIES[:3])
    for at in range(len(raw)):
        with pytest.raises(Malformed):
            parse_bundle(raw[:at], Tile(None, 0, 3))


def test_the_largest_entry_fits_and_a_larger_one_does_not() -> None:
    assert parse_bundle(bundle_bytes([bytes(65_535)] * WIDTH), Tile(None, 0))[-1] == bytes(65_535)
    with pytest.raises(TooLarge):
        bundle_bytes([bytes(65_536)])
    with pytest.raises(TooLarge):
        bundle_bytes([b""] * (WIDTH + 1))


def test_entries_are_no_hashes() -> None:
    with pytest.raises(Malformed, match="level"):
        tile_bytes(Tile(None, 0), STORED)
