"""Queries to a store: conditions over the fields of a record, an order, and a page.

A caller names fields by what they are (a column, a member of the record's document, a field of a related
record), never by text of a query language; a store compiles them with every value bound (threat P6). Which
names a person may use, and what they mean, is decided above, at the edge that reads them.
"""

from enum import StrEnum
from typing import Final, Literal

import msgspec

LARGEST_OFFSET: Final = 2**31 - 1


class RecordColumn(msgspec.Struct, frozen=True, tag=True):
    """A column by which records are found; a number is divided by `divisor`, rounding down."""

    name: str
    divisor: int = 1


class Member(msgspec.Struct, frozen=True, tag=True):
    """A member of the record's document; text is a key, a number a place in an array, counted from 0."""

    path: tuple[str | int, ...]


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A member that holds a moment, as milliseconds since 1970."""

    path: tuple[str, ...]


class ByRole(msgspec.Struct, frozen=True, tag=True):
    """A pair of fields: `consumer` where this participant is the consumer, `provider` where it is the provider."""

    consumer: "Field"
    provider: "Field"


class First(msgspec.Struct, frozen=True, tag=True):
    """The first of these that is there."""

    fields: tuple["Field", ...]


class Constant(msgspec.Struct, frozen=True, tag=True):
    """The same text for every record."""

    text: str


class RelatedField(msgspec.Struct, frozen=True, tag=True):
    """A field of the record that belongs to this one.

    Attributes:
        relation: which: the agreement of a negotiation or of a transfer, or the data address of a transfer.
    """

    relation: Literal["negotiation-agreement", "transfer-agreement", "transfer-address"]
    field: "Field"


Field = RecordColumn | Member | Moment | ByRole | First | Constant | RelatedField


class Compare(StrEnum):
    """How a field is compared. A field that is not there fits nothing, not even NOT_EQUAL or NOT_IN."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    NOT_IN = "not in"
    LIKE = "like"
    ILIKE = "ilike"
    CONTAINS = "contains"
    PRESENT = "present"


Value = str | bool | int | float


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that any of `fields` meets; a list meets it if an element does. Numbers compare as doubles.

    Attributes:
        values: one, or for IN and NOT_IN any number; texts are ordered by code point; a number and a text never fit.
    """

    fields: tuple[Field, ...]
    test: Compare
    values: tuple[Value, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Records that fit every condition, in order, a page of them.

    Attributes:
        sort: records without this field come last; equal ones, and all without it, by id.
        after: id of a record that is there: the page begins behind it, however many come before.
        offset: how many to pass over, at most LARGEST_OFFSET.
        limit: 1 to 1,000.
    """

    conditions: tuple[Condition, ...] = ()
    sort: Field | None = None
    descending: bool = False
    after: str | None = None
    offset: int = 0
    limit: int = 50
