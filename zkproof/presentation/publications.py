"""What a presentation relies on besides issuer keys: versions of lists, and auditors' keys.

Which lists are needed follows from the circuit and the issuers shown, and which version of each
from the request: a prover says nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.list_proof import Gap, ListProof, Membership, held_gap, spread_of
from zkproof.errors import NotFoundError, UsageError
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.request import Request
from zkproof.presentation.scopes import ResolvedScope
from zkproof.presentation.shown import AnyShown, HiddenCredential, unavailable
from zkproof.trust import (
    LEAD,
    LIST_SEPARATOR,
    Auditor,
    ListKind,
    ListVersion,
    Spread,
    TrustView,
    status_list_id,
    version_in_force,
)
from zkproof_circuits.circuit import (
    Atom,
    Circuit,
    Connective,
    Encrypt,
    Equal,
    Held,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    PseudonymFor,
    QuadraticZero,
    Slot,
)
from zkproof_circuits.ways import open_atoms


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
    """One thing that the circuit says of a list: this slot stands in it, or strictly inside one of
    its gaps. ``kinds`` are those that the list may have to say so.
    """

    slot: Slot
    list_id: str
    kinds: frozenset[ListKind]
    spread: Spread
    standing: bool = False
    """Whether it says that a credential is not revoked."""

    gated: bool = False
    """Whether it stands in an alternative, or is about one of several issuers: where no version is
    in force, that one cannot be the one that holds, and nothing else is wrong."""


_STANDING = frozenset((ListKind.STATUS, ListKind.GAPS))


def listings(circuit: Circuit, shown: Mapping[str, AnyShown]) -> list[Listing]:
    """What the circuit says of lists, in its order; what stands in alternatives included.

    Raises `UsageError` for a credential without a record identifier, and for a list that would have
    to be of two kinds.
    """
    found: list[Listing] = []
    closed = unavailable(shown)
    for formula in circuit.formulas:
        nested = isinstance(formula, Connective)
        for atom in open_atoms(formula, closed):
            for listing in _said_of_lists(atom, shown):
                found.append(replace(listing, gated=True) if nested else listing)
    kinds: dict[str, frozenset[ListKind]] = {}
    for each in found:
        kinds[each.list_id] = kinds.get(each.list_id, each.kinds) & each.kinds
    if not all(kinds.values()):
        raise UsageError("policy: one list cannot be of two kinds")
    return found


def _said_of_lists(atom: Atom, shown: Mapping[str, AnyShown]) -> list[Listing]:
    def named(slot: Slot, list_id: str, kind: ListKind) -> Listing:
        spread = spread_of(shown[slot.credential].schema, slot.attribute)
        return Listing(slot, list_id, frozenset((kind,)), spread)

    match atom:
        case NotRevoked(alias):
            return standings(alias, shown[alias])
        case InList(slot, list_id):
            return [named(slot, list_id, ListKind.MEMBERS)]
        case NotInList(slot, list_id):
            return [named(slot, list_id, ListKind.GAPS)]
        case Held() | PseudonymFor() | Encrypt():
            return []
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
            return []
        case _:
            assert_never(atom)


def standings(alias: str, shown: AnyShown) -> list[Listing]:
    """That a credential is not revoked: its record identifier has a token of its issuer's status
    list, or lies strictly between two that were revoked. Which of both is the ledger's to say. One
    for each issuer, where several may have signed it.

    Raises `UsageError` when its schema has no record identifier.
    """
    record_id = shown.schema.roles.record_id
    if record_id is None:
        raise UsageError(f"{alias}: its schema has no record identifier")
    hidden = isinstance(shown, HiddenCredential)
    issuers = shown.issuers if isinstance(shown, HiddenCredential) else (shown.issuer_id,)
    return [
        Listing(
            Slot(alias, record_id),
            status_list_id(issuer_id, shown.schema.id),
            _STANDING,
            Spread.PREFIX,
            standing=True,
            gated=hidden,
        )
        for issuer_id in issuers
    ]


def auditors_of(circuit: Circuit) -> set[str]:
    """Identifiers of the auditors that the circuit encrypts to."""
    return {formula.auditor for formula in circuit.formulas if isinstance(formula, Encrypt)}


def versions_of(
    needed: Sequence[Listing], request: Request, trust: TrustView
) -> dict[str, ListVersion] | Refusal:
    """The version of each list that the request speaks of, or why there is none.

    Time and checkpoint of the request decide, so that holder and verifier find the same without
    telling each other; revoked keys and suspended owners are those of the newest view.
    """
    if needed and trust.tree_size < request.checkpoint.size:
        return Refusal(RefusalCode.TRUST_STALE, "the trust view is older than the request's")
    found: dict[str, ListVersion] = {}
    for each in needed:
        if each.gated and not _spoken_of(each, request, trust):
            continue
        list_id, known = each.list_id, trust.lists.get(each.list_id, ())
        owner = trust.issuers.get(list_id.partition(LIST_SEPARATOR)[0])
        if (
            not known
            or known[-1].kind not in each.kinds
            or known[-1].spread is not each.spread
            or (owner is not None and owner.suspended)
        ):
            return Refusal(RefusalCode.LIST_UNKNOWN, f"{list_id}: no such list is in force")
        version = version_in_force(known, at=request.issued_at, size=request.checkpoint.size)
        if version is None:
            return Refusal(
                RefusalCode.LIST_NOT_CURRENT, f"{list_id}: no version is in force for this request"
            )
        found[list_id] = version
    return found


def _spoken_of(listing: Listing, request: Request, trust: TrustView) -> bool:
    """Whether the list had a version in force when the request was made.

    What the ledger said after the request's checkpoint plays no part, so that both sides find the
    same: a key that was revoked since then ends the request instead.
    """
    size = request.checkpoint.size
    known = trust.lists.get(listing.list_id, ())
    if not known or known[-1].kind not in listing.kinds or known[-1].spread is not listing.spread:
        return False
    then = [
        replace(each, key_revoked=each.key_revoked and each.revoked_position < size)
        for each in known
    ]
    return version_in_force(then, at=request.issued_at, size=size) is not None


def too_late(needed: Sequence[Listing], request: Request, *, now: int) -> bool:
    """Whether a request that speaks of lists is to be answered no more: what was revoked since has
    to count.
    """
    return bool(needed) and now > request.issued_at + LEAD


class HeldListProofs:
    """A prover's list proofs, by list and version. Raises `NotFoundError` for what is missing."""

    def __init__(self, list_proofs: Sequence[ListProof]) -> None:
        self._list_proofs = tuple(list_proofs)

    def check_complete(
        self, versions: Mapping[str, ListVersion], needed: Mapping[str, Sequence[int]]
    ) -> None:
        """Whether there is a proof of every value, from the very version that is asked for. One
        from another version would say which ones this holder has.
        """
        for list_id, values in needed.items():
            if any(self.find(versions[list_id], value) is None for value in values):
                raise NotFoundError(
                    f"{list_id}: no current list proof of this list",
                    hint="fetch it: zkproof wallet refresh; if it is not in the list any more, "
                    "ask the issuer",
                )

    def token(self, version: ListVersion, value: int) -> Membership:
        """The token of an element."""
        found = self.find(version, value)
        if not isinstance(found, Membership):
            raise NotFoundError(f"{version.list_id}: no token")
        return found

    def gap(self, version: ListVersion, value: int) -> HeldSignature:
        """The signed gap around a value."""
        found = self.find(version, value)
        if not isinstance(found, Gap):
            raise NotFoundError(f"{version.list_id}: no gap")
        return held_gap(found, version)

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
