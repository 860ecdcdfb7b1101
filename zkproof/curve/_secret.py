"""What every secret scalar refuses to do, whatever holds its value."""

from __future__ import annotations

from typing import NoReturn


class OpaqueSecret:
    """Does not print, pickle, copy, hash or compare by value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<SecretScalar, value hidden>"

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        # Also what `copy.copy` and `copy.deepcopy` come through.
        raise TypeError("a SecretScalar is a secret and cannot be pickled or copied")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()
