"""Lists that an issuer publishes: their keys, and versions in files with their roots on the ledger.

Files are written first and anchored then. What was written and never anchored, because the process
died between the two, is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zkproof import bbs
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.issuer.folder import list_key_file
from zkproof.issuer.issuer import DAY, Issuer
from zkproof.keys import keyring
from zkproof.ledger.entries import make_entry
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.possession import Purpose, prove_possession
from zkproof.ledger.state import PublishedList
from zkproof.lists.layout import Edition
from zkproof.lists.publish import Progress, publish_gaps, publish_members, publish_status
from zkproof.lists.writing import Published, remove_version
from zkproof.trust import (
    LIST_SEPARATOR,
    OWN_BITS_CAP,
    VERSION_INTERVAL,
    ListKind,
    ListVersion,
    Spread,
    status_list_id,
)

HOUR = 3600
MAX_HOURS = 24 * 31
MAX_DAYS = 366

_STANDING = frozenset(((ListKind.STATUS, Spread.PREFIX), (ListKind.GAPS, Spread.PREFIX)))
"""Forms of lists that say which records are in good standing."""

Begins = Callable[[PublishedList, int], int]
"""When the next version of a list begins, if it is published at that time.

Raises `ConflictError`.
"""


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
        """A new key for a list. Raises `ConflictError` when there is one."""
        key = bbs.SigningKey.generate()
        if self._folder is not None:
            path = list_key_file(self._folder, name)
            keyring.save(path, {"list": key.export_secret()}, self._passphrase())
        self._kept[name] = key
        return key

    def get(self, name: str) -> bbs.SigningKey:
        """The key of a list. Raises `NotFoundError` and, for a wrong passphrase, `WalletError`."""
        if name not in self._kept:
            if self._folder is None:
                raise NotFoundError(f"{name}: no key of this list")
            path = list_key_file(self._folder, name)
            (secret,) = keyring.load(path, self._passphrase(), "list")
            self._kept[name] = bbs.SigningKey.from_octets(secret)
        return self._kept[name]

    def retire(self, name: str) -> None:
        """Put the key of a list aside; the next one can be made."""
        self._kept.pop(name, None)
        if self._folder is not None:
            path = list_key_file(self._folder, name)
            if path.exists():
                path.rename(path.with_suffix(".revoked"))


def open_list(
    issuer: Issuer,
    ledger: Ledger,
    keys: ListKeys,
    name: str,
    *,
    kind: ListKind | None = None,
    spread: Spread | None = None,
    location: str | None = None,
) -> int:
    """Make a key for a list and register both; gives the entry's position.

    Without a kind it is a list of good standing, by the gaps between revoked records. ``spread`` is
    that of the attribute whose values a set holds (`zkproof.credential.list_proof.spread_of`). A
    key that was made and never registered is used. Raises `ConflictError` for a list that is open,
    `LedgerError` when the ledger refuses the entry.
    """
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    known = ledger.state.lists.get(list_id)
    if known is not None and known.public_key is not None:
        raise ConflictError(f"{list_id}: open already")
    made = issuer.folder is not None and list_key_file(issuer.folder, name).exists()
    key = keys.get(name) if made else keys.make(name)
    spread = spread or _usual_spread(kind, name, ledger)
    kind = kind or ListKind.GAPS
    purpose = Purpose(kind.value)
    body = {
        "list": list_id,
        "kind": kind.value,
        "spread": spread.value,
        "bits_cap": OWN_BITS_CAP,
        "public_key": key.public_key.octets,
        "possession": prove_possession(
            key, ledger.ledger_id, issuer.issuer_id, list_id, purpose=purpose
        ),
        "location": location,
    }
    return ledger.submit("list-authority", issuer.issuer_id, body, issuer.admin).position


def revoke_list_key(issuer: Issuer, ledger: Ledger, keys: ListKeys, name: str, reason: str) -> int:
    """Revoke a list's key that was stolen: nothing signed with it is believed any more; gives the
    entry's position. `open_list` registers another one. Raises `NotFoundError`,
    `ConflictError` and `LedgerError`.
    """
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    key = known_list(ledger, list_id).public_key
    if key is None:
        raise ConflictError(f"{list_id}: its key was revoked before")
    body = {"list": list_id, "public_key": key, "reason": reason}
    done = ledger.submit("list-revoke-key", issuer.issuer_id, body, issuer.admin)
    keys.retire(name)
    return done.position


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
    """Publish who is in good standing from now on, or with ``ahead`` from the newest epoch's end.

    An epoch has ``hours``, and six at least. Publish the next one before the current one ends: then
    nobody is without a proof for a moment. Raises `ConflictError` when the epoch is published
    already.
    """
    if not 0 < hours <= MAX_HOURS:
        raise UsageError(f"--hours: 1 to {MAX_HOURS}")
    list_id = status_list_id(issuer.issuer_id, schema_id)

    def begins(known: PublishedList, now: int) -> int:
        last = _last_believed(known)
        if last is None:
            return now
        if last.not_before > now or (last.not_after > now and not ahead):
            raise ConflictError(
                f"{list_id}: version {last.version} is published already, for this epoch",
                hint="publish the next one: zkproof lists status --ahead",
            )
        return max(_earliest(known, now), last.not_after if ahead else now)

    def make(key: bbs.SigningKey, edition: Edition) -> Published:
        if edition.kind is ListKind.GAPS:
            revoked = issuer.records.revoked(schema_id, today=issuer.clock() // DAY)
            return publish_gaps(out, key, edition, revoked, progress=progress)
        count, ids = issuer.records.standing(schema_id)
        return publish_status(out, key, edition, ids, count, progress=progress)

    seconds = max(HOUR * hours, VERSION_INTERVAL)
    return _publish(_Office(issuer, ledger, keys, out), list_id, (begins, seconds), True, make)


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
    """Publish a new version of a set, or of an exclusion list, that is current for ``days``.

    It begins now, or six hours after the version before.
    """
    require_days(days)
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"

    def make(key: bbs.SigningKey, edition: Edition) -> Published:
        writer = publish_gaps if edition.kind is ListKind.GAPS else publish_members
        return writer(out, key, edition, entries, progress=progress)

    period = (_earliest, DAY * days)
    return _publish(_Office(issuer, ledger, keys, out), list_id, period, False, make)


def require_days(days: int) -> None:
    """Raises `UsageError` for a time that no version is current."""
    if not 0 < days <= MAX_DAYS:
        raise UsageError(f"--days: 1 to {MAX_DAYS}")


def known_list(ledger: Ledger, list_id: str) -> PublishedList:
    """What the ledger says of a list. Raises `NotFoundError` for one that is not open."""
    known = ledger.state.lists.get(list_id)
    if known is None:
        raise NotFoundError(
            f"{list_id}: no such list on the ledger", hint="zkproof lists open NAME"
        )
    return known


@dataclass(frozen=True, slots=True)
class _Office:
    """Who publishes, where it is anchored, and where files go."""

    issuer: Issuer
    ledger: Ledger
    keys: ListKeys
    out: Path


def _publish(
    office: _Office,
    list_id: str,
    period: tuple[Begins, int],
    standing: bool,
    make: Callable[[bbs.SigningKey, Edition], Published],
) -> Anchored:
    issuer, ledger = office.issuer, office.ledger
    known, name = known_list(ledger, list_id), list_id.partition(LIST_SEPARATOR)[2]
    if ((known.kind, known.spread) in _STANDING) is not standing:
        if standing:
            raise UsageError(f"{list_id}: a list of kind {known.kind.value}, for other values")
        raise UsageError(f"{name}: a status list", hint="zkproof lists status")
    if known.public_key is None:
        raise ConflictError(f"{list_id}: its key was revoked", hint="zkproof lists open NAME")
    begins, seconds = period
    begins(known, issuer.clock())  # before anything is signed
    key = office.keys.get(name)
    if key.public_key.octets != known.public_key:
        raise ConflictError(f"{list_id}: the ledger knows another key")
    version = known.versions[-1].version + 1 if known.versions else 1
    remove_version(office.out, list_id, version)
    edition = Edition(
        ledger_id=ledger.ledger_id,
        list_id=list_id,
        kind=known.kind,
        spread=known.spread,
        version=version,
        bits_cap=known.bits_cap,
    )
    made = make(key, edition)
    now = issuer.clock()
    begin = begins(known, now)
    body = {
        "list": list_id,
        "version": version,
        "not_before": begin,
        "not_after": begin + seconds,
        "count": made.count,
        "root": made.root,
    }
    # Dated by the clock that the period was taken from: a version begins no earlier than its entry.
    entry = make_entry(
        ledger.ledger_id, "list-version", issuer.issuer_id, body, issuer.admin, now=now
    )
    done = ledger.append(entry)
    return Anchored(list_id, version, begin, begin + seconds, made, done.position)


def _usual_spread(kind: ListKind | None, name: str, ledger: Ledger) -> Spread:
    """That of record identifiers for good standing, of other integers for exclusion lists."""
    if kind is None or kind is ListKind.STATUS:
        return Spread.PREFIX
    if kind is ListKind.GAPS:
        of_schema = any(each.id == name for each in ledger.state.schemas.values())
        return Spread.PREFIX if of_schema else Spread.BLOCK
    return Spread.HASH


def _last_believed(known: PublishedList) -> ListVersion | None:
    believed = [each for each in known.versions if not each.key_revoked]
    return believed[-1] if believed else None


def _earliest(known: PublishedList, now: int) -> int:
    """When the next version of a list may begin."""
    last = _last_believed(known)
    return now if last is None else max(now, last.not_before + VERSION_INTERVAL)
