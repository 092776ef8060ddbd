"""Servers for the tests of the PostgreSQL store."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from tests.stores import postgres_server
from tests.stores.postgres_server import Server

from xinfu.stores.postgres import PostgresStore, open_postgres

Opener = Callable[..., Awaitable[PostgresStore]]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this test session; nobody stops it."""
    yield postgres_server.one()[0]
    postgres_server.end()


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    """Another one, which a test may stop and start; it runs when the next test begins."""
    with postgres_server.serving() as made:
        yield made


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    """Opens stores by their address, and closes them after the test."""
    stores: list[PostgresStore] = []

    async def make(url: str, busy_timeout_s: float = 10.0, connections: int = 4) -> PostgresStore:
        stores.append(await open_postgres(url, busy_timeout_s=busy_timeout_s, connections=connections))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()
