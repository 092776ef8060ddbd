"""Runs one schedule and holds what is left against the invariants."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import ClassVar, Final

from tests.simulation import people
from tests.simulation.clock import PartyClock
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import CALM, Network
from tests.simulation.party import Party, Side
from tests.simulation.plan import Cut, Doing, Jump, Plan
from tests.simulation.storage import Disk, Storage
from tests.simulation.template import CONSUMER, FIRST_ID, KEYRING, PROVIDER, scratch, template
from tests.simulation.verdicts import Look, look, unlike, unsound

from xinfu.ports.records import Act
from xinfu.services.agreements.lifecycle import AgreementMove

LIMIT_S: Final = 10 * 86_400.0
_NUMBER: Final = itertools.count()


class World:
    """Two sides, the network between them, and what happens by the plan."""

    LOOP: ClassVar[type[SimulatedLoop]] = SimulatedLoop
    REPLAY: ClassVar[str] = "tests/simulation/test_replay.py"
    """Where one schedule is played again."""

    def __init__(self, plan: Plan, loop: SimulatedLoop) -> None:
        self.plan = plan
        self.trace: list[str] = []
        self.faults: list[str] = []
        self.looks: dict[str, Look] = {}
        self.loop = loop
        self._rng = Random(f"run {plan.seed}")
        self.network = Network(self._rng, self.trace)
        self.network.strangers |= plan.strangers
        self._files = f"{next(_NUMBER)}"
        self.parties = {name: self.side(name, number) for number, name in ((1, PROVIDER), (2, CONSUMER))}
        self.network.parties |= self.parties

    async def run(self) -> None:
        """Play the schedule, heal the world, and look; then end what is open, and look again."""
        try:
            await self._begin()
            await self._heal()
            await self.settle("healed")
            if not self.faults:
                await self._end()
        finally:
            await self.close()

    async def close(self) -> None:
        """End both sides."""
        for party in self.parties.values():
            await party.stop()

    def forget(self) -> None:
        """Leave nothing of what both sides held."""
        for file in scratch().glob(f"{self._files}-*"):
            file.unlink()

    def side(self, name: str, number: int) -> Side:
        """One participant: a process on a file."""
        path = scratch() / f"{self._files}-{name}.db"
        template().copy(name, path)
        return self.process(name, PartyClock(number, self.loop.time, FIRST_ID), Disk(path))

    def process(self, name: str, clock: PartyClock, storage: Storage) -> Party:
        """One process of a participant."""
        return Party(
            name,
            network=self.network,
            clock=clock,
            storage=storage,
            keyring=KEYRING,
            keys=template().cabinets[name],
            give_up_after=timedelta(seconds=self.plan.give_up_after_s),
        )

    def reached(self, processes: Sequence[Party]) -> Party | None:
        """Which of those that are up people reach; None when none is."""
        return processes[0] if processes else None

    async def _begin(self) -> None:
        for name, party in self.parties.items():
            await party.start()
            for event, do in self.plan.rules.get(name, {}).items():
                await people.lay_down(party, event, do)
        self.network.weather = self.plan.weather
        happenings = [
            self._open(),
            *(self._do(doing) for doing in self.plan.doings),
            *(self._jump(jump) for jump in self.plan.jumps),
            *(self._cut(cut) for cut in self.plan.cuts),
            asyncio.sleep(self.plan.heals),
        ]
        await asyncio.gather(*happenings)

    async def _heal(self) -> None:
        self.network.weather = CALM
        self.network.cut.clear()
        for party in self.parties.values():
            party.clock.off = timedelta(0)
        self.network.note("everything works again")
        await self._opened()

    async def settle(self, when: str) -> None:
        """Wait until nothing is left to do, and hold what both sides hold against the invariants."""
        await self.loop.stillness()
        self.network.note(f"{when}: still")
        for name, party in self.parties.items():
            self.looks[name] = await look(party.store, party.context, KEYRING, party.heard)
            self.faults += [f"{when}: {name}: {fault}" for fault in unsound(self.looks[name])]
            self.faults += party.broken
        both = self.looks[PROVIDER], self.looks[CONSUMER]
        self.faults += [f"{when}: {fault}" for fault in unlike(*both)]

    async def _end(self) -> None:
        """Both sides end what is still open with them, one after the other, and each has to learn of it."""
        names = [PROVIDER, CONSUMER]
        self._rng.shuffle(names)
        for name in names:
            if self.looks[name].is_open:
                await self._act(name, Act.TERMINATE)
                await self.settle("ended")
        self.faults += [f"ended: {name}: still open" for name, seen in self.looks.items() if seen.is_open]

    async def _open(self) -> None:
        await asyncio.sleep(self._rng.random())
        while self.loop.time() < self.plan.heals:
            await self._opened()
            await asyncio.sleep(3 + self._rng.random() * 5)

    async def _opened(self) -> None:
        """Open what is not open yet; a party that died over it is asked again later."""
        opener = self.parties[PROVIDER if self.plan.opening == "offer" else CONSUMER]
        if process := self.reached(opener.processes()):
            await self._by(process, people.open_what_is_missing(process, self.plan.opening))

    async def _do(self, doing: Doing) -> None:
        await asyncio.sleep(doing.at)
        await self._act(doing.who, doing.act)

    async def _act(self, name: str, wanted: Act | AgreementMove | None) -> None:
        if process := self.reached(self.parties[name].processes()):
            done = await self._by(process, people.acts(process, wanted, self._rng))
            self.network.note(f"{name}: a person {done or 'dies over it'}")

    async def _by(self, party: Party, work: "asyncio._CoroutineLike[str | None]") -> str | None:
        """What `work` gives, done by the party; None when it died meanwhile."""
        task = party.spawn(work)
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()

    async def _jump(self, jump: Jump) -> None:
        await asyncio.sleep(jump.at)
        self.parties[jump.who].clock.off = timedelta(seconds=jump.off)
        self.network.note(f"{jump.who}: the clock is off by {jump.off:g} s")

    async def _cut(self, cut: Cut) -> None:
        await asyncio.sleep(cut.at)
        self.network.cut.add(cut.who)
        self.network.note(f"{cut.who}: cut off")
        await asyncio.sleep(cut.lasts)
        self.network.cut.discard(cut.who)


def play(plan: Plan, make: type[World] = World) -> World:
    """Run one schedule in a loop of its own."""
    template()
    loop = make.LOOP(LIMIT_S)
    world = make(plan, loop)
    try:
        loop.run_until_complete(world.run())
    except AssertionError as error:
        world.faults.append(str(error))
    finally:
        world.forget()
        loop.close()
    return world
