"""Provers of random worlds: the holder's program, and one that checks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tests.presentation.building import ALICE, LEDGER, MALLORY
from tests.presentation.publishing import gaps, tokens
from tests.presentation.random_ways import DATED, LISTS, NOW, SIGNING, TRUST, World
from tests.presentation.witnesses import Prover
from tests.sigma.reckless import attempt, invented, squares
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.credential import Credential, open_credential
from zkproof.credential.issuing import IssuerIdentity, accept, commit, issue, make_offer
from zkproof.credential.list_proof import Gap, ListProof, Membership, held_gap, token_of
from zkproof.curve import R
from zkproof.errors import ConflictError, NotFoundError
from zkproof.presentation.gates import AskedClause
from zkproof.presentation.presentation import Presentation, present_held, presented
from zkproof.presentation.publications import HeldListProofs
from zkproof.presentation.request import Request
from zkproof.presentation.shown import ShownCredential
from zkproof.presentation.statement import Assembled, slot_integers
from zkproof.sigma import wire
from zkproof.sigma.clause import Secret
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.statement import Statement, slot_values
from zkproof.trust import ListKind
from zkproof_circuits.circuit import Held

HOLDERS = {ALICE.export_secret(): ALICE, MALLORY.export_secret(): MALLORY}
STRANGERS = 7
"""What somebody writes into a vector that nobody signed."""


def issued(world: World, alias: str) -> Credential:
    """The credential of that name, from its issuer to its holder."""
    values, issuer_id = world.values[alias], world.issuers[alias]
    key = SIGNING[issuer_id]
    issuer = IssuerIdentity(issuer_id, issuer_id.title(), "1", LEDGER)
    offer = make_offer(key, issuer, DATED, expires_at=NOW + 1)
    known = {name: value for name, value in values.items() if not DATED.attribute(name).blind}
    chosen = {name: values[name] for name in ("note", "limit")}
    holder = HOLDERS[values["holder"]]  # type: ignore[index]
    commitment, blind = commit(offer, holder, chosen)
    received = issue(key, offer, known, commitment, now=NOW)
    return accept(offer, received, link_secret=holder, blind=blind, chosen=chosen)


def opened(world: World, credentials: Mapping[str, Credential]) -> dict[str, HeldSignature]:
    return {
        alias: open_credential(each, HOLDERS[world.values[alias]["holder"]])  # type: ignore[index]
        for alias, each in credentials.items()
    }


@lru_cache(maxsize=256)
def _published(list_id: str, elements: frozenset[int]) -> tuple[ListProof, ...]:
    version = LISTS[list_id]
    if version.kind is ListKind.GAPS:
        return tuple(gaps(version, elements))
    return tuple(tokens(version, sorted(elements))) if elements else ()


def list_proofs(world: World) -> list[ListProof]:
    return [proof for each in LISTS for proof in _published(each, world.lists[each])]


def answered(
    request: Request, credentials: Mapping[str, Credential], world: World
) -> Presentation | None:
    """What the holder's program makes of it; ``None`` where it gives up."""
    try:
        return present_held(
            request,
            request.circuit(TRUST.schemas),
            credentials,
            opened(world, credentials),
            TRUST,
            list_proofs=list_proofs(world),
        )
    except (ConflictError, NotFoundError):
        return None


def reckless(
    request: Request,
    prover: Prover,
    assembled: Assembled,
    bits: Mapping[int, int],
    credentials: Mapping[str, Credential],
) -> Presentation:
    """A presentation with these selectors, by whoever checks nothing: what is not held is made up,
    somebody else's token or gap is shown where there is no own one.
    """
    statement = assembled.statement
    signatures = opened(prover.world, credentials)
    proofs = HeldListProofs(list_proofs(prover.world))
    liar = _Liar(statement, prover, signatures, proofs, bits)
    held = [
        signatures[alias]
        for alias, each in prover.shown.items()
        if isinstance(each, ShownCredential)
    ]
    secrets = [liar.secret(each) for each in assembled.asked]
    vectors = [each.scalars for each in held]
    values = slot_integers(statement, slot_values(statement, vectors, clause_secrets=secrets))
    for compute in assembled.builder._witness:
        number = len(values)
        values.append(bits[number] if number in bits else compute(values))
    for asked, secret in zip(assembled.asked, secrets, strict=True):
        slot = asked.slot
        strange = secret is not None and slot is not None and not liar.is_own(asked)
        if isinstance(asked.clause, GatedToken) and slot is not None and strange:
            ((monomial, value),) = assembled.slots.form(slot).items()
            values[asked.clause.slot] = values[monomial[0]] if monomial else value
        for k, gate in enumerate(asked.clause.gates):
            values[gate] = int(liar.leaves_open(asked, secret, k))
    given = squares(*(max(P.value(values), 0) for P in statement.inequalities)) or None
    proof = None
    while proof is None:
        proof = attempt(statement, held, [v % R for v in values], secrets, given=given)
    return Presentation(request.digest, presented(prover.shown), wire.to_octets(proof))


@dataclass(frozen=True)
class _Liar:
    """What is given to each clause."""

    statement: Statement
    prover: Prover
    signatures: Mapping[str, HeldSignature]
    proofs: HeldListProofs
    bits: Mapping[int, int]

    def secret(self, asked: AskedClause) -> Secret:
        clause = asked.clause
        if isinstance(clause, OneOf):
            selectors = [self.bits[slot] for slot in clause.selectors]
            if isinstance(asked.atom, Held):
                alias = asked.atom.credential
                key = self.prover.held_key(alias)
                if key is not None and selectors[key]:
                    return self.signatures[alias]
            elif any(selectors):
                found = self._list_proof(asked)
                assert isinstance(found, Gap)
                return held_gap(found, LISTS[found.list_id])
            if not any(selectors):
                return clause.absent()
            return invented(clause, [STRANGERS] * len(clause.slots), selectors)
        found = self._list_proof(asked)
        strange = isinstance(found, Membership) and not self.is_own(asked)
        if isinstance(clause, GatedToken) and strange and not self._claims(clause.gate):
            return None
        return token_of(found) if isinstance(found, Membership) else None

    def is_own(self, asked: AskedClause) -> bool:
        """Whether the prover has a list proof of its own credential."""
        slot, list_id = asked.slot, asked.list_id
        assert slot is not None
        assert list_id is not None
        return self.prover.has_list_proof(slot, LISTS[list_id])

    def _claims(self, gate: int) -> bool:
        """Whether one of the selectors that close the gate is one."""
        closing = [P.slots for P in self.statement.exact if gate in P.slots]
        return any(self.bits[slot] for slots in closing for slot in slots - {gate})

    def leaves_open(self, asked: AskedClause, secret: Secret, k: int) -> bool:
        if isinstance(asked.clause, OneOf):
            real = isinstance(secret, HeldSignature)
            return not (real and self.bits[asked.clause.selectors[k]])
        return secret is None

    def _list_proof(self, asked: AskedClause) -> ListProof | None:
        """The own one, or else somebody's."""
        slot, list_id = asked.slot, asked.list_id
        assert slot is not None
        assert list_id is not None
        world = self.prover.world
        if slot.credential in world.values:
            value = world.scalar(slot.credential, slot.attribute)
            if (own := self.proofs.find(LISTS[list_id], value)) is not None:
                return own
        return next((each for each in self.proofs._list_proofs if each.list_id == list_id), None)
