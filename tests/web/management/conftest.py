"""Two nodes that know each other by name, and their management APIs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import IdentityTable, Said, Site, site

EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
V3: Final[dict[str, Any]] = {"@context": {"@vocab": EDC}}
V4: Final[dict[str, Any]] = {"@context": ["https://w3id.org/edc/connector/management/v2"]}


class Api(msgspec.Struct, frozen=True):
    """The management API of a node."""

    site: Site

    async def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Said:
        """One call; an object gets the context of its version, where it has none."""
        if isinstance(body, dict) and "@context" not in body:
            body = {**(V3 if path.startswith("/v3") else V4), **body}
        given = {"x-api-key": self.site.api_key} if headers is None else headers
        return await self.site.send(
            method, f"{self.site.urls['management']}/management{path}", body, headers=given
        )

    async def good(self, method: str, path: str, body: object = None) -> Any:
        """What a call gives; fails unless it is a 2xx."""
        said = await self.send(method, path, body)
        assert 200 <= said.status < 300, (said.status, said.body)
        return said.json if said.body else None


class Pair(msgspec.Struct, frozen=True):
    """Provider and consumer."""

    provider: Api
    consumer: Api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two running nodes."""
    folder = tmp_path_factory.mktemp("pair")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity = IdentityTable(kind="insecure-static")
        made = [
            await stack.enter_async_context(site(folder / name, session, identity=identity))
            for name in ("provider", "consumer")
        ]
        yield Pair(*(Api(each) for each in made))


@pytest.fixture
def api(pair: Pair) -> Api:
    """The provider's management API."""
    return pair.provider
