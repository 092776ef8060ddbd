"""The first page of a search in a log of a million entries, and a scan of the same log as control.

A search by contract, by dataset and outcome, and by time, newest first; the control decodes every entry of the log once.
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import uuid_utils

from bench.figures import Figure
from xinfu.evidence import Entry
from xinfu.ports.log import EntrySearch
from xinfu.ports.store import Store
from xinfu.stores.sqlite import open_sqlite

ENTRIES = 1_000_000
AT_ONCE = 1_000
ROUNDS = 50
CONTEXT = "bench"
START = datetime(2026, 1, 1, tzinfo=UTC)

SEARCHES = {
    "contract": EntrySearch(terms={"contract": "contract-500"}),
    "dataset-and-outcome": EntrySearch(terms={"dataset": "dataset-7", "outcome": "count.exhausted"}),
    "peer-newest": EntrySearch(terms={"peer": "did:web:peer-3.example"}, newest_first=True),
    "kind-of-a-day": EntrySearch(
        terms={"kind": "use"}, since=START + timedelta(days=100), until=START + timedelta(days=101)
    ),
}


async def measure() -> list[Figure]:
    """Measure the median and the worst of fifty first pages of each search; the worst has to stay below 20 ms."""
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        store = await open_sqlite(Path(folder, "store.db"))
        await _fill(store)
        scan_ms = await _scan(store)
        figures: list[Figure] = []
        for name, search in SEARCHES.items():
            taken_ms = [await _page(store, search) for _ in range(ROUNDS)]
            figures += [
                Figure(
                    name=f"evidence.find.{name}",
                    value=statistics.median(taken_ms),
                    unit="ms",
                    peer="a scan of the log",
                    peer_value=scan_ms,
                ),
                Figure(name=f"evidence.find.{name}.worst", value=max(taken_ms), unit="ms", budget=20),
            ]
        await store.close()
    return figures


async def _page(store: Store, search: EntrySearch) -> float:
    began = time.perf_counter()
    async with store.view(CONTEXT) as view:
        found = await view.log.search(search)
    assert found
    return (time.perf_counter() - began) * 1000


async def _scan(store: Store) -> float:
    """The milliseconds in which every entry of the log is read and decoded, as a search without an index would."""
    began, after = time.perf_counter(), 0
    async with store.view(CONTEXT) as view:
        while page := await view.log.find(after=after, limit=1000):
            after = page[-1].row
            for each in page:
                msgspec.json.decode(each.canonical, type=Entry)
    return (time.perf_counter() - began) * 1000


async def _fill(store: Store) -> None:
    for first in range(0, ENTRIES, AT_ONCE):
        async with store.step(CONTEXT) as step:
            for place in range(first, first + AT_ONCE):
                await step.record(_entry(place))
            await step.log.index_terms(await step.log.find(after=first, limit=AT_ONCE))


def _entry(place: int) -> Entry:
    """A use, or in one of a hundred a refusal, half a minute after the one before; a thousand contracts share them."""
    contract = place % 1000
    facts: dict[str, Any] = {"dataset": f"dataset-{contract % 50}", "number": f"contract-{contract}"}
    refused = place % 101 == 0
    more: dict[str, Any] = (
        {"code": "count.exhausted"}
        if refused
        else {"root": "", "ranges": [], "bytes": 1, "started": "", "ended": "", "outcome": "completed"}
    )
    return Entry.of(
        "refusal" if refused else "use",
        id=f"urn:uuid:{uuid_utils.uuid7()}",
        at=START + timedelta(seconds=30 * place),
        context=CONTEXT,
        process=f"transfer-{place % 5000}",
        agreement=f"urn:agreement:{contract}",
        peer=f"did:web:peer-{contract % 20}.example",
        facts=facts | more,
    )
