"""What a policy will cost, before anyone holds a credential: octets, and time on this machine.

Octets are exact but for the length of disclosed texts and issuers' names. Times are a sum of group
operations, each measured here in a few milliseconds, times how often the statement needs it, and of
what it took to assemble this statement here. Proving includes opening the credentials. Reading the
request and compiling are left out, for they are done once for many presentations. The rest of
Python is left out too, so that a prediction is about a fifth low.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.keys import PublicKey
from zkproof.curve import G1, R, SecretScalar
from zkproof.errors import NotFoundError, UsageError
from zkproof.presentation.presentation import Presentation, presented
from zkproof.presentation.publications import Publications, auditors_of, listings
from zkproof.presentation.scopes import own_scope
from zkproof.presentation.shown import (
    AnyShown,
    HiddenCredential,
    PossibleKey,
    ShownCredential,
)
from zkproof.presentation.slots import Slots
from zkproof.presentation.statement import assemble_with
from zkproof.sigma import composite, encryption, wire
from zkproof.sigma.gadgets import Builder
from zkproof.sigma.gate import GatePair
from zkproof.sigma.statement import Statement
from zkproof.trust import Auditor, ListKind, ListVersion
from zkproof_circuits.circuit import (
    Circuit,
    CredentialRequirement,
    Held,
    NamedIssuers,
    PseudonymFor,
)
from zkproof_circuits.schema import Schema
from zkproof_circuits.scopes import OWNER_SEPARATOR
from zkproof_circuits.types import AttributeType, Value
from zkproof_circuits.ways import ways


@dataclass(frozen=True, slots=True)
class WayCost:
    """What one way of an alternative adds: the difference to the same policy with it closed."""

    credentials: tuple[str, ...]
    proof_octets: int
    prove_ms: float
    verify_ms: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Sizes in octets, times in milliseconds on one core."""

    proof_octets: int
    presentation_octets: int
    inequalities: int
    repetitions: int
    exact_constraints: int
    auxiliary_secrets: int
    pairings: int
    prove_ms: float
    verify_ms: float
    ways: tuple[WayCost, ...] = ()
    """The ways that ask for credentials, in the order of the circuit."""


def estimate(
    circuit: Circuit,
    schemas: Iterable[Schema],
    *,
    today: int,
    standing: ListKind = ListKind.GAPS,
) -> Cost:
    """The cost of proving and verifying ``circuit``.

    ``standing`` is the kind of the issuers' status lists, which only a ledger says. Raises
    `NotFoundError` for a missing schema. A hidden issuer is taken for one of as many as the policy
    allows, each with one key; of a choice, the dearest way is taken.
    """
    by_digest = {schema.digest: schema for schema in schemas}
    combinations = [circuit.taken(picks) for picks in circuit.picks()]
    costs = [_with_ways(each, by_digest, today, standing) for each in combinations]
    return max(costs, key=lambda cost: cost.verify_ms)


def _with_ways(
    circuit: Circuit, by_digest: Mapping[bytes, Schema], today: int, standing: ListKind
) -> Cost:
    whole = _estimate(circuit, by_digest, today, standing, closed=frozenset())
    found = []
    for aliases in dict.fromkeys(
        held
        for formula in circuit.formulas
        for taken in ways(formula)
        if (held := tuple(sorted(each.credential for each in taken if isinstance(each, Held))))
    ):
        rest = _estimate(circuit, by_digest, today, standing, closed=frozenset(aliases))
        found.append(
            WayCost(
                aliases,
                whole.proof_octets - rest.proof_octets,
                round(whole.prove_ms - rest.prove_ms, 2),
                round(whole.verify_ms - rest.verify_ms, 2),
            )
        )
    return replace(whole, ways=tuple(found))


def _estimate(
    circuit: Circuit,
    by_digest: Mapping[bytes, Schema],
    today: int,
    standing: ListKind,
    *,
    closed: frozenset[str],
) -> Cost:
    shown = {each.alias: _shown(each, circuit, by_digest, closed) for each in circuit.credentials}
    slots = Slots(circuit, shown, _publications(circuit, shown, standing))
    builder = _Lenient(boxes=list(slots.boxes))
    statement = assemble_with(builder, slots, circuit, today=today, context=bytes(32)).statement
    blocks = wire.Blocks.of(statement)

    def assemble_again() -> None:
        fresh = Slots(circuit, shown, _publications(circuit, shown, standing))
        lenient = _Lenient(boxes=list(fresh.boxes))
        again = assemble_with(lenient, fresh, circuit, today=today, context=bytes(32)).statement
        composite.statement_transcript(again, wire.Blocks.of(again))

    proof_octets = wire.proof_length(statement)
    presentation = Presentation(
        request_digest=bytes(32),
        credentials=presented(shown),
        proof=bytes(proof_octets),
    )
    python_ms = _milliseconds(assemble_again, rounds=3)
    prove_ms, verify_ms = _times(statement, blocks)
    inequalities = blocks.inequalities
    return Cost(
        proof_octets=proof_octets,
        presentation_octets=len(presentation.to_bytes()),
        inequalities=len(statement.inequalities),
        repetitions=0 if inequalities is None else inequalities.parameters.repetitions,
        exact_constraints=len(statement.exact),
        auxiliary_secrets=0 if blocks.exact is None else len(blocks.exact.variables),
        pairings=_pairings(statement),
        prove_ms=round(python_ms + prove_ms, 2),
        verify_ms=round(python_ms + verify_ms, 2),
    )


class _Lenient(Builder):
    """Made-up disclosed values may contradict the policy; its size is the same."""

    def contradiction(self, message: str) -> None:
        del message


def _shown(
    requirement: CredentialRequirement,
    circuit: Circuit,
    schemas: Mapping[bytes, Schema],
    closed: frozenset[str],
) -> AnyShown:
    schema = schemas.get(requirement.schema_digest)
    if schema is None:
        raise NotFoundError(f"{requirement.alias}: its schema is not known here")
    disclosed = {
        slot.attribute: _any_value(schema.attribute(slot.attribute).type)
        for slot in circuit.revealed
        if slot.credential == requirement.alias
    }
    if requirement.hidden_among is not None:
        issuers = sorted(
            f"did:web:{requirement.alias}-{k}.example" for k in range(requirement.hidden_among)
        )
        return HiddenCredential(
            schema=schema,
            ledger_id="ledger",
            keys=()
            if requirement.alias in closed
            else tuple(PossibleKey(each, "1", _pair_of(each)) for each in issuers),
            disclosed=disclosed,
            in_a_way=requirement.alias in circuit.conditional,
        )
    named = isinstance(requirement.issuers, NamedIssuers)
    return ShownCredential(
        schema=schema,
        ledger_id="ledger",
        issuer_id=requirement.issuers.issuers[0]
        if isinstance(requirement.issuers, NamedIssuers)
        else f"did:web:{requirement.alias}.example",
        key_id="2026-1" if named else "1",
        public_key=_key_of(requirement.alias),
        disclosed=disclosed,
    )


def _publications(
    circuit: Circuit, shown: Mapping[str, AnyShown], standing: ListKind
) -> Publications:
    g, _ = encryption.generators()
    return Publications(
        lists={
            each.list_id: ListVersion(
                ledger_id="ledger",
                list_id=each.list_id,
                kind=standing if each.standing else min(each.kinds),
                spread=each.spread,
                public_key=_key_of(each.list_id).octets,
                version=1,
                not_before=0,
                not_after=1,
                count=0,
                root=bytes(32),
                used_from=0,
                position=0,
                gate_pair=_pair_of(each.list_id).octets,
            )
            for each in listings(circuit, shown)
        },
        auditors={name: Auditor(name, name, "1", g.encode()) for name in auditors_of(circuit)},
        scopes={
            atom: own_scope(
                PseudonymFor("shared/2026", atom.slots) if OWNER_SEPARATOR in atom.scope else atom,
                "verifier",
            )
            for atom in circuit.formulas
            if isinstance(atom, PseudonymFor)
        },
    )


@lru_cache(maxsize=256)
def _key_of(whose: str) -> PublicKey:
    """Some key, another one for everybody: equal keys would share a Miller loop."""
    return PublicKey.from_octets(_secret_of(whose).public_key().encode())


@lru_cache(maxsize=256)
def _pair_of(whose: str) -> GatePair:
    """What stands for a signature of that key."""
    g = curve.g1_generator
    return GatePair(_key_of(whose), g, _secret_of(whose).multiply(g))


def _secret_of(whose: str) -> SecretScalar:
    return curve.hash_to_secret_scalar(whose.encode(), b"COST", curve.Expander.XMD_SHA256)


def _any_value(kind: AttributeType) -> Value:
    """Some value of the type. Texts are of middling length."""
    if kind.box is not None:
        for value in (kind.box[1], kind.box[0], 446, 156):
            try:
                return kind.check(value)
            except Exception:  # noqa: S112  # a code that the list does not have
                continue
    for other in ("x" * 12, bytes(32)):
        try:
            return kind.check(other)
        except Exception:  # noqa: S112
            continue
    raise UsageError(f"no value of type {kind.kind} comes to mind")


def _pairings(statement: Statement) -> int:
    """Miller loops: one for each key, and one for the fixed point."""
    keys = {signature.public_key for signature in statement.signatures}
    for clause in statement.clauses:
        if clause.POINTS:
            points = [curve.g1_generator] * clause.POINTS
            keys |= {claim.key for claim in clause.claims(points)}
    return len(keys) + 1


@dataclass(frozen=True, slots=True)
class _Units:
    """Milliseconds for one of each."""

    decode: float
    public_point: float  # full multiple of one point that comes once, public
    public_next: float  # another point in the same sum
    public_fixed: float  # full multiple of a generator, public
    secret_point: float
    secret_fixed: float
    signature_rows: float  # the five points of a signature's first message
    pairing: float  # Miller loop
    final: float  # final exponentiation


def _times(statement: Statement, blocks: wire.Blocks) -> tuple[float, float]:
    u = _units()
    points = 3 * len(statement.signatures) + sum(c.POINTS for c in statement.clauses)
    prove = verify = 0.0
    for signature in statement.signatures:
        opening = (signature.generators.count + 1) * u.secret_fixed + u.secret_point
        prove += opening + 2 * u.pairing + u.final
        prove += u.signature_rows + len(signature.hidden) * u.secret_fixed
        verify += (
            2 * u.public_point
            + 2 * u.public_next
            + (signature.generators.count + 2) * u.public_fixed
        )
    if blocks.inequalities is not None:
        points += 1
        count, reps = len(statement.inequalities), blocks.inequalities.parameters.repetitions
        prove += (reps + 1) * (1 + 2.5 * count) * u.secret_fixed
        verify += reps * ((1 + 2.5 * count) * u.public_fixed + u.public_point)
    if blocks.exact is not None:
        points += 1
        size = 1 + len(blocks.exact.variables) + len(statement.exact)
        prove += 2 * size * u.secret_fixed
        verify += size * u.public_fixed + u.public_point
    for clause in statement.clauses:
        # Announcements are sums over about as many points as travel, and one more.
        prove += 2 * clause.POINTS * u.secret_point
        verify += u.public_point + clause.POINTS * u.public_next
    claims = _pairings(statement) - 1
    fold = claims * u.public_point if claims > 1 else 0.0
    verify += points * u.decode + fold + (claims + 1) * u.pairing + u.final
    return prove, verify


@lru_cache(maxsize=1)
def _units() -> _Units:
    """Measured once in a process; takes about a tenth of a second."""
    count = 8
    points = [
        curve.map_to_g1(curve.Expander.XMD_SHA256.expand(bytes([k]), b"COST", 128))
        for k in range(count)
    ]
    scalars = [R // 3 + k for k in range(count)]
    tables = curve.fixed_bases(points)
    encoded = curve.encode_g1_many(points)
    key = _key_of("cost").prepared
    few, many = ([(points[0], key)] * k for k in (2, 6))
    loops = _milliseconds(lambda: curve.pairing_check(many))
    two = _milliseconds(lambda: curve.pairing_check(few))
    loop = max(loops - two, 0.0) / 4
    one = _milliseconds(lambda: curve.msm_vartime(points[:1], scalars[:1]))
    three = _milliseconds(lambda: curve.msm_vartime(points[:3], scalars[:3]))
    rows = [(s, s + 1) for s in scalars[:5]]
    pair: tuple[G1, ...] = tuple(points[:2])
    return _Units(
        decode=_milliseconds(lambda: curve.decode_g1_many(encoded, "cost")) / count,
        public_point=one,
        public_next=max(three - one, 0.0) / 2,
        public_fixed=_milliseconds(lambda: tables.msm_vartime(scalars)) / count,
        secret_point=_milliseconds(lambda: curve.msm(pair, scalars[:2])) / 2,
        secret_fixed=_milliseconds(lambda: tables.msm(scalars)) / count,
        signature_rows=_milliseconds(lambda: curve.msm_rows(pair, rows)),
        pairing=loop,
        final=max(two - 2 * loop, 0.0),
    )


def _milliseconds(call: Callable[[], object], rounds: int = 12) -> float:
    call()  # tables are built on first use
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best
