"""The contract commands: data flows once it is filed, by the rules that were signed, and not by a record that differs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import contracting, reaches, recorded
from tests.journeys.landing import again, land, read
from tests.nodes import OPEN, ContextTable, Site, World, rule, site, trusting
from tests.stranger import urn

from xinfu import odrl
from xinfu.contracts import Status, contract_hash
from xinfu.odrl.model.policy import PolicyKind
from xinfu.ports.records import AGREEMENTS, CONTRACTS, AgreementRecord, ContractRecord

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILED_ONLY = rule("contractFiling", "eq", "filed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with contracting(tmp_path_factory.mktemp("filed")) as (_, made):
        yield made


async def agreed(world: World, policy: Any = FILED_ONLY) -> tuple[dict[str, Any], str, str]:
    """A fresh agreement, and the ids of its draft at provider and consumer."""
    dataset = urn()
    await world.provider.publish(dataset, policy)
    agreement = await world.agree(dataset)
    ids = [
        (await each.get("/contracts", agreement=agreement["wire_id"]))["items"][0]["id"]
        for each in (world.provider, world.consumer)
    ]
    return agreement, ids[0], ids[1]


async def file(world: World, ours: str, theirs: str) -> None:
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.provider, ours, "05")
    await reaches(world.consumer, theirs, "05")


async def fetched(world: World, transfer: dict[str, Any]) -> Any:
    return await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")


async def record_of(at: Site, agreement: dict[str, Any]) -> tuple[AgreementRecord, ContractRecord | None]:
    async with at.node.parts.store.view(at.context.id) as view:
        (found,) = await view.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(agreement["wire_id"]))
        return found, await view.of(CONTRACTS).get(found.contract)


async def alter(at: Site, changed: AgreementRecord | ContractRecord) -> None:
    """Write a record as somebody with access to the store would."""
    async with at.node.parts.store.step(at.context.id) as step:
        if isinstance(changed, AgreementRecord):
            await step.of(AGREEMENTS).save(changed)
        else:
            await step.of(CONTRACTS).save(changed)


async def test_nothing_flows_before_it_is_filed_and_then_it_does(world: World) -> None:
    agreement, ours, theirs = await agreed(world)
    ended = await again(world, agreement, "TERMINATED")
    assert ended["code"] == "contract.not-filed-yet"
    assert "does not exist yet" in ended["reason"][0]["message"]
    await world.provider.post(f"/contracts/{ours}/begin")
    ended = await again(world, agreement, "TERMINATED")
    assert "is not signed by all parties yet" in ended["reason"][0]["message"]
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    ended = await again(world, agreement, "TERMINATED")
    assert "is signed but not filed yet" in ended["reason"][0]["message"]
    assert "尚未备案" in ended["reason"][0]["message_zh"]
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.provider, ours, "05")
    assert (await fetched(world, await again(world, agreement))).status == 200


async def test_nothing_flows_once_the_contract_has_ended(world: World) -> None:
    agreement, ours, theirs = await agreed(world)
    await file(world, ours, theirs)
    transfer = await again(world, agreement)
    record, contract = await record_of(world.provider, agreement)
    assert contract is not None
    over = replace(contract.contract, status=Status.ENDED)
    await alter(world.provider, replace(contract, contract=over))
    said = await fetched(world, transfer)
    assert (said.status, said.code) == (403, "contract.not-filed-yet")
    await alter(world.provider, contract)
    assert (await fetched(world, transfer)).status == 200
    assert record.contract == contract.id


@pytest.mark.parametrize("which", ["rules", "peer", "dataset", "filing", "text", "signatures"])
async def test_a_record_that_was_altered_opens_nothing(world: World, which: str) -> None:
    agreement, ours, theirs = await agreed(world, rule("count", "lteq", "50"))
    await file(world, ours, theirs)
    transfer = await again(world, agreement)
    assert (await fetched(world, transfer)).status == 200
    record, contract = await record_of(world.provider, agreement)
    assert contract is not None
    digital = contract.contract
    wider = odrl.read({**OPEN, "@type": "Agreement"}, kind=PolicyKind.AGREEMENT)
    wider = replace(
        wider,
        id=record.policy.id,
        target=record.policy.target,
        assigner=record.policy.assigner,
        assignee=record.policy.assignee,
    )
    forged = digital.signatures[1]
    forged = replace(forged, value=forged.value[:-2] + ("00" if forged.value[-2:] != "00" else "01"))
    changed: AgreementRecord | ContractRecord
    match which:
        case "rules":
            changed = replace(record, policy=wider)
        case "peer":
            changed = replace(record, peer="did:web:somebody.example")
        case "dataset":
            changed = replace(record, dataset=urn())
        case "filing":
            changed = replace(contract, contract=replace(digital, filing=None))
        case "text":
            changed = replace(contract, contract=replace(digital, terms=("one term more",)))
        case _:
            altered = replace(digital, signatures=(digital.signatures[0], forged))
            assert altered.filing is not None
            receipt = replace(altered.filing, hash=contract_hash(altered))
            changed = replace(contract, contract=replace(altered, filing=receipt))
    await alter(world.provider, changed)
    for _ in range(2):
        said = await fetched(world, transfer)
        assert (said.status, said.code) == (403, "contract.differs"), said.body
    (facts,) = await recorded(world.provider, record.id, "contract.contradicted")
    assert facts["found"] == {"peer": "parties"}.get(which, which)
    assert await recorded(world.provider, transfer["provider_pid"], "refusal")
    await alter(world.provider, record if isinstance(changed, AgreementRecord) else contract)
    assert (await fetched(world, transfer)).status == 200


async def contradicted(at: Site) -> list[str]:
    found = await at.get("/doctor")
    return [each["en"] for each in found["findings"] if each["code"] == "agreement.contradicted"]


async def test_the_doctor_names_what_differs_and_what_is_gone(world: World) -> None:
    agreement, ours, theirs = await agreed(world)
    await file(world, ours, theirs)
    record, contract = await record_of(world.provider, agreement)
    assert contract is not None
    assert await contradicted(world.provider) == []
    await alter(world.provider, replace(record, dataset=urn()))
    (said,) = await contradicted(world.provider)
    assert record.id in said
    await alter(world.provider, replace(record, contract=""))
    async with world.provider.node.parts.store.step(world.provider.context.id) as step:
        await step.of(CONTRACTS).remove(contract.id)
    (said,) = await contradicted(world.provider)
    assert record.id in said
    async with world.provider.node.parts.store.step(world.provider.context.id) as step:
        await step.of(CONTRACTS).add(contract)
    await alter(world.provider, record)
    assert await contradicted(world.provider) == []


async def test_rules_and_text_that_were_altered_together_open_nothing(world: World) -> None:
    agreement, ours, theirs = await agreed(world, rule("count", "lteq", "50"))
    await file(world, ours, theirs)
    transfer = await again(world, agreement)
    record, contract = await record_of(world.provider, agreement)
    assert contract is not None
    wider = replace(record.policy, permissions=(replace(record.policy.permissions[0], constraints=()),))
    altered = replace(contract.contract, policy=wider)
    assert altered.filing is not None
    altered = replace(altered, filing=replace(altered.filing, hash=contract_hash(altered)))
    await alter(world.provider, replace(record, policy=wider))
    await alter(world.provider, replace(contract, contract=altered))
    said = await fetched(world, transfer)
    assert (said.status, said.code) == (403, "contract.differs")
    (facts,) = await recorded(world.provider, record.id, "contract.contradicted")
    assert facts["found"] == "signatures"


async def test_the_vault_of_the_consumer_keeps_to_it_too(world: World) -> None:
    agreement, ours, theirs = await agreed(world, rule("count", "lteq", "50"))
    await file(world, ours, theirs)
    object_ = await land(world, await again(world, agreement, vault=True))
    assert (await read(world, object_)).status == 200
    record, _ = await record_of(world.consumer, agreement)
    wider = replace(record.policy, permissions=(replace(record.policy.permissions[0], constraints=()),))
    await alter(world.consumer, replace(record, policy=wider))
    said = await read(world, object_)
    assert (said.status, said.code) == (403, "contract.differs")
    await recorded(world.consumer, record.id, "contract.contradicted")


async def test_what_is_done_under_a_contract_states_its_number(world: World) -> None:
    agreement, ours, theirs = await agreed(world, rule("count", "lteq", "2"))
    await file(world, ours, theirs)
    number = (await world.provider.get(f"/contracts/{ours}"))["number"]
    transfer = await again(world, agreement, vault=True)
    object_ = await land(world, transfer)
    assert (await read(world, object_)).status == 200
    assert (await read(world, object_)).status == 200
    assert (await read(world, object_)).status == 403
    await world.consumer.post(f"/vault/{object_['id']}/destroy")
    for at, process, kinds in (
        (world.provider, transfer["provider_pid"], ("use.begun", "use")),
        (world.consumer, transfer["id"], ("data.received",)),
        (
            world.consumer,
            object_["id"],
            ("vault.landed", "use.begun", "use", "refusal", "vault.destroyed"),
        ),
    ):
        for kind in kinds:
            for facts in await recorded(at, process, kind):
                assert facts["number"] == number, (kind, facts)


async def test_what_was_done_under_a_contract_is_found_at_every_party(world: World) -> None:
    agreement, ours, theirs = await agreed(world, rule("count", "lteq", "1"))
    await file(world, ours, theirs)
    number = (await world.provider.get(f"/contracts/{ours}"))["number"]
    transfer = await again(world, agreement)
    assert (await fetched(world, transfer)).status == 200
    assert (await fetched(world, transfer)).status == 403
    for _ in range(100):
        found = await kinds(world.provider, contract=number)
        if "usage.feedback" in found:
            break
        await asyncio.sleep(0.05)
    assert {"use", "use.begun", "refusal", "contract.filed", "contract.signed", "usage.feedback"} <= found
    assert await kinds(world.provider, contract=ours) == found
    assert {"data.received", "contract.filed"} <= await kinds(world.consumer, contract=number)
    assert {"contract.filed"} <= await kinds(world.issuer, contract=number)
    refused = await kinds(world.provider, contract=number, outcome="count.exhausted")
    assert "refusal" in refused <= {"refusal", "usage.feedback"}
    assert await kinds(world.provider, agreement=agreement["wire_id"], kind="use") == {"use"}
    assert await kinds(world.consumer, agreement=agreement["id"], kind="data.received") == {"data.received"}
    assert "use" in await kinds(world.provider, dataset=agreement["dataset"], peer="consumer")
    assert await kinds(world.provider, dataset=agreement["dataset"], until="2020-01-01Z") == set()
    newest = await world.provider.get("/evidence/entries", contract=number, order="newest", limit=1)
    oldest = await world.provider.get("/evidence/entries", contract=number, limit=1)
    assert newest[0]["row"] > oldest[0]["row"]
    said = await world.provider.api("GET", "/evidence/entries", since="yesterday")
    assert (said.status, said.code) == (400, "query.since")


async def kinds(at: Site, **query: str) -> set[str]:
    found = await at.get("/evidence/entries", limit=1000, **query)
    return {each["entry"]["kind"] for each in found}


async def test_both_sides_can_ask_why_before(world: World) -> None:
    agreement, _, _ = await agreed(world)
    mine = await world.consumer.get("/explanation", agreement=agreement["id"])
    assert [each["code"] for each in mine["reasons"]] == ["contract.not-filed-yet"]
    assert "xinfu contract file" in mine["reasons"][0]["help"]


async def test_a_context_can_ask_for_it_whatever_its_offers_say(world: World, tmp_path: Any) -> None:
    table = ContextTable(id="strict", name_en="strict", grade=1, flow="filed-contract")
    async with site(
        tmp_path / "strict", world.session, contexts=(table,), trust=trusting(world.issuer)
    ) as strict:
        held = World(issuer=world.issuer, provider=strict, consumer=world.consumer, session=world.session)
        await held.admit(strict)
        dataset = urn()
        await strict.publish(dataset)
        ended = await again(held, await held.agree(dataset), "TERMINATED")
        assert ended["code"] == "contract.not-filed-yet"
