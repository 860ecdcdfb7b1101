"""Random policies over random credentials: a proof is accepted exactly when the policy, evaluated
as it is written, holds.

Where it does not hold two provers try: the holder's own program, which has to refuse, and one that
skips every check of its own and proves what it likes, whose proof has to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st
from hypothesis import event, example, given, settings

from tests.circuits.building import NOW, PROBE, VALUES
from tests.circuits.test_meaning import RATE, compiled, conditions, either, examples, presented
from tests.presentation.building import ALICE, KEYS, LEDGER, SIGNER, VERIFIER, trust_view
from tests.presentation.publishing import DAY, gaps, tokens, version_of
from zkproof.clock import RandomBytes
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, accept, commit, issue, make_offer
from zkproof.credential.list_proof import Gap, ListProof
from zkproof.errors import ConflictError, NotFoundError
from zkproof.presentation.presentation import present
from zkproof.presentation.publications import HeldListProofs
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request, open_request
from zkproof.presentation.verify import verify
from zkproof.sigma import composite, inequality
from zkproof.sigma.three_squares import decompose
from zkproof.trust import Issuer, IssuerKey, ListKind, ListVersion, Spread, status_list_id
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.plain_evaluator import evaluate_as_written
from zkproof_circuits.types import Value

COUNT = 10_000 if settings().max_examples >= 2000 else 300
"""Accepted policies: some hundreds in `make test`, ten thousand in `make nightly`."""

HEAD = """policy probe v1
purpose "test"
credential p: probe from "issuer"
credential q: probe from "issuer"
same holder p, q
"""
KEY = next(iter(KEYS.values()))
ISSUER = IssuerIdentity("issuer", "Issuer", "1", LEDGER)
LISTS = {
    kind: version_of(list_id, kind, start=NOW - 60, end=NOW + DAY)
    for kind, list_id in (
        (ListKind.STATUS, status_list_id("issuer", PROBE.id)),
        (ListKind.MEMBERS, "owner#members"),
        (ListKind.GAPS, "owner#excluded"),
    )
}
BARRED = version_of(
    "owner#barred", ListKind.GAPS, start=NOW - 60, end=NOW + DAY, spread=Spread.PREFIX
)
"""Record identifiers have another spread, and so a list of their own."""

TRUST = trust_view(
    issuers={
        "issuer": Issuer(
            "issuer", "Issuer", {"1": IssuerKey("1", KEY.public_key.octets, not_before=0)}
        )
    },
    schemas={PROBE.digest: PROBE},
    lists={version.list_id: (version,) for version in (*LISTS.values(), BARRED)},
    as_of=NOW,
)


def issued(values: Mapping[str, Value]) -> Credential:
    known = {name: value for name, value in values.items() if not PROBE.attribute(name).blind}
    offer = make_offer(KEY, ISSUER, PROBE, expires_at=NOW + 1)
    chosen = {name: values[name] for name in ("note", "limit")}
    commitment, blind = commit(offer, ALICE, chosen)
    received = issue(KEY, offer, known, commitment, now=NOW)
    return accept(offer, received, link_secret=ALICE, blind=blind, chosen=chosen)


@contextmanager
def without_checks() -> Iterator[None]:
    """A prover's program whose author took out whatever refuses a false statement."""

    def squares(value: int, *, random: RandomBytes) -> tuple[int, int, int]:
        return decompose(max(value, 0), random=random)

    def any_list_proof(book: HeldListProofs, version: ListVersion, value: int) -> ListProof | None:
        """What the list says of somebody else, where it says nothing of this one."""
        if found := find(book, version, value):
            return found
        others = [each for each in book._list_proofs if each.list_id == version.list_id]
        if not others or isinstance(others[0], Gap):
            return others[0] if others else None
        return replace(others[0], element=value)

    find = HeldListProofs.find
    with (
        patch.object(composite, "_check_constraints", lambda *_: None),
        patch.object(inequality, "decompose", squares),
        patch.object(HeldListProofs, "find", any_list_proof),
    ):
        yield


@examples(COUNT)
@given(condition=conditions, values=presented)
def test_proof_is_accepted_exactly_when_the_policy_holds(condition: str, values: Any) -> None:
    statement = f"require {condition}"
    expected = evaluate_as_written(compiled(statement), values)
    _assert_accepted_exactly_when(expected, statement, values)


revealable = ["m", "n", "mop", "hkd", "day", "country", "colour", "word", "flag"]
several_revealed = st.sets(
    st.sampled_from([f"{alias}.{name}" for alias in "pq" for name in revealable]), min_size=1
).map(sorted)


@examples(COUNT)
@given(first=conditions, second=conditions, revealed=several_revealed, values=presented)
@example(
    first="p.n >= 13 or p.m = 1 and q.m = 1",
    second="p.flag",
    revealed=["p.m", "q.m"],
    values={"p": {**VALUES, "m": 0, "flag": 1}, "q": {**VALUES, "m": 0}},
)
@example(
    first="p.n * q.m = 0",
    second="q.n * p.m = 10 and q.n >= 4",
    revealed=["p.m", "q.m"],
    values={"p": {**VALUES, "m": 2}, "q": {**VALUES, "m": 0, "n": 5}},
)
def test_proof_is_accepted_exactly_when_the_policy_holds_of_what_is_revealed_too(
    first: str, second: str, revealed: list[str], values: Any
) -> None:
    """Revealed values decide branches, and turn products into linear equations or into nothing."""
    statements = f"reveal {', '.join(revealed)}\nrequire {first}\nrequire {second}"
    expected = evaluate_as_written(compiled(statements), values)
    _assert_accepted_exactly_when(expected, statements, values)


members = st.tuples(either("n"), st.just("in"), st.just("members"))
excluded = st.tuples(either("n"), st.just("not in"), st.just("excluded"))
barred = st.tuples(either("rid"), st.just("not in"), st.just("barred"))
listings = (members | excluded | barred).map(lambda t: f'require {t[0]} {t[1]} list "owner#{t[2]}"')
standings = st.sampled_from(["require not revoked p", "require not revoked p, q"])
shown = st.sampled_from(
    ['pseudonym for scope "s" per month', 'tag of p.sha for scope "s"', "reveal p.colour, q.mop"]
)
some_integers = st.sets(st.integers(1, 12), max_size=8)


@examples(COUNT // 3)
@given(
    statements=st.tuples(
        listings, listings | standings, conditions.map("require {}".format) | shown
    ),
    values=presented,
    members=some_integers,
    excluded=some_integers,
    standing=st.integers(0, 3).map(bool),
)
def test_lists_hold_beside_random_conditions(
    statements: tuple[str, ...], values: Any, members: set[int], excluded: set[int], standing: bool
) -> None:
    text = "\n".join(dict.fromkeys(statements))
    lists = {"owner#members": members, "owner#excluded": excluded, "owner#barred": excluded}
    expected = evaluate_as_written(compiled(text), values, lists=lists)
    if "revoked" in text:
        expected = expected and standing
    rid = VALUES["rid"]
    assert isinstance(rid, int)
    list_proofs = [
        *tokens(LISTS[ListKind.STATUS], [rid, 99] if standing else [99]),
        *tokens(LISTS[ListKind.MEMBERS], sorted(members)),
        *gaps(LISTS[ListKind.GAPS], excluded),
        *gaps(BARRED, excluded),
    ]
    _assert_accepted_exactly_when(expected, text, values, list_proofs)


def _assert_accepted_exactly_when(
    expected: bool,
    statements: str,
    values: Mapping[str, Mapping[str, Value]],
    list_proofs: Sequence[ListProof] = (),
) -> None:
    text = f"{HEAD}{RATE}{statements}\n"
    asked = open_request(
        SIGNER,
        VERIFIER,
        text,
        (PROBE,),
        ledger_id=TRUST.ledger_id,
        checkpoint=TRUST.checkpoint,
        now=NOW,
    )
    circuit = asked.circuit(TRUST.schemas)
    credentials = {alias: issued(each) for alias, each in values.items()}
    attempt = partial(_outcome, asked, circuit, credentials, list_proofs)
    event("holds" if expected else "does not hold")
    if expected:
        assert isinstance(attempt(), Report)
        return
    assert attempt() is None, "the holder's own program refuses"
    with without_checks():
        forged = attempt()
    assert forged is None or isinstance(forged, Refusal)


def _outcome(
    asked: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    list_proofs: Sequence[ListProof] = (),
) -> Report | Refusal | None:
    """What the verifier says, or ``None`` when the prover gives up."""
    try:
        answer = present(asked, circuit, credentials, ALICE, TRUST, list_proofs=list_proofs)
    except (NotFoundError, ConflictError):
        return None
    return verify(asked, answer.to_bytes(), TRUST, now=NOW)


def test_provers_without_checks_still_prove_what_is_true() -> None:
    """Twin of the above: the patched program is not merely broken."""
    values = {"p": _values(m=3), "q": _values(m=-3)}
    text = HEAD + "require p.m > q.m and (p.flag or q.n >= 5)\n"
    asked = open_request(
        SIGNER,
        VERIFIER,
        text,
        (PROBE,),
        ledger_id=TRUST.ledger_id,
        checkpoint=TRUST.checkpoint,
        now=NOW,
    )
    circuit = asked.circuit(TRUST.schemas)
    credentials = {alias: issued(each) for alias, each in values.items()}
    with without_checks():
        assert isinstance(_outcome(asked, circuit, credentials), Report)
        swapped = {"p": credentials["q"], "q": credentials["p"]}
        assert isinstance(_outcome(asked, circuit, swapped), Refusal)
    assert _outcome(asked, circuit, swapped) is None


def _values(**changes: Value) -> dict[str, Value]:
    return {**VALUES, **changes}
