"""Queries to a store: conditions over the fields of a record, an order, and a page.

A caller names fields by their place (a column of the kind, a member of the record's document, a field of a related
record), never by text of a query language; a store compiles them with every value bound (threat P6). The edge
that reads a query decides which names a person may use, and what they mean.
"""

from enum import StrEnum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from xinfu.ports.column import Match, Number, RecordColumn

T = TypeVar("T")

LARGEST_OFFSET: Final = 2**31 - 1


class Quotient(msgspec.Struct, Generic[T], frozen=True, tag=True):
    """A column divided by `divisor`, rounding down."""

    column: Number[T, Any]
    divisor: int


class Member(msgspec.Struct, frozen=True, tag=True):
    """A member of the record's document; a text is a key, a number an array index from 0."""

    path: tuple[str | int, ...]


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A member that holds a moment, as milliseconds since 1970."""

    path: tuple[str, ...]


class ByRole(msgspec.Struct, Generic[T], frozen=True, tag=True):
    """A pair of fields: `consumer` applies if this participant is the consumer, `provider` if it is the provider."""

    consumer: "Field[T]"
    provider: "Field[T]"


class First(msgspec.Struct, Generic[T], frozen=True, tag=True):
    """The first of these fields that the record has."""

    fields: tuple["Field[T]", ...]


class Constant(msgspec.Struct, frozen=True, tag=True):
    """The same text for every record."""

    text: str


class RelatedField(msgspec.Struct, frozen=True, tag=True):
    """A field of a related record.

    Attributes:
        relation: the related record: the agreement of a negotiation or of a transfer, or the data address of a transfer.
    """

    relation: Literal["negotiation-agreement", "transfer-agreement", "transfer-address"]
    field: "Field[Any]"


Field: TypeAlias = (
    RecordColumn[T, Any] | Quotient[T] | ByRole[T] | First[T] | Member | Moment | Constant | RelatedField
)


class Compare(StrEnum):
    """The comparisons of a field. A field that is absent meets no condition, not even NOT_EQUAL or NOT_IN."""

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


class Condition(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A condition that one of `fields` has to meet; a list meets it if an element does. Numbers compare as doubles.

    Attributes:
        values: one, or any number for IN and NOT_IN. Texts are ordered by code point; a number never matches a text.
    """

    fields: tuple[Field[T], ...]
    test: Compare
    values: tuple[Value, ...] = ()


AnyCondition: TypeAlias = Condition[T] | Match[T]


class Query(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A query for one page of the records that meet every condition, in order.

    Attributes:
        sort: the field to sort by; records without it come last. Ties, and records without it, are in the order of ids.
        after: id of an existing record: the page begins behind it, at any position.
        offset: number of records to skip, at most LARGEST_OFFSET.
        limit: 1 to 1,000.
    """

    conditions: tuple[AnyCondition[T], ...] = ()
    sort: Field[T] | None = None
    descending: bool = False
    after: str | None = None
    offset: int = 0
    limit: int = 50
