"""Proofs in large trees, from a few stored hashes (RFC 6962, 2.1): what is stored are the roots of complete subtrees.

Subtree `index` of `level` has the 2**level leaves from index * 2**level on; its leaves are subtrees of level 0. Complete
subtrees never change as a tree grows. Every hash of a proof is that of a run of leaves, and every run that a proof needs
is made of at most one complete subtree a level: a proof in a tree of n leaves reads at most 2 * log2(n) + 2 hashes.
"""

from collections.abc import Callable, Sequence

from crypto.errors import BadInput
from crypto.merkle import HASH_SIZE, node_hash, root_of

Subtrees = Callable[[int, int], bytes]
"""Gives the stored hash of the complete subtree at (level, index)."""


def held_subtrees(leaves: Sequence[bytes]) -> Subtrees:
    """The complete subtrees of a tree whose leaf hashes are all at hand. Raises BadInput if one is not 32 bytes."""
    for index, leaf in enumerate(leaves):
        _checked(leaf, 0, index)
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)])
    return lambda level, index: levels[level][index]


def stored_root(size: int, stored: Subtrees) -> bytes:
    """The root of the tree over the first `size` leaves, from at most one stored hash a level.

    Raises BadInput if `size` is negative or a stored hash is not 32 bytes.
    """
    if size < 0:
        raise BadInput(f"no tree has {size} leaves")
    return _run(0, size, stored) if size else root_of(())


def stored_inclusion_path(index: int, size: int, stored: Subtrees) -> list[bytes]:
    """The siblings, from leaf to root, of leaf `index` in the tree over the first `size` leaves (RFC 6962, 2.1.1).

    Raises BadInput if `index` is outside the tree or a stored hash is not 32 bytes.
    """
    if not 0 <= index < size:
        raise BadInput(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    first, after = 0, size
    while after - first > 1:
        middle = first + _split(after - first)
        if index < middle:
            path.append(_run(middle, after, stored))
            after = middle
        else:
            path.append(_run(first, middle, stored))
            first = middle
    return path[::-1]


def stored_consistency_path(old: int, new: int, stored: Subtrees) -> list[bytes]:
    """What shows that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2). Empty if they are the same.

    Raises BadInput unless `old` is at least 1 and at most `new`, and if a stored hash is not 32 bytes.
    """
    if not 0 < old <= new:
        raise BadInput(f"no path leads from a tree of {old} leaves to one of {new}")
    path: list[bytes] = []
    first, after = 0, new
    while old < after:
        middle = first + _split(after - first)
        if old <= middle:
            path.append(_run(middle, after, stored))
            after = middle
        else:
            path.append(_run(first, middle, stored))
            first = middle
    if first:  # the old tree's last part; where it is the whole old tree, its holder has it as that tree's root
        path.append(_run(first, after, stored))
    return path[::-1]


class GrowingTree:
    """The root of a tree that grows leaf by leaf, from one hash a level: for reading through a log of any length."""

    def __init__(self) -> None:
        self.size = 0
        self._runs: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Put the hash of a leaf, 32 bytes, at the end. Raises BadInput for another length."""
        run = _checked(leaf, 0, self.size)
        for _ in range((~self.size & self.size + 1).bit_length() - 1):  # one for each run that it completes
            run = node_hash(self._runs.pop(), run)
        self._runs.append(run)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        result: bytes | None = None
        for run in reversed(self._runs):
            result = run if result is None else node_hash(run, result)
        return root_of(()) if result is None else result


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more: where RFC 6962 parts a tree."""
    return 1 << (count - 1).bit_length() - 1


def _run(first: int, after: int, stored: Subtrees) -> bytes:
    """The root over the leaves from `first` to before `after`, for a run that a tree's own splits give."""
    pieces: list[bytes] = []
    while first < after:
        level = (after - first).bit_length() - 1
        pieces.append(_checked(stored(level, first >> level), level, first >> level))
        first += 1 << level
    result = pieces.pop()
    while pieces:
        result = node_hash(pieces.pop(), result)
    return result


def _checked(item: bytes, level: int, index: int) -> bytes:
    if len(item) != HASH_SIZE:
        raise BadInput(f"the stored hash {index} of level {level} has {len(item)} bytes, not {HASH_SIZE}")
    return item
