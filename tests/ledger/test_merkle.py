"""RFC 6962 hashes and proofs, against a naive recursion and known answers."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof.ledger import merkle


def naive_root(data: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it stands there."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + naive_root(data[:k]) + naive_root(data[k:])).digest()


def test_roots_are_those_of_the_rfc() -> None:
    for size in range(70):
        data = [bytes([i]) * (i % 5) + b"x" for i in range(size)]
        assert merkle.root([merkle.leaf_hash(each) for each in data]) == naive_root(data)
    assert merkle.EMPTY_ROOT.hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert merkle.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


LEAVES = [merkle.leaf_hash(bytes([i])) for i in range(70)]


@settings(max_examples=80)
@given(size=st.integers(1, 70), data=st.data())
def test_inclusion_proofs_verify_and_nothing_else_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    head = merkle.root(leaves)
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, head)
    other = data.draw(st.integers(0, 69).filter(lambda i: i != index))
    assert not merkle.verify_inclusion(LEAVES[other], index, size, proof, head)
    assert not merkle.verify_inclusion(leaves[index], other, size, proof, head)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, head], head)
    for k in range(len(proof)):
        assert not merkle.verify_inclusion(
            leaves[index], index, size, proof[:k] + proof[k + 1 :], head
        )
        bent = list(proof)
        bent[k] = bytes([bent[k][0] ^ 1]) + bent[k][1:]
        assert not merkle.verify_inclusion(leaves[index], index, size, bent, head)


@settings(max_examples=80)
@given(size=st.integers(1, 70), data=st.data())
def test_consistency_proofs_verify_and_nothing_else_does(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    old_root, head = merkle.root(LEAVES[:old]), merkle.root(LEAVES[:size])
    proof = merkle.consistency_proof(LEAVES[:size], old)
    assert merkle.verify_consistency(old, old_root, size, head, proof)
    assert not merkle.verify_consistency(old, old_root, size, head, [*proof, head])
    rewritten = [LEAVES[69] if i == 0 else leaf for i, leaf in enumerate(LEAVES[:old])]
    if rewritten != LEAVES[:old]:
        assert not merkle.verify_consistency(old, merkle.root(rewritten), size, head, proof)
    for k in range(len(proof)):
        bent = list(proof)
        bent[k] = bytes([bent[k][0] ^ 1]) + bent[k][1:]
        assert not merkle.verify_consistency(old, old_root, size, head, bent)
