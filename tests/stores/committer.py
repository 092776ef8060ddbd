"""A process that commits steps in a loop until it is killed, and says on stdout which were acknowledged.

Run: python committer.py FILE PREFIX. Each step puts a state, a promise, an entry and a nonce that belong together,
and advances one shared record.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
from tests.ports.store_samples import CONTEXT, entry, later, negotiation, promise

from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS
from xinfu.stores.sqlite import SqliteStore, open_sqlite

TASKS = 8


async def one(store: SqliteStore, name: str) -> None:
    """A step whose parts must all be there or none."""
    async with store.step(CONTEXT) as step:
        shared = await step.of(AGREEMENTS).lock("shared")
        await step.of(NEGOTIATIONS).add(negotiation(name))
        await promise(step, name)
        await step.record(entry(process=name), {"body": name.encode()})
        await step.nonces.claim("issuer", name, expires=later(300))
        await step.of(AGREEMENTS).save(msgspec.structs.replace(shared, epoch=shared.epoch + 1))


async def worker(store: SqliteStore, prefix: str) -> None:
    number = 0
    while True:
        name = f"{prefix}-{number:06}"
        await one(store, name)
        sys.stdout.write(name + "\n")
        sys.stdout.flush()
        number += 1


async def main() -> None:
    store = await open_sqlite(Path(sys.argv[1]))
    await asyncio.gather(*(worker(store, f"{sys.argv[2]}-{task}") for task in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main())
