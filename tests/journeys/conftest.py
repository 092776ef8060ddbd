"""Three running nodes and a stranger, shared by the tests of a module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.dsp.schemas import Schemas
from tests.nodes import World
from tests.nodes import world as open_world
from tests.stranger import Stranger
from tests.stranger import stranger as open_stranger


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """An issuer, a provider and a consumer, running."""
    async with open_world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def peer(world: World) -> AsyncIterator[Stranger]:
    """A participant that signs what a test wants signed."""
    async with open_stranger(world.session) as made:
        yield made


@pytest.fixture(scope="session")
def schemas(shared: Path) -> Schemas:
    """The schemas of the Dataspace Protocol as published."""
    return Schemas(shared / "spec" / "dsp")
