"""Only YES opens; unknown never does; a prohibition that is unknown holds."""

import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from xinfu import odrl
from xinfu.odrl import Decision, Effect, Phase, Situation, combine, evaluate, read
from xinfu.verdict import Verdict, every

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def but(situation: Situation, **facts: Any) -> Situation:
    """`situation` with other facts."""
    return msgspec.structs.replace(situation, **facts)


def c(left: str, operator: str, right: object) -> dict[str, object]:
    """A constraint."""
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def decide(situation: Situation, document: dict[str, Any], phase: Phase = Phase.USE) -> Decision:
    return evaluate(odrl.compile(read(document)), situation, phase=phase)


def permit(*constraints: dict[str, object], **more: object) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


def code(decision: Decision) -> str:
    return decision.reasons[0].code


@pytest.mark.parametrize("phase", list(Phase))
def test_a_permission_without_constraints_allows(situation: Situation, phase: Phase) -> None:
    decision = decide(situation, permit(), phase)
    assert (decision.effect, decision.verdict, decision.reasons) == (Effect.ALLOW, YES, ())


@pytest.mark.parametrize(
    "document", [{}, {"prohibition": [{"action": "sell"}]}, {"obligation": [{"action": "inform"}]}]
)
def test_r_odrl_eval_07_a_policy_without_permission_permits_nothing(
    situation: Situation, document: dict[str, Any]
) -> None:
    decision = decide(situation, document)
    assert (decision.verdict, code(decision)) == (NO, "policy.no-permission")


def test_r_odrl_pol_03_an_offer_grants_no_use(situation: Situation) -> None:
    offer = permit() | {"@type": "Offer"}
    assert code(decide(situation, offer)) == "policy.not-agreed"
    assert decide(situation, offer, Phase.NEGOTIATION).verdict is YES


OPERANDS = [
    ("purpose", "eq", "research", {"purpose": "marketing"}, {"purpose": None}, "purpose.not-included"),
    (
        "dateTime",
        "lt",
        "2026-02-01T00:00:00Z",
        {"now": datetime(2026, 3, 1, tzinfo=UTC)},
        {"now": None},
        "time.after",
    ),
    (
        "dateTime",
        "gteq",
        "2026-01-01T00:00:00Z",
        {"now": datetime(2025, 3, 1, tzinfo=UTC)},
        {"now": None},
        "time.before",
    ),
    ("spatial", "isPartOf", "CN-HN", {"spatial": "CN-BJ"}, {"spatial": None}, "spatial.outside"),
    ("recipient", "eq", "did:c", {"assignee": "did:x"}, {"assignee": None}, "recipient.other"),
    ("assignee", "isAnyOf", ["did:b", "did:c"], {"assignee": "did:x"}, {"assignee": None}, "recipient.other"),
    ("membership", "eq", "active", None, {"claims": {}}, ""),
    (
        "Membership",
        "eq",
        "urn:space:1",
        {"claims": {"MembershipCredential": (), "MembershipCredential.memberOf": ("x",)}},
        {"claims": {"MembershipCredential": ()}},
        "credential.other",
    ),
    ("count", "lteq", "1", {"counts": {"permission[0]": 1}}, {"counts": {}}, "count.exhausted"),
    (
        "vc:MembershipCredential.memberOf",
        "eq",
        "urn:space:1",
        {"claims": {"MembershipCredential.memberOf": ("x",)}},
        {"claims": {}},
        "credential.other",
    ),
]


@pytest.mark.parametrize(
    ("left", "operator", "right", "other", "absent", "reason"),
    OPERANDS,
    ids=[f"{row[0]}-{row[1]}" for row in OPERANDS],
)
def test_each_operand_is_yes_no_or_unknown_by_its_fact(
    situation: Situation, left: str, operator: str, right: object, other: Any, absent: Any, reason: str
) -> None:
    document = permit(c(left, operator, right))
    assert decide(situation, document).verdict is YES
    assert decide(but(situation, **absent), document).verdict is UNKNOWN
    if other is not None:
        refused = decide(but(situation, **other), document)
        assert (refused.verdict, code(refused)) == (NO, reason)


def test_count_says_what_to_reserve_and_stops_after_the_last_use(situation: Situation) -> None:
    document = permit(c("count", "lteq", "3"))
    spent = [decide(but(situation, counts={"permission[0]": n}), document) for n in range(5)]
    assert [decision.verdict for decision in spent] == [YES, YES, YES, NO, NO]
    assert [(one.key, one.limit) for one in spent[0].reserve] == [("permission[0]", 3)]
    assert odrl.compile(read(document)).counters == ("permission[0]",)


def test_until_is_the_next_moment_at_which_time_changes_the_answer(situation: Situation) -> None:
    document = permit(
        c("dateTime", "gteq", "2025-01-01T00:00:00Z"), c("dateTime", "lt", "2026-02-01T08:00:00+08:00")
    )
    assert decide(situation, document).until == datetime(2026, 2, 1, tzinfo=UTC)
    assert decide(but(situation, now=datetime(2027, 1, 1, tzinfo=UTC)), document).until is None


@pytest.mark.parametrize(
    ("conflict", "verdict"), [(None, NO), ("invalid", NO), ("prohibit", NO), ("perm", YES)]
)
def test_d22_what_happens_when_permission_and_prohibition_meet(
    situation: Situation, conflict: str | None, verdict: Verdict
) -> None:
    document = permit(prohibition=[{"action": "use"}], conflict=conflict)
    assert decide(situation, document).verdict is verdict


@pytest.mark.parametrize("conflict", [None, "prohibit"])
def test_a_prohibition_that_is_unknown_holds(situation: Situation, conflict: str | None) -> None:
    rule = {"action": "use", "constraint": [c("ex:weather", "eq", "rain")]}
    decision = decide(situation, permit(prohibition=[rule], conflict=conflict))
    assert (decision.verdict, code(decision)) == (UNKNOWN, "prohibition.unknown")


def test_a_prohibition_of_something_else_stops_nothing(situation: Situation) -> None:
    assert decide(situation, permit(prohibition=[{"action": "distribute"}])).verdict is YES
    asked = but(situation, action="distribute")
    assert decide(asked, permit(prohibition=[{"action": "distribute"}])).verdict is NO


@pytest.mark.parametrize(
    ("rule", "asked", "verdict"),
    [
        ("use", "read", YES),
        ("use", "odrl:read", YES),
        ("use", "http://www.w3.org/ns/odrl/2/display", YES),
        ("reproduce", "extract", YES),
        ("reproduce", "copy", YES),
        ("read", "use", NO),
        ("use", "sell", NO),
        ("transfer", "sell", YES),
        ("read", "write", NO),
        ("use", "ex:dance", UNKNOWN),
        ("ex:dance", "use", UNKNOWN),
    ],
)
def test_r_odrl_ts_05_a_rule_covers_its_action_and_what_lies_below(
    situation: Situation, rule: str, asked: str, verdict: Verdict
) -> None:
    document = {"permission": [{"action": rule}]}
    assert decide(but(situation, action=asked), document).verdict is verdict


@pytest.mark.parametrize(
    "document",
    [
        permit(c("ex:weather", "eq", "x")),
        permit(c("purpose", "like", "x")),
        permit(c("purpose", "term-lteq", "x")),
        permit(c("dateTime", "isPartOf", "x")),
        permit(c("dateTime", "lt", "2026-02-01T00:00:00")),
        permit(c("dateTime", "lt", "2026-02-01")),
        permit(c("count", "lteq", "many")),
        permit(c("purpose", "eq", ["research", "x"])),
        permit({"and": []}),
        permit({"andSequence": [c("purpose", "eq", "research")]}),
        permit(c("purpose", "eq", "research") | {"unit": "EUR"}),
        permit(profile="https://example.org/profile"),
        permit(**{"ex:key": 1}),
        permit(inheritFrom="urn:other"),
        permit(**{"dct:isReplacedBy": "urn:other"}),
        permit(obligation=[{"action": "ex:dance"}]),
        {"permission": [{"action": "use", "duty": [{"action": "ex:dance"}]}]},
        {"permission": [{"action": "use", "duty": [{"action": "anonymize"}]}]},
        {"permission": [{"action": "use", "ex:key": 1}]},
        {"permission": [{"target": "urn:ds"}]},
        {"permission": ["urn:rule"]},
    ],
)
@pytest.mark.parametrize("phase", [Phase.USE, Phase.NEGOTIATION])
def test_r_pol_15_what_nobody_can_judge_opens_nothing(
    situation: Situation, document: dict[str, Any], phase: Phase
) -> None:
    decision = decide(situation, document, phase)
    assert (decision.effect, decision.verdict) == (Effect.DENY, UNKNOWN)
    assert decision.reasons


def test_d14_a_remark_changes_nothing(situation: Situation) -> None:
    assert decide(situation, permit(**{"dct:title": "x", "rdfs:comment": "y"})).verdict is YES


@pytest.mark.parametrize(
    ("constraint", "verdict"),
    [
        (c("purpose", "eq", "other"), YES),
        (c("count", "lteq", "0"), YES),
        (c("spatial", "eq", "US"), YES),
        (c("dateTime", "gteq", "2030-01-01T00:00:00Z"), YES),
        (c("dateTime", "gt", "2030-01-01T00:00:00Z"), YES),
        (c("dateTime", "eq", "2030-01-01Z"), YES),
        (c("dateTime", "lt", "2025-01-01T00:00:00Z"), NO),
        (c("dateTime", "lteq", "2025-01-01T00:00:00Z"), NO),
        (c("dateTime", "eq", "2025-01-01Z"), NO),
        (c("recipient", "eq", "did:x"), NO),
        (c("ex:weather", "eq", "x"), UNKNOWN),
        ({"xone": [c("purpose", "eq", "a"), c("purpose", "eq", "b")]}, YES),
        ({"xone": [c("recipient", "eq", "did:c"), c("purpose", "eq", "b")]}, YES),
        ({"xone": [c("recipient", "eq", "did:c"), c("assignee", "eq", "did:c")]}, NO),
    ],
)
def test_a_negotiation_leaves_to_the_use_what_only_a_use_can_tell(
    situation: Situation, constraint: dict[str, object], verdict: Verdict
) -> None:
    for facts in (situation, but(situation, purpose=None, spatial=None, counts={})):
        assert decide(facts, permit(constraint), Phase.NEGOTIATION).verdict is verdict


def test_a_negotiation_is_not_stopped_by_a_prohibition_that_may_not_meet_the_use(
    situation: Situation,
) -> None:
    of_a_purpose = {"action": "use", "constraint": [c("purpose", "eq", "marketing")]}
    document = permit(prohibition=[of_a_purpose], conflict="prohibit")
    assert decide(situation, document, Phase.NEGOTIATION).verdict is YES
    always = permit(prohibition=[{"action": "use"}], conflict="prohibit")
    assert decide(situation, always, Phase.NEGOTIATION).verdict is NO


def test_an_agreement_is_for_its_assignee_and_its_target(situation: Situation) -> None:
    document = permit(target="urn:ds", assignee="did:c")
    assert decide(situation, document).verdict is YES
    assert code(decide(but(situation, assignee="did:x"), document)) == "recipient.other"
    assert code(decide(but(situation, target="urn:y"), document)) == "target.other"
    assert decide(but(situation, target=None), document).verdict is UNKNOWN


def test_duties_come_with_the_decision_and_one_before_the_use_stops_it(situation: Situation) -> None:
    rule = {"action": "use", "duty": [{"action": "delete"}, {"action": "compensate"}]}
    document = {"permission": [rule], "obligation": [{"action": "inform"}]}
    decision = decide(situation, document)
    assert (decision.verdict, code(decision)) == (UNKNOWN, "duty.unmet")
    paid = decide(but(situation, fulfilled=frozenset({"permission[0].duty[1]"})), document)
    assert paid.effect is Effect.ALLOW_WITH
    assert [(duty.key, duty.action) for duty in paid.duties] == [
        ("permission[0].duty[0]", "delete"),
        ("permission[0].duty[1]", "compensate"),
        ("obligation[0]", "inform"),
    ]


PAY = "permission[0].duty[0]"
FINE = f"{PAY}.consequence[0]"


@pytest.mark.parametrize(
    ("action", "fulfilled", "overdue", "expected"),
    [
        ("compensate", set(), set(), UNKNOWN),
        ("compensate", {PAY}, set(), YES),
        ("compensate", {PAY}, {PAY}, UNKNOWN),
        ("compensate", {FINE}, {PAY}, UNKNOWN),
        ("compensate", {PAY, FINE}, {PAY}, YES),
        ("inform", set(), set(), YES),
        ("inform", set(), {PAY}, NO),
        ("inform", {PAY}, {PAY}, NO),
        ("inform", {PAY, FINE}, {PAY}, YES),
    ],
)
def test_rule_08_a_duty_that_is_late_needs_its_consequences_too(
    situation: Situation, action: str, fulfilled: set[str], overdue: set[str], expected: Verdict
) -> None:
    duty = {"action": action, "consequence": [{"action": "compensate"}]}
    facts = but(situation, fulfilled=frozenset(fulfilled), overdue=frozenset(overdue))
    assert decide(facts, {"permission": [{"action": "use", "duty": [duty]}]}).verdict is expected


def test_pol_13_a_duty_that_permissions_share_is_done_once(situation: Situation) -> None:
    duty = {"@id": "urn:pay", "action": "compensate"}
    document = {"permission": [{"action": "read", "duty": [duty]}, {"action": "print", "duty": [duty]}]}
    paid = frozenset({"permission[0].duty[0]"})
    for action in ("read", "print"):
        assert decide(but(situation, action=action), document).verdict is UNKNOWN
        assert decide(but(situation, action=action, fulfilled=paid), document).verdict is YES


def places(*kept: str) -> frozenset[str]:
    return frozenset(f"permission[{each[0]}].duty[0]{'.consequence[0]' if each[1:] else ''}" for each in kept)


@pytest.mark.parametrize("action", ["read", "print"])
@pytest.mark.parametrize(
    ("fulfilled", "expected"),
    [(("0",), NO), (("0c",), NO), (("0", "0c"), YES), (("1", "0c"), YES), (("0", "1c"), YES), ((), NO)],
)
def test_d13_so_are_the_consequences_of_one_that_is_late(
    situation: Situation, action: str, fulfilled: tuple[str, ...], expected: Verdict
) -> None:
    duty = {"@id": "urn:tell", "action": "inform", "consequence": [{"action": "compensate"}]}
    document = {"permission": [{"action": each, "duty": [duty]} for each in ("read", "print")]}
    facts = but(situation, action=action, overdue=places("0"), fulfilled=places(*fulfilled))
    assert decide(facts, document).verdict is expected


def test_two_duties_under_one_id_have_to_be_done_both(situation: Situation) -> None:
    rules = [
        {"action": each, "duty": [{"@id": "urn:d", "action": done}]}
        for each, done in (("read", "compensate"), ("print", "obtainConsent"))
    ]
    facts = but(situation, action="print", fulfilled=places("0"))
    assert decide(facts, {"permission": rules}).verdict is UNKNOWN
    assert decide(but(facts, fulfilled=places("1")), {"permission": rules}).verdict is YES


def test_a_duty_comes_before_the_use_when_its_event_says_so(situation: Situation) -> None:
    duty = {"action": "inform", "constraint": [c("event", "lt", "odrl:policyUsage")]}
    document = {"permission": [{"action": "use", "duty": [duty]}]}
    told = frozenset({"permission[0].duty[0]"})
    assert decide(situation, document).verdict is UNKNOWN
    assert decide(but(situation, fulfilled=told), document).verdict is YES


def test_d22_several_policies_must_all_allow(situation: Situation) -> None:
    yes, no = decide(situation, permit()), decide(situation, permit(c("purpose", "eq", "x")))
    assert combine([yes, yes]).verdict is YES
    assert combine([yes, no]).verdict is NO
    assert combine([]).verdict is NO


def test_a_naive_time_is_no_time(situation: Situation) -> None:
    decision = decide(but(situation, now=datetime(2026, 1, 1)), permit(c("dateTime", "lt", "2027-01-01Z")))
    assert decision.verdict is UNKNOWN


def test_equal_policies_share_one_program() -> None:
    assert odrl.compile(read(permit())) is odrl.compile(read(permit()))
    assert odrl.compile(read(permit())).digest != odrl.compile(read(permit(c("purpose", "eq", "a")))).digest


def test_an_action_that_implies_a_prohibited_one_is_barred(situation: Situation) -> None:
    registry = odrl.Registry(implies={"read": ("index",), "index": ("reproduce",)})
    document: dict[str, Any] = {
        "permission": [{"action": "use"}],
        "prohibition": [{"action": "reproduce"}],
        "conflict": "prohibit",
    }
    program = odrl.compile(read(document), registry=registry)
    for action, expected in (("read", Verdict.NO), ("index", Verdict.NO), ("print", Verdict.YES)):
        assert evaluate(program, but(situation, action=action)).verdict is expected
    assert evaluate(odrl.compile(read(document)), but(situation, action="read")).verdict is Verdict.YES
    wins = odrl.compile(read(document | {"conflict": "perm"}), registry=registry)
    assert evaluate(wins, but(situation, action="read")).verdict is Verdict.YES


WINDOWS = [
    ("lt", "2026-01-02T00:00:00Z"),
    ("lteq", "2026-01-01T12:00:00Z"),
    ("gt", "2025-12-31Z"),
    ("gteq", "2026-01-01T12:00:00Z"),
    ("eq", "2026-01-01Z"),
    ("lt", "2026-01-01T12:00:00Z"),
    ("neq", "2026-01-01Z"),
]


@pytest.mark.parametrize("constraints", list(itertools.combinations(WINDOWS, 3)))
def test_windows_of_time_that_are_met_in_one_decide_as_each_alone(
    situation: Situation, constraints: tuple[tuple[str, str], ...]
) -> None:
    listed = [c("dateTime", operator, right) for operator, right in constraints]
    nested: dict[str, object] = {"and": [listed[0], {"and": listed[1:]}]}
    alone = every(decide(situation, permit(each)).verdict for each in listed)
    assert decide(situation, permit(*listed)).verdict is alone
    assert decide(situation, permit(nested)).verdict is alone
    assert decide(but(situation, now=None), permit(*listed)).verdict is Verdict.UNKNOWN
