"""Contracts through the client: three parties sign one text, it is filed, and amended by those who signed it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from tests.contracting import contracting
from tests.nodes import ContextTable, Site, rule, site, trusting
from tests.stranger import urn

from xinfu.client import Node, connect
from xinfu.errors import ConflictError, NotFoundError, PeerError
from xinfu.node.config import ContractTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROKER = "12430200000000001D"


class Table:
    """Three who sign, as their people have them."""

    def __init__(self, provider: Node, consumer: Node, broker: Node, dataset: str) -> None:
        self.provider = provider
        self.consumer = consumer
        self.broker = broker
        self.dataset = dataset


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def table(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Table]:
    folder = tmp_path_factory.mktemp("client-contracts")
    async with AsyncExitStack() as stack:
        platform, world = await stack.enter_async_context(contracting(folder))
        ours = ContextTable(id="broker", name_zh="数商", entity=BROKER)
        settings = ContractTable(platform=platform.did)
        broker = await stack.enter_async_context(
            site(
                folder / "broker",
                world.session,
                trust=trusting(platform),
                contexts=(ours,),
                contract=settings,
            )
        )
        form = {"did": broker.did, "entity": BROKER, "name": "数商"}
        await world.provider.put("/participants/broker", form)
        dataset = urn()
        await world.provider.publish(dataset, rule("count", "lteq", "3"))

        async def at(site_: Site) -> Node:
            return await stack.enter_async_context(connect(site_.urls["management"], site_.api_key))

        yield Table(await at(world.provider), await at(world.consumer), await at(broker), dataset)


async def test_three_sign_file_and_amend(table: Table) -> None:
    found = (await table.consumer.catalog("provider")).dataset(table.dataset)
    agreed = await (await found.negotiate()).agreed()
    theirs = await agreed.contract()
    assert (theirs.view.draft, theirs.status) == (True, "01")
    (under,) = [each async for each in table.provider.agreements(dataset=table.dataset)]
    ours = await under.contract()
    await ours.begin(service_providers=["broker"])
    await ours.sign()
    served = await table.broker.contract(ours.number, wait_s=20)
    await served.wait("02")
    with pytest.raises(ConflictError) as told:
        await ours.file()
    assert told.value.code == "contract.unsigned"
    await served.sign()
    await theirs.wait("02")
    with pytest.raises(PeerError) as late:
        await ours.wait("0301", timeout_s=0.1)
    assert "consumer" in late.value.facts["missing"]
    await theirs.sign()
    await ours.wait("0301")
    await ours.file()
    for each in (ours, theirs, served):
        await each.wait("05")
        assert (await each.check()).holds
    more = await ours.amend("金额更正为 29.90 亿元。")
    await more.sign()
    for node in (table.consumer, table.broker):
        assert not more.view.in_force
        other = await node.contract(more.number, wait_s=20)
        await other.wait("02")
        await other.sign()
    await more.wait("0301")
    await more.file()
    chain = await served.chain()
    assert [(each.number, each.in_force) for each in chain] == [(ours.number, True), (more.number, True)]
    (listed,) = [each async for each in table.consumer.contracts(amends=ours.number)]
    assert listed.number == more.number


async def test_a_contract_that_nobody_tells_of_is_not_found_in_the_end(table: Table) -> None:
    with pytest.raises(NotFoundError) as told:
        await table.broker.contract("8491430200MA0000002E003520261124235959Q7ZP0K3BI", wait_s=1)
    assert told.value.code == "contract.not-found"
