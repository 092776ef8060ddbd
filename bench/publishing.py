"""Publishing very many datasets through the API, in lots and one by one, compared with EDC's time for each."""

import time

import aiohttp

from bench import edc, shelf
from bench.figures import Figure
from bench.nodes import node

SINGLE = 2000
OF_EDC = 500


async def measure() -> list[Figure]:
    """Measure each way on a fresh node. EDC publishes only a few hundred, because its time for each grows."""
    async with aiohttp.ClientSession() as session:
        async with node("provider") as provider:
            whole_s = await shelf.fill(session, provider)
        async with node("provider") as provider:
            single_s = await shelf.fill_one_by_one(session, provider, SINGLE, at_once=8)
        theirs = await _edc(session)
    return [
        Figure(name="publishing.100000.lots-of-1000", value=whole_s, unit="s", budget=120),
        Figure(
            name="publishing.one-by-one",
            value=1000 * single_s / SINGLE,
            unit="ms",
            peer=f"EDC 0.14, asset and contract definition, {OF_EDC} of them",
            peer_value=theirs,
        ),
    ]


async def _edc(session: aiohttp.ClientSession) -> float | None:
    """The milliseconds for an asset and its contract definition in EDC; None if EDC is absent."""
    async with edc.pair(wait_ms=None) as peers:
        if peers is None:
            return None
        provider, _ = peers
        await edc.offer(session, provider)
        began = time.perf_counter()
        await edc.stock(session, provider, OF_EDC)
        return 1000 * (time.perf_counter() - began) / OF_EDC
