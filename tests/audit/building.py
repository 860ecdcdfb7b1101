"""Ceremonies for tests: authorities with fixed names, dealt and finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zkproof import curve
from zkproof.audit.authority import Authority
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.contribution import Contribution, contribute, delivered, shared_point, signed
from zkproof.audit.decryption import VerifiedCiphertext
from zkproof.audit.keys import Finished, JointKey, KeyShare, finish
from zkproof.curve import G1, R
from zkproof.sigma.encryption import Ciphertext, generators

AUDITOR = "did:web:auditor.example"
KEY_ID = "2026-1"


@dataclass(frozen=True, eq=False)
class Table:
    """The authorities around a table, and what each has put on it."""

    ceremony: Ceremony
    authorities: tuple[Authority, ...]
    contributions: tuple[Contribution, ...]

    def with_contribution(self, changed: Contribution) -> Table:
        """The same with one dealer's contribution replaced."""
        return replace(
            self,
            contributions=tuple(
                changed if each.dealer == changed.dealer else each for each in self.contributions
            ),
        )


@dataclass(frozen=True, eq=False)
class Office:
    """A finished key and all shares of it."""

    key: JointKey
    shares: tuple[KeyShare, ...]


def dealt(threshold: int, count: int, **changes: object) -> Table:
    authorities = tuple(Authority.generate(f"Authority {i + 1}") for i in range(count))
    facts: dict[str, object] = {
        "ledger_id": "ledger.test",
        "auditor_id": AUDITOR,
        "key_id": KEY_ID,
        "threshold": threshold,
        "authorities": tuple(each.card for each in authorities),
        "nonce": bytes(16),
        **changes,
    }
    ceremony = Ceremony(**facts)  # type: ignore[arg-type]
    return Table(ceremony, authorities, tuple(contribute(ceremony, each) for each in authorities))


def finished(table: Table) -> Office:
    outcomes = [finish(table.ceremony, each, table.contributions) for each in table.authorities]
    keys, shares = set(), []
    for outcome in outcomes:
        assert isinstance(outcome, Finished), outcome
        keys.add(outcome.key.to_bytes())
        shares.append(outcome.share)
    assert len(keys) == 1
    return Office(shares[0].key, tuple(shares))


def office(threshold: int, count: int, **changes: object) -> Office:
    return finished(dealt(threshold, count, **changes))


def encrypted(
    key: JointKey, value: int, rho: int = 0x5EED**7, **changes: object
) -> VerifiedCiphertext:
    """A ciphertext as a presentation would have carried it."""
    g, g_m = generators()
    E1 = curve.msm((g,), (rho % R,))
    E2 = curve.msm((g_m, key.public_key), (value, rho % R))
    made = VerifiedCiphertext(
        auditor_id=key.ceremony.auditor_id,
        key_id=key.ceremony.key_id,
        public_key=key.public_key.encode(),
        request_digest=b"\x01" * 32,
        presentation_digest=b"\x02" * 32,
        attribute="i.rid",
        ciphertext=Ciphertext(E1, E2),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def value_point(value: int) -> G1:
    _, g_m = generators()
    return curve.msm((g_m,), (value % R,))


def with_wrong_share(table: Table, dealer: int, party: int) -> Table:
    """The dealer sends ``party`` a share that is off by one, and signs that."""
    old = table.contributions[dealer - 1]
    shares: Sequence[int] = [
        (share + (i == party)) % R for i, share in enumerate(old.shares, start=1)
    ]
    changed = signed(replace(old, shares=tuple(shares)), table.authorities[dealer - 1])
    return table.with_contribution(changed)


def share_sent(table: Table, dealer: int, party: int) -> int:
    """The share as its recipient opens it."""
    contribution = table.contributions[dealer - 1]
    point = shared_point(contribution, table.authorities[party - 1])
    return delivered(table.ceremony, contribution, party, point)._expose()
