"""Reservations for streams of unknown length: amounts are reserved in blocks, each before any of it leaves.

The last block is as large as what is left, so a limit is met exactly and never exceeded; where a crash leaves a block
behind, all of it counts. A block lies under every meter of its measure at once, or under none.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from xinfu.errors import RefusedError
from xinfu.odrl import Measure, Reserve
from xinfu.ports.clock import Clock
from xinfu.ports.store import Counters, Store
from xinfu.services.usage.limit_refusals import limit_exhausted
from xinfu.services.usage.meters import Reservation, Taker, set_aside, tightest

SIZES: Final = {Measure.BYTES: 1024 * 1024, Measure.METERED: 60 * 1_000_000}
"""How much of a measure is set aside at a time: 1 MiB; a minute, in microseconds."""
TRIES: Final = 8
"""How often what is left is looked up anew when others take of it at the same moment."""


class Block(msgspec.Struct, frozen=True):
    """An amount of a measure, reserved under each of its meters."""

    amount: int
    held: tuple[Reservation, ...]


class Blocks:
    """The reservations of one use for one measure, block by block; unlimited if no meter counts the measure.

    Attributes:
        reserved: what was set aside in all.
        over: why no more is given, once nothing was left.
    """

    def __init__(self, clock: Clock, taker: Taker, reserves: Iterable[Reserve], measure: Measure) -> None:
        self._clock = clock
        self._taker = taker
        self._measure = measure
        self._reserves = tuple(each for each in reserves if each.meter.measure is measure)
        self._blocks: list[Block] = []
        self._settled = 0
        self._taken = 0
        self.reserved = 0
        self.over: RefusedError | None = None

    @property
    def counts(self) -> bool:
        """Whether any meter counts the measure."""
        return bool(self._reserves)

    async def take(self, store: Store, amount: int) -> int:
        """Take up to `amount`, and return how much may go now; if it is less, `over` is the reason."""
        if not self.counts:
            return amount
        if self._taken + amount > self.reserved:
            quotas = store.quotas(self._taker.agreement.context)
            await self._settle_all_but_the_last(quotas)
            while (missing := self._taken + amount - self.reserved) > 0:
                if not await self.extend(quotas, max(missing, SIZES[self._measure])):
                    break
        granted = min(amount, self.reserved - self._taken)
        self._taken += granted
        return granted

    async def extend(self, quotas: Counters, amount: int) -> int:
        """Reserve `amount` more, or what is left, and return how much; 0 leaves the reason in `over`."""
        self.over = None
        now = self._clock.now()
        for _ in range(TRIES):
            reserve, spent = await tightest(quotas, self._taker, self._reserves, now)
            wanted = min(amount, (reserve.limit or 0) - spent)
            held = await self._set_aside(quotas, wanted) if wanted > 0 else ()
            if held:
                self._blocks.append(Block(wanted, held))
                self.reserved += wanted
                return wanted
            if wanted < 1:
                break
        self.over = await self.nothing_left(quotas, asked=amount)
        return 0

    async def nothing_left(self, quotas: Counters, *, asked: int = 0) -> RefusedError:
        """The error for a measure of which nothing is left."""
        now = self._clock.now()
        reserve, spent = await tightest(quotas, self._taker, self._reserves, now)
        return limit_exhausted(reserve, spent=spent, asked=asked, now=now)

    async def _set_aside(self, quotas: Counters, amount: int) -> tuple[Reservation, ...]:
        """Reserve an amount under all meters; empty if another use has meanwhile taken too much of one of them."""
        held: tuple[Reservation, ...] = ()
        try:
            for each in self._reserves:
                held += await set_aside(quotas, self._clock, self._taker, [each], {self._measure: amount})
        except RefusedError:
            for one in held:
                await quotas.commit(one.reservation, amount=0)
            return ()
        return held

    async def settle(self, quotas: Counters, amount: int) -> None:
        """Count `amount` as used, and give the rest back."""
        remaining = max(0, amount - self._settled)
        for block in self._blocks:
            counted = min(block.amount, remaining)
            remaining -= counted
            await _commit(quotas, block, counted)

    async def _settle_all_but_the_last(self, quotas: Counters) -> None:
        """Count the blocks that are used up, so that a long stream does not pile them up."""
        for block in self._blocks[:-1]:
            await _commit(quotas, block, block.amount)
            self._settled += block.amount
        del self._blocks[:-1]


async def _commit(quotas: Counters, block: Block, amount: int) -> None:
    for each in block.held:
        await quotas.commit(each.reservation, amount=amount)
