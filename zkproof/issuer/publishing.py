"""Lists that an issuer publishes: their keys, and versions in files with their roots on the ledger.

Files are written first and anchored then. What was written and never anchored, because the process
died between the two, is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zkproof import bbs
from zkproof.errors import UsageError
from zkproof.issuer.folder import list_key_file
from zkproof.issuer.issuer import DAY, Issuer
from zkproof.keys import keyring
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.possession import Purpose, prove_possession
from zkproof.ledger.state import PublishedList
from zkproof.lists.publish import (
    Progress,
    Published,
    publish_gaps,
    publish_members,
    publish_status,
    remove_version,
)
from zkproof.trust import LIST_SEPARATOR, ListKind, status_list_id

HOUR = 3600
MAX_HOURS = 24 * 31
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Anchored:
    """A version that is published, and where the ledger says so."""

    list_id: str
    version: int
    not_before: int
    not_after: int
    files: Published
    position: int


class ListKeys:
    """Keys of an issuer's lists, each under a passphrase in the issuer's folder, or in memory."""

    def __init__(self, folder: Path | None, passphrase: Callable[[], str]) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._kept: dict[str, bbs.SigningKey] = {}

    def make(self, name: str) -> bbs.SigningKey:
        """A new key for a list. Raises `UsageError` when there is one."""
        key = bbs.SigningKey.generate()
        if self._folder is not None:
            path = list_key_file(self._folder, name)
            keyring.save(path, {"list": key.export_secret()}, self._passphrase())
        self._kept[name] = key
        return key

    def get(self, name: str) -> bbs.SigningKey:
        """The key of a list. Raises `UsageError` and, for a wrong passphrase, `WalletError`."""
        if name not in self._kept:
            if self._folder is None:
                raise UsageError(f"{name}: no key of this list")
            path = list_key_file(self._folder, name)
            (secret,) = keyring.load(path, self._passphrase(), "list")
            self._kept[name] = bbs.SigningKey.from_octets(secret)
        return self._kept[name]


def open_list(
    issuer: Issuer,
    ledger: Ledger,
    keys: ListKeys,
    name: str,
    *,
    kind: ListKind = ListKind.STATUS,
    location: str | None = None,
) -> int:
    """Make a key for a list and register both; gives the entry's position.

    A key that was made and never registered is used. Raises `UsageError` for a list that is open,
    `LedgerError` when the ledger refuses the entry.
    """
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    if list_id in ledger.state.lists:
        raise UsageError(f"{list_id}: open already")
    made = issuer.folder is not None and list_key_file(issuer.folder, name).exists()
    key = keys.get(name) if made else keys.make(name)
    purpose = Purpose(kind.value)
    body = {
        "list": list_id,
        "kind": kind.value,
        "public_key": key.public_key.octets,
        "possession": prove_possession(
            key, ledger.ledger_id, issuer.issuer_id, list_id, purpose=purpose
        ),
        "location": location,
    }
    return ledger.submit("list-authority", issuer.issuer_id, body, issuer.admin).position


def publish_standing(
    issuer: Issuer,
    ledger: Ledger,
    keys: ListKeys,
    out: Path,
    schema_id: str,
    *,
    hours: int = 24,
    ahead: bool = False,
    progress: Progress | None = None,
) -> Anchored:
    """Publish who is in good standing in the current epoch, or with ``ahead`` in the next one.

    Epochs of ``hours`` begin at multiples of their length. Publish the next one before the current
    one ends: then nobody is without a token for a moment. Raises `UsageError` when the epoch is
    published already.
    """
    if not 0 < hours <= MAX_HOURS:
        raise UsageError(f"--hours: 1 to {MAX_HOURS}")
    list_id = status_list_id(issuer.issuer_id, schema_id)
    known = known_list(ledger, list_id)
    epoch = issuer.clock() // (HOUR * hours) + ahead
    last = known.versions[-1] if known.versions else None
    begin, end = epoch * HOUR * hours, (epoch + 1) * HOUR * hours
    if last is not None:
        begin = max(begin, last.not_before)  # a ledger's versions begin one after the other
        if begin >= end or (begin, end) == (last.not_before, last.not_after):
            raise UsageError(
                f"{list_id}: version {last.version} is published already, for this epoch",
                hint="publish the next one: zkproof lists status --ahead",
            )
    period = begin, end
    version = epoch if last is None else max(epoch, last.version + 1)
    count, ids = issuer.records.standing(schema_id)

    def make(key: bbs.SigningKey) -> Published:
        return publish_status(out, key, list_id, version, ids, count, progress=progress)

    return _publish(issuer, ledger, keys, out, list_id, version, period, ListKind.STATUS, make)


def publish_entries(
    issuer: Issuer,
    ledger: Ledger,
    keys: ListKeys,
    out: Path,
    name: str,
    entries: Sequence[int],
    *,
    days: int = 7,
    progress: Progress | None = None,
) -> Anchored:
    """Publish a new version of a set, or of an exclusion list, that is current for ``days``."""
    require_days(days)
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    known = known_list(ledger, list_id)
    if known.kind is ListKind.STATUS:
        raise UsageError(f"{name}: a status list", hint="zkproof lists status")
    writer = publish_gaps if known.kind is ListKind.GAPS else publish_members
    version = known.versions[-1].version + 1 if known.versions else 1
    now = issuer.clock()

    def make(key: bbs.SigningKey) -> Published:
        return writer(out, key, list_id, version, entries, progress=progress)

    period = now, now + DAY * days
    return _publish(issuer, ledger, keys, out, list_id, version, period, known.kind, make)


def require_days(days: int) -> None:
    """Raises `UsageError` for a time that no version is current."""
    if not 0 < days <= MAX_DAYS:
        raise UsageError(f"--days: 1 to {MAX_DAYS}")


def known_list(ledger: Ledger, list_id: str) -> PublishedList:
    """What the ledger says of a list. Raises `UsageError` for one that is not open."""
    known = ledger.state.lists.get(list_id)
    if known is None:
        raise UsageError(f"{list_id}: no such list on the ledger", hint="zkproof lists open NAME")
    return known


def _publish(
    issuer: Issuer,
    ledger: Ledger,
    keys: ListKeys,
    out: Path,
    list_id: str,
    version: int,
    period: tuple[int, int],
    kind: ListKind,
    make: Callable[[bbs.SigningKey], Published],
) -> Anchored:
    known = known_list(ledger, list_id)
    if known.kind is not kind:
        raise UsageError(f"{list_id}: a list of kind {known.kind.value}")
    key = keys.get(list_id.partition(LIST_SEPARATOR)[2])
    if key.public_key.octets != known.public_key:
        raise UsageError(f"{list_id}: the ledger knows another key")
    remove_version(out, list_id, version)
    made = make(key)
    body = {
        "list": list_id,
        "version": version,
        "not_before": period[0],
        "not_after": period[1],
        "count": made.count,
        "root": made.root,
    }
    done = ledger.submit("list-version", issuer.issuer_id, body, issuer.admin)
    return Anchored(list_id, version, *period, made, done.position)
