"""Points in time: days and seconds since 1970-01-01."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.types.base import Box, ComparisonKey, IntegerType, Spec, Value

_EPOCH = datetime.date(1970, 1, 1)
_EARLIEST = datetime.date(1800, 1, 1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", re.ASCII)
_DAY_SECONDS = 86_400


def day_number(date: datetime.date) -> int:
    """Days since 1970-01-01."""
    return (date - _EPOCH).days


def date_of(day: int) -> datetime.date:
    """The date that many days after 1970-01-01."""
    return _EPOCH + datetime.timedelta(days=day)


@dataclass(frozen=True, slots=True)
class Date(IntegerType):
    """A day: whole days since 1970-01-01, from ``minimum`` up to the year 4840.

    Days before 1970 are negative; a type for birth dates starts earlier than one for documents.
    """

    minimum: datetime.date = _EPOCH

    kind: ClassVar[str] = "date"
    optional: ClassVar[frozenset[str]] = frozenset({"minimum"})
    literal: ClassVar[str] = "a date such as 2026-11-23"
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if type(self.minimum) is not datetime.date or not _EARLIEST <= self.minimum <= _EPOCH:
            raise SchemaError(f"minimum: a date from {_EARLIEST} to {_EPOCH}")

    @property
    def box(self) -> Box:
        return day_number(self.minimum), 1 << 20

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("date",)

    def parse(self, text: str, *, field: str = "value") -> int:
        return self.check(day_number(read_date(text, field)), field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        if isinstance(value, str):
            return self.parse(value, field=field)
        # A datetime is a date to Python, but its day depends on a time zone.
        if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
            raise SchemaError(f"{field}: a datetime.date or text such as 2026-11-23 is needed")
        return self.check(day_number(value), field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return date_for_people(date_of(self.check(value)), language)

    def to_text(self, value: Value) -> str:
        return date_of(self.check(value)).isoformat()

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.DateLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(read_date(spec["minimum"], "minimum")) if "minimum" in spec else cls()

    def spec(self) -> Spec:
        if self.minimum == _EPOCH:
            return {"kind": self.kind}
        return {"kind": self.kind, "minimum": self.minimum.isoformat()}


@dataclass(frozen=True, slots=True)
class Timestamp(IntegerType):
    """A second in universal time: whole seconds since 1970-01-01, up to the year 4147."""

    kind: ClassVar[str] = "timestamp"
    literal: ClassVar[str] = "a time such as 2026-11-23T09:30:00Z"
    ordered: ClassVar[bool] = True

    @property
    def box(self) -> Box:
        return 0, 1 << 36

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("timestamp",)

    def parse(self, text: str, *, field: str = "value") -> int:
        match = _TIME.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise SchemaError(f"{field}: a time such as 2026-11-23T09:30:00Z is needed")
        hours, minutes, seconds = (int(part) for part in match.groups()[1:])
        if hours > 23 or minutes > 59 or seconds > 59:
            raise SchemaError(f"{field}: no such time of day")
        day = day_number(read_date(match[1], field))
        return self.check(day * _DAY_SECONDS + hours * 3600 + minutes * 60 + seconds, field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        if isinstance(value, str):
            return self.parse(value, field=field)
        if isinstance(value, int):
            return self.check(value, field=field)
        if not isinstance(value, datetime.datetime) or value.tzinfo is None:
            raise SchemaError(f"{field}: a datetime with a time zone, or whole seconds, is needed")
        if value.microsecond:
            raise SchemaError(f"{field}: whole seconds are needed")
        since = value - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return self.check(since.days * _DAY_SECONDS + since.seconds, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return moment_for_people(self.check(value), language)

    def to_text(self, value: Value) -> str:
        day, second = divmod(self.check(value), _DAY_SECONDS)
        clock = f"{second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}"
        return f"{date_of(day).isoformat()}T{clock}Z"

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.TimeLiteral) else None

    def spec(self) -> Spec:
        return {"kind": self.kind}


def read_date(text: object, field: str) -> datetime.date:
    """A date from exactly ``YYYY-MM-DD``; raises `SchemaError`."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise SchemaError(f"{field}: a date such as 2026-11-23 is needed")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise SchemaError(f"{field}: no such day in the calendar") from None


def date_for_people(date: datetime.date, language: Language) -> str:
    if language in ("zh-Hant", "zh-Hans"):
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date:%d/%m/%Y}" if language == "pt" else date.isoformat()


def moment_for_people(seconds: int, language: Language) -> str:
    """The second that many after 1970-01-01, or before it where negative."""
    day, second = divmod(seconds, _DAY_SECONDS)
    clock = f"{second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}"
    return f"{date_for_people(date_of(day), language)} {clock} UTC"
