"""Rules in both languages: round trips, what has no words, and the use cases of annex D."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.contracts.samples import NODES, POLICY, PRODUCT

from xinfu import odrl
from xinfu.contracts import (
    Dates,
    NodeNames,
    Shape,
    Strategy,
    StrategyConstraint,
    StrategyKind,
    policy_of,
    read_strategies,
    strategies_of,
    terms,
    write_strategies,
)
from xinfu.contracts.values import read_constraint
from xinfu.errors import InputError, RefusedError, XinfuError
from xinfu.odrl import (
    AtomicConstraint,
    Conflict,
    Duty,
    Logic,
    LogicalConstraint,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    UnreadMember,
    equivalent,
)
from xinfu.odrl.values.terms import CHINA_TIME, INCLUDED_IN

OPERATORS = sorted(terms.OPERATOR_CODES)
LISTS = {"isAllOf", "isAnyOf", "isNoneOf"}


def atoms() -> st.SearchStrategy[AtomicConstraint]:
    words = st.text('abc京 []",/-.', min_size=1, max_size=9)
    values = {
        "dateTime": st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "+08:00"),
        "count": st.integers(0, 10**15).map(str),
        "elapsedTime": st.sampled_from(["P7D", "PT1H"]),
        "timeInterval": st.sampled_from(["P1D", "P30D"]),
        "timeWindow": st.sampled_from(["P1D", "P1M"]),
        "bytes": st.integers(0, 10**40).map(str),
        "rows": st.integers(0, 10**15).map(str),
        "frequency": st.sampled_from(["100", "7"]),
        "executionEnv": st.sampled_from(["01", "07"]),
        "deliveryMethod": st.sampled_from(["01", "stream"]),
        "payAmount": st.sampled_from(["100.00 CNY", "5 EUR"]),
        "purpose": words,
        "recipient": words,
        "dataField": words,
        "spatial": st.sampled_from(["CN", "CN-HN", "430200"]),
    }

    @st.composite
    def one(draw: st.DrawFn) -> AtomicConstraint:
        left = draw(st.sampled_from(sorted(values)))
        operator = draw(st.sampled_from(OPERATORS))
        unit = draw(st.sampled_from(["PT1H", "P1D"])) if left == "frequency" else None
        if operator in LISTS:
            return AtomicConstraint(
                left=left,
                operator=operator,
                unit=unit,
                right=tuple(draw(st.lists(values[left], min_size=1, max_size=3))),
            )
        return AtomicConstraint(left=left, operator=operator, unit=unit, right=draw(values[left]))

    return one()


ACTIONS = st.sampled_from(
    sorted(set(INCLUDED_IN) | (set(terms.ACTIONS) - {"expansionItem", "plicyTransmit"}))
)
CONSTRAINTS = st.lists(atoms(), max_size=3).map(tuple)
DUTIES = st.recursive(
    st.builds(Duty, action=ACTIONS, constraints=CONSTRAINTS),
    lambda inner: st.builds(
        Duty, action=ACTIONS, constraints=CONSTRAINTS, consequences=st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=3,
)
OWED = st.lists(DUTIES, max_size=2).map(tuple)
POLICIES = st.builds(
    Policy,
    kind=st.just(PolicyKind.AGREEMENT),
    permissions=st.lists(
        st.builds(Permission, action=ACTIONS, constraints=CONSTRAINTS, duties=OWED), max_size=3
    ).map(tuple),
    prohibitions=st.lists(
        st.builds(Prohibition, action=ACTIONS, constraints=CONSTRAINTS, remedies=OWED), max_size=2
    ).map(tuple),
    obligations=OWED,
    conflict=st.just(Conflict.PROHIBIT),
)


@given(policy=POLICIES, names=st.sampled_from(list(NodeNames)), shape=st.sampled_from(list(Shape)))
def test_a_policy_comes_back_from_its_strategies_over_the_wire(
    policy: Policy, names: NodeNames, shape: Shape
) -> None:
    strategies = strategies_of(policy, PRODUCT, NODES)
    if not strategies:
        return
    wire = json.loads(json.dumps(write_strategies(strategies, names=names, shape=shape)))
    back = read_strategies(wire)
    assert back == strategies
    assert equivalent(policy_of(back), policy)


@given(POLICIES)
def test_times_come_back_from_the_short_form_too(policy: Policy) -> None:
    assert equivalent(policy_of(strategies_of(policy, PRODUCT, NODES, dates=Dates.COMPACT)), policy)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "subjectInfo",
                        "executionNodeInfo",
                        "actions",
                        "constraints",
                        "dataProductId",
                        "providerNodeId",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_reading_any_json_gives_strategies_or_a_named_fault(value: Any) -> None:
    try:
        policy_of(read_strategies(value))
    except XinfuError as error:
        assert error.code.startswith(("contract.", "policy."))  # noqa: PT017


def permission(**more: Any) -> Policy:
    return replace(POLICY, permissions=(Permission(action="read", **more),))


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        (
            permission(constraints=(AtomicConstraint(left="mood", operator="eq", right="good"),)),
            "permission[0].mood eq",
        ),
        (
            permission(
                constraints=(
                    LogicalConstraint(
                        op=Logic.OR, parts=(AtomicConstraint(left="count", operator="eq", right="1"),)
                    ),
                )
            ),
            "permission[0].or",
        ),
        (permission(unread=(UnreadMember(key="assignee", json='"x"'),)), "permission[0].assignee"),
        (replace(POLICY, unread=(UnreadMember(key="inheritFrom", json='"x"'),)), "inheritFrom"),
        (replace(POLICY, profile=("urn:other",)), "profile urn:other"),
        (replace(POLICY, permissions=(Permission(action="juggle"),)), "permission[0].action 'juggle'"),
        (replace(POLICY, prohibitions=(Prohibition(action="sell"),)), "conflict invalid"),
    ],
    ids=["operand", "or", "member", "whole", "profile", "action", "conflict"],
)
def test_a_term_without_words_is_refused_by_name(policy: Policy, name: str) -> None:
    with pytest.raises(RefusedError) as told:
        strategies_of(policy, PRODUCT, NODES)
    assert told.value.code == "contract.term-unmapped"
    assert name in told.value.facts["terms"]


def test_windows_by_the_clock_of_china_are_said_in_every_strategy() -> None:
    limits = (
        AtomicConstraint(left="count", operator="lteq", right="100"),
        AtomicConstraint(left="timeWindow", operator="eq", right="P1M"),
    )
    policy = replace(permission(constraints=limits), profile=(CHINA_TIME,))
    made = strategies_of(policy, PRODUCT, NODES)
    assert ["expansionItem" in [c.name for c in each.constraints] for each in made] == [True] * len(made)
    read = policy_of(read_strategies(write_strategies(made)))
    assert read.profile == (CHINA_TIME,)
    assert equivalent(read, policy)
    assert not equivalent(read, replace(policy, profile=()))


def constraint(name: str, operator: str, value: str) -> dict[str, str]:
    return {"constraintName": name, "constraintOperator": operator, "constraintValue": value}


def strategy(actions: list[str], *constraints: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "subjectInfo": {"dataProductId": PRODUCT.id},
        "executionNodeInfo": {"providerNodeId": NODES.provider},
        "actions": actions,
        "constraints": list(constraints),
        **more,
    }


ANNEX_D: dict[str, tuple[dict[str, Any], list[str], list[tuple[str, str, object]]]] = {
    "api-call": (
        strategy(
            ["read"],
            constraint("count", "lteq", "10000/day"),
            constraint("timeWindow", "eq", "P1D"),
            constraint("networkAddress", "isA", "10.1.2.3"),
        ),
        ["read"],
        [
            ("frequency", "lteq", "10000"),
            ("timeWindow", "eq", "P1D"),
            ("virtualLocation", "isA", "10.1.2.3"),
        ],
    ),
    "joint-computing": (
        strategy(
            ["read", "jointDevelop", "logRecordSend"],
            constraint("dataField", "isAnyOf", "[温度,转速]"),
            constraint("executionEnv", "isA", "02"),
        ),
        ["read", "jointDevelop", "logRecordSend"],
        [("dataField", "isAnyOf", ("温度", "转速")), ("executionEnv", "isA", "02")],
    ),
    "sharing": (
        strategy(["distribute"], constraint("deliveryMethod", "eq", "01")),
        ["distribute"],
        [("deliveryMethod", "eq", "01")],
    ),
    "purchase": (
        strategy(
            ["sell"],
            constraint("payAmount", "eq", "100.00 CNY"),
            constraint("timeWindow", "lteq", "P365D"),
            policyExpansion='{"duty":[{"action":"compensate"}]}',
        ),
        ["sell"],
        [("payAmount", "eq", "100.00 CNY"), ("elapsedTime", "lteq", "P365D")],
    ),
    "ciphertext-processing": (
        strategy(
            ["process"],
            constraint("encryptMode", "01", "02"),
            constraint("count", "11", "1000"),
            constraint("executionEnv", "05", "06"),
        ),
        ["process"],
        [("encryptMode", "eq", "02"), ("count", "lteq", "1000"), ("executionEnv", "isA", "06")],
    ),
}


@pytest.mark.parametrize("name", ANNEX_D)
def test_the_use_cases_of_annex_d_are_read_and_written_again(name: str) -> None:
    wire, actions, constraints = ANNEX_D[name]
    policy = policy_of(read_strategies(wire))
    assert [rule.action for rule in policy.permissions] == actions
    for rule in policy.permissions:
        assert [(each.left, each.operator, each.right) for each in rule.constraints] == constraints  # type: ignore[union-attr]
    assert equivalent(policy_of(strategies_of(policy, PRODUCT, NODES)), policy)


@pytest.mark.parametrize("constrained", ["logRecordSend", "compensate", "export"])
def test_an_action_in_the_column_of_constraints_is_refused(constrained: str) -> None:
    """Annex D does that; nobody can judge what it compares."""
    with pytest.raises(InputError) as told:
        policy_of(read_strategies(strategy(["read"], constraint(constrained, "eq", "x"))))
    assert told.value.code == "contract.constraint"


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("frequency", "11", "100"),
        ("dataSize", "11", "ten"),
        ("count", "11", "-1"),
        ("count", "11", "NaN"),
        ("count", "11", "1" * 17),
        ("count", "13", "1"),
        ("time", "10", "2025-06-01T00:00:00"),
        ("time", "10", "2025-06-01T00:00:00+08:00 -- 2025-07-01T00:00:00+08:00"),
        ("timeWindow", "01", "P"),
        ("region", "01", "a-region-too-long"),
        ("executionEnv", "05", "08"),
        ("payAmount", "01", "100.00"),
        ("purpose", "01", "research"),
        ("expansionItem", "01", '{"name":"mood","value":"good"}'),
        ("count", "01", "[]"),
        ("count", "01", '["1","2"]'),
    ],
)
def test_what_nobody_can_judge_is_refused(name: str, operator: str, value: str) -> None:
    with pytest.raises(InputError):
        policy_of(read_strategies(strategy(["read"], constraint(name, operator, value))))


@pytest.mark.parametrize(
    ("given_", "left", "right"),
    [
        (("dataRecord", "11", "5"), "rows", "5"),
        (("dateRecord", "lteq", "5"), "rows", "5"),
        (("dataSize", "11", "10G"), "bytes", str(10 * 1024**3)),
        (("frequency", "11", "60/minute"), "frequency", "60"),
        (("time", "10", "20250601120000"), "dateTime", "2025-06-01T12:00:00+08:00"),
    ],
    ids=["dataRecord", "dateRecord", "size", "rate", "short-time"],
)
def test_two_spellings_of_one_thing_are_read_alike(
    given_: tuple[str, str, str], left: str, right: str
) -> None:
    name, operator, value = given_
    rule = policy_of(read_strategies(strategy(["read"], constraint(name, operator, value)))).permissions[0]
    assert [(each.left, each.right) for each in rule.constraints] == [(left, right)]  # type: ignore[union-attr]


@pytest.mark.parametrize("action", ["plicyTransmit", "policyTransmit"])
def test_the_misprinted_action_is_read_in_both_spellings_and_written_as_printed(action: str) -> None:
    read = read_strategies(strategy([action]))
    assert policy_of(read).permissions[0].action == "nextPolicy"
    assert write_strategies(read)["actions"] == ["plicyTransmit"]


@pytest.mark.parametrize("value", ["20250601000000/20250701000000", "20250601000000 -- 20250701000000"])
def test_a_range_of_time_is_its_two_ends(value: str) -> None:
    found = read_constraint(StrategyConstraint(name="time", operator="isPartOf", value=value))
    assert [(each.operator, each.right) for each in found] == [
        ("gteq", "2025-06-01T00:00:00+08:00"),
        ("lteq", "2025-07-01T00:00:00+08:00"),
    ]


def test_nodes_are_read_by_both_pairs_of_names() -> None:
    wire = strategy(["read"])
    wire["executionNodeInfo"] = {"assignerId": "a", "assigneeId": "b"}
    nodes = read_strategies(wire)[0].nodes
    assert (nodes.provider, nodes.consumer) == ("a", "b")


def test_an_extension_in_other_words_leaves_its_rule_unknown_and_is_written_as_it_was() -> None:
    read = read_strategies(strategy(["read"], policyExpansion="付款后七日内使用"))
    policy = policy_of(read)
    assert [kept.key for kept in policy.permissions[0].unread] == ["policyExpansion"]
    assert write_strategies(strategies_of(policy, PRODUCT, NODES))["policyExpansion"] == "付款后七日内使用"


def test_the_kind_of_a_strategy_is_read_from_the_extension_or_from_a_private_field() -> None:
    listed = [
        strategy(["read"]),
        strategy(["sell"], policyType="prohibition"),
        strategy(["delete"], policyExpansion='{"kind":"obligation","consequence":[{"action":"compensate"}]}'),
    ]
    assert [each.kind for each in read_strategies(listed)] == list(StrategyKind)
    policy = policy_of(read_strategies(listed))
    assert (policy.conflict, policy.obligations[0].consequences[0].action) == (
        Conflict.PROHIBIT,
        "compensate",
    )


def test_the_example_of_the_page_is_read() -> None:
    wire = strategy(
        ["read", "compute", "logRecordSend"],
        constraint("count", "11", "1000"),
        policyExpansion='{"duty":[{"action":"desensitize"}]}',
    )
    policy = policy_of(read_strategies(wire))
    assert policy.permissions[0].duties[0].action == "desensitize"


def test_a_strategy_has_a_target_and_a_node() -> None:
    cut: list[Any] = [
        {**strategy(["read"]), "executionNodeInfo": {}},
        {**strategy(["read"]), "subjectInfo": {}},
        [],
    ]
    for wire in cut:
        with pytest.raises(InputError) as told:
            read_strategies(wire)
        assert told.value.code == "contract.field-missing"


def test_consequences_too_deep_are_refused() -> None:
    deep: dict[str, Any] = {"action": "delete"}
    for _ in range(40):
        deep = {"action": "delete", "consequence": [deep]}
    with pytest.raises(XinfuError):
        policy_of(read_strategies(strategy(["read"], policyExpansion=json.dumps({"duty": [deep]}))))


def test_a_strategy_without_actions_says_nothing() -> None:
    with pytest.raises(InputError):
        policy_of([Strategy(product=PRODUCT, nodes=NODES, actions=())])


def test_a_rule_of_several_actions_is_one_strategy_with_one_counter() -> None:
    limit = {"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}
    policy = odrl.read({"permission": [{"action": ["read", "print"], "constraint": [limit]}]})
    assert odrl.compile(policy).counters == ("permission[0]",)
    (made,) = strategies_of(policy, PRODUCT, NODES)
    assert len(made.actions) == 2
    again = policy_of((made,))
    assert odrl.compile(again).counters == ("permission[0]",)
    assert odrl.equivalent(again, policy)
