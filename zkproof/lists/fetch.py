"""The holder's side: fetch one version of a list, check it, take out list proofs of some values.

Before anything depends on a value:

1. The version on the ledger: its spread is that of the attribute; number of entries and cap are in
   range.
2. The summary: see `Summary.read`.
3. The plan: see `zkproof.lists.plan`.

Then all files of the plan are fetched, in random order, before any is judged (a server that may
answer one file after another would learn from whether the next is asked for):

4. Every file: see `Cell.read`.
5. With fewer than all entries fetched: all tokens of every cell hold. (a crowd of entries that the
   owner never signed)
6. The list proof of each value is the owner's.

A failure ends this version. It is not tried again with other parameters or from another server:
the next request would depend on what failed.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from zkproof.credential.list_proof import ListProof, check_list_proof
from zkproof.errors import DecodeError
from zkproof.lists.address import cell_of
from zkproof.lists.cell import cell_octets
from zkproof.lists.judging import Held
from zkproof.lists.layout import SUMMARY, WIDE, cell_name, version_path
from zkproof.lists.plan import Plan, plan
from zkproof.lists.source import Source
from zkproof.lists.summary import MAX_SUMMARY_BYTES, Summary, check_version
from zkproof.trust import ListVersion, Spread


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was found for each value; ``None`` when the list has no proof of it: revoked, not a
    member, or listed where it should not be.
    """

    proofs: Mapping[int, ListProof | None]
    bits: int
    """How many bits of every value's address the fetch showed to the server."""


def fetch(
    source: Source,
    version: ListVersion,
    spread: Spread,
    values: Collection[int],
    *,
    whole_up_to: int = 0,
) -> Fetched:
    """Fetch list proofs of some values; see the head of this file.

    ``spread`` is that of the values' attribute in its schema. Raises `NotFoundError` and
    `RemoteError` when a file cannot be had, `DecodeError` when one is not what the ledger says,
    `OwnerContradiction` when this is the owner's own doing, `IssuanceError` when a list proof is
    not the owner's.
    """
    check_version(version)  # 1.
    if version.spread is not spread:
        raise DecodeError("list.spread", "not the one of the attribute")
    folder = version_path(version.list_id, version.version)
    head = source(f"{folder}/{SUMMARY}", MAX_SUMMARY_BYTES)
    summary = Summary.read(head, version)  # 2.
    planned = plan(summary, values, whole_up_to=whole_up_to)  # 3.
    files = _get_all(source, folder, summary, planned)
    held = Held(version, summary, head, files)
    cells = {number: held.cell(number) for number in planned.cells}  # 4.
    wide = held.wide()
    if len(cells) < 1 << summary.bits:  # 5.
        for number, entries in cells.items():
            held.check_tokens(number, entries)
    proofs: dict[int, ListProof | None] = {}
    for value in values:
        found = cells[cell_of(spread, value, summary.bits)].find(version, value)
        if found is None and wide is not None:
            found = wide.find(version, value)
        if found is not None:
            check_list_proof(found, version)  # 6.
        proofs[value] = found
    return Fetched(proofs, planned.bits)


def _get_all(source: Source, folder: str, summary: Summary, planned: Plan) -> dict[str, bytes]:
    """All files of the plan, in random order."""
    octets = cell_octets(summary)
    wanted = [(cell_name(summary.bits, number), octets) for number in planned.cells]
    if summary.wide is not None:
        wanted.append((WIDE, summary.wide.octets))
    shuffled: Sequence[tuple[str, int]] = secrets.SystemRandom().sample(wanted, len(wanted))
    return {name: source(f"{folder}/{name}", most) for name, most in shuffled}
