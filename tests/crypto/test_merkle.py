"""Merkle trees as in Certificate Transparency."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadInput, BadPath
from crypto.merkle import inclusion_path, leaf_hash, node_hash, root_from, root_of

# The eight leaves and the roots over the first n of them that the reference implementations of Certificate
# Transparency (google/certificate-transparency, transparency-dev/merkle) have in common.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

trees = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=70)


def textbook_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, written recursively as the RFC does."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + textbook_root(leaves[:split]) + textbook_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of([leaf_hash(data) for data in CT_LEAVES[:size]]).hex() == CT_ROOTS[size]


@given(trees)
def test_roots_follow_the_recursive_definition(leaves: list[bytes]) -> None:
    assert root_of(leaves) == textbook_root(leaves)


@given(trees)
def test_every_leaf_leads_to_the_root_by_its_path(leaves: list[bytes]) -> None:
    root = root_of(leaves)
    for index, leaf in enumerate(leaves):
        assert root_from(index, len(leaves), leaf, inclusion_path(index, leaves)) == root


@given(trees, st.data())
def test_another_leaf_or_sibling_leads_to_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(index, leaves)
    hashes = [leaves[index], *path]
    hashes[data.draw(st.integers(0, len(path)))] = leaf_hash(b"somebody else's")
    assert root_from(index, len(leaves), hashes[0], hashes[1:]) != root_of(leaves)


@given(trees, st.data())
def test_a_path_of_the_wrong_length_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(index, leaves)
    with pytest.raises(BadPath, match="is shorter than"):
        root_from(index, len(leaves), leaves[index], [*path, bytes(32)])
    if path:
        with pytest.raises(BadPath, match="is longer than"):
            root_from(index, len(leaves), leaves[index], path[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0), (1, -1)])
def test_a_position_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(BadPath, match="no leaf"):
        root_from(index, size, bytes(32), [])


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_for_a_position_outside_the_leaves(index: int) -> None:
    with pytest.raises(BadInput, match="no leaf"):
        inclusion_path(index, [bytes(32)] * 3)


def test_two_leaves_cannot_pass_for_one_whose_data_are_their_hashes() -> None:
    def unprefixed(data: bytes) -> bytes:
        return sha256(data).digest()

    # Without prefixes, whoever saw the inner node could present it as the data of a single leaf.
    inner = unprefixed(b"a") + unprefixed(b"b")
    root_of_two = unprefixed(unprefixed(b"a") + unprefixed(b"b"))
    root_of_one = unprefixed(inner)
    assert root_of_two == root_of_one

    leaves = [leaf_hash(b"a"), leaf_hash(b"b")]
    assert root_of(leaves) != root_of([leaf_hash(b"".join(leaves))])


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_hashes_of_another_length_are_refused(wrong: bytes) -> None:
    right = bytes(32)
    with pytest.raises(BadInput, match="not 32"):
        node_hash(right, wrong)
    with pytest.raises(BadInput, match="not 32"):
        root_of([right, wrong])
    with pytest.raises(BadInput, match="not 32"):
        inclusion_path(0, [right, wrong])
    with pytest.raises(BadPath, match="32 bytes"):
        root_from(0, 2, wrong, [right])
    with pytest.raises(BadPath, match="32 bytes"):
        root_from(0, 2, right, [wrong])
