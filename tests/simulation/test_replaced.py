"""What takes the place of a message, what a farewell names, and what nobody asked for."""

import asyncio

from tests.simulation import people
from tests.simulation.network import Weather
from tests.simulation.stage import both, staged
from tests.simulation.template import CONSUMER, PROVIDER
from tests.simulation.world import World

from xinfu.dsp.negotiation import State
from xinfu.dsp.transfer import State as Moving
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.records import TRANSFERS, Act

DEAF = Weather(lose_request=1.0)


async def transfer_of(world: World, name: str) -> TransferProcess:
    """The one transfer that a party has."""
    async with world.parties[name].parts.store.view(name) as view:
        (found,) = await view.of(TRANSFERS).find(limit=2)
    return found


def test_a_message_that_a_termination_replaces_never_leaves() -> None:
    async def story(world: World) -> None:
        provider = world.parties[PROVIDER]
        await people.open_negotiation(world.parties[CONSUMER], "other-terms")
        await world.loop.stillness()
        world.network.weather = DEAF
        await people.acts(provider, Act.OFFER, world.network.rng)
        await asyncio.sleep(30)  # it was tried, and is to be tried again
        await people.acts(provider, Act.TERMINATE, world.network.rng)
        record, _ = await both(world)
        async with provider.parts.store.view(PROVIDER) as view:
            assert [row.promise.kind for row in await view.outbox.of(record.id)] == ["TERMINATE"]
        world.network.weather = Weather()
        healed = len(world.trace)
        await world.loop.stillness()
        assert [each.state for each in await both(world)] == [State.TERMINATED, State.TERMINATED]
        sent = [line for line in world.trace[healed:] if "provider.sim POST" in line]
        assert sent
        assert not [line for line in sent if "/offers" in line]

    staged(story)


def test_a_farewell_names_the_transfer_of_the_other_side() -> None:
    async def story(world: World) -> None:
        await people.open_transfer(world.parties[CONSUMER])
        await world.loop.stillness()
        world.network.weather = DEAF
        await people.acts(world.parties[PROVIDER], Act.SUSPEND, world.network.rng)
        while not (await transfer_of(world, PROVIDER)).is_over:
            await asyncio.sleep(1)
        world.network.weather = Weather()
        await world.loop.stillness()
        gone, told = await transfer_of(world, PROVIDER), await transfer_of(world, CONSUMER)
        assert (told.state, told.terminated_by, told.code) == (Moving.TERMINATED, gone.role, gone.code)
        assert gone.consumer_pid == told.id

    staged(story, give_up_after_s=100.0)


def test_a_request_pulls_nothing_unless_it_is_told_to() -> None:
    async def story(world: World) -> None:
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()
        assert [each.state for each in await both(world)] == [State.FINALIZED, State.FINALIZED]
        for name in (PROVIDER, CONSUMER):
            async with world.parties[name].parts.store.view(name) as view:
                assert await view.of(TRANSFERS).find(limit=1) == []

    staged(story)
