"""A refusal says which part of which rule, and what would help; a suggestion was tried before it is made."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import xinfu.odrl
from xinfu import odrl
from xinfu.odrl import (
    Decision,
    Phase,
    Reason,
    Situation,
    evaluate,
    explanation,
    for_stranger,
    read,
    remedy,
    sentence,
)
from xinfu.odrl.words.phrases import WHY
from xinfu.verdict import Verdict


def c(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def permit(*constraints: dict[str, object], **more: object) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


def decide(situation: Situation, document: dict[str, Any], *, explain: bool = False) -> Decision:
    return evaluate(odrl.compile(read(document)), situation, explain=explain)


def but(situation: Situation, **facts: Any) -> Situation:
    return msgspec.structs.replace(situation, **facts)


def test_a_duty_that_is_not_done_is_told_and_doing_it_helps(situation: Situation) -> None:
    document = permit(c("purpose", "eq", "a"))
    document["permission"][0]["duty"] = [
        {"action": "inform", "constraint": [c("event", "lt", "odrl:policyUsage")]}
    ]
    reasons = decide(but(situation, purpose="a"), document).reasons
    assert [(each.code, each.helps) for each in reasons] == [("duty.unmet", True)]


def test_a_wrong_purpose_is_told_with_rule_path_and_what_would_help(situation: Situation) -> None:
    document = permit(c("dateTime", "lt", "2027-01-01Z"), c("purpose", "isAnyOf", ["a", "b"]))
    (reason,) = decide(situation, document).reasons
    assert reason == Reason(
        code="purpose.not-included",
        verdict="no",
        rule="permission[0]",
        path="permission[0].constraint[1]",
        operand="purpose",
        operator="isAnyOf",
        wanted=("a", "b"),
        found=("research",),
        helps=True,
    )
    assert sentence(reason, "en") == 'The declared purpose "research" is not among the permitted ones (a, b).'
    assert sentence(reason, "zh") == "声明的目的“research”不在允许的目的（a、b）之内。"
    assert remedy(reason, "en") == "If it is true, declare one of these purposes: a, b."
    assert remedy(reason, "zh") == "如属实，请声明以下目的之一：a、b。"


@pytest.mark.parametrize(
    ("constraint", "facts", "code", "help_en"),
    [
        (
            c("dateTime", "gteq", "2027-01-01T00:00:00Z"),
            {},
            "time.before",
            "Wait until: 2027-01-01T00:00:00Z.",
        ),
        (c("dateTime", "lt", "2025-01-01T00:00:00Z"), {}, "time.after", "Only a new agreement would help."),
        (c("dateTime", "lt", "2027-01-01T00:00:00Z"), {"now": None}, "fact.missing", ""),
        (
            c("spatial", "isPartOf", "CN-BJ"),
            {},
            "spatial.outside",
            "If it is true, declare to use it within: CN-BJ.",
        ),
        (
            c("count", "lteq", "2"),
            {"counts": {"permission[0]": 2}},
            "count.exhausted",
            "Only a new agreement would help.",
        ),
        (c("recipient", "eq", "did:x"), {}, "recipient.other", "Only a new agreement would help."),
        (
            c("membership", "eq", "active"),
            {"claims": {}},
            "credential.missing",
            "Present a credential with: membership = active.",
        ),
        (
            c("vc:T.level", "eq", "3"),
            {"claims": {"T.level": ("2",)}},
            "credential.other",
            "Present a credential with: T.level = 3.",
        ),
        (c("vc:T.level", "gt", "3"), {"claims": {"T.level": ("high",)}}, "value.incomparable", ""),
        (c("weather", "eq", "rain"), {}, "operand.unknown", "Ask the provider for a policy without it."),
        (
            c("purpose", "eq", "a"),
            {"purpose": None},
            "fact.missing",
            "If it is true, declare one of these purposes: a.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_failure_has_its_code_and_its_help(
    situation: Situation, constraint: dict[str, object], facts: dict[str, Any], code: str, help_en: str
) -> None:
    (reason,) = decide(but(situation, **facts), permit(constraint)).reasons
    assert (reason.code, remedy(reason, "en")) == (code, help_en)


def test_a_change_that_would_not_be_enough_is_not_suggested(situation: Situation) -> None:
    document = permit(c("purpose", "eq", "a"), c("recipient", "eq", "did:x"))
    assert [(reason.code, reason.helps) for reason in decide(situation, document).reasons] == [
        ("purpose.not-included", False),
        ("recipient.other", False),
    ]


def test_a_change_that_would_run_into_a_prohibition_is_not_suggested(situation: Situation) -> None:
    barrier = {"action": "use", "constraint": [c("purpose", "eq", "a")]}
    document = permit(c("purpose", "eq", "a"), prohibition=[barrier], conflict="prohibit")
    assert [reason.helps for reason in decide(situation, document).reasons] == [False]


def test_several_changes_that_help_together_are_all_suggested(situation: Situation) -> None:
    document = permit(c("purpose", "eq", "a"), c("spatial", "eq", "US"), c("dateTime", "gteq", "2026-06-01Z"))
    reasons = decide(situation, document).reasons
    assert [reason.helps for reason in reasons] == [True, True, True]
    after = but(situation, purpose="a", spatial="US", now=datetime(2026, 6, 1, tzinfo=UTC))
    assert decide(after, document).verdict is Verdict.YES


def test_of_several_ways_the_nearest_is_explained(situation: Situation) -> None:
    far = {"action": "use", "constraint": [c("purpose", "eq", "a"), c("spatial", "eq", "US")]}
    near = {
        "action": "use",
        "constraint": [
            {
                "or": [
                    {"and": [c("purpose", "eq", "a"), c("spatial", "eq", "US")]},
                    c("recipient", "eq", "did:x"),
                ]
            }
        ],
    }
    reasons = decide(situation, {"permission": [far, near]}).reasons
    assert [reason.path for reason in reasons] == ["permission[1].constraint[0].or[1]"]


def test_at_most_five_reasons_are_told(situation: Situation) -> None:
    document = permit(*(c("purpose", "eq", f"p{i}") for i in range(9)))
    assert len(decide(situation, document).reasons) == 5


def test_a_prohibition_is_named_with_its_rule(situation: Situation) -> None:
    barrier = {"action": "use", "constraint": [c("purpose", "eq", "research")]}
    (reason,) = decide(
        situation, permit(prohibition=[{"action": "sell"}, barrier], conflict="prohibit")
    ).reasons
    assert (reason.code, reason.rule, reason.operand) == ("prohibition.applies", "prohibition[1]", "purpose")
    assert sentence(reason, "en") == "The policy prohibits this: use (prohibition[1])."


def test_findings_list_every_part_satisfied_or_not(situation: Situation) -> None:
    document = permit(
        {"or": [c("purpose", "eq", "research"), c("spatial", "eq", "US")]}, c("weather", "eq", "x")
    )
    found = decide(situation, document, explain=True).findings
    assert [(one.path, one.verdict) for one in found] == [
        ("permission[0].constraint[0].or[0]", "yes"),
        ("permission[0].constraint[0].or[1]", "no"),
        ("permission[0].constraint[1]", "unknown"),
    ]


def test_findings_are_listed_for_an_allowed_use_too(situation: Situation) -> None:
    found = decide(situation, permit(c("purpose", "eq", "research")), explain=True)
    assert found.verdict is Verdict.YES
    assert [one.code for one in found.findings] == ["satisfied"]
    assert decide(situation, permit(c("purpose", "eq", "research"))).findings == ()


def test_a_stranger_does_not_learn_who_else_is_meant(situation: Situation) -> None:
    (reason,) = decide(situation, permit(c("recipient", "isAnyOf", ["did:x", "did:y"]))).reasons
    assert reason.wanted == ("did:x", "did:y")
    assert for_stranger(reason).wanted == ()
    assert "did:x" not in explanation([reason], "en")
    (shown,) = decide(situation, permit(c("purpose", "eq", "a"))).reasons
    assert for_stranger(shown) == shown


def test_a_negotiation_explains_what_it_judges(situation: Situation) -> None:
    program = odrl.compile(read(permit(c("purpose", "eq", "a"), c("dateTime", "lt", "2025-01-01Z"))))
    decision = evaluate(program, situation, phase=Phase.NEGOTIATION)
    assert [reason.code for reason in decision.reasons] == ["time.after"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", list(WHY))
def test_every_code_has_a_sentence_in_both_languages(code: str, language: str) -> None:
    said = sentence(Reason(code=code, verdict="no", operand="purpose", action="use", wanted=("a",)), language)
    assert said
    assert "{" not in said
    assert bool(re.search("[\u4e00-\u9fff]", said)) is (language == "zh")


def test_every_code_in_the_engine_has_a_sentence() -> None:
    folder = Path(xinfu.odrl.__file__).parent
    text = "".join(path.read_text() for path in folder.rglob("*.py") if path.name != "phrases.py")
    codes = set(re.findall(r'(?:code|failed|missing)=?[^\n]{0,20}"([a-z]+\.[a-z-]+)"', text))
    assert len(codes) >= 20
    assert codes - set(WHY) <= {"policy.permits-nothing", "time.outside"}


def test_an_explanation_says_each_thing_once() -> None:
    reason = Reason(code="operand.unknown", verdict="unknown", operand="weather")
    assert explanation([reason, reason], "en") == (
        "The left operand is unknown: weather. Ask the provider for a policy without it."
    )
