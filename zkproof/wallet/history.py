"""What a wallet remembers of an answer: to whom, what for, which names, never values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkproof.presentation.presentation import (
    MAX_CREDENTIALS,
    MAX_PRESENTATION_BYTES,
    presentation_digest,
)
from zkproof.presentation.receipt import MAX_REVEALED, PROVEN, Receipt
from zkproof.presentation.request import REQUEST_ID_BYTES, Request
from zkproof.record import Record, list_of, number, octets, optional, parsed, text
from zkproof_circuits.circuit import Circuit


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer: made at ``at`` (seconds), kept whole until a receipt for it came back."""

    request_id: bytes
    verifier_id: str
    verifier_name: str
    policy: str
    purpose: str
    revealed: tuple[str, ...]
    credentials: tuple[str, ...]
    """Names in the wallet of the certificates that were used."""

    at: int
    presentation_digest: bytes
    pending: bytes | None
    """The presentation itself while no receipt is there: sent again, it gets the same receipt."""

    answer_to: str | None = None
    """Where the request wants its answer; ``None`` is beside the address it came from."""

    receipt: Receipt | None = None

    @property
    def settled(self) -> bool:
        """Whether the verifier accepted it: the request is used up."""
        return self.receipt is not None and self.receipt.result == PROVEN

    @classmethod
    def of(
        cls,
        request: Request,
        verifier: tuple[str, str],
        circuit: Circuit,
        names: Mapping[str, str],
        presentation: bytes,
        *,
        now: int,
    ) -> Shown:
        """The record of a presentation that is about to be given out."""
        return cls(
            request_id=request.request_id,
            verifier_id=verifier[0],
            verifier_name=verifier[1],
            policy=f"{circuit.name} v{circuit.version}",
            purpose=circuit.purpose,
            revealed=tuple(str(slot) for slot in circuit.revealed),
            credentials=tuple(names.values()),
            at=now,
            presentation_digest=presentation_digest(presentation),
            pending=presentation,
            answer_to=request.respond_to,
        )

    def table(self) -> dict[str, Any]:
        """For the wallet's own encoding."""
        return {
            "request": self.request_id,
            "verifier": self.verifier_id,
            "verifier_name": self.verifier_name,
            "policy": self.policy,
            "purpose": self.purpose,
            "revealed": list(self.revealed),
            "credentials": list(self.credentials),
            "at": self.at,
            "presentation": self.presentation_digest,
            "pending": self.pending,
            "answer_to": self.answer_to,
            "receipt": None if self.receipt is None else self.receipt.to_bytes(),
        }

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Shown:
        """The inverse of `table`, of fields that `SHOWN` checked."""
        return cls(
            request_id=table["request"],
            verifier_id=table["verifier"],
            verifier_name=table["verifier_name"],
            policy=table["policy"],
            purpose=table["purpose"],
            revealed=tuple(table["revealed"]),
            credentials=tuple(table["credentials"]),
            at=table["at"],
            presentation_digest=table["presentation"],
            pending=table["pending"],
            answer_to=table["answer_to"],
            receipt=table["receipt"],
        )


SHOWN = Record(
    "wallet.history",
    {
        "request": octets(REQUEST_ID_BYTES),
        "verifier": text(),
        "verifier_name": text(),
        "policy": text(512),
        "purpose": text(500),
        "revealed": list_of(text(), most=MAX_REVEALED),
        "credentials": list_of(text(), most=MAX_CREDENTIALS),
        "at": number(),
        "presentation": octets(32),
        "pending": optional(octets(limit=MAX_PRESENTATION_BYTES)),
        "answer_to": optional(text(2048)),
        "receipt": optional(parsed(octets(), Receipt.from_bytes)),
    },
)
