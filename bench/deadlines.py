"""The next deadline among 100,000 that wait: the query that the timer makes before each sleep."""

import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.figures import Figure
from xinfu.node.clock import SystemClock
from xinfu.ports.records import DeadlineKind
from xinfu.stores.sqlite import SqliteStore, open_sqlite

WAITING = 100_000
BATCH = 10_000
LOOKS = 500


async def measure() -> list[Figure]:
    """Measure the milliseconds until the next deadlines are known."""
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        store = await open_sqlite(Path(folder) / "store.db")
        try:
            await _fill(store)
            took = sorted([await _look(store) for _ in range(LOOKS)])
        finally:
            await store.close()
    return [
        Figure(name="duties.100k.next-due.p50", value=statistics.median(took), unit="ms", budget=1.0),
        Figure(name="duties.100k.next-due.p99", value=took[LOOKS * 99 // 100], unit="ms"),
    ]


async def _fill(store: SqliteStore) -> None:
    now = SystemClock().now()
    for first in range(0, WAITING, BATCH):
        async with store.step("bench") as step:
            for number in range(first, first + BATCH):
                due = now + timedelta(seconds=number * 7919 % WAITING)
                await step.deadlines.put(DeadlineKind.DUTY, f"duty-{number}", due)


async def _look(store: SqliteStore) -> float:
    began = time.perf_counter()
    await store.deadlines()
    return (time.perf_counter() - began) * 1000
