"""Documents of others that are elsewhere: how far a running node follows, and what it then takes for whose.

A redirect of a DID document is followed three times, each address checked anew, and a document of another id is nobody's. A
version document says where we speak with a proof of who we are: it stands where it is named.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUSES = (301, 302, 303, 307, 308)
TARGETS = {
    "another listener": "{other}/x/did.json",
    "itself": "{own}",
    "the metadata service": "http://169.254.169.254/latest",
    "a file": "file:///etc/passwd",
    "a path of its own": "/elsewhere/did.json",
}


class Elsewhere:
    """Sends whoever asks to another place, and another listener that counts who came."""

    def __init__(self) -> None:
        self.url = self.other = self.target = ""
        self.status = 302
        self.asked: list[str] = []
        self.touched = 0

    async def redirect(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path)
        own = f"{self.url}{request.path}"
        headers = {"Location": self.target.format(other=self.other, own=own)}
        return web.Response(status=self.status, headers=headers)

    async def count(self, request: web.BaseRequest) -> web.Response:
        self.touched += 1
        return web.json_response({"id": "did:web:other.example"})


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere() -> AsyncIterator[Elsewhere]:
    made = Elsewhere()
    async with (
        RawTestServer(made.redirect, host="127.0.0.1") as first,
        RawTestServer(made.count, host="127.0.0.1") as second,
    ):
        made.url, made.other = f"http://localhost:{first.port}", f"http://localhost:{second.port}"
        yield made


def did_of(place: Elsewhere) -> str:
    return f"did:web:localhost%3A{place.url.rpartition(':')[2]}:x"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_did_document_is_not_followed_inside_in_circles_or_to_another_one(
    world: World, elsewhere: Elsewhere, target: str, status: int
) -> None:
    elsewhere.target, elsewhere.status = TARGETS[target], status
    called = target == "another listener"  # in development loopback may be called
    said = await world.consumer.api("GET", "/catalog", participant=did_of(elsewhere))
    assert (said.status, said.code) == (502, "did.unresolved"), said
    assert said.json["facts"]["cause"] == ("did.document" if called else "peer.redirect-refused")
    assert ".." not in said.json["detail"]
    assert len(elsewhere.asked) <= 4
    assert elsewhere.touched == called


@pytest.mark.parametrize("target", TARGETS)
async def test_a_version_document_is_followed_nowhere(
    world: World, elsewhere: Elsewhere, target: str
) -> None:
    elsewhere.target = TARGETS[target]
    at = f"{elsewhere.url}/.well-known/dspace-version"
    said = await world.consumer.api("GET", "/catalog", participant=world.provider.did, at=at)
    assert (said.status, said.code) == (502, "peer.redirect-refused"), said
    assert len(elsewhere.asked) == 1
    assert elsewhere.touched == 0
