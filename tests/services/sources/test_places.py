"""Where a source of a kind that nobody has seen may lie: it is checked by the place that it states, or not opened."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar, cast

import aiohttp
import msgspec
import pytest
from tests.nodes import Site, site

from xinfu.errors import XinfuError
from xinfu.ports.source_facts import PathPlace, Place, SourceFacts, UrlPlace
from xinfu.ports.sources import Source, SourceBase
from xinfu.services.sources.places import open_secrets

CLOSED = SourceFacts(delivery=None, is_live=False, is_kept=False, has_rows=False, is_pushable=False)
METADATA = "http://169.254.169.254/latest/"


class ToySource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="toy"):
    """A kind that is in no list: it says where it lies, and nothing else is known of it."""

    facts: ClassVar = CLOSED
    at: Place | None

    @property
    def place(self) -> Place | None:
        """As it was made."""
        return self.at

    @property
    def kind(self) -> Any:
        """Not one of the node's."""
        return "toy"


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Site]:
    """A running node."""
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


async def _opened(bureau: Site, at: Place | None) -> str:
    toy = cast("Source", ToySource(at=at))
    try:
        await open_secrets(bureau.node.parts, "bureau", toy)
    except XinfuError as error:
        return error.code
    return "opened"


async def test_a_new_kind_is_held_to_the_place_that_it_states(bureau: Site) -> None:
    inside = PathPlace(str(bureau.folder / "a.csv"))
    outcomes = [
        await _opened(bureau, at)
        for at in (inside, PathPlace("/etc/hostname"), UrlPlace(METADATA, METADATA), None)
    ]
    assert outcomes == ["opened", "source.not-allowed", "address.refused", "source.unsupported"]


def test_a_new_kind_that_says_nothing_else_is_not_pushed_and_shows_nothing() -> None:
    toy = ToySource(at=None)
    assert (toy.is_pushable, toy.row_file, toy.passed_headers, toy.offered) == (False, None, (), {})
    assert toy.secret_names == frozenset()
    assert msgspec.structs.asdict(toy) == {"at": None}
