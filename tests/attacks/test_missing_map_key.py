"""A map without the key that the reader takes for granted: a crash, or worse, a default.

Seen in: verifiers that answered a presentation lacking one credential with an internal error, and
parsers that filled absent fields with permissive defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.presentation.building import NOW, deposit, trust_view
from tests.presentation.test_trip import PRESENTATION, REQUEST
from zkproof.codec import decode, encode
from zkproof.credential.credential import Credential
from zkproof.errors import DecodeError
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify

DOCUMENTS: list[tuple[str, bytes, Callable[[bytes], Any]]] = [
    ("presentation", PRESENTATION, Presentation.from_bytes),
    ("request", REQUEST.to_bytes(), Request.from_bytes),
    ("credential", deposit().to_bytes(), Credential.from_bytes),
]


def maps(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all maps in a document."""
    if not isinstance(value, dict):
        return []
    return [path] + [p for key, item in value.items() for p in maps(item, (*path, key))]


@pytest.mark.parametrize(("name", "data", "parse"), DOCUMENTS, ids=lambda v: str(v)[:12])
def test_document_without_any_one_key_is_refused_by_name(
    name: str, data: bytes, parse: Callable[[bytes], Any]
) -> None:
    parse(data)
    tried = 0
    for path in maps(decode(data, field=name)):
        table = decode(data, field=name)
        inner = table
        for key in path:
            inner = inner[key]
        for key in list(inner):
            if (path and path[-1] in ("disclosed", "parameters")) or path == ("credentials",):
                continue  # open maps: held against the policy below
            kept = inner.pop(key)
            with pytest.raises(DecodeError):
                parse(encode(table))
            inner[key] = kept
            inner["surplus"] = 1
            with pytest.raises(DecodeError):
                parse(encode(table))
            del inner["surplus"]
            tried += 1
    assert tried > 3


def test_presentation_without_a_credential_or_a_value_is_refused() -> None:
    assert isinstance(verify(REQUEST, PRESENTATION, trust_view(), now=NOW), Report)
    for path in (("a",), ("i",), ("a", "disclosed", "currency"), ("a", "disclosed", "bank_name")):
        table = decode(PRESENTATION, field="presentation")
        inner = table["credentials"]
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
        assert isinstance(verify(REQUEST, encode(table), trust_view(), now=NOW), Refusal)
