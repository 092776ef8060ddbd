"""The time until a node is ready, and its memory while idle."""

import asyncio
import statistics
import tempfile
from pathlib import Path

from bench.figures import Figure
from bench.nodes import node, pss_mb

IDLE_S = 60


async def measure() -> list[Figure]:
    """Measure the median of five starts of a node that has run before, and its PSS 60 s after it is ready."""
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        async with node("start", Path(folder)) as first:
            fresh = first.ready_s
        starts = []
        for _ in range(5):
            async with node("start", Path(folder)) as again:
                starts.append(again.ready_s)
        async with node("start", Path(folder)) as idle:
            await asyncio.sleep(IDLE_S)
            pss = pss_mb(idle.pid)
    return [
        Figure(name="node.start", value=statistics.median(starts), unit="s", budget=1.0),
        Figure(name="node.first-start", value=fresh, unit="s"),
        Figure(name="node.idle.pss", value=pss, unit="MB", budget=100),
    ]
