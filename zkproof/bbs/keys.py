"""Key pairs. The secret half lives in the curve backend and never becomes an integer here.

Source: draft-irtf-cfrg-bbs-signatures, section 3.4 (KeyGen, SkToPk).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn, Self

from zkproof import curve
from zkproof.bbs.ciphersuite import Suite
from zkproof.bbs.encoding import check_octets
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import G2, PreparedG2, SecretScalar
from zkproof.errors import UsageError

MIN_KEY_MATERIAL = 32
MAX_KEY_INFO = 65535


class PublicKey:
    """``W = SK * BP2``, checked once when it is read, with its pairing lines kept."""

    __slots__ = ("_prepared", "octets", "point")

    def __init__(self, point: G2, octets: bytes) -> None:
        self.point = point
        self.octets = octets
        self._prepared: PreparedG2 | None = None

    @staticmethod
    def from_octets(data: bytes) -> PublicKey:
        """From 96 compressed octets. Raises `DecodeError`: length, flags, curve, subgroup,
        identity; `UsageError` for anything but bytes.

        Keys come again with every presentation: the last 256 are kept, checked and with their
        lines (20 kB each).
        """
        check_octets(data, "public key")
        return _read(data)

    @property
    def prepared(self) -> PreparedG2:
        """The key with its Miller-loop lines, computed on first use."""
        if self._prepared is None:
            self._prepared = curve.prepare_g2(self.point)
        return self._prepared

    def __repr__(self) -> str:
        return f"PublicKey({self.octets.hex()[:16]}…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)


@lru_cache(maxsize=256)
def _read(data: bytes) -> PublicKey:
    return PublicKey(curve.decode_g2(data), data)


class SigningKey:
    """A secret key and its public key. Prints, pickles and compares nothing of the secret."""

    __slots__ = ("public_key", "secret")

    def __init__(self, secret: SecretScalar) -> None:
        self.secret = secret
        point = secret.public_key()
        self.public_key = PublicKey(point, point.encode())

    @classmethod
    def generate(cls, *, suite: Suite = Suite.SHA256, random: RandomBytes = os_random) -> Self:
        """A fresh key from 64 random octets."""
        return cls(_derive(random(64), b"", None, suite))

    @classmethod
    def from_octets(cls, data: bytes) -> Self:
        """From the 32 octets of `export_secret`. Raises `DecodeError` unless ``0 < SK < R``."""
        check_octets(data, "secret key")
        return cls(curve.secret_scalar(data))

    def export_secret(self) -> bytes:
        """The 32 octets, big-endian: the only way out, for storing under encryption."""
        return self.secret.export_secret()

    def __repr__(self) -> str:
        return f"<SigningKey of {self.public_key!r}, secret hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SigningKey is a secret and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def keygen(
    key_material: bytes,
    *,
    key_info: bytes = b"",
    key_dst: bytes | None = None,
    suite: Suite = Suite.SHA256,
) -> SigningKey:
    """KeyGen: the same key for the same input. Use `SigningKey.generate` for a fresh one.

    ``key_material`` is secret and at least 32 octets; ``key_dst`` defaults to the suite's
    ``KEYGEN_DST_``. Raises `UsageError` for input outside these bounds.
    """
    check_octets(key_material, "key_material")
    check_octets(key_info, "key_info")
    if len(key_material) < MIN_KEY_MATERIAL:
        raise UsageError(f"key_material: shorter than {MIN_KEY_MATERIAL} octets")
    if len(key_info) > MAX_KEY_INFO:
        raise UsageError(f"key_info: longer than {MAX_KEY_INFO} octets")
    return SigningKey(_derive(key_material, key_info, key_dst, suite))


def _derive(
    key_material: bytes, key_info: bytes, key_dst: bytes | None, suite: Suite
) -> SecretScalar:
    return curve.hash_to_secret_scalar(
        key_material + len(key_info).to_bytes(2, "big") + key_info,
        suite.ciphersuite_id + b"KEYGEN_DST_" if key_dst is None else key_dst,
        suite.expander,
    )
