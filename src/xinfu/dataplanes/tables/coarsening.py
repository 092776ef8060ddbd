"""A coarser resolution: numbers go to the nearest multiple of a step, moments to the beginning of their stretch of time.

It is done to the rows that a source gives, before they are written, so it is the same whatever gives them. Arithmetic is decimal and
exact: of two multiples as near, the even one; a binary fraction is read as its shortest decimal. Stretches of time are
counted from 1970-01-01T00:00 by the clock in which a moment is written. A text, and a value of JSON, is what it reads as. What is
neither number nor moment, or no moment where the step is one in time, leaves as absent.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from xinfu.dataplanes.tables import errors
from xinfu.dataplanes.tables.columns import Batch, inexact
from xinfu.odrl import Mask, Resolution
from xinfu.odrl.model.transforms import SECONDS
from xinfu.odrl.values.quantities import Quantity
from xinfu.ports.dataplane import Form
from xinfu.ports.sources import Column

Steps = Mapping[str, tuple[Quantity, ...]]
"""By column, the steps to which it goes, one after the other."""

_EXACT: Final = Context(prec=2500)
"""So many digits no number has that is read here, and no quotient of two."""
_WHOLE: Final = 2**63
_DAY_S: Final = 86_400
_START: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - by whatever clock a moment is written in
_NUMBER: Final = re.compile(r"[+-]?\d{1,64}(\.\d{1,64})?([eE][+-]?\d{1,3})?", re.ASCII)
_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:(?P<sign>[Tt ])(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?P<zone>[Zz]|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_NEVER: Final = frozenset({"boolean", "bytes", "time"})
"""Types that hold neither numbers nor moments."""
_MOMENTS: Final = frozenset({"date", "timestamp", "instant"})


def steps_of(form: Form) -> Steps:
    """The steps by column. A masked column has none, because nothing is left in it to coarsen."""
    masked = {name for each in form if isinstance(each, Mask) for name in each.columns}
    steps: dict[str, tuple[Quantity, ...]] = {}
    for each in form:
        if isinstance(each, Resolution):
            steps |= {name: (*steps.get(name, ()), each.least) for name in each.columns if name not in masked}
    return steps


def coarsen_by(columns: tuple[Column, ...], steps: Steps) -> Callable[[Batch], Batch]:
    """The function that coarsens each batch of these columns.

    Raises:
        RefusedError: `transform.resolution`: a step does not fit the type of its column.
    """
    found = [(at, column, steps[column.name]) for at, column in enumerate(columns) if column.name in steps]
    for _, column, each in found:
        for step in each:
            _check(column, step)
    if not found:
        return lambda batch: batch
    makers = {at: _maker(column, each) for at, column, each in found}
    return lambda batch: _rows(batch, makers) if isinstance(batch, list) else _record_batch(batch, makers)


def _check(column: Column, step: Quantity) -> None:
    is_time = step.unit == SECONDS
    micros = step.number.scaleb(6)
    fits = column.type not in _NEVER
    if column.type in _MOMENTS:
        days = column.type != "date" or step.number % _DAY_S == 0
        fits = is_time and micros == micros.to_integral_value() and days
    elif column.type == "integer":
        fits = step.number == step.number.to_integral_value()
    elif (match := re.fullmatch(r"decimal\(\d+,(\d+)\)", column.type)) is not None:
        fits = _scale(step.number) <= int(match[1])
    if not fits:
        raise errors.TRANSFORM_RESOLUTION(step=step, name=column.name, type=column.type)


def _maker(column: Column, steps: tuple[Quantity, ...]) -> Callable[[Any], Any]:
    of = _of_json if column.type == "json" else _of_value

    def make(value: Any) -> Any:
        try:
            for step in steps:
                value = None if value is None else of(value, step)
        except OverflowError as error:
            raise _beyond(column) from error
        if type(value) is int and not -_WHOLE <= value < _WHOLE:
            raise _beyond(column)
        return value

    return make


def _beyond(column: Column) -> Exception:
    return inexact(
        column.name, "at this resolution it lies beyond what the column holds", "按此分辨率超出该列的取值范围"
    )


def _rows(batch: list[Any], makers: Mapping[int, Callable[[Any], Any]]) -> list[Any]:
    made = []
    for row in batch:
        values = list(row)
        for at, make in makers.items():
            values[at] = make(values[at])
        made.append(tuple(values))
    return made


def _record_batch(batch: Any, makers: Mapping[int, Callable[[Any], Any]]) -> Any:
    import pyarrow as pa

    for at, make in makers.items():
        field = batch.schema.field(at)
        column = batch.column(at)
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            column = column.cast(pa.timestamp("us", field.type.tz), safe=False)
        made = pa.array([make(value) for value in column.to_pylist()], column.type).cast(field.type)
        batch = batch.set_column(at, field, made)
    return batch


def _of_value(value: Any, step: Quantity) -> Any:
    match value:
        case bool():
            return None
        case int():
            near = nearest(Decimal(value), step.number)
            return int(near) if near == near.to_integral_value() else float(near)
        case float():
            return float(nearest(Decimal(repr(value)), step.number)) if math.isfinite(value) else None
        case Decimal():
            return nearest(value, step.number) if value.is_finite() else None
        case datetime():
            return _floor(value.replace(tzinfo=None), step).replace(tzinfo=value.tzinfo)
        case date():
            return _floor(datetime.combine(value, datetime.min.time()), step).date()
        case str():
            return _of_text(value, step)
    return None


def nearest(value: Decimal, step: Decimal) -> Decimal:
    """The nearest multiple of `step`, with as many decimals as `step`."""
    whole, rest = _EXACT.divmod(value, step)
    twice = _EXACT.multiply(_EXACT.abs(rest), 2)
    if twice > step or (twice == step and _EXACT.remainder(whole, 2)):
        whole = _EXACT.add(whole, 1 if value >= 0 else -1)
    return _EXACT.add(_EXACT.multiply(whole, step), 0)  # never a negative zero


def _scale(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _floor(moment: datetime, step: Quantity) -> datetime:
    size = timedelta(microseconds=int(step.number.scaleb(6)))
    return _START + (moment - _START) // size * size


def _of_text(text: str, step: Quantity) -> str | None:
    if _NUMBER.fullmatch(text):
        return format(nearest(Decimal(text), step.number), "f")
    found = _MOMENT.fullmatch(text)
    if found is None or step.unit != SECONDS or step.number.scaleb(6) % 1:
        return None
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time'] or '00:00'}")
    except ValueError:
        return None
    floor = _floor(moment, step)
    day = floor.date().isoformat()
    return f"{day}{found['sign']}{floor.time().isoformat()}{found['zone'] or ''}" if found["time"] else day


def _of_json(value: Any, step: Quantity) -> str | None:
    """Coarsen a value that is written as JSON."""
    if not isinstance(value, str):
        return None
    if not value.startswith('"'):
        return _of_text(value, step) if _NUMBER.fullmatch(value) else None
    try:
        made = _of_text(msgspec.json.decode(value, type=str), step)
    except msgspec.MsgspecError:
        return None
    return None if made is None else msgspec.json.encode(made).decode()
