"""The vault of a node, for its API and its loops, with its automatic work.

Automatically, a landing continues after a crash, an object whose agreement is over is destroyed, a duty to delete is
fulfilled in time, a duty to report is proven, and a destruction that a crash or a full disk interrupted is completed.
Deadlines are moments in UTC; the one timer for the next of them runs on the monotonic clock, so a clock that jumps
destroys nothing by its jump alone.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from xinfu.errors import ConflictError, XinfuError
from xinfu.odrl import Decision
from xinfu.ports.records import (
    AGREEMENTS,
    VAULT_OBJECTS,
    AgreementState,
    DutyRecord,
    StoredManifest,
    VaultObject,
    VaultState,
)
from xinfu.ports.vault import Vault
from xinfu.services.agreements import duties
from xinfu.services.agreements.lifecycle import is_over
from xinfu.services.memory.running import stops_in
from xinfu.services.parts import Parts
from xinfu.services.vault import asking, deleting, destroying, landing, objects, reading, recording
from xinfu.services.vault.asking import VaultRequest
from xinfu.services.vault.destroying import AGREEMENT_OVER, ASKED, Cause, Destruction
from xinfu.services.vault.reading import VaultUse

_log = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""Landings that move bytes from one provider to one context at the same time; a slow one keeps up no other's."""
Work = Callable[[], Coroutine[object, object, None]]
AGAIN: Final = timedelta(minutes=5)
"""After so long a duty that could not be done is tried again."""
LONGEST_S: Final = 3600.0
"""After so long the next deadline is looked at again, should the machine have slept."""
_OVER: Final = frozenset(f"agreement.{state.lower()}" for state in AgreementState if is_over(state))
_DONE_HERE: Final = frozenset({"delete", recording.RECORDS, recording.ABNORMAL})
_OPEN: Final = tuple(each for each in VaultState if each is not VaultState.DESTROYED)


class Vaults:
    """The objects of the node's vault: land, read and destroy them."""

    def __init__(self, parts: Parts, vault: Vault) -> None:
        self._parts = parts
        self._vault = vault
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, Work] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._free: dict[tuple[str, str], asyncio.Semaphore] = {}

    async def land(self, context: str, transfer: str, query: str = "") -> VaultObject:
        """Start the landing of a transfer's data, or continue it, and return the object at once.

        Raises:
            As `landing.register`.
        """
        landed = await landing.register(self._parts, context, transfer, query)
        if landed.state is VaultState.LANDING:
            self._start(landed.id, lambda: self._land(landed))
        return landed

    def use(self, ask: VaultRequest) -> AbstractAsyncContextManager[VaultUse]:
        """Open a use; see `reading.use`."""
        return reading.use(self._parts, self._vault, ask)

    async def head(self, ask: VaultRequest) -> StoredManifest:
        """The record of a file before it is read; see `reading.head`."""
        return await reading.head(self._parts, ask)

    async def may(self, ask: VaultRequest) -> Decision:
        """The policy's decision on an act now; see `asking.may`."""
        return await asking.may(self._parts, ask)

    async def destroy(self, context: str, id_: str, cause: Cause = ASKED) -> Destruction:
        """Destroy an object; see `destroying.destroy`."""
        return await destroying.destroy(self._parts, self._vault, context, id_, cause)

    async def proof(self, context: str, id_: str) -> Destruction:
        """The proof of a destruction; see `destroying.proof_of`."""
        return await destroying.proof_of(self._parts, context, id_)

    async def restore(self) -> None:
        """Resume the work of an earlier process, and destroy what ended while none ran; called at each start."""
        for context in self._parts.contexts:
            for landed in [each async for each in self._open(context.id)]:
                self._look_at(landed, await self._agreement(landed))
        self._start("duties", self._do_duties)

    async def _go_on(self) -> None:
        """Start every landing that is registered and does not run here."""
        for context in self._parts.contexts:
            async for landed in self._open(context.id):
                if landed.state is VaultState.LANDING and landed.id not in self._tasks:
                    self._look_at(landed, await self._agreement(landed))

    def told(self, topics: frozenset[str]) -> None:
        """React to a commit, here or at another worker."""
        for stop in stops_in(topics):
            if stop.agreement is not None and stop.code in _OVER:
                self._start(
                    f"{stop.context} {stop.agreement}", self._ended_work(stop.context, stop.agreement)
                )
        if "missed" in topics:
            self._start("missed", self.restore)
        if landing.TOPIC in topics:
            self._start("landings", self._go_on)
        if topics & {duties.TOPIC, objects.TOPIC}:
            self._start("duties", self._do_duties)

    async def close(self) -> None:
        """Cancel the work; the next start of the node resumes what is unfinished."""
        self._wake_at(None)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended_work(self, context: str, agreement: str) -> Work:
        return lambda: self._ended(context, agreement)

    async def _ended(self, context: str, agreement: str) -> None:
        """Destroy everything that landed under an agreement that has ended."""
        async for landed in self._open(context, agreement):
            await self._destroyed(landed, AGREEMENT_OVER)

    async def _do_duties(self) -> None:
        """Fulfil the duties to delete and to report that are due, and set the timer for the next one."""
        coming: list[datetime] = []
        for context in self._parts.contexts:
            for duty in await deleting.due(self._parts, context.id, _DONE_HERE):
                try:
                    moment = await self._keep(duty)
                except ConflictError:  # it was done meanwhile
                    continue
                except XinfuError as error:
                    _log.error("a duty is not done", extra={"code": error.code, "duty": duty.id})
                    coming.append(self._parts.clock.now() + AGAIN)
                else:
                    coming += [] if moment is None else [moment]
        self._wake_at(min(coming, default=None))

    async def _keep(self, duty: DutyRecord) -> datetime | None:
        """Fulfil a duty, or return the moment at which it is to be done."""
        if duty.action == "delete":
            return await deleting.delete_due(self._parts, self._vault, duty)
        await recording.prove_recorded(self._parts, duty)
        return None

    def _wake_at(self, moment: datetime | None) -> None:
        """Set the timer for the next look at the duties; None: no timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if moment is not None:
            left_s = (moment - self._parts.clock.now()).total_seconds()
            loop, look = asyncio.get_running_loop(), partial(self._start, "duties", self._do_duties)
            self._timer = loop.call_later(min(max(left_s, 0.0), LONGEST_S), look)

    def _look_at(self, landed: VaultObject, agreement: AgreementState | None) -> None:
        """Start the work that an object needs: its destruction, or its landing."""
        if landed.state is VaultState.DESTROYING or agreement is None or is_over(agreement):
            self._start(landed.id, lambda: self._destroyed(landed, AGREEMENT_OVER))
        elif landed.state is VaultState.LANDING:
            self._start(landed.id, lambda: self._land(landed))

    async def _land(self, landed: VaultObject) -> None:
        free = self._free.setdefault((landed.context, landed.peer), asyncio.Semaphore(AT_ONCE))
        async with free:
            await landing.land(self._parts, self._vault, landed.context, landed.id)

    async def _destroyed(self, landed: VaultObject, cause: Cause) -> None:
        try:
            await destroying.destroy(self._parts, self._vault, landed.context, landed.id, cause)
        except XinfuError as error:
            _log.error("an object could not be destroyed", extra={"code": error.code, "object": landed.id})

    async def _open(self, context: str, agreement: str | None = None) -> AsyncIterator[VaultObject]:
        """The objects that are not destroyed yet, read a page at a time."""
        where = [VAULT_OBJECTS.state.among(_OPEN)]
        if agreement:
            where.append(VAULT_OBJECTS.agreement.equals(agreement))
        after: str | None = None
        while True:
            async with self._parts.store.view(context) as view:
                page = await view.of(VAULT_OBJECTS).find(*where, after=after, limit=1000)
            for landed in page:
                yield landed
            if not page:
                return
            after = page[-1].id

    async def _agreement(self, landed: VaultObject) -> AgreementState | None:
        async with self._parts.store.view(landed.context) as view:
            found = await view.of(AGREEMENTS).get(landed.agreement)
        return None if found is None else found.state

    def _start(self, name: str, work: Work) -> None:
        """Start work in the background; if the same work is running, do it once more afterwards."""
        if name in self._tasks:
            self._again[name] = work
            return
        task = asyncio.create_task(work())
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._finished(name, done))

    def _finished(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(name, None)
        again = self._again.pop(name, None)
        if again is not None and not task.cancelled():
            self._start(name, again)
        if not task.cancelled() and task.exception() is not None:
            _log.error("work in the vault failed", exc_info=task.exception())
