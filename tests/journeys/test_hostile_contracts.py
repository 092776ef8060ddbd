"""What is wrong with a contract or a signature on the wire is refused by a stable code, and nothing of it is kept."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.certificates.authority import Holder, key, name, root
from tests.contracting import CONNECTORS, contracting, drafts
from tests.nodes import Site, World

from xinfu.contracts import DigitalContract, Signature, signing_bytes, text_of, write_signature
from xinfu.contracts.messages import ContractApi, ListedSignature, NegotiateAnswer, NegotiateRequest
from xinfu.errors import PeerError
from xinfu.node.config import Trust
from xinfu.services.agreements import contract_record
from xinfu.services.contracts.calling import ask, party_at, strategy_field

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
OTHERS = "591430200MA0000002E4302A7K2M9QXY"


class Court:
    """Two parties that trust one authority, and a contract that the provider has begun."""

    def __init__(
        self, world: World, top: Holder, revoked: Holder, contract: DigitalContract, theirs: str
    ) -> None:
        self.world = world
        self.top = top
        self.revoked = revoked
        self.contract = contract
        self.theirs = theirs

    def certified(
        self, unit: str = CONNECTORS["provider"], *, by: Holder | None = None, **span: Any
    ) -> Holder:
        """A key of somebody's, with a certificate."""
        times = {"start": TODAY - DAY, "end": TODAY + 30 * DAY} | span
        return (by or self.top).issue(name("node.example", unit), algorithm="SM2", **times)

    def signature(
        self, holder: Holder, *, at: datetime = TODAY, chain: tuple[str, ...] | None = None, **change: Any
    ) -> Signature:
        """What `holder` signs in the provider's name."""
        empty = Signature(
            party=self.contract.parties[0].id,
            at=at,
            algorithm="SM2",
            public_jwk=holder.signer.public_jwk(),
            chain=(holder.pem,) if chain is None else chain,
            value="",
            format=2,
        )
        value = holder.signer.sign(signing_bytes(self.contract, empty)).hex()
        return replace(empty, value=value, **change)

    async def told(self, *signatures: Signature, text: bytes | None = None, **change: Any) -> tuple[str, str]:
        """The six digits and the words with which the consumer refuses what the provider sends."""
        parts = self.world.provider.node.parts
        contract = self.contract
        message = NegotiateRequest(
            contract_name=contract.name,
            contract_id=contract.number,
            strategy=strategy_field(parts, contract),
            signature_list=tuple(ListedSignature(signature=write_signature(each)) for each in signatures),
            contract_expansion_item=(text or text_of(contract)).decode(),
        )
        to = await party_at(parts, "provider", self.world.consumer.did)
        with pytest.raises(PeerError) as refused:
            await ask(
                parts, "provider", to, ContractApi.NEGOTIATE, replace(message, **change), NegotiateAnswer
            )
        return refused.value.facts["code"], refused.value.facts["message"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Court]:
    folder: Path = tmp_path_factory.mktemp("hostile-contracts")
    top = root("SM2")
    revoked = top.issue(
        name("node.example", CONNECTORS["provider"]),
        algorithm="SM2",
        start=TODAY - 9 * DAY,
        end=TODAY + 9 * DAY,
    )
    (folder / "authorities.pem").write_text(top.pem)
    (folder / "revoked.pem").write_text(top.revoke(revoked, since=TODAY - 5 * DAY, next_update=TODAY + DAY))
    trust = Trust(certificates=(str(folder / "authorities.pem"),), revocations=(str(folder / "revoked.pem"),))
    async with contracting(folder, authorities=trust.certificates, revocations=trust.revocations) as (
        _,
        world,
    ):
        ours, theirs = await drafts(world)
        await world.provider.post(f"/contracts/{ours}/begin")
        contract = (await contract_record.find_contract(world.provider.node.parts, "provider", ours)).contract
        yield Court(world, top, revoked, contract, theirs)


async def is_a_draft_still(site: Site, id_: str) -> bool:
    return bool((await site.get(f"/contracts/{id_}"))["draft"])


async def test_certificates_are_judged_at_the_time_of_signing(court: Court) -> None:
    expired = court.certified(start=TODAY - 30 * DAY, end=TODAY - DAY)
    early = court.certified(start=TODAY + DAY)
    stranger = court.certified(by=root("SM2", "Stranger"))
    leaf = court.certified(by=court.certified())
    agreeing = court.top.issue(
        name("node.example", CONNECTORS["provider"]),
        algorithm="SM2",
        start=TODAY - DAY,
        end=TODAY + DAY,
        bits=("key_agreement",),
    )
    cases = {
        "expired": (court.signature(expired), "签署时已过期"),
        "not yet valid": (court.signature(early), "签署时尚未生效"),
        "revoked": (court.signature(court.revoked), "签署时已被吊销"),
        "no anchor": (court.signature(stranger), "没有本节点信任的证书机构"),
        "not an authority": (court.signature(leaf), "没有本节点信任的证书机构"),
        "wrong use": (court.signature(agreeing), "密钥用途不符"),
    }
    for case, (signature, words) in cases.items():
        six, said = await court.told(signature)
        assert (six, said.partition(":")[0]) == ("306005", "contract.signature-wrong"), case
        assert words in said, (case, said)
    assert await is_a_draft_still(court.world.consumer, court.theirs)


async def test_swapped_forged_and_borrowed_signatures_are_refused(court: Court) -> None:
    own, others = court.certified(), court.certified(OTHERS)
    good = court.signature(own)
    jwk = key("SM2").public_jwk()
    cases = {
        "another's certificate": court.signature(others),
        "swapped signer": replace(court.signature(others), party=court.contract.parties[0].id),
        "a borrowed chain": court.signature(others, chain=(own.pem,)),
        "another key beside it": replace(good, public_jwk=jwk),
        "forged": replace(good, value=("0" if good.value[0] != "0" else "1") + good.value[1:]),
        "cut": replace(good, value=good.value[:-2]),
        "no hex": replace(good, value="zz" * 64),
        "another time": replace(good, at=good.at - timedelta(seconds=1)),
        "another algorithm": replace(good, algorithm="EdDSA"),
        "a chain of nothing": court.signature(
            own, chain=("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",)
        ),
    }
    for case, signature in cases.items():
        six, said = await court.told(signature)
        assert (six, said.partition(":")[0]) == ("306005", "contract.signature-wrong"), case
    six, said = await court.told(replace(good, party=court.contract.parties[1].id))
    assert six == "306005"
    six, said = await court.told(replace(good, party="12430200000000001D"))
    assert (six, said.partition(":")[0]) == ("306007", "contract.not-a-party")
    assert await is_a_draft_still(court.world.consumer, court.theirs)


async def test_an_altered_text_voids_every_signature(court: Court) -> None:
    good = court.signature(court.certified())
    for change in ({"terms": ("另付一万元。",)}, {"ends": TODAY + 9 * DAY}, {"version": 2}):
        altered = text_of(replace(court.contract, **change))
        six, said = await court.told(good, text=altered)
        assert (six, said.partition(":")[0]) == ("306005", "contract.signature-wrong")
    six, _ = await court.told(good, text=text_of(court.contract).replace(b"{", b"{ ", 1))
    assert six == "206000"


async def test_ids_that_only_look_like_others_are_refused(court: Court) -> None:
    """Cyrillic A, full-width digits and a zero-width space in the number, in a subject code, in a participant."""
    contract = court.contract
    for number in (
        contract.number.replace("D", "Ꭰ", 1),
        contract.number[:-1] + "８",
        contract.number[:20] + "\u200b" + contract.number[21:],
    ):
        six, said = await court.told(text=text_of(replace(contract, number=number)), contract_id=number)
        assert (six, said.partition(":")[0]) == ("206002", "identifier.alphabet")
    first = contract.parties[0]
    like = replace(first, entity=first.entity.replace("A", "А"))
    six, said = await court.told(text=text_of(replace(contract, parties=(like, *contract.parties[1:]))))
    assert (six, said.partition(":")[0]) == ("206002", "identifier.alphabet")
    like = replace(first, participant=first.participant.replace("o", "о"))
    six, said = await court.told(text=text_of(replace(contract, parties=(like, *contract.parties[1:]))))
    assert (six, said.partition(":")[0]) == ("306007", "contract.not-a-party")
    spoiled = f"{contract.number[:-1]}{'0' if contract.number[-1] != '0' else '1'}"
    six, said = await court.told(text=text_of(replace(contract, number=spoiled)), contract_id=spoiled)
    assert (six, said.partition(":")[0]) == ("206002", "identifier.check")


async def test_two_parties_of_one_name_are_one_too_many(court: Court) -> None:
    """One signature would count for both of them."""
    contract = court.contract
    first, second, filing = contract.parties
    for parties in (
        (first, replace(second, entity=first.entity), filing),
        (first, second, replace(second, entity="12430200000000001D"), filing),
        (first, second, replace(filing, participant="")),
    ):
        six, said = await court.told(text=text_of(replace(contract, parties=parties)))
        assert (six, said.partition(":")[0]) == ("306008", "contract.parties")


async def test_documents_without_measure_are_refused_before_anything_is_checked(court: Court) -> None:
    contract = court.contract
    many = tuple(
        replace(contract.parties[0], entity="", participant=f"did:web:p{at}.example") for at in range(40)
    )
    six, said = await court.told(text=text_of(replace(contract, parties=(*contract.parties, *many))))
    assert (six, said.partition(":")[0]) == ("206003", "contract.too-large")
    six, said = await court.told(text=text_of(replace(contract, terms=("x",) * 1001)))
    assert (six, said.partition(":")[0]) == ("206003", "contract.too-large")
    six, said = await court.told(text=text_of(replace(contract, terms=("长" * 400_000,))))
    assert (six, said.partition(":")[0]) == ("206003", "body.too-large")
    deep: Any = json.loads(text_of(contract))
    within: Any = {}
    deep["policy"]["permission"][0]["constraint"] = [within]
    for _ in range(300):
        within["and"] = [{}]
        within = within["and"][0]
    six, said = await court.told(text=json.dumps(deep, sort_keys=True, separators=(",", ":")).encode())
    assert six in {"206003", "206000"}
    assert said.partition(":")[0] in {"policy.too-large", "contract.text-unreadable"}
    six, said = await court.told(strategy=[strategy_field(court.world.provider.node.parts, contract)] * 400)
    assert (six, said.partition(":")[0]) == ("206003", "policy.too-large")
    assert await is_a_draft_still(court.world.consumer, court.theirs)


async def test_what_holds_is_taken_all_the_same(court: Court) -> None:
    """The same contract with a good signature by the same means, so that the cases above fail for their own reasons."""
    parts = court.world.provider.node.parts
    contract = court.contract
    signature = court.signature(court.certified())
    message = NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signature_list=(ListedSignature(signature=write_signature(signature)),),
        contract_expansion_item=text_of(contract).decode(),
    )
    to = await party_at(parts, "provider", court.world.consumer.did)
    answer = await ask(parts, "provider", to, ContractApi.NEGOTIATE, message, NegotiateAnswer)
    assert answer.negotiation_status == "1"
    shown = await court.world.consumer.get(f"/contracts/{court.theirs}")
    assert (shown["draft"], shown["status"]) == (False, "02")
