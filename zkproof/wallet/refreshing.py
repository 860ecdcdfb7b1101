"""What a wallet needs from published lists, and fetching it.

All status lists of the credentials are fetched, whichever a request asks for: what is fetched, and
when, should say nothing of what will be shown. Other lists are fetched when a request names them,
whole if they are not too large: who words a request chooses the list.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zkproof.credential.credential import Credential
from zkproof.credential.encoding import attribute_scalar
from zkproof.credential.list_proof import ListProof, spread_of
from zkproof.errors import ZkProofError
from zkproof.lists.complaint import Complaint
from zkproof.lists.fetch import fetch
from zkproof.lists.judging import OwnerContradiction
from zkproof.lists.source import Source
from zkproof.trust import LEAD, ListVersion, Spread, TrustView, status_list_id
from zkproof_circuits.circuit import Circuit, InList, NotInList, atoms

WHOLE_FOR_REQUESTS = 16 << 20
"""Lists that a request names are fetched whole when they take no more octets."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value whose list proof is wanted; ``name`` is the credential's in the wallet.

    ``spread`` is that of the value's attribute. A list of at most ``whole_up_to`` octets is fetched
    whole.
    """

    name: str
    list_id: str
    value: int
    spread: Spread
    whole_up_to: int = 0


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was found, and in words what was not."""

    proofs: tuple[ListProof, ...]
    missing: tuple[str, ...]
    shown_bits: Mapping[str, int]
    """Bits of a value's address that its list's server saw, by list; lists fetched whole are not
    in it.
    """

    complaints: tuple[Complaint, ...] = ()
    """What shows that a list's owner contradicts itself; keep it."""


def wanted_standing(credentials: Mapping[str, Credential]) -> Iterator[Wanted]:
    """The status of every credential that has one."""
    for name, credential in credentials.items():
        record_id = credential.schema.roles.record_id
        if record_id is not None:
            value = credential.values[record_id]
            list_id = status_list_id(credential.issuer_id, credential.schema.id)
            if isinstance(value, int):
                yield Wanted(name, list_id, value, spread_of(credential.schema, record_id))


def wanted_by(circuit: Circuit, credentials: Mapping[str, Credential]) -> Iterator[Wanted]:
    """What a request asks of other lists, for every credential that might be shown for it, in
    whichever way.
    """
    circuit = circuit.at_once
    schemas = {each.alias: each.schema_digest for each in circuit.credentials}
    asked = dict.fromkeys(
        atom
        for formula in circuit.formulas
        for atom in atoms(formula)
        if isinstance(atom, InList | NotInList)
    )
    for atom in asked:
        for name, credential in credentials.items():
            if credential.schema.digest == schemas[atom.slot.credential]:
                attribute = atom.slot.attribute
                kind = credential.schema.attribute(attribute).type
                yield Wanted(
                    name,
                    atom.list_id,
                    attribute_scalar(kind, credential.known[attribute]),
                    spread_of(credential.schema, attribute),
                    whole_up_to=WHOLE_FOR_REQUESTS,
                )


def refresh(
    wanted: Sequence[Wanted],
    trust: TrustView,
    source_of: Callable[[str], Source | None],
    *,
    now: int,
) -> Refreshed:
    """Fetch list proofs for all of them, of every version in force now or later.

    ``source_of`` gives the source of a list by its identifier. Every version is fetched once for
    all values, lists in random order. What cannot be had is reported, not raised: other credentials
    should not suffer.
    """
    run = _Run()
    lists = list(dict.fromkeys(each.list_id for each in wanted))
    for list_id in secrets.SystemRandom().sample(lists, len(lists)):
        of_list = [each for each in wanted if each.list_id == list_id]
        versions = _spoken_of(trust.lists.get(list_id, ()), now)
        try:
            source = source_of(list_id)
        except ZkProofError as error:
            run.fail(of_list, error.message)
            continue
        if not versions:
            run.fail(of_list, "no version of it is on the ledger, or none is in use any more")
            continue
        if source is None:
            run.fail(of_list, "the ledger does not say where its files are")
            continue
        for version in versions:
            run.fetch(source, version, of_list)
    return Refreshed(tuple(run.proofs), tuple(run.missing), run.shown_bits, tuple(run.complaints))


def _spoken_of(versions: Sequence[ListVersion], now: int) -> list[ListVersion]:
    """The versions that a request of the last hour, of today or of later may speak of."""
    first = 0
    for index, each in enumerate(versions):
        if each.used_from <= now - LEAD:
            first = index
    return [
        each for each in versions[first:] if not each.key_revoked and each.not_after + LEAD >= now
    ]


class _Run:
    """What was found so far."""

    def __init__(self) -> None:
        self.proofs: list[ListProof] = []
        self.missing: list[str] = []
        self.shown_bits: dict[str, int] = {}
        self.complaints: list[Complaint] = []

    def fail(self, wanted: Sequence[Wanted], why: str) -> None:
        self.missing += [f"{each.name}: {each.list_id}: {why}" for each in wanted]

    def fetch(self, source: Source, version: ListVersion, wanted: Sequence[Wanted]) -> None:
        values = list(dict.fromkeys(each.value for each in wanted))
        spreads = {each.spread for each in wanted}
        try:
            if len(spreads) != 1:
                self.fail(wanted, "asked for two attributes of different spread")
                return
            found = fetch(
                source,
                version,
                spreads.pop(),
                values,
                whole_up_to=max(each.whole_up_to for each in wanted),
            )
        except OwnerContradiction as error:
            self.fail(wanted, error.message)
            self.complaints.append(Complaint.of(version, error))
            return
        except ZkProofError as error:
            self.fail(wanted, error.message)
            return
        if found.bits:
            self.shown_bits[version.list_id] = found.bits
        self.proofs += [each for each in found.proofs.values() if each is not None]
        self.fail(
            [each for each in wanted if found.proofs[each.value] is None],
            "not in good standing there",
        )
