"""What a consumer names as the place for a push answers badly or not at all: the provider gives it up, in bounded memory."""

import asyncio
import hashlib
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from tests.dataplanes.api import Api, telling
from tests.journeys.test_pushing import agreed, pushed, uses
from tests.nodes import World

from xinfu.services.background import push

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
LARGE = bytes(64 * MIB)
GROWTH = 48 * MIB
"""Less than the file that is pushed, and far more than a push needs."""

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "TRIES", 2)
    monkeypatch.setattr(push, "_SILENCE_S", 1.0)


@asynccontextmanager
async def target(talk: Talk) -> AsyncIterator[str]:
    """A place on loopback that talks as it likes; gives its address."""
    talks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with suppress(ConnectionError):
                await talk(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def most_memory() -> int:
    """The most memory that this process had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def endless(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await writer.drain()


async def test_one_that_never_reads_is_given_up(world: World) -> None:
    agreement = await agreed(world, "never-read", content=LARGE)
    standing = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # else asyncio reads ahead
        await standing.wait()

    before = most_memory()
    async with target(silent) as url:
        begun = await pushed(world, agreement, url)
        ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert "peer." in str(ended)
    assert most_memory() - before < GROWTH
    sent = [each["bytes"] for each in await uses(world.provider) if each["dataset"] == "never-read"]
    assert all(each < len(LARGE) for each in sent)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_never_followed_with_bytes_or_secrets(world: World, status: str) -> None:
    agreement = await agreed(world, f"redirected-{status[:3]}")
    async with Api(telling("200 OK", b"")).open() as there:
        async with Api(telling(status, b"", Location=f"{there.url}/in")).open() as sink:
            begun = await pushed(world, agreement, sink.url, token="hush-hush")
            ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
            assert len(sink.said) == 1
        assert there.said == []
    assert "push.refused" in str(ended)
    assert "hush-hush" not in str(ended)


async def test_an_answer_without_end_is_not_read(world: World) -> None:
    agreement = await agreed(world, "endless-answer", content=b"air")
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            await endless(writer, b"100000\r\n" + bytes(MIB) + b"\r\n")
        finally:
            left.set()

    before = most_memory()
    async with target(talk) as url:
        begun = await pushed(world, agreement, url)
        await world.consumer.reaches("transfers", begun["id"], "COMPLETED")
        await left.wait()
    assert most_memory() - before < GROWTH


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("heads", b"x-more: " + b"a" * 4000 + b"\r\n"),
        ("one-head", b"a" * 65536),
        ("interim", b"\r\nHTTP/1.1 100 Continue\r\n"),
    ],
)
async def test_a_head_without_end_is_given_up(world: World, name: str, piece: bytes) -> None:
    agreement = await agreed(world, f"endless-{name}", content=b"air")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n" if name == "interim" else b"HTTP/1.1 200 OK\r\nx: ")
        await endless(writer, piece)

    before = most_memory()
    async with target(talk) as url:
        begun = await pushed(world, agreement, url)
        ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert "peer." in str(ended)
    assert most_memory() - before < GROWTH


@pytest.mark.parametrize(
    "url",
    [
        "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://0xa000001/",
        "http://167772161/",
        "http://10.1/",
        "http://100.64.0.1/",
        "http://user@169.254.169.254/",
        "http://169.254.169.254./",
    ],
)
async def test_no_spelling_of_an_inner_address_is_called(world: World, url: str) -> None:
    agreement = await agreed(world, f"inner-{hashlib.sha256(url.encode()).hexdigest()[:8]}")
    begun = await pushed(world, agreement, url)
    ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert "address." in str(ended) or "push.address" in str(ended)
