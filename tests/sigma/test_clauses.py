"""Signed sets, pseudonyms, ciphertexts, commitments: complete, extractable, simulatable, and every
item of them matters.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sigma.building import INT64, INTERFACE, KEYS, LINK, at_least, shown, signed
from zkproof import bbs, curve
from zkproof.bbs.commitment import committed_generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import holds
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import ConflictError, UsageError
from zkproof.sigma import composite, encryption, pseudonym, signed_set, tag, wire
from zkproof.sigma.clause import Clause, Opening, Secret
from zkproof.sigma.commitment import CommittedTo
from zkproof.sigma.composite import Witness
from zkproof.sigma.encryption import Ciphertext, EncryptedTo
from zkproof.sigma.inequality import decompose_all
from zkproof.sigma.pseudonym import Pseudonym
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Statement, slot_values
from zkproof.sigma.tag import Tag

OWNER = bbs.keygen(b"\x77" * 32)
OTHER_OWNER = bbs.keygen(b"\x78" * 32)
LEDGER = "ledger.test"
LIST = "did:web:owner.example#list"
RID, AMOUNT, EXTRA = 815, 5_000, 99
AUDITOR = 0xA0D170**9 % R
COMMITTED = committed_generators(INTERFACE, 2)
BLIND = 0xB11D**9 % R


def token(element: int, *, version: int = 3, key: bbs.SigningKey = OWNER) -> G1:
    V = signed_set.base(LEDGER, "status", LIST, version)
    return curve.decode_g1(key.secret.divide_by_sums(V, [element]))


def auditor_key() -> G1:
    g, _ = encryption.generators()
    return curve.msm((g,), (AUDITOR,))


@dataclass(frozen=True)
class World:
    statement: Statement
    held: list[HeldSignature]
    clause_secrets: list[Secret]

    def prove(self) -> bytes:
        return composite.prove(self.statement, self.held, clause_secrets=self.clause_secrets)


def world(
    *,
    link: int = LINK,
    rid: int = RID,
    amount: int = AMOUNT,
    own_token: G1 | None = None,
    blind: int = BLIND,
) -> World:
    """One credential (link secret, record id, amount) with one clause of every kind, and an
    inequality beside them. Slots: 0 link, 1 record id, 2 amount, 3 held by the commitment alone.
    """
    held = [signed(KEYS[0], (link, rid, amount))]
    clauses: tuple[Clause, ...] = (
        InSignedSet(LEDGER, "status", LIST, 3, OWNER.public_key, 1),
        Pseudonym("did:web:bank.example/2026", 0),
        Tag("pledge/2026", (0, 2)),
        EncryptedTo(auditor_key(), "auditor 1", 1),
        CommittedTo(COMMITTED, (3, 0)),
    )
    statement = Statement(
        context=b"request and nonce",
        signatures=(shown(held[0], [], [0, 1, 2]),),
        boxes=(None, (1, 2**40 - 1), INT64, None),
        inequalities=(at_least(2, 1000),),
        clauses=clauses,
    )
    opening = Opening(blind, (EXTRA, link))
    return World(statement, held, [own_token or token(rid), None, None, None, opening])


def changed(w: World, position: int, clause: Clause) -> Statement:
    clauses = list(w.statement.clauses)
    clauses[position] = clause
    return replace(w.statement, clauses=tuple(clauses))


# Completeness


@settings(max_examples=15)
@given(
    link=st.integers(1, R - 1),
    rid=st.integers(1, 2**40 - 1),
    amount=st.integers(1000, 2**63 - 1),
    blind=st.integers(1, R - 1),
)
def test_every_clause_is_proven_for_any_values(
    link: int, rid: int, amount: int, blind: int
) -> None:
    w = world(link=link, rid=rid, amount=amount, blind=blind)
    proof = w.prove()
    assert len(proof) == wire.proof_length(w.statement)
    points = composite.verified_points(w.statement, proof)
    assert points is not None
    assert points[1] == (curve.msm((pseudonym.base("did:web:bank.example/2026"),), (link,)),)
    assert curve.msm(points[2], ((link + amount) % R,)) == tag.base("pledge/2026")
    E1, E2 = points[3]
    _, g_m = encryption.generators()
    assert E2 - curve.msm((E1,), (AUDITOR,)) == curve.msm((g_m,), (rid,)), "the auditor decrypts"
    assert points[4] == (COMMITTED.msm(blind, (EXTRA, link)),)


def test_cost_of_each_clause_is_the_one_designed() -> None:
    """Octets: token 128, pseudonym 48, ciphertext 128, commitment 80 (spec 6.2, 9.1, 10)."""
    w = world()
    cost = {}
    for clause in w.statement.clauses[:4]:
        rest = tuple(each for each in w.statement.clauses if each is not clause)
        without = replace(w.statement, clauses=rest)
        cost[clause] = wire.proof_length(w.statement) - wire.proof_length(without)
    assert list(cost.values()) == [128, 48, 48, 128]


# Extraction


def test_three_challenges_give_token_blinding_and_exponents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The prover rewound: each clause's secret is in the difference of two responses."""
    w = world()
    statement = w.statement
    blocks = wire.Blocks.of(statement)
    values = slot_values(statement, [w.held[0].scalars], (), w.clause_secrets)
    assert blocks.inequalities is not None
    y = decompose_all(blocks.inequalities, values, random=secrets.token_bytes)
    seed = secrets.token_bytes(64)
    found = []
    for c in (secrets.randbits(128) for _ in range(3)):
        monkeypatch.setattr(composite, "_challenge", lambda *_, c=c: c)
        masks = MaskSource(random=lambda _: seed, secrets=(), statement=b"", attempt=0)
        transcript = composite.statement_transcript(statement, blocks)
        witness = Witness(w.held, values, values, y, w.clause_secrets)
        proof = composite._attempt(statement, blocks, witness, transcript, masks)
        assert proof is not None
        replayed = composite.replay(statement, wire.to_octets(proof))
        assert replayed is not None
        assert holds(replayed.claims)
        found.append(proof)
    first, second, third = found
    assert first.clause_points == second.clause_points == third.clause_points
    inverse = pow(first.challenge - second.challenge, -1, R)

    def secret_of(clause: int) -> int:
        (a,), (b,) = first.clause_responses[clause], second.clause_responses[clause]
        return (a - b) * inverse % R

    extracted = [(a - b) * inverse % R for a, b in zip(first.slots, second.slots, strict=True)]
    assert extracted == values
    (A_prime, _), (N,), (N_tag,), (E1, E2), (C,) = first.clause_points
    v = secret_of(0)
    assert curve.msm((A_prime,), (pow(v, -1, R),)) == token(RID)
    assert curve.msm((pseudonym.base("did:web:bank.example/2026"),), (extracted[0],)) == N
    exponent = (extracted[0] + extracted[2]) % R
    assert curve.msm((N_tag,), (exponent,)) == tag.base("pledge/2026")
    rho = secret_of(3)
    g, g_m = encryption.generators()
    assert curve.msm((g,), (rho,)) == E1
    assert curve.msm((g_m, auditor_key()), (extracted[1], rho)) == E2
    assert COMMITTED.msm(secret_of(4), (extracted[3], extracted[0])) == C


# Simulation


def test_proof_is_simulated_without_any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random responses, random points (the token's pair from any other token) and a programmed
    challenge give an accepted proof: it shows nothing beyond the statement.
    """
    w = world()
    statement = replace(w.statement, inequalities=())
    unrelated, held = token(1), signed(KEYS[0], (1, 2, 3))
    rho, v = (1 + secrets.randbelow(R - 1) for _ in range(2))
    c = secrets.randbits(128)

    def point() -> G1:
        return curve.map_to_g1(secrets.token_bytes(128))

    def scalar() -> int:
        return secrets.randbelow(R)

    A_prime = curve.msm((unrelated,), (v,))
    V = signed_set.base(LEDGER, "status", LIST, 3)
    proof = wire.CompositeProof(
        challenge=c,
        signature_points=(
            (
                curve.msm((held.A,), (rho,)),
                curve.msm((held.B, held.A), (rho, -held.e * rho % R)),
                point(),
            ),
        ),
        signature_responses=((scalar(), scalar(), scalar()),),
        slots=tuple(scalar() for _ in statement.system.free),
        inequality=None,
        exact=None,
        clause_points=(
            (A_prime, curve.msm((V, A_prime), (v, R - 1))),
            (point(),),
            (point(),),
            (point(), point()),
            (point(),),
        ),
        clause_responses=((scalar(),), (), (), (scalar(),), (scalar(),)),
    )
    octets = wire.to_octets(proof)
    assert not composite.verify(statement, octets), "without programming it must fail"
    monkeypatch.setattr(composite, "_challenge", lambda *_: c)
    assert composite.verify(statement, octets)


# Every item matters


def test_every_octet_of_a_proof_matters() -> None:
    w = world()
    proof = w.prove()
    assert composite.verify(w.statement, proof)
    for position in range(len(proof)):
        wrong = bytearray(proof)
        wrong[position] ^= 1 << (position % 8)
        assert not composite.verify(w.statement, bytes(wrong)), position


def statements(w: World) -> dict[str, Statement]:
    """The statement with each public item of each clause changed in turn."""
    standing, person, record, encrypted, committed = w.statement.clauses
    assert isinstance(standing, InSignedSet)
    assert isinstance(person, Pseudonym)
    assert isinstance(record, Tag)
    assert isinstance(encrypted, EncryptedTo)
    assert isinstance(committed, CommittedTo)
    g, _ = encryption.generators()
    other_interface = replace(INTERFACE, api_id=b"ZKPROOF_OTHER_INTERFACE_")
    return {
        "kind of list": changed(w, 0, replace(standing, kind="members")),
        "list": changed(w, 0, replace(standing, list_id=LIST + "2")),
        "epoch": changed(w, 0, replace(standing, version=4)),
        "owner's key": changed(w, 0, replace(standing, public_key=OTHER_OWNER.public_key)),
        "listed slot": changed(w, 0, replace(standing, slot=2)),
        "scope": changed(w, 1, replace(person, scope="did:web:bank.example/2027")),
        "pseudonym's slot": changed(w, 1, replace(person, slot=2)),
        "tag's scope": changed(w, 2, replace(record, scope="pledge/2027")),
        "tag for a pseudonym": changed(w, 2, Pseudonym("pledge/2026", 0)),
        "tag's slots": changed(w, 2, replace(record, slots=(0, 1))),
        "tag without the secret": changed(w, 2, replace(record, slots=(2,))),
        "auditor's key": changed(w, 3, replace(encrypted, auditor_key=g)),
        "auditor's label": changed(w, 3, replace(encrypted, label="auditor 2")),
        "encrypted slot": changed(w, 3, replace(encrypted, slot=2)),
        "committed slots": changed(w, 4, replace(committed, slots=(0, 3))),
        "commitment's generators": changed(
            w, 4, replace(committed, generators=committed_generators(other_interface, 2))
        ),
        "order of clauses": replace(
            w.statement, clauses=(standing, record, person, encrypted, committed)
        ),
        "a clause less": replace(w.statement, clauses=(standing, person, record, committed)),
    }


def test_every_public_item_of_a_clause_matters() -> None:
    w = world()
    proof = w.prove()
    assert composite.verify(w.statement, proof)
    for name, other in statements(w).items():
        assert not composite.verify(other, proof), name


def test_transcript_differs_for_every_public_item_of_a_clause() -> None:
    w = world()

    def digest(statement: Statement) -> bytes:
        return composite.statement_transcript(statement, wire.Blocks.of(statement)).digest()

    variants = [digest(other) for other in statements(w).values()]
    assert len({digest(w.statement), *variants}) == len(variants) + 1


# Negative cases


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("another element's token", token(RID + 1)),
        ("token of the epoch before", token(RID, version=2)),
        ("token by another owner", token(RID, key=OTHER_OWNER)),
    ],
)
def test_token_that_is_not_for_this_element_epoch_and_owner_is_refused(
    what: str, wrong: G1
) -> None:
    right, forged = world(), world(own_token=wrong)
    assert composite.verify(right.statement, right.prove())
    assert not composite.verify(forged.statement, forged.prove()), what
    V = signed_set.base(LEDGER, "status", LIST, 3)
    assert signed_set.token_holds(OWNER.public_key, V, RID, token(RID))
    assert not signed_set.token_holds(OWNER.public_key, V, RID, wrong), what


def test_bad_token_is_found_among_many() -> None:
    elements = list(range(1, 60))
    V = signed_set.base(LEDGER, "members", LIST, 1)
    octets = OWNER.secret.divide_by_sums(V, elements)
    tokens = [curve.decode_g1(octets[i : i + G1_BYTES]) for i in range(0, len(octets), G1_BYTES)]
    assert signed_set.tokens_hold(OWNER.public_key, V, elements, tokens)
    for position in (0, 30, 58):
        wrong = [*tokens]
        wrong[position] = wrong[position] + curve.g1_generator
        assert not signed_set.tokens_hold(OWNER.public_key, V, elements, wrong)
    assert not signed_set.tokens_hold(OWNER.public_key, V, elements[::-1], tokens)
    with pytest.raises(UsageError, match="not as many"):
        signed_set.tokens_hold(OWNER.public_key, V, elements[1:], tokens)


def test_pair_without_a_token_passes_all_but_the_pairing() -> None:
    """Whoever knows no token can still answer the challenge: the pairing is what stops it."""
    w = world(own_token=curve.g1_generator)
    replayed = composite.replay(w.statement, w.prove())
    assert replayed is not None, "the challenge is right"
    assert [holds([claim]) for claim in replayed.claims] == [True, False]


def test_identity_as_token_pair_or_pseudonym_is_refused() -> None:
    w = world()
    proof = w.prove()
    first = 16 + 3 * G1_BYTES + G1_BYTES  # challenge, signature points, C of the inequalities
    assert composite.verify(w.statement, proof)
    for position in range(7):
        start = first + G1_BYTES * position
        wrong = proof[:start] + b"\xc0" + bytes(47) + proof[start + G1_BYTES :]
        assert not composite.verify(w.statement, wrong), position


def test_secret_of_zero_has_no_pseudonym_and_no_tag() -> None:
    for zero, what in ((world(link=0), "pseudonym"), (world(link=R - AMOUNT), "tag")):
        with pytest.raises(UsageError, match=f"{what}: the secret is zero"):
            zero.prove()


def test_pseudonyms_of_one_person_agree_in_a_scope_and_differ_across_scopes() -> None:
    def pseudonyms(w: World) -> list[G1]:
        points = composite.verified_points(w.statement, w.prove())
        assert points is not None
        return [points[1][0], points[2][0]]

    again, other = world(amount=6_000), world(link=LINK + 1)
    assert pseudonyms(world())[0] == pseudonyms(again)[0] != pseudonyms(other)[0]
    assert pseudonyms(world())[1] == pseudonyms(world())[1] != pseudonyms(again)[1]
    assert len(set(pseudonyms(world()))) == 2


def test_ciphertexts_of_one_value_differ_every_time() -> None:
    w = world()
    first, second = (composite.verified_points(w.statement, w.prove()) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[3] != second[3]
    assert Ciphertext.from_octets(Ciphertext(*first[3]).to_octets()) == Ciphertext(*first[3])


def test_committed_value_is_the_one_in_the_shared_slot() -> None:
    """Slot 0 is in the credential and in the commitment: an opening to another value is refused
    before anything is proven.
    """
    w = world()
    assert composite.verify(w.statement, w.prove())
    wrong = replace(w, clause_secrets=[*w.clause_secrets[:4], Opening(BLIND, (EXTRA, LINK + 1))])
    with pytest.raises(ConflictError, match="different values"):
        wrong.prove()


def test_slot_that_nothing_holds_is_refused() -> None:
    w = world()
    without = w.statement.clauses[:4]
    with pytest.raises(UsageError, match="each held by a signature"):
        replace(w.statement, clauses=without)
    with pytest.raises(UsageError, match="slot that does not exist"):
        replace(w.statement, clauses=(*w.statement.clauses, Pseudonym("x", 9)))
