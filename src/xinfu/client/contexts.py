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
from xinfu.client.handle import Handle


class Contexts(Handle):
    """The participant contexts of a node; the key of one context sees only that one."""

    async def list(self) -> list[HostedView]:
        """Return all contexts that the key opens."""
        return (await self._transport.get("/contexts", HostedListView)).items

    async def show(self, id_: str) -> HostedDetailView:
        """Return a context with its current use of the node's limits.

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
        """Host another participant; its API key is in the answer and never shown again.

        Args:
            name: by language, "zh" and "en".
            participant: its identifier; by default derived from the node's address.
            entity, connector: its codes by NDI-TR-2025-04, where it signs digital contracts.
            grade: grade of assets that state none; without it, such assets are not offered.
            folders: folders of the node's machine in which its sources may be; without them it publishes no files.
            sources: private hosts and networks at which its sources may be, such as `10.1.0.0/16`.

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
        """Change name, default grade, allowed sources or limits of a context; arguments that are None change nothing.

        `folders`, `sources` and `limits` each replace the whole old value.

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
        """Close a context: its streams stop, its processes end, its peers are notified; its records stay.

        Raises:
            NotFoundError: `context.not-found`. ConflictError: `context.closed`, `context.last`.
        """
        return await self._transport.post(f"{_at(id_)}/close", HostedView)

    async def reopen(self, id_: str) -> HostedView:
        """Reopen a closed context.

        Raises:
            NotFoundError: `context.not-found`. ConflictError: `context.open`.
        """
        return await self._transport.post(f"{_at(id_)}/reopen", HostedView)

    async def new_key(self, id_: str) -> FreshKeyView:
        """Return a new API key that opens only this context; the previous key becomes invalid.

        Raises:
            NotFoundError: `context.not-found`.
        """
        return await self._transport.post(f"{_at(id_)}/key", FreshKeyView)


def _paths(folders: Iterable[str | Path]) -> list[str]:
    return [str(Path(each).absolute()) for each in folders]


def _at(id_: str) -> str:
    return f"/contexts/{quote(id_, safe='')}"
