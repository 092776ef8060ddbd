"""The meters of an agreement in the store: amounts reserved before anything leaves, and amounts counted then.

Amounts are reserved by one conditional statement per meter, in the step that opens the use or before the next block
of it leaves, so that no limit is exceeded whatever happens (usage-control §6). A meter of a rule belongs to its
agreement; one of a participant counts for all its agreements on the dataset. A new window is a new counter.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.odrl import SUMS, CounterOwner, Fact, Marks, Measure, Meter, Reserve, Stretch, order_of
from xinfu.odrl.model.situation import FactKind
from xinfu.ports.clock import Clock
from xinfu.ports.records import ASSETS, AgreementRecord
from xinfu.ports.store import Counters, Step
from xinfu.services.usage.limit_refusals import limit_exhausted, too_soon

KEPT: Final = timedelta(days=31)
"""How long what was spent in a window is known; so long a clock can be set back without gaining anything."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation on one meter; `each` is the amount that a unit of the measure takes: 1, or the price of a use."""

    reservation: str
    measure: Measure
    amount: int
    each: int = 1


class Taker(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement that an amount is taken under, and the end of the reservation."""

    agreement: AgreementRecord
    expires: datetime


async def readings(
    step: Step,
    agreement: AgreementRecord,
    needs: Iterable[Fact],
    counted: frozenset[Measure],
    now: datetime,
) -> tuple[dict[str, int], dict[str, Marks]]:
    """The counts of the meters that a policy needs, and the times of first and last use, by the meters' keys.

    Args:
        counted: measures that are counted as data leaves; of others nothing is read.

    A prohibition has no meters: what it says of them stays unknown, and it holds.
    """
    counts: dict[str, int] = {}
    marks: dict[str, Marks] = {}
    meters = {fact.meter for fact in needs if fact.kind is FactKind.COUNT and fact.meter is not None}
    if any(meter.measure is Measure.ROWS for meter in meters) and not await _has_rows(step, agreement):
        counted -= {Measure.ROWS}
    for meter in meters:
        counter = counter_name(agreement, meter, now)
        if not meter.rule.startswith("permission") or meter.measure not in counted:
            continue
        if meter.measure in SUMS:
            counts[meter.key] = sum(await step.quotas.used(counter))
        else:
            marks[meter.key] = Marks(*await step.quotas.marks(counter))
    return counts, marks


async def _has_rows(step: Step, agreement: AgreementRecord) -> bool:
    asset = await step.of(ASSETS).get(agreement.dataset)
    return asset is not None and asset.source.facts.has_rows


async def set_aside(
    quotas: Counters, clock: Clock, taker: Taker, reserves: Iterable[Reserve], amounts: Mapping[Measure, int]
) -> tuple[Reservation, ...]:
    """Reserve these amounts on every meter that counts them.

    Raises:
        RefusedError: `*.exhausted`: less is left on one of them.
    """
    now, held = clock.now(), []
    for each in reserves:
        amount = amounts.get(each.meter.measure, 0)
        if each.limit is None or amount < 1:
            continue
        counter = counter_name(taker.agreement, each.meter, now)
        reservation = clock.new_id()
        if not await quotas.reserve(
            counter, amount, limit=each.limit, reservation=reservation, expires=taker.expires
        ):
            spent = sum(await quotas.used(counter))
            raise limit_exhausted(each, spent=spent, asked=amount, now=now)
        held.append(Reservation(reservation=reservation, measure=each.meter.measure, amount=amount))
        if each.meter.begins(now) is not None and sum(await quotas.used(counter)) == amount:
            await _forget_windows(quotas, taker.agreement, each.meter, now)
    return tuple(held)


async def settle(step: Step, held: Iterable[Reservation], counts: Mapping[Measure, int]) -> None:
    """Count these amounts of what was reserved, and give the rest back."""
    for each in held:
        await step.quotas.commit(each.reservation, amount=min(each.amount, counts[each.measure] * each.each))


async def _forget_windows(quotas: Counters, agreement: AgreementRecord, meter: Meter, now: datetime) -> None:
    """Remove the counters of windows that ended more than `KEPT` ago; called at the first use in a window."""
    before = counter_name(agreement, meter, now - KEPT)
    await quotas.forget(f"{before.rpartition('@')[0]}@", before)


async def record_use_on(step: Step, taker: Taker, reserves: Iterable[Reserve], now: datetime) -> None:
    """Record that a use begins, on meters that depend on the time since the first or the last use.

    Raises:
        RefusedError: `time.too-soon`: the last one was too short a time ago.
    """
    for each in reserves:
        if each.limit is None and each.price is None:
            await _mark(step, each, counter_name(taker.agreement, each.meter, now), now)


async def _mark(step: Step, reserve: Reserve, counter: str, now: datetime) -> None:
    while True:
        _, last = await step.quotas.marks(counter)
        for apart in reserve.apart:
            if last is not None and order_of(Stretch(last, now), apart) < 0:
                raise too_soon(apart, last)
        if await step.quotas.mark(counter, now, last=last):
            return


async def tightest(
    quotas: Counters, taker: Taker, reserves: Sequence[Reserve], now: datetime
) -> tuple[Reserve, int]:
    """The meter with the least left, and how much of it has been spent."""
    found = []
    for each in reserves:
        spent = sum(await quotas.used(counter_name(taker.agreement, each.meter, now)))
        found.append((each, spent))
    return min(found, key=lambda pair: (pair[0].limit or 0) - pair[1])


def counter_name(agreement: AgreementRecord, meter: Meter, at: datetime) -> str:
    """The store's name of a meter's counter under an agreement, in the window of that time."""
    if meter.selection.whose is CounterOwner.PARTICIPANT:
        common = msgspec.structs.replace(meter, rule="")
        name = f"participant:{agreement.peer}:{agreement.dataset}:{common.key}"
    else:
        name = f"{agreement.id}:{meter.key}"
    begins = meter.begins(at)
    return name if begins is None else f"{name}@{begins.isoformat()}"
