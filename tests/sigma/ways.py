"""Statements with hidden alternatives, and honest witnesses for each way through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.sigma.building import at_least
from tests.sigma.gates import (
    BOUND,
    RECORD,
    TODAY,
    YEARS_65,
    Draft,
    Way,
    Ways,
    certificate,
    identity,
    token,
)
from zkproof.clock import RandomBytes, os_random
from zkproof.sigma import composite
from zkproof.sigma.clause import Secret


def gated_ways(k: int, *, needed: int = 1, status: bool = False, guarded: bool = True) -> Ways:
    """An identity, and ``needed`` of k certificates by k banks, each of at least `BOUND` and of the
    same holder; with ``status`` each in good standing on its own bank's list.
    """
    draft = Draft()
    vectors = [draft.vector() for _ in range(k)]
    draft.auxiliary()
    selectors = [draft.bit() for _ in range(k)]
    draft.total(selectors, is_=needed)
    records: list[int] = []
    absent: list[Secret] = []
    for bank, (vector, s) in enumerate(zip(vectors, selectors, strict=True)):
        absent.append(draft.one_of([bank], vector, [s]).absent())
        draft.zero(s, vector[0], draft.link)
        bounded = {(s, vector[1]): 1, (s,): -BOUND} if guarded else {(vector[1],): 1, (): -BOUND}
        draft.at_least(bounded)
        if status:
            records.append(draft.standing(bank, vector, s))
            absent.append(None)
    step = 2 if status else 1
    honest = []
    for bank in range(k):
        slots, have = {selectors[bank]: 1}, list(absent)
        have[step * bank] = certificate(bank)
        if status:
            slots[records[bank]] = RECORD
            have[step * bank + 1] = token(bank)
        honest.append(Way(slots, have))
    return Ways(draft.statement(), tuple(honest), tuple(records))


def one_of(k: int, *, status: bool = False) -> Ways:
    """An identity, and a certificate of at least `BOUND` by one of k banks, of the same holder."""
    draft = Draft()
    vector = draft.vector(draft.link)
    draft.inequalities.append(at_least(vector[1], BOUND))
    draft.auxiliary()
    selectors = [draft.bit() for _ in range(k)]
    draft.total(selectors)
    draft.one_of(range(k), vector, selectors)
    records = [draft.standing(i, vector, s) for i, s in enumerate(selectors) if status]
    honest = []
    for bank in range(k):
        tokens: list[Secret] = [token(bank) if i == bank else None for i in range(len(records))]
        slots = {selectors[bank]: 1} | ({records[bank]: RECORD} if status else {})
        honest.append(Way(slots, [certificate(bank), *tokens]))
    return Ways(draft.statement(), tuple(honest), tuple(records))


def mixed() -> Ways:
    """An identity, and: a certificate of at least `BOUND` by bank 0 or 1; or certificates by bank
    2 and bank 3, of at least `BOUND` together; or an age of 65. Each of the same holder.

    The banks of the first way sum to its selector. Both clauses of the second way have the way's
    own selector. In the third way every certificate is absent.
    """
    draft = Draft()
    first, second, third = draft.vector(), draft.vector(), draft.vector()
    draft.auxiliary()
    banks = [draft.bit(), draft.bit()]
    a, b, old = draft.bit(), draft.bit(), draft.bit()
    draft.total(banks, of=a)
    draft.total([a, b, old])
    either = draft.one_of([0, 1], first, banks)
    both = [draft.one_of([2], second, [b]), draft.one_of([3], third, [b])]
    for s, vector in ((a, first), (b, second), (b, third)):
        draft.zero(s, vector[0], draft.link)
    draft.at_least({(a, first[1]): 1, (a,): -BOUND})
    draft.at_least({(b, second[1]): 1, (b, third[1]): 1, (b,): -BOUND})
    draft.at_least({(old,): TODAY - YEARS_65, (old, draft.birth): -1})
    none: list[Secret] = [each.absent() for each in (either, *both)]
    half = [certificate(2, BOUND // 2), certificate(3, BOUND // 2)]
    honest = (
        Way({a: 1, banks[0]: 1}, [certificate(0), *none[1:]]),
        Way({a: 1, banks[1]: 1}, [certificate(1), *none[1:]]),
        Way({b: 1}, [none[0], *half]),
        Way({old: 1}, none),
    )
    return Ways(draft.statement(), honest)


def one_list() -> Ways:
    """An identity, and: a certificate by bank 0 or 1, whose records are in one list; or an age of
    65. The sum of two selectors closes the token's gate.
    """
    draft = Draft()
    vector = draft.vector()
    draft.auxiliary()
    banks, old = [draft.bit(), draft.bit()], draft.bit()
    a = draft.bit()
    draft.total(banks, of=a)
    draft.total([a, old])
    none: list[Secret] = [draft.one_of([0, 1], vector, banks).absent(), None]
    record = draft.standing(0, vector, *banks)
    draft.zero(a, vector[0], draft.link)
    draft.at_least({(old,): TODAY - YEARS_65, (old, draft.birth): -1})
    honest = [
        Way({a: 1, s: 1, record: RECORD}, [certificate(bank), token(0)])
        for bank, s in enumerate(banks)
    ]
    return Ways(draft.statement(), (*honest, Way({old: 1}, none)), (record,))


def prove(ways: Ways, way: int, *, random: RandomBytes = os_random) -> bytes:
    """By an honest prover."""
    return prove_with(ways, ways.honest[way].slots, ways.honest[way].secrets, random=random)


def prove_with(
    ways: Ways,
    slots: Mapping[int, int],
    clause_secrets: Sequence[Secret],
    *,
    random: RandomBytes = os_random,
) -> bytes:
    return composite.prove(
        ways.statement,
        [identity()],
        ways.auxiliary(slots),
        clause_secrets=clause_secrets,
        random=random,
    )


KINDS = {
    "ways": lambda: gated_ways(2, status=True),
    "issuers": lambda: one_of(2, status=True),
    "mixed": mixed,
    "one list": one_list,
}
