"""The version document: the protocol versions that a participant supports, with their paths.

The document is plain JSON without `@context` and `@type`. Follows: Dataspace Protocol 2025-1, Exposure of Versions.
"""

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from xinfu.dsp.message import Message
from xinfu.dsp.terms import BINDING, VERSION


class VersionAuth(msgspec.Struct, frozen=True, kw_only=True):
    """The authentication of callers at one version entry."""

    protocol: str
    version: str
    profile: tuple[str, ...] = ()


class VersionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A supported version. `path` is appended to the root that served the document.

    `node` is our marker: if it is present, the peer is xinfu and needs no pause (D-13).
    """

    version: str
    path: str
    binding: str
    identifier_type: str | None = None
    service_id: str | None = None
    auth: VersionAuth | None = None
    node: str | None = None


class VersionResponse(Message, frozen=True, kw_only=True):
    """The document at `/.well-known/dspace-version`."""

    wire_type: ClassVar[str] = "VersionResponse"

    protocol_versions: tuple[VersionEntry, ...]

    def spoken(self) -> Iterator[VersionEntry]:
        """The entries that we support, in the order of the document (R-VER-05); if there are none, stop (R-VER-06)."""
        return (e for e in self.protocol_versions if e.version == VERSION and e.binding == BINDING)
