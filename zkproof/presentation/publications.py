"""What a presentation relies on besides issuer keys: versions of lists, and auditors' keys.

Which lists are needed follows from the circuit and the issuers shown; a prover only says which of
the versions that are current it has list proofs from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.list_proof import Gap, ListProof, Membership, held_gap
from zkproof.errors import UsageError
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.scopes import ResolvedScope
from zkproof.presentation.shown import ShownCredential
from zkproof.trust import (
    LIST_SEPARATOR,
    Auditor,
    ListKind,
    ListVersion,
    TrustView,
    status_list_id,
)
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Encrypt,
    Equal,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    PseudonymFor,
    QuadraticZero,
    Slot,
)


@dataclass(frozen=True, slots=True)
class Publications:
    """The version of each list, by identifier, the auditors, and what each pseudonym's or tag's
    scope stands for, as both sides know them.
    """

    lists: Mapping[str, ListVersion]
    auditors: Mapping[str, Auditor]
    scopes: Mapping[PseudonymFor, ResolvedScope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """One thing that the circuit says of a list: this slot stands in it, or in none of its gaps'
    ends.
    """

    slot: Slot
    list_id: str
    kind: ListKind


def listings(circuit: Circuit, shown: Mapping[str, ShownCredential]) -> list[Listing]:
    """What the circuit says of lists, in its order.

    Raises `UsageError` for a credential without a record identifier, and for a list that would have
    to be of two kinds.
    """
    found: list[Listing] = []
    for formula in circuit.formulas:
        match formula:
            case NotRevoked(alias):
                found.append(standing(alias, shown[alias]))
            case InList(slot, list_id):
                found.append(Listing(slot, list_id, ListKind.MEMBERS))
            case NotInList(slot, list_id):
                found.append(Listing(slot, list_id, ListKind.GAPS))
            case PseudonymFor() | Encrypt():
                pass
            case And() | Or() | AtLeast():
                # No list stands in an alternative.
                pass
            case (
                Equal()
                | NotEqual()
                | LinearZero()
                | QuadraticZero()
                | NotZero()
                | Inequality()
                | Member()
                | NotMember()
            ):
                pass
            case _:
                assert_never(formula)
    kinds = {(each.list_id, each.kind) for each in found}
    if len({list_id for list_id, _ in kinds}) != len(kinds):
        raise UsageError("policy: one list cannot be of two kinds")
    return found


def standing(alias: str, shown: ShownCredential) -> Listing:
    """That a credential is not revoked: its record identifier stands in its issuer's status list.

    Raises `UsageError` when its schema has none.
    """
    record_id = shown.schema.roles.record_id
    if record_id is None:
        raise UsageError(f"{alias}: its schema has no record identifier")
    list_id = status_list_id(shown.issuer_id, shown.schema.id)
    return Listing(Slot(alias, record_id), list_id, ListKind.STATUS)


def auditors_of(circuit: Circuit) -> set[str]:
    """Identifiers of the auditors that the circuit encrypts to."""
    return {formula.auditor for formula in circuit.formulas if isinstance(formula, Encrypt)}


def accept_versions(
    needed: Sequence[Listing],
    claimed: Mapping[str, int],
    trust: TrustView,
    *,
    now: int,
    skew: int,
    grace: int,
) -> dict[str, ListVersion] | Refusal:
    """The verifier's choice: each claimed version, if it is current.

    A version is current from its ``not_before`` until its ``not_after``, or until a newer one
    begins, and for ``grace`` seconds after that. (revoked since: an old token is no token)
    """
    kinds = {each.list_id: each.kind for each in needed}
    if set(claimed) != set(kinds):
        return Refusal(RefusalCode.LISTS_MISMATCH, "not exactly the lists that are asked for")
    accepted: dict[str, ListVersion] = {}
    for list_id, kind in kinds.items():
        known = trust.lists.get(list_id, ())
        owner = trust.issuers.get(list_id.partition(LIST_SEPARATOR)[0])
        if not known or known[-1].kind is not kind or (owner is not None and owner.suspended):
            return Refusal(RefusalCode.LIST_UNKNOWN, f"{list_id}: no such list is in force")
        for version, newer in zip(known, (*known[1:], None), strict=True):
            end = version.not_after if newer is None else min(version.not_after, newer.not_before)
            if version.version == claimed[list_id] and (
                version.not_before - skew <= now <= end + grace
            ):
                accepted[list_id] = version
        if list_id not in accepted:
            return Refusal(
                RefusalCode.LIST_NOT_CURRENT, f"{list_id}: not a version that is current"
            )
    return accepted


class HeldListProofs:
    """A prover's list proofs, by list and version. Raises `UsageError` for what is missing."""

    def __init__(self, list_proofs: Sequence[ListProof]) -> None:
        self._list_proofs = tuple(list_proofs)

    def choose_versions(
        self,
        needed: Mapping[str, Sequence[int]],
        trust: TrustView,
        *,
        at: int,
    ) -> dict[str, ListVersion]:
        """For each list the newest version in force at ``at`` for which there are list proofs on
        all the values in ``needed``.
        """
        chosen: dict[str, ListVersion] = {}
        for list_id, values in needed.items():
            for version in trust.lists.get(list_id, ()):
                if version.not_before <= at <= version.not_after and all(
                    self.find(version, value) is not None for value in values
                ):
                    chosen[list_id] = version
            if list_id not in chosen:
                raise UsageError(
                    f"{list_id}: no current list proof of this list",
                    hint="fetch it: zkproof wallet refresh; if it is not in the list any more, "
                    "ask the issuer",
                )
        return chosen

    def token(self, version: ListVersion, value: int) -> Membership:
        """The token of an element."""
        found = self.find(version, value)
        if not isinstance(found, Membership):
            raise UsageError(f"{version.list_id}: no token")
        return found

    def gap(self, version: ListVersion, value: int) -> HeldSignature:
        """The signed gap around a value."""
        found = self.find(version, value)
        if not isinstance(found, Gap):
            raise UsageError(f"{version.list_id}: no gap")
        return held_gap(found, PublicKey.from_octets(version.public_key))

    def find(self, version: ListVersion, value: int) -> ListProof | None:
        """The list proof about a value in this version, if it is held."""
        for each in self._list_proofs:
            if (each.list_id, each.version) != (version.list_id, version.version):
                continue
            if isinstance(each, Membership):
                if each.kind is version.kind and each.element == value:
                    return each
            elif version.kind is ListKind.GAPS and each.low < value < each.high:
                return each
        return None
