"""The few elements of a statement that are looked at, with bounds on how many and how long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import overload

MAX_NODES = 10_000
"""Most elements of one statement that are kept; entries are passed over and do not count."""

MAX_TEXT = 1024


class Unclear(Exception):
    """A statement does not say one thing beyond doubt."""


@dataclass(slots=True)
class Node:
    """One element: name, attributes, children, text."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    content: str = ""
    faults: list[str] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        return [child for child in self.children if child.name == name]

    def optional(self, name: str) -> Node | None:
        """The child, ``None`` without one. Raises `Unclear` for two."""
        found = self.all(name)
        if len(found) > 1:
            raise Unclear(f"{name} stands {len(found)} times")
        return found[0] if found else None

    def one(self, name: str) -> Node:
        """The child. Raises `Unclear` for none or two."""
        found = self.optional(name)
        if found is None:
            raise Unclear(f"no {name}")
        return found

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, *, missing: None) -> str | None: ...
    def text(self, name: str, *, missing: str | None = "") -> str | None:
        """The child's text without space around it. Raises `Unclear`, unless it may be missing."""
        found = self.optional(name)
        text = "" if found is None else found.content.strip(" \t\r\n")
        if text:
            return text
        if missing is None:
            return None
        raise Unclear(f"no {name}" if found is None else f"{name} is empty")


class NodeBuilder:
    """Builds the tree of one element, of whose children only ``kept`` ones are looked at."""

    def __init__(self, kept: Collection[str]) -> None:
        self.root = Node("", {})
        self._kept = kept
        self._stack: list[Node | None] = [self.root]
        self._count = 0

    @property
    def open(self) -> int:
        """Elements inside the root that have begun and not ended."""
        return len(self._stack) - 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._stack[-1]
        if parent is None or (parent is self.root and name not in self._kept):
            self._stack.append(None)
            return
        self._count += 1
        if self._count > MAX_NODES:
            if self._count == MAX_NODES + 1:
                self.root.faults.append(f"more than {MAX_NODES} elements")
            self._stack.append(None)
            return
        node = Node(name, attributes)
        parent.children.append(node)
        self._stack.append(node)

    def data(self, text: str) -> None:
        node = self._stack[-1]
        if node is None or node is self.root:
            return
        if len(node.content) + len(text) > MAX_TEXT:
            if not self.root.faults:
                self.root.faults.append(f"{node.name}: longer than {MAX_TEXT} characters")
            return
        node.content += text

    def end(self) -> None:
        self._stack.pop()
