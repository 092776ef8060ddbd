"""Store: the records of all contexts; Step: one transaction.

The docstrings are the contract; tests/ports/test_store.py checks every adapter against it.

A step is one transaction: state, outbox rows and evidence entries commit together or not at all. Leaving the
block commits and returns only when the commit is durable (D-15); any exception rolls everything back. There is
no commit to forget. Make no network call inside a step. Steps that would touch the same record wait for one another.

A step inside a step of the same task is a RuntimeError; so is the use of a step after its end. A task that is
cancelled inside a step rolls back; if it is cancelled while it waits for the disk, it does not learn whether the step
was kept (nearly always it was). A value that no store can hold (a lone surrogate, a number beyond 64 bits) is an
InputError `store.text-unusable`, after which the step can continue.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec

from xinfu.evidence import Entry
from xinfu.ports.census import Census
from xinfu.ports.column import Match
from xinfu.ports.kind import Kind, Record
from xinfu.ports.log import Log
from xinfu.ports.peerlogs import PeerLogs
from xinfu.ports.query import AnyCondition, Query
from xinfu.ports.records import Asset, Deadline, DeadlineKind, OutboxRow
from xinfu.ports.records.outbox import Promise

T = TypeVar("T", bound=Record)


class Records(Protocol[T]):
    """The records of one kind in one context."""

    async def get(self, id: str) -> T | None:  # noqa: A002 - the field's own name
        """Return the record, or None."""
        ...

    async def lock(self, id: str) -> T:  # noqa: A002 - the field's own name
        """Return the record and lock it until the step ends, so that no other step changes it meanwhile.

        Raises:
            NotFoundError: `<kind>.not-found`.
        """
        ...

    async def add(self, record: T) -> None:
        """Insert a record.

        Raises:
            ConflictError: `<kind>.exists`, if the id is taken. The step can continue.
            InputError: `context.foreign`, if the record names another context (also in `save`).
        """
        ...

    async def save(self, record: T) -> None:
        """Replace the record with the same id.

        Raises:
            NotFoundError: `<kind>.not-found`.
        """
        ...

    async def remove(self, id: str) -> bool:  # noqa: A002 - the field's own name
        """Delete the record; False if there was none."""
        ...

    async def find(
        self,
        *where: Match[T],
        after: str | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[T]:
        """Return the records that meet every condition, in the order of their ids (UUIDv7: oldest first).

        Args:
            where: conditions made by columns of the kind: `DUTIES.agreement.equals(id)`, `DUTIES.state.among(states)`.
            after: the id after which the page begins (exclusive).
            limit: 1 to 1,000.

        Raises:
            InputError: `query.column-unknown`, `query.value-unusable`, `query.limit`.
        """
        ...

    async def count(self, *where: Match[T]) -> int:
        """Return the number of records that meet every condition."""
        ...

    async def query(self, query: Query[T]) -> list[T]:
        """Return the page of records that a query selects, filtered and sorted by the store.

        Raises:
            InputError: `query.column-unknown`, `query.value-unusable`, `query.limit`.
        """
        ...

    async def matching(self, conditions: Sequence[AnyCondition[T]]) -> int:
        """Return the number of records that meet all conditions.

        Raises:
            As `query`.
        """
        ...


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """An access policy under which assets are offered; `digest` identifies its rules, "" if it is not known."""

    policy: str
    digest: str


class OfferDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A contract definition that offers an asset, with the ids of its access policy and contract policy."""

    definition: str
    access: str
    contract: str


class OfferedAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset with the definitions that offer it, in the order of their ids; at least one."""

    asset: Asset
    under: tuple[OfferDefinition, ...]


class Offerings(Protocol):
    """The index of the catalog: the pairs of an asset and a definition that offers it, maintained by `publish`."""

    async def audiences(self) -> list[Audience]:
        """Return the access policies that definitions name, each once; a missing policy shows nothing."""
        ...

    async def page(
        self,
        access: Sequence[str],
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[OfferedAsset]:
        """Return assets offered under any of these access policies, in the order of their ids, with those definitions.

        Args:
            after: asset id after which the page begins. before: asset id before which the page ends
                (still in ascending order).
        """
        ...

    async def of(self, asset: str) -> list[OfferDefinition]:
        """Return the definitions that offer this asset under any access policy, in the order of their ids."""
        ...

    async def query(self, access: Sequence[str], query: Query[Asset]) -> list[OfferedAsset]:
        """Return the assets offered under any of these access policies that a query selects, with those definitions.

        Raises:
            As `Records.query`. NotFoundError: `asset.not-found`: the asset that `query.after` names no longer exists,
            so its place in the order is unknown.
        """
        ...

    async def select(self, definition: str, conditions: Sequence[AnyCondition[Asset]]) -> None:
        """Let a definition with criteria offer exactly the assets that meet the conditions now."""
        ...

    async def candidates(self, asset: Asset) -> list[str]:
        """Return the ids of the definitions whose criteria have to be checked for a saved asset, in order."""
        ...

    async def put(self, definition: str, asset: str) -> None:
        """Let a definition with criteria offer this asset; repeating changes nothing."""
        ...

    async def drop(self, definition: str, asset: str | None = None) -> None:
        """Stop a definition with criteria from offering this asset, or any asset if none is given."""
        ...


class Outbox(Protocol):
    """The work that a step promises to do later.

    A row in a form that this program does not know is an `UnreadablePromise`. It holds up its own queue and no other.
    """

    async def add(self, promise: Promise, *, due: datetime) -> int:
        """Add a row and return its id. The row waits until it is due, or is handed over as described in `Store.entrust`.

        `OutboxRow.created` is this first `due`, because a step does not know the time. `OutboxRow.trace` is the trace
        of the current work (ports/observer.py).
        """
        ...

    async def get(self, id: int) -> OutboxRow | None:  # noqa: A002 - the field's own name
        """Return the row, leased or not; None if it is done or dropped."""
        ...

    async def done(self, id: int) -> bool:  # noqa: A002 - the field's own name
        """Remove a row whose work is done. False if it was done or dropped before."""
        ...

    async def retry(self, id: int, *, due: datetime, error: str) -> None:  # noqa: A002 - the field's own name
        """Record a failed attempt and try again at `due`. Raises `attempts` by one and ends the lease."""
        ...

    async def hold(self, id: int, *, until: datetime) -> bool:  # noqa: A002 - the field's own name
        """Extend the lease of a row in progress to `until`. False if the row was done or dropped."""
        ...

    async def drop(self, process: str, *, kind: str | None = None) -> int:
        """Remove the waiting messages of a process (of one kind), which have become pointless. Return how many."""
        ...

    async def of(self, queue: str) -> list[OutboxRow]:
        """Return the waiting rows of a queue, in order. The queue of a process has the id of the process."""
        ...


class Deadlines(Protocol):
    """The times at which records of this context have to be examined."""

    async def put(self, kind: DeadlineKind, id: str, due: datetime) -> None:  # noqa: A002 - the field's own name
        """Set the time at which to examine the record, in place of any earlier setting."""
        ...

    async def drop(self, kind: DeadlineKind, id: str) -> None:  # noqa: A002 - the field's own name
        """Remove the time that was set for the record; repeating changes nothing."""
        ...


class Nonces(Protocol):
    """The token ids that have been seen (D-03)."""

    async def claim(self, issuer: str, nonce: str, *, expires: datetime) -> bool:
        """Claim a nonce of an issuer: True the first time, False if it was claimed before.

        The claim is kept until `expires`, which must be at most an hour ahead (D-02: five minutes).
        """
        ...


class Counters(Protocol):
    """Counters with reservations (usage-control §6). A limit is never exceeded, under any concurrency."""

    async def reserve(
        self, counter: str, amount: int, *, limit: int, reservation: str, expires: datetime
    ) -> bool:
        """Set `amount` aside if used + held + amount <= limit; otherwise return False and change nothing.

        Repeating a reservation returns True and changes nothing.

        Raises:
            InputError: `reservation.empty`, if the amount is below 1.
            ConflictError: `reservation.exists`, for another counter or amount.
            IntegrityError: `counter.missing`: the counter was used before, but the store no longer has it.
        """
        ...

    async def commit(self, reservation: str, *, amount: int) -> None:
        """Count the amount actually used (0 .. reserved) and release the rest. Repeating changes nothing.

        Raises:
            NotFoundError: `reservation.not-found`. InputError: `reservation.exceeded`.
        """
        ...

    async def used(self, counter: str) -> tuple[int, int]:
        """Return (used, held) of the counter; (0, 0) if it does not exist."""
        ...

    async def forget(self, first: str, before: str) -> int:
        """Forget the counters from `first` up to but not including `before`, in the order of their names.

        Counters with reservations remain. Return how many were forgotten.
        """
        ...


class Quotas(Counters, Protocol):
    """The counters of a step, with the times of their first and last uses."""

    async def mark(self, counter: str, at: datetime, *, last: datetime | None) -> bool:
        """Record a use at `at` if the last recorded use is still `last`; otherwise return False and change nothing.

        The first use never changes, and the last use never moves back.

        Raises:
            IntegrityError: `counter.missing`, as in `reserve`.
        """
        ...

    async def marks(self, counter: str) -> tuple[datetime | None, datetime | None]:
        """Return the times of the first and the last recorded use, in UTC; None for none.

        Raises:
            IntegrityError: `counter.missing`, as in `reserve`.
        """
        ...

    async def missing(self, limit: int) -> list[str]:
        """Return at most `limit` names of counters that were used before but are no longer in the store."""
        ...

    async def expire(self, now: datetime) -> int:
        """Count expired reservations in full (fail closed), and return how many there were.

        Reservations settled a day or more before `now` are forgotten, too.
        """
        ...


class Step(Protocol):
    """A transaction of one context."""

    context: str

    def of(self, kind: Kind[T]) -> Records[T]:
        """Return the records of this kind."""
        ...

    @property
    def offerings(self) -> Offerings: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def nonces(self) -> Nonces: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def log(self) -> Log: ...
    @property
    def peer_logs(self) -> PeerLogs: ...

    async def record(self, entry: Entry, attachments: Mapping[str, bytes] | None = None) -> None:
        """Append an evidence entry (without an index yet, D-19) with its attached proofs.

        Raises:
            ConflictError: `entry.exists`. InputError: `context.foreign`. The step can continue.
        """
        ...

    async def alone(self, name: str) -> None:
        """Wait for the lock `name` of the context, and hold it until this step ends.

        For a record that is looked up and added if it is missing: `lock` has no record to lock yet.
        """
        ...

    async def census(self) -> Census:
        """Return the census of the context, as this step sees it."""
        ...

    def publish(self, topic: str) -> None:
        """Notify the watchers of `topic` (a process id, or a kind) after the commit. A crash loses the notification."""
        ...


class Store(Protocol):
    """The store of all contexts of a node."""

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        """Open a step; leaving the block commits durably, an exception rolls back.

        Args:
            lazy: leaving does not wait for the disk. Only for changes that are repeated after a power cut (that
                a peer acknowledged our message: it is delivered once more). The next durable step makes it
                durable too, and a crash of the process alone loses nothing.

        Raises (on entering):
            ConflictError: `store.busy`, if another process holds the database longer than the limit.
            StoreError: `store.away`, if the database cannot be reached for that long.
        Raises (on leaving, and by every call inside):
            StoreError: `store.full`, `store.broken`, `store.away`, `store.locked`: nothing of the step was
                kept. It also replaces an exception from the block, if that was based on another
                step which could not be kept.
            StoreError (on leaving): `store.unsure`: the connection to the database was lost during the commit.
        """
        ...

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        """Open a consistent, read-only view without a lock; writing in it raises."""
        ...

    def quotas(self, context: str) -> Counters:
        """Return the counters of a context for use outside of steps: each call is durable when it returns.

        Simultaneous calls share a transaction. Do not call them inside a step of the same task.
        """
        ...

    async def contexts(self) -> list[str]:
        """Return the ids of all contexts that have records."""
        ...

    async def claim(
        self, owner: str, *, now: datetime, lease_until: datetime, limit: int = 64
    ) -> list[OutboxRow]:
        """Lease rows that are due and not leased: only the first row of each queue, and the longest due first."""
        ...

    async def release(self, ids: Sequence[int], *, now: datetime) -> None:
        """Make these rows due now and wake the dispatcher; existing leases remain."""
        ...

    def entrust(self, owner: str, *, lease: timedelta, take: Callable[[Sequence[OutboxRow]], None]) -> None:
        """Lease to `owner` each row that a step of this worker adds from now on, and hand it over without a claim.

        `take` is called with the rows on the event loop, after the commit. Only a row that is the first of its
        queue is handed over; the others are claimed when it is their turn.

        Args:
            lease: how long after its due time the row belongs to `owner` alone. After that, or when `owner` is freed,
                it can be claimed like any other.
        """
        ...

    async def free(self, owner: str) -> None:
        """End all leases of this owner (at a graceful stop, or a restart under the same name)."""
        ...

    async def next_due(self) -> datetime | None:
        """Return the time at which the next row becomes due or a lease ends; None if no row waits."""
        ...

    async def deadlines(self, *, limit: int = 64) -> list[Deadline]:
        """Return the next deadlines of all contexts, earliest first."""
        ...

    def watch(self, notify: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `notify` on the event loop with the topics of each commit; return a function that ends this.

        The topic "outbox" means that a row may have become claimable or has another due time, "log" that entries were
        appended, "deadlines" that a deadline was set. If several workers share a store, commits of the others are
        reported too, with two more topics: "deaf" if the connection for their notifications has been lost for seconds,
        and "missed" if notifications were lost.
        """
        ...

    async def close(self) -> None:
        """Finish running steps and close all connections."""
        ...
