"""Changes to data before it leaves, as values that a data plane can carry out.

A permission states columns and rows by the constraints `dataField` and `valueExpression` (TC609-6-2025-14, 表5.1), a
duty `transform`, `anonymize` or `desensitize` by refinements of its action: `dataField` names the columns it is about.
With `resolution gteq` beside it, a duty `transform` says how coarse these columns have to be: numbers to a step, in whatever unit they
are, and moments to so many seconds, also written as a duration (`PT1H`). Transforms are carried out one after the other, so that several take
from each other and never add. One that cannot be read, or that the node cannot carry out, opens nothing.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Duty, Permission, Rule
from xinfu.odrl.values.durations import read_duration
from xinfu.odrl.values.quantities import Quantity, read_quantity

TRANSFORMS: Final = frozenset({"anonymize", "desensitize", "aggregate", "watermark", "transform"})
"""Duties that change the data before it leaves; a node that cannot do that cannot let it leave."""
MAX_TESTS: Final = 32
SECONDS: Final = "s"
"""The unit of a resolution in time."""

_MASKING: Final = frozenset({"anonymize", "desensitize"})
_LISTING: Final = frozenset({"eq", "isAnyOf", "isAllOf", "isPartOf"})
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'[^']{0,128}')|(?P<number>[+-]?\d{1,32}(?:\.\d{1,32})?)(?![\w.])"
    r"|(?P<word>[^\W\d]\w{0,63})|(?P<sign><=|>=|<>|!=|[=<>(),]))\s*"
)
_COMPARED: Final = {"=": "eq", "!=": "neq", "<>": "neq", "<": "lt", "<=": "lteq", ">": "gt", ">=": "gteq"}


class TransformKind(StrEnum):
    """The kinds of change that a data plane may be able to carry out."""

    COLUMNS = "columns"
    ROWS = "rows"
    MASK = "mask"
    RESOLUTION = "resolution"
    WHOLE_RESOLUTION = "whole-resolution"


class Columns(msgspec.Struct, frozen=True, tag="columns"):
    """A transform that lets only these columns leave."""

    names: tuple[str, ...]

    @property
    def needs(self) -> str:
        """The ability that the data plane needs."""
        return TransformKind.COLUMNS


class RowTest(msgspec.Struct, frozen=True):
    """A condition on one row.

    Attributes:
        operator: `eq neq lt lteq gt gteq`, or `isAnyOf` with several values.
        values: as written; numbers when `is_number`, else texts.
    """

    column: str
    operator: str
    values: tuple[str, ...]
    is_number: bool


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """A transform that lets only rows leave for which all tests hold; a row that lacks the column stays."""

    tests: tuple[RowTest, ...]

    @property
    def needs(self) -> str:
        """The ability that the data plane needs."""
        return TransformKind.ROWS


class Mask(msgspec.Struct, frozen=True, tag="mask"):
    """A transform that masks these columns, so that they no longer identify anyone.

    Attributes:
        action: `anonymize`: nobody can identify anyone any more; `desensitize`: not from the data that leaves.
    """

    columns: tuple[str, ...]
    action: str

    @property
    def needs(self) -> str:
        """The ability that the data plane needs."""
        return TransformKind.MASK


class Resolution(msgspec.Struct, frozen=True, tag="resolution"):
    """The data leaves at this resolution or a coarser one.

    Attributes:
        least: the step, above 0; for moments a number of seconds, with the unit `s`.
        columns: the columns that are made coarser; empty: none are named.
    """

    least: Quantity
    columns: tuple[str, ...] = ()

    @property
    def needs(self) -> str:
        """The ability that the data plane needs; it is another one if no columns are named."""
        return TransformKind.RESOLUTION if self.columns else TransformKind.WHOLE_RESOLUTION


class Act(msgspec.Struct, frozen=True, tag="act"):
    """A change that is known by its name alone, such as `watermark`."""

    action: str

    @property
    def needs(self) -> str:
        """The ability that the data plane needs."""
        return self.action


Transform = Columns | Rows | Mask | Resolution | Act


def states_transform(rule: Rule, constraint: Constraint) -> bool:
    """Whether `constraint` of `rule` says what is done to the data, or which part of it a duty is about."""
    if not isinstance(constraint, AtomicConstraint):
        return False
    if isinstance(rule, Duty) and rule.action in TRANSFORMS:
        return constraint.left in ("dataField", "valueExpression", "resolution")
    return isinstance(rule, Permission | Duty) and constraint.left in ("dataField", "valueExpression")


def transforms_of(rule: Permission | Duty) -> tuple[Transform, ...] | None:
    """The changes that `rule` makes to the data; None if a part of it cannot be read.

    A duty that changes the data and says nothing more is an `Act` by its name.
    """
    stated = [each for each in (*rule.refinements, *rule.constraints) if states_transform(rule, each)]
    found = [_transform(rule, each) for each in stated if isinstance(each, AtomicConstraint)]
    if isinstance(rule, Duty) and rule.action in TRANSFORMS and not stated:
        return (Act(rule.action),)
    known = tuple(each for each in found if each is not None)
    return _coarser(known) if len(known) == len(found) else None


def _coarser(found: tuple[Transform, ...]) -> tuple[Transform, ...] | None:
    """Join columns and a resolution into one transform; None for any other combination with a resolution."""
    if not any(isinstance(each, Resolution) for each in found):
        return found
    match found:
        case (Resolution(),):
            return found
        case (Columns(names), Resolution(least)) | (Resolution(least), Columns(names)):
            return (Resolution(least, names),)
    return None


def _transform(rule: Permission | Duty, constraint: AtomicConstraint) -> Transform | None:
    if constraint.unread or constraint.reference is not None or constraint.status is not None:
        return None
    match constraint.left:
        case "dataField" if constraint.operator in _LISTING:
            names = read_columns(constraint.values)
            if isinstance(rule, Duty) and rule.action in _MASKING:
                return Mask(names, rule.action) if names else None
            return Columns(names) if names and _chooses(rule) else None
        case "valueExpression" if constraint.operator == "eq" and _chooses(rule):
            return read_rows(constraint.values[0]) if len(constraint.values) == 1 else None
        case "resolution" if constraint.operator in ("eq", "gteq") and len(constraint.values) == 1:
            least = read_step(constraint.values[0], constraint.unit)
            return Resolution(least) if least is not None and _chooses(rule) else None
    return None


def _chooses(rule: Permission | Duty) -> bool:
    """Whether `rule` says which part of the data it is about, and not that something else is done to that part."""
    return isinstance(rule, Permission) or rule.action not in TRANSFORMS - {"transform"}


def read_step(text: str, unit: str | None) -> Quantity | None:
    """How coarse: a number above 0 with or without unit, or a duration without months as its seconds."""
    duration = read_duration(text)
    if duration is None:
        found = read_quantity(f"{text} {unit or ''}")
    elif duration.months or unit:
        return None
    else:
        found = Quantity(Decimal(duration.microseconds) / 1_000_000, SECONDS)
    return found if found is not None and found.number > 0 else None


def read_columns(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns: one a value, or a list in one text, `["a","b"]` or `[字段1,字段2]` (Annex D)."""
    if len(values) != 1 or not (values[0].startswith("[") and values[0].endswith("]")):
        return tuple(dict.fromkeys(values)) if all(values) else ()
    try:
        names = msgspec.json.decode(values[0], type=list[str])
    except msgspec.MsgspecError:
        names = [name.strip() for name in re.split("[,，]", values[0][1:-1])]
    return tuple(dict.fromkeys(names)) if all(names) else ()


def read_rows(text: str) -> Rows | None:
    """`city = '长沙' and level >= 3`: tests joined by `and`; None for anything else.

    A test is a column, `= != <> < <= > >=` and a number or a quoted text, or `in ('a', 'b')`.
    """
    tokens = list(_tokens(text))
    tests: list[RowTest] = []
    while tokens and len(tests) < MAX_TESTS:
        test = _test(tokens)
        if test is None:
            return None
        tests.append(test)
        if not tokens:
            return Rows(tuple(tests))
        kind, joint = tokens.pop(0)
        if kind != "word" or joint.lower() != "and":
            return None
    return None


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The tokens of a row filter; a last one of kind "" holds text that cannot be read."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            yield "", text[at:]
            return
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _test(tokens: list[tuple[str, str]]) -> RowTest | None:
    """Take one test from the front of `tokens`; None if there is none."""
    if len(tokens) < 3 or tokens[0][0] != "word":
        return None
    column, (kind, sign) = tokens.pop(0)[1], tokens.pop(0)
    if kind == "sign" and sign in _COMPARED:
        return _compared(column, _COMPARED[sign], [tokens.pop(0)])
    if kind != "word" or sign.lower() != "in" or tokens.pop(0) != ("sign", "("):
        return None
    values: list[tuple[str, str]] = []
    while tokens:
        values.append(tokens.pop(0))
        joint = tokens.pop(0) if tokens else ("", "")
        if joint == ("sign", ")"):
            return _compared(column, "isAnyOf", values)
        if joint != ("sign", ","):
            return None
    return None


def _compared(column: str, operator: str, values: list[tuple[str, str]]) -> RowTest | None:
    kinds = {kind for kind, _ in values}
    if kinds not in ({"text"}, {"number"}):
        return None
    texts = tuple(value.strip("'") if kind == "text" else value for kind, value in values)
    return RowTest(column, operator, texts, is_number=kinds == {"number"})
