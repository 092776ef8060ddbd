"""The stored side of an evidence log."""

import pytest
from tests.ports.store_samples import CONTEXT, OTHER, entry, new_id

from xinfu.errors import ConflictError, InputError
from xinfu.ports.log import Head
from xinfu.ports.store import Store


async def fill(store: Store, count: int, context: str = CONTEXT) -> list[str]:
    """Append entries, one a step; gives their ids."""
    ids = []
    for _ in range(count):
        written = entry(context=context)
        async with store.step(context) as step:
            await step.record(written)
        ids.append(written.id)
    return ids


async def test_an_entry_comes_back_as_its_canonical_bytes(store: Store) -> None:
    written = entry()
    async with store.step(CONTEXT) as step:
        await step.record(written, {"token": b"ey.J", "body": b"\x00{}"})
    async with store.view(CONTEXT) as view:
        stored = await view.log.entry(written.id)
        assert stored is not None
        assert stored.canonical == written.to_bytes()
        assert (stored.kind, stored.process, stored.index) == ("refusal", "n", None)
        assert await view.log.attachments(written.id) == {"token": b"ey.J", "body": b"\x00{}"}
        assert await view.log.attachments("another") == {}
        assert await view.log.entry("another") is None


async def test_an_entry_is_appended_once(store: Store) -> None:
    written = entry()
    async with store.step(CONTEXT) as step:
        await step.record(written, {"body": b"first"})
        with pytest.raises(ConflictError) as raised:
            await step.record(written, {"body": b"second"})
        assert raised.value.code == "entry.exists"
        assert await step.log.attachments(written.id) == {"body": b"first"}
        assert len(await step.log.pending()) == 1


async def test_an_entry_of_another_context_cannot_be_kept(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        with pytest.raises(InputError) as raised:
            await step.record(entry(context=OTHER))
        assert raised.value.code == "context.foreign"


async def test_entries_wait_for_their_index_in_the_order_of_their_steps(store: Store) -> None:
    ids = await fill(store, 5)
    async with store.step(CONTEXT) as step:
        waiting = await step.log.pending(3)
        assert [each.id for each in waiting] == ids[:3]
        await step.log.number([each.row for each in waiting], 0)
        assert [each.id for each in await step.log.pending()] == ids[3:]
        numbered = await step.log.entries(1, 10)
        assert [(each.id, each.index) for each in numbered] == [(ids[1], 1), (ids[2], 2)]
        assert [each.index for each in await step.log.entries(0, 2)] == [0, 1]


async def test_an_index_is_given_once_and_to_own_entries_only(store: Store) -> None:
    await fill(store, 2)
    await fill(store, 1, OTHER)
    async with store.step(CONTEXT) as step:
        first, second = await step.log.pending()
        await step.log.number([first.row], 0)
        for row in (first.row, second.row + 1, 999):
            with pytest.raises(ConflictError) as raised:
                await step.log.number([row], 1)
            assert raised.value.code == "entry.numbered"


async def test_each_context_has_a_log_of_its_own(store: Store) -> None:
    ours, theirs = await fill(store, 2), await fill(store, 3, OTHER)
    for context, ids in ((CONTEXT, ours), (OTHER, theirs)):
        async with store.step(context) as step:
            waiting = await step.log.pending()
            assert [each.id for each in waiting] == ids
            await step.log.number([each.row for each in waiting], 0)
            await step.log.save_head(Head(size=len(ids), frontier=context.encode()))
            await step.log.save_tile(0, 0, context.encode())
            await step.log.save_checkpoint(1, context)
    async with store.view(CONTEXT) as view:
        assert await view.log.entry(theirs[0]) is None
        assert await view.log.attachments(theirs[0]) == {}
        assert [each.id for each in await view.log.entries(0, 10)] == ours
        assert await view.log.head() == Head(size=2, frontier=CONTEXT.encode())
        assert await view.log.tile(0, 0) == CONTEXT.encode()
        assert await view.log.checkpoint() == CONTEXT


async def test_head_tiles_and_checkpoints_are_replaced(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await step.log.head() is None
        assert await step.log.tile(0, 0) is None
        assert await step.log.checkpoint() is None
        for size in (1, 3):
            await step.log.save_head(Head(size=size, frontier=b"f" * size))
            await step.log.save_tile(0, 7, b"h" * size)
            await step.log.save_tile(1, 7, b"H")
            await step.log.save_checkpoint(size, f"note {size}")
    async with store.view(CONTEXT) as view:
        assert await view.log.head() == Head(size=3, frontier=b"fff")
        assert await view.log.tile(0, 7) == b"hhh"
        assert await view.log.tile(1, 7) == b"H"
        assert await view.log.tile(0, 8) is None
        assert await view.log.checkpoint() == "note 3"
        assert await view.log.checkpoint(1) == "note 1"
        assert await view.log.checkpoint(2) is None


async def test_entries_are_found_by_process_and_kind_page_by_page(store: Store) -> None:
    wanted = [("n", "refusal"), ("m", "refusal"), ("n", "use"), (None, "use"), ("n", "refusal")]
    async with store.step(CONTEXT) as step:
        written = [entry(new_id(), process=process, kind=kind) for process, kind in wanted]
        for each in written:
            await step.record(each)
    ids = [each.id for each in written]
    async with store.view(CONTEXT) as view:
        found = view.log.find
        assert [each.id for each in await found()] == ids
        assert [each.id for each in await found(process="n")] == [ids[0], ids[2], ids[4]]
        assert [each.id for each in await found(kind="use")] == [ids[2], ids[3]]
        assert [each.id for each in await found(process="n", kind="refusal")] == [ids[0], ids[4]]
        (first,) = await found(process="n", limit=1)
        assert [each.id for each in await found(process="n", after=first.row)] == [ids[2], ids[4]]


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_page_of_entries_has_1_to_1000(store: Store, limit: int) -> None:
    async with store.view(CONTEXT) as view:
        for work in (view.log.pending(limit), view.log.entries(0, limit), view.log.find(limit=limit)):
            with pytest.raises(InputError):
                await work
