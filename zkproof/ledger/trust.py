"""From the ledger's state to what a verifier believes."""

from __future__ import annotations

from dataclasses import replace

from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.state import LedgerState
from zkproof.trust import Past, TrustView


def trust_view(
    state: LedgerState, checkpoint: Checkpoint, *, as_of: int, past: Past | None = None
) -> TrustView:
    """The trust view of a state folded up to ``checkpoint``.

    ``as_of`` is when that checkpoint was known to be the newest one (seconds); a verifier refuses
    a view that is too old. Suspended issuers and revoked keys stay in the view, marked as such, so
    that a refusal can name the reason.
    """
    return TrustView(
        ledger_id=state.ledger_id,
        tree_size=checkpoint.size,
        root_hash=checkpoint.root_hash,
        as_of=as_of,
        past=past,
        issuers={
            issuer_id: replace(each, admin_key=state.admins[issuer_id])
            for issuer_id, each in state.issuers.items()
        },
        schemas=dict(state.schemas),
        registries={name: registry.issuers for name, registry in state.registries.items()},
        registry_positions={name: each.position for name, each in state.registries.items()},
        lists={name: each.versions for name, each in state.lists.items() if each.versions},
        list_locations={
            name: each.location for name, each in state.lists.items() if each.location is not None
        },
        auditors=dict(state.auditors),
        verifiers=dict(state.verifiers),
        scopes=dict(state.scopes),
    )
