"""Contract templates of a node, blocking."""

import builtins
from collections.abc import Mapping
from typing import Any

from xinfu.client import templates
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import FilledView, TemplateView


class ContractTemplates:
    """See `xinfu.client.templates.ContractTemplates`."""

    def __init__(self, loop: Loop, inner: templates.ContractTemplates) -> None:
        self._loop = loop
        self._inner = inner

    def list(self) -> list[TemplateView]:
        """All templates."""
        return self._loop.wait(self._inner.list())

    def put(self, id_: str, template: Mapping[str, Any]) -> TemplateView:
        """Keep a template; it is checked first."""
        return self._loop.wait(self._inner.put(id_, template))

    def remove(self, id_: str) -> None:
        """Forget a template."""
        self._loop.wait(self._inner.remove(id_))

    def fetch(self) -> builtins.list[TemplateView]:
        """Take over all templates of the platform."""
        return self._loop.wait(self._inner.fetch())

    def fill(self, id_: str, values: Mapping[str, str]) -> FilledView:
        """The clauses of a template with these values in its blanks."""
        return self._loop.wait(self._inner.fill(id_, values))
