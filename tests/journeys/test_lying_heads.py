"""Peers that lie about their evidence logs, or are slow to tell of them: nobody else suffers from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from tests.nodes import Site, site
from tests.stranger import Heard, Stranger, message, stranger

from xinfu.credentials.token import LOG_HEAD
from xinfu.dsp.heads import MOST_SIZES, PATH, HeadsAnswer
from xinfu.ports.peerlogs import KeptHead
from xinfu.services.background.peer_logs import ask_all, contradictions

MOST = 10**20 - 1
"""The largest size that the text of a head can state."""


@pytest_asyncio.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


async def says(bureau: Site, peer: Stranger, size: int) -> Any:
    """What the node answers to a catalog request that bears a head of this size."""
    url, asking = f"{bureau.base}/catalog/request", msgspec.json.encode(message("CatalogRequestMessage"))
    token = peer.token(bureau.did, url, asking, **{LOG_HEAD: peer.head(size)})
    return await peer.send(bureau.did, url, asking, token=token)


@pytest.mark.parametrize("size", [2**63, MOST])
async def test_a_message_with_a_head_that_no_log_has_is_refused_alone(bureau: Site, size: int) -> None:
    async with stranger(bureau.session) as liar, stranger(bureau.session) as honest:
        assert (await says(bureau, liar, size)).status == 400
        assert (await says(bureau, honest, 5)).status == 200


async def test_a_peer_that_answers_with_a_head_that_no_log_has_keeps_no_other_from_being_asked(
    bureau: Site,
) -> None:
    async with stranger(bureau.session) as liar, stranger(bureau.session) as honest:
        asked = []
        for peer, size in ((liar, MOST), (honest, 5)):
            assert (await says(bureau, peer, 3)).status == 200

            def answer(heard: Heard, peer: Stranger = peer, size: int = size) -> tuple[int, object] | None:
                if PATH not in heard.path:
                    return None
                asked.append(peer.did)
                return 200, msgspec.to_builtins(HeadsAnswer(head=peer.head(size)))

            peer.answering = answer
        await ask_all(bureau.node.parts, bureau.context.id)
        assert sorted(asked) == sorted([liar.did, honest.did])


async def test_peers_that_never_answer_keep_no_other_from_being_asked(bureau: Site) -> None:
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(stranger(bureau.session)) for _ in range(9)]
        for peer in peers:
            assert (await says(bureau, peer, 3)).status == 200
        honest, *stalling = sorted(
            peers, key=lambda each: each.did, reverse=True
        )  # asked last, in order of names
        asked, over = asyncio.Event(), asyncio.Event()

        def stall(peer: Stranger) -> None:
            serve = peer.serve

            async def slowly(request: web.BaseRequest) -> web.Response:
                if PATH in request.path:
                    await over.wait()
                return await serve(request)

            peer.serve = slowly  # type: ignore[method-assign]

        for peer in stalling:
            stall(peer)

        def answer(heard: Heard) -> tuple[int, object] | None:
            if PATH in heard.path:
                asked.set()
            return None

        honest.answering = answer
        round_ = asyncio.create_task(ask_all(bureau.node.parts, bureau.context.id))
        try:
            async with asyncio.timeout(
                60
            ):  # as long as a round may take; one after another, eight silences take longer
                await asked.wait()
        finally:
            over.set()
            round_.cancel()
            await asyncio.gather(round_, return_exceptions=True)


async def test_a_peer_that_never_gives_proofs_fills_no_store(bureau: Site) -> None:
    async with stranger(bureau.session) as liar:
        last = MOST_SIZES + 8
        for size in range(1, last + 1):
            assert (await says(bureau, liar, size)).status == 200
        await ask_all(bureau.node.parts, bureau.context.id)
        async with bureau.node.parts.store.view(bureau.context.id) as view:
            sizes = [each.size for each in await view.peer_logs.heads(liar.did)]
    assert sizes == [1, *range(last - MOST_SIZES + 2, last + 1)]


async def test_a_contradiction_is_told_however_many_peers_there_are(bureau: Site) -> None:
    parts, context = bureau.node.parts, bureau.context.id
    async with parts.store.step(context) as step:
        for number in range(1001):
            fault = "forked" if number == 1000 else ""
            head = KeptHead(size=3, note="a head", since=parts.clock.now(), fault=fault)
            await step.peer_logs.keep(f"did:web:peer-{number:04}.example", head)
    told = await contradictions(parts, context)
    assert [each.participant for each in told] == ["did:web:peer-1000.example"]
