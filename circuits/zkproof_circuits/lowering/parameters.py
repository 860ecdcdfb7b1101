"""Types of parameters: as attributes, but as wide as boxes may be."""

from __future__ import annotations

import datetime

from zkproof.errors import PolicyError, SchemaError
from zkproof_circuits.language.syntax import ParameterType
from zkproof_circuits.language.writing import quoted
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Code,
    Date,
    Integer,
    Money,
    Text,
    Timestamp,
)
from zkproof_circuits.types.base import BOX_LIMIT

_WIDEST = BOX_LIMIT - 1
_EXAMPLES = (
    "int, int(months), money(MOP, 2), date, timestamp, country, currency, bool, text, list(country)"
)


def parameter_type(node: ParameterType) -> AttributeType:
    """The type that ``param name: ...`` declares; raises `PolicyError`."""
    try:
        match node.name, node.arguments:
            case "int", ():
                return Integer(-_WIDEST, _WIDEST)
            case "int", (unit,):
                return Integer(-_WIDEST, _WIDEST, unit)
            case "money", (currency, scale) if scale.isdigit() and len(scale) < 3:
                return Money(currency, int(scale), _WIDEST, -_WIDEST)
            case "date", ():
                return Date(datetime.date(1800, 1, 1))
            case "timestamp", ():
                return Timestamp()
            case "country", ():
                return Code("country")
            case "currency", ():
                return Code("currency")
            case "bool", ():
                return Boolean()
            case "text", ():
                return Text()
            case _:
                raise _unknown(node)
    except SchemaError as error:
        raise node.error(error.message) from None


_ELEMENTS = ("country", "currency", "text", "int", "date")


def element_type(node: ParameterType) -> AttributeType | None:
    """The type of the values of ``list(...)``; ``None`` for a parameter that is not a list.

    Raises `PolicyError`.
    """
    if node.name != "list":
        return None
    if len(node.arguments) != 1 or node.arguments[0] not in _ELEMENTS:
        raise node.error(f"a list is one of {', '.join(f'list({each})' for each in _ELEMENTS)}")
    return parameter_type(ParameterType(node.arguments[0], (), at=node.at))


def list_text(kind: AttributeType, value: object) -> str:
    """The values of a list as a policy writes them, from text (``MO, HK``) or Python values.

    Raises `SchemaError`.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple):
        raise SchemaError("a list, or text such as MO, HK, is needed")
    texts = [kind.to_text(kind.from_python(each)) for each in value]
    return ", ".join(map(quoted, texts) if isinstance(kind, Text) else texts)


def _unknown(node: ParameterType) -> PolicyError:
    return node.error(f"no type of parameters is {node.name} with these arguments", hint=_EXAMPLES)
