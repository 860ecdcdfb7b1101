"""A way that does not hold is refused, whatever its prover does with gates and selectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from tests.sigma.building import LINK
from tests.sigma.gates import AMOUNT, BOUND, RECORD, Ways, bits, certificate, some, token
from tests.sigma.reckless import as_if_by, invented, reckless, squares
from tests.sigma.ways import KINDS, gated_ways, mixed, one_of, prove, prove_with
from zkproof import curve
from zkproof.bbs.knowledge import HeldSignature
from zkproof.curve import G1_BYTES, R
from zkproof.sigma import composite
from zkproof.sigma.clause import Secret

VALUES = (LINK, AMOUNT, 99, RECORD)


def first_way(
    *,
    held: HeldSignature | None,
    selected: Sequence[int],
    gate: int = 0,
    square: int = AMOUNT - BOUND,
) -> bytes:
    """The first of two ways."""
    ways = gated_ways(2)
    first, second = ways.choices
    have = held or invented(first, (LINK, AMOUNT, 0, 0), selected[:1])
    other = invented(second, (0, 0, 0, 0), selected[1:])
    slots = ways.selected(selected) | {ways.gates[0]: gate, ways.gates[1]: some()}
    return reckless(ways, slots, [have, other], given=squares(21_426, square, 0))


FORGERIES: dict[str, Callable[[], bytes]] = {
    "selectors 0 0": lambda: first_way(held=None, selected=[0, 0], gate=some(), square=0),
    "selectors 2 -1": lambda: first_way(held=None, selected=[2, R - 1], gate=some()),
    "open gate under a selected key": lambda: first_way(held=None, selected=[1, 0], gate=some()),
    "false amount": lambda: first_way(held=certificate(0, BOUND - 1), selected=[1, 0], square=0),
    "another holder's certificate": lambda: first_way(
        held=certificate(0, link=LINK + 1), selected=[1, 0]
    ),
    "an unlisted bank's signature": lambda: first_way(held=as_if_by(0, 4, VALUES), selected=[1, 0]),
    "the other bank's signature": lambda: first_way(held=as_if_by(0, 1, VALUES), selected=[1, 0]),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_way_that_does_not_hold_is_refused(what: str) -> None:
    statement = gated_ways(2).statement
    assert composite.verify(statement, first_way(held=certificate(0), selected=[1, 0]))
    assert not composite.verify(statement, FORGERIES[what]())


def hidden(held: HeldSignature, selected: Sequence[int], *closed: int) -> bytes:
    """One of three, with the gates of these banks closed."""
    ways = one_of(3)
    opened = {gate: some() for i, gate in enumerate(ways.gates) if i not in closed}
    return reckless(ways, ways.selected(selected) | opened, [held])


def test_signature_of_none_of_the_listed_issuers_is_refused() -> None:
    statement = one_of(3).statement
    assert composite.verify(statement, hidden(certificate(1), [0, 1, 0], 1))
    others = certificate(1, link=LINK + 1)
    relinked = replace(others, scalars=(LINK, *others.scalars[1:]), _tables=[])
    wrong = {
        "signature of one, selector of another": hidden(certificate(1), [1, 0, 0], 1),
        "two selectors that cancel": hidden(certificate(1), [1, 1, R - 1], 1),
        "no selector": hidden(certificate(1), [0, 0, 0], 1),
        "another holder's": hidden(relinked, [0, 1, 0], 1),
    }
    for what, proof in wrong.items():
        assert not composite.verify(statement, proof), what


@pytest.mark.parametrize("bank", range(3))
def test_signature_by_another_key_fails_by_the_pairing_alone(bank: int) -> None:
    """Each alternative has a pairing claim of its own."""
    statement = one_of(3).statement
    selected = bits(3, bank)
    true = hidden(as_if_by(bank, bank, VALUES), selected, bank)
    assert composite.verify(statement, true)
    for signer in {0, 1, 2, 4} - {bank}:
        forged = hidden(as_if_by(bank, signer, VALUES), selected, bank)
        assert composite.replay(statement, forged) is not None, "every equation holds"
        assert not composite.verify(statement, forged)


def either(
    slots: Mapping[int, int], have: Sequence[Secret], *closed: int, given: Sequence[int]
) -> bool:
    """Of `mixed`, by a prover without scruples; ``closed`` by number of the bank."""
    ways = mixed()
    opened = {gate: some() for i, gate in enumerate(ways.gates) if i not in closed}
    proof = reckless(ways, {**slots, **opened}, have, given=squares(21_426, *given))
    return composite.verify(ways.statement, proof)


def test_way_with_hidden_issuers_needs_one_of_their_signatures() -> None:
    """The selectors of the issuers sum to that of the way, not to one."""
    ways = mixed()
    first, *others = ways.choices
    none = [each.absent() for each in others]
    honest = ways.honest[0]
    margin = AMOUNT - BOUND
    assert either(honest.slots, honest.secrets, 0, given=[margin, 0, 0])
    (a,) = honest.slots.keys() - set(first.selectors)
    vector = (LINK, AMOUNT, 0, 0)
    forged = {
        "no issuer selected": ({a: 1}, [0, 0], ()),
        "issuers 1 1": ({a: 1, first.selectors[0]: 1, first.selectors[1]: 1}, [1, 1], ()),
        "issuers 2 -1": ({a: 1, first.selectors[0]: 2, first.selectors[1]: R - 1}, [2, -1], ()),
        "an issuer selected, its gate open": ({a: 1, first.selectors[0]: 1}, [1, 0], ()),
    }
    for what, (slots, selected, closed) in forged.items():
        have = [invented(first, vector, selected), *none]
        assert not either(slots, have, *closed, given=[margin, 0, 0]), what


def test_two_credentials_under_one_selector_are_both_needed() -> None:
    ways = mixed()
    honest = ways.honest[2]
    assert either(honest.slots, honest.secrets, 2, 3, given=[0, 0, 0])
    absent = [each.absent() for each in ways.choices]
    for kept, missing in ((1, 2), (2, 1)):
        have = list(honest.secrets)
        have[missing] = invented(ways.choices[missing], (LINK, BOUND // 2, 0, 0), [1])
        closed = 1 + kept
        assert not either(honest.slots, have, closed, given=[0, 0, 0])
    have = [absent[0], honest.secrets[1], certificate(3, BOUND // 2, link=LINK + 1)]
    assert not either(honest.slots, have, 2, 3, given=[0, 0, 0]), "two holders"


def test_no_way_at_all_is_refused() -> None:
    """All gates open, as for the third way, but without its age."""
    ways = mixed()
    honest = ways.honest[3]
    assert either(honest.slots, honest.secrets, given=[0, 0, 4259])
    assert not either({}, honest.secrets, given=[0, 0, 0])


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_token_that_is_not_the_records_is_refused(make: Callable[..., Ways]) -> None:
    ways = make(2, status=True)

    def attempt(held: HeldSignature, record: int, own: curve.G1 | None, token_gate: int) -> bool:
        have = list(ways.honest[0].secrets)
        have[:2] = [held, own]
        opened = {
            ways.gates[1]: some(),
            ways.token_gates[0]: token_gate,
            ways.token_gates[1]: some(),
        }
        proof = reckless(ways, ways.selected([1, 0], record) | opened, have)
        return composite.verify(ways.statement, proof)

    assert attempt(certificate(0), RECORD, token(0), 0)
    revoked = certificate(0, record=RECORD + 1)
    assert not attempt(revoked, RECORD + 1, token(0), 0), "token of another record"
    assert not attempt(revoked, RECORD, token(0), 0), "element that is not the record"
    assert not attempt(certificate(0), 0, None, some()), "open gate"
    assert not attempt(certificate(0), RECORD, token(1), 0), "token of another list"


def test_slot_of_an_absent_signature_read_outside_its_selector_is_forged() -> None:
    """Why compilers refuse it: such a slot is multiplied by the selector wherever it is read, for
    without a signature it holds whatever the prover likes.
    """
    guarded, unguarded = gated_ways(2), gated_ways(2, guarded=False)
    vector = (0, 10**12, 0, 0)
    have: list[Secret] = [invented(unguarded.choices[0], vector, [0]), certificate(1)]
    forged = prove_with(unguarded, unguarded.selected([0, 1]), have)
    assert composite.verify(unguarded.statement, forged), "10^12 that nobody signed"
    assert composite.verify(guarded.statement, prove(guarded, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_octet_of_a_proof_with_gates_matters(kind: str) -> None:
    ways = KINDS[kind]()
    proof = prove(ways, 0)
    assert composite.verify(ways.statement, proof)
    for position in range(len(proof)):
        wrong = bytearray(proof)
        wrong[position] ^= 1 << (position % 8)
        assert not composite.verify(ways.statement, bytes(wrong)), position


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_identity_as_a_point_behind_a_gate_is_refused(make: Callable[..., Ways]) -> None:
    """The identity would pass every pairing equation, with or without a signature."""
    ways = make(2)
    proof = prove(ways, 0)
    assert composite.verify(ways.statement, proof)
    first = 16 + (3 + 2) * G1_BYTES
    for position in range(sum(each.POINTS for each in ways.choices)):
        start = first + G1_BYTES * position
        wrong = proof[:start] + b"\xc0" + bytes(47) + proof[start + G1_BYTES :]
        assert not composite.verify(ways.statement, wrong), position
