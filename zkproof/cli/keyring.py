"""Keys of issuers, ledger operators and verifiers, in one sealed file each.

The container is the wallet's (`zkproof.wallet.store`); the content is a map of names to 32-octet
secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zkproof.cli.terminal import read, write_new
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, UsageError, WalletError
from zkproof.wallet.store import seal, unseal


def save(path: Path, secrets: Mapping[str, bytes], passphrase: str) -> None:
    """Write a new keyring. Raises `UsageError` when the file exists."""
    write_new(path, seal(encode(dict(secrets)), passphrase), secret=True)


def load(path: Path, passphrase: str, *names: str) -> list[bytes]:
    """The secrets of these names. Raises `WalletError` and `UsageError`."""
    try:
        table = decode(unseal(read(path), passphrase), field="keyring")
    except DecodeError:
        raise WalletError(f"{path.name}: not a keyring") from None
    if not isinstance(table, dict) or not all(isinstance(table.get(n), bytes) for n in names):
        raise UsageError(f"{path.name}: does not hold the keys that are needed")
    return [table[name] for name in names]
