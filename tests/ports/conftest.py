"""One fixture for each port, with every adapter of it: a suite that passes is the port's contract."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.stores import postgres_server

from xinfu.ports.store import Store
from xinfu.stores.sqlite import open_sqlite


async def _sqlite(folder: Path) -> Store:
    return await open_sqlite(folder / "node" / "store.db")


STORES: Final[dict[str, Callable[[Path], Awaitable[Store]]]] = {
    "sqlite": _sqlite,
    "postgres": postgres_server.open_in,
}
"""Every sort of store, and how a fresh durable one is opened; the folder is for its files."""


@pytest.fixture(scope="session", autouse=True)
def postgres() -> Iterator[None]:
    """Stops the server of PostgreSQL that the first test of it has started."""
    yield
    postgres_server.end()


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A fresh, durable store of each sort."""
    opened = await STORES[request.param](tmp_path)
    yield opened
    await opened.close()
