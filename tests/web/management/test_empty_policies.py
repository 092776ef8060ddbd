"""EDC's empty policy: at its management API it permits use, shown as that permission; nowhere else it opens anything."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import ContextTable, IdentityTable, Site, site
from tests.web.management.conftest import V3, V4, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODRL: Final = "http://www.w3.org/ns/odrl/2/"
USE: Final = {"action": "use"}
EMPTY: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "v3, a type alone": ("v3", {"@type": "odrl:Set"}),
    "v3, as the samples write it": (
        "v3",
        {
            "@context": "http://www.w3.org/ns/odrl.jsonld",
            "@type": "Set",
            "permission": [],
            "prohibition": [],
            "obligation": [],
        },
    ),
    "v3, prefixed": ("v3", {"@type": "odrl:Set", "odrl:permission": []}),
    "v3, expanded": (
        "v3",
        {"@type": [f"{ODRL}Set"], f"{ODRL}permission": [], f"{ODRL}prohibition": {"@list": []}},
    ),
    "v3, null for none": ("v3", {"@type": "odrl:Set", "odrl:permission": None}),
    "v4, a type alone": ("v4", {"@type": "Set"}),
    "v4, with an id": ("v4", {"@type": "Set", "@id": "urn:policy:1"}),
}
NOT_EMPTY: Final[dict[str, dict[str, Any]]] = {
    "a rule that falls away without a vocabulary": {"@type": "odrl:Set", "permisson": [USE]},
    "a rule under two names, one of them empty": {
        "@type": "odrl:Set",
        "odrl:permission": [],
        "permission": [{"action": "use", "constraint": [{"leftOperand": "x", "operator": "eq"}]}],
    },
    "no rule but a null": {"@type": "odrl:Set", "odrl:permission": [None]},
    "a rule without an action": {"@type": "odrl:Set", "odrl:permission": [{}]},
    "a prohibition alone": {"@type": "odrl:Set", "odrl:prohibition": [{"odrl:action": {"@id": "odrl:use"}}]},
    "a constraint of the whole policy": {
        "@type": "odrl:Set",
        "odrl:constraint": [
            {"odrl:leftOperand": "purpose", "odrl:operator": "odrl:eq", "odrl:rightOperand": "x"}
        ],
    },
    "a profile that nobody knows": {"@type": "odrl:Set", "odrl:profile": "https://example.org/profile"},
}


class House:
    """A node of three participants: one whose empty policies permit use, one whose do not, one of grade 3."""

    def __init__(self, node: Site) -> None:
        self.node = node

    async def send(self, context: str, method: str, path: str, body: object = None) -> Any:
        return await Api(self.node).send(method, f"{path}?context={context}", body)

    async def native(self, context: str, path: str) -> Any:
        return await self.node.get(path, context=context)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    contexts = (
        ContextTable(id="open", grade=1),
        ContextTable(id="shut", grade=1, empty_policy="nothing"),
        ContextTable(id="graded", grade=3),
    )
    identity = IdentityTable(kind="insecure-static")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        node = await stack.enter_async_context(
            site(folder / "node", session, identity=identity, contexts=contexts)
        )
        yield House(node)


def definition(name: str, policy: dict[str, Any], version: str) -> dict[str, Any]:
    context = V3 if version == "v3" else V4
    return {**context, "@type": "PolicyDefinition", "@id": name, "policy": policy}


@pytest.mark.parametrize("case", EMPTY)
async def test_an_empty_policy_is_kept_as_a_permission_to_use(house: House, case: str) -> None:
    version, policy = EMPTY[case]
    name = case.replace(" ", "-").replace(",", "")
    said = await house.send(
        "open", "POST", f"/{version}/policydefinitions", definition(name, policy, version)
    )
    assert said.status == 200, said.body
    kept = await house.native("open", f"/policies/{name}")
    assert kept["policy"]["odrl"]["permission"] == [USE]
    valid = await house.send("open", "POST", f"/{version}/policydefinitions/{name}/validate")
    assert valid.json["isValid"] is True


@pytest.mark.parametrize("case", NOT_EMPTY)
async def test_what_says_anything_else_is_refused_and_opens_nothing(house: House, case: str) -> None:
    body = {
        "@context": {"edc": "https://w3id.org/edc/v0.0.1/ns/"},
        "@id": "odd",
        "edc:policy": NOT_EMPTY[case],
    }
    said = await house.send("open", "POST", "/v3/policydefinitions", body)
    assert said.status == 400, said.body
    assert said.json[0]["message"]


async def test_replacing_a_policy_by_an_empty_one_means_the_same(house: House) -> None:
    made = definition("again", {"@type": "Set", "permission": [USE]}, "v4")
    assert (await house.send("open", "POST", "/v4/policydefinitions", made)).status == 200
    emptied = definition("again", {"@type": "Set"}, "v4")
    assert (await house.send("open", "PUT", "/v4/policydefinitions/again", emptied)).status == 204
    kept = await house.native("open", "/policies/again")
    assert kept["policy"]["odrl"]["permission"] == [USE]


async def test_a_context_may_close_it(house: House) -> None:
    body = definition("none", {"@type": "Set"}, "v4")
    assert (await house.send("shut", "POST", "/v4/policydefinitions", body)).status == 200
    said = await house.send("shut", "POST", "/v4/policydefinitions/none/validate")
    assert (said.json["isValid"], said.json["errors"]) == (False, ["the policy permits nothing"])


async def test_where_it_is_closed_an_offer_without_rules_ends_with_the_reason_and_nothing_is_sent(
    house: House,
) -> None:
    policy = {"@type": "Offer", "@id": "o", "assigner": "open", "target": "nothing"}
    body = {
        **V4,
        "@type": "ContractRequest",
        "counterPartyAddress": house.node.node.parts.contexts.get("open").protocol_base,
        "protocol": "dataspace-protocol-http:2025-1",
        "policy": policy,
    }
    said = await house.send("shut", "POST", "/v4/contractnegotiations", body)
    assert said.status == 200, said.body
    shown = await house.send("shut", "GET", f"/v4/contractnegotiations/{said.json['@id']}")
    assert shown.json["state"] == "TERMINATED"
    assert "allows nothing" in shown.json["errorDetail"]
    assert (await house.native("open", "/negotiations"))["items"] == []


async def test_the_native_api_takes_no_empty_policy(house: House) -> None:
    said = await house.node.api(
        "POST", "/policies", {"id": "none", "policy": {"@type": "Set"}}, context="open"
    )
    assert (said.status, said.code) == (400, "policy.permits-nothing")


async def test_the_doctor_names_policies_that_were_posted_empty(house: House) -> None:
    body = definition("told", {"@type": "Set"}, "v4")
    assert (await house.send("graded", "POST", "/v4/policydefinitions", body)).status == 200
    found = (await house.node.get("/doctor"))["findings"]
    [told] = [each for each in found if each["code"] == "policy.posted-empty" and each["about"] == "graded"]
    assert (told["grade"], "told" in told["en"]) == ("ok", True)
    assert not [each for each in found if each["code"] == "policy.posted-empty" and each["about"] == "shut"]


async def test_an_empty_policy_is_held_to_the_grade(house: House) -> None:
    """Grade 3 asks for more than an open permission: the offer is withheld, and the doctor says so."""
    (house.node.folder / "held.csv").write_bytes(b"1\n")
    address = {"@type": "DataAddress", "type": "File", "path": str(house.node.folder / "held.csv")}
    asset = {"@type": "Asset", "@id": "held", "properties": {"name": "held"}, "dataAddress": address}
    assert (await house.send("graded", "POST", "/v4/assets", asset)).status == 200
    body = definition("bare", {"@type": "Set"}, "v4")
    assert (await house.send("graded", "POST", "/v4/policydefinitions", body)).status == 200
    offered = {
        "@type": "ContractDefinition",
        "@id": "held",
        "accessPolicyId": "bare",
        "contractPolicyId": "bare",
        "assetsSelector": [],
    }
    assert (await house.send("graded", "POST", "/v4/contractdefinitions", offered)).status == 200
    at = house.node.node.parts.contexts.get("graded").protocol_base
    found = await house.node.get("/catalog", participant="graded", at=at, context="open")
    assert found["datasets"] == []
    told = (await house.node.get("/doctor"))["findings"]
    assert "grade.offer-withheld" in {each["code"] for each in told if each["about"] == "graded"}
