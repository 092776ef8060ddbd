"""A node has the plane that each kind of source says reads it."""

from typing import get_args

import pytest
from tests.nodes import World

from xinfu.ports.sources import LiveSource, SourceKind

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_kind_has_the_plane_that_its_facts_name(world: World) -> None:
    parts = world.provider.node.parts
    live = {
        SourceKind(str(each.__struct_config__.tag)) for each in get_args(LiveSource) if each.facts.is_live
    }
    assert set(parts.live) == live
    assert set(parts.planes) == set(SourceKind) - live - {SourceKind.ADDRESS}
