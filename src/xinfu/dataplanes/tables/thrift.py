"""Structs of Thrift's compact protocol, of which only wanted fields are kept.

Follows: Apache Thrift, compact protocol specification.
"""

from collections.abc import Mapping
from typing import Any, Final

Wanted = Mapping[int, "Wanted"]
"""The fields to keep, and of those that are structs, or lists of structs, the fields within."""

NOTHING: Final[Wanted] = {}
_DEEPEST: Final = 16


class Compact:
    """A reader of bytes in the compact protocol.

    Attributes:
        at: where reading has come to.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, wanted: Wanted, depth: int = 0) -> dict[int, Any]:
        """The wanted fields by number: int, bool, list or dict. Texts are skipped, and are None.

        Raises:
            ValueError: the bytes are not a struct, or end too early.
        """
        if depth > _DEEPEST:
            raise ValueError("too deep")
        found: dict[int, Any] = {}
        field = 0
        while (head := self._byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self._signed()
            kind, keeps = head & 15, field in wanted
            value = kind == 1 if kind in {1, 2} else self._value(kind, wanted.get(field, NOTHING), depth)
            if keeps:
                found[field] = value
        return found

    def _value(self, kind: int, wanted: Wanted, depth: int) -> Any:
        match kind:
            case 1 | 2:
                return self._byte() == 1
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._signed()
            case 7:
                return self._passed(8)
            case 8:
                return self._passed(self._unsigned())
            case 9 | 10:
                return self._list(wanted, depth + 1)
            case 12:
                return self.struct(wanted, depth + 1)
        raise ValueError("no kind of value that is known")

    def _list(self, wanted: Wanted, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._unsigned()
        if size > len(self._data) - self.at or depth > _DEEPEST:
            raise ValueError("more elements than bytes")
        return [self._value(head & 15, wanted, depth) for _ in range(size)]

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise ValueError("cut off")
        self.at += 1
        return self._data[self.at - 1]

    def _passed(self, size: int) -> None:
        if size > len(self._data) - self.at:
            raise ValueError("cut off")
        self.at += size

    def _unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("too long a number")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
