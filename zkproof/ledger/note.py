"""Signed notes: a text, and lines that sign it.

::

    <text, one or more lines>

    — <key name> <base64 of 4 octets key id || signature>

Source: C2SP signed-note and tlog-cosignature. Three kinds of line are used here: a plain Ed25519
signature over the text (type 0x01); ``cosignature/v1`` by Ed25519 (type 0x04), which states a time;
and the same statement by ML-DSA-44 (type 0x06), over name, origin, size and root instead of the
text. A line of any other kind is carried along.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import mldsa

MAX_NOTE_BYTES = 1 << 16
MAX_SIGNATURES = 64
KEY_BYTES = 32
MLDSA_KEY_BYTES = 1312
_DASH = "\u2014 "

Line = tuple[str, bytes]
"""A signature line: key name; key id and signature."""


class Kind(IntEnum):
    """What a line says."""

    SIGNATURE = 0x01
    """This key signed the text."""
    COSIGNATURE = 0x04
    """At the stated time, this was the largest tree of this log that the key's owner had seen."""
    MLDSA = 0x06
    """The same, by a key that quantum computers do not break."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under its name."""

    name: str
    kind: Kind
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        octets = MLDSA_KEY_BYTES if self.kind is Kind.MLDSA else KEY_BYTES
        if len(self.public_key) != octets:
            raise UsageError(f"note key: {octets} octets needed")

    @property
    def key_id(self) -> bytes:
        """Four octets that find this key's lines; not a security parameter."""
        message = self.name.encode() + b"\n" + bytes((self.kind,)) + self.public_key
        return hashlib.sha256(message).digest()[:4]

    def to_text(self) -> str:
        """The verifier key (vkey) other programs read: ``name+key id+base64(type || key)``."""
        material = base64.b64encode(bytes((self.kind,)) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def from_text(cls, text: str) -> NoteKey:
        """Raises `DecodeError` for anything that `to_text` would not have written."""
        name, _, rest = text.partition("+")
        _, _, material = rest.partition("+")
        octets = decode_base64(material, "note key")
        try:
            key = cls(name, Kind(octets[0] if octets else 0), octets[1:])
        except ValueError:
            raise DecodeError("note key", "name, type or length") from None
        if key.to_text() != text:
            raise DecodeError("note key", "not the canonical form, or the key id does not match")
        return key


def check_name(name: str) -> None:
    """Raises `UsageError` for a name that signature lines cannot carry."""
    bad = any(letter.isspace() or letter == "+" or ord(letter) < 0x20 for letter in name)
    if not name or bad or not name.isprintable():
        raise UsageError("key name: letters without spaces, plus or control characters")


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Line:
    """A plain signature line."""
    known = NoteKey(name, Kind.SIGNATURE, key.public_key().public_bytes_raw())
    return name, known.key_id + key.sign(text.encode())


def cosign(text: str, name: str, key: Ed25519PrivateKey, *, now: int) -> Line:
    """A ``cosignature/v1`` line."""
    known = NoteKey(name, Kind.COSIGNATURE, key.public_key().public_bytes_raw())
    return name, known.key_id + now.to_bytes(8, "big") + key.sign(_cosigned(now, text))


def signed_by(text: str, lines: tuple[Line, ...], key: NoteKey) -> bool:
    """Whether a line is a plain signature by that key.

    Raises `LedgerError` when a line claims to be one and does not hold: such a note is refused
    whole, as the source asks.
    """
    blobs = _blobs(lines, key)
    for blob in blobs:
        if not _holds(key.public_key, blob, text.encode()):
            raise LedgerError(f"note: the signature of {key.name} does not hold")
    return bool(blobs)


def cosigned_at(text: str, lines: tuple[Line, ...], key: NoteKey) -> int | None:
    """The latest time that key's cosignatures state, or ``None`` when it has none.

    Time 0 states none, and neither does an ML-DSA-44 line where this machine's `cryptography` lacks
    the algorithm: what cannot be checked does not count. Raises `LedgerError` when a line does not
    hold.
    """
    times = []
    for blob in _blobs(lines, key):
        time, signature = int.from_bytes(blob[:8], "big"), blob[8:]
        if key.kind is Kind.MLDSA:
            if not mldsa.available():
                continue
            holds = mldsa.holds(key.public_key, signature, mldsa.message(text, key.name, time))
        else:
            holds = _holds(key.public_key, signature, _cosigned(time, text))
        if time >> 63 or not holds:
            raise LedgerError(f"note: the cosignature of {key.name} does not hold")
        times.append(time)
    return max(times, default=None) or None


def to_bytes(text: str, lines: tuple[Line, ...]) -> bytes:
    return (text + "\n" + "".join(line_text(line) for line in lines)).encode()


def line_text(line: Line) -> str:
    """One signature line, with its newline."""
    name, blob = line
    return f"{_DASH}{name} {base64.b64encode(blob).decode()}\n"


def from_bytes(data: bytes, field: str = "note") -> tuple[str, tuple[Line, ...]]:
    """Text and lines. Raises `DecodeError` for anything that `to_bytes` would not have written."""
    if len(data) > MAX_NOTE_BYTES:
        raise DecodeError(field, f"longer than {MAX_NOTE_BYTES} octets")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise DecodeError(field, "not UTF-8") from None
    if any(ord(letter) < 0x20 and letter != "\n" for letter in whole):
        raise DecodeError(field, "a control character")
    text, separator, rest = whole.rpartition("\n\n")
    if not separator or not text or not rest.endswith("\n"):
        raise DecodeError(field, "a text, an empty line and signature lines are needed")
    lines = tuple(parse_line(line + "\n", field) for line in rest[:-1].split("\n"))
    if len(lines) > MAX_SIGNATURES:
        raise DecodeError(f"{field}.signatures", f"more than {MAX_SIGNATURES}")
    return text + "\n", lines


def parse_line(text: str, field: str = "note") -> Line:
    """One signature line, with its newline. Raises `DecodeError`."""
    name, _, encoded = text[:-1].removeprefix(_DASH).partition(" ")
    blob = decode_base64(encoded, f"{field}.signatures")
    try:
        check_name(name)
    except UsageError as error:
        raise DecodeError(f"{field}.signatures", error.message) from None
    if len(blob) < 5 or line_text((name, blob)) != text:
        raise DecodeError(f"{field}.signatures", "not a signature line")
    return name, blob


def decode_base64(text: str, field: str) -> bytes:
    """The octets. Raises `DecodeError` unless the text is their one encoding."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(field, "not base64") from None
    if base64.b64encode(data).decode() != text:
        raise DecodeError(field, "not the canonical base64")
    return data


def _blobs(lines: tuple[Line, ...], key: NoteKey) -> list[bytes]:
    return [blob[4:] for name, blob in lines if name == key.name and blob[:4] == key.key_id]


def _cosigned(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
