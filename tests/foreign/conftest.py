"""Two nodes that know each other by their DIDs, and a source that one of them offers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import Site, site

CONTENT: Final = b"station,value\nsongjia,1\n"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is told, and the nodes behind it."""

    provider: Site
    consumer: Site
    source: str

    @property
    def told(self) -> dict[str, Any]:
        """Addresses and keys, as an operator hands them over."""
        return {
            "provider": _reached(self.provider),
            "consumer": _reached(self.consumer),
            "source": self.source,
            "address": {
                "@type": "DataAddress",
                "type": "HttpData",
                "baseUrl": self.source,
                "proxyPath": "true",
            },
        }


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Two running nodes, and a server whose bytes are offered."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        source = await stack.enter_async_context(RawTestServer(_serve, host="127.0.0.1"))
        made = [
            await stack.enter_async_context(site(tmp_path / name, session))
            for name in ("provider", "consumer")
        ]
        yield Stage(provider=made[0], consumer=made[1], source=str(source.make_url("/air.csv")))


async def _serve(request: web.BaseRequest) -> web.Response:
    return web.Response(body=CONTENT, content_type="text/csv")


def _reached(at: Site) -> dict[str, str]:
    return {
        "management": f"{at.urls['management']}/management",
        "default": f"{at.urls['management']}/api",
        "id": at.did,
        "protocol": at.base,
        "key": at.api_key,
    }
