"""A node that lies, forks, stalls, reorders and drops: an error with a type, or the truth."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.building import BANK, ROOT, anchor, governed, registration
from tests.ledger.evm.chains import deployed, no_sleep, opened, reader_of
from tests.ledger.evm.nodes import Anvil, Proxy, Refuse, Silent
from zkproof.clock import system_clock
from zkproof.errors import LedgerError, ZkProofError
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.node import Node, NodeError
from zkproof.ledger.evm.walking import TRIES, Dropped, Rewritten
from zkproof.ledger.following import follow
from zkproof.ledger.founding import MIRROR, PINS
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.reader import LedgerReader
from zkproof.trust import TrustView

Ask = Callable[[], Any]


class Liar:
    """Honest until ``lie`` is set."""

    def __init__(self, anvil: Anvil) -> None:
        self.lie: Callable[[str, list[Any], Ask], Any] | None = None
        self.proxy = Proxy(anvil.address, self._twist)

    def _twist(self, method: str, params: list[Any], ask: Ask) -> Any:
        return ask() if self.lie is None else self.lie(method, params, ask)


class Story:
    """A ledger of two blocks with several entries each, the last one suspends the bank."""

    def __init__(self, anvil: Anvil, folder: Path) -> None:
        self.writer = opened(anvil.address, deployed(anvil), folder / "writer")
        self.writer.append_many([ROOT, registration()])
        self.writer.append_many([anchor(k) for k in (1, 3, 5)])
        self.early = reader_of(self.writer).trust_view()
        self.past = anvil.ask("eth_blockNumber")
        self.writer.append(governed("issuer-suspend", {"issuer": BANK, "reason": "audit"}))
        self.truth = reader_of(self.writer).trust_view()


@pytest.fixture
def liar(anvil: Anvil) -> Iterator[Liar]:
    made = Liar(anvil)
    yield made
    made.proxy.close()


@pytest.fixture(scope="module")
def story(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    made = Story(anvil, tmp_path_factory.mktemp("story"))
    yield made
    made.writer.close()


@pytest.fixture
def victim(liar: Liar, story: Story, tmp_path: Path) -> Iterator[Chain]:
    """Reads through the liar, and begins with nothing."""
    made = opened(
        liar.proxy.address, story.writer.pins, tmp_path / "victim", account=None, sleep=no_sleep
    )
    yield made
    made.close()


def seen(victim: Chain) -> TrustView:
    return reader_of(victim).trust_view()


def test_honest_node_gives_the_truth(liar: Liar, story: Story, victim: Chain) -> None:
    assert seen(victim) == story.truth
    assert liar.proxy.calls["eth_getLogs"] == 3  # one for each block that has entries


def on_logs(change: Callable[[list[Any]], Any]) -> Callable[[str, list[Any], Ask], Any]:
    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        found = ask()
        return change(found) if method == "eth_getLogs" else found

    return lie


def _edited(name: str, value: Callable[[str], str]) -> Callable[[list[Any]], Any]:
    return lambda logs: [{**each, name: value(each[name])} for each in logs]


def _flipped(text: str, at: int) -> str:
    digit = "0" if text[at] != "0" else "1"
    return text[:at] + digit + text[at + 1 :]


OTHER = "0x" + "22" * 32
LIES = {
    "drops all events": on_logs(lambda logs: []),
    "drops the first event of a block": on_logs(lambda logs: logs[1:]),
    "drops the last event of a block": on_logs(lambda logs: logs[:-1]),
    "drops an event in the middle": on_logs(lambda logs: logs[:1] + logs[2:]),
    "repeats an event": on_logs(lambda logs: logs + logs[-1:]),
    "changes the last octet of an entry": on_logs(_edited("data", lambda d: d[:-70] + "ff" * 35)),
    "changes a position": on_logs(_edited("data", lambda d: _flipped(d, 2 + 63))),
    "changes a back-pointer": on_logs(_edited("data", lambda d: _flipped(d, 2 + 64 + 60))),
    "changes a time": on_logs(_edited("data", lambda d: _flipped(d, 2 + 128 + 60))),
    "changes a kind": on_logs(_edited("data", lambda d: _flipped(d, 2 + 192 + 63))),
    "changes an author": on_logs(_edited("data", lambda d: _flipped(d, 2 + 256 + 10))),
    "changes a nonce": on_logs(_edited("data", lambda d: _flipped(d, 2 + 320 + 10))),
    "changes a subject": on_logs(_edited("data", lambda d: _flipped(d, 2 + 384 + 10))),
    "changes a link": on_logs(_edited("data", lambda d: _flipped(d, 2 + 448 + 10))),
    "cuts the data": on_logs(_edited("data", lambda d: d[:-64])),
    "adds to the data": on_logs(_edited("data", lambda d: d + "00" * 32)),
    "moves events to another block": on_logs(_edited("blockNumber", lambda n: hex(int(n, 16) + 1))),
    "speaks of another contract": on_logs(_edited("address", lambda a: "0x" + "11" * 20)),
    "speaks of another event": on_logs(
        lambda logs: [{**e, "topics": ["0x" + "22" * 32]} for e in logs]
    ),
    "swaps two events": on_logs(
        lambda logs: (
            [{**a, "logIndex": b["logIndex"]} for a, b in zip(logs, logs[::-1], strict=True)]
            if len(logs) > 1
            else []
        )
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_events_that_are_not_the_contracts_are_noticed(
    liar: Liar, story: Story, victim: Chain, name: str
) -> None:
    liar.lie = LIES[name]
    with pytest.raises((Dropped, NodeError)):
        victim.follow()
    assert victim.mirror.checkpoint() is None
    liar.lie = None
    assert seen(victim) == story.truth


def test_reordered_answer_is_put_in_order(liar: Liar, story: Story, victim: Chain) -> None:
    liar.lie = on_logs(lambda logs: logs[::-1])
    assert seen(victim) == story.truth


def test_events_missing_once_are_asked_for_again(liar: Liar, story: Story, victim: Chain) -> None:
    left = [TRIES - 1]

    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_getLogs" and left[0]:
            left[0] -= 1
            return []
        return ask()

    liar.lie = lie
    assert seen(victim) == story.truth
    assert left == [0]


def test_newest_entry_held_back_from_a_reader_that_has_seen_it_is_noticed(
    liar: Liar, story: Story, victim: Chain
) -> None:
    """The node shows the chain as it was before the suspension."""
    assert seen(victim) == story.truth

    def as_before(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_call":
            params[1] = story.past
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            params[0] = story.past
        return ask()

    liar.lie = as_before
    with pytest.raises(Rewritten, match="5 entries, 6 were seen"):
        victim.follow()
    assert victim.mirror.state() == reader_of(story.writer).state


def test_newest_entry_held_back_from_a_newcomer_gives_an_older_truth_with_its_age(
    liar: Liar, story: Story, victim: Chain
) -> None:
    """This is what a single node can do to somebody who has seen nothing: it is not undone, but
    nothing is forged, and what is shown says how old it is.
    """

    def as_before(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_call":
            params[1] = story.past
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            params[0] = story.past
        return ask()

    liar.lie = as_before
    assert seen(victim).root_hash == story.early.root_hash
    assert seen(victim).as_of <= story.truth.as_of
    victim_reader = LedgerReader(victim.pins)
    follow(victim_reader, victim.mirror.path, now=system_clock())
    late = system_clock() + victim.pins.max_age + 60
    with pytest.raises(LedgerError, match="older than the age limit"):
        follow(victim_reader, victim.mirror.path, now=late)


def test_mirror_that_was_lost_is_not_made_anew_from_a_lie(
    liar: Liar, story: Story, tmp_path: Path
) -> None:
    """What the reader believed stands beside it: an older state of the chain is refused, and once
    the node speaks the truth again, it is read.
    """
    state = tmp_path / "state"
    state.mkdir()
    (state / PINS).write_bytes(story.writer.pins.to_json())
    place = story.writer.pins.contract
    reader = Ledger.evm(liar.proxy.address, place, state=state)
    assert reader.trust().root_hash == story.truth.root_hash
    reader.close()
    (state / MIRROR).unlink()

    def as_before(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_call":
            params[1] = story.past
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            params[0] = story.past
        return ask()

    liar.lie = as_before
    reader = Ledger.evm(liar.proxy.address, place, state=state)
    with pytest.raises(Rewritten):
        reader.trust()
    liar.lie = None
    assert reader.trust().root_hash == story.truth.root_hash
    reader.close()


def test_address_of_a_node_may_hold_a_secret_and_is_not_shown(liar: Liar) -> None:
    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        raise Silent

    liar.lie = lie
    node = Node(f"{liar.proxy.address}/api-key-4711", sleep=no_sleep)
    with pytest.raises(NodeError, match=liar.proxy.address) as away:
        node.chain_id()
    assert "4711" not in str(away.value)


def test_another_history_of_the_same_length_is_noticed_by_whoever_saw_the_truth(
    liar: Liar, story: Story, victim: Chain
) -> None:
    known = seen(victim)
    assert known == story.truth

    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        found = ask()
        return _flipped(found, 2 + 128 + 10) if method == "eth_call" else found

    liar.lie = lie
    with pytest.raises(Rewritten, match="other than those"):
        victim.follow()
    liar.lie = None
    assert seen(victim) == known


ANSWERS: dict[str, Any] = {
    "null": None,
    "a number": 5,
    "a text": "0xzz",
    "a list": [[]],
    "an object": {"number": "0x1"},
    "deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
    "a negative number": "0x-1",
    "a huge number": "0x" + "f" * 64,
    "a padded number": "0x01",
    "raw octets": b"<html>not JSON",
    "another call": b'{"jsonrpc":"2.0","id":987654,"result":"0x1"}',
    "a batch": b'[{"jsonrpc":"2.0","id":1,"result":"0x1"}]',
    "an error without words": b'{"jsonrpc":"2.0","id":null,"error":7}',
    "no result": b'{"jsonrpc":"2.0","id":1}',
}
METHODS = ("eth_chainId", "eth_getCode", "eth_getBlockByNumber", "eth_call", "eth_getLogs")


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_that_are_none_give_an_error_with_a_type(
    liar: Liar, story: Story, victim: Chain, answer: str
) -> None:
    for method in METHODS:

        def lie(asked: str, params: list[Any], ask: Ask, lying: str = method) -> Any:
            return ANSWERS[answer] if asked == lying else ask()

        liar.lie = lie
        victim._checked = False
        try:
            victim.follow()
        except LedgerError:
            assert victim.mirror.checkpoint() is None
        else:  # some of these are code, if odd code
            assert method == "eth_getCode"
            victim.forget()
    liar.lie = None
    assert seen(victim) == story.truth


def test_node_that_is_away_or_hangs_up_is_asked_a_few_times(
    liar: Liar, story: Story, victim: Chain
) -> None:
    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        raise Silent

    liar.lie = lie
    with pytest.raises(NodeError, match="cannot be reached") as away:
        victim.follow()
    assert liar.proxy.calls["eth_chainId"] == 3
    assert away.value.hint is not None


def test_any_octet_changed_in_any_answer_gives_the_truth_or_an_error(
    liar: Liar, story: Story, victim: Chain
) -> None:
    """Random changes of hexadecimal digits, all over, from seeds."""
    noise = random.Random(13)
    caught = 0

    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        return _noisy(copy.deepcopy(ask()), noise)

    for _ in range(20):
        liar.lie = lie
        victim._checked = False
        try:
            victim.follow()
        except ZkProofError:
            caught += 1
            continue
        liar.lie = None
        found = seen(victim)
        assert (found.root_hash, found.tree_size) == (story.truth.root_hash, story.truth.tree_size)
        victim.forget()
    assert 5 < caught < 20
    liar.lie = None
    victim.forget()
    assert seen(victim) == story.truth


def test_node_that_refuses_with_words_is_quoted_without_control_characters(
    liar: Liar, story: Story, victim: Chain
) -> None:
    def lie(method: str, params: list[Any], ask: Ask) -> Any:
        raise Refuse(-32000, "no\x1b[31m\nred")

    liar.lie = lie
    with pytest.raises(NodeError, match=r"eth_chainId: no\[31mred") as refused:
        victim.follow()
    assert refused.value.code == -32000


def _noisy(value: Any, noise: random.Random) -> Any:
    """One hexadecimal digit of the value changed, now and then."""
    if noise.random() < 0.6:
        return value
    if isinstance(value, str) and len(value) > 3:
        return _flipped(value, noise.randrange(2, len(value)))
    if isinstance(value, list) and value:
        index = noise.randrange(len(value))
        return [_noisy(e, noise) if i == index else e for i, e in enumerate(value)]
    if isinstance(value, dict) and value:
        name = noise.choice(sorted(value))
        return {**value, name: _noisy(value[name], noise)}
    return value
