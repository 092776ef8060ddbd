"""Laws of the engine, over policies and situations that Hypothesis makes up."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Decision,
    Duty,
    Effect,
    FactKind,
    Logic,
    LogicalConstraint,
    Marks,
    Permission,
    Phase,
    Policy,
    PolicyKind,
    Prohibition,
    Reference,
    Situation,
    combine,
    equivalent,
    evaluate,
    evaluate_all,
    fingerprint,
    levels,
    read,
    sentences,
    together,
    write,
)
from xinfu.odrl.comparison.check import faults
from xinfu.odrl.engine.compile import cached_program
from xinfu.odrl.model.meters import SELECTORS
from xinfu.odrl.model.scope import spell_out
from xinfu.odrl.values.operators import LISTS
from xinfu.odrl.words.phrases import explanation
from xinfu.verdict import Verdict

LAWS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)

VALUES: dict[str, list[str]] = {
    "purpose": ["a", "b"],
    "dateTime": [
        "2025-12-31T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01+08:00",
        "2026-01-02T00:00Z",
        "soon",
    ],
    "spatial": ["CN", "CN-HN", "430200", "US"],
    "recipient": ["did:a", "did:b"],
    "membership": ["active", "urn:space:1"],
    "vc:T.level": ["1", "2", "2026-01-01Z"],
    "count": ["0", "1", "2"],
    "bytes": ["0", "1 B", "2 KiB"],
    "unitOfCount": ["day", "participant"],
    "timeWindow": ["P1D"],
    "elapsedTime": ["PT12H", "P1D", "P1M"],
    "timeInterval": ["PT12H", "P1D"],
    "delayPeriod": ["P1D", "P30D", "P1M"],
    "percentage": ["49.9", "50"],
    "payAmount": ["1 CNY", "1.0 EUR"],
    "virtualLocation": ["10.0.0.0/8", "10.1.2.3", "example.org"],
    "systemDevice": ["urn:d:1"],
    "event": ["policyUsage"],
    "fileFormat": ["text/csv", "text/plain"],
    "weather": ["rain"],
}
OPERATORS = [
    "eq",
    "neq",
    "lt",
    "lteq",
    "gt",
    "gteq",
    "isA",
    "hasPart",
    "isPartOf",
    "isAllOf",
    "isAnyOf",
    "isNoneOf",
    "like",
]


def _atoms() -> Iterator[AtomicConstraint]:
    for left, values in VALUES.items():
        known = odrl.REGISTRY.operand(left, "")
        for operator in OPERATORS if known is None else known.usable:
            yield from (AtomicConstraint(left=left, operator=operator, right=value) for value in values)
            if operator in LISTS:
                yield AtomicConstraint(left=left, operator=operator, right=tuple(values))
                yield AtomicConstraint(left=left, operator=operator, right=())


READABLE = list(_atoms())
BROKEN = [
    AtomicConstraint(left="weather", operator="eq", right="rain"),
    AtomicConstraint(left="purpose", operator="like", right="a"),
    AtomicConstraint(left="dateTime", operator="lt", right="soon"),
    AtomicConstraint(left="purpose", operator="eq", right=("a", "b")),
]
ATOMS = st.sampled_from(READABLE * 4 + BROKEN * 8)


def logical(parts: st.SearchStrategy[Constraint]) -> st.SearchStrategy[Constraint]:
    ops = st.sampled_from([*[Logic.AND, Logic.OR, Logic.XONE] * 5, Logic.AND_SEQUENCE])
    return st.builds(LogicalConstraint, op=ops, parts=st.lists(parts, min_size=1, max_size=3).map(tuple))


NESTED: st.SearchStrategy[Constraint] = ATOMS | logical(ATOMS | logical(ATOMS))
CONSTRAINTS: st.SearchStrategy[tuple[Constraint, ...]] = st.lists(NESTED, max_size=2).map(tuple)
ACTIONS = st.sampled_from([*["use"] * 8, "read", "read", "distribute", "ex:dance"])
DUTIES = st.sampled_from(
    [(), (), (), *[(Duty(action=name),) for name in ("delete", "compensate", "anonymize", "ex:x")]]
)
SHELF = Reference(id="urn:shelf", is_collection=True)
GROUP = Reference(
    source="urn:group",
    is_collection=True,
    refinements=(AtomicConstraint(left="purpose", operator="isAnyOf", right=("a", "b")),),
)
SCOPES = {
    "refinements": st.sampled_from([(), (), (), (READABLE[0],), (BROKEN[0],)]),
    "target": st.sampled_from([None, None, None, SHELF]),
    "assignee": st.sampled_from([None, None, None, GROUP]),
}
PERMISSIONS = st.builds(Permission, action=ACTIONS, constraints=CONSTRAINTS, duties=DUTIES, **SCOPES)
PROHIBITIONS = st.builds(Prohibition, action=ACTIONS, constraints=CONSTRAINTS, **SCOPES)
POLICIES = st.builds(
    Policy,
    kind=st.sampled_from([PolicyKind.SET, PolicyKind.AGREEMENT]),
    target=st.sampled_from([None, "urn:ds"]),
    assignee=st.sampled_from([None, "did:a"]),
    permissions=st.lists(PERMISSIONS, min_size=1, max_size=3).map(tuple),
    prohibitions=st.lists(PROHIBITIONS, max_size=2).map(tuple),
    conflict=st.sampled_from([None, *Conflict]),
).map(spell_out)
RULES = [f"permission[{i}]" for i in range(3)] + [f"prohibition[{i}]" for i in range(2)]
WINDOWS = ("", "/P1D", "/participant", "/P1D/participant")
COUNTERS = [f"{rule}{measure}{window}" for rule in RULES for measure in ("", "/bytes") for window in WINDOWS]
MARKED = [f"{rule}/{measure}" for rule in RULES for measure in ("elapsedTime", "timeInterval")]
DAY_AGO = NOW - timedelta(days=1)
SITUATIONS = st.builds(
    Situation,
    now=st.sampled_from(
        [NOW, NOW, NOW - timedelta(days=1), NOW + timedelta(days=1), None, datetime(2026, 1, 1)]
    ),
    assignee=st.sampled_from(["did:a", "did:a", "did:a", "did:b", None]),
    target=st.sampled_from(["urn:ds", "urn:ds", "urn:ds", "urn:other", None]),
    purpose=st.sampled_from(["a", "a", "b", "z", None]),
    spatial=st.sampled_from(["CN-HN", "430200", "US", "nowhere", None]),
    action=st.sampled_from(["use", "use", "use", "odrl:read", "distribute", "ex:other"]),
    claims=st.sampled_from(
        [
            {
                "MembershipCredential": (),
                "MembershipCredential.memberOf": ("urn:space:1",),
                "T.level": ("1",),
            },
            {"MembershipCredential": (), "T.level": ("1", "2")},
            {"T.level": ("x",)},
            {},
        ]
    ),
    counts=st.sampled_from(
        [
            dict.fromkeys(COUNTERS, 0),
            dict.fromkeys(COUNTERS, 0),
            dict.fromkeys(COUNTERS, 1),
            {COUNTERS[0]: -1},
            {},
        ]
    ),
    marks=st.sampled_from(
        [
            dict.fromkeys(MARKED, Marks()),
            dict.fromkeys(MARKED, Marks(DAY_AGO, DAY_AGO)),
            dict.fromkeys(MARKED, Marks(DAY_AGO - timedelta(days=40), DAY_AGO)),
            {},
        ]
    ),
    agreed=st.sampled_from([DAY_AGO, DAY_AGO - timedelta(days=30), None]),
    traits=st.sampled_from(
        [
            {
                "percentage": ("50.0",),
                "virtualLocation": ("10.1.2.3",),
                "systemDevice": ("urn:d:1",),
                "fileFormat": ("text/csv",),
            },
            {"percentage": ("1e9",), "virtualLocation": ("a.example.org",), "systemDevice": ("x", "y")},
            {},
        ]
    ),
    paid=st.sampled_from([{"CNY": Decimal(1)}, {"CNY": Decimal(1), "EUR": Decimal(1)}, {}, None]),
    events=st.sampled_from([frozenset(), frozenset({"policyUsage"}), None]),
    fulfilled=st.sampled_from([frozenset(f"permission[{i}].duty[0]" for i in range(3)), frozenset()]),
    part_of=st.sampled_from(
        [
            {"urn:ds": frozenset({"urn:shelf"}), "did:a": frozenset({"urn:group"})},
            {"urn:ds": frozenset({"urn:shelf"}), "did:a": frozenset()},
            {"urn:ds": frozenset()},
            {},
        ]
    ),
)
PHASES = st.sampled_from(Phase)
FACTS = ("now", "assignee", "target", "purpose", "spatial", "agreed", "paid", "events")


def decide(policy: Policy, situation: Situation, phase: Phase) -> Decision:
    return evaluate(odrl.compile(policy), situation, phase=phase)


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_evaluation_is_total_and_says_why_not(policy: Policy, situation: Situation, phase: Phase) -> None:
    decision = evaluate(odrl.compile(policy), situation, phase=phase, explain=True)
    assert (decision.verdict is Verdict.YES) is (decision.effect is not Effect.DENY)
    assert (decision.verdict is Verdict.YES) is (decision.reasons == ())
    assert len(decision.reasons) <= 5
    for language in ("zh", "en"):
        assert explanation([*decision.reasons, *decision.findings], language) is not None


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_the_same_question_has_the_same_answer(policy: Policy, situation: Situation, phase: Phase) -> None:
    first = decide(policy, situation, phase)
    cached_program.cache_clear()
    assert decide(policy, situation, phase) == first


def _turned(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(
        msgspec.structs.replace(part, parts=_turned(part.parts))
        if isinstance(part, LogicalConstraint) and part.op is not Logic.AND_SEQUENCE
        else part
        for part in reversed(constraints)
    )


def _turned_policy(policy: Policy) -> Policy:
    """The same policy with everything that has no order in the other order; counters keep their rule."""
    change = msgspec.structs.replace
    return change(
        policy,
        permissions=tuple(change(r, constraints=_turned(r.constraints)) for r in policy.permissions),
        prohibitions=tuple(
            change(r, constraints=_turned(r.constraints)) for r in reversed(policy.prohibitions)
        ),
    )


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_order_decides_nothing(policy: Policy, situation: Situation, phase: Phase) -> None:
    turned = _turned_policy(policy)
    counted = dict.fromkeys(COUNTERS, 0)
    facts = msgspec.structs.replace(situation, counts=counted)
    one, other = decide(policy, facts, phase), decide(turned, facts, phase)
    assert (one.effect, one.verdict, one.until, one.reserve) == (
        other.effect,
        other.verdict,
        other.until,
        other.reserve,
    )


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_order_of_permissions_decides_nothing(policy: Policy, situation: Situation, phase: Phase) -> None:
    facts = msgspec.structs.replace(
        situation,
        counts=dict.fromkeys(COUNTERS, 1),
        fulfilled=frozenset(f"permission[{i}].duty[0]" for i in range(3)),
    )
    turned = msgspec.structs.replace(policy, permissions=tuple(reversed(policy.permissions)))
    one, other = decide(policy, facts, phase), decide(turned, facts, phase)
    assert (one.effect, one.verdict, one.until) == (other.effect, other.verdict, other.until)


def _less(facts: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != key}


def _without(situation: Situation) -> list[Situation]:
    """Every situation with one fact less."""
    change = msgspec.structs.replace
    fewer = [change(situation, **{name: None}) for name in FACTS]
    fewer += [change(situation, claims=_less(situation.claims, key)) for key in situation.claims]
    fewer += [change(situation, marks=_less(situation.marks, key)) for key in situation.marks]
    fewer += [change(situation, traits=_less(situation.traits, key)) for key in situation.traits]
    fewer += [change(situation, counts=_less(situation.counts, key)) for key in situation.counts]
    fewer += [change(situation, part_of=_less(situation.part_of, key)) for key in situation.part_of]
    return [*fewer, change(situation, fulfilled=frozenset())]


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_removing_a_fact_never_opens_what_was_closed(
    policy: Policy, situation: Situation, phase: Phase
) -> None:
    if decide(policy, situation, phase).verdict is not Verdict.YES:
        for fewer in _without(situation):
            assert decide(policy, fewer, phase).verdict is not Verdict.YES


@LAWS
@given(POLICIES, PROHIBITIONS, SITUATIONS, PHASES)
def test_adding_a_prohibition_never_allows_more(
    policy: Policy, more: Prohibition, situation: Situation, phase: Phase
) -> None:
    stricter = msgspec.structs.replace(policy, prohibitions=(*policy.prohibitions, more))
    if decide(policy, situation, phase).verdict is not Verdict.YES:
        assert decide(stricter, situation, phase).verdict is not Verdict.YES


@LAWS
@given(POLICIES, ATOMS, SITUATIONS, PHASES)
def test_adding_a_constraint_to_each_permission_never_allows_more(
    policy: Policy, more: AtomicConstraint, situation: Situation, phase: Phase
) -> None:
    rules = tuple(msgspec.structs.replace(r, constraints=(*r.constraints, more)) for r in policy.permissions)
    stricter = msgspec.structs.replace(policy, permissions=rules)
    if decide(policy, situation, phase).verdict is not Verdict.YES:
        assert decide(stricter, situation, phase).verdict is not Verdict.YES


def _each_atom(policy: Policy, change: Callable[[AtomicConstraint], AtomicConstraint]) -> Policy:
    """`policy` with every constraint of its permissions and prohibitions changed."""

    def changed(constraint: Constraint) -> Constraint:
        if isinstance(constraint, AtomicConstraint):
            return constraint if constraint.left in SELECTORS else change(constraint)
        return msgspec.structs.replace(constraint, parts=tuple(map(changed, constraint.parts)))

    def rules(listed: Any) -> Any:
        return tuple(
            msgspec.structs.replace(rule, constraints=tuple(map(changed, rule.constraints)))
            for rule in listed
        )

    return msgspec.structs.replace(
        policy, permissions=rules(policy.permissions), prohibitions=rules(policy.prohibitions)
    )


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_d40_a_constraint_with_a_status_decides_like_one_that_nobody_can_read(
    policy: Policy, situation: Situation, phase: Phase
) -> None:
    stated = _each_atom(
        policy, lambda each: msgspec.structs.replace(each, status=each.values[0] if each.values else "")
    )
    unread = _each_atom(policy, lambda _: BROKEN[0])
    assert decide(stated, situation, phase).verdict is decide(unread, situation, phase).verdict


@LAWS
@given(POLICIES, SITUATIONS)
def test_what_a_use_allows_a_negotiation_allows(policy: Policy, situation: Situation) -> None:
    if decide(policy, situation, Phase.USE).verdict is Verdict.YES:
        assert decide(policy, situation, Phase.NEGOTIATION).verdict is Verdict.YES


@LAWS
@given(POLICIES, SITUATIONS)
def test_the_answer_holds_until_it_says(policy: Policy, situation: Situation) -> None:
    decision = decide(policy, situation, Phase.USE)
    if situation.now is None or situation.now.tzinfo is None:
        assert decision.until is None
        return
    last = (
        situation.now + timedelta(days=400)
        if decision.until is None
        else decision.until - timedelta(microseconds=1)
    )
    assert last >= situation.now
    later = msgspec.structs.replace(situation, now=last)
    assert decide(policy, later, Phase.USE).verdict is decision.verdict


@LAWS
@given(POLICIES, SITUATIONS)
def test_a_program_says_which_facts_it_needs(policy: Policy, situation: Situation) -> None:
    program = odrl.compile(policy)
    needed = {fact.name if fact.kind is FactKind.CLAIM else fact.kind.value for fact in program.needs}
    kept = msgspec.structs.replace(
        situation,
        claims={key: values for key, values in situation.claims.items() if key in needed},
        counts={key: spent for key, spent in situation.counts.items() if key in program.counters},
        **{name: None for name in ("now", "assignee", "target", "purpose", "spatial") if name not in needed},
    )
    assert evaluate(program, kept).verdict is evaluate(program, situation).verdict


@LAWS
@given(POLICIES)
def test_writing_and_reading_gives_the_same_policy(policy: Policy) -> None:
    again = read(write(policy))
    assert again == policy
    assert equivalent(policy, again)
    assert fingerprint(policy) == fingerprint(again)


FOR_WANT_OF_FACTS = {
    *("fact.missing", "credential.missing", "value.incomparable", "xone.several"),
    *("duty.unmet", "prohibition.unknown", "action.unknown"),
}
"""`action.unknown`: what is asked for is no action that anyone knows, and may be what a rule speaks of."""


@LAWS
@given(POLICIES, SITUATIONS, PHASES)
def test_policies_without_faults_are_unknown_only_for_want_of_facts(
    policy: Policy, situation: Situation, phase: Phase
) -> None:
    if next(faults(policy), None) is None:
        reasons = decide(policy, situation, phase).reasons
        assert {reason.code for reason in reasons if reason.verdict == "unknown"} <= FOR_WANT_OF_FACTS


@LAWS
@given(POLICIES)
def test_every_policy_can_be_said_and_graded(policy: Policy) -> None:
    for language in ("zh", "en"):
        assert all(sentences(policy, language))
    rules = len(policy.permissions) + len(policy.prohibitions)
    duties = sum(len(rule.duties) for rule in policy.permissions)
    assert len(levels(policy)) == rules + duties


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "permission",
                    "odrl:permission",
                    "prohibition",
                    "obligation",
                    "action",
                    "constraint",
                    "leftOperand",
                    "operator",
                    "rightOperand",
                    "and",
                    "or",
                    "xone",
                    "duty",
                    "target",
                    "@id",
                    "@type",
                    "@value",
                    "@list",
                    "conflict",
                    "profile",
                    "ex:k",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@LAWS
@given(
    st.dictionaries(
        st.sampled_from(["permission", "prohibition", "target", "@type", "ex:k"]), JSON, max_size=4
    )
)
def test_d14_whatever_json_a_peer_sends_is_read_judged_and_written_again(document: dict[str, Any]) -> None:
    policy = read(document)
    decision = evaluate(odrl.compile(policy), Situation(now=NOW))
    assert decision.verdict in Verdict
    assert read(write(policy), kind=policy.kind) == policy
    assert sentences(policy, "zh") is not None
    assert list(faults(policy)) is not None


@pytest.mark.parametrize("name", ["now", "claims"])
def test_a_situation_cannot_be_changed(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Situation(), name, None)


@LAWS
@given(st.lists(POLICIES, max_size=4), SITUATIONS, PHASES)
def test_many_policies_together_decide_as_one_after_the_other(
    policies: list[Policy], situation: Situation, phase: Phase
) -> None:
    programs = [odrl.compile(policy) for policy in policies]
    each = [evaluate(program, situation, phase=phase) for program in programs]
    assert evaluate_all(together(programs), situation, phase=phase) == combine(each)
