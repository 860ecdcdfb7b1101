"""What a wallet needs from published lists, and fetching it.

All status lists of the credentials are fetched, whichever a request asks for: what is fetched, and
when, should say nothing of what will be shown. Other lists are fetched when a request names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zkproof.credential.credential import Credential
from zkproof.credential.encoding import attribute_scalar
from zkproof.credential.list_proof import ListProof
from zkproof.errors import ZkProofError
from zkproof.lists.fetch import Source, fetch
from zkproof.trust import ListVersion, TrustView, status_list_id
from zkproof_circuits.circuit import Circuit, InList, NotInList


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value whose list proof is wanted; ``name`` is the credential's in the wallet."""

    name: str
    list_id: str
    value: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was found, and in words what was not."""

    proofs: tuple[ListProof, ...]
    missing: tuple[str, ...]


def wanted_standing(credentials: Mapping[str, Credential]) -> Iterator[Wanted]:
    """The status of every credential that has one."""
    for name, credential in credentials.items():
        record_id = credential.schema.roles.record_id
        if record_id is not None:
            value = credential.values[record_id]
            list_id = status_list_id(credential.issuer_id, credential.schema.id)
            if isinstance(value, int):
                yield Wanted(name, list_id, value)


def wanted_by(circuit: Circuit, credentials: Mapping[str, Credential]) -> Iterator[Wanted]:
    """What a request asks of other lists, for every credential that might be shown for it."""
    schemas = {each.alias: each.schema_digest for each in circuit.credentials}
    for formula in circuit.formulas:
        if not isinstance(formula, InList | NotInList):
            continue
        for name, credential in credentials.items():
            if credential.schema.digest == schemas[formula.slot.credential]:
                kind = credential.schema.attribute(formula.slot.attribute).type
                value = credential.known[formula.slot.attribute]
                yield Wanted(name, formula.list_id, attribute_scalar(kind, value))


def refresh(
    wanted: Sequence[Wanted],
    trust: TrustView,
    source_of: Callable[[str], Source | None],
    *,
    now: int,
) -> Refreshed:
    """Fetch list proofs for all of them, of every version in force now or later.

    ``source_of`` gives the source of a list by its identifier. What cannot be had is reported, not
    raised: other credentials should not suffer.
    """
    found: list[ListProof] = []
    missing: list[str] = []
    for each in wanted:
        versions = [v for v in trust.lists.get(each.list_id, ()) if v.not_after >= now]
        source = source_of(each.list_id)
        if not versions or source is None:
            missing.append(f"{each.name}: {each.list_id}: nothing is published, or not where")
        for version in versions if source is not None else ():
            try:
                one = _fetch(source, version, each.value)
            except ZkProofError as error:
                missing.append(f"{each.name}: {each.list_id}: {error.message}")
                continue
            if one is None:
                missing.append(f"{each.name}: {each.list_id}: not in good standing there")
            else:
                found.append(one)
    return Refreshed(tuple(found), tuple(missing))


def _fetch(source: Source | None, version: ListVersion, value: int) -> ListProof | None:
    return None if source is None else fetch(source, version, value)
