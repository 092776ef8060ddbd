"""What the dispatcher keeps to: order, back-off, a bounded number of early tries, a reason in the end (D-12)."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.simulation import people
from tests.simulation.network import Weather
from tests.simulation.stage import both, negotiation_of, staged
from tests.simulation.template import CONSUMER, PROVIDER, template
from tests.simulation.world import World

from xinfu.dsp.negotiation import Kind, State
from xinfu.ports.records import NEGOTIATIONS, Act, Event
from xinfu.ports.records.outbox import CallbackEvent, ProcessMessage
from xinfu.services.background.dispatch import EARLY_TRIES
from xinfu.services.processes.standing import standing_of

DEAF = Weather(lose_request=1.0)


def sent(world: World, who: str, what: str) -> list[float]:
    """When a party sent what ends in `what`, in seconds."""
    lines = [line.split(maxsplit=1) for line in world.trace]
    return [float(at) for at, said in lines if said.startswith(f"{who} ") and what in said]


async def opened(world: World) -> None:
    """The consumer opens a negotiation with other terms, which a person of the provider has to look at."""
    await people.open_negotiation(world.parties[CONSUMER], "other-terms")
    await world.loop.stillness()


def test_tries_come_ever_more_rarely_and_never_stop_before_the_limit() -> None:
    async def story(world: World) -> None:
        world.network.weather = DEAF
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()

    tries = sent(staged(story, give_up_after_s=1800.0), CONSUMER, "/negotiations/request")
    pauses = [later - sooner for sooner, later in pairwise(tries)]
    assert pauses[0] < 21
    assert max(pauses) <= 60 * 1.5 + 21
    assert min(pauses[9:]) >= 60 * 0.5
    assert 1800 <= tries[-1] <= 1800 + 60 * 1.5 + 21


def test_a_peer_that_never_answers_is_given_up_with_a_reason() -> None:
    async def story(world: World) -> None:
        world.network.weather = DEAF
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()
        ended = await negotiation_of(world, CONSUMER)
        assert (ended.state, ended.sending) == (State.TERMINATED, None)
        assert ended.code in {"peer.timeout", "peer.unreachable"}
        assert ended.reason

    staged(story, give_up_after_s=60.0)


def test_the_other_side_reads_the_reason_once_it_can_be_reached() -> None:
    async def story(world: World) -> None:
        await opened(world)
        world.network.weather = DEAF
        await people.acts(world.parties[PROVIDER], Act.OFFER, world.network.rng)
        while not (await negotiation_of(world, PROVIDER)).is_over:
            await asyncio.sleep(1)
        assert world.loop.time() >= 100
        assert not (await negotiation_of(world, CONSUMER)).is_over
        world.network.weather = Weather()
        await world.loop.stillness()
        provider, consumer = await both(world)
        assert (consumer.state, consumer.code) == (State.TERMINATED, provider.code)
        assert consumer.reason == provider.reason

    staged(story, give_up_after_s=100.0)


def test_an_early_answer_is_tried_five_times_and_then_the_process_is_read() -> None:
    async def story(world: World) -> None:
        await opened(world)
        world.parties[PROVIDER].clock.off = timedelta(hours=1)  # its tokens are not valid yet: 404
        await people.acts(world.parties[PROVIDER], Act.OFFER, world.network.rng)
        await asyncio.sleep(30)
        world.trace.append(f"{world.loop.time()}  now")
        world.parties[PROVIDER].clock.off = timedelta(0)
        await world.loop.stillness()
        provider, consumer = await both(world)
        assert provider.state is consumer.state is State.OFFERED

    world = staged(story)
    reads = sent(world, PROVIDER, "GET /negotiations/")
    posts = sent(world, PROVIDER, "POST /negotiations/")
    before = [at for at in posts if at < reads[0]]
    assert len(before) == EARLY_TRIES
    assert 10 <= before[-1] - before[0] <= 30


def test_promises_of_one_process_are_kept_one_after_the_other() -> None:
    async def story(world: World) -> None:
        await people.lay_down(world.parties[PROVIDER], Event.REQUESTED, (Act.OFFER, Act.TERMINATE))
        world.network.weather = Weather(lose_request=0.5, lose_answer=0.3, slowest=3.0)
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()
        provider, consumer = await both(world)
        assert provider.state is consumer.state is State.TERMINATED

    world = staged(story, seed=4)
    offers, ends = sent(world, PROVIDER, "/offers"), sent(world, PROVIDER, "/termination")
    assert offers
    assert max(offers) < min(ends)


def test_what_a_killed_worker_held_goes_on_at_its_restart() -> None:
    async def story(world: World) -> None:
        world.network.weather = DEAF
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await asyncio.sleep(0.5)
        world.parties[CONSUMER].processes()[0].die(power=False, down_s=1.0)
        world.network.weather = Weather()
        await world.loop.stillness()

    world = staged(story, seed=2)
    after = [at for at in sent(world, CONSUMER, "/negotiations/request: 201") if at > 0.5]
    assert after
    assert after[0] < 3  # its lease would have ended after a minute


def test_more_promises_than_are_kept_at_once_hold_up_nothing() -> None:
    async def story(world: World) -> None:
        consumer = world.parties[CONSUMER]
        world.network.weather = Weather(slowest=4.0)
        for _ in range(100):
            offer = people.other_terms()
            await people.request(consumer, offer)
        await world.loop.stillness()
        async with consumer.parts.store.view(CONSUMER) as view:
            assert await view.of(NEGOTIATIONS).count(NEGOTIATIONS.state.equals(State.REQUESTED)) == 100

    staged(story)


def test_a_promise_that_cannot_be_read_is_tried_rarely_and_kept() -> None:
    async def story(world: World) -> None:
        provider = world.parties[PROVIDER]
        event = CallbackEvent(
            family="negotiation", process="n", number=0, kind="x", url="https://hook.example", envelope=b""
        )
        envelope = provider.parts.keyring.seal(b"{", context=PROVIDER, name=f"outbox:{event.queue}")
        async with provider.parts.store.step(PROVIDER) as step:
            row = await step.outbox.add(replace(event, envelope=envelope), due=provider.clock.now())
        await asyncio.sleep(60)
        async with provider.parts.store.view(PROVIDER) as view:
            kept = await view.outbox.get(row)
        assert kept is not None
        assert kept.last_error == "node.failed"
        assert 5 <= kept.attempts <= 10

    staged(story)


class Newer(msgspec.Struct, frozen=True, tag_field="delivery", tag="newer"):
    """A promise that only a newer program knows."""

    queue: str
    kind: str = "x"
    family: str = "x"


def test_a_promise_of_a_newer_program_is_kept_and_holds_up_its_own_process_alone() -> None:
    async def story(world: World) -> None:
        await opened(world)
        provider = world.parties[PROVIDER]
        record = await negotiation_of(world, PROVIDER)
        newer: Any = Newer(queue=record.id)
        async with provider.parts.store.step(PROVIDER) as step:
            await step.outbox.add(newer, due=provider.clock.now())
        await people.request(world.parties[CONSUMER], template().offer)
        await asyncio.sleep(60)
        async with provider.parts.store.view(PROVIDER) as view:
            assert await view.of(NEGOTIATIONS).count(NEGOTIATIONS.state.equals(State.FINALIZED)) == 1
            rows = await view.outbox.of(record.id)
        found = standing_of(
            record, rows, now=provider.clock.now(), give_up_after=provider.parts.give_up_after
        )
        assert found.failure is not None
        assert (found.failure.code, found.stuck) == ("outbox.unreadable", True)
        assert 5 <= found.tries <= 10

    staged(story)


def test_a_promise_without_its_process_is_forgotten() -> None:
    async def story(world: World) -> None:
        provider = world.parties[PROVIDER]
        async with provider.parts.store.step(PROVIDER) as step:
            message = ProcessMessage(
                family="negotiation",
                process="urn:uuid:gone",
                kind=str(Kind.AGREE),
                peer=f"did:web:{CONSUMER}",
                url=f"https://{CONSUMER}/dsp/{CONSUMER}/2025-1/negotiations/gone/agreement",
                body=b"{}",
            )
            await step.outbox.add(message, due=provider.clock.now())
        await world.loop.stillness()
        async with provider.parts.store.view(PROVIDER) as view:
            assert await view.outbox.of("urn:uuid:gone") == []

    staged(story)


def test_no_timer_runs_when_nothing_is_due() -> None:
    async def story(world: World) -> None:
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()  # comes only when no timer is set
        provider, consumer = await both(world)
        assert provider.state is consumer.state is State.FINALIZED
        assert world.loop.time() < 5

    staged(story)


@pytest.mark.parametrize("seed", range(6))
def test_a_peer_that_is_not_xinfu_gets_a_pause_before_our_next_message(seed: int) -> None:
    async def story(world: World) -> None:
        await people.open_negotiation(world.parties[CONSUMER], "request")
        await world.loop.stillness()

    world = staged(story, seed=seed, strangers=frozenset({CONSUMER}))
    agreed, finalized = sent(world, PROVIDER, "/agreement:")[0], sent(world, PROVIDER, "/events:")[0]
    asked, verified = (sent(world, CONSUMER, what)[0] for what in ("/request:", "/verification:"))
    assert agreed - asked >= 0.1
    assert finalized - verified >= 0.1
