"""The participants that a node hosts, blocking."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from xinfu.client import contexts
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import AddedView, FreshKeyView, HostedDetailView, HostedView, LimitsView


class Contexts:
    """See `xinfu.client.contexts.Contexts`."""

    def __init__(self, loop: Loop, inner: contexts.Contexts) -> None:
        self._loop = loop
        self._inner = inner

    def list(self) -> list[HostedView]:
        """All that the key opens."""
        return self._loop.wait(self._inner.list())

    def show(self, id_: str) -> HostedDetailView:
        """One, and how much of the node it takes now."""
        return self._loop.wait(self._inner.show(id_))

    def add(
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
        """Host one more participant; its API key is in the answer and never shown again."""
        return self._loop.wait(
            self._inner.add(
                id_,
                name=name,
                participant=participant,
                entity=entity,
                connector=connector,
                grade=grade,
                folders=folders,
                sources=sources,
                limits=limits,
            )
        )

    def change(
        self,
        id_: str,
        *,
        name: Mapping[str, str] | None = None,
        grade: int | None = None,
        folders: Iterable[str | Path] | None = None,
        sources: Iterable[str] | None = None,
        limits: LimitsView | None = None,
    ) -> HostedView:
        """Give it another name, a grade for what names none, other places or bounds."""
        return self._loop.wait(
            self._inner.change(id_, name=name, grade=grade, folders=folders, sources=sources, limits=limits)
        )

    def close(self, id_: str) -> HostedView:
        """Let it answer no one."""
        return self._loop.wait(self._inner.close(id_))

    def reopen(self, id_: str) -> HostedView:
        """Let a closed one answer again."""
        return self._loop.wait(self._inner.reopen(id_))

    def new_key(self, id_: str) -> FreshKeyView:
        """A fresh API key that opens it alone."""
        return self._loop.wait(self._inner.new_key(id_))
