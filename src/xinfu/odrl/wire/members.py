"""The members of a JSON object by their short name, whichever form of JSON-LD they came in."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from xinfu.odrl.model.policy import UnreadMember
from xinfu.odrl.values.terms import short

Read = TypeVar("Read")

_TIMESTAMPS = ("dspace:timestamp", "https://w3id.org/dspace/2025/1/timestamp")


class Members:
    """Takes members out of an object one by one; `rest` is what nobody took.

    Two spellings of one name in one object contradict each other: neither is read.
    """

    def __init__(self, document: Mapping[str, object]) -> None:
        self._spelled: dict[str, tuple[str, object]] = {}
        self._kept: list[tuple[str, object]] = []
        twice: set[str] = set()
        for key, value in document.items():
            name = "timestamp" if key in _TIMESTAMPS else short(key)
            if value is None or name in twice:
                self._kept += [(key, value)] if name in twice else []
            elif name in self._spelled:
                twice.add(name)
                self._kept += [self._spelled.pop(name), (key, value)]
            else:
                self._spelled[name] = (key, value)

    def has(self, name: str) -> bool:
        """Whether the member is there and not taken."""
        return name in self._spelled

    def peek(self, name: str, reader: Callable[[object], Read | None]) -> Read | None:
        """The member as `reader` reads it; it is not taken."""
        return reader(self._spelled[name][1]) if name in self._spelled else None

    def take(self, name: str, reader: Callable[[object], Read | None]) -> Read | None:
        """The member as `reader` reads it, taken if that succeeds; None if it does not."""
        found = self.peek(name, reader)
        if found is not None:
            self.drop(name)
        return found

    def peek_all(self, name: str) -> list[object]:
        """The member as a list, whether it is one or several."""
        return several(self._spelled[name][1]) if name in self._spelled else []

    def take_all(self, name: str) -> list[object]:
        """The member as a list, as `peek_all`, and taken."""
        found = self.peek_all(name)
        self.drop(name)
        return found

    def drop(self, name: str) -> None:
        """Take the member and forget it."""
        self._spelled.pop(name, None)

    def take_id(self) -> str | None:
        """The object's own name, taken from `@id`, from `uid`, or from both if they are the same."""
        own, uid = self.take("@id", read_name), self.peek("uid", read_name)
        if uid is not None and own in (None, uid):
            self.drop("uid")
        return own or uid

    def rest(self) -> tuple[UnreadMember, ...]:
        """The members that were not taken, by key."""
        left = sorted([*self._kept, *self._spelled.values()], key=lambda member: member[0])
        return tuple(UnreadMember(key=key, json=msgspec.json.encode(value).decode()) for key, value in left)


def several(value: object) -> list[object]:
    """`value` as a list: arrays, `{"@list"}` and `{"@set"}` as they are, anything else as a list of one."""
    if isinstance(value, Mapping) and len(value) == 1 and ("@list" in value or "@set" in value):
        value = next(iter(value.values()))
    return list(value) if isinstance(value, list | tuple) else [value]


def one(value: object) -> object:
    """The only member of an array of one; else `value` itself."""
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def text(value: object) -> str | None:
    """The text of a plain value, an `{"@id"}` or an `{"@value"}`; None for anything that says more."""
    value = one(value)
    if isinstance(value, Mapping) and len(value) == 1 and ("@id" in value or "@value" in value):
        value = next(iter(value.values()))
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
    return None


def read_name(value: object) -> str | None:
    """The text of a name, as `text`; None for an empty text, which names nothing."""
    return text(value) or None
