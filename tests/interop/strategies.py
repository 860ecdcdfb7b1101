"""What both sides are given: any messages, any selection of them, either ciphersuite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from zkproof import bbs

PEER_SUITES = {
    bbs.Suite.SHA256: "BLS12-381-SHA-256",
    bbs.Suite.SHAKE256: "BLS12-381-SHAKE-256",
}

few = settings(max_examples=8, deadline=None, print_blob=True)
"""The peer needs tenths of a second for each operation."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Messages, and the indexes of those that are shown."""

    messages: list[bytes]
    indexes: list[int]

    @property
    def shown(self) -> list[bytes]:
        return [self.messages[index] for index in self.indexes]


def selection(messages: Sequence[bytes], indexes: Sequence[int]) -> Selection:
    return Selection(list(messages), list(indexes))


def selections(max_size: int) -> st.SearchStrategy[Selection]:
    messages = st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=max_size)
    return messages.map(
        lambda pairs: Selection(
            [message for message, _ in pairs],
            [index for index, (_, shown) in enumerate(pairs) if shown],
        )
    )


keys = st.binary(min_size=32, max_size=32).map(bbs.keygen)
suites = st.sampled_from(list(bbs.Suite))
octets = st.binary(max_size=20)
