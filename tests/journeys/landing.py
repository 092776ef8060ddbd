"""Short ways for tests of the vault: agree, transfer, land."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.nodes import OPEN, Said, World

NO_COPIES: Mapping[str, Any] = {**OPEN, "prohibition": [{"action": "reproduce"}], "conflict": "prohibit"}
"""Every use is permitted but to make copies."""


async def transferred(
    world: World, dataset: str, policy: Mapping[str, Any] = OPEN, **what: Any
) -> dict[str, Any]:
    """A started transfer of the consumer's, of a dataset that is published for it; `purpose` as in a negotiation.

    Args:
        what: `content` of the dataset, or a `folder` that it is; `vault`: declare that it lands there.
    """
    purpose, vault = what.pop("purpose", None), what.pop("vault", False)
    if (folder := what.pop("folder", None)) is not None:
        asset = {"id": dataset, "source": {"kind": "folder", "path": str(folder)}}
        await world.provider.post("/publications", {"asset": asset, "policy": policy})
    else:
        await world.provider.publish(dataset, policy, **what)
    agreement = await world.agree(dataset, **({"purpose": purpose} if purpose else {}))
    return await again(world, agreement, vault=vault)


async def again(world: World, agreement: dict[str, Any], *states: str, vault: bool = False) -> dict[str, Any]:
    """A transfer under an agreement, once it is STARTED or in one of `states`; holds the agreement as `under`."""
    made = await world.consumer.post("/transfers", {"agreement": agreement["id"], "vault": vault})
    shown = await world.consumer.reaches("transfers", made["id"], *(states or ("STARTED",)))
    return shown | {"under": agreement}


async def landed(world: World, dataset: str, policy: Mapping[str, Any] = OPEN, **what: Any) -> dict[str, Any]:
    """An object of the consumer's vault that is whole; holds the agreement as `under`."""
    transfer = await transferred(world, dataset, policy, **what)
    return await land(world, transfer) | {"under": transfer["under"]}


async def land(world: World, transfer: dict[str, Any], *states: str) -> dict[str, Any]:
    """Let a transfer land, until it is whole or in one of `states`."""
    made = await world.consumer.post("/vault", {"transfer": transfer["id"]})
    return await world.consumer.reaches("vault", made["id"], *(states or ("LANDED",)))


async def read(world: World, object_: dict[str, Any], path: str = "", **query: Any) -> Said:
    """Read a file in the vault; `range` as a Range header."""
    return await _got(world, object_, "content", path, **query)


async def exported(world: World, object_: dict[str, Any], path: str = "", **query: Any) -> Said:
    """Take a file out of the vault in the clear."""
    return await _got(world, object_, "export", path, **query)


async def _got(world: World, object_: dict[str, Any], what: str, path: str, **query: Any) -> Said:
    site, range_ = world.consumer, query.pop("range", None)
    named = urlencode({key: value for key, value in {"path": path, **query}.items() if value})
    url = f"{site.urls['management']}/api/v1/vault/{object_['id']}/{what}" + (f"?{named}" if named else "")
    headers = {"X-Api-Key": site.api_key, **({"Range": range_} if range_ else {})}
    return await site.send("GET", url, headers=headers)


def vault_folder(world: World) -> Path:
    """Where the consumer's vault lies."""
    return world.consumer.folder / "vault"


async def entries(world: World, object_: dict[str, Any], kind: str, count: int = 1) -> list[dict[str, Any]]:
    """What the consumer's evidence says of an object, once there are so many; a use is recorded after its last byte."""
    site, told = world.consumer, asyncio.Event()
    end = site.node.parts.store.watch(lambda topics: told.set() if "log" in topics else None)
    try:
        async with asyncio.timeout(10):
            while True:
                told.clear()
                found = await site.get("/evidence/entries", process=object_["id"], kind=kind)
                if len(found) >= count:
                    return [each["entry"]["facts"] for each in found]
                await told.wait()
    finally:
        end()
