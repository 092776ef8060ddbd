"""Policies made to hurt are refused within 50 ms, by a limit and never by a crash (threats P5)."""

import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from xinfu import odrl
from xinfu.errors import ProtocolError
from xinfu.odrl import Phase, Situation, evaluate, fingerprint, levels, read, sentences
from xinfu.odrl.comparison.check import faults
from xinfu.odrl.comparison.subsume import satisfiable, within
from xinfu.odrl.engine.compile import cached_program
from xinfu.odrl.model.policy import AtomicConstraint, Logic, LogicalConstraint, Permission, Policy, PolicyKind
from xinfu.verdict import Verdict

BUDGET_S = 0.05


def c(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def permit(*constraints: object, **more: object) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


def nested(key: str, depth: int) -> object:
    inner: object = c("purpose", "eq", "a")
    for _ in range(depth):
        inner = {key: [inner]}
    return inner


def lists(depth: int) -> object:
    inner: object = "x"
    for _ in range(depth):
        inner = [inner]
    return inner


def duties(depth: int) -> dict[str, object]:
    duty: dict[str, object] = {"action": "delete"}
    for _ in range(depth):
        duty = {"action": "delete", "consequence": [duty]}
    return duty


def cycle() -> dict[str, Any]:
    document: dict[str, Any] = permit()
    document["permission"][0]["constraint"].append(document)
    return document


def laughs() -> dict[str, Any]:
    """A document that is small in memory and endless in text."""
    inner: list[object] = ["ha"] * 10
    for _ in range(9):
        inner = [inner] * 10
    return permit(c("purpose", "isAnyOf", inner))


TOO_LARGE: dict[str, Callable[[], dict[str, Any]]] = {
    "and 40 deep": lambda: permit(nested("and", 40)),
    "or 900 deep": lambda: permit(nested("or", 900)),
    "xone 40 deep": lambda: permit(nested("xone", 40)),
    "andSequence 900 deep": lambda: permit(nested("andSequence", 900)),
    "lists 40 deep": lambda: permit(c("purpose", "isAnyOf", lists(40))),
    "lists 100000 deep": lambda: permit(c("purpose", "isAnyOf", lists(100_000))),
    "objects 100000 deep": lambda: permit(nested("and", 100_000)),
    "duties 40 deep": lambda: {"permission": [{"action": "use", "duty": [duties(40)]}]},
    "remedies 40 deep": lambda: permit(prohibition=[{"action": "sell", "remedy": [duties(40)]}]),
    "obligations 40 deep": lambda: permit(obligation=[duties(40)]),
    "a cycle": cycle,
    "a billion laughs": laughs,
    "1001 permissions": lambda: {"permission": [{"action": "use"}] * 1001},
    "1001 prohibitions": lambda: permit(prohibition=[{"action": "use"}] * 1001),
    "1001 constraints": lambda: permit(*[c("purpose", "eq", "a")] * 1001),
    "1001 values": lambda: permit(c("purpose", "isAnyOf", ["a"] * 1001)),
    "1000000 values": lambda: permit(c("purpose", "isAnyOf", ["a"] * 1_000_000)),
    "1001 keys": lambda: permit(**{f"ex:k{i}": i for i in range(1001)}),
    "1000000 keys": lambda: permit(**{f"ex:k{i}": i for i in range(1_000_000)}),
    "1001 profiles": lambda: permit(profile=["urn:p"] * 1001),
    "3000 nodes": lambda: permit(*[{"or": [c("purpose", "eq", "a")]} for _ in range(1000)]),
    "an empty object 1000 x 3": lambda: permit(*[{"ex:a": {}, "ex:b": {}} for _ in range(1000)]),
    "a text of 300 KiB": lambda: permit(c("purpose", "eq", "a" * 300_000)),
    "a text of 10 MB": lambda: permit(c("purpose", "eq", "a" * 10_000_000)),
    "a key of 300 KiB": lambda: permit(**{"k" * 300_000: 1}),
    "Chinese text of 300 KiB": lambda: permit(c("purpose", "eq", "策" * 100_000)),
    "many texts": lambda: permit(c("purpose", "isAnyOf", ["a" * 300] * 1000)),
    "an action of 300 KiB": lambda: {"permission": [{"action": "a" * 300_000}]},
    "a number of 100000 digits": lambda: permit(c("count", "lteq", 1 << 332_193)),
    "a number of 90 digits": lambda: permit(c("count", "lteq", 10**90)),
    "a remark of 300 KiB": lambda: permit(**{"dct:title": "a" * 300_000}),
}


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE)
def test_p5_a_policy_over_a_limit_is_refused_at_once(make: Callable[[], dict[str, Any]]) -> None:
    document = make()
    began = time.process_time()
    with pytest.raises(ProtocolError) as refused:
        read(document)
    assert time.process_time() - began <= BUDGET_S
    assert refused.value.code == "policy.too-large"
    _dismantle(document)


def _dismantle(document: dict[str, Any]) -> None:
    """Take a deep document apart from the top, so that freeing it does not recurse either."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            value.clear()
        elif isinstance(value, list) and len(value) < 2000:
            waiting += value
            value.clear()


IN_LIMITS: dict[str, Callable[[], dict[str, Any]]] = {
    "and 26 deep": lambda: permit(nested("and", 26)),
    "xone 26 deep": lambda: permit(nested("xone", 26)),
    "xone 900 wide": lambda: permit({"xone": [c("purpose", "eq", f"p{i}") for i in range(900)]}),
    "two xone 400 wide": lambda: permit(*[{"xone": [c("spatial", "eq", "US") for _ in range(400)]}] * 2),
    "ors whose product is endless": lambda: permit(
        *[{"or": [c("purpose", "neq", f"{i}.{j}") for j in range(10)]} for i in range(80)]
    ),
    "ors of places": lambda: permit(
        *[c("spatial", "isAnyOf", [f"43{i:02}{j:02}" for i in range(1, 30) for j in range(1, 30)])] * 3
    ),
    "1000 values": lambda: permit(c("purpose", "isAnyOf", [f"v{i}" for i in range(1000)])),
    "1000 values isAllOf": lambda: permit(c("vc:T.x", "isAllOf", [f"v{i}" for i in range(1000)])),
    "1000 permissions": lambda: {"permission": [{"action": "use", "ex:k": i} for i in range(900)]},
    "1000 prohibitions": lambda: permit(
        prohibition=[{"action": "use", "constraint": []} for _ in range(900)]
    ),
    "zeros": lambda: permit(c("count", "lteq", "0" * 200_000 + "x")),
    "digits": lambda: permit(c("count", "lteq", "9" * 200_000)),
    "decimals": lambda: permit(c("vc:T.x", "lt", "1" * 100_000 + "." + "1" * 100_000)),
    "exponent": lambda: permit(c("vc:T.x", "lt", "1e999999999")),
    "long moment": lambda: permit(c("dateTime", "lt", "2026-01-01T00:00:00." + "0" * 200_000 + "Z")),
    "long zone": lambda: permit(c("dateTime", "lt", "2026-01-01T00:00:00+" + "0" * 200_000)),
    "long claim": lambda: permit(c("vc:T." + "a." * 100_000, "eq", "x")),
    "long type": lambda: permit(c("T" * 200_000 + ".x", "eq", "x")),
    "long region": lambda: permit(c("spatial", "eq", "CN-" + "4" * 200_000)),
    "blanks": lambda: permit(c("count", "lteq", " " * 200_000)),
    "regular expression": lambda: permit(c("purpose", "eq", "(a+)+$")),
    "format string": lambda: permit(c("{0.__class__}", "eq", "{}{wanted}"), **{"{name}": 1}),
    "nul and friends": lambda: permit(c("purpose", "eq", "\x00\u202e\ufeff")),
    "odd keys": lambda: permit(**{"": 1, "__class__": {"x": 1}, "__proto__": {}}),
    "bases of nothing": lambda: {"permission": [{}], "prohibition": {}, "obligation": "x"},
}


def _work(document: dict[str, Any]) -> Iterator[Callable[[], object]]:
    """Everything that a policy from outside goes through."""
    policy = read(document)
    program = odrl.compile(policy)
    yield lambda: evaluate(program, Situation(purpose="x"))
    yield lambda: evaluate(program, Situation(purpose="x"), phase=Phase.NEGOTIATION)
    yield lambda: evaluate(program, Situation(), explain=True)
    yield lambda: fingerprint(policy)
    yield lambda: list(faults(policy))
    yield lambda: satisfiable(policy)
    yield lambda: within(policy, policy)
    yield lambda: odrl.difference(
        policy, Policy(kind=PolicyKind.SET, permissions=(Permission(action="use"),))
    )
    yield lambda: odrl.meet(policy, Policy(kind=PolicyKind.SET, permissions=(Permission(action="read"),)))
    yield lambda: sentences(policy, "zh")
    yield lambda: levels(policy)


@pytest.mark.parametrize("make", IN_LIMITS.values(), ids=IN_LIMITS)
def test_p5_a_policy_within_the_limits_is_bounded_work(make: Callable[[], dict[str, Any]]) -> None:
    for act in (lambda: odrl.compile(read(make())), *_work(make())):
        assert _calls(act) <= 4_000_000


@pytest.mark.parametrize("name", IN_LIMITS)
def test_p5_nothing_hostile_opens_anything(name: str) -> None:
    decision = evaluate(odrl.compile(read(IN_LIMITS[name]())), Situation(purpose="none of them"))
    opens = name == "ors whose product is endless"  # a use that meets all of it is a permitted use
    assert (decision.verdict is Verdict.YES) is opens


def test_a_policy_built_by_hand_over_the_limits_compiles_to_what_never_opens() -> None:
    deep: LogicalConstraint | AtomicConstraint = AtomicConstraint(left="purpose", operator="eq", right="a")
    for _ in range(5000):
        deep = LogicalConstraint(op=Logic.AND, parts=(deep,))
    policy = Policy(kind=PolicyKind.SET, permissions=(Permission(action="use", constraints=(deep,)),))
    decision = evaluate(odrl.compile(policy), Situation(purpose="a"))
    assert (decision.verdict, decision.reasons[0].code) == (Verdict.UNKNOWN, "policy.too-large")


def test_text_that_is_not_unicode_compiles_to_what_never_opens() -> None:
    policy = Policy(kind=PolicyKind.SET, id="\ud800", permissions=(Permission(action="use"),))
    decision = evaluate(odrl.compile(policy), Situation())
    assert (decision.verdict, decision.reasons[0].code) == (Verdict.UNKNOWN, "policy.unreadable")


def test_the_cache_of_programs_is_bounded() -> None:
    for i in range(1100):
        odrl.compile(Policy(kind=PolicyKind.SET, id=str(i)))
    assert cached_program.cache_info().currsize <= 1024


def _built(depth: int, width: int) -> Policy:
    inner: LogicalConstraint | AtomicConstraint = AtomicConstraint(left="purpose", operator="eq", right="a")
    for _ in range(depth):
        inner = LogicalConstraint(op=Logic.XONE, parts=(inner,))
    wide = tuple(AtomicConstraint(left="purpose", operator="neq", right=f"p{i}") for i in range(width))
    return Policy(kind=PolicyKind.SET, permissions=(Permission(action="use", constraints=(inner, *wide)),))


@pytest.mark.parametrize(("depth", "width"), [(1_000, 0), (0, 10_000)], ids=["1,000 deep", "10,000 wide"])
def test_p5_policies_over_the_limits_are_not_compared(depth: int, width: int) -> None:
    large, small = _built(depth, width), _built(0, 0)
    began = time.process_time()
    for one, other in ((large, small), (small, large), (large, large)):
        proof = within(one, other)
        assert (proof.verdict, proof.code) == (Verdict.UNKNOWN, "policy.too-large")
        assert odrl.compare(one, other).relation == "unknown"
        assert odrl.meet(one, other) is None
    assert satisfiable(large).verdict is Verdict.UNKNOWN
    assert time.process_time() - began <= BUDGET_S * 20


def test_p5_many_changes_of_one_operand_are_bounded_work() -> None:
    one, other = (read(permit(*(c("purpose", "neq", f"{name}{i}") for i in range(900)))) for name in "ab")
    assert len(odrl.difference(one, other)) == 900
    assert _calls(lambda: odrl.difference(one, other)) <= 10_000_000
    assert _calls(lambda: odrl.meet(one, other)) <= 10_000_000


def _calls(act: Callable[[], object]) -> int:
    """How many functions an act calls: the same on every machine, however busy it is."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return counted
