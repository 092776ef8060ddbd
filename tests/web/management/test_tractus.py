"""Policies of Tractus-X end to end, over the management APIs of two running nodes that prove who they are.

The bodies have the form of those in the walk-through of tractus-x-umbrella (policies 05 and 05_2, EDR request 02), written by us: an
access policy with `access`, a usage policy with `use`, an EDR request that says the offer again with one purpose.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import site
from tests.stranger import urn
from tests.web.management.conftest import EDC, Api, Pair
from tests.web.management.test_flow import BYTES, fetched, until

from xinfu.node.config import Trust, TrustedIssuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD: Final = "https://w3id.org/catenax/policy/"
NEW: Final = "https://w3id.org/catenax/2025/9/policy/"
VOCAB: Final = {"@vocab": EDC}
PROFILE: Final = ["https://w3id.org/dspace/2025/1/odrl-profile.jsonld", f"{NEW}context.jsonld", VOCAB]
PREFIXED: Final = ["http://www.w3.org/ns/odrl.jsonld", {**VOCAB, "cx-policy": OLD}]
OWN_PREFIX: Final = ["http://www.w3.org/ns/odrl.jsonld", {**VOCAB, "cx": NEW}]
SPELLINGS: Final = {
    "bare": (PROFILE, ""),
    "prefix": (PROFILE, "cx-policy:"),
    "prefix of the body": (PREFIXED, "cx-policy:"),
    "another prefix": (OWN_PREFIX, "cx:"),
    "iri": (PROFILE, NEW),
    "old iri": (PROFILE, OLD),
}
BPN: Final = "BPNL00000000001A"
PURPOSE: Final = "cx.core.industrycore:1"
TERMS: Final[dict[str, tuple[str, Any]]] = {
    "Membership": ("eq", "active"),
    "FrameworkAgreement": ("eq", "DataExchangeGovernance:1.0"),
    "UsagePurpose": ("isAnyOf", [PURPOSE]),
    "BusinessPartnerNumber": ("isAnyOf", [BPN]),
}
CREDENTIALS: Final[dict[str, dict[str, str]]] = {
    "MembershipCredential": {"memberOf": "catena-x"},
    "DataExchangeGovernanceCredential": {"contractVersion": "1.0"},
    "BpnCredential": {"bpn": BPN},
}


class Space(msgspec.Struct, frozen=True):
    """A provider, a consumer that has all three credentials, and one that has none."""

    provider: Api
    member: Api
    outsider: Api

    def partner(self) -> dict[str, str]:
        return {
            "counterPartyId": self.provider.site.did,
            "counterPartyAddress": self.provider.site.base,
            "protocol": "dataspace-protocol-http:2025-1",
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    """All believe one issuer."""
    folder = tmp_path_factory.mktemp("space")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        issuer = await stack.enter_async_context(site(folder / "issuer", session, issuer=True))
        trust = Trust(issuers=(TrustedIssuer(did=issuer.did, types=tuple(CREDENTIALS)),))
        provider, member, outsider = [
            Api(await stack.enter_async_context(site(folder / name, session, trust=trust)))
            for name in ("provider", "member", "outsider")
        ]
        for type_, claims in CREDENTIALS.items():
            form = {"subject": member.site.did, "type": type_, "claims": claims}
            issued = await issuer.post("/issuer/credentials", form)
            await member.site.post("/credentials", {"jwt": issued["jwt"]})
        yield Space(provider, member, outsider)


def constraint(prefix: str, name: str, **changes: Any) -> dict[str, Any]:
    operator, right = TERMS[name]
    return {"leftOperand": f"{prefix}{name}", "operator": operator, "rightOperand": right, **changes}


async def offer(space: Space, context: object, usage: list[Any], access: list[Any] | None = None) -> str:
    """A file under an access policy and a usage policy; the id of the asset."""
    api, id_ = space.provider, urn()
    file = api.site.folder / f"{id_[-12:]}.csv"
    file.write_bytes(BYTES)
    address = {"@type": "DataAddress", "type": "File", "path": str(file)}
    await api.good(
        "POST",
        "/v3/assets",
        {"@context": VOCAB, "@id": id_, "properties": {"name": id_}, "dataAddress": address},
    )
    for kind, action, terms in (("access", "access", access or []), ("usage", "use", usage)):
        rule = {"action": action, **({"constraint": {"and": terms}} if terms else {})}
        policy = {"@type": "Set", "permission": [rule], "prohibition": [], "obligation": []}
        body = {"@context": context, "@type": "PolicyDefinition", "@id": f"{id_}-{kind}", "policy": policy}
        await api.good("POST", "/v3/policydefinitions", body)
    chosen = {"operandLeft": f"{EDC}id", "operator": "=", "operandRight": id_}
    policies = {"accessPolicyId": f"{id_}-access", "contractPolicyId": f"{id_}-usage"}
    body = {"@context": VOCAB, "@id": f"{id_}-def", **policies, "assetsSelector": [chosen]}
    await api.good("POST", "/v3/contractdefinitions", body)
    return id_


async def shown(space: Space, consumer: Api, asset: str) -> list[Any]:
    chosen = {"operandLeft": f"{EDC}id", "operator": "=", "operandRight": asset}
    asked = {"@context": VOCAB, **space.partner(), "querySpec": {"filterExpression": [chosen]}}
    catalog = await consumer.good("POST", "/v3/catalog/request", asked)
    found: list[Any] = catalog.get("dataset", [])
    return found


async def asked(space: Space, consumer: Api, asset: str, context: object, usage: list[Any]) -> str:
    """An EDR request that says the offer again, as the walk-through does: one purpose is no list there."""
    [dataset] = await shown(space, consumer, asset)
    said = [
        {**each, "rightOperand": each["rightOperand"][0]} if isinstance(each["rightOperand"], list) else each
        for each in usage
    ]
    policy = {
        "@id": dataset["hasPolicy"][0]["@id"],
        "@type": "Offer",
        "assigner": space.provider.site.did,
        "target": asset,
        "permission": [{"action": "use", "constraint": [{"and": said}]}],
        "prohibition": [],
        "obligation": [],
    }
    body = {"@context": context, "@type": "ContractRequest", **space.partner(), "policy": policy}
    made = await consumer.good("POST", "/v3/edrs", {**body, "callbackAddresses": []})
    return str(made["@id"])


async def edr(consumer: Api, negotiation: str) -> Any:
    by = {"operandLeft": "contractNegotiationId", "operator": "=", "operandRight": negotiation}
    async with asyncio.timeout(30):
        while True:
            query = {"@context": VOCAB, "@type": "QuerySpec", "filterExpression": [by]}
            if found := await consumer.good("POST", "/v3/edrs/request", query):
                return found[0]
            await asyncio.sleep(0.03)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_who_has_the_credentials_negotiates_and_gets_the_data(space: Space, spelling: str) -> None:
    context, prefix = SPELLINGS[spelling]
    terms = [constraint(prefix, name) for name in TERMS]
    asset = await offer(space, context, terms, access=[constraint(prefix, "Membership")])
    assert await shown(space, space.outsider, asset) == []
    opened = await asked(space, space.member, asset, context, terms)
    await until(space.member, f"/v3/contractnegotiations/{opened}", "FINALIZED")
    entry = await edr(space.member, opened)
    assert entry["assetId"] == asset
    status, body, _ = await fetched(Pair(space.provider, space.member), entry["transferProcessId"])
    assert (status, body) == (200, BYTES)


@pytest.mark.parametrize("spelling", ["bare", "prefix of the body", "iri"])
@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("Membership", "membership"),
        ("FrameworkAgreement", "DataExchangeGovernanceCredential"),
        ("BusinessPartnerNumber", "business partner number (BPN)"),
    ],
)
async def test_who_has_none_is_refused_by_what_is_missing(
    space: Space, name: str, missing: str, spelling: str
) -> None:
    context, prefix = SPELLINGS[spelling]
    asset = await offer(space, context, [constraint(prefix, name)])
    opened = await asked(space, space.outsider, asset, context, [constraint(prefix, name)])
    ended = await until(space.outsider, f"/v3/contractnegotiations/{opened}", "TERMINATED")
    assert missing in ended["errorDetail"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("FrameworkAgreement", "DataExchangeGovernance:2.0"), ("BusinessPartnerNumber", ["BPNL00000000002B"])],
)
async def test_who_has_another_is_refused_by_what_is_wanted(space: Space, name: str, wanted: Any) -> None:
    context, prefix = SPELLINGS["bare"]
    terms = [constraint(prefix, name, rightOperand=wanted)]
    asset = await offer(space, context, terms)
    opened = await asked(space, space.member, asset, context, terms)
    ended = await until(space.member, f"/v3/contractnegotiations/{opened}", "TERMINATED")
    assert (wanted if isinstance(wanted, str) else wanted[0]).removeprefix(
        "DataExchangeGovernance:"
    ) in ended["errorDetail"]


async def test_a_purpose_of_several_is_not_chosen_for_the_client(space: Space) -> None:
    """It agrees, and reads nothing: nobody has said for which of them."""
    context, _ = SPELLINGS["bare"]
    terms = [constraint("", "UsagePurpose", rightOperand=[PURPOSE, "cx.pcf.base:1"])]
    asset = await offer(space, context, terms)
    [dataset] = await shown(space, space.member, asset)
    policy = {**dataset["hasPolicy"][0], "assigner": space.provider.site.did, "target": asset}
    body = {"@context": ["http://www.w3.org/ns/odrl.jsonld", VOCAB], "@type": "ContractRequest"}
    opened = await space.member.good("POST", "/v3/edrs", {**body, **space.partner(), "policy": policy})
    await until(space.member, f"/v3/contractnegotiations/{opened['@id']}", "FINALIZED")
    found = await space.member.site.get("/agreements", negotiation=opened["@id"])
    said = await space.member.site.get("/explanation", agreement=found["items"][0]["id"])
    assert said["may"].lower() != "yes"
    assert [each["code"] for each in said["reasons"]] == ["fact.missing"]


STRANGE: Final = "https://example.org/other/"


@pytest.mark.parametrize(
    ("context", "left"),
    [
        ({"cx-policy": STRANGE}, "cx-policy:Membership"),
        ({"cx-policy": {"@id": STRANGE, "@prefix": True}}, "cx-policy:Membership"),
        ({"Membership": f"{STRANGE}Membership"}, "Membership"),
        ({"my": STRANGE, "cx-policy": "my:"}, "cx-policy:Membership"),
    ],
)
async def test_a_prefix_means_what_the_body_says(space: Space, context: dict[str, Any], left: str) -> None:
    contexts = ["http://www.w3.org/ns/odrl.jsonld", {**VOCAB, **context}]
    rule = {
        "action": "use",
        "constraint": [{"leftOperand": left, "operator": "eq", "rightOperand": "active"}],
    }
    policy = {"@type": "Set", "permission": [rule]}
    body = {"@context": contexts, "@type": "PolicyDefinition", "@id": urn(), "policy": policy}
    said = await space.provider.send("POST", "/v3/policydefinitions", body)
    assert said.status == 400
    assert f"{STRANGE}Membership" in str(said.json)


async def test_a_prefix_of_the_body_counts_for_actions_and_operators(space: Space) -> None:
    contexts = {**VOCAB, "odrl": STRANGE}
    policy = {"@type": "http://www.w3.org/ns/odrl/2/Set", "permission": [{"action": "odrl:use"}]}
    body = {"@context": contexts, "@type": "PolicyDefinition", "@id": urn(), "policy": policy}
    said = await space.provider.send("POST", "/v3/policydefinitions", body)
    assert said.status == 400
    assert f"{STRANGE}use" in str(said.json)
