"""A complaint about a list's owner: two of its documents that cannot both be true.

A wallet keeps summary and file when they contradict each other. Both lead to a root that the owner
signed onto the ledger, so they show its fault to anybody who knows the ledger. They hold nothing of
the wallet but which cell it fetched.

::

    {"format": 1, "list": id, "version": n, "cell": number, or null for the file that everybody
     fetches, "summary": octets, "file": octets}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zkproof.codec import encode
from zkproof.errors import ConflictError, NotFoundError
from zkproof.lists.judging import Held, OwnerContradiction
from zkproof.lists.layout import WIDE, cell_name
from zkproof.lists.summary import MAX_SUMMARY_BYTES, Summary, check_version
from zkproof.record import Record, number, octets, optional, text
from zkproof.trust import MOST_BITS_CAP, ListVersion

FORMAT = 1
MAX_COMPLAINT_BYTES = 64 << 20

_COMPLAINT = Record(
    "complaint",
    {
        "list": text(),
        "version": number(),
        "cell": optional(number(0, 1 << MOST_BITS_CAP)),
        "summary": octets(limit=MAX_SUMMARY_BYTES),
        "file": octets(),
    },
    format=FORMAT,
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """See the head of this file."""

    list_id: str
    version: int
    cell: int | None
    summary: bytes
    file: bytes

    @classmethod
    def of(cls, version: ListVersion, found: OwnerContradiction) -> Complaint:
        """The complaint about a contradiction that was found in a version."""
        return cls(version.list_id, version.version, found.cell, found.summary, found.file)

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "list": self.list_id,
                "version": self.version,
                "cell": self.cell,
                "summary": self.summary,
                "file": self.file,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Complaint:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _COMPLAINT.read(data, max_bytes=MAX_COMPLAINT_BYTES)
        return cls(list_id=table.pop("list"), **table)


def check_complaint(made: Complaint, versions: Iterable[ListVersion]) -> str:
    """Return the contradiction in words, once it is found again.

    1. The ledger has the version. (a root of the complainant's own making)
    2. The summary is the one under its root.
    3. The file belongs to it. (a file that a server made up)
    4. Summary and file contradict each other.

    Raises `NotFoundError` for 1, `DecodeError` for 2 and 3, `ConflictError` for 4.
    """
    version = next((each for each in versions if each.version == made.version), None)
    if version is None:  # 1.
        raise NotFoundError(f"{made.list_id}: no version {made.version} on the ledger")
    check_version(version)
    summary = Summary.read(made.summary, version)  # 2.
    name = WIDE if made.cell is None else cell_name(summary.bits, made.cell)
    held = Held(version, summary, made.summary, {name: made.file})
    try:
        if made.cell is None:  # 3.
            held.wide()
        else:
            held.check_tokens(made.cell, held.cell(made.cell))
    except OwnerContradiction as error:
        return error.rule
    raise ConflictError("complaint: summary and file do not contradict each other")  # 4.
