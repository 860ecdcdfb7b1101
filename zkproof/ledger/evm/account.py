"""An account of a chain: a secp256k1 key that signs transactions. It says nothing on the ledger:
entries are signed by governance's, issuers' and verifiers' own keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from eth_account import Account as EthAccount
from eth_utils.crypto import keccak

from zkproof.clock import RandomBytes, os_random
from zkproof.errors import UsageError

SECRET_BYTES = 32


class Account:
    """Prints and pickles nothing of its secret; `export_secret` is for the sealed file."""

    __slots__ = ("_key", "address")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise UsageError(f"account: {SECRET_BYTES} octets are needed")
        try:
            self._key = EthAccount.from_key(secret)
        except Exception:  # whatever the library says, it may quote the secret
            raise UsageError("account: not a secret key of this curve") from None
        self.address = str(self._key.address)

    @classmethod
    def generate(cls, random: RandomBytes = os_random) -> Account:
        """A new one."""
        return cls(random(SECRET_BYTES))

    def export_secret(self) -> bytes:
        """The secret, to be sealed."""
        return bytes(self._key.key)

    def sign(self, transaction: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """A signed transaction, and its hash."""
        raw = bytes(self._key.sign_transaction(dict(transaction)).raw_transaction)
        return raw, bytes(keccak(raw))

    def __repr__(self) -> str:
        return f"Account({self.address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an account is not pickled")
