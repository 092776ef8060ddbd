"""Kinds of record; each is declared once, in the file of its struct, and used by every store."""

from typing import Generic, Protocol, TypeVar


class Record(Protocol):
    """The members that every record has."""

    @property
    def id(self) -> str: ...
    @property
    def context(self) -> str: ...


T = TypeVar("T", bound=Record)


class Kind(Generic[T]):
    """A kind of record.

    Attributes:
        name: the first part of error codes, `<name>.not-found`.
        plural: the name of the kind in a store.
        zh: the noun in Chinese.
        struct: the struct of a record.
    """

    def __init__(self, name: str, plural: str, zh: str, struct: type[T]) -> None:
        self.name = name
        self.plural = plural
        self.zh = zh
        self.struct = struct

    def __repr__(self) -> str:
        return f"<kind of record: {self.name}>"
