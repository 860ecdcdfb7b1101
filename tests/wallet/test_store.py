"""The wallet's file: what it gives away, what damage does, and that changes are all or nothing."""

from __future__ import annotations

import errno
import inspect
import os
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zkproof.errors import NotFoundError, WalletError
from zkproof.keys import sealed
from zkproof.keys.sealed import Kind
from zkproof.wallet import store

PASSPHRASE = "correct horse"
CONTENT = b"link secret and credentials"


@pytest.fixture
def path(tmp_path: Path, little_work: None) -> Path:
    target = tmp_path / "wallet.zkp"
    store.write_new(target, CONTENT, PASSPHRASE)
    return target


def visible(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith(".lock"))


def test_container_is_what_the_description_says(tmp_path: Path) -> None:
    """Opened by hand, at the real work factor."""
    path = tmp_path / "wallet.zkp"
    store.write_new(path, CONTENT, PASSPHRASE)
    data = path.read_bytes()
    assert data[:10] == b"ZKPWALLT" + bytes((1, 17))
    key = Scrypt(salt=data[10:26], length=32, n=1 << 17, r=8, p=1).derive(PASSPHRASE.encode())
    assert AESGCM(key).decrypt(data[26:38], data[38:], data[:38]) == CONTENT
    assert store.read_file(path, PASSPHRASE) == CONTENT
    assert len(data) == 38 + len(CONTENT) + 16


def test_content_comes_back_and_is_not_readable_on_disk(path: Path) -> None:
    assert store.read_file(path, PASSPHRASE) == CONTENT
    assert CONTENT[:8] not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with store.locked(path):
        store.write_file(path, b"other", PASSPHRASE)
    assert store.read_file(path, PASSPHRASE) == b"other"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert visible(path.parent) == [path.name]


def test_same_content_never_looks_the_same(little_work: None) -> None:
    first, second = (sealed.seal(CONTENT, PASSPHRASE, kind=Kind.WALLET) for _ in range(2))
    assert first[10:26] != second[10:26]
    assert first[26:38] != second[26:38]
    assert first[38:] != second[38:]


def test_wrong_passphrase_is_an_error_with_a_hint(path: Path) -> None:
    for wrong in ("correct horsf", "Correct horse", "correct horse ", "x"):
        with pytest.raises(WalletError, match="wrong passphrase") as caught:
            store.read_file(path, wrong)
        assert caught.value.hint
        assert wrong not in str(caught.value)
        assert caught.value.__cause__ is None


def test_passphrase_is_the_same_however_it_was_typed(tmp_path: Path, little_work: None) -> None:
    composed, decomposed = (unicodedata.normalize(form, "São José") for form in ("NFC", "NFD"))
    assert composed != decomposed
    store.write_new(tmp_path / "w", CONTENT, decomposed)
    assert store.read_file(tmp_path / "w", composed) == CONTENT


@pytest.mark.parametrize("passphrase", ["", "\udc80"])
def test_passphrase_that_cannot_be_used_is_refused(path: Path, passphrase: str) -> None:
    with pytest.raises(WalletError, match="passphrase"):
        store.change_passphrase(path, PASSPHRASE, passphrase)
    with pytest.raises(WalletError, match="passphrase"):
        store.read_file(path, passphrase)
    assert store.read_file(path, PASSPHRASE) == CONTENT


def test_file_cut_short_anywhere_is_refused(path: Path) -> None:
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(WalletError) as caught:
            store.read_file(path, PASSPHRASE)
        assert caught.value.hint
    path.write_bytes(data)
    assert store.read_file(path, PASSPHRASE) == CONTENT


def test_changed_octet_anywhere_is_refused(path: Path) -> None:
    data = path.read_bytes()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(WalletError):
            store.read_file(path, PASSPHRASE)
    for longer in (data + b"\0", b"\0" + data, data + data):
        path.write_bytes(longer)
        with pytest.raises(WalletError):
            store.read_file(path, PASSPHRASE)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=100))
def test_octets_from_anywhere_are_refused(little_work: None, data: bytes) -> None:
    for candidate in (data, b"ZKPWALLT\x01\x0a" + data):
        with pytest.raises(WalletError):
            sealed.unseal(candidate, PASSPHRASE, kind=Kind.WALLET)


@pytest.mark.parametrize("log_n", [0, 10, 16, 19, 31, 255])
def test_work_factor_out_of_range_is_refused_without_work(
    log_n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(sealed.seal(CONTENT, PASSPHRASE, kind=Kind.WALLET))

    def derive(*_: object) -> bytes:
        raise AssertionError("work was done")

    monkeypatch.setattr(sealed, "_stretch", derive)
    with pytest.raises(AssertionError, match="work was done"):
        sealed.unseal(bytes(data), PASSPHRASE, kind=Kind.WALLET)
    data[9] = log_n
    with pytest.raises(WalletError, match="work factor"):
        sealed.unseal(bytes(data), PASSPHRASE, kind=Kind.WALLET)


def test_nothing_public_takes_a_work_factor() -> None:
    """What makes tests fast cannot be reached from a program by accident."""
    public = [
        each
        for module in (sealed, store)
        for name, each in vars(module).items()
        if inspect.isfunction(each) and not name.startswith("_")
    ]
    assert len(public) > 8
    for function in public:
        assert not {"n", "log_n", "work"} & set(inspect.signature(function).parameters)


def test_keyring_is_no_wallet(tmp_path: Path, little_work: None) -> None:
    keyring = sealed.seal_keys({"log": b"\1" * 32}, PASSPHRASE)
    assert sealed.unseal_keys(keyring, PASSPHRASE, "log") == [b"\1" * 32]
    (tmp_path / "w").write_bytes(keyring)
    with pytest.raises(WalletError, match="not one"):
        store.read_file(tmp_path / "w", PASSPHRASE)
    # The kind is authenticated too.
    with pytest.raises(WalletError, match="was changed"):
        sealed.unseal(b"ZKPWALLT" + keyring[8:], PASSPHRASE, kind=Kind.WALLET)
    with pytest.raises(NotFoundError, match="does not hold the keys"):
        sealed.unseal_keys(keyring, PASSPHRASE, "log", "governance")


def test_passphrase_changes(path: Path) -> None:
    copy = path.read_bytes()
    store.change_passphrase(path, PASSPHRASE, "new")
    assert store.read_file(path, "new") == CONTENT
    with pytest.raises(WalletError, match="wrong passphrase"):
        store.read_file(path, PASSPHRASE)
    with pytest.raises(WalletError, match="wrong passphrase"):
        store.change_passphrase(path, PASSPHRASE, "newer")
    path.write_bytes(copy)
    assert store.read_file(path, PASSPHRASE) == CONTENT


def test_existing_file_is_not_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(WalletError, match="exists already"):
        store.write_new(path, b"other", PASSPHRASE)
    assert path.read_bytes() == before


def failing(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("failure", "raised"), [(failing, WalletError), (interrupted, KeyboardInterrupt)]
)
def test_write_that_fails_leaves_the_wallet_as_it_was(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    failure: Callable[..., None],
    raised: type[BaseException],
) -> None:
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, step, failure)
        with store.locked(path), pytest.raises(raised):
            store.write_file(path, b"other", PASSPHRASE)
    assert path.read_bytes() == before
    assert visible(path.parent) == [path.name]
    with store.locked(path):
        store.write_file(path, b"other", PASSPHRASE)
    assert store.read_file(path, PASSPHRASE) == b"other"


@pytest.mark.parametrize(
    ("failure", "raised"), [(failing, WalletError), (interrupted, KeyboardInterrupt)]
)
def test_new_file_that_fails_is_not_left_half_written(
    tmp_path: Path,
    little_work: None,
    monkeypatch: pytest.MonkeyPatch,
    failure: Callable[..., None],
    raised: type[BaseException],
) -> None:
    path = tmp_path / "new.zkp"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failure)
        with pytest.raises(raised):
            store.write_new(path, CONTENT, PASSPHRASE)
    assert visible(tmp_path) == []
    store.write_new(path, CONTENT, PASSPHRASE)
    assert visible(tmp_path) == ["new.zkp"]


def test_new_content_is_on_disk_before_the_old_one_is_gone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    for name in ("fsync", "replace"):
        original = getattr(os, name)

        def noted(*values: Any, name: str = name, original: Any = original) -> None:
            steps.append(name)
            original(*values)

        monkeypatch.setattr(os, name, noted)
    with store.locked(path):
        store.write_file(path, b"other", PASSPHRASE)
    assert steps == ["fsync", "replace", "fsync"]


def test_what_a_killed_writer_left_is_cleared_away(path: Path) -> None:
    left = path.parent / f".{path.name}.abc123.tmp"
    left.write_bytes(b"half")
    other = path.parent / ".other.zkp.abc123.tmp"
    other.write_bytes(b"half")
    with store.locked(path):
        pass
    assert visible(path.parent) == [other.name, path.name]


def test_link_to_the_wallet_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.zkp"
    link.symlink_to(path)
    with store.locked(link):
        store.write_file(link, b"other", PASSPHRASE)
        with pytest.raises(WalletError, match="in use"), store.locked(path):
            pass
    assert link.is_symlink()
    assert store.read_file(path, PASSPHRASE) == b"other"


HOLDING = """
import sys
from pathlib import Path
from zkproof.wallet import store
with store.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_process_is_told_that_the_wallet_is_in_use(path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(WalletError, match="in use by another process"), store.locked(path):
        pass
    process.kill()
    process.communicate()
    with store.locked(path):
        pass


def test_places_without_a_wallet_are_named(tmp_path: Path, little_work: None) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, rule in (
        ("absent", "cannot read absent"),
        ("folder", "cannot read folder|no file"),
        ("pipe", "pipe is no file"),
    ):
        with pytest.raises(WalletError, match=rule):
            store.read_file(tmp_path / name, PASSPHRASE)
    nowhere = tmp_path / "no" / "wallet"
    with pytest.raises(WalletError, match="not written"):
        store.write_new(nowhere, CONTENT, PASSPHRASE)
    with pytest.raises(WalletError, match="not written"):
        store.write_file(nowhere, CONTENT, PASSPHRASE)
    with pytest.raises(WalletError, match="cannot be locked"), store.locked(nowhere):
        pass


def test_content_too_large_to_be_read_back_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_CONTENT_BYTES", 100)
    monkeypatch.setattr(store, "_MAX_FILE_BYTES", 160)
    with store.locked(path):
        store.write_file(path, bytes(100), PASSPHRASE)
        assert store.read_file(path, PASSPHRASE) == bytes(100)
        with pytest.raises(WalletError, match="too much"):
            store.write_file(path, bytes(101), PASSPHRASE)
    path.write_bytes(bytes(161))
    with pytest.raises(WalletError, match="too large"):
        store.read_file(path, PASSPHRASE)
