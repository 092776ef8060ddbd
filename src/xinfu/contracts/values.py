"""Conversion between constraints of the standard and constraints of ODRL, one at a time, with their values.

A list is a JSON array as text; the form `[字段1,字段2]` of annex D is read too. A range of time is `start/end`;
`start -- end` is read too. Sizes are bytes; K, M, G and T are read as powers of 1024, and the plain number is written.
A frequency is `100/PT1H`; a number without a unit is refused, as is every unknown name, operator or value. An ODRL
constraint that table 5.1 does not have (a purpose, a recipient) is written as `expansionItem`, with its ODRL name.
Follows: TC609-6-2025-14, tables 5.1 and 5.2, annex D; decision 0019.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.contracts import errors, terms
from xinfu.contracts.moments import Dates, compact, read_moment
from xinfu.contracts.strategy import StrategyConstraint
from xinfu.errors import InputError
from xinfu.evidence import canonical
from xinfu.odrl import REGISTRY, AtomicConstraint
from xinfu.odrl.values.quantities import read_size
from xinfu.odrl.values.sorts import read_moment as read_odrl_moment
from xinfu.odrl.values.terms import LEFT_OPERANDS, short
from xinfu.odrl.values.windows import read_window

EXPANSION: Final = "expansionItem"
_NAMES: Final[Mapping[str, str]] = {
    "dateTime": "time",
    "spatial": "region",
    "virtualLocation": "networkAddress",
    "systemDevice": "physicalAddress",
    "count": "count",
    "bytes": "dataSize",
    "rows": "dateRecord",
    "payAmount": "payAmount",
    **{
        own: own
        for own in (
            "frequency",
            "dataField",
            "valueExpression",
            "application",
            "algorithm",
            "machineLearningModels",
            "executionEnv",
            "encryptMode",
            "deliveryMethod",
        )
    },
}
"""Left operand -> constraint name, except for `timeWindow`, which depends on the operator."""
_OPERANDS: Final[Mapping[str, str]] = {name: left for left, name in _NAMES.items()}
_AT_MOST: Final = frozenset({"lt", "lteq"})
_LISTS: Final = frozenset({"isAllOf", "isAnyOf", "isNoneOf"})
_LENGTHS: Final[Mapping[str, int]] = {
    "timeWindow": 10,
    "region": 10,
    "networkAddress": 45,
    "physicalAddress": 20,
    "count": 16,
    "frequency": 16,
    "dataSize": 64,
    "dateRecord": 16,
    "valueExpression": 128,
    "application": 1024,
    "algorithm": 1024,
    "machineLearningModels": 1024,
    "payAmount": 128,
}
_WHOLE: Final = re.compile(r"[0-9]+")
_SIZE: Final = re.compile(r"([0-9]{1,63})\s*([KMGT]?)(?:i?B)?")
_PERIOD: Final = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.ASCII)
_MONEY: Final = re.compile(r"\d{1,30}(\.\d{1,10})? [A-Z]{3}", re.ASCII)
_RATE: Final = re.compile(r"([0-9]{1,16})\s*/\s*(.+)")
_UNITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("PT1M", "minute", "min", "分钟"), "PT1M"),
    **dict.fromkeys(("PT1H", "hour", "h", "小时"), "PT1H"),
    **dict.fromkeys(("P1D", "day", "d", "日", "天"), "P1D"),
}
_RANGE: Final = re.compile(r"(.+?)\s*(?:/|--)\s*(.+)")


class Expansion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An ODRL constraint without a name in table 5.1, as the value of `expansionItem`."""

    name: str
    value: str | tuple[str, ...]
    dataType: str | None = None  # noqa: N815 - a word of the wire


def write_constraint(constraint: AtomicConstraint, dates: Dates = Dates.ISO) -> StrategyConstraint | None:
    """Write a constraint in the form of the standard; None if the standard cannot express it."""
    more = (constraint.unread, constraint.status, constraint.reference)
    if constraint.operator not in terms.OPERATOR_CODES or any(each for each in more):
        return None
    written = _unit_written(constraint)
    if written is None:
        return None
    named = _named(written, dates)
    if named is not None or constraint.unit is not None:
        return named
    if constraint.left not in LEFT_OPERANDS and REGISTRY.operand(constraint.left, "") is None:
        return None
    expansion = Expansion(name=constraint.left, value=constraint.right, dataType=constraint.data_type)
    return StrategyConstraint(
        name=EXPANSION, operator=constraint.operator, value=canonical(expansion).decode()
    )


def read_constraint(constraint: StrategyConstraint) -> tuple[AtomicConstraint, ...]:
    """Read a constraint of the standard as constraints of ODRL: one, or two for a range of time.

    Raises:
        InputError: `contract.constraint`: an unknown name, operator or value; `contract.moment`.
    """
    name = terms.constraint_name(constraint.name)
    operator = terms.operator_name(constraint.operator)
    if name is None or operator is None:
        raise _unusable(constraint)
    if name == EXPANSION:
        return (_expanded(constraint, operator),)
    if name == "time" and (found := _range(constraint)) is not None:
        return found
    rate = _RATE.fullmatch(constraint.value) if name == "count" else None
    name = "frequency" if rate else name
    values = [_read_value(name, text, constraint) for text in _texts(constraint.value)]
    if not values or (len(values) > 1 and operator not in _LISTS):
        raise _unusable(constraint)
    listed = operator in _LISTS or constraint.value.startswith("[")
    unit = None
    if name == "frequency":
        units = {value.partition("/")[2] for value in values}
        if len(units) > 1:
            raise _unusable(constraint)
        unit, values = units.pop(), [value.partition("/")[0] for value in values]
    return (
        AtomicConstraint(
            left=_operand(name, operator),
            operator=operator,
            right=tuple(values) if listed else values[0],
            unit=unit,
        ),
    )


def _unit_written(constraint: AtomicConstraint) -> AtomicConstraint | None:
    """The constraint with its unit in the values, as in the standard; None if it cannot be written that way."""
    if constraint.left == "bytes":
        sizes = [read_size(f"{text} {constraint.unit or ''}".strip()) for text in constraint.values]
        if None in sizes:
            return None
        return _with_values(constraint, [str(size) for size in sizes])
    unit = constraint.unit
    if unit is None:
        return constraint
    if constraint.left == "payAmount":
        return _with_values(constraint, [f"{text} {unit}" for text in constraint.values])
    window = read_window(short(unit)) if constraint.left == "frequency" else None
    if window is None:
        return None
    return _with_values(constraint, [f"{text}/{window.value}" for text in constraint.values])


def _with_values(constraint: AtomicConstraint, values: list[str]) -> AtomicConstraint:
    right = values[0] if isinstance(constraint.right, str) else tuple(values)
    return msgspec.structs.replace(constraint, right=right, unit=None)


def _named(constraint: AtomicConstraint, dates: Dates) -> StrategyConstraint | None:
    """Write the constraint under a name of table 5.1; None if it has no such name, or a value does not fit."""
    name = _name(constraint.left, constraint.operator)
    typed = constraint.data_type is not None and constraint.left not in ("dateTime", "count")
    if name is None or typed or not constraint.values:
        return None
    if len(constraint.values) > 1 and constraint.operator not in _LISTS:
        return None
    texts = [_write_value(name, text, dates) for text in constraint.values]
    if None in texts:
        return None
    single = (
        len(texts) == 1 and texts[0] and not texts[0].startswith("[") and isinstance(constraint.right, str)
    )
    value = texts[0] if single else json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return StrategyConstraint(name=name, operator=constraint.operator, value=value or "")


def _name(left: str, operator: str) -> str | None:
    if left == "elapsedTime":
        return "timeWindow" if operator in _AT_MOST else None
    if left == "timeInterval":
        return None if operator in _AT_MOST or operator == "eq" else "timeWindow"
    if left == "timeWindow":
        return left if operator == "eq" else None
    return _NAMES.get(left)


def _operand(name: str, operator: str) -> str:
    """The left operand of a constraint name, which for `timeWindow` depends on the operator.

    An upper limit is the time since the first use, an equal window is the window of the counts in the same rule, and
    any other operator means the time between uses.
    """
    if name == "timeWindow":
        return "timeWindow" if operator == "eq" else "elapsedTime" if operator in _AT_MOST else "timeInterval"
    return _OPERANDS[name]


def _write_value(name: str, text: str, dates: Dates) -> str | None:
    """Write `text` as the value of `name`; None if it does not fit."""
    if name == "time":
        return _write_time(text, dates)
    return text if _fits(name, text) and _read(name, text) == text else None


def _write_time(text: str, dates: Dates) -> str | None:
    moment = read_odrl_moment(text)
    if moment is None:
        return None
    if dates is Dates.ISO:
        return text if _readable_moment(text) else None
    is_second = (moment.end - moment.start).total_seconds() < 1 and not moment.start.microsecond
    return compact(moment.start) if is_second and moment.start != moment.end else None


def _readable_moment(text: str) -> bool:
    try:
        read_moment(text, "time")
    except InputError:
        return False
    return True


def _read_value(name: str, text: str, constraint: StrategyConstraint) -> str:
    found = _read(name, text) if _fits(name, text) else None
    if found is None:
        raise _unusable(constraint)
    return found


def _read(name: str, text: str) -> str | None:
    """Read a value into the one form that a policy has for it; None if it is not a value of this kind."""
    match name:
        case "time":
            return read_moment(text, "time").isoformat() if text.isdecimal() else _iso(text)
        case "timeWindow":
            return text if _PERIOD.fullmatch(text) else None
        case "count" | "dateRecord":
            return text if _WHOLE.fullmatch(text) else None
        case "dataSize":
            return _size(text)
        case "frequency":
            return _rate(text)
        case "payAmount":
            return text if _MONEY.fullmatch(text) else None
        case _ if name in terms.CODED:
            return text if text in terms.CODED[name] else None
    return text or None


def _iso(text: str) -> str:
    read_moment(text, "time")
    return text


def _size(text: str) -> str | None:
    found = _SIZE.fullmatch(text.upper())
    if found is None:
        return None
    return str(int(found[1]) * 1024 ** " KMGT".index(found[2] or " ")) if found[2] else found[1]


def _rate(text: str) -> str | None:
    found = _RATE.fullmatch(text)
    unit = _UNITS.get(found[2].strip()) if found else None
    return f"{found[1]}/{unit}" if found and unit else None


def _fits(name: str, text: str) -> bool:
    return 0 < len(text) <= _LENGTHS.get(name, 4096)


def _texts(value: str) -> list[str]:
    """The values in a text: a single one, those of a JSON array, or those in brackets as in annex D."""
    if not (value.startswith("[") and value.endswith("]")):
        return [value]
    try:
        found = msgspec.json.decode(value, type=list[str])
    except (msgspec.MsgspecError, RecursionError):
        found = [part.strip() for part in re.split("[,，、]", value[1:-1])]
    return found if len(found) <= 1000 and all(found) else []


def _range(constraint: StrategyConstraint) -> tuple[AtomicConstraint, ...] | None:
    """Read a range of time as constraints for its two ends; None if the value is one moment."""
    found = _RANGE.fullmatch(constraint.value)
    if found is None:
        return None
    if terms.operator_name(constraint.operator) not in ("eq", "isPartOf"):
        raise _unusable(constraint)
    return tuple(
        AtomicConstraint(left="dateTime", operator=operator, right=_read_value("time", text, constraint))
        for operator, text in (("gteq", found[1]), ("lteq", found[2]))
    )


def _expanded(constraint: StrategyConstraint, operator: str) -> AtomicConstraint:
    try:
        said = msgspec.json.decode(constraint.value, type=Expansion)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _unusable(constraint) from error
    if said.name not in LEFT_OPERANDS and REGISTRY.operand(said.name, "") is None:
        raise _unusable(constraint)
    return AtomicConstraint(left=said.name, operator=operator, right=said.value, data_type=said.dataType)


def _unusable(constraint: StrategyConstraint) -> InputError:
    told = f"{constraint.name[:40]} {constraint.operator[:12]} {constraint.value[:80]}"
    return errors.CONTRACT_CONSTRAINT(constraint=constraint.name[:40], told=told)
