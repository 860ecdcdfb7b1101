"""Lists and an auditor for the small world of `building`, published by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from tests.presentation.building import AUTHORITY, BANK, LEDGER, NOW, trust_view
from zkproof import bbs, curve
from zkproof.credential.list_proof import Gap, ListProof, Membership, sign_gap
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession
from zkproof.sigma import encryption, signed_set
from zkproof.trust import (
    Auditor,
    ListKind,
    ListVersion,
    Spread,
    TrustView,
    status_list_id,
)
from zkproof_circuits.atoms.lists import GAP_RANGE

DAY = 86_400
OWNER = bbs.keygen(b"\x21" * 32)
STATUS_KEY = bbs.keygen(b"\x22" * 32)
BANK_STATUS = status_list_id(BANK.issuer_id, "deposit-certificate")
IDENTITY_STATUS = status_list_id(AUTHORITY.issuer_id, "identity")
MEMBERS = "did:web:amcm.gov.mo#licensed"
SANCTIONS = "did:web:fiu.gov.mo#sanctions"
AUDITOR_SECRET = 0xA0D170**9 % curve.R
AUDITOR = "financial-intelligence-office"


def version_of(
    list_id: str,
    kind: ListKind,
    version: int = 5,
    *,
    start: int = NOW - 3600,
    end: int = NOW - 3600 + DAY,
    key: bbs.SigningKey = STATUS_KEY,
    spread: Spread | None = None,
    position: int = 5,
) -> ListVersion:
    usual = Spread.PREFIX if kind is ListKind.STATUS else Spread.BLOCK
    return ListVersion(
        ledger_id=LEDGER,
        list_id=list_id,
        kind=kind,
        spread=spread or usual,
        public_key=key.public_key.octets,
        version=version,
        not_before=start,
        not_after=end,
        count=0,
        root=bytes(32),
        used_from=start,
        position=position,
        gate_pair=pair_of(key, list_id, kind),
    )


def pair_of(key: bbs.SigningKey, list_id: str, kind: ListKind) -> bytes:
    """As the ledger keeps it, from the proof that the owner holds the key's secret."""
    names = (LEDGER, list_id.partition("#")[0], list_id)
    purpose = Purpose(kind.value)
    proof = prove_possession(key, *names, purpose=purpose)
    pair = gate_pair(key.public_key.octets, proof, *names, purpose=purpose)
    assert pair is not None
    return pair.octets


def tokens(
    version: ListVersion, elements: Sequence[int], key: bbs.SigningKey = STATUS_KEY
) -> list[ListProof]:
    """What the owner publishes: a token for each element."""
    V = signed_set.base(version.ledger_id, version.kind.value, version.list_id, version.version)
    octets = key.secret.divide_by_sums(V, list(elements))
    return [
        Membership(version.list_id, version.kind, version.version, element, octets[i : i + 48])
        for i, element in zip(range(0, len(octets), 48), elements, strict=True)
    ]


def gaps(
    version: ListVersion, listed: Iterable[int], key: bbs.SigningKey = STATUS_KEY
) -> list[ListProof]:
    """What the owner publishes: a signature for each gap between neighbours."""
    ends = [GAP_RANGE[0], *sorted(listed), GAP_RANGE[1]]
    return [
        Gap(
            version.list_id,
            version.version,
            low,
            high,
            sign_gap(key, version.ledger_id, version.list_id, version.version, low, high),
        )
        for low, high in pairwise(ends)
    ]


def published(*versions: ListVersion, **changes: object) -> TrustView:
    """The trust view with these versions, and the auditor."""
    lists: dict[str, tuple[ListVersion, ...]] = {}
    for each in versions:
        lists[each.list_id] = (*lists.get(each.list_id, ()), each)
    g, _ = encryption.generators()
    key = curve.msm((g,), (AUDITOR_SECRET,)).encode()
    auditors = {AUDITOR: Auditor(AUDITOR, "Financial Intelligence Office", "2026-1", key)}
    return replace(trust_view(), lists=lists, auditors=auditors, **changes)  # type: ignore[arg-type]
