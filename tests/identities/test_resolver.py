"""The resolver of DID documents: how often somebody is called, and what is believed for how long."""

import asyncio
import logging

import pytest
from tests.identities.world import World

from xinfu.credentials import did_web
from xinfu.errors import InputError, PeerError
from xinfu.identities.pace import Pace
from xinfu.identities.resolver import MOST_HELD, DidResolver


@pytest.fixture
def resolver(world: World) -> DidResolver:
    return DidResolver(world.network, world.clock)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_document_is_fetched_once_and_believed_for_five_minutes(
    world: World, resolver: DidResolver
) -> None:
    assert await resolver.resolve(world.alice.did) == world.alice.document
    world.clock.advance(299)
    await resolver.resolve(world.alice.did)
    assert len(world.network.calls) == 1
    world.clock.advance(1)
    await resolver.resolve(world.alice.did)
    assert len(world.network.calls) == 2


async def test_all_who_ask_at_once_share_one_fetch(world: World, resolver: DidResolver) -> None:
    world.network.gate.clear()
    tasks = [asyncio.create_task(resolver.resolve(world.alice.did)) for _ in range(100)]
    await _settle()
    assert world.network.calls == [world.alice.url]
    world.network.gate.set()
    assert await asyncio.gather(*tasks) == [world.alice.document] * 100
    assert world.network.calls == [world.alice.url]


async def test_whoever_began_a_fetch_may_go_and_the_others_still_get_it(
    world: World, resolver: DidResolver
) -> None:
    world.network.gate.clear()
    first = asyncio.create_task(resolver.resolve(world.alice.did))
    await _settle()
    second = asyncio.create_task(resolver.resolve(world.alice.did))
    await _settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    world.network.gate.set()
    assert await second == world.alice.document
    assert len(world.network.calls) == 1


async def test_a_failure_is_shared_and_not_tried_again_for_ten_seconds(
    world: World, resolver: DidResolver
) -> None:
    page = world.network.pages.pop(world.alice.url)
    for _ in range(3):
        with pytest.raises(PeerError) as refused:
            await resolver.resolve(world.alice.did)
        assert refused.value.code == "did.unresolved"
        assert refused.value.facts["cause"] == "peer.unreachable"
    assert len(world.network.calls) == 1
    world.network.pages[world.alice.url] = page
    world.clock.advance(10)
    assert await resolver.resolve(world.alice.did) == world.alice.document


@pytest.mark.parametrize("page", [b"", b"<html>", b"{}", b'{"id":"did:web:evil.org"}', b"x" * 70_000])
async def test_a_page_that_is_not_the_document_resolves_nothing(
    world: World, resolver: DidResolver, page: bytes
) -> None:
    world.network.pages[world.alice.url] = page
    with pytest.raises(PeerError) as refused:
        await resolver.resolve(world.alice.did)
    assert refused.value.code == "did.unresolved"


async def test_a_name_that_is_no_did_calls_nobody(world: World, resolver: DidResolver) -> None:
    with pytest.raises(InputError):
        await resolver.resolve("did:web:127.0.0.1")
    assert world.network.calls == []


async def test_an_unknown_key_fetches_the_document_anew_but_not_at_once_again(
    world: World, resolver: DidResolver
) -> None:
    await resolver.resolve(world.alice.did)
    new = world.alice.add_key("key-2").key_id
    for _ in range(3):
        assert (await resolver.resolve(world.alice.did, kid=new)).method(new) is None
    assert len(world.network.calls) == 1
    world.clock.advance(5)
    assert (await resolver.resolve(world.alice.did, kid=new)).method(new) is not None
    for number in range(20):
        await resolver.resolve(world.alice.did, kid=f"{world.alice.did}#none-{number}")
    assert len(world.network.calls) == 2


async def test_a_known_document_outlives_a_failed_refresh_but_not_its_own_life(
    world: World, resolver: DidResolver
) -> None:
    await resolver.resolve(world.alice.did)
    del world.network.pages[world.alice.url]
    world.clock.advance(6)
    unknown = f"{world.alice.did}#key-2"
    assert (await resolver.resolve(world.alice.did, kid=unknown)) == world.alice.document
    world.clock.advance(300)
    with pytest.raises(PeerError):
        await resolver.resolve(world.alice.did)


async def test_a_clock_that_jumped_back_makes_a_document_old(world: World, resolver: DidResolver) -> None:
    await resolver.resolve(world.alice.did)
    world.clock.advance(-3600)
    await resolver.resolve(world.alice.did)
    assert len(world.network.calls) == 2


async def test_what_we_chose_ourselves_is_not_paced(world: World) -> None:
    resolver = DidResolver(world.network, world.clock, pace=Pace(burst=1, per_s=0.1, overall=1))
    await resolver.resolve(world.alice.did, stranger_from="net")
    with pytest.raises(PeerError) as refused:
        await resolver.resolve(world.bob.did, stranger_from="net")
    assert refused.value.code == "did.throttled"
    assert await resolver.resolve(world.bob.did) == world.bob.document


async def test_a_stranger_that_did_not_resolve_is_paced_again(world: World) -> None:
    resolver = DidResolver(world.network, world.clock, pace=Pace(burst=1, per_s=0.001, overall=1))
    del world.network.pages[world.alice.url]
    with pytest.raises(PeerError) as refused:
        await resolver.resolve(world.alice.did, stranger_from="net")
    assert refused.value.code == "did.unresolved"
    world.clock.advance(11)
    with pytest.raises(PeerError) as refused:
        await resolver.resolve(world.alice.did, stranger_from="net")
    assert refused.value.code == "did.throttled"


async def test_localhost_resolves_over_http_in_development_only(world: World) -> None:
    did = did_web("localhost", port=8282, path=("bureau",))
    for development, scheme in ((True, "http"), (False, "https")):
        resolver = DidResolver(world.network, world.clock, development=development)
        with pytest.raises(PeerError):
            await resolver.resolve(did)
        assert world.network.calls.pop() == f"{scheme}://localhost:8282/bureau/did.json"


async def test_memory_for_documents_is_bounded(world: World, resolver: DidResolver) -> None:
    await resolver.resolve(world.alice.did)
    for number in range(MOST_HELD):
        with pytest.raises(PeerError):
            await resolver.resolve(f"did:web:nobody-{number}.example.org")
    world.network.calls.clear()
    await resolver.resolve(world.alice.did)
    assert world.network.calls == [world.alice.url]


@pytest.mark.parametrize(
    ("fragment", "level"), [("key-2", logging.INFO), ("key-1", logging.WARNING)], ids=["added", "replaced"]
)
async def test_a_change_of_keys_is_logged(
    world: World, resolver: DidResolver, caplog: pytest.LogCaptureFixture, fragment: str, level: int
) -> None:
    caplog.set_level(logging.INFO)
    await resolver.resolve(world.alice.did)
    if fragment == "key-1":
        world.alice.signers.clear()
    world.alice.add_key(fragment)
    world.clock.advance(301)
    await resolver.resolve(world.alice.did)
    (record,) = caplog.records
    assert (record.levelno, record.__dict__["did"]) == (level, world.alice.did)
