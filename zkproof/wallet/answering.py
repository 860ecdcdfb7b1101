"""Find what in a wallet answers a request: a way of each visible choice, then certificates.

Which way of a `choice` is taken everybody sees. They are tried in the policy's order, but nothing
that may be left out is shown unless its holder asks for it. Ways that stay hidden are those of
`zkproof.wallet.choosing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from zkproof.errors import UsageError
from zkproof.presentation.publications import HeldListProofs
from zkproof.presentation.request import Request
from zkproof.presentation.scopes import binding_days, resolve_scopes
from zkproof.trust import TrustView
from zkproof.wallet.candidates import AttributeValues, Search
from zkproof.wallet.choosing import Chosen, Failed, Options, choose, told
from zkproof.wallet.content import Content
from zkproof.wallet.hidden import Hidden, hidden_of
from zkproof.wallet.reasons import Reason, ReviewRefused
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class Answerable:
    """What answers: the circuit with the ways of its choices taken, and certificates for it."""

    circuit: Circuit
    chosen: Chosen
    options: Options
    hidden: Hidden


def find_answer(
    content: Content,
    request: Request,
    circuit: Circuit,
    trust: TrustView,
    *,
    preferred: Mapping[str, str] | None,
) -> Answerable:
    """What answers a request whose policy compiles to ``circuit``.

    ``preferred`` are names of certificates that the holder wants used, by alias. Raises
    `ReviewRefused` when nothing answers it, `UsageError` when no way asks for all of these.
    """
    values = values_of(content)
    failed: list[Failed] = []
    for taken in _taken(circuit, preferred or {}):
        hidden = hidden_of(taken, request, trust)
        if not isinstance(hidden, Hidden):
            failed.append(Failed(hidden))
            continue
        scopes = resolve_scopes(taken, request.verifier.verifier_id, trust, today=request.today)
        search = Search(
            circuit=taken,
            held=content.credentials,
            values=values,
            trust=trust,
            today=request.today,
            at=request.issued_at,
            checkpoint=request.checkpoint,
            proofs=HeldListProofs(content.list_proofs),
            bound_by=binding_days(taken, scopes),
            hidden=hidden,
        )
        match choose(search, preferred=preferred):
            case (Chosen() as chosen, Options() as options):
                return Answerable(taken, chosen, options, hidden)
            case found:
                reasons = tuple(each for each in found if isinstance(each, Reason))
                failed.append(Failed(_labelled(reasons, circuit)))
    raise ReviewRefused(told(failed), circuit.at_once)


def _taken(circuit: Circuit, preferred: Mapping[str, str]) -> Iterator[Circuit]:
    """The circuit for every combination of ways in which all that is preferred is asked for."""
    optional = [
        next((k for k, way in enumerate(choice) if not way.credentials), None)
        for choice in circuit.choices
    ]

    def shown(picks: Sequence[int]) -> int:
        """How many choices are taken that could be left."""
        pairs = zip(picks, optional, strict=True)
        return sum(empty is not None and pick != empty for pick, empty in pairs)

    known = {each.alias for each in circuit.every_credential}
    wanted = preferred.keys() & known
    found = [circuit.taken(picks) for picks in sorted(circuit.picks(), key=shown)]
    fitting = [each for each in found if wanted <= {one.alias for one in each.credentials}]
    if not fitting:
        raise UsageError(f"use: no way to answer asks for {' and '.join(sorted(wanted))} together")
    yield from fitting


def _labelled(reasons: Sequence[Reason], circuit: Circuit) -> tuple[Reason, ...]:
    """Reasons about credentials of one way of a choice say so."""
    labels = {
        each.alias: tuple(one.alias for one in way.credentials)
        for choice in circuit.choices
        for way in choice
        for each in way.credentials
    }

    def labelled(reason: Reason) -> Reason:
        about = (reason.alias or "").split(", ")
        way = next((labels[alias] for alias in about if alias in labels), ())
        return reason if reason.way or not way else replace(reason, way=way)

    return tuple(labelled(each) for each in reasons)


def values_of(content: Content) -> dict[str, AttributeValues]:
    """Every value of each credential, the link secret included, by name in the wallet."""
    found: dict[str, AttributeValues] = {}
    for name, credential in content.credentials.items():
        values: dict[str, Value] = credential.known
        for attribute in credential.schema.attributes:
            if attribute.type.holder_chosen:
                values[attribute.name] = content.link_secret.export_secret()
        found[name] = values
    return found
