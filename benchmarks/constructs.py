"""What does each construct of the policy language cost?

A policy over two credentials of one holder, a deposit certificate and an identity; each construct
is the same policy with one more statement. Octets are the difference of the two proofs. Times are
the differences in the same rounds, of proving and verifying a statement that is assembled already,
over one plain BBS proof (ten messages, five shown).

The estimates are those of the design, made from counted operations before there was code: octets
exactly, milliseconds on a core where a two-pairing check takes 0.65 ms.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import inputs
from benchmarks.measure import Case, Effort, Samples, interleaved
from benchmarks.progress import Step
from tests.presentation import building as world
from tests.presentation import publishing
from tests.sigma.building import INT64, KEYS, LINK, shown, signed
from zkproof import bbs, curve
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.credential import Credential, open_credential
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.gathering import prepare
from zkproof.sigma import composite, signed_set, wire
from zkproof.sigma.clause import Clause, Secret
from zkproof.sigma.polynomial import Polynomial
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Statement
from zkproof.trust import ListKind, TrustView

Result = dict[str, Any]

HEAD = """
policy cost v1
purpose "measuring"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""


@dataclass(frozen=True, slots=True)
class Construct:
    """A statement of the language; ``octets``, ``prove`` and ``verify`` as the design estimated."""

    name: str
    text: str
    octets: int | None = None
    prove: float | None = None
    verify: float | None = None


def a_set(count: int) -> str:
    """Membership of a text in a set of so many."""
    names = ["Bank A", *(f"Bank {k}" for k in range(1, count))]
    return f"require a.bank_name in {{{', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}}}"


CONSTRUCTS = (
    Construct("reveal", "reveal a.bank_name", -32),
    Construct("=", "require a.residency = MO", -32, 0.0, 0.0),
    Construct("!=", "require a.residency != HK", 112),
    Construct(">=", "require a.balance >= 500_000.00 MOP", 128, 0.3, 0.2),
    Construct("between", "require a.balance between 1.00 MOP and 900_000.00 MOP", 128),
    Construct("in a set of 4", a_set(4), 144, 0.15, 0.2),
    Construct("in a set of 16", a_set(16), 272, 0.3, 0.3),
    Construct("in a set of 64", a_set(64), 528, 0.6, 0.5),
    Construct("in a set of 256", a_set(256), 1040, 1.2, 0.9),
    Construct("not in a set of 4", "require a.residency not in {HK, CN, PT, JP}", 208),
    Construct("equal across credentials", "require a.residency = i.residency", -32, 0.0, 0.0),
    Construct("hidden with hidden", "require a.as_of >= a.opened", 128),
    Construct("ratio", "require 3 * a.balance >= 2 * a.balance - 5.00 MOP"),
    Construct("or", "require a.balance >= 500_000.00 MOP or a.residency = HK"),
    Construct(
        "at least 2 of 3",
        "require at least 2 of (a.balance >= 500_000.00 MOP, a.residency = MO, i.residency = HK)",
    ),
    Construct("not revoked", "require not revoked a", 128, 0.25, 0.45),
    Construct("in list", f'require a.account_kind in list "{publishing.MEMBERS}"', 128, 0.25, 0.45),
    Construct(
        "not in list",
        f'require i.person_number not in list "{publishing.SANCTIONS}"',
        432,
        0.6,
        0.8,
    ),
    Construct("pseudonym", 'pseudonym for scope "x"', 48, 0.15, 0.15),
    Construct("tag", 'tag of a.account_hash for scope "x"', 48, 0.15, 0.15),
    Construct("encrypt", f'encrypt i.rid to "{publishing.AUDITOR}"', 128, 0.15, 0.3),
)


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """A row for each construct, and the three banks of the design."""
    del quick
    return {
        "rows": [_row(each, effort, step) for each in CONSTRUCTS],
        "three_banks": _three_banks(3, effort, step),
        "three_banks_one_authority": _three_banks(1, effort, step),
    }


def _row(construct: Construct, effort: Effort, step: Step) -> Result:
    step(f"constructs: {construct.name}")
    with_it, without = prepared(construct.text), prepared("")
    plain = plain_proof()
    found: Result = {
        "construct": construct.name,
        "statement": construct.text,
        "octets": with_it.octets - without.octets,
        "estimated_octets": construct.octets,
    }
    for operation, estimated in (("prove", construct.prove), ("verify", construct.verify)):
        times = interleaved(
            {
                "with": with_it.case(operation),
                "without": without.case(operation),
                "plain": plain[operation],
            },
            effort,
        )
        found[operation] = {
            "added_ms": round(_median(times, None) / 1e6, 4),
            "over_plain": round(_median(times, "plain"), 3),
            "estimated_ms": estimated,
        }
    return found


def _median(times: dict[str, Samples], over: str | None) -> float:
    rows = zip(
        times["with"].nanoseconds,
        times["without"].nanoseconds,
        times["plain"].nanoseconds,
        strict=True,
    )
    return statistics.median((a - b) / (c if over else 1.0) for a, b, c in rows)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with its witness, ready to be proven again and again."""

    statement: Statement
    held: Sequence[HeldSignature]
    auxiliary: Sequence[int]
    clause_secrets: Sequence[Secret]

    @property
    def octets(self) -> int:
        return wire.proof_length(self.statement)

    def case(self, operation: str) -> Case:
        def prove() -> bytes:
            return composite.prove(
                self.statement, self.held, self.auxiliary, clause_secrets=self.clause_secrets
            )

        proof = prove()
        assert composite.verify(self.statement, proof)
        return prove if operation == "prove" else lambda: composite.verify(self.statement, proof)


def prepared(statement: str) -> Prepared:
    """The statement and witness of the policy with one more statement."""
    asked = world.request(HEAD + statement + "\n")
    trust, list_proofs = _world()
    credentials = _credentials()
    circuit = asked.circuit(trust.schemas)
    opened = {name: open_credential(each, world.ALICE) for name, each in credentials.items()}
    made = prepare(asked, circuit, credentials, opened, trust, list_proofs=list_proofs)
    return Prepared(made.statement, made.held, made.auxiliary, made.clause_secrets)


def _world() -> tuple[TrustView, list[ListProof]]:
    status = publishing.version_of(publishing.BANK_STATUS, ListKind.STATUS)
    members = publishing.version_of(publishing.MEMBERS, ListKind.MEMBERS)
    listed = publishing.version_of(publishing.SANCTIONS, ListKind.GAPS)
    list_proofs = [
        *publishing.tokens(status, [4711]),
        *publishing.tokens(members, [1]),
        *publishing.gaps(listed, [99_000]),
    ]
    return publishing.published(status, members, listed), list_proofs


def _credentials() -> dict[str, Credential]:
    return {"a": world.deposit(), "i": world.identity()}


def plain_proof() -> dict[str, Case]:
    """One plain BBS proof of ten messages, five shown: what ratios are to."""
    signed_ten = inputs.signed(inputs.MESSAGES_OF_A_CREDENTIAL)
    held = signed_ten.held()
    claim = signed_ten.claim(held)
    return {
        "prove": lambda: bbs.proof_gen(
            held, signed_ten.disclosed, presentation_header=inputs.NONCE
        ),
        "verify": lambda: inputs.verify_claim(claim),
    }


def _three_banks(authorities: int, effort: Effort, step: Step) -> Result:
    """Three credentials of ten messages, seven shown, under one link secret; the sum of the three
    balances is large enough; none is revoked, each by a list of its own. The lists are signed by
    three authorities or by one.
    """
    step(f"constructs: three banks, sum, none revoked, authorities: {authorities}")
    held, signatures, secrets = [], [], []
    clauses: list[Clause] = []
    for k in range(3):
        held.append(signed(KEYS[k], (LINK, 400_000 + k, 1000 + k, *[7] * 7)))
        slots = (0, 1 + 2 * k, 2 + 2 * k)
        signatures.append(shown(held[-1], list(range(3, 10)), slots))
        owner = bbs.keygen(bytes([40 + k % authorities]) * 32)
        V = signed_set.base("ledger", "status", f"bank-{k}", 1)
        secrets.append(curve.decode_g1(owner.secret.divide_by_sums(V, [1000 + k])))
        clauses.append(InSignedSet("ledger", "status", f"bank-{k}", 1, owner.public_key, slots[2]))
    made = Prepared(
        Statement(
            context=inputs.NONCE,
            signatures=tuple(signatures),
            boxes=(None, *((INT64, (1, 2**40 - 1)) * 3)),
            inequalities=(Polynomial.build({(1,): 1, (3,): 1, (5,): 1, (): -1_000_000}),),
            clauses=tuple(clauses),
        ),
        held,
        (),
        secrets,
    )
    plain = plain_proof()
    found: Result = {"octets": made.octets}
    for operation in ("prove", "verify"):
        times = interleaved({"all": made.case(operation), "plain": plain[operation]}, effort)
        found[operation] = {
            **times["all"].as_json(),
            "over_plain": round(
                statistics.median(
                    a / b
                    for a, b in zip(
                        times["all"].nanoseconds, times["plain"].nanoseconds, strict=True
                    )
                ),
                3,
            ),
        }
    return found
