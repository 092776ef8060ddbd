"""The purse of an agreement: payments made under it, less the prices of uses, exact to the millionth.

The price of a use is reserved before anything leaves, by the same conditional statement as any meter, so that uses
at the same moment never take more than was paid. All rules with a price share one purse, if they count it alike.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final

import msgspec

from xinfu import odrl
from xinfu.errors import RefusedError
from xinfu.odrl import CounterOwner, Measure, Meter, Program, Reserve
from xinfu.odrl.model.situation import FactKind
from xinfu.odrl.values.quantities import Quantity
from xinfu.ports.clock import Clock
from xinfu.ports.column import Match
from xinfu.ports.records import PAYMENTS, AgreementRecord, PaymentRecord
from xinfu.ports.store import Step
from xinfu.services.usage import errors
from xinfu.services.usage.meters import Reservation, Taker, counter_name

MILLIONTHS: Final = 1_000_000
LARGEST: Final = 10**12
"""Units of a currency, of one payment."""
IN_ALL: Final = Meter(rule="", measure=Measure.PAID)
_END: Final = 2**62


def fits(amount: Quantity) -> bool:
    """Whether an amount can be counted to the millionth."""
    return amount.number <= LARGEST and amount.number * MILLIONTHS % 1 == 0


async def payment_facts(
    step: Step, agreement: AgreementRecord, program: Program, now: datetime, paid: int
) -> Mapping[str, Mapping[str, Decimal]]:
    """The payment facts that the policy asks for, by key: the sum paid or, for a price, the sum left to be spent.

    Args:
        paid: uses in progress that have taken their price already.
    """
    found: dict[str, Mapping[str, Decimal]] = {}
    for fact in program.needs:
        if fact.kind is not FactKind.PAID or fact.meter is None:
            continue
        sums = await paid_in_window(step, agreement, fact.meter, now)
        if fact.meter.selection.per_use:
            spent = await _spent(step, agreement, fact.meter, now)
            spent -= paid * max(_prices(program, fact.meter), default=Decimal(0))
            sums = {currency: amount - max(spent, Decimal(0)) for currency, amount in sums.items()}
        found[fact.name] = sums
    return found


async def paid_in_window(
    step: Step, agreement: AgreementRecord, meter: Meter, now: datetime
) -> dict[str, Decimal]:
    """The sums paid by currency, within the meter's window and for the meter's owner."""
    begins = meter.begins(now)
    sums: dict[str, Decimal] = {}
    async for each in _payments(step, agreement, meter):
        if begins is None or each.settled >= begins:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + Decimal(each.amount)
    return sums


async def paid_in_all(step: Step, agreement: AgreementRecord) -> Decimal:
    """The total paid under the agreement, in its one currency."""
    return sum([Decimal(each.amount) async for each in _payments(step, agreement, IN_ALL)], Decimal(0))


async def spend(
    step: Step, clock: Clock, taker: Taker, reserve: Reserve, *, uses: int, spare: int
) -> tuple[Reservation, ...]:
    """Reserve the price of these uses.

    Args:
        spare: uses whose price has to be left over.

    Raises:
        RefusedError: `payment.exhausted`: less is left. Nothing was set aside.
    """
    price, agreement, now = reserve.price, taker.agreement, clock.now()
    if price is None or not price.number or not uses:
        return ()
    sums = await paid_in_window(step, agreement, reserve.meter, now)
    one = _millionths(price.number)
    amount, limit = one * uses, min(_millionths(sums.get(price.unit, Decimal(0))), _END) - one * spare
    reservation = clock.new_id()
    if (
        sums.keys() - {price.unit}
        or amount > limit
        or not await step.quotas.reserve(
            _counter(agreement, reserve.meter, now),
            amount,
            limit=limit,
            reservation=reservation,
            expires=taker.expires,
        )
    ):
        spent = await _spent(step, agreement, reserve.meter, now)
        raise _exhausted(price, paid=sums.get(price.unit, Decimal(0)), spent=spent)
    return (Reservation(reservation=reservation, measure=Measure.COUNT, amount=amount, each=one),)


async def take_cost(step: Step, clock: Clock, agreement: AgreementRecord, amount: Decimal) -> None:
    """Take the cost of a duty out of the purse, so that it is not available for uses."""
    program = odrl.compile(odrl.anchor(agreement.policy, agreement.concluded))
    now, cost = clock.now(), _millionths(amount)
    for meter in {each.meter for rule in program.permissions for each in rule.meters if each.price}:
        reservation, counter = clock.new_id(), _counter(agreement, meter, now)
        await step.quotas.reserve(counter, cost, limit=_END, reservation=reservation, expires=now)
        await step.quotas.commit(reservation, amount=cost)


async def _payments(step: Step, agreement: AgreementRecord, meter: Meter) -> AsyncIterator[PaymentRecord]:
    where: tuple[Match[PaymentRecord], ...] = (PAYMENTS.agreement.equals(agreement.id),)
    if meter.selection.whose is CounterOwner.PARTICIPANT:
        where = (PAYMENTS.peer.equals(agreement.peer), PAYMENTS.dataset.equals(agreement.dataset))
    after: str | None = None
    while page := await step.of(PAYMENTS).find(*where, after=after, limit=1000):
        after = page[-1].id
        for each in page:
            yield each


async def _spent(step: Step, agreement: AgreementRecord, meter: Meter, now: datetime) -> Decimal:
    """The sum that uses have taken, including those in progress."""
    return Decimal(sum(await step.quotas.used(_counter(agreement, meter, now)))) / MILLIONTHS


def _counter(agreement: AgreementRecord, meter: Meter, now: datetime) -> str:
    return counter_name(agreement, msgspec.structs.replace(meter, rule=""), now)


def _prices(program: Program, meter: Meter) -> Iterator[Decimal]:
    listed = (each for rule in program.permissions for each in rule.meters)
    return (each.price.number for each in listed if each.price is not None and each.meter == meter)


def _millionths(amount: Decimal) -> int:
    """The amount in millionths, rounded up so that no price is taken for less."""
    return int((amount * MILLIONTHS).to_integral_value(ROUND_CEILING))


def _exhausted(price: Quantity, *, paid: Decimal, spent: Decimal) -> RefusedError:
    return errors.PAYMENT_EXHAUSTED(
        price=f"{price.number:f}", paid=f"{paid:f}", spent=f"{spent:f}", currency=price.unit
    )
