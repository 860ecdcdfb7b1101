"""A secret in an error message, a log line or a repr.

Seen in: Sigma-protocol toolkits whose witnesses printed themselves, and wallets that logged the
credential they failed to parse.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from tests.presentation.building import (
    ALICE,
    DEPOSIT,
    MALLORY,
    SIGNER,
    deposit,
    identity,
    request,
    trust_view,
)
from tests.presentation.test_trip import CIRCUIT, REQUEST
from zkproof.credential.credential import Credential, open_credential
from zkproof.errors import ZkProofError
from zkproof.presentation.presentation import present

VIEW = trust_view()
HIDDEN = [
    str(DEPOSIT["balance"]),
    "499999",
    "Chan Tai Man",
    ALICE.export_secret().hex()[:16],
    str(int.from_bytes(ALICE.export_secret(), "big"))[:16],
    (b"\x01" * 32).hex(),  # the account hash
]


def said(error: BaseException) -> str:
    """Everything an error shows: message, hint, and what a log would print of it."""
    hint = error.hint if isinstance(error, ZkProofError) else None
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return "".join(lines) + str(error) + repr(error) + str(hint)


def test_failures_of_a_holder_say_nothing_hidden() -> None:
    attempts: list[Callable[[], object]] = [
        lambda: present(
            REQUEST, CIRCUIT, {"a": deposit(balance=499_999_99), "i": identity()}, ALICE, VIEW
        ),
        lambda: present(REQUEST, CIRCUIT, {"a": deposit(), "i": identity(MALLORY)}, ALICE, VIEW),
        lambda: open_credential(deposit(), MALLORY),
        lambda: present(
            REQUEST,
            CIRCUIT,
            {"a": deposit(valid_from=1, valid_until=2), "i": identity()},
            ALICE,
            VIEW,
        ),
        lambda: deposit(balance=-1),
        lambda: deposit(balance=10**20),
        lambda: Credential.from_bytes(deposit().to_bytes()[:-1]),
    ]
    for attempt in attempts:
        with pytest.raises(ZkProofError) as caught:
            attempt()
        text = said(caught.value)
        assert not [secret for secret in HIDDEN if secret in text]


def test_objects_of_a_holder_print_nothing_hidden() -> None:
    held = open_credential(deposit(), ALICE)
    for thing in (deposit(), identity(), held, SIGNER):
        text = repr(thing) + str(thing)
        assert not [secret for secret in HIDDEN if secret in text]
        assert SIGNER.export_secret().hex()[:12] not in text
    circuit = request().circuit(trust_view().schemas)
    assert "499999" not in repr(circuit)
