"""What becomes public with hidden alternatives, turned against them: pairs of keys, possessions,
domains that are sums, several headers of one key. Each attack has a twin that is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from tests.sigma.building import INTERFACE
from tests.sigma.gates import (
    BANKS,
    LEDGER,
    LIST_PAIRS,
    LISTS,
    PAIRS,
    RECORD,
    Draft,
    Ways,
    certificate,
    some,
    token,
)
from tests.sigma.reckless import reckless
from tests.sigma.ways import one_of, prove
from zkproof import bbs, curve
from zkproof.bbs.encoding import Signature
from zkproof.bbs.generators import Generators, generators
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.signature import calculate_domain, sign_scalars
from zkproof.credential.list_proof import GAP_INTERFACE
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.ledger import possession
from zkproof.ledger.possession import Purpose, prove_possession
from zkproof.sigma import composite, signed_set, statement
from zkproof.sigma.clause import FirstMove, Secret
from zkproof.sigma.gate import GatePair, commit_key
from zkproof.sigma.one_of import Alternative, OneOf

POSSESSION = possession._INTERFACE


@dataclass(frozen=True)
class Boundless(OneOf):
    """A prover's half that uses its signature behind every closed gate, whoever it is by."""

    def selected(self, secret: Secret) -> int | None:
        return None

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        assert isinstance(secret, HeldSignature)
        r2, r3_tilde = masks.nonzero_scalar(), masks.scalar()
        D, T2 = curve.msm_rows((secret.B,), ((r2,), (r3_tilde * r2 % R,)))
        m_tilde = [slot_masks[slot] for slot in self.slots]
        points, announcements = [D], [T2 + self.generators.msm(self._domain(slot_masks), m_tilde)]
        answers = [(r3_tilde, -curve.invert(r2) % R)]
        for each in self.alternatives:
            gate = (values[each.gate], slot_masks[each.gate])
            signature = None if gate[0] else secret
            move = commit_key(each.pair, signature, secret.B, gate, r2, masks)
            points += [move.Abar, move.Bbar]
            announcements.append(move.T1)
            answers += move.secrets
        return FirstMove(tuple(points), tuple(announcements), tuple(answers))


def signs(
    key: bbs.SigningKey,
    pair: GatePair,
    headers: Sequence[bytes],
    over: Generators,
    *,
    summed: bool = True,
) -> Ways:
    """The key signed a vector over these generators under one of the headers."""
    draft = Draft()
    vector = tuple(draft.take() for _ in range(over.count))
    draft.auxiliary()
    selectors = [draft.bit() for _ in headers]
    if summed:
        draft.total(selectors)
    alternatives = tuple(
        Alternative(pair, header, draft.closed(s), s)
        for header, s in zip(headers, selectors, strict=True)
    )
    assert pair.public_key == key.public_key
    draft.clauses.append(OneOf(alternatives, over, vector))
    return Ways(draft.statement())


def accepted(ways: Ways, held: HeldSignature, selected: Sequence[int]) -> bool:
    """With the gates of selected alternatives closed and no others, by `Boundless`."""
    (choice,) = ways.choices
    boundless = Boundless(choice.alternatives, choice.generators, choice.slots)
    opened = {w: some() for w, s in zip(ways.gates, selected, strict=True) if not s}
    attacked = replace(ways, statement=replace(ways.statement, clauses=(boundless,)))
    proof = reckless(attacked, ways.selected(selected) | opened, [held])
    return composite.verify(ways.statement, proof)


def held_under(key: bbs.SigningKey, header: bytes, values: Sequence[int]) -> HeldSignature:
    over = generators(INTERFACE, len(values))
    signature = sign_scalars(key, values, generators=over, header=header)
    return hold(key.public_key, signature, values, generators=over, header=header)


# One key, two headers


HEADERS = (b"schema 1", b"schema 2")
TWO = generators(INTERFACE, 2)


def test_signature_under_one_header_does_not_serve_for_another_of_the_same_key() -> None:
    ways = signs(BANKS[0], PAIRS[0], HEADERS, TWO)
    held = held_under(BANKS[0], HEADERS[0], (5, 6))
    assert accepted(ways, held, [1, 0])
    assert not accepted(ways, held, [0, 1])
    assert not accepted(ways, held, [1, 1])
    assert not accepted(ways, held, [0, 0])


def on_domain(domain: int, values: tuple[int, ...]) -> HeldSignature:
    """A signature by the first bank under a domain that no header gives."""
    B, e = TWO.signed_point(domain, values), 1234
    A = curve.decode_g1(BANKS[0].secret.divide_by_sums(B, [e]))
    return HeldSignature(BANKS[0].public_key, TWO, domain, values, A, e, B)


def test_signature_on_the_sum_of_two_domains_serves_for_none() -> None:
    """Such a sum could be the domain of a header that somebody searched for: among sums of many it
    is found faster than a logarithm. With two selectors one, it would be taken for both headers.
    """
    ways = signs(BANKS[0], PAIRS[0], HEADERS, TWO)
    total = sum(ways.choices[0].domains) % R
    held = on_domain(total, (5, 6))
    assert not accepted(ways, held, [1, 1])
    assert not accepted(ways, on_domain(0, (5, 6)), [0, 0])
    assert accepted(ways, on_domain(ways.choices[0].domains[0], (5, 6)), [1, 0])


def test_statement_that_does_not_sum_its_selectors_would_accept_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UsageError, match="their sum is not said to be one"):
        signs(BANKS[0], PAIRS[0], HEADERS, TWO, summed=False)
    monkeypatch.setattr(statement, "check_gates", lambda *_, **__: None)
    ways = signs(BANKS[0], PAIRS[0], HEADERS, TWO, summed=False)
    held = on_domain(sum(ways.choices[0].domains) % R, (5, 6))
    assert accepted(ways, held, [1, 1])


# A possession is public, and is a signature


def possessed(key: bbs.SigningKey, purpose: Purpose) -> tuple[HeldSignature, bytes]:
    """The proof of possession as a signature on no messages, with its header."""
    names = (LEDGER, "issuer", "key")
    header = possession._header(*names, purpose)
    signature = Signature.from_octets(prove_possession(key, *names, purpose=purpose))
    over = generators(POSSESSION, 0)
    return hold(key.public_key, signature, (), generators=over, header=header), header


def padded(held: HeldSignature, over: Generators, header: bytes) -> HeldSignature:
    """Passed off as a signature on zeros over these generators: B stays what it is."""
    domain = calculate_domain(held.public_key, over, header)
    zeros = (0,) * over.count
    return HeldSignature(held.public_key, over, domain, zeros, held.A, held.e, held.B)


@pytest.mark.parametrize(
    ("over", "what"),
    [
        (generators(INTERFACE, 2), "credential"),
        (generators(GAP_INTERFACE, 2), "gap"),
        (generators(GAP_INTERFACE, 0), "nothing, over the gaps' generators"),
        (generators(POSSESSION, 2), "zeros, over the generators of possessions"),
    ],
)
def test_possession_is_no_signature_on_anything_else(over: Generators, what: str) -> None:
    """The pair itself comes from it: ``U' + e*U = P1 + domain*Q_1`` is known to everybody."""
    key, pair = LISTS[0], LIST_PAIRS[0]
    held, header = possessed(key, Purpose.STATUS)
    assert pair.U == held.A
    assert pair.U_prime + curve.msm_vartime((pair.U,), (held.e,)) == held.B
    own = signs(key, pair, [header], generators(POSSESSION, 0))
    assert accepted(own, held, [1]), "it is what it is"
    other = signs(key, pair, [header, b"gap"], over)
    zeros = (0,) * over.count
    true = sign_scalars(key, zeros, generators=over, header=b"gap")
    real = hold(key.public_key, true, zeros, generators=over, header=b"gap")
    assert accepted(other, real, [0, 1])
    assert not accepted(other, padded(held, over, header), [1, 0]), what
    assert not accepted(other, padded(held, over, b"gap"), [0, 1]), what


@dataclass(frozen=True)
class FreeDomain(Boundless):
    """What `OneOf` is not: the coefficient of ``Q_1`` is a slot of its own."""

    domain_slot: int = -1

    def _domain(self, slots: Sequence[int]) -> int:
        return slots[self.domain_slot]


def test_domain_in_a_slot_would_make_a_possession_a_signature_on_zeros() -> None:
    """Over one interface only the domain keeps signatures of different kinds apart. It is computed
    from the selectors, so that no statement can forget to fix it.
    """
    key, pair = LISTS[0], LIST_PAIRS[0]
    held, _ = possessed(key, Purpose.STATUS)
    over = generators(POSSESSION, 2)
    sound = signs(key, pair, [b"other"], over)
    forged = padded(held, over, b"other")
    assert not accepted(sound, forged, [1])
    draft = Draft()
    vector = (draft.take(), draft.take())
    draft.auxiliary()
    s, domain = draft.bit(), draft.take()
    draft.total([s])
    alternative = Alternative(pair, b"other", draft.closed(s), s)
    draft.clauses.append(FreeDomain((alternative,), over, vector, domain))
    weak = Ways(draft.statement())
    proof = reckless(weak, {s: 1, domain: held.domain}, [forged])
    assert composite.verify(weak.statement, proof)


# Tokens


def test_possession_by_a_lists_key_is_no_token() -> None:
    """``U = 1/(alpha + e) * (P1 + domain*Q_1)`` is a token of e, but over another base."""
    ways = one_of(2, status=True)
    assert composite.verify(ways.statement, prove(ways, 0))
    held, _ = possessed(LISTS[0], Purpose.STATUS)
    other_version = signed_set.base(LEDGER, "status", "bank 0", 8)
    old = curve.decode_g1(LISTS[0].secret.divide_by_sums(other_version, [RECORD]))

    def shown(own: G1, record: int) -> bool:
        slots = ways.selected([1, 0], record)
        opened = {ways.gates[1]: some(), ways.token_gates[1]: some()}
        have: list[Secret] = [certificate(0, record=record), own, None]
        return composite.verify(ways.statement, reckless(ways, slots | opened, have))

    assert shown(token(0), RECORD)
    assert not shown(held.A, held.e)
    assert not shown(old, RECORD), "another version's"
    assert not shown(LIST_PAIRS[0].U, RECORD)
