"""Contract templates of a node."""

import builtins
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xinfu.api import FilledView, TemplateView
from xinfu.client.handle import Handle


class ContractTemplates(Handle):
    """The library of contract templates."""

    async def list(self) -> list[TemplateView]:
        """Return all templates."""
        return [each async for each in self._transport.pages("/contract-templates", TemplateView)]

    async def put(self, id_: str, template: Mapping[str, Any]) -> TemplateView:
        """Check and store a template.

        Raises:
            InputError: `template.blank`, `contract.action`, `contract.constraint` and others.
        """
        return await self._transport.put(_path(id_), TemplateView, {**template, "id": id_})

    async def remove(self, id_: str) -> None:
        """Delete a template."""
        await self._transport.delete(_path(id_))

    async def fetch(self) -> builtins.list[TemplateView]:
        """Import all templates of the platform.

        Raises:
            ConflictError: `contract.no-platform`. PeerError: the platform is unreachable or refuses.
        """
        return await self._transport.post("/contract-templates/fetch", builtins.list[TemplateView])

    async def fill(self, id_: str, values: Mapping[str, str]) -> FilledView:
        """Return the clauses of a template with these values in its blanks.

        Raises:
            NotFoundError: `contract-template.not-found`. InputError: `template.value-missing` and others.
        """
        return await self._transport.post(f"{_path(id_)}/fill", FilledView, {"values": dict(values)})


def _path(id_: str) -> str:
    return f"/contract-templates/{quote(id_, safe='')}"
