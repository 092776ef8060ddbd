"""Templates: kept when they make sense, taken over from the platform, filled in to a policy to publish under."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.contracting import contracting
from tests.contracts.samples import TEMPLATE
from tests.nodes import Site, World

from xinfu.contracts.messages import ContractApi, TemplateAnswer, TemplateRequest
from xinfu.errors import PeerError
from xinfu.services.contracts.calling import ask, platform_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(TEMPLATE))
PATH = f"/contract-templates/{TEMPLATE.id}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("contracting")) as (platform, world):
        await platform.put(PATH, FORM)
        yield platform, world


async def test_templates_of_the_platform_are_taken_over(both: tuple[Site, World]) -> None:
    _, world = both
    fetched = await world.provider.post("/contract-templates/fetch")
    assert [each["id"] for each in fetched] == [TEMPLATE.id]
    kept = (await world.provider.get("/contract-templates"))["items"]
    assert [each["template"] for each in kept] == [FORM]
    again = await world.provider.post("/contract-templates/fetch")
    assert again[0]["created"] == kept[0]["created"]


async def test_one_template_is_asked_for_by_its_id(both: tuple[Site, World]) -> None:
    _, world = both
    parts = world.provider.node.parts
    to = await platform_of(parts)
    request = TemplateRequest(template_id=TEMPLATE.id, issuer_id="i", issuer_entity_id="e")
    answer = await ask(parts, "provider", to, ContractApi.TEMPLATE, request, TemplateAnswer)
    assert answer.template == FORM
    with pytest.raises(PeerError) as told:
        other = msgspec.structs.replace(request, template_id="none")
        await ask(parts, "provider", to, ContractApi.TEMPLATE, other, TemplateAnswer)
    assert told.value.facts["code"] == "306001"


async def test_a_filled_template_is_published_under_and_becomes_a_contract(both: tuple[Site, World]) -> None:
    _, world = both
    await world.provider.put(PATH, FORM)
    made = await world.provider.post(f"{PATH}/fill", {"values": {"times": "2"}})
    assert (made["name"], made["terms"]) == ("读取2次", ["至多2次。"])
    await world.provider.publish("of-a-template", made["policy"]["odrl"])
    agreement = await world.agree("of-a-template")
    (draft,) = (await world.provider.get("/contracts", agreement=agreement["wire_id"]))["items"]
    begun = await world.provider.post(f"/contracts/{draft['id']}/begin", {"terms": made["terms"]})
    assert begun["terms"] == ["至多2次。"]
    assert begun["policy"]["odrl"]["permission"] == made["policy"]["odrl"]["permission"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"blanks": []}, "template.blank"),
        ({"rules": [{"actions": ["juggle"]}], "name": "x", "terms": [], "blanks": []}, "contract.action"),
        ({"more": 1}, "body.invalid"),
    ],
    ids=["undeclared", "action", "unknown-field"],
)
async def test_a_template_that_nobody_could_use_is_not_kept(
    both: tuple[Site, World], change: dict[str, Any], code: str
) -> None:
    _, world = both
    said = await world.consumer.api("PUT", "/contract-templates/t", FORM | change)
    assert (said.status, said.code) == (400, code)
    assert (await world.consumer.get("/contract-templates"))["items"] == []


async def test_a_blank_that_is_not_filled_in_is_named(both: tuple[Site, World]) -> None:
    platform, _ = both
    said = await platform.api("POST", f"{PATH}/fill", {})
    assert (said.code, said.json["facts"]) == ("template.value-missing", {"name": "times"})


async def test_a_template_is_forgotten(both: tuple[Site, World]) -> None:
    platform, _ = both
    await platform.put("/contract-templates/gone", FORM)
    assert (await platform.api("DELETE", "/contract-templates/gone")).status == 204
    assert (await platform.api("DELETE", "/contract-templates/gone")).status == 404
