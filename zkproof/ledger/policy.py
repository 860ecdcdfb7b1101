"""Whose cosignatures a checkpoint needs: a policy, in memory and as a C2SP ``tlog-policy`` file.

::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

A witness stands for itself; a group for at least so many of its members. Nobody counts twice: each
name is a member once, each key a witness once. Names are used inside the policy only.

Source: C2SP tlog-policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from zkproof.errors import DecodeError, UsageError
from zkproof.ledger.note import Kind, NoteKey

MAX_POLICY_BYTES = 1 << 17
MAX_NAMES = 256
NONE = "none"


@dataclass(frozen=True, slots=True)
class Listed:
    """A log or a witness: its key, and where it is reached, if the policy says so."""

    key: NoteKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``threshold`` of these names."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses and the quorum. Raises `UsageError` when a rule above is broken.

    ``groups`` are in the order in which they may name each other.
    """

    witnesses: Mapping[str, Listed] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE
    logs: tuple[Listed, ...] = ()

    def __post_init__(self) -> None:
        known, used = set(self.witnesses), set[str]()
        if len(self.witnesses) + len(self.groups) > MAX_NAMES or len(self.logs) > MAX_NAMES:
            raise UsageError(f"policy: at most {MAX_NAMES} names")
        for name, group in self.groups.items():
            if name in known:
                raise UsageError(f"policy: {name} is defined twice")
            for member in group.members:
                if member not in known:
                    raise UsageError(f"policy: {member} is not defined before group {name}")
                if member in used:
                    raise UsageError(f"policy: {member} is a member twice")
                used.add(member)
            if not 1 <= group.threshold <= len(group.members):
                raise UsageError(f"policy: group {name} needs between one and all of its members")
            known.add(name)
        for name in known:
            if not is_word(name) or name == NONE:
                raise UsageError("policy: names are words, and none is not one")
        if self.quorum != NONE and self.quorum not in known:
            raise UsageError(f"policy: {self.quorum} is not defined before the quorum")
        for what, listed in (("log", self.logs), ("witness", tuple(self.witnesses.values()))):
            keys = [each.key.public_key for each in listed]
            if len(set(keys)) != len(keys):
                raise UsageError(f"policy: a key stands under two names of a {what}")
            kinds = {Kind.SIGNATURE} if what == "log" else {Kind.COSIGNATURE, Kind.MLDSA}
            if not {each.key.kind for each in listed} <= kinds:
                raise UsageError(f"policy: a key that is not for a {what}")
            if not all(each.url is None or is_word(each.url) for each in listed):
                raise UsageError("policy: an address is one word")

    @classmethod
    def of(cls, witnesses: Mapping[str, bytes], quorum: int = 0) -> Policy:
        """At least ``quorum`` of these (key names and Ed25519 keys). Raises `UsageError`."""
        if not 0 <= quorum <= len(witnesses):
            raise UsageError("policy: quorum between none and all witnesses")
        listed = {
            name: Listed(NoteKey(name, Kind.COSIGNATURE, key)) for name, key in witnesses.items()
        }
        if not quorum:
            return cls(listed)
        group = "quorum" if "quorum" not in listed else "/".join((*listed, "quorum"))
        return cls(listed, {group: Group(quorum, tuple(listed))}, group)

    def reached_at(self, times: Mapping[str, int]) -> int | None:
        """When the quorum was complete, by the times that its witnesses state; ``None`` when it is
        not. For a quorum of nobody 0. ``times`` has names of witnesses of this policy.
        """
        if self.quorum == NONE:
            return 0
        reached: dict[str, int] = {name: times[name] for name in self.witnesses if name in times}
        for name, group in self.groups.items():
            latest = sorted(reached[each] for each in group.members if each in reached)[::-1]
            if len(latest) >= group.threshold:
                reached[name] = latest[group.threshold - 1]
        return reached.get(self.quorum)

    @property
    def needed(self) -> str:
        """The quorum in words."""
        if self.quorum == NONE:
            return "nobody's"
        group = self.groups.get(self.quorum)
        return self.quorum if group is None else f"{group.threshold} of {', '.join(group.members)}"

    def without_addresses(self) -> Policy:
        """For readers: who counts, not where they are."""
        return replace(
            self,
            witnesses={name: Listed(each.key) for name, each in self.witnesses.items()},
            logs=tuple(Listed(each.key) for each in self.logs),
        )

    def to_text(self) -> str:
        """The policy as a file."""
        lines = [_line("log", each.key.to_text(), each.url) for each in self.logs]
        for name, each in self.witnesses.items():
            lines.append(_line("witness", name, each.key.to_text(), each.url))
        for name, group in self.groups.items():
            lines.append(_line("group", name, str(group.threshold), *group.members))
        return "".join([*lines, _line("quorum", self.quorum)])

    @classmethod
    def from_text(cls, data: bytes) -> Policy:
        """Read a file; comments and layout are free. Raises `DecodeError` naming the line."""
        witnesses: dict[str, Listed] = {}
        groups: dict[str, Group] = {}
        logs: list[Listed] = []
        quorum: str | None = None
        for number, words in _lines(data):
            try:
                match words:
                    case ["log", vkey, *url] if len(url) <= 1:
                        logs.append(_listed(vkey, url))
                    case ["witness", name, vkey, *url] if len(url) <= 1:
                        _require_new(name, witnesses, groups)
                        witnesses[name] = _listed(vkey, url)
                    case ["group", name, threshold, *members] if members:
                        _require_new(name, witnesses, groups)
                        group = Group(_threshold(threshold, len(members)), tuple(members))
                        cls(witnesses, {**groups, name: group})  # what stands before this line
                        groups[name] = group
                    case ["quorum", name] if quorum is None:
                        cls(witnesses, groups, name)
                        quorum = name
                    case _:
                        raise DecodeError("policy", "not a line of a policy")
            except (DecodeError, UsageError) as error:
                message = error.message.removeprefix("policy: ")
                raise DecodeError(f"policy, line {number}", message) from None
        if quorum is None:
            raise DecodeError("policy", "one quorum line is needed")
        try:
            return cls(witnesses, groups, quorum, tuple(logs))
        except UsageError as error:
            raise DecodeError("policy", error.message.removeprefix("policy: ")) from None


NOBODY = Policy()
"""No cosignature is needed, and nobody's is known."""


def is_word(text: str) -> bool:
    """Whether a text can stand in a line of a policy."""
    return bool(text) and not any(each in text for each in " \t\n") and text.isprintable()


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"


def _lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    if len(data) > MAX_POLICY_BYTES:
        raise DecodeError("policy", f"longer than {MAX_POLICY_BYTES} octets")
    if any((octet < 0x20 and octet not in b"\t\n") or octet == 0x7F for octet in data):
        raise DecodeError("policy", "a control character")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DecodeError("policy", "not UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words and not words[0].startswith("#"):
            yield number, words


def _listed(vkey: str, url: list[str]) -> Listed:
    return Listed(NoteKey.from_text(vkey), url[0] if url else None)


def _require_new(name: str, *tables: Mapping[str, object]) -> None:
    if name == NONE:
        raise DecodeError("policy", "none is not a name")
    if any(name in table for table in tables):
        raise DecodeError("policy", f"{name} is defined twice")


def _threshold(text: str, members: int) -> int:
    if text in ("all", "any"):
        return members if text == "all" else 1
    if not text.isascii() or not text.isdigit() or len(text) > 4 or text != str(int(text)):
        raise DecodeError("policy", "all, any or a number is needed")
    return int(text)
