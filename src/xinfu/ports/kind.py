"""Kinds of record; each is declared once, in the file of its struct, and used by every store."""

from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from xinfu.ports.column import Number, RecordColumn, Word


class Record(Protocol):
    """The members that every record has."""

    @property
    def id(self) -> str: ...
    @property
    def context(self) -> str: ...


class DatedRecord(Record, Protocol):
    """A record that says when it was made."""

    @property
    def created(self) -> datetime: ...


T = TypeVar("T", bound=Record)
D = TypeVar("D", bound=DatedRecord)


class Kind(Generic[T]):
    """A kind of record. A subclass declares the columns by which its records are found.

    Every kind has the columns `context` and `id`. A change of columns or indexes needs a migration (stores/migrations).

    Attributes:
        name: the first part of error codes, `<name>.not-found`.
        plural: the name of the kind in a store.
        zh: the noun in Chinese.
        struct: the struct of a record.
        columns: every column, those of the superclass first.
        indexes: for each index that a store keeps, its columns in order.
    """

    indexed: ClassVar[tuple[str, ...]] = ()
    """For each index its columns, as "dataset state"; a subclass adds to those of its superclass.

    Columns that stand together in a query have an index together: a planner without statistics might else walk
    over all records of a busy peer.
    """

    context = Word[T, str](lambda record: record.context)
    id = Word[T, str](lambda record: record.id)

    def __init__(self, name: str, plural: str, zh: str, struct: type[T]) -> None:
        self.name = name
        self.plural = plural
        self.zh = zh
        self.struct = struct
        bases = [vars(base) for base in reversed(type(self).__mro__)]
        columns: dict[str, RecordColumn[T, Any]] = {
            name: each for base in bases for name, each in base.items() if isinstance(each, RecordColumn)
        }
        self.columns = tuple(columns.values())
        self.indexes = tuple(
            tuple(columns[each] for each in together.split())
            for base in bases
            for together in base.get("indexed", ())
        )

    def __repr__(self) -> str:
        return f"<kind of record: {self.name}>"


class DatedKind(Kind[D]):
    """A kind whose records say when they were made."""

    created = Number[D, datetime](lambda record: record.created)
