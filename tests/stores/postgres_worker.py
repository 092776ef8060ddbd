"""A worker: takes up promises of a shared database, keeps each in a step, and gives the logs their order.

Run: python postgres_worker.py URL. It says "ready" when it listens, and works until it is killed or its standard
input ends.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from tests.ports.store_samples import CONTEXT, entry

from xinfu.errors import StoreError
from xinfu.ports.records import NEGOTIATIONS, OutboxRow
from xinfu.services.evidence.sequencer import sequence
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.stores.postgres import PostgresStore, open_postgres

WORK_S = 0.005
LEASE = timedelta(hours=1)
"""Far longer than any test: what a dead worker holds comes back because it is dead."""


def kept_id(row: int) -> str:
    """The id of the entry that says that a row was kept: the same whoever keeps it, so nobody can twice."""
    return f"urn:uuid:019cc000-0000-7000-8000-{row:012x}"


class Worker:
    """The loops of a node, as small as they can be."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._signer = Ed25519Signer.generate("test")
        self._due = asyncio.Event()
        self._logged = asyncio.Event()
        self._due.set()
        self._logged.set()
        store.watch(self._told)

    def _told(self, topics: frozenset[str]) -> None:
        if "outbox" in topics:
            self._due.set()
        if "log" in topics:
            self._logged.set()

    async def dispatch(self) -> None:
        """Claim and keep; what fails is taken up again."""
        failed = False
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                if failed:
                    await self._store.free("worker")
                await self._claim()
                failed = False
            except StoreError:
                failed = True
                await asyncio.sleep(0.1)
                self._due.set()

    async def _claim(self) -> None:
        now = datetime.now(UTC)
        while rows := await self._store.claim("worker", now=now, lease_until=now + LEASE, limit=8):
            done = await asyncio.gather(*(self._keep(row) for row in rows), return_exceptions=True)
            for error in filter(None, done):
                raise error

    async def number(self) -> None:
        """Give the log its order."""
        while True:
            await self._logged.wait()
            self._logged.clear()
            now, origin = datetime.now(UTC), "did:web:test.example"
            try:
                while await sequence(self._store, CONTEXT, signer=self._signer, origin=origin, now=now):
                    pass
            except StoreError:
                await asyncio.sleep(0.1)
                self._logged.set()

    async def _keep(self, row: OutboxRow) -> None:
        await asyncio.sleep(WORK_S)
        async with self._store.step(CONTEXT) as step:
            record = await step.of(NEGOTIATIONS).lock(row.promise.queue)
            if await step.outbox.get(row.id) is None:
                return
            await step.outbox.done(row.id)
            await step.of(NEGOTIATIONS).save(replace(record, version=record.version + 1))
            await step.record(entry(kept_id(row.id), process=row.promise.queue))


async def main() -> None:
    store = await open_postgres(sys.argv[1], connections=4)
    worker = Worker(store)
    loops = [asyncio.create_task(worker.dispatch()), asyncio.create_task(worker.number())]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ending = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    for done in (await asyncio.wait([*loops, ending], return_when=asyncio.FIRST_COMPLETED))[0]:
        done.result()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
