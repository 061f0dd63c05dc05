"""Merkle trees as in Certificate Transparency (RFC 6962, 2.1; RFC 9162, 2.1): SHA-256, hashes of 32 bytes.

Here are trees whose leaves are all at hand, and whoever checks a proof. `crypto/subtrees.py` has large trees, of which only a
few stored hashes are read.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from crypto.errors import BadInput, BadPath

HASH_SIZE: Final = 32


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf. Its prefix differs from a node's, so that a node cannot pass for a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two child hashes of 32 bytes. Raises BadInput on another length."""
    _check_hashes((left, right))
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes of 32 bytes, else BadInput. No leaf: the hash of nothing (RFC 6962, 2.1)."""
    _check_hashes(leaves)
    if not leaves:
        return sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the siblings, from leaf to root, that lead from leaf `index` to the root (RFC 6962, 2.1.1).

    Raises BadInput if `index` is outside the leaves or a leaf hash is not 32 bytes.
    """
    _check_hashes(leaves)
    if not 0 <= index < len(leaves):
        raise BadInput(f"there is no leaf {index} in a tree of {len(leaves)}")
    path = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _parents(level)
        index //= 2
    return path


def root_from(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf hash and its path lead to in a tree of `size` leaves (RFC 9162, 2.1.3.2).

    The caller compares it with a root that it trusts. Raises BadPath if `index` is outside the tree, the path is
    shorter or longer than this position has, or a hash is not 32 bytes.
    """
    if not 0 <= index < size:
        raise BadPath(f"there is no leaf {index} in a tree of {size}")
    if any(len(item) != HASH_SIZE for item in (leaf, *path)):
        raise BadPath(f"every hash of a path is {HASH_SIZE} bytes")
    position, last = index, size - 1
    result = leaf
    siblings = iter(path)
    while last > 0:
        # The last node of a level with an odd number of nodes rises alone.
        if position % 2 == 1 or position < last:
            sibling = next(siblings, None)
            if sibling is None:
                raise BadPath(f"the path of leaf {index} in a tree of {size} is longer than {len(path)}")
            result = node_hash(sibling, result) if position % 2 == 1 else node_hash(result, sibling)
        position //= 2
        last //= 2
    if next(siblings, None) is not None:
        raise BadPath(f"the path of leaf {index} in a tree of {size} is shorter than {len(path)}")
    return result


def check_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Return if the path leads from leaf `index` to `root` in a tree of `size` leaves; raise BadPath otherwise.

    The size stands or falls with what the root was taken from: a path of one leaf may lead to the same root under several sizes.
    """
    if root_from(index, size, leaf, path) != root:
        raise BadPath(f"the path of leaf {index} in a tree of {size} leads to another root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Return if a tree of `new` leaves begins with the `old` leaves of the other one (RFC 9162, 2.1.4.2); else raise BadPath.

    Sizes are 1 and more, `old` at most `new`; of the same size, the roots are the same and the path is empty. That every tree
    begins with the empty one needs no proof, so size 0 is none of the cases here: BadPath.
    """
    if not 0 < old <= new:
        raise BadPath(f"no path leads from a tree of {old} leaves to one of {new}")
    if any(len(item) != HASH_SIZE for item in (old_root, new_root, *path)):
        raise BadPath(f"every hash of a path is {HASH_SIZE} bytes")
    if old == new:
        if path or old_root != new_root:
            raise BadPath(f"two trees of {new} leaves have one root and no path between them")
        return
    # 1 a whole old tree is the first hash of its own path, which leaves it out
    siblings = iter(path if old & (old - 1) else (old_root, *path))
    # 2 start where the old tree's last subtree ends
    position, last = old - 1, new - 1
    while position % 2 == 1:
        position, last = position // 2, last // 2
    reached = next(siblings, None)
    if reached is None:
        raise BadPath(f"the path from {old} leaves to {new} is longer than {len(path)}")
    # 3 rise: what stands to the left belongs to both trees, what stands to the right to the new one only. A level's last node of
    #   an odd number rises alone.
    old_reached = new_reached = reached
    while last > 0:
        if position % 2 == 1 or position < last:
            sibling = next(siblings, None)
            if sibling is None:
                raise BadPath(f"the path from {old} leaves to {new} is longer than {len(path)}")
            if position % 2 == 1:
                old_reached, new_reached = node_hash(sibling, old_reached), node_hash(sibling, new_reached)
            else:
                new_reached = node_hash(new_reached, sibling)
        position, last = position // 2, last // 2
    # 4 both roots, and nothing left
    if next(siblings, None) is not None:
        raise BadPath(f"the path from {old} leaves to {new} is shorter than {len(path)}")
    if old_reached != old_root or new_reached != new_root:
        raise BadPath(f"the path from {old} leaves to {new} leads to other roots")


def _parents(level: list[bytes]) -> list[bytes]:
    """Hash a level pairwise; an odd last node rises as it is, which gives the tree of RFC 6962."""
    parents = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return parents + level[len(parents) * 2 :]


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for position, item in enumerate(hashes):
        if len(item) != HASH_SIZE:
            raise BadInput(f"hash {position} has {len(item)} bytes, not {HASH_SIZE}")
