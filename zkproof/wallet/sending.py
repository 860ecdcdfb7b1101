"""Fetch a request from its address, and send an answer to a verifier.

Nothing here is trusted: a request is reviewed like any other, and a receipt is kept only if the
verifier signed it for this very answer. How addresses are called: `zkproof.web`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from zkproof.bounded import load_json
from zkproof.errors import ConflictError, DecodeError, RemoteError
from zkproof.presentation.receipt import MAX_RECEIPT_BYTES, Receipt
from zkproof.presentation.request import MAX_REQUEST_BYTES, REQUEST_ID_BYTES, Request
from zkproof.web import Caller

MAX_REPLY_BYTES = 1 << 20
OK, CONFLICT = 200, 409


def fetch_request(address: str) -> Request:
    """The request at an address.

    Raises `UsageError`, `ConflictError`, `RemoteError` and `DecodeError`.
    """
    status, body = _call("GET", address, None, limit=MAX_REQUEST_BYTES)
    if status == CONFLICT:
        raise ConflictError(
            f"request: not open any more{_code(body)}", hint="ask the verifier for a new one"
        )
    if status != OK:
        raise RemoteError(f"request: cannot be fetched (HTTP {status}{_code(body)})")
    return Request.from_bytes(body)


def send(address: str, presentation: bytes) -> Receipt:
    """Post an answer; the verifier's receipt, not checked yet: `Wallet.keep_receipt` does that.

    The same octets may be sent again after a lost reply: they get the same receipt. Raises
    `RemoteError` when none comes back.
    """
    status, body = _call("POST", address, presentation, limit=MAX_REPLY_BYTES)
    if status != OK:
        raise RemoteError(f"answer: not accepted (HTTP {status}{_code(body)})")
    try:
        text = load_json(body, field="answer", max_bytes=MAX_REPLY_BYTES)["receipt"]
        if not isinstance(text, str) or len(text) > 2 * MAX_RECEIPT_BYTES:
            raise ValueError("not a receipt")
        return Receipt.from_bytes(bytes.fromhex(text))
    except (ValueError, KeyError, TypeError):
        raise RemoteError("answer: the reply holds no receipt") from None


def request_id_in(address: str) -> bytes | None:
    """The identifier with which the address of a request ends, if it does."""
    last = urlsplit(address).path.rpartition("/")[2]
    try:
        found = bytes.fromhex(last)
    except ValueError:
        return None
    return found if len(found) == REQUEST_ID_BYTES and found.hex() == last else None


def address_for(answer_to: str | None, fetched_from: str | None) -> str | None:
    """Where an answer goes: where the request says, or beside the address it came from."""
    return answer_to or (f"{fetched_from}/presentation" if fetched_from else None)


def _call(method: str, address: str, content: bytes | None, *, limit: int) -> tuple[int, bytes]:
    caller = Caller()
    kind = None if content is None else "application/cbor"
    try:
        reply = caller.call(method, address, limit=limit, content=content, content_type=kind)
    finally:
        caller.close()
    return reply.status, reply.body


def _code(body: bytes) -> str:
    """The code of a problem document, for people."""
    try:
        table = load_json(body, field="answer", max_bytes=MAX_REPLY_BYTES)
    except DecodeError:
        return ""
    if not isinstance(table, dict):
        return ""
    words = [table.get("code"), table.get("state")]
    said = [each for each in words if isinstance(each, str) and each.isascii() and len(each) < 80]
    return f": {', '.join(said)}" if said else ""
