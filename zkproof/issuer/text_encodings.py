"""Encodings of banks' files: which are read, and which one a file without a name for it has.

A file that is not Unicode does not say what it is, and several encodings read the same octets as
different names. One is taken without being named only when every octet beyond ASCII fits it as
people write it, and none of the others; otherwise the file is refused until somebody names it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

from zkproof.errors import DecodeError

_Common = Callable[[int, int], bool]

_NAMES = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "cp950",
    "latin-1": "iso-8859-1",
    **{f"iso-8859-{n}": f"iso-8859-{n}" for n in (*range(1, 12), *range(13, 17))},
    **{f"windows-125{n}": f"cp125{n}" for n in range(9)},
    **{f"cp125{n}": f"cp125{n}" for n in range(9)},
}
NAMES = tuple(sorted({"utf-8", "utf-16", "gb18030", "gbk", "big5", "windows-1252", "iso-8859-1"}))
"""What to say when somebody has to choose; more are known."""

_PUNCTUATION = frozenset("\u3000、。《》「」『』，：；？！（）·")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def codec_of(name: str, *, field: str) -> str:
    """Python's name of an encoding. Raises `DecodeError` for one that is not read here."""
    found = _NAMES.get(name.strip().lower().replace("_", "-"))
    if found is None:
        raise DecodeError(
            field,
            f"the encoding {name[:40]!a} is not known here",
            hint=f"for example {', '.join(NAMES)}",
        )
    return found


def marked_codec(start: bytes) -> str | None:
    """The codec that a byte order mark tells, ``None`` without one."""
    return next((codec for mark, codec in _MARKS if start.startswith(mark)), None)


def decode_text(data: bytes, encoding: str | None, *, field: str) -> tuple[str, str | None]:
    """The text, and the encoding that was guessed where one had to be.

    Raises `DecodeError` naming the line, for octets that the encoding does not have, and for a file
    of which nobody can tell.
    """
    codec = marked_codec(data)
    if codec is None and encoding is not None:
        codec = codec_of(encoding, field=field)
    guessed = None
    if codec is None:
        try:
            return data.decode("utf-8"), None
        except UnicodeDecodeError as error:
            guessed = guess(data)
            if guessed is None:
                line = data.count(b"\n", 0, error.start) + 1
                raise DecodeError(
                    field,
                    f"not UTF-8 at line {line}, and which encoding it is cannot be told",
                    hint=f"name it: --encoding {'|'.join(NAMES)}",
                ) from None
        codec = codec_of(guessed, field=field)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DecodeError(field, f"line {line}: not {encoding or guessed or codec}") from None
    return text.removeprefix("\ufeff"), guessed


def guess(data: bytes) -> str | None:
    """The one encoding that fits octets beyond ASCII as people write them, if there is one."""
    fitting = [name for name, fits in _GUESSES.items() if fits(data)]
    if not fitting:
        fitting = [name for name in _GUESSES if _is_plausible(data, name)]
    return fitting[0] if len(fitting) == 1 else None


def _is_plausible(data: bytes, name: str) -> bool:
    """Whether the octets decode to letters, ideographs and the punctuation beside them."""
    try:
        text = data.decode(_NAMES[name])
    except UnicodeDecodeError:
        return False
    beyond = {sign for sign in text if sign >= "\x80"}
    return all(sign.isalpha() or sign in _PUNCTUATION for sign in beyond)


def _is_gb(data: bytes) -> bool:
    return _pairs_fit(data, "gb18030", lambda a, b: b >= 0xA1 and (0xB0 <= a <= 0xD7 or a <= 0xA3))


def _is_big5(data: bytes) -> bool:
    return _pairs_fit(data, "big5", lambda a, b: 0xA4 <= a <= 0xC6 or a in (0xA1, 0xA2))


def _pairs_fit(data: bytes, codec: str, common: _Common) -> bool:
    """Whether the octets decode, and nearly all pairs are characters in common use."""
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    position = pairs = usual = 0
    while position < len(data):
        if data[position] < 0x80:
            position += 1
            continue
        pairs += 1
        usual += common(data[position], data[position + 1])
        position += 2
    return usual * 20 >= pairs * 19


def _is_latin(data: bytes) -> bool:
    """Accented letters stand alone among plain ones, as in Portuguese."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    padded = f" {text} "
    for before, sign, after in zip(padded, padded[1:], padded[2:], strict=False):
        if sign < "\x80":
            continue
        alone = before < "\x80" and after < "\x80"
        if not (sign.isalpha() and (alone or sign in "çãõ" or before in "ç")):
            return False
    return True


_GUESSES: dict[str, Callable[[bytes], bool]] = {
    "gb18030": _is_gb,
    "big5": _is_big5,
    "windows-1252": _is_latin,
}
