"""A single negotiation at a time on idle nodes, from the provider's REQUESTED to the consumer's FINALIZED."""

import statistics
import time
from datetime import datetime
from typing import Any

import aiohttp

from bench import bare, edc
from bench.figures import Figure
from bench.nodes import Started, node

ROUNDS = 5
EACH = 20


async def measure() -> list[Figure]:
    """Measure medians of five interleaved rounds: xinfu, the bare limit, and the EDC pair in both settings."""
    async with (
        node("provider") as provider,
        node("consumer") as consumer,
        bare.pair() as (one, two),
        aiohttp.ClientSession() as session,
    ):
        await _publish(session, provider)
        for _ in range(5):
            await negotiate(session, provider, consumer)
        idle, whole, limit = [], [], []
        for round_ in range(ROUNDS):
            for count in range(EACH):
                took, protocol = await negotiate(session, provider, consumer)
                whole.append(took)
                idle.append(protocol)
                limit.append(await bare.exchange(session, one, two, f"{round_}-{count}"))
    default, fast = await _edc(None), await _edc(50)
    p50, p95 = statistics.median(idle), statistics.quantiles(idle, n=20)[-1]
    return [
        Figure(
            name="negotiation.idle.p50",
            value=p50,
            unit="ms",
            peer="EDC 0.14, default settings",
            peer_value=default,
            budget=20,
        ),
        Figure(
            name="negotiation.idle.p50.edc-50ms",
            value=p50,
            unit="ms",
            peer="EDC 0.14, 50 ms settings",
            peer_value=fast,
            budget=20,
        ),
        Figure(name="negotiation.idle.p95", value=p95, unit="ms", budget=50),
        Figure(
            name="negotiation.idle.whole-call.p50",
            value=statistics.median(whole),
            unit="ms",
            peer="bare limit: four signed messages, five fsyncs",
            peer_value=statistics.median(limit),
        ),
    ]


async def negotiate(
    session: aiohttp.ClientSession, provider: Started, consumer: Started
) -> tuple[float, float]:
    """The milliseconds of the user's whole call, and from REQUESTED to FINALIZED by the evidence logs."""
    began = time.perf_counter()
    body = {
        "participant": provider.participant,
        "dataset": "open",
        "offer": "open:open:open",
        "policy": {"permission": [{"action": "use"}]},
    }
    opened = await _call(session, "POST", consumer, "/negotiations", json=body)
    path = f"/negotiations/{opened['id']}"
    ended = await _call(session, "GET", consumer, path, params={"wait": "20"})
    took = 1000 * (time.perf_counter() - began)
    if ended["state"] != "FINALIZED":
        raise RuntimeError(f"{ended['state']} {ended['code']}")
    theirs = await _call(session, "GET", provider, f"/negotiations/{ended['provider_pid']}/timeline")
    ours = await _call(session, "GET", consumer, f"{path}/timeline")
    return took, 1000 * (_at(ours, "FINALIZED") - _at(theirs, "REQUESTED"))


def _at(timeline: list[dict[str, Any]], state: str) -> float:
    for happening in timeline:
        if happening["kind"] == "negotiation.state" and happening["facts"]["to"] == state:
            return datetime.fromisoformat(happening["at"]).timestamp()
    raise RuntimeError(f"no {state} in the timeline")


async def _publish(session: aiohttp.ClientSession, provider: Started) -> None:
    source = provider.folder / "open.txt"
    source.write_text("open\n")
    asset = {"id": "open", "source": {"kind": "file", "path": str(source)}, "grade": 1}
    body = {"asset": asset, "policy": {"permission": [{"action": "use"}]}}
    await _call(session, "POST", provider, "/publications", json=body)


async def _call(session: aiohttp.ClientSession, method: str, node_: Started, path: str, **given: Any) -> Any:
    async with session.request(method, node_.api + path, headers=node_.headers, **given) as answer:
        told = await answer.json(content_type=None)
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} {told}")
        return told


async def _edc(wait_ms: int | None) -> float | None:
    """The median of a few negotiations of an EDC pair; None if EDC is absent."""
    async with edc.pair(wait_ms=wait_ms) as peers, aiohttp.ClientSession() as session:
        if peers is None:
            return None
        provider, consumer = peers
        await edc.offer(session, provider)
        policy = await edc.offered(session, provider, consumer)
        await edc.negotiate(session, provider, consumer, policy)
        return statistics.median([await edc.negotiate(session, provider, consumer, policy) for _ in range(5)])
