"""The contract of sources, whatever their kind, as a consumer meets it: over the data listener, under an agreement.

A new kind is one more entry of `KINDS`: it makes a source that gives `wanted` bytes, and says which they are.
"""

import asyncio
import contextlib
import csv
import io
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import pytest
from tests.dataplanes.api import Api, serving
from tests.object_store import ACCESS, REGION, SECRET
from tests.web.data.conftest import Listening, Offer, offer  # noqa: F401 - a fixture

from xinfu.ports.records import AgreementState
from xinfu.ports.sources import FileSource, FolderSource, HttpSource, S3Source, Source, TableSource
from xinfu.services import agreements

MIB: Final = 1024 * 1024
SIZE: Final = 3 * MIB + 17
LARGE: Final = 48 * MIB


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A source that is there.

    Attributes:
        is_right: whether these are its bytes.
        tail: what follows the transfer's address.
    """

    source: Source
    is_right: Callable[[bytes], bool]
    tail: str = ""
    secrets: dict[str, str] = {}


Make = Callable[[Path, int, AsyncExitStack, pytest.FixtureRequest], Awaitable[Made]]


async def a_file(folder: Path, size: int, stack: AsyncExitStack, request: pytest.FixtureRequest) -> Made:
    data = os.urandom(size)
    (folder / "air.csv").write_bytes(data)
    return Made(source=FileSource(path=str(folder / "air.csv")), is_right=lambda came: came == data)


async def a_folder(folder: Path, size: int, stack: AsyncExitStack, request: pytest.FixtureRequest) -> Made:
    data = os.urandom(size)
    (folder / "days").mkdir()
    (folder / "days" / "air.csv").write_bytes(data)
    return Made(
        source=FolderSource(path=str(folder / "days")),
        is_right=lambda came: came == data,
        tail="/files/air.csv",
    )


async def an_api(folder: Path, size: int, stack: AsyncExitStack, request: pytest.FixtureRequest) -> Made:
    data = os.urandom(size)
    api = await stack.enter_async_context(Api(serving(data)).open())
    return Made(source=HttpSource(url=api.url), is_right=lambda came: came == data)


async def an_object(folder: Path, size: int, stack: AsyncExitStack, request: pytest.FixtureRequest) -> Made:
    data = os.urandom(size)
    bucket = request.getfixturevalue("object_store").bucket()
    bucket.put("air.csv", data)
    source = S3Source(
        endpoint=bucket.endpoint,
        region=REGION,
        bucket=bucket.name,
        key="air.csv",
        access_key="access",
        secret_key="secret",
    )
    return Made(
        source=source,
        is_right=lambda came: came == data,
        secrets={"access": ACCESS, "secret": SECRET},
    )


async def a_table(folder: Path, size: int, stack: AsyncExitStack, request: pytest.FixtureRequest) -> Made:
    rows = [(number, "x" * 900) for number in range(size // 900)]
    with contextlib.closing(sqlite3.connect(folder / "air.db")) as database, database:
        database.execute("CREATE TABLE air (id INTEGER, what TEXT)")
        database.executemany("INSERT INTO air VALUES (?, ?)", rows)

    def is_right(came: bytes) -> bool:
        _, *told = csv.reader(io.StringIO(came.decode(), newline=""))
        return [(int(number), what) for number, what in told] == rows

    source = TableSource(
        engine="sqlite",
        database=str(folder / "air.db"),
        query="SELECT id, what FROM air ORDER BY id",
        formats=("csv",),
    )
    return Made(source=source, is_right=is_right)


KINDS: Final[dict[str, Make]] = {
    "file": a_file,
    "folder": a_folder,
    "http": an_api,
    "s3": an_object,
    "table": a_table,
}
_EVERY: Final = [pytest.param(name, marks=pytest.mark.peer("s3") if name == "s3" else ()) for name in KINDS]


class Read(msgspec.Struct, frozen=True):
    """Where a source of one kind is read, and what it holds."""

    listening: Listening
    url: str
    headers: dict[str, str]
    is_right: Callable[[bytes], bool]


Open = Callable[[int], Awaitable[Read]]


@pytest.fixture(params=_EVERY)
async def opened(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    offer: Offer,  # noqa: F811 - the fixture
) -> AsyncIterator[Open]:
    """Offers a source of each kind with about as many bytes as it is told."""
    async with AsyncExitStack() as stack:

        async def start(size: int) -> Read:
            made = await KINDS[request.param](tmp_path, size, stack, request)
            listening = await offer(made.source, **made.secrets)
            url, token = await listening.token()
            return Read(listening, url + made.tail, {"Authorization": f"Bearer {token}"}, made.is_right)

        yield start


async def got(read: Read, **headers: str) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(read.url, headers=read.headers | headers) as answer,
    ):
        return answer.status, await answer.read()


async def test_the_whole_of_it_comes(opened: Open) -> None:
    read = await opened(SIZE)
    status, body = await got(read)
    assert (status, read.is_right(body)) == (200, True)


async def test_nothing_is_something_too(opened: Open) -> None:
    read = await opened(0)
    status, body = await got(read)
    assert (status, read.is_right(body)) == (200, True)


async def test_it_can_be_put_together_from_ranges(opened: Open) -> None:
    read = await opened(SIZE)
    _, whole = await got(read)
    cuts = [0, 1, MIB - 1, MIB, 2 * MIB + 5, len(whole)]
    parts = []
    for start, end in pairwise(cuts):
        status, body = await got(read, Range=f"bytes={start}-{end - 1}")
        assert (status, len(body)) == (206, end - start)
        parts.append(body)
    assert b"".join(parts) == whole


async def test_a_read_that_was_cut_goes_on_where_it_ended(opened: Open) -> None:
    read = await opened(LARGE)
    async with (
        aiohttp.ClientSession(read_bufsize=2**16) as session,
        session.get(read.url, headers=read.headers) as answer,
    ):
        first = await answer.content.readexactly(MIB)
        answer.close()
    await quiet(read.listening)
    if not read.is_right(first):
        status, rest = await got(read, Range=f"bytes={len(first)}-")
        assert (status, read.is_right(first + rest)) == (206, True)


async def test_a_reader_that_stands_still_does_not_make_it_race_on(opened: Open) -> None:
    read = await opened(LARGE)
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        answer = await session.get(read.url, headers=read.headers)
        await answer.content.readexactly(1000)
        answer.close()
    await quiet(read.listening)
    async with read.listening.node.parts.store.view("bureau") as view:
        [used] = await view.log.find(kind="use", limit=10)
    assert msgspec.json.decode(used.canonical)["facts"]["bytes"] < LARGE


async def test_it_stops_within_a_second_when_the_agreement_ends(opened: Open) -> None:
    read = await opened(LARGE)
    got_bytes = 0
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        answer = await session.get(read.url, headers=read.headers)
        await answer.content.readexactly(1000)
        began = time.monotonic()
        await agreements.change(
            read.listening.node.parts,
            "bureau",
            read.listening.agreement.id,
            AgreementState.TERMINATED,
            by="us",
        )
        with pytest.raises(aiohttp.ClientError):
            while piece := await answer.content.read(65536):
                got_bytes += len(piece)
        assert time.monotonic() - began <= 1.0
    assert got_bytes < LARGE
    assert (await got(read))[0] == 403


async def quiet(listening: Listening) -> None:
    """Wait until no use is open any more."""
    while len(listening.node.parts.running):
        await asyncio.sleep(0.01)
