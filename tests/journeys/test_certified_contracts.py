"""Contracts signed with SM2 between real nodes: bare keys, certified ones, and whatever stands between them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.certificates.authority import Holder, name, root
from tests.contracting import CONNECTORS, contracting, drafts, signed
from tests.nodes import Site, World

from xinfu.node.config import Keys as KeysTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(UTC).replace(microsecond=0)
SM2 = KeysTable(contract_algorithm="SM2")


class Space:
    """A platform and two parties, all signing contracts with SM2, and the authority that they trust."""

    def __init__(self, platform: Site, world: World, top: Holder) -> None:
        self.platform = platform
        self.world = world
        self.top = top

    async def certify(self, site: Site, unit: str, *, by: Holder | None = None) -> dict[str, Any]:
        """Have a site's contract key certified."""
        signer = await site.node.keys.uncertified_key(site.context.id)
        span: dict[str, Any] = {"start": TODAY - timedelta(days=1), "end": TODAY + timedelta(days=30)}
        held = (by or self.top).issue(name("node.example", unit), signer=signer, **span)
        return dict(await site.put("/keys/certificate", {"chain": held.pem}))


@pytest_asyncio.fixture(loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    folder: Path = tmp_path_factory.mktemp("sm2-contracts")
    top = root("SM2")
    (folder / "authorities.pem").write_text(top.pem)
    authorities = (str(folder / "authorities.pem"),)
    async with contracting(folder, authorities=authorities, keys=SM2) as (platform, world):
        yield Space(platform, world, top)


async def _signed(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A contract that both sign; what each then finds of its signatures."""
    ours, theirs = await signed(world)
    return (
        await world.provider.get(f"/contracts/{ours}/check"),
        await world.consumer.get(f"/contracts/{theirs}/check"),
    )


async def test_bare_sm2_keys_sign_and_are_marked(space: Space) -> None:
    for found in await _signed(space.world):
        assert found["holds"]
        assert [each["standing"]["certified"] for each in found["signatures"]] == [False, False]
        assert {tuple(each["standing"]["reasons"]) for each in found["signatures"]} == {
            ("seal.not-certified",)
        }


async def test_a_contract_holds_on_after_its_bare_keys_were_rotated(space: Space) -> None:
    ours, _ = await signed(space.world)
    for site in (space.world.provider, space.world.consumer):
        await site.post("/keys/rotate", {"use": "contract"})
    for site in (space.platform, space.world.provider, space.world.consumer):
        site.clock.moved += timedelta(hours=1)
    found = await space.world.provider.get(f"/contracts/{ours}/check")
    assert found["holds"], found["signatures"]


async def test_certified_sm2_keys_sign_and_both_sides_see_whose_they_are(space: Space) -> None:
    for site, code in (
        (space.world.provider, CONNECTORS["provider"]),
        (space.world.consumer, CONNECTORS["consumer"]),
    ):
        assert (await space.certify(site, code))["verdict"] == "yes"
    for found in await _signed(space.world):
        assert found["holds"]
        assert [each["standing"]["certified"] for each in found["signatures"]] == [True, True]
        subjects = [each["standing"]["subject"] for each in found["signatures"]]
        assert subjects == [
            f"CN=node.example,OU={CONNECTORS[each]},C=CN" for each in ("provider", "consumer")
        ]


async def test_a_certificate_of_an_authority_that_the_other_does_not_trust_is_not_taken(space: Space) -> None:
    ours, _ = await drafts(space.world)
    await space.certify(space.world.provider, CONNECTORS["provider"], by=root("SM2", "Stranger"))
    said = await space.world.provider.api("POST", f"/contracts/{ours}/begin", {})
    assert said.json["code"] == "platform.refused"
    assert "no authority that is trusted here stands behind it" in said.json["detail"]


async def test_messages_of_an_sm2_key_are_stamped_with_it(space: Space) -> None:
    """Every begin above went to the platform under a signValue by SM2 with SM3."""
    key = await space.world.provider.node.keys.contract_key(space.world.provider.context.id)
    assert key.signer.algorithm == "SM2"
    sealing = space.world.provider.node.parts.sealing
    value = await sealing.stamp(context=space.world.provider.context.id, covered=lambda each: each.encode())
    theirs = partial(space.platform.node.parts.sealing.is_stamped, value)
    now, did = space.platform.node.parts.clock.now(), space.world.provider.did
    assert await theirs(lambda each: each.encode(), holder=did, jwk={}, now=now)
    assert not await theirs(lambda _: b"SHA-256", holder=did, jwk={}, now=now)
