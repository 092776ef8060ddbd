"""One real EDC for all tests that want it, and for each module our node and a source beside it."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio
from tests.conformance.edc_live import Edc, Running, Source, running_edc, serving
from tests.nodes import IdentityTable, Site, site


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The process; skips where it cannot be started."""
    with running_edc(tmp_path_factory.mktemp("edc")) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    """How the tests speak to both."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edc(running: Running, session: aiohttp.ClientSession) -> Edc:
    """EDC as its operator has it."""
    made = Edc(running, session)
    await made.answers()
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours(
    session: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """Our node, which believes every name, as EDC's mock identity does."""
    folder = tmp_path_factory.mktemp("xinfu") / "xinfu"
    async with site(folder, session, identity=IdentityTable(kind="insecure-static")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source() -> AsyncIterator[Source]:
    """Where the bytes of EDC's assets come from."""
    async with serving() as made:
        yield made
