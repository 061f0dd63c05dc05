"""The proofs that transparency-dev publishes for Merkle trees, each as it is and in every broken form that it is published in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crypto.errors import BadPath
from crypto.merkle import check_consistency, check_inclusion, leaf_hash, root_of
from crypto.subtrees import held_subtrees, stored_consistency_path, stored_inclusion_path

VECTORS: Any = json.loads((Path(__file__).parents[1] / "vectors" / "merkle-proofs.json").read_text("utf-8"))
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
EMPTY, OTHER = bytes.fromhex(VECTORS["empty_root"]), bytes.fromhex(VECTORS["other_hash"])
UINT64 = (1 << 64) - 1
"""The published program counts in 64 bits without sign."""


class Inclusion(NamedTuple):
    desc: str
    holds: bool
    leaf_index: int
    size: int
    root: bytes
    leaf: bytes
    proof: list[bytes]


class Consistency(NamedTuple):
    desc: str
    holds: bool
    size1: int
    size2: int
    root1: bytes
    root2: bytes
    proof: list[bytes]


def turned(proof: list[bytes], at: int, bit: int) -> list[bytes]:
    return [*proof[:at], bytes([proof[at][0] ^ bit]) + proof[at][1:], *proof[at + 1 :]]


def inclusion_probes() -> Iterator[Inclusion]:
    """What the published program writes under testdata/inclusion, by its own names."""
    for case in VECTORS["inclusion"]:
        size, proof = case["size"], [bytes.fromhex(item) for item in case["proof"]]
        good = Inclusion("happy path", True, case["index"], size, ROOTS[size - 1], LEAVES[case["index"]], proof)
        bad = good._replace(holds=False)
        yield good
        yield bad._replace(desc="leafIdx sub @1", leaf_index=(good.leaf_index - 1) & UINT64)
        yield bad._replace(desc="leafIdx plus @1", leaf_index=good.leaf_index + 1)
        yield bad._replace(desc="leafIdx XOR @2", leaf_index=good.leaf_index ^ 2)
        yield bad._replace(desc="treeSize mul @2", size=size * 2)
        yield bad._replace(desc="treeSize div @2", size=size // 2)
        yield bad._replace(desc="wrong leaf", leaf=b"WrongLeaf")
        yield bad._replace(desc="empty root", root=EMPTY)
        yield bad._replace(desc="random root", root=OTHER)
        yield bad._replace(desc="trailing garbage", proof=[*proof, b""])
        yield bad._replace(desc="trailing root", proof=[*proof, good.root])
        yield bad._replace(desc="preceding garbage", proof=[b"", *proof])
        yield bad._replace(desc="preceding root", proof=[good.root, *proof])
        for at in range(len(proof)):
            yield bad._replace(desc=f"modified proof[{at}] bit @3", proof=turned(proof, at, 8))
        if proof:
            yield bad._replace(desc="removed component", proof=proof[:-1])
        if len(proof) > 1:
            yield bad._replace(desc="inserted component", proof=[proof[0], OTHER, *proof[1:]])
    for index, size in ((0, 0), (0, 1), (1, 0), (2, 1)):
        yield Inclusion("random leaf", False, index, size, b"", OTHER, [])
        yield Inclusion("empty root", False, index, size, EMPTY, b"", [])
        yield Inclusion("empty root and random leaf", False, index, size, EMPTY, OTHER, [])
    data = leaf_hash(b"data")
    yield Inclusion("matching root and leaf", True, 0, 1, data, data, [])
    yield Inclusion("empty leaf", False, 0, 1, data, b"", [])
    yield Inclusion("empty root", False, 0, 1, b"", data, [])
    yield Inclusion("empty root and leaf", False, 0, 1, b"", b"", [])


def consistency_probes() -> Iterator[Consistency]:
    """What the published program writes under testdata/consistency, by its own names."""
    for case in VECTORS["consistency"]:
        size1, size2, proof = case["size1"], case["size2"], [bytes.fromhex(item) for item in case["proof"]]
        root1, root2 = ROOTS[size1 - 1], ROOTS[size2 - 1]
        good = Consistency("happy path", True, size1, size2, root1, root2, proof)
        yield good
        if not proof:
            continue
        bad = good._replace(holds=False)
        yield bad._replace(desc="size1 sub @1", size1=size1 - 1)
        yield bad._replace(desc="size1 plus @1", size1=size1 + 1)
        yield bad._replace(desc="size1 XOR @2", size1=size1 ^ 2)
        yield bad._replace(desc="size2 mul @2", size2=size2 * 2)
        yield bad._replace(desc="size2 div @2", size2=size2 // 2)
        yield bad._replace(desc="wrong root1", root1=b"WrongRoot")
        yield bad._replace(desc="wrong root2", root2=b"WrongRoot")
        yield bad._replace(desc="swapped roots", root1=root2, root2=root1)
        yield bad._replace(desc="empty proof", proof=[])
        for desc, item in (("garbage", b""), ("root1", root1), ("root2", root2)):
            yield bad._replace(desc=f"trailing {desc}", proof=[*proof, item])
            yield bad._replace(desc=f"preceding {desc}", proof=[item, *proof])
        yield bad._replace(desc="preceding proof @0", proof=[proof[0], *proof])
        yield bad._replace(desc="truncated proof", proof=proof[:-1])
        for at in range(len(proof)):
            yield bad._replace(desc=f"modified proof@{at} bit @4", proof=turned(proof, at, 16))
    for case in VECTORS["additional"]:
        roots = bytes.fromhex(case["root1"]), bytes.fromhex(case["root2"])
        proof = [bytes.fromhex(item) for item in case["proof"]]
        yield Consistency(case["desc"], not case["wantErr"], case["size1"], case["size2"], *roots, proof)


INCLUSION, CONSISTENCY = list(inclusion_probes()), list(consistency_probes())
SHORT_ROOT = "sizes are equal (one) and proof is empty"
"""The one that holds by the published program and not by this one: its roots are twelve bytes of text."""


def test_they_are_as_many_as_are_published() -> None:
    assert (len(INCLUSION), len(CONSISTENCY)) == (98, 98)
    assert sum(probe.holds for probe in INCLUSION) == 6
    assert sum(probe.holds for probe in CONSISTENCY) == 6


@pytest.mark.parametrize("probe", INCLUSION, ids=lambda probe: f"{probe.leaf_index}-of-{probe.size}-{probe.desc}")
def test_an_inclusion_proof_holds_or_not_as_published(probe: Inclusion) -> None:
    if probe.holds:
        check_inclusion(probe.leaf_index, probe.size, probe.leaf, probe.proof, probe.root)
        return
    with pytest.raises(BadPath):
        check_inclusion(probe.leaf_index, probe.size, probe.leaf, probe.proof, probe.root)


@pytest.mark.parametrize("probe", CONSISTENCY, ids=lambda probe: f"{probe.size1}-to-{probe.size2}-{probe.desc}")
def test_a_consistency_proof_holds_or_not_as_published(probe: Consistency) -> None:
    if probe.holds and probe.desc != SHORT_ROOT:
        check_consistency(probe.size1, probe.size2, probe.root1, probe.root2, probe.proof)
        return
    with pytest.raises(BadPath):
        check_consistency(probe.size1, probe.size2, probe.root1, probe.root2, probe.proof)


def test_the_published_proofs_are_the_ones_that_are_made_here() -> None:
    stored = held_subtrees(LEAVES)
    assert [root_of(LEAVES[:size]) for size in range(1, 9)] == ROOTS
    for case in VECTORS["inclusion"]:
        assert [item.hex() for item in stored_inclusion_path(case["index"], case["size"], stored)] == case["proof"]
    for case in VECTORS["consistency"]:
        assert [item.hex() for item in stored_consistency_path(case["size1"], case["size2"], stored)] == case["proof"]
