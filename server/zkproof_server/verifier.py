"""The verifier's own identity and key, from the folder that ``zkproof request init`` made."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from zkproof.bounded import load_json
from zkproof.errors import ConflictError, DecodeError, UsageError
from zkproof.files import unreadable
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.keys.sealed import unseal_keys
from zkproof.presentation.request import VerifierIdentity


def open_verifier(
    folder: Path, passphrase: SecretStr | None
) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Signer and identity. Raises `UsageError`, `NotFoundError`, `ConflictError` and
    `WalletError`.

    The key's file is sealed, and still has to be its owner's alone: who can copy it can try
    passphrases.
    """
    if passphrase is None or not passphrase.get_secret_value():
        raise UsageError("passphrase: needed for the verifier's key", hint="set ZKPROOF_PASSPHRASE")
    card, keys = folder / "verifier.json", folder / "verifier.key"
    try:
        table = load_json(card.read_bytes(), field=str(card))
        sealed, mode = keys.read_bytes(), keys.stat().st_mode
        identity = VerifierIdentity(table["verifier"], table["name"], table["key"])
        announced = table["public_key"]
    except OSError as error:
        raise unreadable(error.filename, error, hint="zkproof request init") from None
    except (KeyError, TypeError):
        raise DecodeError(str(card), "not a verifier's registration") from None
    if mode & 0o077:
        raise ConflictError(f"{keys}: others can read it", hint=f"chmod 600 {keys}")
    (secret,) = unseal_keys(sealed, passphrase.get_secret_value(), "request")
    signer = Ed25519Signer.from_octets(secret)
    if signer.public_key.hex() != announced:
        raise ConflictError(f"{card}: names another key than {keys.name} holds")
    return signer, identity
