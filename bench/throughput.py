"""Sustained negotiations a second, finalized in both stores and none lost, compared with the bare limit and EDC.

`python -m bench.throughput --seconds 60 [--tls | --postgres WORKERS]` measures one kind of pair alone.
"""

import argparse
import asyncio
import time
from contextlib import AbstractAsyncContextManager

import aiohttp

from bench import bare, edc
from bench.crowd import AT_ONCE, Crowd, negotiate
from bench.figures import Figure, table
from bench.nodes import pss_mb
from bench.pairs import Pair, on_postgres, on_sqlite, pids

SUSTAINED_S = 60.0
SHORT_S = 20.0
BARE_S = 10.0
EDC_COUNT = 100
EDC_AT_ONCE = 32


async def measure() -> list[Figure]:
    """Measure SQLite for a minute between two runs of the bare limit, then TLS and PostgreSQL for 20 s each."""
    limit = [await _bare()]
    figures = await _measured("negotiations", on_sqlite(), SUSTAINED_S, budget=300)
    limit.append(await _bare())
    ours = figures[0].value
    figures += [
        Figure(
            name="negotiations.beside-bare",
            value=ours,
            unit="1/s",
            peer="bare limit: four signed messages, five fsyncs, no logic",
            peer_value=sum(limit) / len(limit),
            budget=0.5 * sum(limit) / len(limit),
            at_most=False,
        ),
        Figure(
            name="negotiations.beside-edc",
            value=ours,
            unit="1/s",
            peer="EDC 0.14, default settings",
            peer_value=await _edc(),
        ),
    ]
    figures += await _measured("negotiations.tls", on_sqlite(tls=True), SHORT_S)
    for workers in (1, 4):
        figures += await _measured(f"negotiations.postgres.{workers}", on_postgres(workers), SHORT_S)
    return figures


async def _measured(
    name: str,
    opening: AbstractAsyncContextManager[Pair | None],
    seconds: float,
    *,
    budget: float | None = None,
) -> list[Figure]:
    async with opening as pair:
        if pair is None:
            return []
        found = await negotiate(pair.providers, pair.consumers, pair.count, seconds=seconds)
        pss = max(pss_mb(pid) for pid in pids([*pair.providers, *pair.consumers]))
    return [_rate(name, found, budget), *_costs(name, found, pss)]


def _rate(name: str, found: Crowd, budget: float | None) -> Figure:
    return Figure(name=name, value=found.a_second, unit="1/s", budget=budget, at_most=False)


def _costs(name: str, found: Crowd, pss: float) -> list[Figure]:
    return [
        Figure(name=f"{name}.lost", value=found.lost, unit=f"of {found.opened}", budget=0),
        Figure(name=f"{name}.cpu", value=found.cpu_ms, unit="ms, all nodes"),
        Figure(name=f"{name}.cpu.asking", value=found.asking_ms, unit="ms"),
        Figure(name=f"{name}.pss", value=pss, unit="MB, largest node", budget=150),
    ]


async def _bare() -> float:
    """The exchanges a second of the bare pair, with as many at once."""
    async with bare.pair() as (one, two), aiohttp.ClientSession(connector=_unbounded()) as session:
        await bare.exchange(session, one, two, "first")
        began = time.perf_counter()
        done = 0

        async def again(number: int) -> None:
            nonlocal done
            while time.perf_counter() < began + BARE_S:
                await bare.exchange(session, one, two, f"{number}-{done}-{time.perf_counter_ns()}")
                done += 1

        await asyncio.gather(*(again(number) for number in range(AT_ONCE)))
        return done / (time.perf_counter() - began)


async def _edc() -> float | None:
    """The negotiations a second of an EDC pair, many at once; None if EDC is absent."""
    async with edc.pair(wait_ms=None) as peers, aiohttp.ClientSession(connector=_unbounded()) as session:
        if peers is None:
            return None
        provider, consumer = peers
        await edc.offer(session, provider)
        policy = await edc.offered(session, provider, consumer)
        await edc.negotiate(session, provider, consumer, policy)
        room = asyncio.Semaphore(EDC_AT_ONCE)

        async def one() -> bool:
            async with room:
                try:
                    await edc.negotiate(session, provider, consumer, policy)
                except edc.UnfinishedError:  # it loses one now and then; what it finished is its figure
                    return False
                return True

        began = time.perf_counter()
        finished = await asyncio.gather(*(one() for _ in range(EDC_COUNT)))
        return sum(finished) / (time.perf_counter() - began)


def _unbounded() -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(limit=0)


def main() -> None:
    """Measure one kind of pair for the given time."""
    parser = argparse.ArgumentParser(prog="bench.throughput", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SUSTAINED_S)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--postgres", type=int, metavar="WORKERS", default=0)
    given = parser.parse_args()
    opening: AbstractAsyncContextManager[Pair | None] = (
        on_postgres(given.postgres) if given.postgres else on_sqlite(tls=given.tls)
    )
    budget = None if given.postgres or given.tls else 300  # what is only reported has none
    print(table(asyncio.run(_measured("negotiations", opening, given.seconds, budget=budget))))


if __name__ == "__main__":
    main()
