"""Quotas and nonces: never one too many, and never one twice."""

import asyncio
import random

import pytest
from tests.ports.store_samples import CONTEXT, OTHER, gather, later

from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.ports.store import Step, Store


async def reserve(
    step: Step, reservation: str, amount: int = 1, limit: int = 10, counter: str = "reads"
) -> bool:
    return await step.quotas.reserve(counter, amount, limit=limit, reservation=reservation, expires=later(60))


@pytest.mark.slow
async def test_64_callers_with_50_tries_each_get_exactly_the_1000_that_there_are(store: Store) -> None:
    async def caller(name: int) -> int:
        granted = 0
        for attempt in range(50):
            async with store.step(CONTEXT) as step:
                granted += await reserve(step, f"{name}-{attempt}", limit=1000)
            await asyncio.sleep(0)
        return granted

    granted = await asyncio.gather(*(caller(name) for name in range(64)))
    assert sum(granted) == 1000
    async with store.view(CONTEXT) as view:
        assert await view.quotas.used("reads") == (0, 1000)


async def test_an_amount_fits_exactly_or_nothing_is_set_aside(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await reserve(step, "1", 7)
        assert not await reserve(step, "2", 4)
        assert await step.quotas.used("reads") == (0, 7)
        assert await reserve(step, "3", 3)
        assert not await reserve(step, "4", 1)
        assert await step.quotas.used("reads") == (0, 10)
        assert await reserve(step, "5", counter="other")


async def test_a_repeat_answers_as_the_first_time_and_counts_once(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await reserve(step, "1", 10)
        assert await reserve(step, "1", 10)
        assert not await reserve(step, "2", 1)
        assert not await reserve(step, "2", 1)
        assert await step.quotas.used("reads") == (0, 10)
        await step.quotas.commit("1", amount=4)
        assert await reserve(step, "1", 10)
        assert await step.quotas.used("reads") == (4, 0)


@pytest.mark.parametrize(("counter", "amount"), [("other", 1), ("reads", 2)])
async def test_a_reservation_of_something_else_is_no_repeat(store: Store, counter: str, amount: int) -> None:
    async with store.step(CONTEXT) as step:
        assert await reserve(step, "1")
        with pytest.raises(ConflictError) as raised:
            await reserve(step, "1", amount, counter=counter)
        assert raised.value.code == "reservation.exists"
        assert await step.quotas.used("other") == (0, 0)


async def test_what_was_used_counts_and_the_rest_falls_back(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await reserve(step, "1", 6)
        await reserve(step, "2", 4)
        await step.quotas.commit("1", amount=2)
        await step.quotas.commit("1", amount=6)
        assert await step.quotas.used("reads") == (2, 4)
        await step.quotas.commit("2", amount=0)
        assert await step.quotas.used("reads") == (2, 0)
        assert await reserve(step, "3", 8)
        assert not await reserve(step, "4", 1)


@pytest.mark.parametrize("amount", [-1, 7])
async def test_only_what_was_set_aside_can_be_used(store: Store, amount: int) -> None:
    async with store.step(CONTEXT) as step:
        await reserve(step, "1", 6)
        with pytest.raises(InputError) as raised:
            await step.quotas.commit("1", amount=amount)
        assert raised.value.code == "reservation.exceeded"
        assert await step.quotas.used("reads") == (0, 6)


@pytest.mark.parametrize("amount", [0, -5])
async def test_a_reservation_sets_something_aside(store: Store, amount: int) -> None:
    async with store.step(CONTEXT) as step:
        with pytest.raises(InputError) as raised:
            await reserve(step, "1", amount)
        assert raised.value.code == "reservation.empty"


async def test_a_reservation_that_nobody_made_cannot_be_used(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        with pytest.raises(NotFoundError) as raised:
            await step.quotas.commit("1", amount=0)
        assert raised.value.code == "reservation.not-found"


async def test_a_reservation_past_its_time_counts_in_full_and_for_good(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await reserve(step, "1", 6)
        await reserve(step, "2", 3)
        await step.quotas.commit("2", amount=1)
        assert await step.quotas.expire(later(59.9)) == 0
        assert await step.quotas.expire(later(60)) == 1
        assert await step.quotas.used("reads") == (7, 0)
        await step.quotas.commit("1", amount=0)
        assert await step.quotas.expire(later(61)) == 0
        assert await step.quotas.used("reads") == (7, 0)


async def test_what_was_settled_a_day_ago_is_forgotten_but_stays_counted(store: Store) -> None:
    day = 86_400
    async with store.step(CONTEXT) as step:
        await reserve(step, "1", 2)
        await step.quotas.commit("1", amount=2)
        await reserve(step, "2", 3)
        await step.quotas.expire(later(60))
        await step.quotas.expire(later(60 + day - 1))
        await step.quotas.commit("1", amount=2)
        await step.quotas.expire(later(60 + day))
        for each in ("1", "2"):
            with pytest.raises(NotFoundError):
                await step.quotas.commit(each, amount=1)
        assert await step.quotas.used("reads") == (5, 0)


async def test_counters_of_another_context_are_others(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await reserve(step, "1", 10)
    async with store.step(OTHER) as step:
        assert await step.quotas.used("reads") == (0, 0)
        assert await step.quotas.expire(later(99)) == 0
        with pytest.raises(NotFoundError):
            await step.quotas.commit("1", amount=0)
        assert await reserve(step, "1", 10)
    async with store.view(CONTEXT) as view:
        assert await view.quotas.used("reads") == (0, 10)


async def test_the_first_use_stays_the_first_and_the_last_never_moves_back(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        quotas = step.quotas
        assert await quotas.marks("reads") == (None, None)
        assert await quotas.mark("reads", later(10), last=None)
        assert not await quotas.mark("reads", later(11), last=None)
        assert await quotas.marks("reads") == (later(10), later(10))
        assert await quotas.mark("reads", later(20), last=later(10))
        assert not await quotas.mark("reads", later(30), last=later(10))
        assert await quotas.mark("reads", later(5), last=later(20)), "a clock that was set back"
        assert await quotas.marks("reads") == (later(10), later(20))
        assert await reserve(step, "1", 3)
        assert await quotas.used("reads") == (0, 3)
        assert await quotas.marks("reads") == (later(10), later(20))
    async with store.view(OTHER) as view:
        assert await view.quotas.marks("reads") == (None, None)


async def test_of_many_who_saw_the_same_last_use_one_is_next(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await step.quotas.mark("reads", later(1), last=None)

    async def attempt(name: int) -> bool:
        async with store.step(CONTEXT) as step:
            return await step.quotas.mark("reads", later(100 + name), last=later(1))

    assert sum(await gather(*(attempt(name) for name in range(30)))) == 1


@pytest.mark.parametrize("seed", range(5))
async def test_settling_again_late_or_out_of_order_comes_to_the_same(store: Store, seed: int) -> None:
    amounts = {str(name): (name, name // 2) for name in range(1, 9)}
    messages = [(name, amount) for name, (_, amount) in amounts.items()] * 3
    random.Random(seed).shuffle(messages)
    async with store.step(CONTEXT) as step:
        for name, (amount, _) in amounts.items():
            assert await reserve(step, name, amount, limit=100)
    for name, amount in messages:
        async with store.step(CONTEXT) as step:
            await step.quotas.commit(name, amount=amount)
            if seed % 2:
                await step.quotas.expire(later(59))
    async with store.view(CONTEXT) as view:
        assert await view.quotas.used("reads") == (sum(amount for _, amount in amounts.values()), 0)


async def test_counters_are_forgotten_by_their_names_unless_something_is_held(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for number, counter in enumerate(("a@2025", "a@2026", "a@2027", "b@2025")):
            assert await reserve(step, str(number), 2, counter=counter)
            if counter != "a@2026":
                await step.quotas.commit(str(number), amount=2)
        assert await step.quotas.forget("a@", "a@2027") == 1
        assert await step.quotas.used("a@2025") == (0, 0)
        assert await step.quotas.used("a@2026") == (0, 2)
        assert await step.quotas.used("a@2027") == await step.quotas.used("b@2025") == (2, 0)
    async with store.step(OTHER) as step:
        assert await step.quotas.forget("a", "z") == 0


async def test_a_nonce_is_claimed_once_however_many_try(store: Store) -> None:
    async def attempt() -> bool:
        async with store.step(CONTEXT) as step:
            return await step.nonces.claim("issuer", "jti", expires=later(300))

    claimed = await gather(*(attempt() for _ in range(50)))
    assert sorted(claimed) == [False] * 49 + [True]


async def test_a_nonce_belongs_to_its_issuer_and_context(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await step.nonces.claim("a", "1", expires=later(1))
        assert await step.nonces.claim("b", "1", expires=later(1))
        assert not await step.nonces.claim("a", "1", expires=later(1))
    async with store.step(OTHER) as step:
        assert await step.nonces.claim("a", "1", expires=later(1))


async def test_a_nonce_is_held_until_it_expires_and_forgotten_later_by_new_claims(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await step.nonces.claim("a", "old", expires=later(300))
        assert await step.nonces.claim("a", "new", expires=later(3900))
        assert not await step.nonces.claim("a", "old", expires=later(300)), "its issuer could still use it"
        assert await step.nonces.claim("b", "far", expires=later(9_999_999))
        assert not await step.nonces.claim("a", "old", expires=later(300)), "others cannot make us forget it"
        assert await step.nonces.claim("a", "newer", expires=later(3901))
        assert await step.nonces.claim("a", "old", expires=later(300)), "long past, so the row went"
