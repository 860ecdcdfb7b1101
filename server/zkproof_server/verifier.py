"""The verifier's own identity and key, from the folder that ``zkproof request init`` made."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from zkproof.errors import ConflictError, UsageError
from zkproof.files import unreadable
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.request import VerifierIdentity
from zkproof.verifier.registration import KEYS, open_folder


def open_verifier(
    folder: Path, passphrase: SecretStr | None
) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Signer and identity. Raises `UsageError` without a passphrase, and what `open_folder` raises.

    The key's file is sealed, and still has to be its owner's alone: who can copy it can try
    passphrases.
    """
    if passphrase is None or not passphrase.get_secret_value():
        raise UsageError("passphrase: needed for the verifier's key", hint="set ZKPROOF_PASSPHRASE")
    keys = folder / KEYS
    try:
        mode = keys.stat().st_mode
    except OSError as error:
        raise unreadable(keys, error, hint="zkproof request init") from None
    if mode & 0o077:
        raise ConflictError(f"{keys}: others can read it", hint=f"chmod 600 {keys}")
    return open_folder(folder, passphrase.get_secret_value())
