"""Records of a node's operator: hosted contexts and registered data planes."""

from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.kind import DatedKind
from xinfu.ports.records.offering import Bound


class RegisteredPlane(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data plane that has registered: the address for orders, and the types that it can transfer."""

    id: str
    context: str
    endpoint: str
    transfer_types: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    authorization: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


DATA_PLANES: Final = DatedKind("data-plane", "data_planes", "数据面", RegisteredPlane)


class ContextLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of one context at a node; None: no limit.

    Attributes:
        datasets: assets that it holds.
        negotiations: open at once, opened by either side.
        transfers: open at once, opened by either side.
        reads: running at once in each worker.
    """

    datasets: Bound | None = None
    negotiations: Bound | None = None
    transfers: Bound | None = None
    reads: Bound | None = None


class HostedContext(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A participant context that was made or changed while the node ran (D-01); `id` and `context` are the same.

    Attributes:
        name: by language, "zh" and "en"; the name in node.toml takes precedence if it lists the context.
        participant: its identifier; None: derived from the node's address.
        entity: its subject code; connector: the code of the node as its connector; "" for none.
        grade: the grade of its assets that state none; None: as in node.toml, if it lists the context.
        folders: folders that may hold its sources; None: as in node.toml, and no folder if it does not list the context.
        sources: hosts and nets that are not public at which its sources may be; None: as for `folders`.
        key: SHA-256 of the API key that opens only this context, lower-case hex; "" for none.
        closed: the time since which it answers no one; None while it is open.
    """

    id: str
    context: str
    name: dict[str, str] = msgspec.field(default_factory=dict)
    participant: str | None = None
    entity: str = ""
    connector: str = ""
    grade: GradeNumber | None = None
    folders: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    limits: ContextLimits = ContextLimits()
    key: str = ""
    closed: datetime | None = None
    created: datetime
    updated: datetime


HOSTED_CONTEXTS: Final = DatedKind("context", "hosted_contexts", "参与方上下文", HostedContext)
