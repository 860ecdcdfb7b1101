"""One credential of a presentation as both sides know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.bbs.keys import PublicKey
from zkproof.sigma.gate import GatePair
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class ShownCredential:
    """Schema, ledger, issuer and key, and what is disclosed.

    The verifier takes schema and key from its trust view, values from the presentation, where the
    proof then shows that they are the signed ones.
    """

    schema: Schema
    ledger_id: str
    issuer_id: str
    key_id: str
    public_key: PublicKey
    disclosed: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class PossibleKey:
    """One of the keys that may have signed a credential whose issuer stays hidden."""

    issuer_id: str
    key_id: str
    gate: GatePair


@dataclass(frozen=True, slots=True)
class HiddenCredential:
    """A credential that one of ``keys`` signed, and nobody learns which.

    ``in_a_way``: only one way of an alternative asks for it, and nobody learns whether it is held;
    then nothing of it is disclosed, and there may be no key at all, which closes the way. Keys are
    ascending by issuer and key id.
    """

    schema: Schema
    ledger_id: str
    keys: tuple[PossibleKey, ...]
    disclosed: Mapping[str, Value]
    in_a_way: bool

    @property
    def issuers(self) -> tuple[str, ...]:
        """Identifiers of the issuers, ascending, each once."""
        return tuple(dict.fromkeys(key.issuer_id for key in self.keys))


AnyShown = ShownCredential | HiddenCredential


def unavailable(shown: Mapping[str, AnyShown]) -> frozenset[str]:
    """Credentials that no key could have signed: the ways that ask for them are closed."""
    return frozenset(
        alias
        for alias, each in shown.items()
        if isinstance(each, HiddenCredential) and not each.keys
    )
