"""A platform, a provider and a consumer that file with it, running: for tests of digital contracts."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from msgspec.structs import replace
from tests.nodes import ContextTable, Site, World, rule, site, trusting
from tests.stranger import urn

from xinfu.node.config import ContractTable, PlatformTable, StoreTable, Trust

OPERATOR: Final = "12430200000000001D"
ENTITIES: Final = {"provider": "91430200MA0000001B", "consumer": "91430200MA0000002E"}
CONNECTORS: Final = {
    "provider": "591430200MA0000001B430200000001P",
    "consumer": "591430200MA0000002E4302A7K2M9QXY",
}


@asynccontextmanager
async def contracting(
    folder: Path,
    *,
    authorities: tuple[str, ...] = (),
    revocations: tuple[str, ...] = (),
    writes: Mapping[str, Any] | None = None,
    stores: Mapping[str, StoreTable] | None = None,
    **changes: Any,
) -> AsyncIterator[tuple[Site, World]]:
    """The platform, which issues memberships too, and the two that file with it.

    Args:
        authorities, revocations: files of certificates that all three trust, and of what was revoked.
        writes: settings of `[contract]` at the provider.
        stores: by the name of a site, where it is not a file of its own.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        role = PlatformTable(context="platform", entity=OPERATOR, place="4302")
        platform = await stack.enter_async_context(
            site(
                folder / "platform",
                session,
                issuer=True,
                platform=role,
                **_stored("platform", stores),
                **{"trust": Trust(certificates=authorities, revocations=revocations), **changes},
            )
        )
        certified = {"certificates": authorities, "revocations": revocations}
        parties = {}
        for name in ("provider", "consumer"):
            ours = ContextTable(
                id=name, name_zh=name, entity=ENTITIES[name], connector=CONNECTORS[name], grade=1
            )
            parties[name] = await stack.enter_async_context(
                site(
                    folder / name,
                    session,
                    contexts=(ours,),
                    **_stored(name, stores),
                    contract=ContractTable(
                        platform=platform.did, **((writes or {}) if name == "provider" else {})
                    ),
                    **{"trust": replace(trusting(platform), **certified), **changes},
                )
            )
        provider, consumer = parties["provider"], parties["consumer"]
        await knows(provider, consumer, "consumer")
        await knows(consumer, provider, "provider")
        world = World(issuer=platform, provider=provider, consumer=consumer, session=session)
        await world.admit(provider)
        await world.admit(consumer)
        yield platform, world


def _stored(name: str, stores: Mapping[str, StoreTable] | None) -> dict[str, Any]:
    return {"store": stores[name]} if stores else {}


async def knows(site: Site, other: Site, name: str) -> None:
    """Put another participant into the address book, with its codes."""
    form = {"did": other.did, "entity": ENTITIES[name], "connector": CONNECTORS[name], "name": name}
    await site.put(f"/participants/{name}", form)


async def drafts(world: World, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """A fresh agreement; our ids of its drafts at provider and consumer."""
    dataset = urn()
    await world.provider.publish(dataset, policy or rule("count", "lteq", "3"))
    agreement = await world.agree(dataset)
    found = [
        (await site.get("/contracts", agreement=agreement["wire_id"]))["items"][0]["id"]
        for site in (world.provider, world.consumer)
    ]
    return found[0], found[1]


async def signed(world: World, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """A contract that both have signed; our ids of it."""
    ours, theirs = await drafts(world, policy)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    return ours, theirs


async def arrives(site: Site, number: str) -> None:
    """Wait until the contract of a number is there."""
    told = asyncio.Event()
    end = site.node.parts.store.watch(lambda topics: told.set() if number in topics else None)
    try:
        async with asyncio.timeout(30):
            while (await site.api("GET", f"/contracts/{number}")).status == 404:
                await told.wait()
                told.clear()
    finally:
        end()


async def reaches(site: Site, id_: str, status: str) -> dict[str, Any]:
    """The contract once it is in this status."""
    shown: dict[str, Any] = await site.get(f"/contracts/{id_}", until=status, wait=60)
    assert shown["status"] == status, shown
    return shown


async def filed(world: World, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """A filed contract that both connectors carry out; our ids of it."""
    ours, theirs = await signed(world, policy)
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.provider, ours, "05")
    await reaches(world.consumer, theirs, "05")
    return ours, theirs


async def recorded(site: Site, id_: str, kind: str, number: int = 1) -> list[dict[str, Any]]:
    """The facts of entries of a kind about a contract, once there are so many."""
    told = asyncio.Event()
    end = site.node.parts.store.watch(lambda topics: told.set())
    try:
        async with asyncio.timeout(30):
            while True:
                told.clear()
                found = await site.get("/evidence/entries", process=id_, kind=kind)
                if len(found) >= number:
                    return [each["entry"]["facts"] for each in found]
                await told.wait()
    finally:
        end()
