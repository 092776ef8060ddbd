"""A side of several workers on one PostgreSQL database, as `xinfu run --workers` has them.

The network deals each request to a worker that is up, as the seed says; so it does with what people do. Each worker
dies alone and comes up alone.

The seed fixes the plan, what the network does and deals, and when a worker dies, as far as all this is drawn in the
same order. It does not fix in which order the database answers: real sessions, real locks. So a seed that failed
fails again often, not always; play it some times.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from random import Random
from typing import ClassVar, Final

from tests.simulation.clock import PartyClock
from tests.simulation.database import Database, Rows, Seat, rows_of
from tests.simulation.fragile import FragileStore
from tests.simulation.loop import SimulatedLoop
from tests.simulation.party import Party, Side
from tests.simulation.plan import Plan
from tests.simulation.template import FIRST_ID, template
from tests.simulation.wired import WiredLoop
from tests.simulation.world import World

from xinfu.services.contexts.context import Context
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import Parts

WORKERS: Final = 2


class Team:
    """One side (a `Side`)."""

    def __init__(self, workers: Sequence[Party], database: Database, rng: Random) -> None:
        first = workers[0]
        self.name: str = first.name
        self.context: Context = first.context
        self.clock: PartyClock = first.clock
        self.keys: KeyCabinet = first.keys
        self._workers = workers
        self._database = database
        self._rng = rng
        self._begun = False

    @property
    def store(self) -> FragileStore:
        """The store as a worker has it that is up."""
        return self.processes()[0].store

    @property
    def parts(self) -> Parts:
        """The parts of a worker that is up."""
        return self.processes()[0].parts

    @property
    def heard(self) -> Sequence[str]:
        return list(chain(*(each.heard for each in self._workers)))

    @property
    def broken(self) -> Sequence[str]:
        return list(chain(*(each.broken for each in self._workers)))

    def processes(self) -> Sequence[Party]:
        return [each for each in self._workers if each.alive]

    async def start(self) -> None:
        if not self._begun:
            self._begun = True
            await self._database.open(rows_of(template().folder / self.name))
        for each in self._workers:
            await each.start()

    async def stop(self) -> None:
        for each in self.processes():
            await each.stop()

    async def copy(self) -> Rows:
        return await self._database.rows()

    async def set_back(self, older: Rows) -> None:
        await self.stop()
        await self._database.fill(older)
        await self.start()

    async def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        if not (up := self.processes()):
            raise ConnectionRefusedError(self.name)
        return await self._rng.choice(up).handle(method, url, headers, body)


class SharedWorld(World):
    """A world in which each side has `WORKERS` workers on one PostgreSQL database."""

    LOOP: ClassVar[type[SimulatedLoop]] = WiredLoop
    REPLAY: ClassVar[str] = "tests/simulation/test_workers.py -k named"

    def __init__(self, plan: Plan, loop: SimulatedLoop) -> None:
        self._databases: list[Database] = []
        super().__init__(plan, loop)

    def side(self, name: str, number: int) -> Side:
        assert isinstance(self.loop, WiredLoop)
        database = Database(name, self.loop)
        self._databases.append(database)
        clock = PartyClock(number, self.loop.time, FIRST_ID)
        workers = [self.process(name, clock, Seat(database)) for _ in range(WORKERS)]
        return Team(workers, database, self.network.rng)

    def forget(self) -> None:
        for each in self._databases:
            each.close()
        super().forget()

    def reached(self, processes: Sequence[Party]) -> Party | None:
        return self.network.rng.choice(processes) if processes else None
