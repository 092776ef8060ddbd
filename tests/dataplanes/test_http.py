"""HTTP APIs as sources, against a real one: what comes through, what is refused, and how a bad one ends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.dataplanes.api import Api, Said, Talk, garbage, mute, serving, telling

from xinfu.dataplanes.http import HttpApi
from xinfu.errors import InputError, StoreError
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import AllowEntry, OutboundRules
from xinfu.ports.dataplane import LiveRequest, Secrets
from xinfu.ports.sources import HttpSource, PassedRequest

RULES = OutboundRules(sources=(AllowEntry(cidr="127.0.0.1/32", http=True),))


@pytest.fixture
async def plane() -> AsyncIterator[HttpApi]:
    outbound = HttpOutbound(RULES)
    yield HttpApi(outbound)
    await outbound.close()


async def read(plane: HttpApi, source: HttpSource, **given: Any) -> tuple[int, dict[str, str], bytes]:
    secrets = Secrets(given.pop("secrets", {}))
    async with plane.open(source, LiveRequest(**given), secrets=secrets) as answer:
        body = b"".join([piece async for piece in answer.chunks()])
        return answer.status, {"content-type": answer.media_type, **answer.headers}, body


@pytest.mark.parametrize(
    "status",
    ["200 OK", "201 Created", "400 Bad", "401 No", "404 Gone", "418 Teapot", "500 Oh", "503 Later"],
)
async def test_status_type_and_body_come_through(plane: HttpApi, status: str) -> None:
    talk = telling(status, b'{"a":1}', Content_Type="application/geo+json", ETag='"v1"', X_Internal="secret")
    async with Api(talk).open() as api:
        told = await read(plane, HttpSource(url=api.url))
    assert told == (
        int(status[:3]),
        {"content-type": "application/geo+json", "etag": '"v1"'},
        b'{"a":1}',
    )


async def test_a_range_comes_through(plane: HttpApi) -> None:
    async with Api(serving(b"0123456789")).open() as api:
        status, headers, body = await read(plane, HttpSource(url=api.url), headers={"range": "bytes=3-5"})
    assert (status, headers["content-range"], body) == (206, "bytes 3-5/10", b"345")


async def test_a_body_streams_through(plane: HttpApi) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(50):
            yield b"%02d" % number

    source_passes = PassedRequest(methods=("POST",), body=True)
    async with Api(telling("200 OK", b"")).open() as api:
        source = HttpSource(url=api.url, passes=source_passes)
        await read(plane, source, method="POST", body=body(), headers={"content-type": "text/plain"})
        said = api.said[0]
    assert said.body == b"".join(b"%02d" % number for number in range(50))
    assert said.headers["content-type"] == "text/plain"


async def test_a_secret_reaches_the_api_and_nobody_else(
    plane: HttpApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Api(telling("403 No", b"no")).open() as api:
        source = HttpSource(url=api.url, secret_headers={"X-Key": "key"})
        await read(plane, source, secrets={"key": "hush-hush"})
        assert api.said[0].headers["x-key"] == "hush-hush"
    with pytest.raises(StoreError) as failed:
        await read(plane, source, secrets={"key": "hush-hush"})
    assert "hush" not in caplog.text
    assert str(api.port) not in failed.value.sentence("en") + str(failed.value.facts)


@pytest.mark.parametrize("talk", [mute, garbage, telling("200 OK\r\nContent-Length: 9", b"")])
async def test_an_api_that_says_nothing_or_nonsense_is_away(plane: HttpApi, talk: Talk) -> None:
    async with Api(talk).open() as api:
        with pytest.raises(StoreError) as failed:
            await read(plane, HttpSource(url=api.url, silence_s=1))
    assert failed.value.code == "source.unreachable"


@pytest.mark.parametrize("measured", [True, False], ids=["with a length", "in chunks"])
async def test_an_api_that_dies_breaks_off(plane: HttpApi, measured: bool) -> None:
    talk = serving(bytes(200_000), dies_after=100_000, measured=measured)
    async with Api(talk).open() as api:
        with pytest.raises(StoreError) as failed:
            await read(plane, HttpSource(url=api.url))
    assert failed.value.code == "source.broken-off"


async def test_an_api_that_falls_silent_on_its_way_breaks_off(plane: HttpApi) -> None:
    async def half(said: Said, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await mute(said, writer)

    async with Api(half).open() as api:
        with pytest.raises(StoreError) as failed:
            await read(plane, HttpSource(url=api.url, silence_s=1))
    assert failed.value.code == "source.broken-off"


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/admin",
        "file:///etc/passwd",
        "//169.254.169.254/",
    ],
)
async def test_a_redirect_leads_nowhere_that_the_operator_did_not_open(plane: HttpApi, location: str) -> None:
    async with Api(telling("302 Found", b"", Location=location)).open() as api:
        with pytest.raises(StoreError) as failed:
            await read(plane, HttpSource(url=api.url))
    assert failed.value.code == "source.unreachable"


async def test_a_redirect_takes_no_secret_to_another_origin(plane: HttpApi) -> None:
    async with Api(telling("200 OK", b"here")).open() as other:
        async with Api(telling("302 Found", b"", Location=f"{other.url}/there")).open() as api:
            source = HttpSource(url=api.url, secret_headers={"X-Key": "key"})
            _, _, body = await read(plane, source, secrets={"key": "hush-hush"})
        assert (body, "x-key" in other.said[0].headers) == (b"here", False)


async def test_an_address_that_the_operator_did_not_open_is_refused_when_it_is_published(
    plane: HttpApi,
) -> None:
    with pytest.raises(InputError) as refused:
        await plane.check(HttpSource(url="http://10.0.0.1/"))
    assert refused.value.code == "address.refused"
    assert "sources" in refused.value.help_en


async def test_leaving_early_lets_go_of_the_api(plane: HttpApi) -> None:
    async with Api(serving(bytes(50_000_000))).open() as api:
        async with plane.open(HttpSource(url=api.url), LiveRequest()) as answer:
            async for _ in answer.chunks():
                break
        while api.open_connections:
            await asyncio.sleep(0.01)
