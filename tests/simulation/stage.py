"""A world in which nothing happens but what a test tells: for one question at a time."""

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec.structs import replace
from tests.simulation.network import CALM
from tests.simulation.plan import Plan
from tests.simulation.template import CONSUMER, PROVIDER, template
from tests.simulation.verdicts import Process
from tests.simulation.world import LIMIT_S, World

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.ports.records import NEGOTIATIONS

QUIET: Final = Plan(
    seed=0,
    opening="request",
    rules={},
    doings=(),
    jumps=(),
    cuts=(),
    weather=CALM,
    heals=0.0,
    give_up_after_s=86_400.0,
    strangers=frozenset(),
)


def staged(story: Callable[[World], Awaitable[None]], make: type[World] = World, **changes: object) -> World:
    """Let `story` happen between two parties that are up; gives the world with its trace."""
    template()
    loop = make.LOOP(LIMIT_S)
    world = make(replace(QUIET, **changes), loop)

    async def run() -> None:
        try:
            for party in world.parties.values():
                await party.start()
            await story(world)
        finally:
            await world.close()

    try:
        loop.run_until_complete(run())
    finally:
        world.forget()
        loop.close()
    return world


async def negotiation_of(world: World, name: str) -> ContractNegotiation:
    """The one negotiation that a party has."""
    party = world.parties[name]
    async with party.parts.store.view(name) as view:
        found = await view.of(NEGOTIATIONS).find(limit=2)
    assert len(found) == 1
    return found[0]


async def both(world: World) -> tuple[ContractNegotiation, ContractNegotiation]:
    """The provider's and the consumer's record of the one negotiation."""
    return await negotiation_of(world, PROVIDER), await negotiation_of(world, CONSUMER)


__all__ = ["QUIET", "Process", "both", "negotiation_of", "staged"]
