"""Quantities: a number with its unit, money, a share of a hundred, a size in bytes. Exact, and never floats.

Two quantities of different units have no order: nothing is converted, and nobody compares the bare numbers.
Follows: ODRL 2.2, 2.5.1 unit; ODRL-RULES R-ODRL-CON-04; ISO 4217 for the form of a currency.
"""

import re
from decimal import Decimal
from typing import Final

import msgspec

MAX_DIGITS: Final = 64

_DECIMAL: Final = re.compile(rf"[+-]?(?=\.?\d)\d{{0,{MAX_DIGITS}}}(?:\.\d{{0,{MAX_DIGITS}}})?", re.ASCII)
_WITH_UNIT: Final = re.compile(r"(\S{1,130}?)(?:\s+(\S{1,200}))?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_SIZE: Final = re.compile(rf"(\d{{1,{MAX_DIGITS}}})(?:\s*([A-Za-z]{{1,3}}))?", re.ASCII)
_BYTES: Final = {
    "": 1,
    "B": 1,
    **{f"{prefix}B": 1000 ** (i + 1) for i, prefix in enumerate("KMGT")},
    **{f"{prefix}iB": 1024 ** (i + 1) for i, prefix in enumerate("KMGT")},
    "kB": 1000,
}
"""Factors of units of size. A bare `10G` has two readings and is not read; contracts.values reads it as the standard."""


class Quantity(msgspec.Struct, frozen=True):
    """`number` of `unit`; a unit of "" is a bare number. Of money the unit is the currency."""

    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".rstrip()


NOTHING: Final = Quantity(Decimal(0), "")
"""No money, of whatever currency."""


def read_decimal(text: str) -> Decimal | None:
    """A decimal number without exponent, at most 64 digits on each side of the point."""
    return Decimal(text.strip()) if _DECIMAL.fullmatch(text.strip()) else None


def read_quantity(text: str) -> Quantity | None:
    """`12.5 urn:unit`, or a bare number."""
    found = _WITH_UNIT.fullmatch(text.strip())
    number = read_decimal(found[1]) if found is not None else None
    return None if found is None or number is None else Quantity(number, found[2] or "")


def read_money(text: str) -> Quantity | None:
    """`100.00 CNY`; None without a currency, and below 0."""
    found = read_quantity(text)
    if found is None or _CURRENCY.fullmatch(found.unit) is None or found.number < 0:
        return None
    return found


def read_ratio(text: str) -> Decimal | None:
    """A share of a hundred, from 0 to 100."""
    found = read_decimal(text)
    return found if found is not None and 0 <= found <= 100 else None


def read_size(text: str) -> int | None:
    """A number of bytes: `1048576`, `10 GB`, `10GiB`."""
    found = _SIZE.fullmatch(text.strip())
    factor = _BYTES.get(found[2] or "") if found is not None else None
    return None if found is None or factor is None else int(found[1]) * factor


def order_of_money(one: Quantity, other: Quantity) -> int | None:
    """The order of two amounts, as `order_quantities`; no money at all is comparable with any currency."""
    return order_quantities(Quantity(one.number, other.unit) if one == NOTHING else one, other)


def order_quantities(one: Quantity, other: Quantity) -> int | None:
    """Below 0, 0 or above 0 as `one` is smaller, equal or larger; None when their units differ."""
    if one.unit != other.unit:
        return None
    return (one.number > other.number) - (one.number < other.number)
