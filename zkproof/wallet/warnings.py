"""What a holder should hear before agreeing, though nothing forbids the answer.

A list that a request names is a question that its owner words: whether the answer succeeds tells
something of the hidden value, however well the fetch hid it. Warnings are codes with facts, so that
they can be said in any language; nothing of them is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zkproof.credential.credential import Credential
from zkproof.lists.layout import most_bits
from zkproof.presentation.revealed_names import differing_names
from zkproof.trust import (
    LIST_SEPARATOR,
    ListKind,
    ListVersion,
    RegisteredVerifier,
    TrustView,
    status_list_id,
    version_in_force,
)
from zkproof.wallet.hidden import Hidden
from zkproof.wallet.history import Shown
from zkproof.wallet.ways import branches_of
from zkproof_circuits.circuit import Atom, Circuit, InList, NotInList, NotRevoked, atoms

FEW_ENTRIES = 100
"""Being in a set of fewer is close to saying which one."""

BROAD_SHARE = 100
"""An exclusion list of more than one in so many of a type's numbers asks about many people."""

FEW_ISSUERS = 3
"""To be a customer of one of fewer is close to saying of which."""

YEAR_SECONDS = 365 * 86_400


class WarningCode(StrEnum):
    """Stable codes."""

    FEW_ENTRIES = "few-entries"
    """``list``, ``entries``"""

    BROAD_LIST = "broad-list"
    """``list``, ``entries``, ``numbers``: of so many numbers of the type"""

    LIST_OF_ASKER = "list-of-asker"
    """``list``, ``verifier``"""

    OWNER_UNREGISTERED = "owner-unregistered"
    """``list``, ``owner``"""

    LIST_CHANGED = "list-changed"
    """``list``, ``verifier``: another version than at the last answer to this verifier"""

    ISSUER_CHANGED_KEY = "issuer-changed-key"
    """``issuer``, ``keys``: so many within a year"""

    OLDER_KEY = "older-key"
    """``credential``, ``issuer``: signed by a key that is no longer the issuer's newest"""

    NAME_LOOKS_ALIKE = "name-looks-alike"
    """``credential``, ``text``, ``issuer``: a text to be shown that is nearly the issuer's name"""

    FEW_ISSUERS = "few-issuers"
    """``credential``, ``count``: its issuer stays hidden, but among few"""

    ONLY_WAY = "only-way"
    """``credential``: nobody can use another way, since no key in force is one of theirs"""

    SHOWN_NARROWS = "shown-narrows"
    """``shown``: what is shown in the open beside what stays hidden"""

    NO_RELAY = "no-relay"
    """``list``, ``bits``: its server sees the network address and bits of a value's address"""


Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Warning:  # the name that people know
    """One warning; ``facts`` by the names that its code lists."""

    code: WarningCode
    facts: Facts


def warnings(
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    verifier: RegisteredVerifier,
    trust: TrustView,
    *,
    at: int,
    history: Sequence[Shown] = (),
    relay: bool = False,
    hidden: Hidden | None = None,
) -> list[Warning]:
    """Warnings about answering ``circuit`` with these credentials, by alias: those of the way that
    is taken.

    ``at`` is when the request was issued, ``history`` what this wallet showed before, ``relay``
    whether lists are fetched through one, ``hidden`` what `zkproof.wallet.hidden` found.
    """
    found: list[Warning] = []
    answered = [each.at for each in history if each.verifier_id == verifier.verifier_id]
    named = {each.list_id for each in _atoms(circuit) if isinstance(each, InList | NotInList)}
    for version, numbers in _lists(circuit, credentials, trust, at):
        found += _of_list(version, numbers, verifier, trust)
        # Lists of good standing change several times a day; only what the request words counts.
        if version.list_id in named and answered and version.used_from > max(answered):
            changed: Facts = {"list": version.list_id, "verifier": verifier.name}
            found.append(Warning(WarningCode.LIST_CHANGED, changed))
        bits = most_bits(version.kind, version.count, version.bits_cap)
        if bits and not relay:
            found.append(Warning(WarningCode.NO_RELAY, {"list": version.list_id, "bits": bits}))
    seen = {
        each.alias: credentials[each.alias]
        for each in circuit.credentials
        if each.hidden_among is None
    }
    found += _of_keys(seen, trust, at)
    found += _of_hiding(circuit, hidden or Hidden())
    found += [
        Warning(
            WarningCode.NAME_LOOKS_ALIKE,
            {"credential": each.credential, "text": each.text, "issuer": each.registered},
        )
        for each in differing_names(circuit, credentials, trust)
        if each.alike
    ]
    return found


def _of_hiding(circuit: Circuit, hidden: Hidden) -> Iterator[Warning]:
    """Where what stays hidden can be guessed."""
    for alias in hidden.keys:
        count = hidden.issuers(alias)
        if alias not in circuit.conditional and count < FEW_ISSUERS:
            yield Warning(WarningCode.FEW_ISSUERS, {"credential": alias, "count": count})
    for constraint in circuit.constraints:
        branches = branches_of(constraint)
        left = [each for each in branches if all(hidden.keys.get(alias) for alias in each.own)]
        if len(left) == 1 < len(branches) and left[0].own:
            yield Warning(WarningCode.ONLY_WAY, {"credential": ", ".join(left[0].own)})
    shown = ", ".join(str(slot) for slot in circuit.revealed)
    if hidden.keys and shown:
        yield Warning(WarningCode.SHOWN_NARROWS, {"shown": shown})


def _atoms(circuit: Circuit) -> Iterator[Atom]:
    for formula in circuit.formulas:
        yield from atoms(formula)


def _of_keys(credentials: Mapping[str, Credential], trust: TrustView, at: int) -> Iterator[Warning]:
    """What sets apart by the key that signed: few may hold a certificate under an old one."""
    for issuer_id in dict.fromkeys(each.issuer_id for each in credentials.values()):
        issuer = trust.issuers.get(issuer_id)
        if issuer is None:
            continue
        recent = sum(at - YEAR_SECONDS < key.not_before <= at for key in issuer.keys.values())
        if recent > 1:
            rotated: Facts = {"issuer": issuer.name, "keys": recent}
            yield Warning(WarningCode.ISSUER_CHANGED_KEY, rotated)
        newest = issuer.signing_key(at)
        for alias, credential in credentials.items():
            of_issuer = credential.issuer_id == issuer_id
            if of_issuer and newest is not None and credential.key_id != newest.key_id:
                older: Facts = {"credential": alias, "issuer": issuer.name}
                yield Warning(WarningCode.OLDER_KEY, older)


def _lists(
    circuit: Circuit, credentials: Mapping[str, Credential], trust: TrustView, at: int
) -> Iterator[tuple[ListVersion, int | None]]:
    """Every list that the circuit speaks of and these credentials need, once; for lists that the
    request names, how many numbers the attribute's type has, where it is one of integers.
    """
    seen: set[str] = set()
    for atom in _atoms(circuit):
        numbers: int | None = None
        match atom:
            case NotRevoked(alias) if alias in credentials:
                shown = credentials[alias]
                list_id = status_list_id(shown.issuer_id, shown.schema.id)
            case InList(slot, list_id) | NotInList(slot, list_id) if slot.credential in credentials:
                box = credentials[slot.credential].schema.attribute(slot.attribute).type.box
                numbers = None if box is None else box[1] - box[0] + 1
            case _:
                continue
        versions = trust.lists.get(list_id, ())
        version = version_in_force(versions, at=at, size=trust.tree_size)
        if version is not None and list_id not in seen:
            seen.add(list_id)
            yield version, numbers


def _of_list(
    version: ListVersion, numbers: int | None, verifier: RegisteredVerifier, trust: TrustView
) -> Iterator[Warning]:
    list_id, entries = version.list_id, version.count
    if version.kind is ListKind.MEMBERS and entries < FEW_ENTRIES:
        yield Warning(WarningCode.FEW_ENTRIES, {"list": list_id, "entries": entries})
    if version.kind is ListKind.GAPS and numbers is not None and entries * BROAD_SHARE > numbers:
        broad: Facts = {"list": list_id, "entries": entries, "numbers": numbers}
        yield Warning(WarningCode.BROAD_LIST, broad)
    owner_id = list_id.partition(LIST_SEPARATOR)[0]
    owner = trust.issuers.get(owner_id)
    if owner is None:
        yield Warning(WarningCode.OWNER_UNREGISTERED, {"list": list_id, "owner": owner_id})
    if owner_id == verifier.verifier_id or (owner is not None and owner.name == verifier.name):
        yield Warning(WarningCode.LIST_OF_ASKER, {"list": list_id, "verifier": verifier.name})
