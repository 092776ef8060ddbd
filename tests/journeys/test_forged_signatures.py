"""Signatures of contracts under bare SM2 keys, forged in every way that a counterparty or a thief of keys has."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import UNSET
from msgspec.structs import replace
from tests.certificates.authority import key
from tests.contracting import contracting, drafts, reaches, signed
from tests.nodes import Site, World

from xinfu.contracts import DigitalContract, Signature, signing_bytes, text_of, write_signature
from xinfu.contracts.messages import ContractApi, ListedSignature, NegotiateAnswer, NegotiateRequest
from xinfu.contracts.suite import digest_under
from xinfu.errors import PeerError
from xinfu.evidence import canonical
from xinfu.node.config import Keys as KeysTable
from xinfu.ports.signer import Signer
from xinfu.services.agreements import contract_record
from xinfu.services.contracts.calling import ask, party_at, strategy_field
from xinfu.services.identity.keys import LEAD, OVERLAP
from xinfu.signers.sm2 import ORDER, Sm2Signer, der_signature

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    keys = KeysTable(contract_algorithm="SM2")
    async with contracting(tmp_path_factory.mktemp("forged"), keys=keys) as (_, made):
        yield made


async def begun(world: World) -> tuple[DigitalContract, str]:
    """A contract that the provider has begun and nobody signed; our id of the consumer's draft."""
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    return (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract, theirs


async def signer_of(site: Site) -> Signer:
    return (await site.node.keys.contract_key(site.context.id)).signer


def blank(contract: DigitalContract, signer: Signer, *, key_id: str = "", at: datetime = NOW) -> Signature:
    """What stands beside a signature of the provider, before anything is signed."""
    return Signature(
        party=contract.parties[0].id,
        at=at,
        algorithm="SM2",
        key_id=key_id or signer.key_id,
        public_jwk=signer.public_jwk(),
        value="",
        format=2,
    )


def made(
    contract: DigitalContract, signer: Signer, *, covered: bytes = b"", key_id: str = "", at: datetime = NOW
) -> Signature:
    """What a key signs in the provider's name: the contract, or whatever bytes the forger takes for it."""
    empty = blank(contract, signer, key_id=key_id, at=at)
    return replace(empty, value=signer.sign(covered or signing_bytes(contract, empty)).hex())


async def told(world: World, contract: DigitalContract, *signatures: str) -> NegotiateAnswer:
    """The consumer's answer to these signatures; each as the text that stands on the wire."""
    parts = world.provider.node.parts
    message = NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signature_list=tuple(ListedSignature(signature=each) for each in signatures),
        contract_expansion_item=text_of(contract).decode(),
    )
    to = await party_at(parts, "provider", world.consumer.did)
    return await ask(parts, "provider", to, ContractApi.NEGOTIATE, message, NegotiateAnswer)


async def refused(world: World, contract: DigitalContract, *signatures: str) -> tuple[str, str]:
    """The six digits and the code with which the consumer refuses them."""
    with pytest.raises(PeerError) as caught:
        await told(world, contract, *signatures)
    return caught.value.facts["code"], caught.value.facts["message"].partition(":")[0]


def respelled(contract: DigitalContract, empty: Signature) -> dict[str, bytes]:
    """Other bytes for what a party signs: the same meaning in another spelling, or another digest."""
    covered = signing_bytes(contract, empty)
    said = json.loads(covered)
    text = text_of(contract)
    meant = json.loads(text)
    return {
        "reordered": json.dumps(dict(reversed(said.items())), separators=(",", ":")).encode(),
        "spaced": json.dumps(said).encode(),
        "escaped": covered.replace(b"contractId", rb"\u0063ontractId"),
        "a line more": covered + b"\n",
        "digest of SHA-256": canonical(said | {"digest": digest_under("ES256", text)}),
        "said to be SHA-256": signing_bytes(contract, replace(empty, algorithm="ES256")),
        "digest of the text with escapes": canonical(
            said | {"digest": digest_under("SM2", json.dumps(meant).encode())}
        ),
        "digest of other bytes": canonical(said | {"digest": digest_under("SM2", text + b" ")}),
        "digest in capitals": canonical(said | {"digest": said["digest"].upper()}),
        "text itself": text,
        "digest alone": said["digest"].encode(),
        "another number": canonical(said | {"contractId": contract.number[:-1] + "0"}),
        "another purpose": canonical(said | {"format": "xinfu-contract-filing-1"}),
        "in the earlier form": signing_bytes(contract, replace(empty, format=UNSET)),
        "without its key": canonical({each: said[each] for each in said if each != "publicKey"}),
        "another chain": canonical(said | {"chainDigest": said["digest"]}),
    }


async def test_signatures_over_other_bytes_are_refused(world: World) -> None:
    contract, theirs = await begun(world)
    signer = await signer_of(world.provider)
    empty = blank(contract, signer)
    for case, covered in respelled(contract, empty).items():
        assert covered != signing_bytes(contract, empty), case
        forged = write_signature(made(contract, signer, covered=covered))
        assert await refused(world, contract, forged) == ("306005", "contract.signature-wrong"), case
    assert (await world.consumer.get(f"/contracts/{theirs}"))["draft"]


async def test_signatures_by_other_keys_are_refused(world: World) -> None:
    contract, _ = await begun(world)
    own, others, thief = await signer_of(world.provider), await signer_of(world.consumer), key("SM2")
    log = world.provider.node.keys.log_signer("provider").key_id
    good = made(contract, own)
    cases = {
        "key of the other party": made(contract, others),
        "under our key id": made(contract, others, key_id=own.key_id),
        "key of a thief": made(contract, thief, key_id=own.key_id),
        "key that nobody lists": made(contract, thief, key_id=f"{world.provider.did}#mine"),
        "key for the log": made(contract, own, key_id=log),
        "our key beside it": replace(made(contract, thief), public_jwk=own.public_jwk(), key_id=own.key_id),
        "key of a longer name": made(contract, own, key_id=f"{world.provider.did}.evil#key"),
        "no key id": replace(good, key_id=""),
        "a member more": replace(good, public_jwk=good.public_jwk | {"use": "sig"}),
    }
    for case, forged in cases.items():
        said = await refused(world, contract, write_signature(forged))
        assert said == ("306005", "contract.signature-wrong"), case


async def test_numbers_of_sm2_have_one_form(world: World) -> None:
    contract, _ = await begun(world)
    signer = await signer_of(world.provider)
    assert isinstance(signer, Sm2Signer)
    good = made(contract, signer)
    raw = bytes.fromhex(good.value)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    def numbers(first: int, second: int) -> bytes:
        return first.to_bytes(32, "big") + second.to_bytes(32, "big")

    der = der_signature(raw)
    other = Sm2Signer(signer.key_id, signer.private_bytes(), identity=b"8765432187654321")
    covered = signing_bytes(contract, good)
    cases = {
        "nothing": b"",
        "zeros": numbers(0, 0),
        "r of zero": numbers(0, s),
        "s of zero": numbers(r, 0),
        "r of n": numbers(ORDER, s),
        "s of n": numbers(r, ORDER),
        "the largest": numbers(2**256 - 1, 2**256 - 1),
        "n less s": numbers(r, ORDER - s),
        "n less r": numbers(ORDER - r, s),
        "both": numbers(ORDER - r, ORDER - s),
        "swapped": numbers(s, r),
        "DER": der,
        "DER in the long form": b"\x30\x81" + der[1:],
        "DER and more": der + b"\x00",
        "a byte before": b"\x00" + raw,
        "another user id": other.sign(covered),
    }
    for case, value in cases.items():
        forged = write_signature(replace(good, value=value.hex()))
        assert await refused(world, contract, forged) == ("306005", "contract.signature-wrong"), case
    for case, point in {
        "off the curve": {"y": good.public_jwk["x"]},
        "at zero": {"x": "A" * 43, "y": "A" * 43},
        "short": {"x": good.public_jwk["x"][:-2]},
        "of P-256": {"crv": "P-256"},
    }.items():
        forged = write_signature(replace(good, public_jwk=good.public_jwk | point))
        assert await refused(world, contract, forged) == ("306005", "contract.signature-wrong"), case


async def test_a_signature_has_one_spelling(world: World) -> None:
    """Who spells another's signature anew files the contract under another evidence code than its signer knows."""
    contract, theirs = await begun(world)
    good = made(contract, await signer_of(world.provider))
    text = write_signature(good)
    at = text.partition('"at":"')[2].partition('"')[0]
    east = NOW.astimezone(timezone(timedelta(hours=8)))
    spellings: dict[str, Callable[[], str]] = {
        "capitals": lambda: write_signature(replace(good, value=good.value.upper())),
        "spaces": lambda: write_signature(replace(good, value=good.value[:2] + " " + good.value[2:])),
        "fraction": lambda: write_signature(replace(good, at=NOW + timedelta(milliseconds=1))),
        "zone": lambda: write_signature(replace(good, at=east)),
        "no zone": lambda: text.replace(at, at.removesuffix("Z")),
        "offset": lambda: text.replace(at, at.removesuffix("Z") + "+00:00"),
        "order": lambda: json.dumps(dict(reversed(json.loads(text).items())), separators=(",", ":")),
        "space": lambda: text.replace(":", ": ", 1),
        "escape": lambda: text.replace("party", r"\u0070arty", 1),
        "what is left out": lambda: text.replace('"chain":[],', ""),
        "empty": lambda: "",
        "no object": lambda: "[]",
    }
    for case, spell in spellings.items():
        spelled = spell()
        assert spelled != text, case
        six, code = await refused(world, contract, spelled)
        assert code == "contract.signature-unreadable", (case, six, code)
    assert (await world.consumer.get(f"/contracts/{theirs}"))["draft"]
    assert (await told(world, contract, text)).negotiation_status == "1"


async def test_signatures_of_two_parties_are_not_swapped(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    await reaches(world.consumer, theirs, "02")
    await world.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(world.provider, ours, "0301")
    contract = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract
    first, second = contract.signatures
    swapped = (replace(first, party=second.party), replace(second, party=first.party))
    said = await refused(world, contract, *map(write_signature, swapped))
    assert said == ("306005", "contract.signature-wrong")
    for fewer in ((), (first,), (second,)):
        await told(world, contract, *map(write_signature, fewer))
    kept = (await contract_record.find_contract(world.consumer.node.parts, "consumer", theirs)).contract
    assert kept.signatures == contract.signatures, "what both have signed stays signed"
    assert kept.status == contract.status


async def test_a_rotated_key_signs_nothing_where_no_signed_contract_lives(tmp_path: Path) -> None:
    """Its end takes it out of the DID document. While a signed contract lives, the key stays listed for that one."""
    keys = KeysTable(contract_algorithm="SM2")
    async with contracting(tmp_path, keys=keys) as (platform, world):
        found = await signer_of(world.provider)
        await world.provider.post("/keys/rotate", {"use": "contract"})
        for each in (platform, world.provider, world.consumer):
            each.clock.moved += LEAD + OVERLAP + timedelta(minutes=10)
        contract, theirs = await begun(world)
        forged = write_signature(made(contract, found))
        assert await refused(world, contract, forged) == ("306005", "contract.signature-wrong")
        assert (await world.consumer.get(f"/contracts/{theirs}"))["draft"]
        fresh = await signer_of(world.provider)
        assert fresh.key_id != found.key_id
        assert (await told(world, contract, write_signature(made(contract, fresh)))).negotiation_status == "1"


async def test_a_rotated_key_signs_no_new_contract_while_an_old_one_lives(tmp_path: Path) -> None:
    """It stays listed for what it signed, with its end; what comes after it is refused, whatever date it bears."""
    keys = KeysTable(contract_algorithm="SM2")
    async with contracting(tmp_path, keys=keys) as (platform, world):
        found = await signer_of(world.provider)
        ours, theirs = await signed(world)
        await world.provider.post(f"/contracts/{ours}/file")
        await world.provider.post("/keys/rotate", {"use": "contract"})
        for each in (platform, world.provider, world.consumer):
            each.clock.moved += LEAD + OVERLAP + timedelta(minutes=10)
        later, draft = await begun(world)
        for case, at in {"before": NOW, "after": NOW + LEAD + OVERLAP + timedelta(minutes=5)}.items():
            forged = write_signature(made(later, found, at=at))
            assert await refused(world, later, forged) == ("306005", "contract.signature-wrong"), case
        assert (await world.consumer.get(f"/contracts/{draft}"))["draft"]
        fresh = await signer_of(world.provider)
        assert (await told(world, later, write_signature(made(later, fresh)))).negotiation_status == "1"

        old = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract
        await told(world, old, *map(write_signature, old.signatures))  # known signatures, told again
        for site, id_ in ((world.provider, ours), (world.consumer, theirs)):
            checked = await site.get(f"/contracts/{id_}/check")
            assert checked["holds"], "what it signed before its end holds"
        await world.consumer.post(f"/contracts/{theirs}/file")


async def test_a_platform_files_nothing_that_an_ended_key_signed(tmp_path: Path) -> None:
    """Two parties, or one with a stolen key, could else file today what they date before the end."""
    async with contracting(tmp_path) as (platform, world):
        ours, _ = await signed(world)
        await world.provider.post("/keys/rotate", {"use": "contract"})
        for each in (platform, world.provider, world.consumer):
            each.clock.moved += LEAD + OVERLAP + timedelta(minutes=10)
        said = await world.provider.api("POST", f"/contracts/{ours}/file")
        assert said.status >= 400
        assert "contract.signature-wrong" in str(said.body)
