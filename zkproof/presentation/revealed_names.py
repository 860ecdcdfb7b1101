"""Revealed texts that are not the registered name of whoever wrote them.

A text that an issuer writes and a policy reveals is the widest channel there is: "Bank A" can be
spelt in a thousand ways, and one spelling for each customer is a serial number. Names are therefore
read from the ledger; where a policy reveals a text all the same, a wallet shows its holder which of
them differ.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from zkproof.credential.credential import Credential
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.types import Text

_ALIKE = 0.6
"""Share of characters in common from which one text looks like another."""


@dataclass(frozen=True, slots=True)
class DifferingName:
    """A revealed text that is not its issuer's registered name."""

    credential: str
    attribute: str
    text: str
    registered: str
    alike: bool
    """The text looks like the registered name and is another: a person should be warned."""


def differing_names(
    circuit: Circuit, credentials: Mapping[str, Credential], trust: TrustView
) -> tuple[DifferingName, ...]:
    """Every text that ``circuit`` reveals of ``credentials`` (by alias) and that is not exactly the
    name under which the ledger has its issuer, in the circuit's order.

    Texts that name somebody else, such as the holder, are among them, with ``alike`` false.
    """
    found = []
    for slot in circuit.revealed:
        credential = credentials[slot.credential]
        if not isinstance(credential.schema.attribute(slot.attribute).type, Text):
            continue
        text = str(credential.known[slot.attribute])
        issuer = trust.issuers.get(credential.issuer_id)
        registered = credential.issuer_name if issuer is None else issuer.name
        if text != registered:
            alike = _look_alike(text, registered)
            found.append(DifferingName(slot.credential, slot.attribute, text, registered, alike))
    return tuple(found)


def _look_alike(first: str, second: str) -> bool:
    plain = (_letters(first), _letters(second))
    return SequenceMatcher(None, *plain, autojunk=False).ratio() >= _ALIKE


def _letters(text: str) -> str:
    """Letters and digits without case, accents, width, spaces and invisible characters."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in folded if each.isalnum())
