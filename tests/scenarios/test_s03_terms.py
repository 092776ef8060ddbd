"""The rules of S03: what the policy permits is what the sentences say."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from xinfu import odrl
from xinfu.verdict import Verdict
from xinfu_scenarios.s03.story import Control
from xinfu_scenarios.s03.terms import OTHER_PURPOSE, PURPOSE, Terms, policy, rules
from xinfu_scenarios.words import BEIJING_TIME

UNTIL = datetime(2026, 2, 1, tzinfo=BEIJING_TIME)
CONSUMER = "did:web:emergency.example"
MEMBER = {"MembershipCredential": ("active",)}


def verdict_of(purpose: str, now: datetime, claims: Mapping[str, tuple[str, ...]]) -> Verdict:
    agreed = {**policy(Terms(until=UNTIL)), "@type": "Agreement", "assignee": CONSUMER}
    program = odrl.compile(odrl.read(agreed))
    situation = odrl.Situation(now=now, assignee=CONSUMER, purpose=purpose, claims=claims)
    return odrl.evaluate(program, situation).verdict


def test_a_member_with_the_purpose_may_use_it_in_time() -> None:
    assert verdict_of(PURPOSE, UNTIL, MEMBER) is Verdict.YES


@pytest.mark.parametrize(
    ("purpose", "now", "claims"),
    [
        (OTHER_PURPOSE, UNTIL, MEMBER),
        (PURPOSE, UNTIL + timedelta(milliseconds=1), MEMBER),
        (PURPOSE, UNTIL, {}),
    ],
    ids=["other purpose", "too late", "no member"],
)
def test_without_one_of_them_nobody_may(
    purpose: str, now: datetime, claims: Mapping[str, tuple[str, ...]]
) -> None:
    assert verdict_of(purpose, now, claims) is not Verdict.YES


def test_each_rule_is_a_sentence_that_says_how_it_is_enforced() -> None:
    found = rules(Terms(until=UNTIL))
    assert [rule.control for rule in found] == [
        Control.CONTRACT,
        Control.PROVIDER,
        Control.PROVIDER,
        Control.CONTRACT,
    ]
    assert "2026-02-01 00:00" in found[2].sentence.zh
