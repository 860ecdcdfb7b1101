"""A verifier opens no request in a shared scope that it is no member of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import NOW, SIGNER, VERIFIER
from tests.presentation.test_scopes import HEAD, SHARED, STRANGER, TRUST
from zkproof.clock import fixed_clock
from zkproof.presentation.request import VerifierIdentity
from zkproof.presentation.scopes import ScopeError
from zkproof.trust import TrustView
from zkproof.verifier.store import MemoryStore
from zkproof.verifier.verifier import Verifier


class Fixed:
    """A ledger that says one thing."""

    def trust(self) -> TrustView:
        return replace(TRUST, as_of=NOW)


def test_request_in_a_shared_scope_is_for_its_members() -> None:
    def opened(identity: VerifierIdentity) -> bytes:
        clock = fixed_clock(NOW)
        verifier = Verifier(SIGNER, identity, ledger=Fixed(), store=MemoryStore(), clock=clock)
        return verifier.request(HEAD + SHARED).request_id

    assert opened(VERIFIER)
    with pytest.raises(ScopeError, match="not a member"):
        opened(STRANGER)
