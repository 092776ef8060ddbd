"""Parameters: what a consumer may say about a query, read by the declared type; anything else is refused.

A value is read into its type here and bound by the engine, so what tries to break out is a value like any other.
Instants are held in UTC; one that names no zone is taken as UTC.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, NoReturn

import msgspec

from xinfu.dataplanes.tables import errors
from xinfu.dataplanes.tables.columns import Value
from xinfu.dataplanes.tables.queries import parameter_names
from xinfu.errors import InputError
from xinfu.ports.dataplane import COLUMNS
from xinfu.ports.sources import Parameter, TableSource

FORMAT: Final = "format"
RESERVED: Final = (FORMAT, COLUMNS)
LONGEST_TEXT: Final = 1024
"""Characters of a text; longer values are refused."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,38}(\.\d{1,38})?([eE][+-]?\d{1,3})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


def check(source: TableSource) -> None:
    """Check that the parameters are declared in a way that the query can use.

    Raises:
        InputError: `parameter.declared`.
    """
    names = [each.name for each in source.parameters]
    for each in source.parameters:
        if _NAME.fullmatch(each.name) is None or each.name in RESERVED:
            _misdeclared(
                each.name,
                "a name is 1 to 63 letters, digits and _, and neither 'format' nor 'columns'",
                "名称不合规",
            )
        if (each.type == "enum") != bool(each.values):
            _misdeclared(each.name, "an enum lists its values, other types do not", "枚举须列出取值")
        default_of(each)
    if len(set(names)) != len(names):
        _misdeclared(names[0], "a name is declared twice", "名称重复声明")
    unused = sorted(set(names) - set(parameter_names(source.query or "")))
    if unused:
        _misdeclared(unused[0], "it stands nowhere in the query", "查询中未使用")


def read(parameters: Iterable[Parameter], said: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """Read the value of every declared parameter.

    Raises:
        InputError: `parameter.unknown`, `parameter.repeated`, `parameter.missing`, `parameter.invalid`.
    """
    declared = {each.name: each for each in parameters}
    given: dict[str, Value] = {}
    for name, text in said:
        if name not in declared:
            raise _unknown(name, declared)
        if name in given:
            raise errors.PARAMETER_REPEATED(parameter=name)
        given[name] = _value(declared[name], text)
    for name, each in declared.items():
        if name not in given:
            if each.default is msgspec.UNSET:
                raise errors.PARAMETER_MISSING(parameter=name, wanted_en=describe_values(each))
            given[name] = default_of(each)
    return {name: given[name] for name in declared}


def default_of(parameter: Parameter) -> Value:
    """The declared default; None where there is none, or where it is null.

    Raises:
        InputError: `parameter.declared`: it is not of the declared type.
    """
    default = parameter.default
    if default is None or default is msgspec.UNSET:
        return None
    text = default if isinstance(default, str) else str(default).lower()
    try:
        return _value(parameter, text)
    except InputError as error:
        return _misdeclared(
            parameter.name, f"its default is not {describe_values(parameter)}", "默认值类型不符", error
        )


def describe_values(parameter: Parameter) -> str:
    """Describe the values that a parameter takes, in words."""
    return {
        "text": f"a text of at most {LONGEST_TEXT} characters",
        "integer": "a whole number of at most 64 bits",
        "number": "a number such as 12.5",
        "boolean": "true or false",
        "date": "a date such as 2024-01-31",
        "timestamp": "an instant such as 2024-01-31T08:00:00Z",
        "enum": "one of " + ", ".join(parameter.values),
    }[parameter.type]


def _value(parameter: Parameter, text: str) -> Value:
    try:
        return parameter_value(parameter, text)
    except ValueError as error:
        raise errors.PARAMETER_INVALID(
            parameter=parameter.name, wanted_en=describe_values(parameter)
        ) from error


def parameter_value(parameter: Parameter, text: str) -> Value:
    """Read a value by its parameter's type. Raises ValueError."""
    if parameter.type == "enum":
        if text not in parameter.values:
            raise ValueError
        return text
    return _READERS[parameter.type](text)


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT or "\0" in text:
        raise ValueError
    text.encode()  # half a surrogate pair is no text; UnicodeEncodeError is a ValueError
    return text


def _integer(text: str) -> int:
    value = int(_matching(_INTEGER, text))
    if not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _number(text: str) -> Decimal:
    value = Decimal(_matching(_NUMBER, text))
    if value and abs(value.adjusted()) > 300:
        raise ValueError
    return value


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in {"true", "false"} else _wrong()


def _date(text: str) -> date:
    return date.fromisoformat(_matching(_DATE, text))


def _timestamp(text: str) -> datetime:
    said = datetime.fromisoformat(_matching(_TIMESTAMP, text).upper().replace(" ", "T"))
    try:
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except OverflowError as error:
        raise ValueError from error


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else _wrong()


def _wrong() -> NoReturn:
    raise ValueError


_READERS: Final[dict[str, Callable[[str], Value]]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}


def _unknown(name: str, declared: dict[str, Parameter]) -> InputError:
    shown = name[:64] if name.isprintable() else "?"
    known = ", ".join(declared) or "-"
    return errors.PARAMETER_UNKNOWN(shown=shown, known=known)


def _misdeclared(name: str, en: str, zh: str, cause: Exception | None = None) -> NoReturn:
    raise errors.PARAMETER_DECLARED(name=name[:64], en=en, zh=zh) from cause
