"""Witnesses: situations that show something about policies, made from a box and confirmed by the evaluator.

A situation that the evaluator does not confirm shows nothing, and is never returned.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from xinfu.odrl.cells.axes import Axis, lowest
from xinfu.odrl.cells.boxes import Box
from xinfu.odrl.cells.nesting import lies_in
from xinfu.odrl.cells.space import ACTION, ACTIONS, Space
from xinfu.odrl.engine.compile import Program
from xinfu.odrl.engine.evaluate import Decision, evaluate
from xinfu.odrl.model.meters import SUMS, Meter
from xinfu.odrl.model.policy import PolicyKind
from xinfu.odrl.model.situation import Fact, FactKind, Marks, Situation
from xinfu.odrl.operands.party import MEMBER_OF, MEMBERSHIP_TYPE, PRESENT
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.operators import FactValue
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.regions import Region

TARGET: Final = "urn:dataset"
ASSIGNEE: Final = "did:web:other"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The dataset, the party and the moment of a witness where the policies speak of any."""


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A situation, and the evaluator's decision on it under each policy.

    Attributes:
        decisions: one for each policy, in their order.
        counted: what each meter of the policies has counted before, once for all rules that count alike.
        asked: the facts that the policies ask for, by the name of the left operand.
        duty: the duty that is owed under the second policy and not under the first, if the witness shows one.
    """

    situation: Situation
    decisions: tuple[Decision, ...]
    counted: tuple[tuple[Meter, int], ...] = ()
    duty: str = ""


def situation(space: Space, box: Box, programs: Sequence[Program], *, sparing: bool = False) -> Situation:
    """A situation in `box` in which every duty is done.

    Args:
        sparing: leave out every fact that may be missing; otherwise all are present.
    """
    found: dict[str, Any] = {
        "action": ACTIONS[lowest(box.get(ACTION, space.full[ACTION]))],
        "target": TARGET,
        "assignee": ASSIGNEE,
    }
    if any(fact.kind is FactKind.NOW for each in programs for fact in each.needs):
        found["now"] = NOW
    found |= {
        "claims": {},
        "traits": {},
        "counts": {},
        "marks": {},
        "settled": {},
        "part_of": {},
        "later": [],
    }
    found["fulfilled"] = frozenset(_duties(programs))
    for place, axis in enumerate(space.axes, start=1):
        cells = box.get(place, axis.full)
        may_be_missing = cells > axis.known
        cells &= axis.known
        if not cells or (sparing and may_be_missing):
            found.pop(axis.topic.kind.value, None)
        else:
            _put(found, axis, axis.samples[lowest(cells)])
    _measured(found, programs)
    found["part_of"] = {found.get(role): frozenset(known) for role, known in found["part_of"].items()}
    return Situation(**found)


def replay(programs: Sequence[Program], facts: Situation) -> Witness:
    """Evaluate `facts` under each of `programs`, taken as agreements."""
    agreed = (msgspec.structs.replace(each, kind=PolicyKind.AGREEMENT) for each in programs)
    decisions = tuple(evaluate(each, facts) for each in agreed)
    return Witness(situation=facts, decisions=decisions, counted=tuple(_counted(programs, facts)))


def _counted(programs: Sequence[Program], facts: Situation) -> Iterator[tuple[Meter, int]]:
    """The meters in the order of their names; rules that share a count are listed once."""
    meters = {fact.meter for each in programs for fact in each.needs if fact.meter is not None}
    found: dict[Meter, int] = {}
    for meter in sorted(meters, key=lambda each: each.key):
        if meter.measure in SUMS and meter.key in facts.counts:
            found[msgspec.structs.replace(meter, rule="")] = facts.counts[meter.key]
    yield from found.items()


def _duties(programs: Iterable[Program]) -> Iterable[str]:
    return (duty.key for each in programs for rule in each.permissions for duty in rule.duties)


def _put(found: dict[str, Any], axis: Axis, value: FactValue) -> None:
    topic = axis.topic
    match topic.kind:
        case FactKind.CLAIM if isinstance(value, tuple):
            found["claims"] |= _claims(topic.name, value)
        case FactKind.PART_OF if isinstance(value, tuple):
            found["part_of"].setdefault(topic.name, set()).update(value)
        case FactKind.SPATIAL if isinstance(value, Region):
            found["spatial"] = code_of(value)
        case FactKind.TRAIT:
            found["traits"][topic.name] = value if isinstance(value, tuple) else (_said(value),)
        case FactKind.EVENT:
            found["events"] = value
        case FactKind.COUNT | FactKind.AGREED | FactKind.PAID:
            found["later"].append((topic, value))
        case kind if kind.value in Situation.__struct_fields__:
            found[kind.value] = value


def _said(value: FactValue) -> str:
    return f"{value.number:f} {value.unit}".strip() if isinstance(value, Quantity) else str(value)


def _measured(found: dict[str, Any], programs: Sequence[Program]) -> None:
    """Set what meters and payments show and when the agreement was made, reckoned back from the moment of the use."""
    needs = {fact for each in programs for fact in each.needs if fact.meter is not None}
    for topic, value in found.pop("later"):
        if topic.kind is FactKind.AGREED:
            found["agreed"] = _ago(found, value)
            continue
        for fact in needs:
            if fact.meter is None or fact.name.rpartition("]")[2] != topic.name:
                continue
            if isinstance(value, Quantity):
                found["settled"][fact.name] = {value.unit: value.number} if value.unit else {}
            elif fact.meter.measure in SUMS:
                spent = value.microseconds if isinstance(value, Duration) else value
                found["counts"][fact.name] = spent - 1
            else:
                at = _ago(found, value)
                found["marks"][fact.name] = Marks(first=at, last=at)
    _add_up(found, needs)


def _add_up(found: dict[str, Any], needs: Iterable[Fact]) -> None:
    """Raise each count to the counts that it includes: a day's uses also count in its month and in the total."""
    meters = {
        fact.name: fact.meter for fact in needs if fact.name in found["counts"] and fact.meter is not None
    }
    for _ in meters:
        for (name, inner), (wide, outer) in itertools.permutations(meters.items(), 2):
            if lies_in(inner, outer):
                found["counts"][wide] = max(found["counts"][wide], found["counts"][name])


def _ago(found: dict[str, Any], length: FactValue) -> datetime | None:
    """The moment that lies `length` before the use; None if `length` is not a duration or reaches too far back."""
    now: datetime = found.setdefault("now", NOW)
    if not isinstance(length, Duration):
        return None
    year, month = divmod(now.year * 12 + now.month - 1 - length.months, 12)
    with suppress(ValueError, OverflowError):
        return now.replace(year=year, month=month + 1) - timedelta(microseconds=length.microseconds)
    return None


def _claims(name: str, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """A claim with its values; for a membership, the credential and the spaces that it names."""
    spaces = tuple(value for value in values if value != PRESENT)
    if name == MEMBERSHIP_TYPE:
        return {name: ()} | ({MEMBER_OF: spaces} if spaces else {})
    return {name: values if "." in name else ()}


def code_of(region: Region) -> str:
    """The code of `region`, as it is written in a policy."""
    country, *inner = region.path
    if country == "CN" and len(inner) > 1:
        return "".join(inner)
    return "-".join(region.path)
