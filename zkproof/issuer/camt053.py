"""Bank statements of ISO 20022, ``camt.053.001.02`` to ``.13``, as they are read from a stream.

The closing booked balance (``CLBD``) of the latest day is what a statement says about an account.
A statement that does not say one figure, beyond doubt, is a bad row; the others are taken.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from zkproof.errors import DecodeError
from zkproof.files import unreadable
from zkproof.issuer import xml_stream
from zkproof.issuer.balances import closing_balance
from zkproof.issuer.rows import BadRow
from zkproof.issuer.xml_nodes import Node, NodeBuilder, Unclear

FIELD = "camt.053"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
VERSIONS = range(2, 14)
MAX_STATEMENTS = 10_000_000
_MESSAGE = re.compile(
    r"(?:urn:iso:std:iso:20022:tech:xsd:|urn:swift:xsd:\$?)([a-z]{4}\.\d{3})\.001\.(\d{2})",
    re.ASCII,
)
_OTHERS = {
    "camt.052": "a report during the day (camt.052): its balances are not final",
    "camt.054": "a notification of entries (camt.054): it has no balances",
}
_KEPT = frozenset({"Acct", "Bal"})
_NOT_DEPOSITS = frozenset({"CARD", "LOAN", "MGLD", "ODFT"})
"""Types of accounts on which a credit balance is no deposit."""


@dataclass(frozen=True, slots=True, repr=False)
class Statement:
    """What a certificate needs of a statement. ``balance`` is exact; below zero when overdrawn."""

    where: str
    account: str
    account_type: str | None
    currency: str
    balance: Decimal
    as_of: str

    def __repr__(self) -> str:
        return f"<Statement at {self.where}>"


def read_statements(source: bytes | Path) -> Iterator[Statement | BadRow]:
    """Statements in order, and what is wrong with those that cannot be taken.

    Raises `DecodeError` when the file as a whole cannot be read: another message, an encoding that
    is not known, XML that is not well-formed, entities.
    """
    if isinstance(source, bytes):
        yield from _read(io.BytesIO(source))
        return
    try:
        with source.open("rb") as file:
            yield from _read(file)
    except OSError as error:
        raise unreadable(source, error) from None


def _read(file: BinaryIO) -> Iterator[Statement | BadRow]:
    document = _Document()
    count = 0
    for _ in xml_stream.parse(file, document, field=FIELD):
        for statement in document.taken():
            count += 1
            if count > MAX_STATEMENTS:
                raise DecodeError(FIELD, "too many statements")
            yield statement
    yield from document.taken()
    if document.namespace is None:
        raise DecodeError(FIELD, "no such document in it")
    if not document.count:
        raise DecodeError(FIELD, "no statement in it")


@dataclass(slots=True)
class _Document:
    """Takes the parser's events; keeps accounts and balances of one statement at a time."""

    namespace: str | None = None
    count: int = 0
    _path: list[str] = field(default_factory=list)
    _done: list[Statement | BadRow] = field(default_factory=list)
    _builder: NodeBuilder | None = None
    _where: str = ""

    def taken(self) -> list[Statement | BadRow]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        namespace, _, local = tag.removeprefix("{").rpartition("}")
        if local == "Document" and self.namespace is None:
            self.namespace = _require_message(namespace)
        self._path.append(tag)
        if self._builder is not None:
            self._builder.start(local if namespace == self.namespace else "", attributes)
        elif self.namespace is not None and tag == f"{{{self.namespace}}}Stmt":
            self.count += 1
            self._where = f"statement {self.count} (line {line})"
            self._builder = NodeBuilder(_KEPT)

    def data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        self._path.pop()
        if self._builder is None:
            return
        if not self._builder.open:
            node, self._builder = self._builder.root, None
            self._done.append(_statement(node, self._where))
        else:
            self._builder.end()


def _require_message(namespace: str) -> str:
    match = _MESSAGE.fullmatch(namespace)
    message = match[1] if match else None
    if message in _OTHERS:
        raise DecodeError(FIELD, _OTHERS[message], hint="ask for the statement, camt.053")
    if match is None or message != FIELD or int(match[2]) not in VERSIONS:
        raise DecodeError(
            FIELD,
            f"a document of another kind or version ({namespace[:80]!a})",
            hint=f"camt.053.001.{VERSIONS[0]:02} to .{VERSIONS[-1]:02} are read",
        )
    return namespace


def _statement(node: Node, where: str) -> Statement | BadRow:
    faults = list(node.faults)
    account, account_type, currency = None, None, None
    try:
        held = node.one("Acct")
        account = _account(held)
        account_type = _account_type(held)
        currency = held.text("Ccy", missing=None)
    except Unclear as unclear:
        faults.append(str(unclear))
    try:
        found = closing_balance(node, currency)
    except Unclear as unclear:
        return BadRow(where, "; ".join((*faults, str(unclear))))
    if faults or account is None:
        return BadRow(where, "; ".join(faults))
    return Statement(where, account, account_type, found.currency, found.amount, found.as_of)


def _account(held: Node) -> str:
    """The account's identifier: its IBAN as it is printed without spaces, or another one."""
    chosen = held.one("Id")
    iban, other = chosen.optional("IBAN"), chosen.optional("Othr")
    if (iban is None) == (other is None):
        raise Unclear("Acct/Id: an IBAN or another identifier is needed, and one of them")
    if iban is not None:
        text = "".join(iban.content.split()).upper()
    else:
        text = other.text("Id").strip() if other is not None else ""
    if not text:
        raise Unclear("Acct/Id: empty")
    return text


def _account_type(held: Node) -> str | None:
    kind = held.optional("Tp")
    code = None if kind is None else kind.text("Cd", missing=None)
    if code in _NOT_DEPOSITS:
        raise Unclear(f"Acct/Tp: {code} is no account for deposits")
    return code
