"""Keys of issuers, ledger operators and verifiers, in one sealed file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zkproof.files import read, write_new
from zkproof.keys.sealed import seal_keys, unseal_keys


def save(path: Path, secrets: Mapping[str, bytes], passphrase: str) -> None:
    """Write a new keyring. Raises `UsageError` when the file exists."""
    write_new(path, seal_keys(secrets, passphrase), secret=True)


def load(path: Path, passphrase: str, *names: str) -> list[bytes]:
    """The secrets of these names. Raises `WalletError` and `UsageError`."""
    return unseal_keys(read(path), passphrase, *names)
