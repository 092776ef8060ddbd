"""Filing receipts that the platform gave for something else, or never gave, handed to a party that has signed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.certificates.authority import key
from tests.contracting import arrives, contracting, reaches, signed
from tests.nodes import Site, World

from xinfu.contracts import FilingReceipt, Signature, contract_hash, filing_bytes
from xinfu.contracts.messages import StatusAnswer
from xinfu.contracts.usage import UsageApi
from xinfu.errors import PeerError
from xinfu.node.config import Keys as KeysTable
from xinfu.ports.records import ContractRecord
from xinfu.ports.signer import Signer
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import executing, platform
from xinfu.services.contracts.calling import ask, party_at

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Hearing:
    """A platform that hands receipts of all kinds to a consumer."""

    def __init__(self, at: Site, world: World) -> None:
        self.at = at
        self.world = world

    async def signed(self) -> ContractRecord:
        """A contract that both have signed and nobody has filed, as the consumer has it."""
        _, theirs = await signed(self.world)
        return await contract_record.find_contract(self.world.consumer.node.parts, "consumer", theirs)

    async def receipt(self, record: ContractRecord) -> FilingReceipt:
        """What the platform would give for it."""
        contract = record.contract
        return await platform.receipt_for(
            self.at.node.parts, "platform", contract.number, contract_hash(contract)
        )

    async def hand(self, record: ContractRecord, receipt: FilingReceipt | None) -> None:
        """Hand a contract to the consumer with a receipt."""
        parts = self.at.node.parts
        contract = replace(record.contract, filing=receipt)
        message = await executing.strategy_message(
            parts, replace(record, context="platform", contract=contract)
        )
        to = await party_at(parts, "platform", self.world.consumer.did)
        await ask(parts, "platform", to, UsageApi.STRATEGY, message, StatusAnswer)

    async def refused(self, record: ContractRecord, receipt: FilingReceipt | None) -> str:
        """The code with which the consumer refuses a receipt; it keeps nothing of it."""
        with pytest.raises(PeerError) as caught:
            await self.hand(record, receipt)
        assert (await self.world.consumer.get(f"/contracts/{record.id}"))["status"] == "0301"
        return caught.value.facts["message"].partition(":")[0]

    async def signer(self) -> Signer:
        return (await self.at.node.keys.contract_key("platform")).signer


def by(
    signer: Signer, receipt: FilingReceipt, *, key_id: str = "", chain: tuple[str, ...] = ()
) -> FilingReceipt:
    """A receipt with a signature by this key."""
    signature = Signature(
        party=receipt.platform,
        at=receipt.filed,
        algorithm=signer.algorithm,
        key_id=key_id or signer.key_id,
        public_jwk=signer.public_jwk(),
        chain=chain,
        value=signer.sign(filing_bytes(receipt)).hex(),
    )
    return replace(receipt, signature=signature)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hearing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hearing]:
    keys = KeysTable(contract_algorithm="SM2")
    async with contracting(tmp_path_factory.mktemp("receipts"), keys=keys) as (at, world):
        yield Hearing(at, world)


async def test_a_receipt_for_something_else_is_refused(hearing: Hearing) -> None:
    record, other = await hearing.signed(), await hearing.signed()
    good = await hearing.receipt(record)
    fewer = replace(record.contract, signatures=record.contract.signatures[:1])
    older = replace(record, contract=fewer)
    own = await hearing.signer()
    cases = {
        "another contract": await hearing.receipt(other),
        "its hash under our number": by(own, replace(await hearing.receipt(other), contract=good.contract)),
        "before the last signature": await hearing.receipt(older),
        "another platform": by(own, replace(good, platform=hearing.world.provider.did)),
        "a platform of a similar name": by(own, replace(good, platform=good.platform + "/")),
        "hash in capitals": by(own, replace(good, hash=good.hash.upper())),
    }
    for case, receipt in cases.items():
        assert await hearing.refused(record, receipt) == "contract.receipt-differs", case
    await hearing.hand(record, good)
    await reaches(hearing.world.consumer, record.id, "05")


async def test_a_receipt_that_was_altered_or_that_the_platform_did_not_sign_is_refused(
    hearing: Hearing,
) -> None:
    record = await hearing.signed()
    good = await hearing.receipt(record)
    signature = good.signature
    assert signature is not None
    thief, earlier = key("SM2"), good.filed - timedelta(days=30)
    theirs = (await hearing.world.provider.node.keys.contract_key("provider")).signer
    cases = {
        "no signature": replace(good, signature=None),
        "another time": replace(good, filed=earlier),
        "another time beside the signature": replace(good, signature=replace(signature, at=earlier)),
        "both times": replace(good, filed=earlier, signature=replace(signature, at=earlier)),
        "another entry": replace(good, entry="urn:uuid:00000000-0000-7000-8000-000000000000"),
        "another signatory": replace(good, signature=replace(signature, party=hearing.world.provider.did)),
        "an unpublished key": by(thief, good, key_id=f"{good.platform}#contract-9"),
        "an unpublished key under a published id": by(thief, good, key_id=signature.key_id),
        "a key of a party": by(theirs, good),
        "a key of a party under the platform's id": by(theirs, good, key_id=signature.key_id),
    }
    for case, receipt in cases.items():
        assert await hearing.refused(record, receipt) == "contract.signature-wrong", case
    for case, receipt in {
        "capitals": replace(good, signature=replace(signature, value=signature.value.upper())),
        "a fraction": by(await hearing.signer(), replace(good, filed=good.filed + timedelta(milliseconds=5))),
    }.items():
        assert await hearing.refused(record, receipt) == "contract.receipt-unreadable", case
    await hearing.hand(record, good)
    await reaches(hearing.world.consumer, record.id, "05")


async def test_a_receipt_of_a_contract_files_no_supplement_of_it(hearing: Hearing) -> None:
    world = hearing.world
    base = await hearing.signed()
    receipt = await hearing.receipt(base)
    made = await world.consumer.post(f"/contracts/{base.id}/amend", {"terms": ["金额更正。"]})
    await world.consumer.post(f"/contracts/{made['id']}/sign")
    await arrives(world.provider, made["number"])
    await world.provider.post(f"/contracts/{made['number']}/sign")
    await reaches(world.consumer, made["id"], "0301")
    supplement = await contract_record.find_contract(world.consumer.node.parts, "consumer", made["id"])
    own = await hearing.signer()
    renamed = by(own, replace(receipt, contract=supplement.contract.number))
    for each in (receipt, renamed):
        assert await hearing.refused(supplement, each) == "contract.receipt-differs"
    assert await hearing.refused(base, await hearing.receipt(supplement)) == "contract.receipt-differs"
