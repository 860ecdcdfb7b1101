"""Evidence against a log: two notes that its own key signed, of which neither extends the other.

::

    {"format": 1, "kind": "split-view", "smaller": note, "larger": note,
     "root": hash or null, "proof": [hash, ...]}

Of equal sizes the two roots differ. Otherwise ``proof`` shows, to anybody who has the log's key,
that the larger tree had ``root`` when it had the size of the smaller one, and that is another root
than the log signed then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from zkproof.bounded import load_json
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.following import proven
from zkproof.ledger.note import MAX_NOTE_BYTES
from zkproof.ledger.pins import Pins
from zkproof.ledger.source import Tree

FORMAT = 1
MAX_EVIDENCE_BYTES = 3 * MAX_NOTE_BYTES
_FIELDS = {"format", "kind", "smaller", "larger", "root", "proof"}
_KIND = "split-view"


@dataclass(frozen=True, slots=True)
class Split:
    """See the head of this file."""

    smaller: Checkpoint
    larger: Checkpoint
    root: bytes | None = None
    proof: tuple[bytes, ...] = ()

    def to_json(self) -> bytes:
        table = {
            "format": FORMAT,
            "kind": _KIND,
            "smaller": self.smaller.to_note().decode(),
            "larger": self.larger.to_note().decode(),
            "root": None if self.root is None else self.root.hex(),
            "proof": [each.hex() for each in self.proof],
        }
        return json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Split:
        """Raises `DecodeError` for anything that `to_json` would not have written."""
        table = load_json(data, field="evidence", max_bytes=MAX_EVIDENCE_BYTES)
        try:
            root = table["root"]
            found = cls(
                Checkpoint.from_note(table["smaller"].encode()),
                Checkpoint.from_note(table["larger"].encode()),
                None if root is None else bytes.fromhex(root),
                tuple(bytes.fromhex(each) for each in table["proof"]),
            )
            same = set(table) == _FIELDS and found.to_json() == data
        except (ValueError, TypeError, KeyError, AttributeError):
            same = False
        if not same:
            raise DecodeError("evidence", "not what a monitor writes")
        return found

    def check(self, pins: Pins) -> None:
        """Whether it proves that the pinned log showed two histories. Raises `LedgerError`."""
        smaller, larger = self.smaller, self.larger
        for each in (smaller, larger):
            if each.origin != pins.origin or not each.signed_by_log(pins.log_key):
                raise LedgerError("evidence: a checkpoint that the pinned log did not sign")
        if smaller.size == larger.size:
            if smaller.root_hash == larger.root_hash:
                raise LedgerError("evidence: both checkpoints are the same")
            return
        if self.root is None or self.root == smaller.root_hash:
            raise LedgerError("evidence: no other root at the smaller size")
        if not merkle.verify_consistency(
            smaller.size, self.root, larger.size, larger.root_hash, self.proof
        ):
            raise LedgerError("evidence: the larger tree did not have that root")


def compare(one: Checkpoint, other: Checkpoint, tree: Tree) -> Split | None:
    """Evidence, if one of these does not extend the other; ``tree`` is that of the larger one.

    Both are signed by the log. Raises `LedgerError` when the tree's nodes are not its own.
    """
    smaller, larger = sorted((one, other), key=lambda each: each.size)
    if smaller.size == larger.size:
        return Split(smaller, larger) if smaller.root_hash != larger.root_hash else None
    if smaller.size == 0:
        return None
    proof = proven(tree, smaller.size, larger)
    root = merkle.root(tree.node, smaller.size)
    return Split(smaller, larger, root, tuple(proof)) if root != smaller.root_hash else None
