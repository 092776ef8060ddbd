"""A decision allows with transformations, where the node can carry them out; else nothing opens."""

from decimal import Decimal
from typing import Any

import pytest

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import (
    Act,
    Columns,
    Effect,
    Mask,
    Registry,
    Resolution,
    Rows,
    RowTest,
    Situation,
    evaluate,
    read,
)
from xinfu.odrl.model.transforms import read_columns, read_rows
from xinfu.odrl.values.quantities import Quantity, read_quantity
from xinfu.verdict import Verdict

ABLE = Registry(
    transforms=frozenset({"columns", "rows", "mask", "resolution", "whole-resolution", "watermark"})
)
BARE = Registry(transforms=frozenset())


def c(left: str, operator: str, right: object, **more: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def duty(action: str, *refinements: object) -> dict[str, Any]:
    return {"duty": [{"action": {"rdf:value": {"@id": action}, "refinement": list(refinements)}}]}


FIELDS = c("dataField", "isAnyOf", ["city", "level"])
CITY = RowTest("city", "eq", ("长沙",), False)
STATED: dict[str, tuple[dict[str, Any], object]] = {
    "columns": ({"constraint": [FIELDS]}, Columns(("city", "level"))),
    "one column": ({"constraint": [c("dataField", "eq", "city")]}, Columns(("city",))),
    "columns in a text": (
        {"constraint": [c("dataField", "eq", "[字段1, 字段2]")]},
        Columns(("字段1", "字段2")),
    ),
    "rows": ({"constraint": [c("valueExpression", "eq", "city = '长沙'")]}, Rows((CITY,))),
    "columns by a duty": (duty("odrl:transform", FIELDS), Columns(("city", "level"))),
    "a mask": (duty("odrl:anonymize", FIELDS), Mask(("city", "level"), "anonymize")),
    "a mask of TC609": (duty("desensitize", FIELDS), Mask(("city", "level"), "desensitize")),
    "a resolution": (
        duty("odrl:transform", c("resolution", "gteq", "1000", unit="m")),
        Resolution(read_quantity("1000 m")),  # type: ignore[arg-type]  # it can be read
    ),
    "a coarser column": (
        duty("odrl:transform", c("resolution", "gteq", "0.01"), FIELDS),
        Resolution(Quantity(Decimal("0.01"), ""), ("city", "level")),
    ),
    "a coarser moment": (
        duty("odrl:transform", c("dataField", "eq", "at"), c("resolution", "gteq", "PT1H")),
        Resolution(Quantity(Decimal(3600), "s"), ("at",)),
    ),
    "a name alone": ({"duty": [{"action": "watermark"}]}, Act("watermark")),
}


@pytest.mark.parametrize(("rule", "expected"), STATED.values(), ids=STATED)
def test_a_transform_comes_with_the_decision(rule: dict[str, Any], expected: object) -> None:
    policy = read({"permission": [{"action": "use", **rule}]})
    decision = evaluate(odrl.compile(policy, registry=ABLE), Situation())
    assert (decision.effect, decision.transforms, decision.duties) == (Effect.ALLOW_WITH, (expected,), ())
    odrl.check(policy, registry=ABLE)


@pytest.mark.parametrize(("rule", "expected"), STATED.values(), ids=STATED)
def test_a_node_that_cannot_carry_it_out_opens_nothing(rule: dict[str, Any], expected: object) -> None:
    policy = read({"permission": [{"action": "use", **rule}]})
    assert evaluate(odrl.compile(policy, registry=BARE), Situation()).verdict is Verdict.UNKNOWN
    with pytest.raises(InputError):
        odrl.check(policy, registry=BARE)


UNREADABLE: dict[str, dict[str, Any]] = {
    "another operator": {"constraint": [c("dataField", "isNoneOf", ["city"])]},
    "no column": {"constraint": [c("dataField", "isAnyOf", [])]},
    "a filter nobody reads": {"constraint": [c("valueExpression", "eq", "city like '%'")]},
    "two filters in one": {"constraint": [c("valueExpression", "isAnyOf", ["a = 1", "b = 2"])]},
    "inside a logical constraint": {"constraint": [{"or": [FIELDS, FIELDS]}]},
    "a mask by rows": duty("odrl:anonymize", c("valueExpression", "eq", "a = 1")),
    "a resolution nobody reads": duty("odrl:transform", c("resolution", "gteq", "coarse")),
    "a finer resolution": duty("odrl:transform", c("resolution", "lteq", "10")),
    "a step of nothing": duty("odrl:transform", c("resolution", "gteq", "0")),
    "a step of no time": duty("odrl:transform", c("resolution", "gteq", "PT0S"), FIELDS),
    "a step of months": duty("odrl:transform", c("resolution", "gteq", "P1M"), FIELDS),
    "a duration with a unit": duty("odrl:transform", c("resolution", "gteq", "PT1H", unit="m"), FIELDS),
    "two steps": duty("odrl:transform", *[c("resolution", "gteq", each) for each in ("1", "2")], FIELDS),
    "a mask with a step": duty("odrl:anonymize", c("resolution", "gteq", "1"), FIELDS),
    "sums of columns": duty("odrl:aggregate", FIELDS),
    "sums of rows": duty("odrl:aggregate", c("valueExpression", "eq", "a = 1")),
    "a mark in columns": duty("watermark", FIELDS),
    "a key that nobody reads": {"constraint": [FIELDS | {"ex:k": 1}]},
    "fetched": {
        "constraint": [{"leftOperand": "dataField", "operator": "eq", "rightOperandReference": "urn:x"}]
    },
    "a bare mask": {"duty": [{"action": "anonymize"}]},
}


@pytest.mark.parametrize("rule", UNREADABLE.values(), ids=UNREADABLE)
def test_a_transform_that_cannot_be_read_opens_nothing(rule: dict[str, Any]) -> None:
    program = odrl.compile(read({"permission": [{"action": "use", **rule}]}), registry=ABLE)
    assert evaluate(program, Situation()).verdict is Verdict.UNKNOWN


def test_several_come_one_after_the_other_and_a_prohibition_has_none() -> None:
    rule = {"action": "use", "constraint": [FIELDS], **duty("odrl:anonymize", c("dataField", "eq", "city"))}
    decision = evaluate(odrl.compile(read({"permission": [rule]}), registry=ABLE), Situation())
    assert decision.transforms == (Columns(("city", "level")), Mask(("city",), "anonymize"))
    barrier = {"permission": [{"action": "use"}], "prohibition": [{"action": "use", "constraint": [FIELDS]}]}
    held = evaluate(odrl.compile(read(barrier | {"conflict": "prohibit"}), registry=ABLE), Situation())
    assert held.verdict is Verdict.UNKNOWN


ROWS = [
    ("level >= 3", [("level", "gteq", ("3",), True)]),
    ("level>=3 AND city='长沙'", [("level", "gteq", ("3",), True), ("city", "eq", ("长沙",), False)]),
    (
        "a <> -1.5 and b != 'x' and c < 2",
        [("a", "neq", ("-1.5",), True), ("b", "neq", ("x",), False), ("c", "lt", ("2",), True)],
    ),
    ("城市 in ('长沙', '株洲')", [("城市", "isAnyOf", ("长沙", "株洲"), False)]),
    ("n in (1,2)", [("n", "isAnyOf", ("1", "2"), True)]),
]


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_a_row_filter_is_read(text: str, expected: list[tuple[str, str, tuple[str, ...], bool]]) -> None:
    found = read_rows(text)
    assert found is not None
    assert [(each.column, each.operator, each.values, each.is_number) for each in found.tests] == expected


NO_FILTERS = {
    "nothing": "",
    "a blank": " ",
    "a column": "a",
    "half": "a =",
    "two columns": "a = b",
    "or": "a = 1 or b = 2",
    "more to come": "a = 1 and",
    "and alone": "and",
    "in nothing": "a in ()",
    "in a mixture": "a in (1, 'x')",
    "in without end": "a in (1",
    "a statement": "a = 1; drop table t",
    "a text without end": "a = 'x",
    "a number with a letter": "a = 1x",
    "no column": "1 = 1",
    "another sign": "a == 1",
    "not": "not a = 1",
    "a comment": "a = 1 -- b",
    "brackets": "(a = 1)",
    "too many": " and ".join(["a = 1"] * 40),
    "a long number": "a = " + "1" * 100_000,
    "many blanks": " " * 100_000 + "x",
    "a long text": "a = '" + "x" * 200_000 + "'",
}


@pytest.mark.parametrize("text", NO_FILTERS.values(), ids=NO_FILTERS)
def test_anything_else_is_no_row_filter(text: str) -> None:
    assert read_rows(text) is None


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (("a", "b", "a"), ("a", "b")),
        (('["a","b"]',), ("a", "b")),
        (("[a，b]",), ("a", "b")),
        (("[]",), ()),
        (("[a,,b]",), ()),
        (("a", ""), ()),
    ],
)
def test_columns_are_a_list_or_a_list_in_a_text(values: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert read_columns(values) == names
