"""A process that takes uses of one counter until none is left, eight callers at a time.

Run: python taker.py STORE LIMIT, where STORE is the address of a database or the path of a file. It prints a line for
each use that it delivers, after it was set aside and before it is counted; what was granted is counted in portions of
1 to 3, of which one less than granted is used each third time.
"""

import asyncio
import itertools
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.ports.store_samples import CONTEXT

from xinfu.node.clock import SystemClock
from xinfu.ports.store import Store
from xinfu.stores import postgres, sqlite

COUNTER = "reads"
EXPIRES = timedelta(hours=1)


async def take(store: Store, limit: int, numbers: "itertools.count[int]") -> None:
    """One caller."""
    clock = SystemClock()
    while True:
        number = next(numbers)
        amount, reservation = 1 + number % 3, clock.new_id()
        async with store.step(CONTEXT) as step:
            granted = await step.quotas.reserve(
                COUNTER, amount, limit=limit, reservation=reservation, expires=datetime.now(UTC) + EXPIRES
            )
            if not granted:
                used, held = await step.quotas.used(COUNTER)
        if not granted:
            if used + held >= limit:
                return
            continue
        used = amount - (amount == 3)
        print(used, flush=True)
        async with store.step(CONTEXT) as step:
            await step.quotas.commit(reservation, amount=used)


async def main() -> None:
    """Eight callers on the store of the first argument, up to the limit of the second."""
    place, limit = sys.argv[1], int(sys.argv[2])
    is_file = not place.startswith("postgresql:")
    store: Store = await (sqlite.open_store(Path(place)) if is_file else postgres.open_store(place))
    print("ready", flush=True)
    numbers = itertools.count()
    await asyncio.gather(*(take(store, limit, numbers) for _ in range(8)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
