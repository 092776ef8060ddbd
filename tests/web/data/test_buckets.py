"""Objects of a real store over the data listener: governed, by range, stopped, and a store that dies or stands still."""

import asyncio
import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
from tests.object_store import ACCESS, SECRET, FilledBucket, ObjectStore, serving
from tests.web.data.conftest import Listening, Offer

from xinfu.evidence import CHUNK_BYTES
from xinfu.ports.records import AgreementState
from xinfu.ports.sources import S3Source
from xinfu.services.agreements import lifecycle

pytestmark = pytest.mark.peer("s3")

CONTENT = random.Random(5).randbytes(3 * CHUNK_BYTES + 5)
LARGE = 32 * CHUNK_BYTES


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def source(bucket: FilledBucket, **place: str) -> S3Source:
    """An object (`key`) or all below a `prefix`."""
    return S3Source(
        endpoint=bucket.endpoint,
        bucket=bucket.name,
        key=place.get("key"),
        prefix=place.get("prefix"),
        access_key="access",
        secret_key="secret",
    )


async def get(url: str, headers: dict[str, str]) -> tuple[int, Any, bytes]:
    """One whole answer."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def cut(
    url: str, token: str, on_first: Callable[[], object], go_on: asyncio.Event | None = None
) -> int:
    """Read until the stream is cut; gives the bytes that came. It must end without its end.

    Args:
        on_first: called when the first bytes are here.
        go_on: after them nothing is read until it is set.
    """
    got = 0
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            async with session.get(url, headers=bearer(token)) as answer:
                async for chunk in answer.content.iter_chunked(2**14):
                    if not got:
                        on_first()
                        if go_on is not None:
                            await go_on.wait()
                    got += len(chunk)
    return got


async def use_of(listening: Listening) -> dict[str, Any]:
    """The one use, once it is over, as the evidence has it."""
    async with asyncio.timeout(30):
        while True:
            async with listening.node.parts.store.view("bureau") as view:
                found = await view.log.find(kind="use", limit=10)
            if found:
                (facts,) = [msgspec.json.decode(each.canonical)["facts"] for each in found]
                return dict(facts)
            await asyncio.sleep(0.01)


async def ended_after(listening: Listening, now: datetime) -> timedelta:
    """How long after `now` its use was over, by the clock of the node."""
    return datetime.fromisoformat((await use_of(listening))["ended"]) - now


async def end(listening: Listening) -> datetime:
    """End the agreement; gives the moment before, by the clock of the node."""
    now = listening.node.parts.clock.now()
    await lifecycle.change(
        listening.node.parts, "bureau", listening.agreement.id, AgreementState.TERMINATED, by="us"
    )
    return now


async def test_a_prefix_is_listed_and_its_objects_come_by_path(
    object_store: ObjectStore, offer: Offer
) -> None:
    bucket = object_store.bucket()
    bucket.put("2026/空气/a b.csv", b"one")
    bucket.put("2025/secret.csv", b"not offered")
    listening = await offer(source(bucket, prefix="2026/"), access=ACCESS, secret=SECRET)
    url, token = await listening.token()
    assert "空气/a b.csv".encode() in (await get(f"{url}/listing", bearer(token)))[2]
    assert (await get(f"{url}/files/{quote('空气/a b.csv')}", bearer(token)))[2] == b"one"
    bucket.put("2026/later.csv", b"not published")
    for path in (
        "../2025/secret.csv",
        "%2e%2e/2025/secret.csv",
        "%2E%2E%2F2025%2Fsecret.csv",
        "later.csv",
        "/",
    ):
        status, _, body = await get(f"{url}/files/{path}", bearer(token))
        assert status in {403, 404}
        assert b"not offered" not in body
        assert b"not published" not in body


async def test_a_store_that_stands_still_does_not_hold_up_the_stop(offer: Offer, tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    with serving(tmp_path / "s3") as own:
        bucket = own.bucket()
        (tmp_path / "large").write_bytes(os.urandom(LARGE))
        bucket.put("large.bin", tmp_path / "large")
        listening = await offer(source(bucket, key="large.bin"), access=ACCESS, secret=SECRET)
        began = asyncio.Event()
        url, token = await listening.token()

        def first() -> None:
            own.halt()
            began.set()

        reading = asyncio.create_task(cut(url, token, first))
        await began.wait()
        now = await end(listening)
        assert await reading < LARGE
        assert await ended_after(listening, now) <= timedelta(seconds=1)


async def test_a_store_that_dies_breaks_the_stream_off_and_tells_nobody_where_it_was(
    offer: Offer, tmp_path: Path
) -> None:
    (tmp_path / "s3").mkdir()
    with serving(tmp_path / "s3") as own:
        bucket = own.bucket()
        (tmp_path / "large").write_bytes(os.urandom(LARGE))
        bucket.put("large.bin", tmp_path / "large")
        listening = await offer(source(bucket, key="large.bin"), access=ACCESS, secret=SECRET)
        url, token = await listening.token()
        assert await cut(url, token, own.kill) < LARGE
        assert (await use_of(listening))["outcome"] == "source.broken-off"
        status, _, body = await get(url, bearer(token))
        assert (status, b"source.unreachable" in body) == (503, True)
        assert bucket.endpoint.rpartition(":")[2].encode() not in body
        assert bucket.name.encode() not in body


async def test_an_object_that_changed_is_refused_and_recorded(
    object_store: ObjectStore, offer: Offer
) -> None:
    bucket = object_store.bucket()
    bucket.put("air.bin", CONTENT)
    listening = await offer(source(bucket, key="air.bin"), access=ACCESS, secret=SECRET)
    url, token = await listening.token()
    bucket.put("air.bin", CONTENT[::-1])
    status, _, body = await get(url, bearer(token))
    assert (status >= 400, b"source.changed" in body) == (True, True)
    assert (await use_of(listening))["outcome"] == "source.changed"
