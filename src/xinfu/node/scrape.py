"""Answers `/metrics`: the counters, and the gauges counted at the moment of the scrape.

Only a scrape asks the store, so an idle node that nobody watches stays idle. A store that does not answer soon
leaves its gauges out; the rest is shown all the same.
"""

import asyncio
from collections import Counter
from typing import Final

from xinfu.errors import XinfuError
from xinfu.node.metrics import STORE_UP
from xinfu.node.telemetry import Telemetry
from xinfu.node.workers import Dispatcher, Sequencer
from xinfu.ports.census import Census
from xinfu.services.parts import Parts

PATIENCE_S: Final = 3.0
"""How long a scrape waits for the store."""


class Scrape:
    """Answers a scraper."""

    def __init__(
        self, parts: Parts, telemetry: Telemetry, dispatcher: Dispatcher, sequencer: Sequencer
    ) -> None:
        self._parts = parts
        self._metrics = telemetry.metrics
        self._dispatcher = dispatcher
        self._sequencer = sequencer

    async def __call__(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that `accept` asks for, and its media type."""
        counted: dict[str, Census] = {}
        up = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                counted = {each.id: await self._census(each.id) for each in self._parts.contexts}
            up = True
        except (XinfuError, TimeoutError):
            pass
        uses = Counter(run.context for run in self._parts.running.runs())
        self._metrics.take(counted, self._parts.clock.now())
        self._metrics.run(uses, tasks=self._dispatcher.tasks, lag_s=self._sequencer.lag_s)
        self._metrics.set(STORE_UP, (), int(up))
        return self._metrics.show(accept)

    async def _census(self, context: str) -> Census:
        async with self._parts.store.view(context) as view:
            return await view.census()
