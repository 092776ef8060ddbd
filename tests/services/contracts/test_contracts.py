"""A contract from draft to receipt: numbered, signed by all, filed; and what is refused on the way."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import contracting, drafts, reaches, signed
from tests.nodes import Site, World, rule

from xinfu.contracts import (
    digest_of,
    read_contract_number,
    read_text,
    text_of,
    write_signature,
)
from xinfu.contracts.messages import (
    ContractApi,
    ListedSignature,
    NegotiateAnswer,
    NegotiateRequest,
    RegistrateAnswer,
)
from xinfu.errors import PeerError
from xinfu.ports.records import ContractRecord
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import filing
from xinfu.services.contracts.calling import ask, party_at, platform_of, strategy_field

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("contracting")) as made:
        yield made


@pytest.fixture
def world(both: tuple[Site, World]) -> World:
    return both[1]


@pytest.fixture
def platform(both: tuple[Site, World]) -> Site:
    return both[0]


async def held(site: Site, id_: str) -> ContractRecord:
    return await contract_record.find_contract(site.node.parts, site.context.id, id_)


async def test_a_contract_is_numbered_signed_by_both_and_filed(platform: Site, world: World) -> None:
    ours, theirs = await drafts(world)
    begun = await world.provider.post(f"/contracts/{ours}/begin", {"terms": ["争议先由双方协商。"]})
    number = read_contract_number(begun["number"])
    assert (begun["status"], begun["draft"], number.node) == ("01", False, "12430200000000001D")
    signed_once = await world.provider.post(f"/contracts/{ours}/sign")
    assert signed_once["status"] == "02"
    shown = await reaches(world.consumer, theirs, "02")
    assert (shown["number"], shown["status"], shown["terms"]) == (
        begun["number"],
        "02",
        ["争议先由双方协商。"],
    )
    assert [bool(party["signed"]) for party in shown["parties"]] == [True, False, False]
    done = await world.consumer.post(f"/contracts/{theirs}/sign")
    assert done["status"] == "0301"
    again = await reaches(world.provider, ours, "0301")
    assert (again["status"], again["digest"], again["signed"]) == ("0301", done["digest"], done["signed"])
    filed = await world.provider.post(f"/contracts/{ours}/file")
    assert filed["status"] in {"0301", "05"}
    assert filed["filing"]["platform"] == platform.did
    kept = (await platform.get("/contracts", number=begun["number"]))["items"][0]
    assert (kept["side"], kept["status"], kept["digest"]) == ("platform", "0301", done["digest"])
    assert kept["filing"] == filed["filing"]


async def test_the_other_party_files_it_too_and_gets_the_same_receipt(world: World) -> None:
    ours, theirs = await signed(world)
    one = await world.provider.post(f"/contracts/{ours}/file")
    two = await world.consumer.post(f"/contracts/{theirs}/file")
    assert one["filing"] == two["filing"]
    receipts = [
        (await held(world.provider, ours)).contract.filing,
        (await held(world.consumer, theirs)).contract.filing,
    ]
    assert receipts[0] == receipts[1]


async def test_every_step_is_in_the_log_with_the_text_as_it_was(platform: Site, world: World) -> None:
    ours, _ = await signed(world)
    await world.provider.post(f"/contracts/{ours}/file")
    entries = await world.provider.get("/evidence/entries", process=ours)
    events = [e["entry"]["facts"].get("event") for e in entries if e["entry"]["kind"] == "contract.state"]
    assert events[:5] == ["create", "sign", "sign", "conclude", "file"]
    kinds = [e["entry"]["kind"] for e in entries]
    assert kinds.count("contract.signed") == 2
    assert kinds.count("contract.filed") == 1
    contract = (await held(world.provider, ours)).contract
    async with world.provider.node.parts.store.view("provider") as view:
        kept = await view.log.attachments(entries[0]["id"])
    assert kept["text"] == text_of(contract)
    receipt = contract.filing
    assert receipt is not None
    (there,) = (await platform.get("/contracts", number=contract.number))["items"]
    logged = [
        e["id"] for e in await platform.get("/evidence/entries", process=there["id"], kind="contract.filed")
    ]
    assert logged == [receipt.entry]


async def test_every_round_can_be_read_again_with_its_text(world: World) -> None:
    ours, _ = await signed(world)
    rounds = await world.provider.get(f"/contracts/{ours}/history")
    assert [each["after"] for each in rounds] == ["01", "02", "02", "0301"]
    text = (await world.provider.api("GET", f"/contracts/{ours}/history/{rounds[0]['entry']}")).body
    assert digest_of(read_text(text)) == rounds[0]["digest"]
    said = await world.provider.api("GET", f"/contracts/{ours}/history/nothing")
    assert (said.status, said.code) == (404, "contract.not-found")


async def test_all_signatures_and_the_receipt_are_checked(world: World) -> None:
    ours, _ = await signed(world)
    before = await world.provider.get(f"/contracts/{ours}/check")
    assert (before["holds"], before["receipt"]) == (True, None)
    assert [each["standing"]["verdict"] for each in before["signatures"]] == ["yes", "yes"]
    assert [each["standing"]["certified"] for each in before["signatures"]] == [False, False]
    assert before["signatures"][0]["standing"]["reasons"] == ["seal.not-certified"]
    await world.provider.post(f"/contracts/{ours}/file")
    assert (await world.provider.get(f"/contracts/{ours}/check"))["receipt"]["verdict"] == "yes"


async def test_a_draft_does_not_hold_and_cannot_be_signed_or_filed(world: World) -> None:
    ours, _ = await drafts(world)
    assert (await world.provider.get(f"/contracts/{ours}/check"))["holds"] is False
    said = await world.provider.api("POST", f"/contracts/{ours}/sign", {})
    assert (said.status, said.code) == (409, "contract.draft")
    said = await world.provider.api("POST", f"/contracts/{ours}/file", {})
    assert (said.status, said.code) == (409, "contract.unsigned")


async def test_one_signature_is_not_enough_for_the_platform_either(world: World) -> None:
    ours, _ = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    said = await world.provider.api("POST", f"/contracts/{ours}/file", {})
    assert said.code == "contract.unsigned"
    await world.provider.numbered()
    entry = (await world.provider.get("/evidence/entries", process=ours, kind="refusal"))[-1]["entry"]
    assert (entry["facts"]["code"], entry["facts"]["missing"]) == (
        "contract.unsigned",
        said.json["facts"]["missing"],
    )
    contract = (await held(world.provider, ours)).contract
    told = await refused_filing(world, replace(contract, signed=contract.signatures[0].at))
    assert told["code"] == "306006"


async def refused_filing(world: World, contract: Any) -> dict[str, str]:
    """What the platform says to a filing that our own node would not send."""
    parts = world.provider.node.parts
    message = filing.filing_message(parts, contract)
    with pytest.raises(PeerError) as told:
        await ask(
            parts, "provider", await platform_of(parts), ContractApi.REGISTRATE, message, RegistrateAnswer
        )
    return told.value.facts


async def test_what_was_changed_after_signing_is_not_filed(world: World) -> None:
    ours, _ = await signed(world)
    contract = (await held(world.provider, ours)).contract
    changed = replace(contract, terms=("另付一万元。",))
    assert (await refused_filing(world, changed))["code"] == "306005"
    other = replace(contract.signatures[1], value="00" * 64)
    forged = replace(contract, signatures=(contract.signatures[0], other))
    assert (await refused_filing(world, forged))["code"] == "306005"
    twice = replace(contract, signatures=(contract.signatures[0], contract.signatures[0]))
    assert (await refused_filing(world, twice))["code"] == "306005"


async def test_another_text_under_a_filed_number_is_refused(world: World) -> None:
    ours, _ = await signed(world)
    await world.provider.post(f"/contracts/{ours}/file")
    first = (await held(world.provider, ours)).contract
    mine, theirs = await signed(world)
    second = (await held(world.provider, mine)).contract
    assert first.number != second.number
    fake = replace(second, number=first.number)
    assert (await refused_filing(world, fake))["code"] == "306005"
    assert theirs


async def negotiate(world: World, contract: Any, *, signatures: Any = None, **change: Any) -> dict[str, str]:
    """What the consumer says to a message of the provider's that no use case would send."""
    parts = world.provider.node.parts
    message = NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=strategy_field(parts, contract),
        signature_list=tuple(
            ListedSignature(signature=write_signature(each)) for each in signatures or contract.signatures
        ),
        contract_expansion_item=text_of(contract).decode(),
    )
    to = await party_at(parts, "provider", world.consumer.did)
    with pytest.raises(PeerError) as told:
        await ask(parts, "provider", to, ContractApi.NEGOTIATE, replace(message, **change), NegotiateAnswer)
    return told.value.facts


async def test_a_contract_is_taken_only_on_the_terms_of_the_agreement(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    contract = (await held(world.provider, ours)).contract
    wider = replace(
        contract,
        policy=replace(
            contract.policy, permissions=(replace(contract.policy.permissions[0], constraints=()),)
        ),
    )
    assert "contract.no-agreement" in (await negotiate(world, wider))["message"]
    boasting = replace(contract, levels=dict.fromkeys(contract.levels, "environment"))
    assert "contract.no-agreement" in (await negotiate(world, boasting))["message"]
    assert (await negotiate(world, contract, contract_name="x"))["code"] == "306008"
    assert (await negotiate(world, contract, strategy=strategy_field(world.provider.node.parts, wider)))[
        "code"
    ] == "306008"
    assert (await negotiate(world, contract, contract_expansion_item=None))["code"] == "206001"
    assert (await world.consumer.get(f"/contracts/{theirs}"))["draft"] is True


async def test_a_signature_in_the_name_of_another_is_refused(world: World) -> None:
    ours, theirs = await drafts(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    contract = (await held(world.provider, ours)).contract
    (mine,) = contract.signatures
    stolen = replace(mine, party=contract.parties[1].id)
    assert (await negotiate(world, contract, signatures=(stolen,)))["code"] == "306005"
    late = replace(mine, at=mine.at.replace(year=mine.at.year + 1))
    assert (await negotiate(world, contract, signatures=(late,)))["code"] == "306005"
    shown = await world.consumer.get(f"/contracts/{theirs}")
    assert [bool(party["signed"]) for party in shown["parties"]] == [True, False, False]


async def test_signatures_are_forged_swapped_replayed_or_doubled_in_vain(world: World) -> None:
    """Each is named: whose signature it is, and what is wrong with it."""
    ours, _ = await drafts(world)
    other, _ = await signed(world)
    await world.provider.post(f"/contracts/{ours}/begin")
    await world.provider.post(f"/contracts/{ours}/sign")
    contract = (await held(world.provider, ours)).contract
    (mine,) = contract.signatures
    elsewhere = (await held(world.provider, other)).contract.signatures
    them = next(each for each in elsewhere if each.party != mine.party)
    flipped = f"{mine.value[:-1]}{'0' if mine.value[-1] != '0' else '1'}"
    cases = {
        "forged": ((replace(mine, value=flipped),), "forged"),
        "replayed": ((next(each for each in elsewhere if each.party == mine.party),), "forged"),
        "swapped": ((mine, replace(them, value=mine.value)), "forged"),
        "borrowed": ((mine, replace(mine, party=them.party)), "forged"),
        "doubled": ((mine, mine), "two signatures"),
        "early": ((replace(mine, at=mine.at + timedelta(hours=1)),), "in the future"),
    }
    for case, (signatures, said) in cases.items():
        answer = await negotiate(world, contract, signatures=signatures)
        assert answer["code"] == "306005", case
        assert said in answer["message"], (case, answer["message"])
        assert any(each.party in answer["message"] for each in signatures), case


async def test_signing_again_tells_again_and_changes_nothing(world: World) -> None:
    ours, theirs = await signed(world)
    before = (await held(world.consumer, theirs)).contract
    await world.provider.post(f"/contracts/{ours}/sign")
    assert (await held(world.consumer, theirs)).contract == before
    begun = await world.provider.post(f"/contracts/{ours}/begin")
    assert begun["number"] == before.number


async def test_a_term_that_the_standard_has_no_words_for_is_named(world: World) -> None:
    either = {"or": [{"leftOperand": "count", "operator": "lteq", "rightOperand": n} for n in ("1", "2")]}
    policy = {"@type": "Set", "permission": [{"action": "use", "constraint": [either]}]}
    ours, _ = await drafts(world, policy)
    said = await world.provider.api("POST", f"/contracts/{ours}/begin", {})
    assert (said.status, said.code) == (403, "contract.term-unmapped")
    assert said.json["facts"]["terms"] == "permission[0].or"


async def test_the_platform_serves_members_alone(platform: Site, world: World) -> None:
    ours, _ = await drafts(world)
    mine = [
        each["id"]
        for each in (await platform.get("/issuer/credentials"))["items"]
        if each["subject"] == world.provider.did
    ]
    for id_ in mine:
        await platform.post(f"/issuer/credentials/{id_}/revoke", {"reason": "left"})
    said = await world.provider.api("POST", f"/contracts/{ours}/begin", {})
    assert (said.code, said.json["facts"]["code"]) == ("platform.refused", "106004")
    await world.admit(world.provider)
    await world.provider.post(f"/contracts/{ours}/begin")


async def test_a_node_without_a_platform_keeps_its_drafts(platform: Site, world: World) -> None:
    dataset = "of-the-platform"
    await platform.publish(dataset, rule("count", "lteq", "3"))
    opened = await world.consumer.post("/negotiations", {"participant": platform.did, "dataset": dataset})
    done = await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")
    await platform.reaches("negotiations", done["provider_pid"], "FINALIZED")
    (draft,) = (await platform.get("/contracts", agreement=done["agreement"]))["items"]
    said = await platform.api("POST", f"/contracts/{draft['id']}/begin", {})
    assert (said.status, said.code) == (409, "contract.no-platform")


async def test_the_text_at_both_sides_is_one(world: World) -> None:
    ours, theirs = await signed(world)
    texts = [
        (await site.api("GET", f"/contracts/{id_}/text")).body
        for site, id_ in ((world.provider, ours), (world.consumer, theirs))
    ]
    assert texts[0] == texts[1]
    assert digest_of(read_text(texts[0])) == (await world.provider.get(f"/contracts/{ours}"))["digest"]


async def test_a_filed_contract_is_printed_with_its_receipt(world: World) -> None:
    ours, _ = await signed(world)
    await world.provider.post(f"/contracts/{ours}/file")
    said = await world.provider.api("GET", f"/contracts/{ours}/document")
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    contract = (await held(world.provider, ours)).contract
    html = said.body.decode()
    assert contract.number in html
    assert contract.filing is not None
    assert contract.filing.hash in html
    assert html.count("签名有效，但为未经认证的签名") == 3
    assert "<svg" in html


EMPTY = [{name: ""} for name in ("status", "side", "number", "amends")]


async def test_an_empty_filter_hides_a_draft_and_finds_any_contract_that_was_taken_up(world: World) -> None:
    ours, _ = await drafts(world)
    of = {"agreement": (await world.provider.get(f"/contracts/{ours}"))["agreement"]}
    assert (await world.provider.get("/contracts", **of))["total"] == 1
    assert [(await world.provider.get("/contracts", **of, **each))["total"] for each in EMPTY] == [0] * 4
    await world.provider.post(f"/contracts/{ours}/begin")
    assert [(await world.provider.get("/contracts", **of, **each))["total"] for each in EMPTY] == [1] * 4
    everything = (await world.provider.get("/contracts"))["total"]
    assert (await world.provider.get("/contracts", agreement="", status=""))["total"] == everything
