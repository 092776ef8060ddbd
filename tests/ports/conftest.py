"""One fixture for each port, with every adapter of it: a suite that passes is the port's contract."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from xinfu.ports.store import Store
from xinfu.stores.sqlite import open_store


async def _sqlite(folder: Path) -> Store:
    return await open_store(folder / "node" / "store.db")


STORES: Final[dict[str, Callable[[Path], Awaitable[Store]]]] = {"sqlite": _sqlite}
"""Every sort of store, and how a fresh durable one is opened; the folder is for its files."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A fresh, durable store of each sort."""
    opened = await STORES[request.param](tmp_path)
    yield opened
    await opened.close()
