"""Records of a step: what is kept, found, and kept apart."""

import pytest
from tests.ports.store_samples import CONTEXT, KINDS, OTHER, negotiation

from xinfu.dsp.negotiation import State
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.ports.store import Store

every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
async def test_a_record_comes_back_as_it_was_added(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
    async with store.view(CONTEXT) as view:
        assert await part(view).get("1") == make("1", CONTEXT)


@every_kind
async def test_an_id_that_is_taken_is_a_conflict_and_the_step_goes_on(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        with pytest.raises(ConflictError) as raised:
            await part(step).add(make("1", CONTEXT))
        assert raised.value.code == f"{kind}.exists"
        await part(step).add(make("2", CONTEXT))
    async with store.view(CONTEXT) as view:
        assert [record.id for record in await part(view).find()] == ["1", "2"]


@every_kind
async def test_what_is_not_there_is_not_found(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        assert await part(step).get("1") is None
        assert not await part(step).remove("1")
        for work in (part(step).lock("1"), part(step).save(make("1", CONTEXT))):
            with pytest.raises(NotFoundError) as raised:
                await work
            assert raised.value.code == f"{kind}.not-found"


@every_kind
async def test_a_removed_record_is_gone(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        assert await part(step).remove("1")
        assert await part(step).get("1") is None
        assert await part(step).count() == 0


@every_kind
async def test_another_context_sees_and_touches_nothing(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
    async with store.step(OTHER) as step:
        assert await part(step).get("1") is None
        assert await part(step).find() == []
        assert await part(step).count() == 0
        assert not await part(step).remove("1")
        with pytest.raises(NotFoundError):
            await part(step).lock("1")
        with pytest.raises(NotFoundError):
            await part(step).save(make("1", OTHER))
        await part(step).add(make("1", OTHER))
    async with store.view(CONTEXT) as view:
        assert await part(view).get("1") == make("1", CONTEXT)


@every_kind
async def test_a_record_of_another_context_cannot_be_kept(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        for work in (part(step).add(make("2", OTHER)), part(step).save(make("1", OTHER))):
            with pytest.raises(InputError) as raised:
                await work
            assert raised.value.code == "context.foreign"


async def test_saving_replaces_the_record_and_how_it_is_found(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.negotiations.add(negotiation("1", state=State.AGREED))
        await step.negotiations.save(negotiation("1", state=State.VERIFIED))
        assert await step.negotiations.find({"state": State.AGREED}) == []
        assert await step.negotiations.find({"state": State.VERIFIED}) == [
            negotiation("1", state=State.VERIFIED)
        ]
