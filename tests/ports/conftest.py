"""One fixture for each port, with every adapter of it: a suite that passes is the port's contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xinfu.ports.store import Store
from xinfu.stores.sqlite import open_store


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A fresh, durable store of each sort."""
    opened: Store = await {"sqlite": _sqlite}[request.param](tmp_path)
    yield opened
    await opened.close()


async def _sqlite(folder: Path) -> Store:
    return await open_store(folder / "node" / "store.db")
