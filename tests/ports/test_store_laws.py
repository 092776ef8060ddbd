"""Whatever happens in whatever order, a store is what a few dicts would be: records and outbox."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.ports.conftest import STORES
from tests.ports.store_samples import CONTEXT, OTHER, later, negotiation, promise

from xinfu.dsp.negotiation import State
from xinfu.errors import ConflictError, NotFoundError
from xinfu.ports.records import NEGOTIATIONS, OutboxRow
from xinfu.ports.store import Step, Store

CONTEXTS = (CONTEXT, OTHER)
IDS = st.sampled_from("abc")
STATES = st.sampled_from([State.REQUESTED, State.AGREED, State.FINALIZED])
SECONDS = st.integers(0, 9)
LEASE_S = 3


@dataclass(frozen=True)
class Row:
    """An outbox row as the model keeps it; `ready` is when it can be claimed."""

    context: str
    process: str
    due: datetime
    ready: datetime
    attempts: int = 0
    owner: str | None = None


@dataclass
class Model:
    """What the store should hold."""

    states: dict[tuple[str, str], State] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    keeper: str | None = None
    handed: list[int] = field(default_factory=list)

    def copy(self) -> "Model":
        return Model(dict(self.states), dict(self.rows), self.keeper, list(self.handed))

    def of(self, context: str, process: str) -> list[int]:
        found = [id_ for id_, row in self.rows.items() if (row.context, row.process) == (context, process)]
        return sorted(found)

    def firsts(self) -> list[tuple[datetime, int]]:
        """(ready, id) of each row that stands first in its process."""
        found = [
            (row.ready, id_) for id_, row in self.rows.items() if self.of(row.context, row.process)[0] == id_
        ]
        return sorted(found)


ADD = st.tuples(st.just("add"), IDS, STATES)
SAVE = st.tuples(st.just("save"), IDS, STATES)
REMOVE = st.tuples(st.just("remove"), IDS)
PROMISE = st.tuples(st.just("promise"), IDS, SECONDS)
DONE = st.tuples(st.just("done"), IDS)
RETRY = st.tuples(st.just("retry"), IDS, SECONDS)
DROP = st.tuples(st.just("drop"), IDS)
ACTS = st.lists(ADD | SAVE | REMOVE | PROMISE | DONE | RETRY | DROP, max_size=6)


async def _add(step: Step, model: Model, id_: str, state: State) -> None:
    taken = (step.context, id_) in model.states
    try:
        await step.of(NEGOTIATIONS).add(negotiation(id_, step.context, state))
        assert not taken
        model.states[step.context, id_] = state
    except ConflictError:
        assert taken


async def _save(step: Step, model: Model, id_: str, state: State) -> None:
    there = (step.context, id_) in model.states
    try:
        await step.of(NEGOTIATIONS).save(negotiation(id_, step.context, state))
        assert there
        model.states[step.context, id_] = state
    except NotFoundError:
        assert not there


async def _remove(step: Step, model: Model, id_: str) -> None:
    there = model.states.pop((step.context, id_), None) is not None
    assert await step.of(NEGOTIATIONS).remove(id_) is there


async def _promise(step: Step, model: Model, process: str, due: int) -> None:
    first = not model.of(step.context, process)
    given = await promise(step, process, due=later(due))
    assert given > max(model.rows, default=0)
    owner = model.keeper if first else None
    ready = later(due + LEASE_S) if owner else later(due)
    model.rows[given] = Row(step.context, process, later(due), ready, owner=owner)
    if owner:
        model.handed.append(given)


async def _done(step: Step, model: Model, process: str) -> None:
    for id_ in model.of(step.context, process)[:1]:
        await step.outbox.done(id_)
        del model.rows[id_]


async def _retry(step: Step, model: Model, process: str, due: int) -> None:
    for id_ in model.of(step.context, process)[:1]:
        await step.outbox.retry(id_, due=later(due), error="no")
        row = model.rows[id_]
        model.rows[id_] = replace(
            row, due=later(due), ready=later(due), attempts=row.attempts + 1, owner=None
        )


async def _drop(step: Step, model: Model, process: str) -> None:
    waiting = model.of(step.context, process)
    assert await step.outbox.drop(process) == len(waiting)
    for id_ in waiting:
        del model.rows[id_]


DO: dict[str, Callable[..., Awaitable[None]]] = {
    "add": _add,
    "save": _save,
    "remove": _remove,
    "promise": _promise,
    "done": _done,
    "retry": _retry,
    "drop": _drop,
}


class Undo(Exception):  # noqa: N818 - raised on purpose
    """Ends a step without keeping it."""


class StoreMachine(RuleBasedStateMachine):
    """Steps, claims, leases and a reopening, each against the model."""

    name: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.model = Model()
        self.handed: list[OutboxRow] = []
        self.store: Store = self.runner.run(self.open())

    async def open(self) -> Store:
        return await STORES[self.name](Path(self.folder.name))

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(context=st.sampled_from(CONTEXTS), acts=ACTS, kept=st.sampled_from([True, True, False]))
    def step(self, context: str, acts: list[tuple[str, ...]], kept: bool) -> None:
        self.runner.run(self._step(context, acts, kept))

    async def _step(self, context: str, acts: list[tuple[str, ...]], kept: bool) -> None:
        after = self.model.copy()
        try:
            async with self.store.step(context) as step:
                for name, *words in acts:
                    await DO[name](step, after, *words)
                if not kept:
                    raise Undo
            self.model = after
        except Undo:
            pass

    @rule(owner=st.sampled_from("xy"), now=SECONDS, lease=st.integers(1, 5), limit=st.integers(1, 3))
    def claim(self, owner: str, now: int, lease: int, limit: int) -> None:
        claimed = self.runner.run(
            self.store.claim(owner, now=later(now), lease_until=later(now + lease), limit=limit)
        )
        expected = [id_ for ready, id_ in self.model.firsts() if ready <= later(now)][:limit]
        assert [row.id for row in claimed] == expected
        for id_ in expected:
            self.model.rows[id_] = replace(self.model.rows[id_], owner=owner, ready=later(now + lease))

    @rule(now=SECONDS)
    def release(self, now: int) -> None:
        ids = sorted(self.model.rows)[::2]
        self.runner.run(self.store.release(ids, now=later(now)))
        for id_ in ids:
            row = self.model.rows[id_]
            free = row.owner is None or row.ready <= later(now)
            self.model.rows[id_] = replace(row, due=later(now), ready=later(now) if free else row.ready)

    @rule(owner=st.sampled_from("xy"))
    def entrust(self, owner: str) -> None:
        self.model.keeper = owner
        self.store.entrust(owner, lease=timedelta(seconds=LEASE_S), take=self.handed.extend)

    @rule(owner=st.sampled_from("xy"))
    def free(self, owner: str) -> None:
        self.runner.run(self.store.free(owner))
        for id_, row in self.model.rows.items():
            if row.owner == owner:
                self.model.rows[id_] = replace(row, owner=None, ready=row.due)

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.runner.run(self.open())
        self.model.keeper = None

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        for context in CONTEXTS:
            async with self.store.view(context) as view:
                kept = {(context, each.id): each.state for each in await view.of(NEGOTIATIONS).find()}
                assert kept == {key: state for key, state in self.model.states.items() if key[0] == context}
                for process in "abc":
                    rows = await view.outbox.of(process)
                    assert [row.id for row in rows] == self.model.of(context, process)
                    for row in rows:
                        expected = self.model.rows[row.id]
                        assert (row.due, row.attempts) == (expected.due, expected.attempts)
        assert [row.id for row in self.handed] == self.model.handed
        firsts = self.model.firsts()
        assert await self.store.next_due() == (firsts[0][0] if firsts else None)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORES)
def test_a_store_is_what_its_model_is(name: str) -> None:
    class Machine(StoreMachine):
        pass

    Machine.name = name
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15 if name == "postgres" else 40,  # each of its calls crosses a socket
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
