"""Who owes a duty, and to whom: what the duty names comes before its rule, and that before the policy."""

from typing import Any

import pytest

from xinfu.odrl import levels, read, sentences, write
from xinfu.odrl.duties.parties import DutyParties, parties_of
from xinfu.odrl.model.policy import PolicyKind

USER, GIVER, THIRD = "did:web:user", "did:web:giver", "did:web:third"
DUTY, MORE = "permission[0].duty[0]", "permission[0].duty[0].consequence[0]"


def policy(duty: dict[str, Any], **more: Any) -> dict[str, Any]:
    rule = {"action": "use", "duty": [{"action": "inform", **duty}]}
    return {"assigner": GIVER, "assignee": USER, "target": "urn:d", "permission": [rule], **more}


@pytest.mark.parametrize(
    ("duty", "debtor", "creditor"),
    [
        ({}, USER, GIVER),
        ({"assignee": GIVER}, GIVER, GIVER),
        ({"assignee": GIVER, "assigner": USER}, GIVER, USER),
        ({"assignee": {"uid": THIRD}}, THIRD, GIVER),
        ({"informingParty": GIVER}, GIVER, GIVER),
        ({"informedParty": THIRD}, USER, GIVER),
        ({"compensatingParty": THIRD, "assignee": GIVER}, GIVER, GIVER),
    ],
)
@pytest.mark.parametrize("kind", [PolicyKind.AGREEMENT, PolicyKind.OFFER, None])
def test_a_duty_names_who_owes_it(
    duty: dict[str, Any], debtor: str, creditor: str, kind: PolicyKind | None
) -> None:
    read_ = read(policy(duty), kind=kind)
    assert parties_of(read_, DUTY) == DutyParties(debtor=debtor, creditor=creditor)
    assert read(write(read_), kind=kind) == read_


def test_a_consequence_falls_to_who_was_late_unless_it_names_another() -> None:
    late = {"assignee": GIVER, "consequence": [{"action": "compensate"}]}
    assert parties_of(read(policy(late)), MORE).debtor == GIVER
    late["consequence"] = [{"action": "compensate", "compensatingParty": THIRD}]
    assert parties_of(read(policy(late)), MORE).debtor == THIRD


def test_a_rule_for_another_party_binds_that_party() -> None:
    rules = [{"action": "use", "assignee": THIRD, "duty": [{"action": "inform"}]}]
    read_ = read({"assigner": GIVER, "permission": rules})
    assert parties_of(read_, DUTY) == DutyParties(debtor=THIRD, creditor=GIVER)


def test_nobody_is_named_where_nobody_is_known_yet() -> None:
    assert (
        parties_of(read({"permission": [{"action": "use", "duty": [{"action": "inform"}]}]}), DUTY)
        == DutyParties()
    )


@pytest.mark.parametrize("kind", [PolicyKind.AGREEMENT, PolicyKind.OFFER])
def test_an_obligation_of_the_other_side_leaves_the_parties_of_a_message_alone(kind: PolicyKind) -> None:
    more = {"obligation": [{"action": "inform", "assignee": GIVER}, {"action": "delete"}]}
    read_ = read(policy({}, **more), kind=kind)
    assert (read_.assigner, read_.assignee, read_.permissions[0].assignee) == (GIVER, USER, None)
    assert [parties_of(read_, f"obligation[{i}]").debtor for i in (0, 1)] == [GIVER, USER]
    assert not any(duty.unread for duty in read_.obligations)
    assert read(write(read_), kind=kind) == read_


def test_two_parties_in_a_duty_of_a_message_are_nobody_s() -> None:
    read_ = read(policy({"assignee": [GIVER, THIRD]}), kind=PolicyKind.AGREEMENT)
    assert [each.key for each in read_.permissions[0].duties[0].unread] == ["assignee"]


@pytest.mark.parametrize(
    ("debtor", "en", "zh"),
    [(USER, "the user", "使用方"), (GIVER, "the provider", "提供方"), (THIRD, THIRD, THIRD)],
)
def test_people_read_who_promises_it(debtor: str, en: str, zh: str) -> None:
    read_ = read(policy({"assignee": debtor}), kind=PolicyKind.AGREEMENT)
    level = levels(read_)[1]
    assert level.en.startswith(f"{en} promises it")
    assert level.zh.startswith(f"由{zh}承诺")


def test_a_sentence_says_who_does_it() -> None:
    read_ = read(policy({"assignee": THIRD, "informedParty": GIVER}), kind=PolicyKind.AGREEMENT)
    assert f"notice (to be done by {THIRD}) (for {GIVER} only)" in sentences(read_, "en")[0]
    assert f"告知（由{THIRD}履行）" in sentences(read_, "zh")[0]
