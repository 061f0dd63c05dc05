"""Proofs from stored subtrees, and consistency proofs, which are made in no other way."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadInput, BadPath
from crypto.merkle import check_consistency, check_inclusion, inclusion_path, leaf_hash, node_hash, root_of
from crypto.subtrees import GrowingTree, Subtrees, held_subtrees, stored_consistency_path, stored_inclusion_path, stored_root

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]
STORED = held_subtrees(LEAVES)
MILLION = 1_000_003


def textbook_proof(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2, written recursively as the RFC does."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return [*textbook_proof(old, leaves[:split], whole), root_of(leaves[split:])]
    return [*textbook_proof(old - split, leaves[split:], False), root_of(leaves[:split])]


@pytest.mark.parametrize("size", range(71))
def test_the_root_of_stored_subtrees_is_that_of_the_leaves(size: int) -> None:
    assert stored_root(size, STORED) == root_of(LEAVES[:size])


@given(st.data())
def test_the_paths_are_those_of_the_leaves(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    assert stored_inclusion_path(index, size, STORED) == inclusion_path(index, LEAVES[:size])


@given(st.data())
def test_the_path_between_two_trees_is_that_of_the_recursive_definition(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    assert stored_consistency_path(old, new, STORED) == textbook_proof(old, LEAVES[:new])


@pytest.mark.parametrize("new", range(1, 71))
def test_every_tree_is_shown_to_begin_with_every_smaller_one(new: int) -> None:
    for old in range(1, new + 1):
        check_consistency(old, new, stored_root(old, STORED), stored_root(new, STORED), stored_consistency_path(old, new, STORED))


def counted(stored: Subtrees) -> tuple[Subtrees, list[tuple[int, int]]]:
    asked: list[tuple[int, int]] = []

    def ask(level: int, index: int) -> bytes:
        asked.append((level, index))
        return stored(level, index)

    return ask, asked


def of_equal_leaves(level: int, _index: int) -> bytes:
    """The subtrees of a tree of any size whose leaves are all the same."""
    result = leaf_hash(b"")
    for _ in range(level):
        result = node_hash(result, result)
    return result


@given(index=st.integers(0, MILLION - 1), old=st.integers(1, MILLION))
def test_a_proof_in_a_million_leaves_reads_as_many_hashes_as_the_tree_is_high(index: int, old: int) -> None:
    root = stored_root(MILLION, of_equal_leaves)
    most = 2 * log2(MILLION) + 2
    ask, asked = counted(of_equal_leaves)
    check_inclusion(index, MILLION, leaf_hash(b""), stored_inclusion_path(index, MILLION, ask), root)
    assert len(asked) <= most
    asked.clear()
    check_consistency(old, MILLION, stored_root(old, of_equal_leaves), root, stored_consistency_path(old, MILLION, ask))
    assert len(asked) <= most


@given(st.data())
def test_another_root_or_hash_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    hashes = [stored_root(old, STORED), stored_root(new, STORED), *stored_consistency_path(old, new, STORED)]
    hashes[data.draw(st.integers(0, len(hashes) - 1))] = leaf_hash(b"somebody else's")
    with pytest.raises(BadPath):
        check_consistency(old, new, hashes[0], hashes[1], hashes[2:])


@given(st.data())
def test_a_path_of_the_wrong_length_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new - 1))
    roots = stored_root(old, STORED), stored_root(new, STORED)
    path = stored_consistency_path(old, new, STORED)
    with pytest.raises(BadPath, match="is shorter than"):
        check_consistency(old, new, *roots, [*path, bytes(32)])
    for cut in range(len(path)):
        with pytest.raises(BadPath, match="is longer than"):
            check_consistency(old, new, *roots, path[:cut])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
def test_there_is_no_path_from_nothing_and_none_back(old: int, new: int) -> None:
    with pytest.raises(BadPath, match="no path"):
        check_consistency(old, new, bytes(32), bytes(32), [])
    with pytest.raises(BadInput, match="no path"):
        stored_consistency_path(old, new, STORED)


def test_what_is_outside_the_tree_is_refused() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(BadInput, match="no leaf"):
            stored_inclusion_path(index, size, STORED)
    with pytest.raises(BadInput, match="no tree"):
        stored_root(-1, STORED)


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_hashes_of_another_length_are_refused(wrong: bytes) -> None:
    with pytest.raises(BadInput, match="not 32"):
        held_subtrees([bytes(32), wrong])
    with pytest.raises(BadInput, match="stored hash 0 of level 1"):
        stored_root(3, lambda _level, _index: wrong)
    for hashes in ((wrong, bytes(32), bytes(32)), (bytes(32), wrong, bytes(32)), (bytes(32), bytes(32), wrong)):
        with pytest.raises(BadPath, match="32 bytes"):
            check_consistency(1, 2, hashes[0], hashes[1], hashes[2:])


# A tree that grows


def test_the_root_of_a_tree_that_grows_is_that_of_the_leaves_so_far() -> None:
    tree = GrowingTree()
    assert tree.root() == root_of([])
    for size, leaf in enumerate(LEAVES, 1):
        tree.add(leaf)
        assert (tree.size, tree.root()) == (size, root_of(LEAVES[:size]))


def test_a_leaf_of_another_length_is_not_added() -> None:
    with pytest.raises(BadInput, match="31 bytes"):
        GrowingTree().add(bytes(31))
