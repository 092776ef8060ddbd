"""Policies as Tractus-X's samples write them, posted to the management API: read, shown as they came, or refused by name."""

from typing import Any, Final

import pytest
from tests.stranger import urn
from tests.web.management.conftest import EDC, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD: Final = "https://w3id.org/catenax/policy/"
NEW: Final = "https://w3id.org/catenax/2025/9/policy/"
CONTEXTS: Final[dict[str, Any]] = {
    NEW: ["https://w3id.org/catenax/2025/9/policy/odrl.jsonld", f"{NEW}context.jsonld", {"@vocab": EDC}],
    OLD: ["http://www.w3.org/ns/odrl.jsonld", {"@vocab": EDC, "cx-policy": OLD}],
}


def _definition(context: object, constraints: list[dict[str, Any]], action: str = "use") -> dict[str, Any]:
    rule = {"action": action, "constraint": {"and": constraints}}
    return {
        "@context": context,
        "@type": "PolicyDefinition",
        "@id": urn(),
        "policy": {"@type": "Set", "permission": [rule]},
    }


def _term(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


@pytest.mark.parametrize("namespace", CONTEXTS)
async def test_membership_agreement_and_purpose_are_kept_as_they_came(api: Api, namespace: str) -> None:
    terms = [
        _term("cx-policy:Membership", "eq", "active"),
        _term("cx-policy:FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
        _term("cx-policy:UsagePurpose", "isAnyOf", ["cx.core.industrycore:1"]),
    ]
    body = _definition(CONTEXTS[namespace], terms)
    await api.good("POST", "/v3/policydefinitions", body)
    shown = str(await api.good("GET", f"/v3/policydefinitions/{body['@id']}"))
    for name in ("Membership", "FrameworkAgreement", "UsagePurpose"):
        assert f"{'cx-policy:' if namespace == NEW else OLD}{name}" in shown, "a prefix of the body is an IRI"


async def test_an_access_policy_is_taken(api: Api) -> None:
    terms = [_term("cx-policy:Membership", "eq", "active")]
    await api.good("POST", "/v3/policydefinitions", _definition(CONTEXTS[NEW], terms, f"{NEW}access"))


@pytest.mark.parametrize(
    "name", [f"{NEW}BusinessPartnerGroup", "https://w3id.org/tractusx/v0.0.1/ns/BusinessPartnerGroup"]
)
async def test_what_no_claim_answers_is_refused_by_its_name(api: Api, name: str) -> None:
    said = await api.send(
        "POST", "/v3/policydefinitions", _definition(CONTEXTS[NEW], [_term(name, "isAnyOf", ["gold"])])
    )
    assert said.status == 400
    assert name in str(said.json)
