"""What holder and verifier find alike about credentials that stay hidden, before any is chosen.

Which issuer signed stays hidden among all keys that the policy accepts, and which way is taken
among all ways. So whatever these keys and lists are short of has to stop everybody: a wallet that
refused only where its own certificate is concerned would tell whose it is by refusing.

The verifier names the checkpoint, and an older one has fewer keys and lists. Nobody may be hidden
among fewer than the ledger knows by now, so a request is answered only where both give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zkproof.credential.list_proof import spread_of
from zkproof.presentation.possible import possible_keys
from zkproof.presentation.publications import Listing, standings, versions_of
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.request import Request
from zkproof.presentation.shown import HiddenCredential, PossibleKey
from zkproof.trust import ListKind, ListVersion, TrustView
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof_circuits.circuit import Atom, Circuit, InList, NotInList, NotRevoked, Slot, atoms

_CODES = {
    RefusalCode.ISSUERS_CHANGED: ReasonCode.ISSUERS_CHANGED,
    RefusalCode.TOO_MANY_ISSUERS: ReasonCode.TOO_MANY_ISSUERS,
    RefusalCode.TRUST_STALE: ReasonCode.LEDGER_BEHIND,
}


@dataclass(frozen=True, slots=True)
class Hidden:
    """Keys that may have signed each credential whose issuer stays hidden, and the versions of the
    lists that are spoken of without saying whether they are used; ``None`` where none is in force.
    """

    keys: Mapping[str, tuple[PossibleKey, ...]] = field(default_factory=dict)
    lists: Mapping[str, ListVersion | None] = field(default_factory=dict)

    def issuers(self, alias: str) -> int:
        """Among how many issuers that of a credential stays hidden."""
        return len({key.issuer_id for key in self.keys[alias]})


def hidden_of(circuit: Circuit, request: Request, trust: TrustView) -> Hidden | tuple[Reason, ...]:
    """What is hidden, or why nobody can answer this request any more."""
    keys: dict[str, tuple[PossibleKey, ...]] = {}
    reasons: list[Reason] = []
    by_now = replace(request, checkpoint=trust.checkpoint)
    for requirement in circuit.credentials:
        if requirement.hidden_among is None:
            continue
        alias = requirement.alias
        found = possible_keys(requirement, request, trust)
        about = trust.schemas[requirement.schema_digest].id
        if isinstance(found, Refusal):
            code = _CODES.get(found.code, ReasonCode.ISSUERS_CHANGED)
            reasons.append(Reason(code, alias, fact=about))
        elif found != possible_keys(requirement, by_now, trust):
            reasons.append(Reason(ReasonCode.ISSUERS_CHANGED, alias, fact=about))
        else:
            keys[alias] = found
    if reasons:
        return tuple(reasons)
    lists: dict[str, ListVersion | None] = {}
    for listing in _listings(circuit, keys, request, trust):
        list_id = listing.list_id
        versions = versions_of([listing], request, trust)
        if isinstance(versions, Refusal):
            return (Reason(ReasonCode.LIST_WITHDRAWN, fact=list_id),)
        if versions != versions_of([listing], by_now, trust):
            return (Reason(ReasonCode.CHECKPOINT_OLD, fact=list_id),)
        lists[list_id] = versions.get(list_id)
    return Hidden(keys, lists)


def _listings(
    circuit: Circuit,
    keys: Mapping[str, Sequence[PossibleKey]],
    request: Request,
    trust: TrustView,
) -> Iterator[Listing]:
    schemas = {each.alias: trust.schemas[each.schema_digest] for each in circuit.credentials}

    def named(slot: Slot, list_id: str, kind: ListKind) -> Listing:
        spread = spread_of(schemas[slot.credential], slot.attribute)
        return Listing(slot, list_id, frozenset((kind,)), spread, gated=True)

    def said(atom: Atom, *, nested: bool) -> Iterator[Listing]:
        match atom:
            case NotRevoked(alias) if alias in keys:
                shown = HiddenCredential(
                    schemas[alias], request.ledger_id, tuple(keys[alias]), {}, in_a_way=nested
                )
                yield from (replace(each, gated=True) for each in standings(alias, shown))
            case InList(slot, list_id) if nested:
                yield named(slot, list_id, ListKind.MEMBERS)
            case NotInList(slot, list_id) if nested:
                yield named(slot, list_id, ListKind.GAPS)
            case _:
                pass

    for formula in circuit.formulas:
        for atom in atoms(formula):
            yield from said(atom, nested=atom is not formula)
