"""Lists that an issuer publishes: entries from files, epochs one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.issuer.building import PAYROLL
from tests.issuer.test_issuer import NOW, VALUES, Time
from zkproof import Issuer, Ledger, Wallet
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.issuer.list_entries import read_members, read_numbers
from zkproof.issuer.publishing import (
    HOUR,
    ListKeys,
    open_list,
    publish_entries,
    publish_standing,
    revoke_list_key,
)
from zkproof.trust import ListKind

FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in (1, 2, 3))


@pytest.mark.parametrize(
    "data",
    [
        b"123\n456",
        b"123\r\n456\r\n",
        b"123\r456\r",
        b"\n\n123\n\n 456 \n\n",
        b"\xef\xbb\xbf123\n456\n",
        "123\n456\n".encode("utf-16"),
        b'="123"\n\'456\n',
        "\u00a0123\n456\u00a0".encode(),
        b"0123\n00456\n",
    ],
)
def test_numbers_are_read_as_spreadsheets_write_them(data: bytes) -> None:
    assert read_numbers(data) == [123, 456]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("123\n\nabc", "line 3: not an integer"),
        (f"456\n{FULL_WIDTH}", "line 2: not an integer: digits other"),
        ("\u0661\u0662", "line 1: not an integer: digits other"),
        ("5\n" + "9" * 5000, "line 2: not an integer, of at most 20"),
        ("5\n\n" + "9" * 9000, "line 3: longer than"),
        ("1\n-5", "line 2: not an integer"),
        ("1\n1.5", "line 2: not an integer"),
        ("1\n1E5", "line 2: not an integer"),
        ("1\n0", "line 2: not strictly between"),
        (f"1\n{1 << 40}", "line 2: not strictly between"),
        ("5\n\n7\n05", "line 4: the same number as line 1"),
        ("5\x0b6", "line 1: not an integer"),
        ("5\u20286\n7", "line 1: not an integer"),
    ],
)
def test_entry_that_cannot_be_is_named_by_its_line(text: str, said: str) -> None:
    assert read_numbers(b"5\n7\n") == [5, 7]
    with pytest.raises(UsageError) as caught:
        read_numbers(text.encode())
    assert caught.value.message.startswith(said)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 120


def test_members_are_of_the_type_they_are_like() -> None:
    kind = PAYROLL.attribute("employer").type
    assert len(read_members("永利\n\nWorks\n".encode(), kind)) == 2
    with pytest.raises(UsageError, match="line 3: the same entry as line 1"):
        read_members(b"Works\n\n Works \n", kind)
    with pytest.raises(UsageError, match="line 2"):
        read_members(b"2026-01-01\nMacao\n", PAYROLL.attribute("valid_from").type)


class Office:
    """An issuer with a ledger, lists and a folder that is served."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.time = Time()
        self.issuer = Issuer.create("did:web:works.example", "Works", clock=self.time)
        self.ledger = Ledger.in_memory(issuers=[self.issuer], clock=self.time)
        self.keys = ListKeys(None, lambda: "p")

    def status(self, *, hours: int = 24, ahead: bool = False) -> tuple[int, int, int]:
        done = publish_standing(
            self.issuer,
            self.ledger,
            self.keys,
            self.out,
            "payroll",
            hours=hours,
            ahead=ahead,
        )
        return done.not_before, done.not_after, done.files.count


def test_next_epoch_is_published_before_it_begins(tmp_path: Path) -> None:
    office = Office(tmp_path)
    wallet = Wallet.in_memory(clock=office.time)
    offer = office.issuer.offer(PAYROLL, VALUES)
    office.issuer.issue(offer, wallet.commit(offer))
    open_list(office.issuer, office.ledger, office.keys, "payroll", kind=ListKind.STATUS)
    first = office.status(hours=2)
    assert first[0] <= NOW < first[1]
    with pytest.raises(ConflictError, match="published already") as caught:
        office.status(hours=2)
    assert "--ahead" in str(caught.value.hint)
    second = office.status(hours=2, ahead=True)
    assert second[0] == first[1]
    assert first[2] == second[2] == 1
    with pytest.raises(ConflictError, match="published already"):
        office.status(hours=2, ahead=True)
    office.time.now = second[0] + 10
    with pytest.raises(ConflictError, match="published already"):
        office.status(hours=2)
    assert office.status(hours=2, ahead=True)[0] == second[1]


def test_length_of_epochs_can_change(tmp_path: Path) -> None:
    office = Office(tmp_path)
    open_list(office.issuer, office.ledger, office.keys, "payroll")
    office.status(hours=1)
    office.time.now += 6 * HOUR
    long = office.status(hours=24)
    assert office.status(hours=1, ahead=True)[0] == long[1]


def test_list_is_opened_once_and_published_by_its_kind(tmp_path: Path) -> None:
    office = Office(tmp_path)
    arguments = office.issuer, office.ledger, office.keys
    with pytest.raises(NotFoundError, match="no such list"):
        publish_entries(*arguments, tmp_path, "barred", [5])
    open_list(*arguments, "barred", kind=ListKind.GAPS)
    with pytest.raises(ConflictError, match="open already"):
        open_list(*arguments, "barred", kind=ListKind.GAPS)
    assert publish_entries(*arguments, tmp_path, "barred", [5, 7]).version == 1
    assert publish_entries(*arguments, tmp_path, "barred", [5]).version == 2
    for days in (0, -1, 367, 10**20):
        with pytest.raises(UsageError, match="--days"):
            publish_entries(*arguments, tmp_path, "barred", [5], days=days)
    open_list(*arguments, "payroll")
    with pytest.raises(UsageError, match="status list"):
        publish_entries(*arguments, tmp_path, "payroll", [5])


def test_list_key_that_was_never_registered_is_used(tmp_path: Path) -> None:
    time = Time()
    home = tmp_path / "works"
    issuer = Issuer.create("did:web:w", "W", folder=home, passphrase="p", clock=time)
    ledger = Ledger.in_memory(issuers=[issuer], clock=time)
    key = ListKeys(home, lambda: "p").make("a/../b")
    open_list(issuer, ledger, ListKeys(home, lambda: "p"), "a/../b", kind=ListKind.GAPS)
    assert ledger.state.lists["did:web:w#a/../b"].public_key == key.public_key.octets
    assert not [path for path in tmp_path.rglob("*.key") if path.parent != home]


def test_good_standing_by_gaps_lists_revoked_records_only(tmp_path: Path) -> None:
    office = Office(tmp_path)
    wallet = Wallet.in_memory(clock=office.time)
    offer, other = (office.issuer.offer(PAYROLL, VALUES) for _ in range(2))
    for each in (offer, other):
        office.issuer.issue(each, wallet.commit(each))
    open_list(office.issuer, office.ledger, office.keys, "payroll")
    assert office.status()[2] == 0
    office.issuer.revoke(offer, "lost")
    assert office.status(ahead=True)[2] == 1
    assert office.issuer.records.revoked("payroll", today=1 << 30) == [], "it has ended"


def test_versions_are_six_hours_apart_and_begin_no_earlier_than_now(tmp_path: Path) -> None:
    office = Office(tmp_path)
    arguments = office.issuer, office.ledger, office.keys
    open_list(*arguments, "barred", kind=ListKind.GAPS)
    first, second = (publish_entries(*arguments, tmp_path, "barred", [5]) for _ in range(2))
    assert first.not_before == office.time.now
    assert second.not_before == first.not_before + 6 * HOUR


def test_list_whose_key_was_stolen_goes_on_under_another(tmp_path: Path) -> None:
    office = Office(tmp_path)
    arguments = office.issuer, office.ledger, office.keys
    open_list(*arguments, "payroll")
    office.status()
    revoke_list_key(*arguments, "payroll", "stolen")
    with pytest.raises(ConflictError, match="key was revoked"):
        office.status(ahead=True)
    open_list(*arguments, "payroll")
    office.status()
    versions = office.ledger.trust().lists["did:web:works.example#payroll"]
    assert [each.key_revoked for each in versions] == [True, False]
    assert versions[1].used_from == office.time.now
