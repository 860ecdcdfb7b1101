"""What a holder puts together for one request: statement and witness, before anything is proven.

Of each credential it becomes known what is disclosed; for one whose issuer stays hidden, which of
the possible keys signed it is the holder's own knowledge. What is held and not needed, because
another way is taken, is proven as if it were not held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.credential import Credential
from zkproof.credential.encoding import Layout
from zkproof.credential.list_proof import Gap, ListProof, Membership, held_gap, token_of
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.presentation.gates import AskedClause
from zkproof.presentation.possible import possible_keys
from zkproof.presentation.publications import (
    HeldListProofs,
    Listing,
    Publications,
    listings,
    versions_of,
)
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request
from zkproof.presentation.scopes import resolve_scopes
from zkproof.presentation.shown import AnyShown, HiddenCredential, ShownCredential
from zkproof.presentation.statement import Assembled, assemble, slot_integers
from zkproof.sigma.clause import Opening, Secret
from zkproof.sigma.commitment import CommittedTo
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.statement import Statement, slot_values
from zkproof.trust import ListVersion, TrustView
from zkproof_circuits.circuit import Circuit, CredentialRequirement, Held, Slot


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """Statement and witness of a presentation that is about to be proven. Prints nothing."""

    shown: Mapping[str, AnyShown]
    statement: Statement
    held: Sequence[HeldSignature]
    auxiliary: Sequence[int]
    clause_secrets: Sequence[Secret]

    def __repr__(self) -> str:
        return "<Prepared presentation, witness hidden>"


def prepare(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    signatures: Mapping[str, HeldSignature],
    trust: TrustView,
    *,
    list_proofs: Sequence[ListProof] = (),
) -> Prepared:
    """Everything of `present_held` but the proof. Raises as it does."""
    gathered = gather(request, circuit, credentials, signatures, trust, list_proofs)
    assembled = assemble(
        gathered.circuit,
        gathered.shown,
        gathered.publications,
        today=request.today,
        context=request.digest,
        holding=gathered,
    )
    return gathered.prepared(assembled)


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """What a holder puts together for one request, before there is a statement. Prints nothing."""

    circuit: Circuit
    """With the ways of its choices taken."""
    shown: Mapping[str, AnyShown]
    signatures: Mapping[str, HeldSignature]
    """Of the credentials that are held, by alias."""
    keys: Mapping[str, int]
    """Which of the possible keys signed each credential whose issuer stays hidden."""
    publications: Publications
    proofs: HeldListProofs
    set_aside: set[str] = field(default_factory=set)
    """Credentials of ways that are not taken: proven as if they were not held."""

    def __repr__(self) -> str:
        return f"<Gathered for {', '.join(self.shown)}, secrets hidden>"

    def listed_values(self, needed: Sequence[Listing]) -> dict[str, list[int]]:
        """The scalars that have to stand in, or between elements of, each list."""
        found: dict[str, list[int]] = {}
        for each in needed:
            value = self._value(each.slot)
            if value is not None and not each.gated:
                found.setdefault(each.list_id, []).append(value)
        return found

    def held_key(self, alias: str) -> int | None:
        return None if alias in self.set_aside else self.keys.get(alias)

    def token_value(self, slot: Slot, version: ListVersion) -> int | None:
        return self._value(slot) if self.has_list_proof(slot, version) else None

    def has_list_proof(self, slot: Slot, version: ListVersion) -> bool:
        return self._list_proof(slot, version) is not None

    def prepared(
        self,
        assembled: Assembled,
        *,
        opening: Opening | None = None,
        integers: Mapping[int, int] | None = None,
    ) -> Prepared:
        """The witness of a statement over these credentials.

        ``opening`` is that of the statement's commitment, where it has one; ``integers`` are values
        of slots without a box that are negative. Raises `ConflictError`.
        """
        statement, lists = assembled.statement, self.publications.lists
        held = [
            self.signatures[alias]
            for alias, each in self.shown.items()
            if isinstance(each, ShownCredential)
        ]
        for slot, list_id in assembled.slots.gaps:
            held.append(self.proofs.gap(lists[list_id], self._value(slot) or 0))
        vectors = [each.scalars for each in held]
        before = len(statement.clauses) - len(assembled.asked)
        secrets: list[Secret] = [
            opening if isinstance(clause, CommittedTo) else None
            for clause in statement.clauses[:before]
        ]
        secrets += [self._secret(asked) for asked in assembled.asked]
        while True:
            signed = slot_values(statement, vectors, clause_secrets=secrets)
            values = slot_integers(statement, signed)
            for position, value in (integers or {}).items():
                values[position] = value
            auxiliary = assembled.builder.auxiliary_values(values)
            more = self._not_selected(statement, secrets, [*signed, *auxiliary])
            if not more:
                break
            # What is held and not used is proven as if it were not held. No way that asks for it
            # may then be taken, though what it asks may hold of the zeros in its place.
            secrets = [more.get(i, secret) for i, secret in enumerate(secrets)]
            atoms = [assembled.asked[i - before].atom for i in more]
            self.set_aside.update(atom.credential for atom in atoms if isinstance(atom, Held))
            for i, asked in enumerate(assembled.asked, before):
                if isinstance(asked.clause, GatedToken) and self._is_aside(asked.slot):
                    secrets[i] = None
        return Prepared(self.shown, statement, held, auxiliary, secrets)

    def _secret(self, asked: AskedClause) -> Secret:
        """What a prover knows for a clause, where it knows something."""
        clause = asked.clause
        if isinstance(asked.atom, Held) and isinstance(clause, OneOf):
            signature = self._signature(asked.atom.credential)
            return clause.absent() if signature is None else signature
        if asked.slot is None or asked.list_id is None:
            return None
        version = self.publications.lists[asked.list_id]
        found = self._list_proof(asked.slot, version)
        if isinstance(clause, OneOf):
            return held_gap(found, version) if isinstance(found, Gap) else clause.absent()
        if isinstance(found, Membership):
            return token_of(found)
        if isinstance(clause, GatedToken):
            return None
        raise NotFoundError(f"{asked.list_id}: no token")

    def _not_selected(
        self, statement: Statement, secrets: Sequence[Secret], values: Sequence[int]
    ) -> dict[int, Secret]:
        """Signatures whose selectors are zero, and what stands for them."""
        return {
            i: clause.absent()
            for i, clause in enumerate(statement.clauses)
            if isinstance(clause, OneOf)
            and isinstance(secrets[i], HeldSignature)
            and not any(values[slot] for slot in clause.selectors)
        }

    def _list_proof(self, slot: Slot, version: ListVersion) -> ListProof | None:
        value = self._value(slot)
        return None if value is None else self.proofs.find(version, value)

    def _is_aside(self, slot: Slot | None) -> bool:
        return slot is not None and slot.credential in self.set_aside

    def _signature(self, alias: str) -> HeldSignature | None:
        return None if alias in self.set_aside else self.signatures.get(alias)

    def _value(self, slot: Slot) -> int | None:
        """The scalar of a slot of a credential that is held."""
        signature = self._signature(slot.credential)
        if signature is None:
            return None
        index = Layout.of(self.shown[slot.credential].schema).index(slot.attribute)
        return signature.scalars[index]


def gather(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    signatures: Mapping[str, HeldSignature],
    trust: TrustView,
    list_proofs: Sequence[ListProof] = (),
) -> Gathered:
    """What becomes known of the credentials, and the versions of lists that they are proven by.

    Raises `UsageError` and `NotFoundError` when they do not fit the circuit, or list proofs are
    missing.
    """
    if circuit.digest != request.circuit_digest:
        raise UsageError("circuit: not the one of this request")
    if any(each.ledger_id != request.ledger_id for each in credentials.values()):
        raise UsageError("credentials: one is of another ledger than the request")
    taken = circuit.taken_by(credentials.keys())
    if taken is None:
        raise UsageError("credentials: of a choice, those of one way")
    circuit = taken
    shown, keys = _shown(request, circuit, credentials, trust)
    proofs = HeldListProofs(list_proofs)
    needed = listings(circuit, shown)
    lists = versions_of(needed, request, trust)
    if isinstance(lists, Refusal):
        raise NotFoundError(
            lists.text, hint="`zkproof wallet refresh` fetches the ledger's newest lists"
        )
    scopes = resolve_scopes(circuit, request.verifier.verifier_id, trust, today=request.today)
    publications = Publications(lists, trust.auditors, scopes)
    ended = {
        alias
        for alias, credential in credentials.items()
        if alias in circuit.conditional and not _is_valid(credential, request.today)
    }
    gathered = Gathered(circuit, shown, signatures, keys, publications, proofs, ended)
    proofs.check_complete(lists, gathered.listed_values(needed))
    return gathered


def _shown(
    request: Request, circuit: Circuit, credentials: Mapping[str, Credential], trust: TrustView
) -> tuple[dict[str, AnyShown], dict[str, int]]:
    """What becomes known of each credential, in the circuit's order, and for those whose issuer
    stays hidden which of the possible keys signed it.
    """
    aliases = {requirement.alias for requirement in circuit.credentials}
    always = aliases - circuit.conditional
    if not always <= set(credentials) <= aliases:
        raise UsageError(f"credentials: one for each of {', '.join(sorted(always)) or 'a way'}")
    shown: dict[str, AnyShown] = {}
    keys: dict[str, int] = {}
    for requirement in circuit.credentials:
        alias, credential = requirement.alias, credentials.get(requirement.alias)
        if credential is not None and credential.schema.digest != requirement.schema_digest:
            raise UsageError(f"{alias}: a credential of another schema")
        names = [s.attribute for s in circuit.revealed if s.credential == alias]
        if requirement.hidden_among is not None:
            hidden = _hidden(requirement, credential, names, request, circuit, trust)
            shown[alias] = hidden
            if credential is not None:
                keys[alias] = _key_of(credential, hidden, alias)
        elif credential is not None:
            shown[alias] = ShownCredential(
                schema=credential.schema,
                ledger_id=credential.ledger_id,
                issuer_id=credential.issuer_id,
                key_id=credential.key_id,
                public_key=PublicKey.from_octets(credential.public_key),
                disclosed={name: credential.known[name] for name in names},
            )
    return shown, keys


def _hidden(
    requirement: CredentialRequirement,
    credential: Credential | None,
    names: Sequence[str],
    request: Request,
    circuit: Circuit,
    trust: TrustView,
) -> HiddenCredential:
    schema = trust.schemas.get(requirement.schema_digest)
    if schema is None:
        raise NotFoundError(f"{requirement.alias}: its schema is not on the ledger")
    possible = possible_keys(requirement, request, trust)
    if isinstance(possible, Refusal):
        raise ConflictError(possible.text)
    return HiddenCredential(
        schema=schema,
        ledger_id=request.ledger_id,
        keys=possible,
        disclosed={} if credential is None else {name: credential.known[name] for name in names},
        in_a_way=requirement.alias in circuit.conditional,
    )


def _is_valid(credential: Credential, day: int) -> bool:
    """Whether it is valid on a day. The formula of a way does not say so, but its proof does."""
    roles = credential.schema.roles
    return all(
        isinstance(value := credential.known[name], int) and sign * (day - value) >= 0
        for name, sign in ((roles.valid_from, 1), (roles.valid_until, -1))
        if name is not None
    )


def _key_of(credential: Credential, hidden: HiddenCredential, alias: str) -> int:
    """Which of the possible keys signed it. Raises `ConflictError` for another one."""
    for k, key in enumerate(hidden.keys):
        if (key.issuer_id, key.key_id) == (credential.issuer_id, credential.key_id) and (
            key.gate.public_key.octets == credential.public_key
        ):
            return k
    raise ConflictError(f"{alias}: none of the keys that the policy accepts signed it")
