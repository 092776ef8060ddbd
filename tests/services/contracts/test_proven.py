"""A proof of fulfilment counts only from the log that its sender publishes, and only about the contract."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.contracting import contracting, filed, reaches, recorded
from tests.journeys.landing import again
from tests.nodes import Site, World
from tests.stranger import urn

from xinfu.contracts.messages import StatusAnswer
from xinfu.contracts.usage import UsageApi
from xinfu.errors import PeerError
from xinfu.evidence import (
    Checkpoint,
    Entry,
    NoteKey,
    build,
    grow,
    leaf_hash,
    node_reader,
    prove,
    reader_of,
    root,
)
from xinfu.ports.platform import InterfaceBase
from xinfu.ports.records import ContractRecord
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import fulfilment
from xinfu.services.contracts.calling import ask, party_at, platform_of
from xinfu.services.contracts.report_numbers import ReportPosition
from xinfu.signers.ed25519 import Ed25519Signer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("proven")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


async def everywhere(world: World, id_: str, log: Any) -> tuple[str, str]:
    """What consumer and platform answer to a proof that the provider signs over this log; "" where it counts."""
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", id_)
    consumer = await party_at(parts, "provider", world.consumer.did)
    platform = await platform_of(parts)
    return await answered(world, record, log, consumer), await answered(world, record, log, platform)


async def answered(world: World, record: ContractRecord, log: Any, to: InterfaceBase) -> str:
    parts = world.provider.node.parts
    payload = json.dumps({"proof": parts.clock.new_id().removeprefix("urn:uuid:"), "log": log}).encode()
    place = ReportPosition(next(_ids), record.told.get(to.participant, 0))
    message = await fulfilment.proof_message(parts, record, payload, place)
    try:
        await ask(parts, "provider", to, UsageApi.PROOF, message, StatusAnswer)
    except PeerError as error:
        return error.facts["message"].partition(":")[0]
    return ""


_ids = iter(range(10_000, 20_000))
REFUSED = ("contract.proof-broken", "contract.proof-broken")


async def receipts(site: Site, process: str) -> list[dict[str, Any]]:
    """Receipts of everything about a process, as a proof carries them."""
    await site.numbered()
    found = await site.get("/evidence/receipts", process=process)
    return [{key: value for key, value in each.items() if key != "attachments"} for each in found]


def made_up(origin: str, context: str, number: str, agreement: str | None, at: datetime) -> dict[str, Any]:
    """The receipt of a log of one entry that nobody has kept, under a key of this moment."""
    facts: dict[str, Any] = {"number": number, "by": origin, "actions": ["delete"], "result": "done"}
    entry = Entry.of(
        "contract.executed", id=urn(), at=at, context=context, agreement=agreement, facts=facts
    ).to_bytes()
    signer = Ed25519Signer.generate(f"{origin}#log-9")
    key = NoteKey.from_jwk(origin, signer.public_jwk())
    head = Checkpoint.of(origin, 1, root([leaf_hash(entry)]), at)
    note = head.signed(key, signer.sign(head.text().encode()))
    tiles = grow(0, [leaf_hash(entry)], reader_of({}))
    proven = prove(entry, 0, checkpoint=note, read=node_reader(1, reader_of(tiles)), key=key)
    return dict(json.loads(build(proven).to_bytes()))


async def test_what_a_node_proves_of_itself_counts_at_both(world: World) -> None:
    ours, _ = await filed(world)
    agreement = (await world.provider.get(f"/contracts/{ours}"))["agreement"]
    (held,) = (await world.provider.get("/agreements", wire_id=agreement))["items"]
    transfer = await again(
        world, (await world.consumer.get("/agreements", wire_id=held["wire_id"]))["items"][0]
    )
    assert (await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")).status == 200
    await recorded(world.provider, transfer["provider_pid"], "use")
    await world.provider.numbered()
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    log = [msgspec.to_builtins(each) for each in await fulfilment._receipts(parts, "provider", record)]
    assert "use" in {each["proven"]["entry"]["kind"] for each in log}
    assert await everywhere(world, ours, log) == ("", "")


async def test_another_agreement_of_the_sender_proves_nothing(world: World) -> None:
    ours, _ = await filed(world)
    other, _ = await filed(world)
    wire = (await world.provider.get(f"/contracts/{other}"))["agreement"]
    (held,) = (await world.provider.get("/agreements", wire_id=wire))["items"]
    of_negotiation = await receipts(world.provider, held["negotiation"])
    of_other = await receipts(world.provider, other)
    of_ours = await receipts(world.provider, ours)
    assert await everywhere(world, ours, of_negotiation[-3:]) == REFUSED
    assert await everywhere(world, ours, of_other[-3:]) == REFUSED
    assert await everywhere(world, ours, [*of_ours, of_negotiation[-1]]) == REFUSED
    both = [each for each in of_other if each["proven"]["entry"].get("agreement")]
    assert await everywhere(world, ours, [*of_ours, *both]) == REFUSED


@pytest.mark.parametrize("with_agreement", [False, True])
async def test_a_log_that_the_sender_made_up_is_refused(world: World, with_agreement: bool) -> None:
    ours, _ = await filed(world)
    shown = await world.provider.get(f"/contracts/{ours}")
    agreement = shown["agreement"] if with_agreement else None
    for at in (datetime.now(UTC), datetime(2025, 1, 1, tzinfo=UTC)):
        invented = made_up(world.provider.did, "provider", shown["number"], agreement, at)
        assert await everywhere(world, ours, [invented]) == REFUSED
        real = await receipts(world.provider, ours)
        assert await everywhere(world, ours, [*real[-1:], invented]) == REFUSED


async def test_an_entry_that_was_altered_or_is_of_another_log_is_refused(world: World) -> None:
    ours, theirs = await filed(world)
    real = (await receipts(world.provider, ours))[-1]
    entry = real["proven"]["entry"]
    for changed in ({"at": "2025-01-01T00:00:00.000Z"}, {"id": "urn:uuid:other"}, {"peer": "did:web:x"}):
        altered = real | {"proven": real["proven"] | {"entry": entry | changed}}
        assert await everywhere(world, ours, [altered]) == REFUSED
    foreign = (await receipts(world.consumer, theirs))[-1:]
    assert await everywhere(world, ours, foreign) == REFUSED
    renamed = foreign[0] | {"origin": world.provider.did}
    assert await everywhere(world, ours, [renamed]) == REFUSED


async def test_a_proof_counts_right_after_the_log_key_was_rotated(world: World) -> None:
    ours, theirs = await filed(world)
    await world.provider.post("/keys/rotate", {"use": "log"})
    await world.provider.post(f"/contracts/{ours}/report", {"actions": ["read"], "result": "x"})
    await reaches(world.provider, ours, "05")
    await recorded(world.consumer, theirs, "contract.executed")
    log = await receipts(world.provider, ours)
    for site in (world.consumer, world.issuer):
        site.clock.moved += timedelta(seconds=6)  # what they remember of the provider may be asked for again
    assert await everywhere(world, ours, log[-2:]) == ("", "")
