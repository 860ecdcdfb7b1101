"""Selective disclosure and predicate proofs over BBS-signed credentials.

The front door is six names, loaded when they are first used: an `Issuer` signs, a `Wallet` reviews
and proves, a `Verifier` asks and verifies against keys on a `Ledger`, and learns a `Report` or a
`Refusal`. `zkproof.bbs` stands alone for whoever wants only signatures.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zkproof.issuer.issuer import Issuer
    from zkproof.ledger.ledger import Ledger
    from zkproof.presentation.report import Refusal, Report
    from zkproof.verifier.verifier import Verifier
    from zkproof.wallet.wallet import Wallet

__all__ = ["Issuer", "Ledger", "Refusal", "Report", "Verifier", "Wallet"]

_HOMES = {
    "Issuer": "zkproof.issuer.issuer",
    "Ledger": "zkproof.ledger.ledger",
    "Refusal": "zkproof.presentation.report",
    "Report": "zkproof.presentation.report",
    "Verifier": "zkproof.verifier.verifier",
    "Wallet": "zkproof.wallet.wallet",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Imported here, so that importing the package itself stays free of imports.
    from importlib import import_module

    found: object = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
