"""Publish very many datasets through the API of a provider."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from bench.nodes import Started

MANY = 100_000
OPEN = {"permission": [{"action": "use"}]}
TOGETHER = 1000
"""Publications in one call."""


async def fill(session: aiohttp.ClientSession, node: Started, count: int | None = None) -> float:
    """Publish `count` datasets, each with a definition and a policy, and return the seconds that it took."""
    forms = list(publications(node, count or MANY))
    began = time.perf_counter()
    for start in range(0, len(forms), TOGETHER):
        body = {"publications": forms[start : start + TOGETHER]}
        told = await call(session, "POST", node, "/publications/batch", json=body)
        if told["refused"]:
            raise RuntimeError(next(each for each in told["items"] if not each["published"]))
    return time.perf_counter() - began


async def fill_one_by_one(
    session: aiohttp.ClientSession, node: Started, count: int, *, at_once: int
) -> float:
    """Publish `count` datasets, each in a call of its own, and return the seconds that it took."""
    turns = asyncio.Semaphore(at_once)

    async def publish(form: dict[str, Any]) -> None:
        async with turns:
            await call(session, "POST", node, "/publications", json=form)

    began = time.perf_counter()
    await asyncio.gather(*map(publish, publications(node, count, name="single")))
    return time.perf_counter() - began


def publications(node: Started, count: int, *, name: str = "d") -> Iterator[dict[str, Any]]:
    """Publications of one small file under many ids, each with titles, keywords and properties."""
    source = node.folder / "open.txt"
    source.write_text("open\n")
    for number in range(count):
        yield {
            "asset": {
                "id": f"{name}-{number:06}",
                "source": {"kind": "file", "path": str(source)},
                "grade": 1,
                "title": {"en": f"Air quality, station {number}", "zh": f"空气质量，站点 {number}"},
                "keywords": ["air"],
                "public": {
                    "https://bench.example/kind": "air",
                    "https://bench.example/city": f"c{number % 100}",
                },
            },
            "policy": OPEN,
        }


async def call(session: aiohttp.ClientSession, method: str, node: Started, path: str, **given: Any) -> Any:
    """Call the native API."""
    async with session.request(method, node.api + path, headers=node.headers, **given) as answer:
        told = await answer.json(content_type=None)
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} {told}")
        return told
