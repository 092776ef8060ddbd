"""Arguments of a run: checked against the ranges that were approved. Another argument than approved is another programme."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from xinfu.compute import errors
from xinfu.compute.programme import Argument
from xinfu.compute.ranges import NumberRange, Value, ValueRange, describe_range, holds, is_usable, is_within
from xinfu.evidence.canonical import Json, parse

_SHOWN = 80


def read_arguments(text: str) -> dict[str, Json]:
    """Read the arguments of a run from a JSON object.

    Raises:
        InputError: `programme.arguments-unreadable`: not an object, or a name stands in it twice; `evidence.not-json`.
    """
    found = parse(text)
    if not isinstance(found, dict):
        raise errors.PROGRAMME_ARGUMENTS_UNREADABLE()
    return found


def check_arguments(accepted: Sequence[Argument], given: Mapping[str, object]) -> dict[str, Value]:
    """Check the arguments of a run; return all of them, with defaults for those that were not given.

    Raises:
        RefusedError: `programme.argument-unknown`, `programme.argument-missing`, `programme.argument-outside`.
    """
    names = {each.name for each in accepted}
    for name in given:
        if name not in names:
            raise errors.PROGRAMME_ARGUMENT_UNKNOWN(name=name[:_SHOWN])
    return {each.name: _checked(each, given) for each in accepted}


def _checked(argument: Argument, given: Mapping[str, object]) -> Value:
    value = given.get(argument.name, argument.default)
    if value is None:
        raise errors.PROGRAMME_ARGUMENT_MISSING(name=argument.name)
    if not isinstance(value, bool | int | float | str) or not holds(argument.accepts, value):
        raise errors.PROGRAMME_ARGUMENT_OUTSIDE(
            name=argument.name,
            en=describe_range(argument.accepts, "en"),
            zh=describe_range(argument.accepts, "zh"),
        )
    is_whole = isinstance(argument.accepts, NumberRange) and argument.accepts.whole
    return int(value) if is_whole else value


def narrow_arguments(
    declared: Sequence[Argument], narrower: Mapping[str, ValueRange]
) -> tuple[Argument, ...]:
    """The declared arguments with the ranges of some replaced by narrower ones; a default outside of them is dropped.

    Raises:
        InputError: `programme.argument-undeclared`, `programme.range-wider`.
    """
    names = {each.name for each in declared}
    for name in narrower:
        if name not in names:
            raise errors.PROGRAMME_ARGUMENT_UNDECLARED(name=name[:_SHOWN])
    return tuple(_narrowed(each, narrower[each.name]) if each.name in narrower else each for each in declared)


def _narrowed(argument: Argument, range_: ValueRange) -> Argument:
    if not is_usable(range_) or not is_within(range_, argument.accepts):
        raise errors.PROGRAMME_RANGE_WIDER(
            name=argument.name,
            en=describe_range(argument.accepts, "en"),
            zh=describe_range(argument.accepts, "zh"),
        )
    keeps = argument.default is not None and holds(range_, argument.default)
    return replace(argument, accepts=range_, default=argument.default if keeps else None)
