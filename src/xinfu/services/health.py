"""The health of the node: the state of each part, and what keeps it from working."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from xinfu.errors import XinfuError
from xinfu.ports.records import ASSETS
from xinfu.services.parts import RecordParts

PATIENCE_S: Final = 2.0
"""How long the store may take to answer before it counts as away."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the node; `failure` states what is wrong, None if it works."""

    name: str
    failure: str | None = None
    failure_zh: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether the part works."""
        return self.failure is None


Check = Callable[[], Awaitable[Sequence[Component]]]
"""A check of the parts of a node."""


async def look_at_store(parts: RecordParts) -> Component:
    """Check whether the store answers a read within `PATIENCE_S` seconds."""
    try:
        async with asyncio.timeout(PATIENCE_S), parts.store.view(parts.contexts.first.id) as view:
            await view.of(ASSETS).find(limit=1)
    except XinfuError as error:
        return Component(name="store", failure=error.en, failure_zh=error.zh)
    except TimeoutError:
        return Component(
            name="store",
            failure=f"The store has not answered within {PATIENCE_S:g} s.",
            failure_zh=f"存储在 {PATIENCE_S:g} 秒内没有应答。",
        )
    return Component(name="store")
