"""Operands of money: what was settled (`payAmount`) and, with `unitOfCount eq use`, the price that each use takes.

Nothing paid is an amount of nothing, whatever the currency; amounts of several currencies are no amount, for nothing is
converted. Follows: usage-control §5; ODRL 2.2, left operands `payAmount` and `unitOfCount`.
"""

from collections.abc import Callable
from typing import Final

from xinfu.odrl.model.meters import Measure, Meter, Selection
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.quantities import NOTHING, Quantity
from xinfu.odrl.values.sorts import Sort

_IN_ALL: Final = Meter(rule="", measure=Measure.PAID).key


def pay_amount(rule: str) -> Operand:
    """The amount that was settled under the agreement, or what is left of it for one more use of the rule."""
    return _of(rule, Selection())


def _of(rule: str, selection: Selection) -> Operand:
    is_price = selection.per_use
    meter = Meter(rule=rule if is_price else "", measure=Measure.PAID, selection=selection)
    return Operand(
        name=Measure.PAID.value,
        sort=Sort.MONEY,
        fact=Fact(kind=FactKind.PAID, name=meter.key, meter=meter),
        read=_reader(meter),
        at_use=True,
        control=Control.PROVIDER,
        missing="fact.missing",
        failed="payment.exhausted" if is_price else "payment.other",
        zh="交易金额",
        en="amount paid",
        example="100.00 CNY",
        meter=meter if is_price else None,
        by=lambda chosen: _of(rule, chosen),
    )


def _reader(meter: Meter) -> Callable[[Situation], Quantity | None]:
    key = meter.key

    def read(situation: Situation) -> Quantity | None:
        paid = situation.settled.get(key, situation.paid if key == _IN_ALL else None)
        if paid is None or len(paid) > 1:
            return None
        return next((Quantity(amount, currency) for currency, amount in paid.items()), NOTHING)

    return read
