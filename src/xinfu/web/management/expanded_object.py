"""An object of a request: its fields by their short names, and all its faults, reported together.

A missing field becomes a fault with the path that EDC gives; nothing is raised until `settle`, so that a caller
reads all faults at once.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from xinfu.web.management.faults import Fault, FaultsError, edc, invalid, mandatory
from xinfu.web.management.names import EDC


class ExpandedObject:
    """An expanded object, and its path in the body."""

    def __init__(
        self, node: dict[str, Any], where: tuple[str, ...] = (), faults: list[Fault] | None = None
    ) -> None:
        self.node = node
        self.where = where
        self.faults: list[Fault] = [] if faults is None else faults

    def settle(self) -> None:
        """Refuse the request if it has a fault.

        Raises:
            FaultsError: 400.
        """
        if self.faults:
            raise FaultsError(400, *self.faults)

    def value(self, name: str) -> Any:
        """Return a field unchanged, or the item of an array of one."""
        found = self.node.get(name if name[:1] == "@" or "://" in name else EDC + name)
        return found[0] if isinstance(found, list) and len(found) == 1 else found

    def text(self, name: str) -> str | None:
        """Return a field as text, also if it is an object `{"@id": …}`."""
        found = self.value(name)
        if isinstance(found, dict):
            found = found.get("@id")
        if isinstance(found, str):
            return found
        return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def needed(self, name: str) -> str:
        """Return a mandatory text; a missing one is a fault."""
        found = self.text(name)
        if found is None or not found.strip():
            self.faults.append(mandatory("value", self.path(name)))
            return ""
        return found

    def listed(self, name: str) -> list[Any]:
        """A field as a list: absent is empty, one value is a list of one."""
        found = self.node.get(EDC + name)
        return [] if found is None else found if isinstance(found, list) else [found]

    def inside(self, name: str, *, needed: bool = False) -> "ExpandedObject | None":
        """An object in a field."""
        found = self.value(name)
        if isinstance(found, dict):
            return ExpandedObject(found, (*self.where, name), self.faults)
        if found is not None and not needed:
            self.faults.append(invalid(f"{self.path(name)} is not an object", self.path(name), found))
        elif needed:
            self.faults.append(mandatory("object", self.path(name)))
        return None

    def each(self, name: str) -> Iterator["ExpandedObject"]:
        """The objects of a list."""
        for found in self.listed(name):
            if isinstance(found, dict):
                yield ExpandedObject(found, (*self.where, name), self.faults)
            else:
                self.faults.append(
                    invalid(f"{self.path(name)} is not a list of objects", self.path(name), found)
                )

    def free(self, name: str) -> dict[str, Any]:
        """Free properties of a field, by IRI."""
        found = self.value(name)
        return found if isinstance(found, dict) else {}

    def id(self) -> str | None:
        """The `@id`, if there is one; a blank one is a fault."""
        found = self.text("@id")
        if found is not None and not found.strip():
            self.faults.append(invalid("@id cannot be blank", "@id"))
        return found

    def path(self, *names: str) -> str:
        """The path of a field."""
        return edc(*self.where, *names)


def address_of(given: ExpandedObject | None, *, called: bool = True) -> dict[str, Any] | None:
    """A data address by EDC's bare names; its type is mandatory.

    Args:
        called: whether the address will be called: then HttpData needs a `baseUrl` that is one.
    """
    if given is None:
        return None
    kind = given.needed("type")
    found: dict[str, Any] = {}
    for key, value in given.node.items():
        if key[:1] != "@":
            found[key.removeprefix(EDC)] = value[0] if isinstance(value, list) and len(value) == 1 else value
    if called and kind == "HttpData":
        base = given.needed("baseUrl")
        if base and (urlsplit(base).scheme not in {"http", "https"} or not urlsplit(base).netloc):
            path = given.path("baseUrl")
            given.faults.append(invalid(f"{path} is not a valid address", path, base))
    return found
