"""Short words, and how each is written as parts of a policy and found again in them.

A word expresses constraints and duties of one permission to `use`, or prohibitions. `found` gives the value that a
part may come from; writing it again shows whether it really does (`short`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from xinfu.odrl.comparison.grouping import is_selector, is_sum
from xinfu.odrl.model.meters import Measure
from xinfu.odrl.model.policy import AtomicConstraint, Constraint, Duty, Logic, LogicalConstraint, Prohibition
from xinfu.odrl.operands.party import PRESENT, claim
from xinfu.odrl.operands.trait import IN_A_VAULT
from xinfu.odrl.short.values import (
    PARTICIPANT,
    USE,
    Reader,
    at_end_or_length,
    duration_of,
    length,
    length_of,
    limits,
    moment,
    names,
    one_of,
    texts,
    truth,
)
from xinfu.odrl.values.terms import IN_FORCE, short
from xinfu.odrl.values.windows import CounterOwner, Per, Window, read_unit
from xinfu.odrl.wire.anchor import counts_from_agreement

Part = Constraint | Duty | Prohibition
_SMALL: Final = re.compile(r"[0-9]{1,15}")
ROLE: Final = "MembershipCredential.role"
"""The claim that names a member's role in the space."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A short word.

    Attributes:
        name: its key in a file and in Python.
        flag: its option on the command line.
        shape: how its value is shown there; "" for a switch, "[...]" for a value that may be left out.
        en: what it says, for `--help`; `zh` for the reference.
        read: makes its value of what is given.
        parts: the parts in ODRL that a value expresses.
        found: the value that a part of a policy may come from, None when it comes from something else.
        shown: a value as it is written in a file.
        several: whether its value is a tuple, each of whose items expresses a part of its own.
    """

    name: str
    flag: str
    shape: str
    en: str
    zh: str
    read: Reader
    parts: Callable[[Any], Iterable[Part]] = lambda _: ()
    found: Callable[[Part], Any] = lambda _: None
    shown: Callable[[Any], Any] = lambda value: value
    several: bool = False

    @property
    def is_list(self) -> bool:
        """Whether its option may be given again."""
        return self.read in (texts, names, claims) or self.several


def claims(name: str, given: object) -> dict[str, tuple[str, ...]]:
    """The claims that credentials must have, from a table of claims, or a list of `CLAIM=VALUE` and of `vc:TYPE`."""
    if isinstance(given, dict):
        listed = [(key, _told(key, value)) for key, value in given.items()]
    else:
        pairs = (text.partition("=") for text in texts(name, given))
        listed = [(key, _told(key, value) if equals else PRESENT) for key, equals, value in pairs]
    found: dict[str, tuple[str, ...]] = {}
    for key, value in listed:
        one_of(*([key] if claim(key) is not None else ["vc:TYPE", "TYPE.claim"]))(name, key)
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *texts(name, value))))
    return found


def _told(key: object, value: object) -> object:
    """The value of a claim: true, also as text, is the presence of a credential, or "true" for a claim inside one."""
    if value is True or value == "true":
        return "true" if "." in str(key) else PRESENT
    return "false" if value is False and "." in str(key) else value


def atom(left: str, operator: str, right: str | tuple[str, ...], unit: str | None = None) -> AtomicConstraint:
    return AtomicConstraint(left=left, operator=operator, right=right, unit=unit)


def either(left: str, values: tuple[str, ...]) -> Iterator[Part]:
    if values:
        one = len(values) == 1
        yield atom(left, "eq" if one else "isAnyOf", values[0] if one else values)


def values_of(left: str, part: Part) -> tuple[str, ...] | None:
    fits = isinstance(part, AtomicConstraint) and part.left == left and part.operator in ("eq", "isAnyOf")
    return part.values if fits and isinstance(part, AtomicConstraint) else None


def value_of(left: str, operator: str, part: Part) -> str | None:
    fits = isinstance(part, AtomicConstraint) and (part.left, part.operator) == (left, operator)
    return part.values[0] if fits and isinstance(part, AtomicConstraint) and len(part.values) == 1 else None


def any_of(name: str, flag: str, left: str, shape: str, en: str, zh: str, read: Reader = texts) -> Word:
    """A word for "any of these"."""
    return Word(
        name=name,
        flag=flag,
        shape=shape,
        en=en,
        zh=zh,
        read=read,
        parts=lambda values: either(left, values),
        found=lambda part: values_of(left, part),
    )


def bound(name: str, left: str, operator: str, en: str, zh: str) -> Word:
    """A word for a bound of time that is a length."""
    return Word(
        name=name,
        flag=_flag(name),
        shape="LENGTH",
        en=en,
        zh=zh,
        read=length,
        parts=lambda value: [atom(left, operator, duration_of(value) or value)],
        found=lambda part: None if (value := value_of(left, operator, part)) is None else length_of(value),
    )


def moment_bound(name: str, operator: str, en: str, zh: str) -> Word:
    """A word for a first or last moment; a moment that counts from the agreement is written as `inForceDate`."""

    def parts(value: str) -> Iterator[Part]:
        counted = counts_from_agreement(value)
        yield atom(IN_FORCE if counted else "dateTime", operator, value)

    def found(part: Part) -> str | None:
        value = value_of(IN_FORCE, operator, part)
        counted = value is not None and counts_from_agreement(value)
        return value if counted else value_of("dateTime", operator, part)

    return Word(
        name=name, flag=_flag(name), shape="TIME", en=en, zh=zh, read=moment, parts=parts, found=found
    )


def limit(name: str, measure: Measure, shape: str, en: str, zh: str) -> Word:
    """A word for a limit on what is counted, over which time and for which party."""
    return Word(
        name=name,
        flag=_flag(name),
        shape=shape,
        en=en,
        zh=zh,
        read=limits(measure),
        parts=lambda values: [_limited(measure, each) for each in values],
        found=lambda part: _limit_of(measure, part),
        shown=_shown_limits,
        several=True,
    )


def _limited(measure: Measure, value: str) -> Constraint:
    amount, *selection = value.split("/")
    number, _, unit = amount.partition(" ")
    if measure is Measure.METERED:
        number = duration_of(amount) or amount
    counted = atom(measure.value, "lteq", number, unit or None)
    return _selected(counted, selection) if selection else counted


def _selected(counted: AtomicConstraint, selection: Sequence[str]) -> Constraint:
    """The conjunction of a counted constraint and its selectors."""
    chosen = (
        atom("unitOfCount", "eq", each)
        if each in (PARTICIPANT, USE)
        else atom("timeWindow", "eq", Window[each.upper()].value)
        for each in selection
    )
    return LogicalConstraint(op=Logic.AND, parts=(counted, *chosen))


def _limit_of(measure: Measure, part: Part) -> tuple[str, ...] | None:
    parts = part.parts if isinstance(part, LogicalConstraint) and part.op is Logic.AND else (part,)
    units = [each for each in parts if isinstance(each, AtomicConstraint) and is_selector(each)]
    counted = [each for each in parts if each not in units]
    amount = value_of(measure.value, "lteq", counted[0]) if len(counted) == 1 else None
    if amount is None or not isinstance(counted[0], AtomicConstraint):
        return None
    unit = counted[0].unit
    said = [read_unit(short(each.values[0])) for each in units]
    if unit is not None and measure is Measure.BYTES:
        amount = f"{amount} {unit}"
    elif unit is not None:
        said.append(read_unit(short(unit)))
    windows = [each.name.lower() for each in said if isinstance(each, Window)]
    whose = [PARTICIPANT for each in said if each is CounterOwner.PARTICIPANT]
    amount = length_of(amount) if measure is Measure.METERED else amount
    return ("/".join((amount, *windows, *whose)),)


def gather_limits(constraints: Sequence[Constraint]) -> tuple[Constraint, ...]:
    """The constraints with the window that all limits share as one of them, as contracts of TC609 express it."""
    limits = [each for each in constraints if isinstance(each, LogicalConstraint) and each.op is Logic.AND]
    chosen = {each.parts[1:] for each in limits}
    if len(chosen) != 1 or any(map(is_sum, constraints)) or not all(is_sum(each.parts[0]) for each in limits):
        return tuple(constraints)
    [selectors] = chosen
    if [value_of("timeWindow", "eq", each) is not None for each in selectors] != [True]:
        return tuple(constraints)
    return (*(each.parts[0] if each in limits else each for each in constraints), *selectors)


def _shown_limits(values: Sequence[str]) -> object:
    """The limits as in a file: a single one without a list, and a bare number as a number of TOML."""
    listed = [int(each) if _SMALL.fullmatch(each) else each for each in values]
    return listed[0] if len(listed) == 1 else listed


def duty(name: str, action: str, bare: str, en: str, zh: str) -> Word:
    """A word for a duty that follows a use, with how long there is for it; `bare` names no length."""

    def parts(value: bool | str) -> Iterator[Part]:
        if value is not False:
            by = () if value is True else (atom("elapsedTime", "lteq", duration_of(str(value)) or ""),)
            yield Duty(action=action, constraints=by)

    def found(part: Part) -> bool | str | None:
        if not isinstance(part, Duty) or part.action != action or len(part.constraints) > 1:
            return None
        if not part.constraints:
            return True
        value = value_of("elapsedTime", "lteq", part.constraints[0])
        return None if value is None else length_of(value)

    return Word(
        name=name,
        flag=_flag(name),
        shape="LENGTH|end" if bare == "end" else "[LENGTH]",
        en=en,
        zh=zh,
        read=at_end_or_length(bare),
        parts=parts,
        found=found,
        shown=lambda value: bare if value is True and bare == "end" else value,
    )


def promise(name: str, action: str, en: str, zh: str) -> Word:
    """A word for a duty that comes before the first use."""
    return Word(
        name=name,
        flag=_flag(name),
        shape="",
        en=en,
        zh=zh,
        read=truth,
        parts=lambda value: [Duty(action=action)] if value else [],
        found=lambda part: True if part == Duty(action=action) else None,
    )


def mask(name: str, flag: str, action: str, en: str, zh: str) -> Word:
    """A word for columns that are masked before they leave."""

    def found(part: Part) -> tuple[str, ...] | None:
        fits = isinstance(part, Duty) and part.action == action and len(part.refinements) == 1
        return values_of("dataField", part.refinements[0]) if fits and isinstance(part, Duty) else None

    return Word(
        name=name,
        flag=flag,
        shape="COLUMN",
        en=en,
        zh=zh,
        read=names,
        parts=lambda values: [Duty(action=action, refinements=(columns(values),))] if values else [],
        found=found,
    )


def coarser(values: tuple[str, ...]) -> Iterator[Part]:
    for each in values:
        column, _, size = each.rpartition("=")
        step = atom("resolution", "gteq", duration_of(size) or size)
        yield Duty(action="transform", refinements=(columns((column,)), step))


def coarser_of(part: Part) -> tuple[str, ...] | None:
    if not isinstance(part, Duty) or part.action != "transform" or len(part.refinements) != 2:
        return None
    names, size = (
        values_of("dataField", part.refinements[0]),
        value_of("resolution", "gteq", part.refinements[1]),
    )
    return None if names is None or len(names) != 1 or size is None else (f"{names[0]}={length_of(size)}",)


def columns(values: tuple[str, ...]) -> AtomicConstraint:
    return atom("dataField", "isAnyOf", values)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def membership(value: bool | str) -> Iterator[Part]:
    if value is not False:
        yield atom("membership", "eq", PRESENT if value is True else str(value))


def member_of(part: Part) -> bool | str | None:
    value = value_of("membership", "eq", part)
    return True if value == PRESENT else value


def claim_parts(values: dict[str, tuple[str, ...]]) -> Iterator[Part]:
    for name, wanted in values.items():
        yield from either(name, wanted)


def claim_of(part: Part) -> dict[str, tuple[str, ...]] | None:
    is_claim = isinstance(part, AtomicConstraint) and part.left != ROLE and claim(part.left) is not None
    values = values_of(part.left, part) if is_claim and isinstance(part, AtomicConstraint) else None
    return None if values is None or not isinstance(part, AtomicConstraint) else {part.left: values}


def within(values: tuple[str, ...]) -> Iterator[Part]:
    regions = tuple(atom("spatial", "isPartOf", region) for region in values)
    yield from (LogicalConstraint(op=Logic.OR, parts=regions),) if len(regions) > 1 else regions


def regions_of(part: Part) -> tuple[str, ...] | None:
    parts = part.parts if isinstance(part, LogicalConstraint) and part.op is Logic.OR else (part,)
    found = [value_of("spatial", "isPartOf", each) for each in parts]
    return None if None in found else tuple(each for each in found if each is not None)


def filter_of(part: Part) -> tuple[str, ...] | None:
    value = value_of("valueExpression", "eq", part)
    return None if value is None else (value,)


def vault_of(part: Part) -> bool | None:
    return True if value_of("executionEnv", "eq", part) == IN_A_VAULT else None


def payment(values: Sequence[str]) -> Iterator[Part]:
    """The parts for amounts to pay: a constraint if a window or a use is named, otherwise a duty to compensate."""
    for value in values:
        amount, *selection = value.split("/")
        number, _, currency = amount.partition(" ")
        if selection:
            yield _selected(atom("payAmount", "gteq", number, currency), selection)
        else:
            yield Duty(action="compensate", constraints=(atom("payAmount", "eq", number, currency),))


def payment_of(part: Part) -> tuple[str, ...] | None:
    """The amounts that a part may come from."""
    if isinstance(part, Duty):
        is_payment = part.action == "compensate" and len(part.constraints) == 1
        return _amount("eq", part.constraints[0], []) if is_payment else None
    parts = part.parts if isinstance(part, LogicalConstraint) and part.op is Logic.AND else ()
    units = [each for each in parts if isinstance(each, AtomicConstraint) and is_selector(each)]
    rest = [each for each in parts if each not in units]
    return _amount("gteq", rest[0], units) if len(rest) == 1 and units else None


def _amount(operator: str, part: Constraint, units: Sequence[AtomicConstraint]) -> tuple[str, ...] | None:
    amount = value_of("payAmount", operator, part)
    if amount is None or not isinstance(part, AtomicConstraint):
        return None
    return ("/".join((f"{amount} {part.unit or ''}".strip(), *_selection(units))),)


def _selection(units: Sequence[AtomicConstraint]) -> list[str]:
    """The selectors as words: windows first, then `participant` or `use`."""
    said = [read_unit(short(each.values[0])) for each in units]
    windows = [each.name.lower() for each in said if isinstance(each, Window)]
    return [
        *windows,
        *(str(each.value) for each in said if each is CounterOwner.PARTICIPANT or each is Per.USE),
    ]


def barred_values(part: Part) -> tuple[str, ...] | None:
    return (part.action,) if isinstance(part, Prohibition) else None
