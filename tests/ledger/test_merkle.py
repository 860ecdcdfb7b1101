"""RFC 6962 hashes and proofs, against a naive recursion and known answers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof.ledger import merkle

LARGEST = 70


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it stands there, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def naive_split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


LEAVES = [merkle.leaf_hash(bytes([i])) for i in range(LARGEST)]
TREE = merkle.Tree(LEAVES)

# Leaf inputs and roots by size of the test data shared by Certificate Transparency's
# implementations (transparency-dev/merkle, testonly/constants.go).
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
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


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]
    assert merkle.Tree(leaves).root().hex() == ROOTS[size]
    frontier = merkle.Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert (frontier.size, frontier.root().hex()) == (size, ROOTS[size])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_roots_and_proofs_are_those_of_the_rfc_for_every_size(size: int) -> None:
    leaves = LEAVES[:size]
    assert TREE.root(size) == naive_root(leaves)
    for index in range(size):
        assert merkle.inclusion_proof(TREE.node, index, size) == naive_path(index, leaves)
    for old in range(1, size + 1):
        assert merkle.consistency_proof(TREE.node, old, size) == naive_subproof(old, leaves)


def test_frontier_follows_the_tree() -> None:
    frontier = merkle.Frontier()
    for size, leaf in enumerate(LEAVES, start=1):
        before = frontier.copy()
        frontier.append(leaf)
        assert frontier.root() == TREE.root(size)
        assert before.root() == TREE.root(size - 1)


def one_bit_off(data: st.DataObject, value: bytes) -> bytes:
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(max_examples=150)
@given(size=st.integers(1, LARGEST), data=st.data())
def test_inclusion_proofs_verify_and_nothing_else_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, head = LEAVES[index], TREE.root(size)
    proof = merkle.inclusion_proof(TREE.node, index, size)
    assert merkle.verify_inclusion(leaf, index, size, proof, head)
    assert not merkle.verify_inclusion(one_bit_off(data, leaf), index, size, proof, head)
    assert not merkle.verify_inclusion(leaf, index, size, proof, one_bit_off(data, head))
    other = data.draw(st.integers(0, LARGEST - 1).filter(lambda i: i != index))
    assert not merkle.verify_inclusion(leaf, other, size, proof, head)
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, head], head)
    assert not merkle.verify_inclusion(leaf, -1, size, proof, head)
    for k, step in enumerate(proof):
        assert not merkle.verify_inclusion(leaf, index, size, proof[:k] + proof[k + 1 :], head)
        for changed in (one_bit_off(data, step), step[:-1], step + b"\0", b""):
            bent = [*proof[:k], changed, *proof[k + 1 :]]
            assert not merkle.verify_inclusion(leaf, index, size, bent, head)


@settings(max_examples=150)
@given(size=st.integers(1, LARGEST), data=st.data())
def test_consistency_proofs_verify_and_nothing_else_does(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    old_root, head = TREE.root(old), TREE.root(size)
    proof = merkle.consistency_proof(TREE.node, old, size)
    assert merkle.verify_consistency(old, old_root, size, head, proof)
    bent_root = one_bit_off(data, old_root)
    assert not merkle.verify_consistency(old, bent_root, size, head, proof)
    assert not merkle.verify_consistency(old, old_root, size, one_bit_off(data, head), proof)
    assert not merkle.verify_consistency(old, old_root, size, head, [*proof, head])
    assert not merkle.verify_consistency(size + 1, old_root, size, head, proof)
    assert not merkle.verify_consistency(0, old_root, size, head, proof)
    for k, step in enumerate(proof):
        assert not merkle.verify_consistency(old, old_root, size, head, proof[:k] + proof[k + 1 :])
        for changed in (one_bit_off(data, step), step[:-1], b""):
            bent = [*proof[:k], changed, *proof[k + 1 :]]
            assert not merkle.verify_consistency(old, old_root, size, head, bent)


def test_what_is_not_there_has_no_proof() -> None:
    assert merkle.inclusion_proof(TREE.node, 4, 5)
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(TREE.node, index, size)
    assert merkle.consistency_proof(TREE.node, 5, 5) == []
    for old, size in ((6, 5), (0, 5)):
        with pytest.raises(IndexError):
            merkle.consistency_proof(TREE.node, old, size)
