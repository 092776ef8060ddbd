"""Many policies on one asset at once: as each after the other, with what they ask alike asked once."""

from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl import Decision, Effect, Situation, combine, evaluate, evaluate_all, read, together
from xinfu.verdict import Verdict


def permit(*constraints: tuple[str, str, object], **more: Any) -> dict[str, Any]:
    listed = [{"leftOperand": a, "operator": b, "rightOperand": c} for a, b, c in constraints]
    return {"permission": [{"action": "use", "constraint": listed, **more}]}


MEMBER = ("membership", "eq", "active")
ENDS = [("dateTime", "lt", f"2026-0{month}-01T00:00:00Z") for month in (3, 2, 4)]
ALIKE = [permit(MEMBER, end) for end in ENDS]
MORE = {
    "alike": ALIKE,
    "a duty": [*ALIKE, permit(duty=[{"action": "delete"}])],
    "a counter": [*ALIKE, permit(("count", "lteq", "3"))],
    "a prohibition": [*ALIKE, permit() | {"prohibition": [{"action": "use"}], "conflict": "prohibit"}],
    "an offer": [*ALIKE, permit() | {"@type": "Offer"}],
    "two permissions": [*ALIKE, {"permission": [*permit(MEMBER)["permission"], *permit()["permission"]]}],
    "another action": [*ALIKE, {"permission": [{"action": "read"}]}],
    "a stretch of time": [*ALIKE, permit(("elapsedTime", "lt", "P1D"))],
    "many that refuse": [permit(("purpose", "eq", f"p{i}")) for i in range(9)],
    "none": [],
}


@pytest.mark.parametrize("documents", MORE.values(), ids=MORE)
@pytest.mark.parametrize("action", ["use", "read", "odrl:use", "ex:other"])
def test_together_they_decide_as_one_after_the_other(
    situation: Situation, documents: list[dict[str, Any]], action: str
) -> None:
    programs = [odrl.compile(read(document)) for document in documents]
    joint = together(programs)
    for facts in (situation, Situation(now=situation.now, action=action), Situation(action=action)):
        each = [evaluate(program, facts) for program in programs]
        assert evaluate_all(joint, facts) == combine(each)


def test_the_answer_holds_until_the_first_of_them_changes(situation: Situation) -> None:
    decision = evaluate_all(together(odrl.compile(read(document)) for document in ALIKE), situation)
    assert isinstance(decision, Decision)
    assert (decision.effect, decision.verdict) == (Effect.ALLOW, Verdict.YES)
    assert decision.until is not None
    assert decision.until.month == 2
