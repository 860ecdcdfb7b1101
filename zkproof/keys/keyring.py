"""Keys of issuers, ledger operators and verifiers, in one sealed file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zkproof import files
from zkproof.keys.sealed import open_keys, seal_keys, unseal_keys


def save(path: Path, secrets: Mapping[str, bytes], passphrase: str) -> None:
    """Write a new keyring. Raises `ConflictError` when the file exists."""
    files.write_new(path, seal_keys(secrets, passphrase), secret=True)


def load(path: Path, passphrase: str, *names: str) -> list[bytes]:
    """The secrets of these names. Raises `WalletError` and `NotFoundError`."""
    return unseal_keys(files.read(path), passphrase, *names)


def replace(path: Path, secrets: Mapping[str, bytes], passphrase: str) -> None:
    """Write a keyring in place of the one that is there. Raises `ConflictError`."""
    files.replace(path, seal_keys(secrets, passphrase), secret=True)


def load_all(path: Path, passphrase: str) -> dict[str, bytes]:
    """All secrets by name. Raises `WalletError` and `NotFoundError`."""
    return open_keys(files.read(path), passphrase)
