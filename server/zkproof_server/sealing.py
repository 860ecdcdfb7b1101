"""What the service has to read again and nobody else may: sealed under its passphrase.

Replies that hold a new secret, and the secrets of webhooks, stand in the database like this. The
key comes from the passphrase and a salt in the database (scrypt, n = 2^15, r = 8, p = 1). With
another passphrase they cannot be read: webhooks need new secrets then.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import SecretStr
from sqlalchemy import select, update

from zkproof.errors import UsageError
from zkproof_server.database import Database
from zkproof_server.tables import probe

_NONCE, _SALT = 12, 16


class Sealing:
    """Seals octets to a context: what was sealed for one thing does not open as another."""

    def __init__(self, database: Database, passphrase: SecretStr | None) -> None:
        self._database = database
        self._passphrase = passphrase
        self._key: AESGCM | None = None

    def prepare(self) -> None:
        """Derive the key, once, at start. Raises `UsageError` without a passphrase."""
        given = "" if self._passphrase is None else self._passphrase.get_secret_value()
        if not given:
            raise UsageError("passphrase: needed to seal", hint="set ZKPROOF_PASSPHRASE")
        with self._database.write() as connection:
            unset = update(probe).where(probe.c.salt.is_(None))
            connection.execute(unset.values(salt=os.urandom(_SALT)))
            salt = connection.execute(select(probe.c.salt)).scalar_one()
        stretched = Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1)
        self._key = AESGCM(stretched.derive(b"zkproof service\0" + given.encode()))

    def seal(self, octets: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._opened().encrypt(nonce, octets, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Raises `UsageError` for what was sealed under another passphrase or for another thing."""
        try:
            return self._opened().decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except InvalidTag:
            raise UsageError("sealed: not under this passphrase") from None

    def _opened(self) -> AESGCM:
        if self._key is None:
            raise UsageError("sealing: not prepared")
        return self._key
