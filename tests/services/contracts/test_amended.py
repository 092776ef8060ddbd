"""A supplement adds terms to a signed contract; it counts when the same parties have signed it, and not before."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import arrives, contracting, drafts, filed, reaches, signed
from tests.nodes import Site, World

from xinfu.contracts import DigitalContract, text_of, write_signature
from xinfu.contracts.messages import (
    ContractApi,
    ListedSignature,
    NegotiateAnswer,
    NegotiateRequest,
    RegistrateAnswer,
)
from xinfu.errors import PeerError
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import filing
from xinfu.services.contracts.calling import ask, party_at, platform_of, strategy_field

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERM = "第 3 号协议金额更正为 29.90 亿元，原因：录入错误。"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("amended")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


async def begun(world: World, ours: str, *terms: str) -> dict[str, Any]:
    """A supplement that the provider has begun and signed, once the consumer knows of it."""
    made: dict[str, Any] = await world.provider.post(
        f"/contracts/{ours}/amend", {"terms": list(terms or (TERM,))}
    )
    await world.provider.post(f"/contracts/{made['id']}/sign")
    await arrives(world.consumer, made["number"])
    return made


async def contract_of(site: Site, id_: str) -> DigitalContract:
    return (await contract_record.find_contract(site.node.parts, site.context.id, id_)).contract


async def test_a_supplement_counts_once_both_have_signed_and_the_chain_tells_both(world: World) -> None:
    ours, theirs = await filed(world)
    base = await world.provider.get(f"/contracts/{ours}")
    made = await begun(world, ours)
    assert (made["amends"], made["version"], made["terms"]) == (base["number"], 2, [TERM])
    shown = await world.consumer.get(f"/contracts/{made['number']}")
    assert (shown["in_force"], shown["agreement"]) == (False, base["agreement"])
    said = await world.provider.api("POST", f"/contracts/{made['id']}/file", {})
    assert said.code == "contract.unsigned"
    done = await world.consumer.post(f"/contracts/{made['number']}/sign")
    assert done["in_force"]
    await reaches(world.provider, made["id"], "0301")
    await world.provider.post(f"/contracts/{made['id']}/file")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        chain = await site.get(f"/contracts/{id_}/chain")
        assert [(each["number"], each["in_force"]) for each in chain] == [
            (base["number"], True),
            (made["number"], True),
        ]
        assert chain[0]["digest"] == base["digest"]
        (found,) = (await site.get("/contracts", amends=base["number"]))["items"]
        assert found["number"] == made["number"]
    assert (await world.provider.get(f"/contracts/{made['id']}/check"))["holds"]


async def test_a_correction_of_a_correction_stands_behind_it(world: World) -> None:
    ours, _ = await filed(world)
    first = await begun(world, ours)
    await world.consumer.post(f"/contracts/{first['number']}/sign")
    await reaches(world.provider, first["id"], "0301")
    second = await begun(world, first["id"], "再次更正。")
    chain = await world.consumer.get(f"/contracts/{second['number']}/chain")
    assert [each["version"] for each in chain] == [1, 2, 3]
    assert [each["in_force"] for each in chain] == [True, True, False]


async def test_only_a_signed_contract_is_amended(world: World) -> None:
    ours, _ = await drafts(world)
    said = await world.provider.api("POST", f"/contracts/{ours}/amend", {"terms": [TERM]})
    assert (said.status, said.code) == (409, "contract.not-in-force")
    said = await world.provider.api("POST", f"/contracts/{ours}/amend", {"terms": []})
    assert said.status == 400


async def told(world: World, contract: DigitalContract, **change: Any) -> str:
    """The code with which the consumer refuses what no use case of the provider would send."""
    parts = world.provider.node.parts
    given = replace(contract, **change)
    message = NegotiateRequest(
        contract_name=given.name,
        contract_id=given.number,
        strategy=strategy_field(parts, given),
        signature_list=tuple(
            ListedSignature(signature=write_signature(each)) for each in contract.signatures
        ),
        contract_expansion_item=text_of(given).decode(),
    )
    to = await party_at(parts, "provider", world.consumer.did)
    with pytest.raises(PeerError) as refused:
        await ask(parts, "provider", to, ContractApi.NEGOTIATE, message, NegotiateAnswer)
    return refused.value.facts["message"].partition(":")[0]


async def test_what_amends_nothing_or_says_more_than_terms_is_refused(world: World) -> None:
    ours, _ = await filed(world)
    made = await world.provider.post(f"/contracts/{ours}/amend", {"terms": [TERM]})
    contract = await contract_of(world.provider, made["id"])
    unknown = "8491430200MA0000002E003520261124235959Q7ZP0K3BI"
    assert await told(world, contract, amends=unknown) == "contract.amends-unknown"
    wider = replace(contract.policy.permissions[0], constraints=())
    policy = replace(contract.policy, permissions=(wider,))
    assert await told(world, contract, policy=policy) == "contract.amends-differently"
    fewer = tuple(
        replace(each, signs=False) if each.participant == world.consumer.did else each
        for each in contract.parties
    )
    assert await told(world, contract, parties=fewer) == "contract.amends-differently"
    assert await told(world, contract, version=1) == "contract.amends-differently"


async def test_one_signature_or_two_of_the_same_party_file_nothing(world: World) -> None:
    ours, _ = await filed(world)
    made = await begun(world, ours)
    parts = world.provider.node.parts
    contract = await contract_of(world.provider, made["id"])
    (mine,) = contract.signatures
    twice = replace(mine, at=mine.at)
    for signatures, code in (((mine,), "contract.unsigned"), ((mine, twice), "contract.signature-twice")):
        given = replace(contract, signatures=signatures, signed=mine.at)
        with pytest.raises(PeerError) as refused:
            await ask(
                parts,
                "provider",
                await platform_of(parts),
                ContractApi.REGISTRATE,
                filing.filing_message(parts, given),
                RegistrateAnswer,
            )
        assert refused.value.facts["message"].startswith(code)


async def test_a_supplement_is_not_filed_before_its_contract(world: World) -> None:
    ours, _ = await signed(world)
    made = await begun(world, ours)
    await world.consumer.post(f"/contracts/{made['number']}/sign")
    await reaches(world.provider, made["id"], "0301")
    said = await world.provider.api("POST", f"/contracts/{made['id']}/file", {})
    assert "contract.amends-unknown" in said.json["facts"]["message"]
    await world.provider.post(f"/contracts/{ours}/file")
    assert (await world.provider.post(f"/contracts/{made['id']}/file"))["filing"]


async def test_a_supplement_ends_alone_and_with_its_agreement(world: World) -> None:
    ours, theirs = await filed(world)
    numbers = []
    for _ in range(2):
        made = await begun(world, ours)
        await world.consumer.post(f"/contracts/{made['number']}/sign")
        await reaches(world.provider, made["id"], "0301")
        numbers.append(made["number"])
    await world.provider.post(f"/contracts/{numbers[0]}/end", {"reason": "误签", "clause": "1"})
    await reaches(world.consumer, numbers[0], "06")
    assert (await world.consumer.get(f"/contracts/{theirs}"))["status"] == "05"
    await world.provider.post(f"/contracts/{ours}/end", {"reason": "完成", "clause": "1"})
    for id_ in (theirs, numbers[1]):
        await reaches(world.consumer, id_, "06")
    said = await world.provider.api("POST", f"/contracts/{ours}/amend", {"terms": [TERM]})
    assert said.code == "contract.not-in-force"
