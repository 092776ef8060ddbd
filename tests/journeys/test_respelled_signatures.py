"""A party files the signature of the other one in another spelling, which holds too: the filing would lock the other out."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import UNSET
from msgspec.structs import replace
from tests.certificates.authority import Holder, name, root
from tests.contracting import CONNECTORS, contracting, drafts, filed, reaches, signed
from tests.nodes import Site, World

from xinfu.certificates import CERTIFICATE, write_pem
from xinfu.contracts import DigitalContract, Signature, signing_bytes
from xinfu.contracts.messages import ContractApi, RegistrateAnswer
from xinfu.errors import PeerError
from xinfu.node.config import Keys as KeysTable
from xinfu.ports.records import CONTRACTS
from xinfu.services.agreements import contract_record
from xinfu.services.contracts.calling import ask, platform_of
from xinfu.services.contracts.filing import filing_message
from xinfu.services.contracts.signing import sign_in
from xinfu.signers.es256 import ORDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(UTC).replace(microsecond=0)
WRONG, UNREADABLE = "contract.signature-wrong", "contract.signature-unreadable"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """All sign by ES256; the key of the provider is certified, with the authority's certificate in the chain."""
    folder: Path = tmp_path_factory.mktemp("respelled")
    top = root("ES256")
    (folder / "authorities.pem").write_text(top.pem)
    authorities = (str(folder / "authorities.pem"),)
    keys = KeysTable(contract_algorithm="ES256")
    async with contracting(folder, authorities=authorities, keys=keys) as (_, made):
        await certify(made.provider, top)
        yield made


async def certify(site: Site, top: Holder) -> None:
    signer = await site.node.keys.uncertified_key(site.context.id)
    start, end = TODAY - timedelta(days=1), TODAY + timedelta(days=30)
    leaf = top.issue(name("node.example", CONNECTORS["provider"]), signer=signer, start=start, end=end)
    assert (await site.put("/keys/certificate", {"chain": leaf.pem + top.pem}))["verdict"] == "yes"


def upper(signature: Signature) -> Signature:
    """The other value of s that verifies."""
    raw = bytes.fromhex(signature.value)
    s = ORDER - int.from_bytes(raw[32:], "big")
    return replace(signature, value=(raw[:32] + s.to_bytes(32, "big")).hex())


RESPELLED: dict[str, tuple[Callable[[Signature], Signature], str]] = {
    "lines of PEM": (lambda s: replace(s, chain=tuple(f"{each}\n" for each in s.chain)), WRONG),
    "one PEM for two": (lambda s: replace(s, chain=("".join(s.chain),)), WRONG),
    "without the authority": (lambda s: replace(s, chain=s.chain[:1]), WRONG),
    "without certificates": (lambda s: replace(s, chain=()), WRONG),
    "another key id": (lambda s: replace(s, key_id="did:web:other.example#key"), WRONG),
    "no key id": (lambda s: replace(s, key_id=""), WRONG),
    "n less s": (upper, UNREADABLE),
}


async def file(world: World, contract: DigitalContract, signatures: tuple[Signature, ...]) -> str:
    """The status with which the platform files a contract that the consumer sends with these signatures."""
    parts = world.consumer.node.parts
    message = filing_message(parts, replace(contract, signatures=signatures))
    to = await platform_of(parts)
    return (await ask(parts, "consumer", to, ContractApi.REGISTRATE, message, RegistrateAnswer)).status


@pytest.mark.parametrize("case", RESPELLED)
async def test_the_signature_of_another_party_is_filed_as_it_was_made(world: World, case: str) -> None:
    ours, theirs = await signed(world)
    contract = (await contract_record.find_contract(world.consumer.node.parts, "consumer", theirs)).contract
    first, second = contract.signatures
    assert len(first.chain) == 2
    respell, code = RESPELLED[case]
    assert respell(first) != first
    with pytest.raises(PeerError) as caught:
        await file(world, contract, (respell(first), second))
    assert caught.value.facts["message"].partition(":")[0] == code
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.consumer, theirs, "05")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        assert (await site.get(f"/contracts/{id_}/check"))["holds"]


async def test_a_signature_is_not_taken_back_to_the_earlier_format(world: World) -> None:
    ours, theirs = await signed(world)
    contract = (await contract_record.find_contract(world.consumer.node.parts, "consumer", theirs)).contract
    first, second = contract.signatures
    with pytest.raises(PeerError) as caught:
        await file(world, contract, (replace(first, format=UNSET, chain=()), second))
    assert caught.value.facts["message"].partition(":")[0] == WRONG
    await world.provider.post(f"/contracts/{ours}/file")


async def test_what_was_signed_in_the_earlier_format_is_signed_filed_and_good(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    parts = world.provider.node.parts
    record = await contract_record.find_contract(parts, "provider", ours)
    key = await world.provider.node.keys.contract_key("provider")
    empty = Signature(
        party=record.contract.parties[0].id,
        at=TODAY,
        algorithm="ES256",
        key_id=key.signer.key_id,
        public_jwk=key.signer.public_jwk(),
        chain=tuple(write_pem(CERTIFICATE, der) for der in key.certificates),
        value="",
    )
    before = replace(empty, value=key.signer.sign(signing_bytes(record.contract, empty)).hex())
    async with parts.store.step("provider") as step:
        await sign_in(step, parts, await step.of(CONTRACTS).lock(record.id), (before,))
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    await world.provider.post(f"/contracts/{ours}/file")
    await reaches(world.consumer, theirs, "05")
    for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
        kept = (await contract_record.find_contract(site.node.parts, site.context.id, id_)).contract
        assert [each.format for each in kept.signatures] == [UNSET, 2]
        assert (await site.get(f"/contracts/{id_}/check"))["holds"]


async def test_a_receipt_of_another_contract_beside_a_contract_does_not_hold(world: World) -> None:
    """Also one of the same number: its hash is that of other signatures."""
    ours, _ = await filed(world)
    other, _ = await filed(world)
    parts = world.provider.node.parts
    receipt = (await contract_record.find_contract(parts, "provider", other)).contract.filing
    assert receipt is not None
    async with parts.store.step("provider") as step:
        record = await step.of(CONTRACTS).lock(ours)
        good = record.contract.filing
        await step.of(CONTRACTS).save(replace(record, contract=replace(record.contract, filing=receipt)))
    found = await world.provider.get(f"/contracts/{ours}/check")
    assert (found["holds"], found["receipt"]["verdict"]) == (False, "no")

    async with parts.store.step("provider") as step:
        held = await step.of(CONTRACTS).lock(ours)
        first, second = held.contract.signatures
        later = replace(first, at=first.at + timedelta(seconds=1))
        changed = replace(held.contract, filing=good, signatures=(later, second))
        await step.of(CONTRACTS).save(replace(held, contract=changed))
    found = await world.provider.get(f"/contracts/{ours}/check")
    assert (found["holds"], found["receipt"]["verdict"]) == (False, "no")
