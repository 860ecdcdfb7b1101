"""Types of attributes: what an issuer vouches for, and what may be said about it.

Integer types (``int money id date timestamp code bool enum``) have a box, the interval their
issuer signs them in, and inequalities may read them. The others (``text bytes digest link_secret``)
are scalars without size: they can be revealed or be equal, nothing more.
"""

from zkproof_circuits.types.base import (
    AttributeType,
    Box,
    ComparisonKey,
    IntegerType,
    Spec,
    Value,
)
from zkproof_circuits.types.calendar import Date, Timestamp, date_of, day_number
from zkproof_circuits.types.choices import Boolean, Code, Enumeration
from zkproof_circuits.types.numbers import Identifier, Integer, Money
from zkproof_circuits.types.opaque import Bytes, Digest, LinkSecret, Text
from zkproof_circuits.types.spec import KINDS, type_from_spec

__all__ = [
    "KINDS",
    "AttributeType",
    "Boolean",
    "Box",
    "Bytes",
    "Code",
    "ComparisonKey",
    "Date",
    "Digest",
    "Enumeration",
    "Identifier",
    "Integer",
    "IntegerType",
    "LinkSecret",
    "Money",
    "Spec",
    "Text",
    "Timestamp",
    "Value",
    "date_of",
    "day_number",
    "type_from_spec",
]
