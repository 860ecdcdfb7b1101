"""Which group operations a protocol run performs, and what these cost alone.

While a protocol function runs once, every call that crosses into the group arithmetic is noted with
its arguments. Replaying is calling exactly these, in this order, in a loop: no protocol code, no
hashing, no packing of integers (on the kernel the arguments are noted below the packing layer). The
ratio of protocol time to replay time is what everything else costs.

Hashing to scalars runs inside the kernel as well, but is not group arithmetic: such calls are
listed, and not replayed. On the other backends calls are noted at the interface of
`zkproof.curve`, so that their replay does include turning integers into the library's own.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from zkproof import curve
from zkproof.curve import Expander

_FUNCTIONS = (
    "decode_g1",
    "decode_g1_many",
    "decode_g1_or_identity",
    "decode_g2",
    "encode_g1_many",
    "msm",
    "msm_rows",
    "msm_vartime",
    "map_to_g1",
    "pairing_check",
    "prepare_g2",
)
_HASHES = ("hash_to_scalars", "hash_to_secret_scalar")
_POINT_METHODS = ("encode", "is_identity", "__add__", "__sub__", "__neg__")
_TABLE_METHODS = ("msm", "msm_vartime")
_SECRET_METHODS = ("public_key", "multiply", "divide_by_sum", "divide_by_sums")
_SECRET_HASHES = ("hash_to_scalar",)

# The operator itself, rather than its method object, which is slower to call.
_OPERATORS: dict[str, Callable[..., object]] = {
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__neg__": operator.neg,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One crossing into the backend."""

    name: str
    detail: str
    function: Callable[..., object]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    is_hash: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """All crossings of one run, in order."""

    calls: tuple[Call, ...]

    @property
    def group_calls(self) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if not call.is_hash)

    def replay(self) -> Callable[[], None]:
        """A function that performs the group operations and nothing else."""
        plain = [(c.function, c.arguments) for c in self.group_calls if not c.keywords]
        if len(plain) == len(self.group_calls):

            def run() -> None:
                for function, arguments in plain:
                    function(*arguments)

            return run
        calls = [(c.function, c.arguments, c.keywords) for c in self.group_calls]

        def run_with_keywords() -> None:
            for function, arguments, keywords in calls:
                function(*arguments, **keywords)

        return run_with_keywords

    def described(self) -> list[str]:
        """The calls in words, equal neighbours counted; hashes in brackets."""
        lines: list[str] = []
        counts: Counter[str] = Counter()
        for call in self.calls:
            text = f"{call.name}{call.detail}"
            text = f"[{text}]" if call.is_hash else text
            if text not in counts:
                lines.append(text)
            counts[text] += 1
        return [f"{counts[line]} x {line}" if counts[line] > 1 else line for line in lines]


def record(case: Callable[[], object]) -> Recording:
    """Run ``case`` once and note its crossings."""
    calls: list[Call] = []
    with _listening(calls):
        case()
    return Recording(tuple(calls))


@contextmanager
def _listening(calls: list[Call]) -> Iterator[None]:
    """Put a listener before every function and method of the backend, and take it away again."""
    depth = 0
    replaced: list[tuple[object, str, Any]] = []

    def listener(name: str, original: Callable[..., object], is_hash: bool) -> Any:
        def heard(*arguments: Any, **keywords: Any) -> object:
            nonlocal depth
            if depth == 0:  # only the outermost crossing: backends call themselves
                function = _OPERATORS.get(name, original)
                detail = _detail(arguments)
                calls.append(Call(name, detail, function, arguments, keywords, is_hash))
            depth += 1
            try:
                return original(*arguments, **keywords)
            finally:
                depth -= 1

        return heard

    try:
        for owner, names, is_hash in _doors():
            for name in names:
                if not hasattr(owner, name):
                    continue
                original = getattr(owner, name)
                setattr(owner, name, listener(name, original, is_hash))
                replaced.append((owner, name, original))
        yield
    finally:
        for owner, name, original in reversed(replaced):
            setattr(owner, name, original)


def _doors() -> Iterator[tuple[object, Sequence[str], bool]]:
    """``(owner, names, whether these are hashes)`` for the backend that runs."""
    tables: object = curve.fixed_bases((curve.g1_generator,))
    secret: object = curve.hash_to_secret_scalar(bytes(32), b"BENCHMARK", Expander.XMD_SHA256)
    functions: object = curve
    if curve.backend.name == "kernel":
        import zkproof_kernel

        functions, tables, secret = zkproof_kernel, tables._tables, secret._secret  # type: ignore[attr-defined]
    yield functions, _FUNCTIONS, False
    yield functions, _HASHES, True
    yield type(curve.g1_generator), _POINT_METHODS, False
    yield type(curve.g2_generator), ("encode", "is_identity", "__add__", "__neg__"), False
    yield type(tables), _TABLE_METHODS, False
    yield type(secret), _SECRET_METHODS, False
    yield type(secret), _SECRET_HASHES, True


def _detail(arguments: tuple[Any, ...]) -> str:
    """Sizes of the arguments, never their values."""
    sizes = []
    for argument in arguments:
        if isinstance(argument, bytes):
            sizes.append(f"{len(argument)} octets")
        elif isinstance(argument, list | tuple):
            sizes.append(f"{len(argument)} items")
    return f"({', '.join(sizes)})" if sizes else "()"
