"""A constraint that brings its own value (`status`) binds nobody: not published, never opened by, never promised (D-40)."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import Control, Phase, PolicyKind, Situation, evaluate
from xinfu.odrl.control.grades import shortfalls
from xinfu.verdict import Verdict

NOW: Final = datetime(2099, 1, 1, tzinfo=UTC)
SPENT: Final = Situation(
    now=NOW,
    assignee="did:web:evil.example",
    target="urn:ds",
    action="use",
    counts={"permission[0]": 10**9},
    claims={},
)


def stated(left: str, operator: str, right: object, status: str) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, "status": status}


COUNT: Final = stated("count", "lteq", "3", "0")
FITTING: Final = {
    "count": COUNT,
    "membership": stated("membership", "eq", "active", "active"),
    "recipient": stated("recipient", "eq", "did:web:b.example", "did:web:b.example"),
    "purpose": stated("purpose", "eq", "research", "research"),
    "vault": stated("executionEnv", "eq", "01", "01"),
    "time": stated("dateTime", "lteq", "2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    "place": stated("spatial", "isPartOf", "CN", "CN-HN"),
    "claim": stated("vc:T.level", "gteq", "5", "9"),
}
PURPOSE: Final = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}
PLACES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "a constraint": ({"constraint": [COUNT]}, "permission[0].constraint[0]"),
    "a part of an and": ({"constraint": [{"and": [PURPOSE, COUNT]}]}, "permission[0].constraint[0].and[1]"),
    "an alternative": ({"constraint": [{"or": [PURPOSE, COUNT]}]}, "permission[0].constraint[0].or[1]"),
    "a refinement of the action": (
        {"action": [{"rdf:value": {"@id": "odrl:use"}, "refinement": [COUNT]}]},
        "permission[0].refinement[0]",
    ),
    "a duty": (
        {"duty": [{"action": "delete", "constraint": [COUNT]}]},
        "permission[0].duty[0].constraint[0]",
    ),
    "a consequence": (
        {"duty": [{"action": "delete", "consequence": [{"action": "inform", "constraint": [COUNT]}]}]},
        "permission[0].duty[0].consequence[0].constraint[0]",
    ),
}


def policy(**rule: Any) -> odrl.Policy:
    document = {"@type": "Set", "permission": [{"action": "use", **rule}]}
    return odrl.read(document, kind=PolicyKind.SET)


@pytest.mark.parametrize(("rule", "path"), PLACES.values(), ids=PLACES)
def test_it_is_refused_at_publication_wherever_it_stands(rule: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        odrl.check(policy(**rule))
    assert (caught.value.code, caught.value.facts["path"]) == ("policy.status-stated", path)


@pytest.mark.parametrize("constraint", FITTING.values(), ids=FITTING)
def test_it_opens_nothing_and_is_named(constraint: dict[str, Any]) -> None:
    decision = evaluate(odrl.compile(policy(constraint=[constraint])), SPENT, phase=Phase.USE)
    assert decision.verdict is Verdict.UNKNOWN
    assert [each.code for each in decision.reasons] == ["status.stated"]
    assert decision.reasons[0].path == "permission[0].constraint[0]"


@pytest.mark.parametrize(("rule", "path"), PLACES.values(), ids=PLACES)
def test_from_a_peer_it_closes_its_rule_wherever_it_stands(rule: dict[str, Any], path: str) -> None:
    decision = evaluate(odrl.compile(policy(**rule)), SPENT, phase=Phase.USE)
    assert decision.verdict is not Verdict.YES


def test_a_prohibition_with_it_bars() -> None:
    barred = odrl.read(
        {
            "permission": [{"action": "use"}],
            "prohibition": [{"action": "use", "constraint": [stated("count", "lteq", "3", "9")]}],
            "conflict": "prohibit",
        },
        kind=PolicyKind.SET,
    )
    assert evaluate(odrl.compile(barred), SPENT, phase=Phase.USE).verdict is not Verdict.YES


@pytest.mark.parametrize("constraint", FITTING.values(), ids=FITTING)
def test_sentence_and_level_promise_nothing_by_it(constraint: dict[str, Any]) -> None:
    made = policy(constraint=[constraint])
    assert "cannot be judged" in odrl.sentences(made, "en")[0]
    assert "无法判定" in odrl.sentences(made, "zh")[0]
    assert f"status {constraint['status']}" in odrl.sentences(made, "en")[0]
    assert [each.level for each in odrl.levels(made)] == [Control.CLOSED]


def test_it_keeps_nothing_that_a_grade_asks_for() -> None:
    weak = policy(
        constraint=[
            FITTING[name] for name in ("membership", "recipient", "purpose", "vault", "time", "count")
        ],
        duty=[{"action": "delete", "constraint": [stated("elapsedTime", "lteq", "P30D", "P1D")]}],
    )
    missing = {each.demand for each in shortfalls(weak, 4, datetime(2026, 1, 1, tzinfo=UTC))}
    assert missing == {"members", "passing-on", "purpose", "end", "vault", "count", "deletion", "technical"}


def test_it_lies_within_nothing_and_nothing_within_it() -> None:
    bare = policy(constraint=[{key: value for key, value in COUNT.items() if key != "status"}])
    with_status = policy(constraint=[COUNT])
    assert not odrl.equivalent(bare, with_status)
    for one, other in ((bare, with_status), (with_status, bare)):
        assert odrl.within(one, other).verdict is Verdict.UNKNOWN
    assert {change.effect for change in odrl.difference(bare, with_status)} == {odrl.ChangeEffect.OTHER}
