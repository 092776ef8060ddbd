"""Policies in the words of Catena-X and of EDC's clients: answered by claims where these can, refused by name else."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import Phase, PolicyKind, Situation, evaluate
from xinfu.odrl.control.grades import shortfalls
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
CURRENT: Final = "https://w3id.org/catenax/2025/9/policy/"
SPELLINGS: Final = (
    "",
    CURRENT,
    "https://w3id.org/catenax/policy/",
    "https://w3id.org/tractusx/v0.0.1/ns/",
    "https://w3id.org/edc/v0.0.1/ns/",
    "cx-policy:",
    "tx:",
    "edc:",
)
GOVERNANCE: Final = "DataExchangeGovernance:1.0"
BPN: Final = "BPNL00000000001A"
MEMBER: Final[dict[str, tuple[str, ...]]] = {
    "MembershipCredential": ("active",),
    "DataExchangeGovernanceCredential": ("active",),
    "DataExchangeGovernanceCredential.contractVersion": ("1.0",),
    "BpnCredential": ("active",),
    "BpnCredential.bpn": (BPN,),
}
OTHER: Final[dict[str, tuple[str, ...]]] = {
    "DataExchangeGovernanceCredential": ("active",),
    "DataExchangeGovernanceCredential.contractVersion": ("0.9",),
    "BpnCredential": ("active",),
    "BpnCredential.bpn": ("BPNL00000000002B",),
}
TERMS: Final = {
    "Membership": ("eq", "active", UNKNOWN),
    "FrameworkAgreement": ("eq", GOVERNANCE, NO),
    "UsagePurpose": ("isAnyOf", "cx.core.industrycore:1", NO),
    "BusinessPartnerNumber": ("isAnyOf", [BPN], NO),
}
"""Name -> operator, right side, and the verdict for a partner who has something else."""


def policy(left: str, operator: str, right: object, action: str = "use", **more: Any) -> odrl.Policy:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    document = {"@type": "Set", "permission": [{"action": action, "constraint": [constraint]}], **more}
    return odrl.read(document, kind=PolicyKind.SET)


def verdict(asked: odrl.Policy, claims: dict[str, tuple[str, ...]], purpose: str, **more: Any) -> Verdict:
    situation = Situation(now=NOW, assignee="did:web:b.example", claims=claims, purpose=purpose, **more)
    return evaluate(odrl.compile(asked), situation, phase=Phase.USE).verdict


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", TERMS)
def test_each_name_is_read_in_every_spelling(name: str, spelling: str) -> None:
    operator, right, otherwise = TERMS[name]
    asked = policy(spelling + name, operator, right)
    odrl.check(asked)
    assert verdict(asked, MEMBER, "cx.core.industrycore:1") is YES
    assert verdict(asked, OTHER, "marketing") is otherwise
    assert verdict(asked, {}, "") in {NO, UNKNOWN}
    for language in ("zh", "en"):
        assert "cannot be judged" not in odrl.sentences(asked, language)[0]
        assert "无法判定" not in odrl.sentences(asked, language)[0]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", TERMS)
def test_it_goes_back_to_a_partner_as_it_came(name: str, spelling: str) -> None:
    operator, right, _ = TERMS[name]
    asked = policy(spelling + name, operator, right)
    written: Any = odrl.write(asked)
    [rule] = written["permission"]
    assert rule["constraint"][0]["leftOperand"] == (spelling or CURRENT) + name
    assert odrl.equivalent(asked, policy(name, operator, right))


def test_an_agreement_without_a_version_asks_for_the_credential_alone() -> None:
    asked = policy("FrameworkAgreement", "eq", "DataExchangeGovernance")
    assert verdict(asked, OTHER, "") is YES
    assert verdict(asked, {"BpnCredential": ("active",)}, "") is UNKNOWN


def test_two_agreements_are_not_the_same() -> None:
    one, other = (policy("FrameworkAgreement", "eq", f"{name}:1.0") for name in ("Puris", "Traceability"))
    assert not odrl.equivalent(one, other)
    assert verdict(one, {"TraceabilityCredential.contractVersion": ("1.0",)}, "") is UNKNOWN


@pytest.mark.parametrize(
    "right", ["active", "", ":1.0", "Data Exchange:1.0", "Governance:one", "Governance:1.0:2"]
)
def test_what_names_no_agreement_is_refused(right: str) -> None:
    with pytest.raises(InputError) as caught:
        odrl.check(policy("cx-policy:FrameworkAgreement", "eq", right))
    assert caught.value.code == "policy.value-unreadable"


REFUSED: Final = (
    "BusinessPartnerGroup",
    "location",
    "ContractReference",
    "AffiliatesBpnl",
    "MembershipX",
    "count",
)


@pytest.mark.parametrize("spelling", SPELLINGS[1:])
@pytest.mark.parametrize("name", REFUSED)
def test_what_no_claim_answers_is_refused_by_name_and_opens_nothing(name: str, spelling: str) -> None:
    asked = policy(spelling + name, "isAnyOf", ["x"])
    with pytest.raises(InputError) as caught:
        odrl.check(asked)
    assert (caught.value.code, caught.value.facts["name"]) == ("policy.operand-unknown", spelling + name)
    assert verdict(asked, MEMBER, "x") is UNKNOWN


@pytest.mark.parametrize("name", ["BusinessPartnerGroup", "location"])
def test_what_to_write_instead_is_said(name: str) -> None:
    with pytest.raises(InputError) as caught:
        odrl.check(policy(name, "eq", "eu"))
    assert caught.value.help_en
    assert caught.value.help_zh


@pytest.mark.parametrize("spelling", SPELLINGS[1:])
def test_access_of_catena_x_shows_an_offer_and_hands_nothing_out(spelling: str) -> None:
    asked = policy("Membership", "eq", "active", action=f"{spelling}access")
    odrl.check(asked)
    assert verdict(asked, MEMBER, "", action=odrl.CATALOG_ACCESS) is YES
    for action in ("use", "download", "storage", "read", "access"):
        assert verdict(asked, MEMBER, "", action=action) is NO
    assert verdict(policy("Membership", "eq", "active"), MEMBER, "", action=odrl.CATALOG_ACCESS) is YES
    written: Any = odrl.write(asked)
    [rule] = written["permission"]
    assert odrl.read({"permission": [rule]}).permissions == asked.permissions


@pytest.mark.parametrize("profile", ["cx-policy:profile2405", "https://w3id.org/catenax/policy/profile2405"])
def test_the_profile_is_known(profile: str) -> None:
    asked = policy("cx-policy:Membership", "eq", "active", profile=profile)
    odrl.check(asked)
    assert verdict(asked, MEMBER, "") is YES


def test_a_definition_around_a_policy_is_told_apart() -> None:
    inner = {"@type": "Set", "permission": [{"action": "use"}]}
    for key in ("policy", "edc:policy", "https://w3id.org/edc/v0.0.1/ns/policy"):
        with pytest.raises(InputError) as caught:
            odrl.check(odrl.read({"@type": "PolicyDefinition", "@id": "p", key: inner}))
        assert caught.value.code == "policy.wrapped"


def test_members_and_numbers_name_who_may_use_it_for_a_grade() -> None:
    for name in ("Membership", "BusinessPartnerNumber", "FrameworkAgreement"):
        operator, right, _ = TERMS[name]
        asked = policy(f"cx-policy:{name}", operator, right, action="read")
        assert "members" not in {each.demand for each in shortfalls(asked, 2, NOW)}
    operator, right, _ = TERMS["UsagePurpose"]
    asked = policy("cx-policy:UsagePurpose", operator, right, action="read")
    assert not {"purpose", "technical"} & {each.demand for each in shortfalls(asked, 4, NOW)}


CLAIMS: Final = st.fixed_dictionaries(
    {},
    optional={
        "MembershipCredential": st.just(("active",)),
        "DataExchangeGovernanceCredential": st.just(("active",)),
        "DataExchangeGovernanceCredential.contractVersion": st.sampled_from(
            [("1.0",), ("0.9",), ("0.9", "1.0")]
        ),
        "BpnCredential.bpn": st.sampled_from([(BPN,), ("BPNL00000000002B",)]),
    },
)


@given(
    name=st.sampled_from(sorted(TERMS)),
    spellings=st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS)),
    claims=CLAIMS,
    purpose=st.sampled_from(["", "cx.core.industrycore:1", "other"]),
)
def test_the_spelling_decides_nothing(
    name: str, spellings: tuple[str, str], claims: dict[str, tuple[str, ...]], purpose: str
) -> None:
    operator, right, _ = TERMS[name]
    one, other = (policy(spelling + name, operator, right) for spelling in spellings)
    assert verdict(one, claims, purpose) is verdict(other, claims, purpose)
    assert odrl.equivalent(one, other)
    assert odrl.within(one, other).verdict is YES
