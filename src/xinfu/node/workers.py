"""The loops of a node: dispatch what is promised, and give the logs their order.

Both sleep until something happens: a commit tells them at once, and the dispatcher sets one timer for the next
due row. While nothing is due, no timer runs and the database is not asked (issue "no polling").
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta

from xinfu.errors import XinfuError
from xinfu.ports.observer import WorkKind
from xinfu.ports.records import AGREEMENTS, TRANSFERS, AgreementState, OutboxRow
from xinfu.services import hosting
from xinfu.services.agreements import lifecycle
from xinfu.services.background.dispatch import keep_promise, sort_of
from xinfu.services.evidence.sequencer import BATCH, sequence, sign_again
from xinfu.services.identity.keys import KeyCabinet, keys_topic
from xinfu.services.memory.running import stops_in
from xinfu.services.parts import Parts
from xinfu.services.usage import grants
from xinfu.services.usage.grant_lookup import is_running

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
AT_ONCE = 64
"""Promises kept at the same time."""
GATHER_S = 0.05
"""How long the sequencer gathers entries before it signs a checkpoint."""
AGAIN_S = 1.0
"""How long a loop rests when the store fails it."""


class Dispatcher:
    """Keeps what is promised, many at once, each queue in order.

    What this process promises comes to it in memory (`Promises`). The store is asked only for the rest: rows that a
    crash left, that stand behind another, or that are tried again.

    Attributes:
        alive: it runs.
    """

    def __init__(self, parts: Parts, owner: str) -> None:
        self._parts = parts
        self._owner = owner
        self.alive = False
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._asking = True
        """The store may hold rows that can be claimed."""
        self._due: datetime | None = None
        """When it will hold one."""
        self._left_over = True
        """Rows may still be leased to us that nobody works on: from before, or because the store failed."""
        self._failures = 0
        """How often the store has failed a promise since one was kept."""

    @property
    def tasks(self) -> int:
        """How many promises are worked on now."""
        return len(self._running)

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened."""
        if "outbox" in topics:
            self._asking = True
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; then what runs is given a moment, and its leases are ended."""
        self._parts.promises.keeper(self._wake.set)
        self._parts.store.entrust(self._owner, lease=LEASE, take=self._parts.promises.made)
        self._wake.set()
        self.alive = True
        try:
            while True:
                try:
                    await self._turn()
                except XinfuError as error:
                    _log.warning("the store fails the dispatcher", extra={"code": error.code})
                    await asyncio.sleep(AGAIN_S)
                    self._asking = True
                    self._wake.set()
        finally:
            self.alive = False
            if self._running:
                await asyncio.wait(self._running, timeout=2)
            with contextlib.suppress(XinfuError):
                await self._parts.store.free(self._owner)

    async def _turn(self) -> None:
        await self._sleep()
        self._wake.clear()
        if self._left_over and not self._running and not self._parts.promises:
            await self._parts.store.free(self._owner)
            self._left_over, self._asking = False, True
        self._begin(self._parts.promises.take(self._room))
        if self._asking and self._room:
            await self._claim()

    async def _sleep(self) -> None:
        """Until something wakes us, or the next row of the store is due."""
        due = self._due if self._room else None
        left_s = None if due is None else (due - self._parts.clock.now()).total_seconds()
        try:
            async with asyncio.timeout(left_s):
                await self._wake.wait()
        except TimeoutError:
            self._asking = True

    async def _claim(self) -> None:
        room, now = self._room, self._parts.clock.now()
        self._asking = False
        rows = await self._parts.store.claim(self._owner, now=now, lease_until=now + LEASE, limit=room)
        self._begin(rows)
        self._asking = self._asking or len(rows) == room
        self._due = None if self._asking else await self._parts.store.next_due()

    @property
    def _room(self) -> int:
        """How many more promises can be kept now."""
        return AT_ONCE - len(self._running)

    def _begin(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            task = asyncio.create_task(self._keep(row))
            self._running.add(task)
            task.add_done_callback(self._finished)

    async def _keep(self, row: OutboxRow) -> None:
        with self._parts.observer.work(
            WorkKind.DISPATCH, sort_of(row), context=row.context, process=row.promise.queue, header=row.trace
        ):
            await keep_promise(self._parts, row)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Handle the end of a task: log a failure or a recovery, and wake the dispatcher if it waits."""
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)
            self._left_over = True
            asyncio.get_running_loop().call_later(AGAIN_S, self._wake.set)
            return
        if self._failures:
            _log.warning("promises are kept again, after %d failed tries", self._failures)
            self._failures = 0
        if self._due is not None and not self._running:
            self._asking = True
        if self._asking or self._parts.promises:
            self._wake.set()

    def _failed(self, error: BaseException) -> None:
        """Log one line for a failing store, however many promises it affects; log each other error in full."""
        if not isinstance(error, XinfuError):
            _log.error("a promise failed", exc_info=error)
            return
        if not self._failures:
            _log.warning("promises wait for the store: %s", error.en, extra={"code": error.code})
        self._failures += 1


class Sequencer:
    """Numbers the entries of every context's log soon after they were appended.

    Attributes:
        alive: it runs.
    """

    def __init__(self, parts: Parts, keys: KeyCabinet) -> None:
        self._parts = parts
        self._keys = keys
        self._wake = asyncio.Event()
        self.alive = False
        self._since_s: float | None = None
        self._failures: dict[str, int] = {}
        """How often in a row the log of a context could not be numbered."""

    @property
    def lag_s(self) -> float:
        """Return how many seconds entries have waited for their index; 0 if none waits."""
        return 0.0 if self._since_s is None else asyncio.get_running_loop().time() - self._since_s

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened."""
        if "log" in topics:
            self._wake.set()
            if self._since_s is None:
                self._since_s = asyncio.get_running_loop().time()

    async def begin(self) -> None:
        """Sign the newest head of every log again, before any message leaves: so an older store shows itself in the first."""
        for each in self._parts.contexts:
            await self._sign_again(each.id, each.participant)

    async def run(self) -> None:
        """Until cancelled; what is left is numbered at the next start."""
        self._wake.set()
        self.alive = True
        try:
            await self._go_on()
        finally:
            self.alive = False

    async def _go_on(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            begun_s = asyncio.get_running_loop().time()
            numbered = [await self._number(each.id, each.participant) for each in self._parts.contexts]
            if all(numbered):
                self._since_s = begun_s if self._wake.is_set() else None

    async def _sign_again(self, context: str, origin: str) -> None:
        try:
            await sign_again(
                self._parts.store,
                context,
                signer=self._keys.log_signer(context),
                origin=origin,
                now=self._parts.clock.now(),
            )
        except XinfuError as error:  # the next entry is signed anew anyway
            _log.warning(
                "the head of a log was not signed again", extra={"context": context, "code": error.code}
            )

    async def _number(self, context: str, origin: str) -> bool:
        """Whether it is done; else it is tried again soon."""
        try:
            while True:
                done = await sequence(
                    self._parts.store,
                    context,
                    signer=self._keys.log_signer(context),
                    origin=origin,
                    now=self._parts.clock.now(),
                    observer=self._parts.observer,
                )
                if done < BATCH:
                    self._numbered(context)
                    return True
        except XinfuError as error:
            self._failed(context, error)
            await asyncio.sleep(1)
            self._wake.set()
            return False

    def _failed(self, context: str, error: XinfuError) -> None:
        """Log one line for a failing store, however long it fails."""
        if context not in self._failures:
            _log.warning(
                "the log of %s cannot be numbered now; it is tried each second: %s",
                context,
                error.en,
                extra={"code": error.code},
            )
        self._failures[context] = self._failures.get(context, 0) + 1

    def _numbered(self, context: str) -> None:
        """Log once that numbering works again."""
        if failed := self._failures.pop(context, 0):
            _log.warning("the log of %s is numbered again, after %d failed tries", context, failed)


class Stops:
    """Ends streams whose agreement or transfer another worker has ended, and takes over its new keys."""

    def __init__(self, parts: Parts, keys: KeyCabinet) -> None:
        self._parts = parts
        self._keys = keys
        self._tasks: set[asyncio.Task[None]] = set()

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened, here or elsewhere."""
        self._parts.running.told(topics)
        for stop in stops_in(topics):
            for plane in self._parts.live.values():
                plane.stop(stop.context, agreement=stop.agreement, transfer=stop.transfer)
        if "missed" in topics:
            self._start(self._look_again())
        if "missed" in topics or hosting.TOPIC in topics:
            self._start(hosting.follow(self._parts, self._keys))
        for context in self._parts.contexts:
            if "missed" in topics or keys_topic(context.id) in topics:
                self._start(self._keys.reload(context.id))

    async def _look_again(self) -> None:
        """Stop runs whose agreement or transfer ended while events were missed."""
        for run in self._parts.running.runs():
            async with self._parts.store.view(run.context) as view:
                agreement = await view.of(AGREEMENTS).get(run.agreement or "")
                transfer = await view.of(TRANSFERS).get(run.transfer)
            if agreement is None:
                continue
            if agreement.state is not AgreementState.ACTIVE or agreement.epoch != run.epoch:
                run.stop(lifecycle.ended(agreement))
            elif transfer is not None and not is_running(transfer):
                run.stop(grants.not_started(transfer))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("what other workers did could not be followed", exc_info=task.exception())
