"""signMode 02: the platform asks the parties in, gathers their signatures, and files without being asked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import contracting, drafts, reaches
from tests.nodes import Site, World

from xinfu.contracts import DigitalContract, text_of, write_signature
from xinfu.contracts.messages import ContractApi, ListedSignature, NegotiateAnswer, NegotiateRequest
from xinfu.errors import PeerError
from xinfu.services.agreements import contract_record
from xinfu.services.contracts.calling import ask, platform_of, strategy_field

pytestmark = pytest.mark.asyncio(loop_scope="module")

ON_PLATFORM = {"sign_mode": "02"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("platform"), writes={"sign_mode": "02"}) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


@pytest.fixture
def platform(both: tuple[Site, World]) -> Site:
    return both[0]


async def test_parties_meet_on_the_platform_which_files_what_they_sign(platform: Site, world: World) -> None:
    ours, theirs = await drafts(world)
    begun = await world.consumer.post(f"/contracts/{theirs}/begin", ON_PLATFORM)
    assert (begun["sign_mode"], begun["status"]) == ("02", "02")
    asked = await reaches(world.provider, ours, "02")
    assert (asked["number"], asked["begun_by"]) == (begun["number"], platform.did)
    assert not any(each["signed"] for each in asked["parties"])
    await world.provider.post(f"/contracts/{ours}/sign")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    digests = set()
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        shown = await reaches(site, id_, "05")
        assert shown["filing"]["platform"] == platform.did
        assert (await site.get(f"/contracts/{id_}/check"))["holds"] is True
        digests.add(shown["digest"])
    (kept,) = (await platform.get("/contracts", number=begun["number"]))["items"]
    assert digests == {kept["digest"]}
    again = await world.consumer.post(f"/contracts/{theirs}/file")
    assert again["filing"] == kept["filing"]


async def test_the_setting_says_how_it_is_signed_where_nobody_does(world: World) -> None:
    ours, theirs = await drafts(world)
    assert (await world.provider.post(f"/contracts/{ours}/begin"))["sign_mode"] == "02"
    await reaches(world.consumer, theirs, "02")
    ours, _ = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin", {"sign_mode": "01"})
    assert (begun["sign_mode"], begun["status"]) == ("01", "01")


async def test_a_supplement_goes_the_same_way(platform: Site, world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", ON_PLATFORM)
    await reaches(world.consumer, theirs, "02")
    await world.provider.post(f"/contracts/{ours}/sign")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "05")
    made = await world.provider.post(f"/contracts/{ours}/amend", {"terms": ["金额更正。"]})
    await world.provider.post(f"/contracts/{made['id']}/sign")
    await world.consumer.get(f"/contracts/{made['number']}", until="02", wait=30)
    await world.consumer.post(f"/contracts/{made['number']}/sign")
    shown = await reaches(world.provider, made["id"], "05")
    assert (shown["amends"], shown["in_force"]) == (
        (await world.provider.get(f"/contracts/{ours}"))["number"],
        True,
    )


async def told(
    world: World, contract: DigitalContract, *, signatures: Any = (), site: str = "provider"
) -> str:
    """The code with which the platform refuses what no use case of a party would send."""
    parts = (world.provider if site == "provider" else world.consumer).node.parts
    message = NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signature_list=tuple(ListedSignature(signature=write_signature(each)) for each in signatures),
        contract_expansion_item=text_of(contract).decode(),
    )
    to = await platform_of(parts)
    with pytest.raises(PeerError) as refused:
        await ask(parts, site, to, ContractApi.NEGOTIATE, message, NegotiateAnswer)
    return refused.value.facts["message"].partition(":")[0]


async def test_the_platform_keeps_one_text_and_only_signatures_that_hold(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", ON_PLATFORM)
    await reaches(world.consumer, theirs, "02")
    await world.provider.post(f"/contracts/{ours}/sign")
    contract = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract
    (mine,) = contract.signatures
    assert await told(world, replace(contract, terms=("另付一万元。",))) == "contract.exists"
    changed = replace(contract, terms=("另付一万元。",))
    assert await told(world, changed, signatures=(mine,)) == "contract.signature-wrong"
    stolen = replace(mine, party=contract.parties[1].id)
    assert await told(world, contract, signatures=(stolen,), site="consumer") == "contract.signature-wrong"
    unknown = replace(contract, number="8491430200MA0000002E003520261124235959Q7ZP0K3BI")
    assert await told(world, unknown) == "contract.not-found"


async def test_the_text_comes_from_who_asked_for_its_number(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin", {"sign_mode": "01"})
    contract = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract
    other = replace(contract, sign_mode=contract.sign_mode.PLATFORM)
    assert await told(world, other) == "contract.differs"
    assert await told(world, other, site="consumer") == "contract.differs"
    assert theirs
