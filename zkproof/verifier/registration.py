"""How a verifier comes to be and becomes known: its folder, and what governance is handed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zkproof import files
from zkproof.errors import ConflictError
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.registrations import MAX_REGISTRATION_BYTES, verifier_registration
from zkproof.presentation.request import VerifierIdentity

REGISTRATION = "verifier.json"
KEYS = "verifier.key"


def found(folder: Path, identity: VerifierIdentity, passphrase: str) -> Ed25519Signer:
    """Make a verifier's folder: a fresh key under a passphrase, and the registration.

    Raises `ConflictError` when the folder holds a verifier already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / REGISTRATION).exists():
        raise ConflictError(f"{folder}: holds a verifier already", hint="choose another folder")
    signer = Ed25519Signer.generate()
    keyring.save(folder / KEYS, {"request": signer.export_secret()}, passphrase)
    files.write_new(folder / REGISTRATION, to_json(identity, signer))
    return signer


def open_folder(folder: Path, passphrase: str) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Key and identity from such a folder.

    Raises `NotFoundError` and `DecodeError`, `ConflictError` when the registration is of another
    key, and `WalletError` for a wrong passphrase.
    """
    card, keys = folder / REGISTRATION, folder / KEYS
    registered = verifier_registration(
        files.read(card, max_bytes=MAX_REGISTRATION_BYTES), field=str(card)
    )
    (secret,) = keyring.load(keys, passphrase, "request")
    signer = Ed25519Signer.from_octets(secret)
    if signer.public_key != registered["public_key"]:
        raise ConflictError(f"{card}: names another key than {keys.name} holds")
    identity = VerifierIdentity(registered["verifier"], registered["name"], registered["key"])
    return signer, identity


def verifier_entry(identity: VerifierIdentity, signer: Ed25519Signer) -> dict[str, Any]:
    """The body of a ``verifier-register``."""
    return {
        "verifier": identity.verifier_id,
        "name": identity.name,
        "key": identity.key_id,
        "public_key": signer.public_key,
    }


def to_json(identity: VerifierIdentity, signer: Ed25519Signer) -> bytes:
    """The same as a file."""
    entry = verifier_entry(identity, signer)
    return json.dumps({**entry, "public_key": signer.public_key.hex()}, indent=2).encode() + b"\n"
