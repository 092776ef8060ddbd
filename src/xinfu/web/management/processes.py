"""Shared parts of negotiations and transfers: protocol, callbacks, and the sentence of an error."""

from typing import Any, Final

import msgspec

from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.shapes import Version

PROTOCOL: Final = "dataspace-protocol-http:2025-1"
_KEPT: Final = ("uri", "events", "transactional", "authKey", "authCodeId")


def named_protocol(given: ExpandedObject, version: Version) -> str:
    """The protocol that a body names; in v4 under either of two names."""
    if not version.is_v3:
        return given.text("protocol") or given.needed("profile")
    return given.needed("protocol")


def callbacks_of(given: ExpandedObject) -> tuple[dict[str, Any], ...]:
    """Callback addresses as they were stated."""
    found = []
    for each in given.each("callbackAddresses"):
        uri = each.needed("uri")
        kept = {name: each.value(name) for name in _KEPT if each.value(name) is not None}
        found.append(kept | {"uri": uri, "events": [str(event) for event in each.listed("events")]})
    return tuple(found)


def detail(reason: tuple[str, ...], code: str | None) -> str | None:
    """Return why a process ended or waits: the first reason's sentence, else its code."""
    for each in reason:
        try:
            told = msgspec.json.decode(each) if each.startswith("{") else each
        except msgspec.DecodeError:
            told = each
        message = told.get("message") if isinstance(told, dict) else told
        if isinstance(message, str) and message:
            return message
    return code
