"""XML from outside as a stream: any declared encoding that is known, nothing that can be an attack.

Document type declarations and entities are refused, depth and sizes are bounded before they cost
memory, and the text is decoded here, since the parser below knows only a few encodings.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from zkproof.errors import DecodeError
from zkproof.issuer.text_encodings import codec_of, marked_codec

MAX_DEPTH = 64
MAX_FILE_BYTES = 4 << 30
MAX_TOKEN = 1 << 20
"""Most octets between two events of the parser: a tag, or a piece of text."""

_CHUNK = 1 << 16
_DECLARED = re.compile(
    rb"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']", re.ASCII
)


class Sink(Protocol):
    """Takes the events of one document. ``line`` is where the parser is in the text."""

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


def looks_like_xml(start: bytes) -> bool:
    """Whether the first octets of a file begin a document, in whatever encoding."""
    plain = start.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    return plain[:1] == b"<"


def parse(file: BinaryIO, sink: Sink, *, field: str) -> Iterator[int]:
    """Feed a document to ``sink``; gives control back after each piece, with the octets read.

    Raises `DecodeError` for what is not well-formed, refused, or over a bound.
    """
    target = _Bounded(sink, field)
    parser = XMLParser(target=target, encoding="utf-8", forbid_dtd=True)
    target.position = parser.parser
    read = waiting = 0
    try:
        for text in _decoded(file, field):
            octets = text.encode()
            read += len(octets)
            waiting += len(octets)
            events = target.events
            parser.feed(octets)
            if target.events != events:
                waiting = 0
            if read > MAX_FILE_BYTES or waiting > MAX_TOKEN:
                raise DecodeError(field, "larger than any file or tag that is read")
            yield read
        parser.close()
    except DefusedXmlException:
        raise DecodeError(field, "document type or entity declarations are refused") from None
    except ParseError as error:
        raise DecodeError(field, f"not well-formed XML ({error})") from None
    except ValueError as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(field, "not XML that can be read") from None


def _decoded(file: BinaryIO, field: str) -> Iterator[str]:
    start = file.read(_CHUNK)
    codec = _codec(start, field)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    read = 0
    chunk = start
    while True:
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            raise DecodeError(
                field, f"not the encoding that it declares, near octet {read}"
            ) from None
        read += len(chunk)
        if text:
            yield text.removeprefix("\ufeff")
        if not chunk:
            return
        chunk = file.read(_CHUNK)


def _codec(start: bytes, field: str) -> str:
    marked = marked_codec(start)
    if marked is not None:
        return marked
    for codec in ("utf-16-le", "utf-16-be"):
        if start.startswith("<".encode(codec)):
            return codec
    declared = _DECLARED.match(start)
    if declared is None:
        return "utf-8"
    return codec_of(declared[1].decode("ascii"), field=field)


class _Position(Protocol):
    CurrentLineNumber: int


class _Bounded:
    """What the parser calls: counts, bounds the depth, adds the line."""

    def __init__(self, sink: Sink, field: str) -> None:
        self.events = 0
        self.position: _Position | None = None
        self._sink = sink
        self._field = field
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise DecodeError(self._field, f"nested deeper than {MAX_DEPTH}")
        line = 0 if self.position is None else self.position.CurrentLineNumber
        self._sink.start(tag, attributes, line)

    def end(self, tag: str) -> None:
        self.events += 1
        self._depth -= 1
        self._sink.end(tag)

    def data(self, text: str) -> None:
        self.events += 1
        self._sink.data(text)

    def close(self) -> None:
        """Called by the parser at the end of the document."""
