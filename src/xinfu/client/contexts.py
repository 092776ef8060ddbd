"""The participants that a node hosts: add, bound, close; for the node's operator."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xinfu.api import (
    AddedView,
    FreshKeyView,
    HostedDetailView,
    HostedListView,
    HostedView,
    LimitsView,
)
from xinfu.client.transport import Transport


class Contexts:
    """The participants of a node; with the key of one of them, that one."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self) -> list[HostedView]:
        """All that the key opens."""
        return (await self._transport.get("/contexts", HostedListView)).items

    async def show(self, id_: str) -> HostedDetailView:
        """One, and how much of the node it takes now.

        Raises:
            NotFoundError: `context.not-found`.
        """
        return await self._transport.get(_at(id_), HostedDetailView)

    async def add(
        self,
        id_: str,
        *,
        name: Mapping[str, str] | None = None,
        participant: str | None = None,
        entity: str = "",
        connector: str = "",
        grade: int | None = None,
        folders: Iterable[str | Path] = (),
        sources: Iterable[str] = (),
        limits: LimitsView | None = None,
    ) -> AddedView:
        """Host one more participant; its API key is in the answer and never shown again.

        Args:
            name: by language, "zh" and "en".
            participant: its identifier; None: it follows from the node's address.
            entity, connector: its codes by NDI-TR-2025-04, where it signs digital contracts.
            grade: of its assets that name none; None: these are not offered.
            folders: of the node's machine, below which its sources may lie; none: it publishes no files.
            sources: hosts and nets that are not public and that its sources may be at, such as `10.1.0.0/16`.

        Raises:
            ConflictError: `context.exists`. InputError: `context.id`, `context.folder`, `identifier.*` of a code.
            ConfigError: `config.outbound-entry`.
        """
        body: dict[str, Any] = {"id": id_, "name": dict(name or {}), "participant": participant}
        body |= {"entity": entity, "connector": connector, "grade": grade}
        body |= {"folders": _paths(folders), "sources": list(sources), "limits": limits or LimitsView()}
        return await self._transport.post("/contexts", AddedView, body)

    async def change(
        self,
        id_: str,
        *,
        name: Mapping[str, str] | None = None,
        grade: int | None = None,
        folders: Iterable[str | Path] | None = None,
        sources: Iterable[str] | None = None,
        limits: LimitsView | None = None,
    ) -> HostedView:
        """Give it another name, a grade for what names none, other places or bounds; what is None stays.

        `folders`, `sources` and `limits` each replace all of theirs.

        Raises:
            NotFoundError: `context.not-found`. InputError: `context.folder`, `context.source`.
        """
        body: dict[str, Any] = {
            "name": None if name is None else dict(name),
            "grade": grade,
            "limits": limits,
        }
        body["folders"] = None if folders is None else _paths(folders)
        body["sources"] = None if sources is None else list(sources)
        return await self._transport.patch(_at(id_), HostedView, body)

    async def close(self, id_: str) -> HostedView:
        """Let it answer no one: its streams stop, its processes end, its peers are told; records stay.

        Raises:
            NotFoundError: `context.not-found`. ConflictError: `context.closed`, `context.last`.
        """
        return await self._transport.post(f"{_at(id_)}/close", HostedView)

    async def reopen(self, id_: str) -> HostedView:
        """Let a closed one answer again.

        Raises:
            NotFoundError: `context.not-found`. ConflictError: `context.open`.
        """
        return await self._transport.post(f"{_at(id_)}/reopen", HostedView)

    async def new_key(self, id_: str) -> FreshKeyView:
        """A fresh API key that opens it alone; the one before opens nothing any more.

        Raises:
            NotFoundError: `context.not-found`.
        """
        return await self._transport.post(f"{_at(id_)}/key", FreshKeyView)


def _paths(folders: Iterable[str | Path]) -> list[str]:
    return [str(Path(each).absolute()) for each in folders]


def _at(id_: str) -> str:
    return f"/contexts/{quote(id_, safe='')}"
