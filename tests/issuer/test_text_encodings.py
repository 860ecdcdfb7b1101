"""An encoding that nobody named is taken when it alone fits, and asked for otherwise."""

from __future__ import annotations

import pytest

from zkproof.errors import DecodeError
from zkproof.issuer.text_encodings import decode_text, guess

CHINESE = ["陈志明,永利有限公司", "陳志明,永利有限公司,澳門幣", "張三 李四", "王", "何美玲,黑沙環"]


def read_unnamed(data: bytes) -> tuple[str, str | None] | None:
    """The text and its encoding, ``None`` when somebody has to name it."""
    if guess(data) is not None:
        return decode_text(data, None, field="csv")
    with pytest.raises(DecodeError, match="cannot be told"):
        decode_text(data, None, field="csv")
    return None


@pytest.mark.parametrize("codec", ["gb18030", "big5"])
@pytest.mark.parametrize("text", CHINESE)
def test_chinese_names_are_never_read_as_other_names(text: str, codec: str) -> None:
    try:
        data = f"name,employer\n{text}\n".encode(codec)
    except UnicodeEncodeError:
        return
    assert decode_text(data, codec, field="csv") == (f"name,employer\n{text}\n", None)
    found = read_unnamed(data)
    assert found is None or found == (f"name,employer\n{text}\n", codec)


@pytest.mark.parametrize("codec", ["gb18030", "big5"])
def test_traditional_names_are_told_from_either_encoding(codec: str) -> None:
    text = "陳大文,永利有限公司\n"
    assert decode_text(text.encode(codec), None, field="csv") == (text, codec)


@pytest.mark.parametrize("text", ["João Conceição", "Inscrição nº1", "André", "Lição, São José"])
def test_portuguese_names_are_never_read_as_chinese(text: str) -> None:
    data = f"{text}\n".encode("cp1252")
    found = read_unnamed(data)
    assert found is None or found == (f"{text}\n", "windows-1252")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_never_guessed(codec: str) -> None:
    text = "陳大文,João\n"
    assert decode_text(text.encode(codec), None, field="csv") == (text, None)


def test_octets_that_a_named_encoding_lacks_are_named_by_their_line() -> None:
    data = "a\nb\n陳\n".encode("gb18030")
    assert decode_text(data, "GB18030", field="csv")[0] == "a\nb\n陳\n"
    with pytest.raises(DecodeError, match="line 3: not utf-8"):
        decode_text(data, "utf-8", field="csv")
    with pytest.raises(DecodeError, match="not known"):
        decode_text(data, "utf-7", field="csv")
