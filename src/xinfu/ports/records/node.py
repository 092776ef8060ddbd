"""Records of a node's operator: hosted contexts and registered data planes."""

from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.kind import Kind
from xinfu.ports.records.offering import Bound


class RegisteredPlane(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data plane that said it is there: where it takes orders, and what it can move."""

    id: str
    context: str
    endpoint: str
    transfer_types: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    authorization: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


DATA_PLANES: Final = Kind("data-plane", "data_planes", "数据面", RegisteredPlane)


class ContextLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a node one context may take; None: no bound.

    Attributes:
        datasets: assets that it holds.
        negotiations: open at once, whoever opened them.
        transfers: open at once, whoever opened them.
        reads: running at once at each worker.
    """

    datasets: Bound | None = None
    negotiations: Bound | None = None
    transfers: Bound | None = None
    reads: Bound | None = None


class HostedContext(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A participant context as it was made or changed while the node ran (D-01); `id` and `context` are one.

    Attributes:
        name: by language, "zh" and "en"; that of node.toml counts where it names the context.
        participant: its identifier; None: it follows from the node's address.
        entity: its subject code; connector: the code of the node as its connector; "" for none.
        grade: of its assets that name none; None: as node.toml says, if it names the context.
        folders: below which its sources may lie; None: as node.toml says, and none where it does not name the context.
        sources: hosts and nets that are not public and that its sources may be at; None: the same.
        key: SHA-256 of the API key that opens this context alone, lower-case hex; "" for none.
        closed: since when it answers no one.
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


HOSTED_CONTEXTS: Final = Kind("context", "hosted_contexts", "参与方上下文", HostedContext)
