"""The contract of ports/identity.py, over every adapter."""

import logging
from collections.abc import Callable

import pytest
from tests.identities.world import World

from xinfu.credentials import TokenRefusedError
from xinfu.errors import NotFoundError
from xinfu.identities.insecure_static import InsecureStaticIdentity
from xinfu.ports.identity import Identity


def _insecure_static(world: World) -> Identity:
    names = {"alice": world.alice.did, "bob": world.bob.did}

    def own(context: str) -> str:
        if context not in names:
            raise NotFoundError("context.not-found", "No such context.", "没有此上下文。")
        return names[context]

    return InsecureStaticIdentity(development=True, own=own, clock=world.clock)


ADAPTERS: dict[str, tuple[Callable[[], World], Callable[[World], Identity]]] = {
    "did-web": (World, lambda world: world.identity),
    "did-web-es256": (lambda: World(es256=True), lambda world: world.identity),
    "insecure-static": (World, _insecure_static),
}


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def world(adapter: str) -> World:
    return ADAPTERS[adapter][0]()


@pytest.fixture
async def identity(adapter: str, world: World) -> Identity:
    return ADAPTERS[adapter][1](world)


async def _proof(identity: Identity, world: World) -> str:
    return await identity.prove(context="alice", audience=world.bob.did, url=world.url, body=world.body)


async def test_what_one_proves_the_other_finds(identity: Identity, world: World) -> None:
    header = await _proof(identity, world)
    caller = await identity.verify(header, context="bob", url=world.url, body=world.body)
    assert caller.participant.id == world.alice.did
    assert caller.token == header
    assert caller.expires > world.clock.now()


async def test_a_proof_can_name_the_endpoint_token_that_is_to_be_renewed(
    identity: Identity, world: World
) -> None:
    plain = await _proof(identity, world)
    naming = await identity.prove(
        context="alice",
        audience=world.bob.did,
        url=world.url,
        body=world.body,
        access_token="endpoint-token",
    )
    found = [
        await identity.verify(header, context="bob", url=world.url, body=world.body)
        for header in (plain, naming)
    ]
    assert [each.access_token for each in found] == [None, "endpoint-token"]
    assert "endpoint-token" not in repr(found)


async def test_a_message_without_a_header_is_refused(identity: Identity, world: World) -> None:
    with pytest.raises(TokenRefusedError):
        await identity.verify(None, context="bob", url=world.url, body=world.body)


@pytest.mark.parametrize(
    "header", ["", "{", "Bearer", "Bearer ", "Basic YTpi", "x" * 70_000, "Bearer a.b.c", "[]"]
)
async def test_a_header_that_nobody_can_read_is_refused(
    identity: Identity, world: World, header: str
) -> None:
    with pytest.raises(TokenRefusedError) as refused:
        await identity.verify(header, context="bob", url=world.url, body=world.body)
    assert refused.value.code == "token.refused"
    assert refused.value.facts == {}


async def test_a_proof_for_another_audience_is_refused(identity: Identity, world: World) -> None:
    header = await _proof(identity, world)
    with pytest.raises(TokenRefusedError):
        await identity.verify(header, context="alice", url=world.url, body=world.body)


async def test_a_context_that_is_not_there_is_not_found(identity: Identity, world: World) -> None:
    with pytest.raises(NotFoundError):
        await identity.prove(context="nobody", audience=world.bob.did, url=world.url, body=None)
    with pytest.raises(NotFoundError):
        await identity.verify("x", context="nobody", url=world.url, body=None)


async def test_every_refusal_reads_the_same(identity: Identity, world: World) -> None:
    sentences = set()
    for header, context in [(None, "bob"), ("Bearer x", "bob"), (await _proof(identity, world), "alice")]:
        with pytest.raises(TokenRefusedError) as refused:
            await identity.verify(header, context=context, url=world.url, body=world.body)
        sentences.add((refused.value.code, refused.value.en, refused.value.zh, str(refused.value)))
    assert len(sentences) == 1


async def test_a_refusal_is_one_warning_with_its_reason_and_without_the_header(
    identity: Identity, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    header = await _proof(identity, world)
    with pytest.raises(TokenRefusedError) as refused:
        await identity.verify(header, context="alice", url=world.url, body=world.body)
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.__dict__["reason"] == refused.value.reason
    assert record.__dict__["context"] == "alice"
    assert header not in "".join(str(one.__dict__) for one in caplog.records)
