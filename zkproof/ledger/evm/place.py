"""Where a chain is reached: ``evm+http://127.0.0.1:8545/0x…``, ``evm+https://node.example/path/0x…``.

The last part of the path is the contract; before there is one, it is left out. A question mark
brings what a new ledger is made with: ``?profile=fisco&finality=2``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from zkproof.errors import UsageError
from zkproof.ledger.evm.profile import profile_of
from zkproof.web import require_private

SCHEME = "evm+"
MAX_FINALITY = 10_000
_CONTRACT = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChainAddress:
    """A node, and the contract there."""

    node: str
    contract: str | None = None
    profile: str | None = None
    finality: int | None = None

    @classmethod
    def from_text(cls, text: str) -> ChainAddress:
        """Raises `UsageError`, for plain http to another machine too."""
        if not is_chain(text):
            raise UsageError(f"ledger: an address of a chain begins with {SCHEME}http")
        parts = urlsplit(text.removeprefix(SCHEME))
        path, _, last = parts.path.rpartition("/")
        found = _CONTRACT.fullmatch(last)
        if found is None:
            path = parts.path
            if last.startswith("0x"):
                raise UsageError("ledger: the contract is 0x and 40 hexadecimal digits")
        if parts.fragment:
            raise UsageError("ledger: an address of a chain has no fragment")
        node = f"{parts.scheme}://{parts.netloc}{path}"
        require_private(node)
        profile, finality = _options(parts.query)
        return cls(node, last.lower() if found else None, profile, finality)


def is_chain(place: object) -> bool:
    """Whether a place is written as a chain's address."""
    return isinstance(place, str) and place.startswith((f"{SCHEME}http://", f"{SCHEME}https://"))


def checked_contract(address: str) -> str:
    """The address in small letters. Raises `UsageError`."""
    if not _CONTRACT.fullmatch(address):
        raise UsageError("contract: 0x and 40 hexadecimal digits are needed")
    return address.lower()


def checked_finality(blocks: int) -> int:
    """Raises `UsageError`."""
    if not 0 <= blocks <= MAX_FINALITY:
        raise UsageError(f"finality: 0 to {MAX_FINALITY} blocks")
    return blocks


def _options(query: str) -> tuple[str | None, int | None]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) != len(pairs) or not set(given) <= {"profile", "finality"}:
        raise UsageError("ledger: profile and finality are what an address may say after ?")
    profile, finality = given.get("profile"), given.get("finality")
    if profile is not None:
        profile_of(profile)
    if finality is not None and not _NUMBER.fullmatch(finality):
        raise UsageError("finality: a number of blocks")
    return profile, None if finality is None else checked_finality(int(finality))
