"""Gates and hidden issuers: complete, whichever way holds, and refused where none does."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.sigma.building import INTERFACE, KEYS, LINK, shown, signed
from tests.sigma.gates import (
    AMOUNT,
    BANKS,
    BOUND,
    COUNT,
    LIST_PAIRS,
    OVER,
    PAIRS,
    RECORD,
    Ways,
    bits,
    certificate,
    closing,
    gated_secrets,
    gated_ways,
    identity,
    one_of,
    reckless,
    some,
    token,
)
from zkproof import curve
from zkproof.bbs.generators import generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.curve import G1_BYTES, R
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma import composite, wire
from zkproof.sigma.clause import Clause, Secret, Unsigned
from zkproof.sigma.gated import GatedSignature, GatedToken, GatePair
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.statement import Statement
from zkproof.sigma.three_squares import decompose

NO_SQUARES = (0, 0, 0)


def squares(*values: int) -> list[tuple[int, int, int]]:
    return [decompose(value, random=secrets.token_bytes) for value in values]


def prove(ways: Ways, selected: list[int], clause_secrets: list[Secret]) -> bytes:
    auxiliary = ways.auxiliary(selected)
    return composite.prove(ways.statement, [identity()], auxiliary, clause_secrets=clause_secrets)


def tokens_of(k: int, bank: int) -> list[Secret]:
    return [token(bank) if i == bank else None for i in range(k)]


# Completeness, and one size


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("status", [False, True])
def test_every_way_is_proven_in_proofs_of_one_length(k: int, status: bool) -> None:
    ways = gated_ways(k, status=status)
    for real in range(k):
        proof = prove(ways, bits(k, real), gated_secrets(ways, {real: certificate(real)}, status))
        assert composite.verify(ways.statement, proof)
        assert len(proof) == wire.proof_length(ways.statement)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("status", [False, True])
def test_every_hidden_issuer_is_proven_in_proofs_of_one_length(k: int, status: bool) -> None:
    ways = one_of(k, status=status)
    for real in range(k):
        tokens = tokens_of(k, real) if status else []
        proof = prove(ways, bits(k, real), [certificate(real), *tokens])
        assert composite.verify(ways.statement, proof)
        assert len(proof) == wire.proof_length(ways.statement)


@pytest.mark.parametrize("held", [(0, 1), (0, 2), (1, 2)])
def test_two_of_three_are_proven_and_one_is_refused(held: tuple[int, int]) -> None:
    ways = gated_ways(3, needed=2)
    both = gated_secrets(ways, {i: certificate(i) for i in held})
    assert composite.verify(ways.statement, prove(ways, bits(3, *held), both))
    single = gated_secrets(ways, {held[0]: certificate(held[0])})
    absent = [gate for i, gate in enumerate(ways.gates) if i != held[0]]
    auxiliary = ways.auxiliary(bits(3, *held), gates={gate: some() for gate in absent})
    chosen = [AMOUNT - BOUND if i == held[0] else 0 for i in range(3)]
    forged = reckless(
        ways.statement, [identity()], auxiliary, single, squares=squares(3426, *chosen)
    )
    assert not composite.verify(ways.statement, forged)


def test_cost_of_an_alternative_is_the_one_designed() -> None:
    """Octets: 240 a gated signature, 64 gate and selector, 192 a token; 224 an issuer more."""

    def length(ways: Ways) -> int:
        return wire.proof_length(ways.statement)

    inequality_octets = length(gated_ways(3)) - length(gated_ways(2)) - 240 - 64 - 32 * COUNT
    assert inequality_octets == 32 + 6 * 16
    assert length(one_of(3)) - length(one_of(2)) == 224
    assert length(one_of(3, status=True)) - length(one_of(2, status=True)) == 224 + 192


def gaps() -> tuple[Statement, GatedSignature]:
    """The amount is strictly inside a gap that bank 1 signed, or selector and gap are absent.

    Slots: 0 amount; 1, 2 the gap; 3 gate; 4 selector; 5 ``s*(amount - low)``.
    """
    held = signed(KEYS[0], (50,))
    over = generators(INTERFACE, 2)
    clause = GatedSignature(PAIRS[1], over, b"gap", (1, 2), 3)
    wide = (0, 2**40)
    statement = Statement(
        b"",
        (shown(held, [], (0,)),),
        boxes=((1, 2**40 - 1), wide, wide, None, (0, 1), (-(2**40), 2**40)),
        inequalities=(Polynomial.build({(5, 2): 1, (5, 0): -1, (4,): -1}),),
        exact=(*closing(4, 3), Polynomial.build({(4, 0): 1, (4, 1): -1, (5,): -1})),
        clauses=(clause,),
        auxiliary=3,
    )
    return statement, clause


def test_gap_behind_a_gate_holds_or_says_nothing() -> None:
    statement, clause = gaps()
    held = signed(KEYS[0], (50,))
    inside, at_end = (signed(BANKS[1], ends, b"gap") for ends in ((40, 60), (50, 60)))
    proof = composite.prove(statement, [held], [0, 1, 10], clause_secrets=[inside])
    assert composite.verify(statement, proof)
    without = composite.prove(statement, [held], [0, 0, 0], clause_secrets=[clause.absent()])
    assert composite.verify(statement, without)
    assert len(without) == len(proof)
    forged = reckless(statement, [held], [0, 1, 0], [at_end], squares=[NO_SQUARES])
    assert not composite.verify(statement, forged)
    forged = reckless(statement, [held], [some(), 1, 50], [clause.absent()], squares=[NO_SQUARES])
    assert not composite.verify(statement, forged)


# What is refused


def first_way(
    *, held: HeldSignature | None, selected: list[int], gate: int = 0, square: int = AMOUNT - BOUND
) -> bytes:
    """The first of two ways, by a prover without scruples."""
    ways = gated_ways(2)
    have = gated_secrets(ways, {} if held is None else {0: held})
    if held is None:
        clause = ways.statement.clauses[0]
        assert isinstance(clause, GatedSignature)
        vector = (LINK, AMOUNT, 0, 0)
        have[0] = Unsigned(vector, clause.generators.signed_point(clause.domain, vector))
    opened = {ways.gates[0]: gate, ways.gates[1]: some()}
    auxiliary = ways.auxiliary(selected, gates=opened)
    return reckless(ways.statement, [identity()], auxiliary, have, squares=squares(3426, square, 0))


def as_if_by(bank: int, held: HeldSignature) -> HeldSignature:
    """A signature passed off as another bank's."""
    clause = gated_ways(6).statement.clauses[bank]
    assert isinstance(clause, GatedSignature)
    key = clause.pair.public_key
    return replace(held, public_key=key, domain=clause.domain, _tables=[])


FORGERIES: dict[str, Callable[[], bytes]] = {
    "selectors 0 0": lambda: first_way(held=None, selected=[0, 0], gate=some(), square=0),
    "selectors 2 -1": lambda: first_way(held=None, selected=[2, R - 1], gate=some()),
    "open gate under a selected key": lambda: first_way(held=None, selected=[1, 0], gate=some()),
    "false amount": lambda: first_way(held=certificate(0, BOUND - 1), selected=[1, 0], square=0),
    "another holder's certificate": lambda: first_way(
        held=certificate(0, link=LINK + 1), selected=[1, 0]
    ),
    "an unlisted bank's certificate": lambda: first_way(
        held=as_if_by(0, certificate(4)), selected=[1, 0]
    ),
    "no signature behind a closed gate": lambda: first_way(
        held=replace(certificate(0), A=curve.map_to_g1(bytes(range(128))), e=5, _tables=[]),
        selected=[1, 0],
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_way_that_does_not_hold_is_refused(what: str) -> None:
    statement = gated_ways(2).statement
    assert composite.verify(statement, first_way(held=certificate(0), selected=[1, 0]))
    assert not composite.verify(statement, FORGERIES[what]())


def test_signature_of_no_issuer_fails_by_the_pairing_alone() -> None:
    proof = FORGERIES["no signature behind a closed gate"]()
    assert composite.replay(gated_ways(2).statement, proof) is not None


def hidden(*, held: HeldSignature, selected: list[int], opened: dict[int, int]) -> bytes:
    """One of three, by a prover without scruples; ``opened`` by number of the bank."""
    ways = one_of(3)
    gate_values = {ways.gates[i]: w for i, w in opened.items()}
    auxiliary = ways.auxiliary(selected, gates=gate_values)
    return reckless(ways.statement, [identity()], auxiliary, [held])


def test_signature_of_none_of_the_listed_issuers_is_refused() -> None:
    statement = one_of(3).statement
    true = hidden(held=certificate(1), selected=[0, 1, 0], opened={0: some(), 2: some()})
    assert composite.verify(statement, true)
    others = certificate(1, link=LINK + 1)
    wrong = {
        "an outsider's": hidden(
            held=as_if_by(1, certificate(4)), selected=[0, 1, 0], opened={0: some(), 2: some()}
        ),
        "signature of one, selector of another": hidden(
            held=certificate(1), selected=[1, 0, 0], opened={0: some(), 2: some()}
        ),
        "passed off as another listed bank's": hidden(
            held=as_if_by(0, certificate(1)), selected=[1, 0, 0], opened={1: some(), 2: some()}
        ),
        "two selectors that cancel": hidden(
            held=certificate(1), selected=[1, 1, R - 1], opened={0: some(), 2: some()}
        ),
        "no selector": hidden(
            held=certificate(1), selected=[0, 0, 0], opened={0: some(), 2: some()}
        ),
        "another holder's": hidden(
            held=replace(others, scalars=(LINK, *others.scalars[1:]), _tables=[]),
            selected=[0, 1, 0],
            opened={0: some(), 2: some()},
        ),
    }
    for what, proof in wrong.items():
        assert not composite.verify(statement, proof), what


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_token_that_is_not_the_records_is_refused(make: Callable[..., Ways]) -> None:
    ways = make(2, status=True)

    def attempt(held: HeldSignature, record: int, own: curve.G1 | None, token_gate: int) -> bool:
        have: list[Secret] = [held, own, None]
        if make is gated_ways:
            other = ways.statement.clauses[2]
            assert isinstance(other, GatedSignature)
            have = [held, own, other.absent(), None]
        opened = {
            ways.gates[1]: some(),
            ways.token_gates[0]: token_gate,
            ways.token_gates[1]: some(),
        }
        auxiliary = ways.auxiliary([1, 0], record=record, gates=opened)
        proof = reckless(ways.statement, [identity()], auxiliary, have)
        return composite.verify(ways.statement, proof)

    assert attempt(certificate(0), RECORD, token(0), 0)
    revoked = certificate(0, record=RECORD + 1)
    assert not attempt(revoked, RECORD + 1, token(0), 0), "token of another record"
    assert not attempt(revoked, RECORD, token(0), 0), "element that is not the record"
    assert not attempt(certificate(0), 0, None, some()), "open gate"
    assert not attempt(certificate(0), RECORD, token(1), 0), "token of another list"


def test_slot_of_an_absent_signature_read_outside_its_selector_is_forged() -> None:
    """The rule for whoever writes statements: such a slot is multiplied by the selector wherever it
    is read, for without a signature it holds whatever the prover likes.
    """
    guarded, unguarded = gated_ways(2), gated_ways(2, guarded=False)
    clause = unguarded.statement.clauses[0]
    assert isinstance(clause, GatedSignature)
    vector = (0, 10**12, 0, 0)
    invented = Unsigned(vector, OVER.signed_point(clause.domain, vector))
    forged = prove(unguarded, [0, 1], [invented, certificate(1)])
    assert composite.verify(unguarded.statement, forged), "10^12 that nobody signed"
    honest = gated_secrets(guarded, {1: certificate(1)})
    assert composite.verify(guarded.statement, prove(guarded, [0, 1], honest))


# Pairs


def test_pair_that_is_not_the_keys_is_refused_when_made() -> None:
    right = PAIRS[0]
    assert GatePair.from_octets(right.public_key, right.to_octets()) == right
    wrong = {
        "another key's": (right.public_key, PAIRS[1].U, PAIRS[1].U_prime),
        "other multiple": (right.public_key, right.U, right.U_prime + right.U),
        "exchanged": (right.public_key, right.U_prime, right.U),
        "under another key": (PAIRS[1].public_key, right.U, right.U_prime),
    }
    for what, (key, U, U_prime) in wrong.items():
        with pytest.raises(UsageError, match="not one of this key"):
            GatePair(key, U, U_prime)
        assert what
    with pytest.raises(DecodeError, match="95 octets"):
        GatePair.from_octets(right.public_key, right.to_octets()[1:])
    with pytest.raises(DecodeError):
        GatePair.from_octets(right.public_key, b"\xc0" + bytes(47) + right.to_octets()[48:])


def test_unchecked_pair_would_show_who_has_no_signature() -> None:
    """Why a pair is checked: with a wrong one for the first bank its own customers are accepted
    and all others refused.
    """
    bad = object.__new__(GatePair)
    fields = {"public_key": PAIRS[0].public_key, "U": PAIRS[0].U, "U_prime": PAIRS[1].U_prime}
    for name, value in fields.items():
        object.__setattr__(bad, name, value)
    ways = gated_ways(2)
    first, second = ways.statement.clauses
    assert isinstance(first, GatedSignature)
    marked = replace(
        ways, statement=replace(ways.statement, clauses=(replace(first, pair=bad), second))
    )
    accepted = []
    for real in (0, 1):
        proof = prove(marked, bits(2, real), gated_secrets(marked, {real: certificate(real)}))
        accepted.append(composite.verify(marked.statement, proof))
    assert accepted == [True, False]


# Every item matters


def changed(ways: Ways, position: int, clause: Clause) -> Statement:
    clauses = list(ways.statement.clauses)
    clauses[position] = clause
    return replace(ways.statement, clauses=tuple(clauses))


def statements() -> dict[str, tuple[Ways, Statement]]:
    """Every public item of each clause, changed."""
    first, second = gated_ways(2, status=True), one_of(2, status=True)
    signature, standing = first.statement.clauses[:2]
    choice = second.statement.clauses[0]
    assert isinstance(signature, GatedSignature)
    assert isinstance(standing, GatedToken)
    assert isinstance(choice, OneOf)
    other_generators = generators(replace(INTERFACE, api_id=b"ZKPROOF_OTHER_INTERFACE_"), COUNT)
    a, b = choice.alternatives
    double = GatePair(signature.pair.public_key, *twice(signature.pair))
    list_double = GatePair(standing.pair.public_key, *twice(standing.pair))
    swapped = (signature.slots[1], signature.slots[0], *signature.slots[2:])
    return {
        "key": (first, changed(first, 0, replace(signature, pair=PAIRS[3]))),
        "pair": (first, changed(first, 0, replace(signature, pair=double))),
        "header": (first, changed(first, 0, replace(signature, header=b"other"))),
        "interface": (first, changed(first, 0, replace(signature, generators=other_generators))),
        "slots": (first, changed(first, 0, replace(signature, slots=swapped))),
        "list's kind": (first, changed(first, 1, replace(standing, kind="members"))),
        "list": (first, changed(first, 1, replace(standing, list_id="bank 1"))),
        "version": (first, changed(first, 1, replace(standing, version=8))),
        "list's key": (first, changed(first, 1, replace(standing, pair=LIST_PAIRS[4]))),
        "list's pair": (first, changed(first, 1, replace(standing, pair=list_double))),
        "element": (first, changed(first, 1, replace(standing, slot=first.records[1]))),
        "order": (first, replace(first.statement, clauses=first.statement.clauses[::-1])),
        "issuers exchanged": (
            second,
            changed(second, 0, replace(choice, alternatives=(b, a))),
        ),
        "an issuer's key": (
            second,
            changed(second, 0, replace(choice, alternatives=(a, replace(b, pair=PAIRS[3])))),
        ),
        "an issuer's pair": (
            second,
            changed(
                second,
                0,
                replace(
                    choice,
                    alternatives=(a, replace(b, pair=GatePair(b.pair.public_key, *twice(b.pair)))),
                ),
            ),
        ),
        "an issuer's header": (
            second,
            changed(second, 0, replace(choice, alternatives=(a, replace(b, header=b"other")))),
        ),
        "selectors": (
            second,
            changed(
                second,
                0,
                replace(
                    choice,
                    alternatives=(
                        replace(a, selector=b.selector),
                        replace(b, selector=a.selector),
                    ),
                ),
            ),
        ),
        "gates": (
            second,
            changed(
                second,
                0,
                replace(choice, alternatives=(replace(a, gate=b.gate), replace(b, gate=a.gate))),
            ),
        ),
    }


def twice(pair: GatePair) -> tuple[curve.G1, curve.G1]:
    return pair.U + pair.U, pair.U_prime + pair.U_prime


def valid(ways: Ways) -> bytes:
    k = len(ways.selectors)
    if isinstance(ways.statement.clauses[0], OneOf):
        return prove(ways, bits(k, 0), [certificate(0), *tokens_of(k, 0)])
    return prove(ways, bits(k, 0), gated_secrets(ways, {0: certificate(0)}, tokens=True))


def test_every_public_item_of_a_gated_clause_matters() -> None:
    digests = set()
    cases = statements()
    for what, (ways, other) in cases.items():
        proof = valid(ways)
        assert composite.verify(ways.statement, proof)
        assert not composite.verify(other, proof), what
        digests.add(composite.statement_transcript(other, wire.Blocks.of(other)).digest())
    assert len(digests) == len(cases)


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_every_octet_of_a_proof_with_gates_matters(make: Callable[..., Ways]) -> None:
    ways = make(2, status=True)
    proof = valid(ways)
    assert composite.verify(ways.statement, proof)
    for position in range(len(proof)):
        wrong = bytearray(proof)
        wrong[position] ^= 1 << (position % 8)
        assert not composite.verify(ways.statement, bytes(wrong)), position


def test_identity_as_a_gated_point_is_refused() -> None:
    """The identity would pass every pairing equation, with or without a signature."""
    ways = gated_ways(2)
    proof = prove(ways, [1, 0], gated_secrets(ways, {0: certificate(0)}))
    assert composite.verify(ways.statement, proof)
    first = 16 + (3 + 2) * G1_BYTES
    for position in range(6):
        start = first + G1_BYTES * position
        wrong = proof[:start] + b"\xc0" + bytes(47) + proof[start + G1_BYTES :]
        assert not composite.verify(ways.statement, wrong), position


# Statements and provers that do not fit


def test_statement_whose_gate_cannot_do_its_work_is_refused() -> None:
    ways = gated_ways(2)
    statement = ways.statement
    a, b = statement.clauses
    assert isinstance(a, GatedSignature)
    assert isinstance(b, GatedSignature)
    with pytest.raises(UsageError, match="two clauses share one"):
        replace(statement, clauses=(a, replace(b, gate=a.gate)))
    with pytest.raises(UsageError, match="auxiliary slots only"):
        replace(statement, clauses=(replace(a, gate=0), b))
    with pytest.raises(UsageError, match="no exact constraint closes"):
        replace(statement, exact=tuple(P for P in statement.exact if a.gate not in P.slots))
    with pytest.raises(UsageError, match="a slot for each message"):
        replace(a, slots=a.slots[:-1])
    choice = one_of(2).statement.clauses[0]
    assert isinstance(choice, OneOf)
    x, y = choice.alternatives
    for wrong, match in (
        ((), "no alternative"),
        ((x, replace(y, pair=x.pair)), "the same key and header twice"),
        ((x, replace(y, selector=x.selector)), "share a selector"),
    ):
        with pytest.raises(UsageError, match=match):
            replace(choice, alternatives=wrong)
    with pytest.raises(UsageError, match="a slot for each message"):
        replace(choice, slots=choice.slots[1:])


def test_prover_whose_secret_does_not_fit_is_told_so() -> None:
    ways, status = gated_ways(2), gated_ways(2, status=True)
    right = gated_secrets(ways, {0: certificate(0)})
    assert composite.verify(ways.statement, prove(ways, [1, 0], right))
    with pytest.raises(UsageError, match="by another key"):
        prove(ways, [1, 0], [certificate(3), right[1]])
    auxiliary = ways.auxiliary([1, 0], gates={ways.gates[1]: 5})
    with pytest.raises(UsageError, match="drawn here"):
        composite.prove(ways.statement, [identity()], auxiliary, clause_secrets=right)
    with pytest.raises(UsageError, match="constraint does not hold"):
        prove(ways, [0, 1], right)
    with pytest.raises(UsageError, match="closed without one"):
        reckless(ways.statement, [identity()], ways.auxiliary([1, 0]), right)
    absent = gated_secrets(status, {0: certificate(0)}, tokens=True)
    absent[3] = None
    slots = status.auxiliary([1, 0])
    slots[status.records[1] - status.first_auxiliary] = RECORD
    with pytest.raises(UsageError, match="without a token"):
        composite.prove(status.statement, [identity()], slots, clause_secrets=absent)
    with pytest.raises(UsageError, match="listed keys"):
        prove(one_of(2), [1, 0], [certificate(3)])


# Hedging


def repeating() -> Callable[[int], bytes]:
    """A random source after its snapshot was restored."""
    drawn = [0]

    def random(count: int) -> bytes:
        drawn[0] += 1
        return hashlib.shake_256(b"snapshot %d" % drawn[0]).digest(count)

    return random


def points(ways: Ways, real: int, context: bytes) -> list[curve.G1]:
    statement = replace(ways.statement, context=context)
    if isinstance(statement.clauses[0], OneOf):
        have: list[Secret] = [certificate(real)]
    else:
        have = gated_secrets(ways, {real: certificate(real)})
    selected = bits(len(ways.selectors), real)
    proof = composite.prove(
        statement, [identity()], ways.auxiliary(selected), clause_secrets=have, random=repeating()
    )
    assert composite.verify(statement, proof)
    return [p for each in wire.from_octets(statement, proof).clause_points for p in each]


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_repeated_randomness_shows_no_branch(make: Callable[..., Ways]) -> None:
    """An open gate from a source that repeats would repeat its Abar, and a closed one would not."""
    ways = make(3)
    first = points(ways, 0, b"nonce 1")
    assert first == points(ways, 0, b"nonce 1"), "the same proof tells nothing more"
    seen = [*first, *points(ways, 0, b"nonce 2"), *points(ways, 1, b"nonce 1")]
    assert len({p.encode() for p in seen}) == len(seen)


def test_renewed_signature_on_the_same_values_has_other_masks() -> None:
    """Two first messages under the same masks would give every hidden value away."""
    ways = one_of(2)
    old = certificate(0)
    A = curve.decode_g1(BANKS[0].secret.divide_by_sums(old.B, [12345]))
    found = []
    for held in (old, replace(old, A=A, e=12345, _tables=[])):
        proof = composite.prove(
            ways.statement,
            [identity()],
            ways.auxiliary([1, 0]),
            clause_secrets=[held],
            random=repeating(),
        )
        assert composite.verify(ways.statement, proof)
        found.append(wire.from_octets(ways.statement, proof))
    a, b = found
    assert a.challenge != b.challenge
    inverse = pow(a.challenge - b.challenge, -1, R)
    assert (a.slots[0] - b.slots[0]) * inverse % R != LINK
