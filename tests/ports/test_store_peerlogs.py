"""Every store keeps the heads of other participants' logs alike."""

from datetime import UTC, datetime, timedelta

import pytest

from xinfu.ports.peerlogs import KeptHead
from xinfu.ports.store import Store

pytestmark = pytest.mark.asyncio

CONTEXT, OTHER = "bureau", "factory"
PEER, ELSE = "did:web:peer.example", "did:web:else.example"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def head(size: int, note: str = "n", fault: str = "") -> KeptHead:
    return KeptHead(size=size, note=note, since=NOON + timedelta(microseconds=size), fault=fault)


async def test_a_head_of_a_size_is_kept_once(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        assert await step.peer_logs.newest(PEER) is None
        assert await step.peer_logs.keep(PEER, head(7, "first"))
        assert not await step.peer_logs.keep(PEER, head(7, "other"))
        assert await step.peer_logs.keep(PEER, head(5))
    async with store.view(CONTEXT) as view:
        assert await view.peer_logs.newest(PEER) == head(7, "first")
        assert await view.peer_logs.of_size(PEER, 5) == head(5)
        assert await view.peer_logs.of_size(PEER, 6) is None
        assert await view.peer_logs.heads(PEER) == [head(5), head(7, "first")]
        assert await view.peer_logs.heads(PEER, 1) == [head(5)]


async def test_heads_belong_to_a_context_and_a_peer(store: Store) -> None:
    for context, peer in ((CONTEXT, PEER), (OTHER, ELSE)):
        async with store.step(context) as step:
            await step.peer_logs.keep(peer, head(3))
            await step.peer_logs.keep_signing(peer)
            await step.peer_logs.keep_signing(peer)
    async with store.view(CONTEXT) as view:
        assert list(await view.peer_logs.peers()) == [PEER]
        assert await view.peer_logs.heads(ELSE) == []
        assert await view.peer_logs.signs_bodies(PEER)
        assert not await view.peer_logs.signs_bodies(ELSE)


async def test_the_first_head_and_the_newest_stay_when_heads_are_thinned(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for size in range(1, 9):
            await step.peer_logs.keep(PEER, head(size))
        await step.peer_logs.keep(ELSE, head(4))
        await step.peer_logs.thin(PEER, most=8)
        assert len(await step.peer_logs.heads(PEER)) == 8
        await step.peer_logs.thin(PEER, most=3)
        await step.peer_logs.thin(ELSE, most=3)
    async with store.view(CONTEXT) as view:
        assert await view.peer_logs.heads(PEER) == [head(1), head(7), head(8)]
        assert await view.peer_logs.heads(ELSE) == [head(4)]


async def test_heads_are_blamed_and_forgotten_by_size(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for size in (1, 2, 3):
            await step.peer_logs.keep(PEER, head(size))
        await step.peer_logs.blame(PEER, 3, "forked")
        await step.peer_logs.forget(PEER, below=2)
    async with store.view(CONTEXT) as view:
        assert await view.peer_logs.heads(PEER) == [head(2), head(3, fault="forked")]
