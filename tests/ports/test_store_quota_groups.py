"""Counters outside of a step: many callers share a transaction, and each is answered as if it had been alone."""

import asyncio
import random
from collections import defaultdict

import pytest
from tests.ports.store_samples import CONTEXT, OTHER, gather, later

from xinfu.errors import ConflictError, InputError, NotFoundError, StoreError
from xinfu.ports.store import Store


async def reserve(
    store: Store, reservation: str, amount: int = 1, limit: int = 10, counter: str = "reads"
) -> bool:
    return await store.quotas(CONTEXT).reserve(
        counter, amount, limit=limit, reservation=reservation, expires=later(60)
    )


async def test_64_callers_get_exactly_what_there_is(store: Store) -> None:
    granted = await asyncio.gather(*(reserve(store, str(name), limit=50) for name in range(64)))
    assert sum(granted) == 50
    assert await store.quotas(CONTEXT).used("reads") == (0, 50)
    await gather(*(store.quotas(CONTEXT).commit(str(name), amount=1) for name in range(64) if granted[name]))
    assert await store.quotas(CONTEXT).used("reads") == (50, 0)
    assert not await reserve(store, "more", limit=50)


async def test_calls_at_the_same_moment_share_a_transaction(store: Store) -> None:
    before = store.commits  # type: ignore[attr-defined]  # of both stores
    await gather(*(reserve(store, str(name), counter=f"c-{name}") for name in range(64)))
    assert store.commits - before <= 3  # type: ignore[attr-defined]


async def test_nobody_is_refused_for_the_sake_of_one_who_asks_for_more(store: Store) -> None:
    amounts = [3, 9, 2, 8, 4, 1]
    granted = await gather(*(reserve(store, str(n), amount) for n, amount in enumerate(amounts)))
    assert granted == [True, False, True, False, True, True]
    assert await store.quotas(CONTEXT).used("reads") == (0, 10)


async def test_a_repeat_at_the_same_moment_counts_once(store: Store) -> None:
    assert await gather(*(reserve(store, "same", 4) for _ in range(5))) == [True] * 5
    assert await store.quotas(CONTEXT).used("reads") == (0, 4)
    await gather(*(store.quotas(CONTEXT).commit("same", amount=3) for _ in range(5)))
    assert await store.quotas(CONTEXT).used("reads") == (3, 0)
    assert await gather(*(reserve(store, "large", 8) for _ in range(3))) == [False] * 3
    assert await reserve(store, "large", 7), "what was refused is not remembered"


async def test_what_cannot_be_done_is_told_to_its_caller_alone(store: Store) -> None:
    assert await reserve(store, "known", 2)
    quotas = store.quotas(CONTEXT)
    done = await asyncio.gather(
        reserve(store, "good"),
        reserve(store, "none", 0),
        reserve(store, "known", 3),
        reserve(store, "\ud800"),
        quotas.commit("known", amount=3),
        quotas.commit("known", amount=-1),
        quotas.commit("nobody", amount=1),
        quotas.commit("known", amount=1),
        return_exceptions=True,
    )
    assert done[0] is True
    assert done[7] is None
    kinds = [InputError, ConflictError, InputError, InputError, InputError, NotFoundError]
    assert [type(each) for each in done[1:7]] == kinds
    assert await quotas.used("reads") == (1, 1)


async def test_a_caller_who_goes_away_keeps_nobody_from_an_answer(store: Store) -> None:
    calls = [asyncio.create_task(reserve(store, str(name))) for name in range(6)]
    await asyncio.sleep(0)
    calls[0].cancel()
    calls[3].cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert [done[n] for n in (1, 2, 4, 5)] == [True] * 4
    used, held = await store.quotas(CONTEXT).used("reads")
    assert (used, 4 <= held <= 6) == (0, True)


async def test_counters_of_another_context_are_others(store: Store) -> None:
    assert await reserve(store, "1", 10)
    other = store.quotas(OTHER)
    assert await other.reserve("reads", 10, limit=10, reservation="1", expires=later(60))
    assert await other.used("reads") == await store.quotas(CONTEXT).used("reads") == (0, 10)


async def test_a_store_that_is_closed_says_so_to_everyone(store: Store) -> None:
    await store.close()
    done = await asyncio.gather(*(reserve(store, str(n)) for n in range(3)), return_exceptions=True)
    assert all(isinstance(each, StoreError) for each in done)


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_of_many_calls_keeps_the_books(store: Store, seed: int) -> None:
    """Reservations and settlings over a few counters, many at a time, against books kept by hand."""
    chance, limit = random.Random(seed), 40
    quotas, held, used = store.quotas(CONTEXT), dict[str, tuple[str, int]](), defaultdict[str, int](int)
    for turn in range(12):
        asked = {
            f"{turn}-{n}": (f"c-{chance.randrange(4)}", chance.randint(1, 9))
            for n in range(chance.randint(1, 12))
        }
        ending = {
            each: chance.randint(0, held[each][1]) for each in chance.sample(sorted(held), len(held) // 2)
        }
        answers = await asyncio.gather(
            *(reserve(store, name, amount, limit, counter) for name, (counter, amount) in asked.items()),
            *(quotas.commit(each, amount=amount) for each, amount in ending.items()),
        )
        for each, amount in ending.items():
            used[held.pop(each)[0]] += amount
        held |= {name: told for (name, told), granted in zip(asked.items(), answers, strict=False) if granted}
        for counter in {f"c-{n}" for n in range(4)}:
            known = sum(amount for on, amount in held.values() if on == counter)
            assert await quotas.used(counter) == (used[counter], known)
            assert used[counter] + known <= limit
        for name, (counter, amount) in asked.items():
            if name not in held:
                spent, reserved = await quotas.used(counter)
                assert spent + reserved + amount > limit - sum(ending.values())
