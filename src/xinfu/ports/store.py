"""Store: where records live; Step: one transaction.

The docstrings are the contract; tests/ports/test_store.py holds every adapter to it.

A step is one transaction: state, outbox rows and evidence entries commit together or not at all. Leaving the
block commits and returns only when the commit is durable (D-15); any exception rolls everything back. There is
no commit to forget. No network call inside a step. Steps that would touch the same record wait for one another.

A step inside a step of the same task is a RuntimeError; so is a step that is used after its end. A task that is
cancelled inside a step rolls back; cancelled while it waits for the disk, it does not learn whether the step was
kept (nearly always it was). A value that no store can hold (a lone surrogate, a number beyond 64 bits) is an
InputError `store.text-unusable`, after which the step can go on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec

from xinfu.evidence import Entry
from xinfu.ports.census import Census
from xinfu.ports.kind import Kind, Record
from xinfu.ports.log import Log
from xinfu.ports.peerlogs import PeerLogs
from xinfu.ports.query import Condition, Query
from xinfu.ports.records import Asset, Deadline, DeadlineKind, Delivery, Family, OutboxRow

T = TypeVar("T", bound=Record)


class Records(Protocol[T]):
    """The records of one kind in one context."""

    async def get(self, id: str) -> T | None:  # noqa: A002 - the field's own name
        """The record, or None."""
        ...

    async def lock(self, id: str) -> T:  # noqa: A002 - the field's own name
        """The record, held until the step ends, so that no other step changes it meanwhile.

        Raises:
            NotFoundError: `<kind>.not-found`.
        """
        ...

    async def add(self, record: T) -> None:
        """Insert.

        Raises:
            ConflictError: `<kind>.exists`, when the id is taken. The step can go on.
            InputError: `context.foreign`, when the record says another context (`save` too).
        """
        ...

    async def save(self, record: T) -> None:
        """Replace the record with the same id.

        Raises:
            NotFoundError: `<kind>.not-found`.
        """
        ...

    async def remove(self, id: str) -> bool:  # noqa: A002 - the field's own name
        """Delete; False when there was none."""
        ...

    async def find(
        self,
        where: Mapping[str, str | int | Sequence[str]] | None = None,
        *,
        after: str | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[T]:
        """Records whose columns equal `where`, in the order of their ids (UUIDv7: oldest first).

        Args:
            where: column -> value; a sequence means any of these. Only columns that the kind has
                (see stores/sql/tables.py); another name raises InputError `query.column-unknown`.
            after: the id after which the page begins (exclusive).
            limit: 1 to 1,000.

        Raises:
            InputError: `query.column-unknown`, `query.value-unusable`, `query.limit`.
        """
        ...

    async def count(self, where: Mapping[str, str | int | Sequence[str]] | None = None) -> int:
        """How many records `find` would give in all."""
        ...

    async def query(self, query: Query) -> list[T]:
        """Records that fit, ordered and cut by the store.

        Raises:
            InputError: `query.column-unknown`, `query.value-unusable`, `query.limit`.
        """
        ...

    async def matching(self, conditions: Sequence[Condition]) -> int:
        """How many records fit all conditions.

        Raises:
            As `query`.
        """
        ...


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """An access policy under which something is offered; `digest` names its rules, "" where it is not known."""

    policy: str
    digest: str


class OfferDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A contract definition that offers an asset, with the ids of its access policy and its contract policy."""

    definition: str
    access: str
    contract: str


class OfferedAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset with the definitions that offer it, in the order of their ids; at least one."""

    asset: Asset
    under: tuple[OfferDefinition, ...]


class Offerings(Protocol):
    """Which (asset, definition) pairs exist: the catalog's index, kept by `publish`."""

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
        """Assets offered under any of these access policies, ordered by asset id, each with those definitions.

        Args:
            after: asset id after which the page begins. before: the page that ends before this asset id
                (still returned in ascending order).
        """
        ...

    async def of(self, asset: str) -> list[OfferDefinition]:
        """The definitions that offer this asset, ordered, whatever their access policies."""
        ...

    async def query(self, access: Sequence[str], query: Query) -> list[OfferedAsset]:
        """Assets offered under any of these access policies that fit, with those definitions.

        Raises:
            As `Records.query`. NotFoundError: `asset.not-found`: what `query.after` names is gone, and with it
            its place in the order.
        """
        ...

    async def select(self, definition: str, conditions: Sequence[Condition]) -> None:
        """Let a definition that selects by criteria offer the assets that fit now, and no others."""
        ...

    async def candidates(self, asset: Asset) -> list[str]:
        """Ids of the definitions whose selection has to look at an asset that was saved, ordered."""
        ...

    async def put(self, definition: str, asset: str) -> None:
        """Let a definition that selects by criteria offer this asset; again changes nothing."""
        ...

    async def drop(self, definition: str, asset: str | None = None) -> None:
        """Let it no longer offer this asset, or any."""
        ...


class Outbox(Protocol):
    """The work that a step promises to do later."""

    async def add(
        self,
        *,
        family: Family,
        process: str,
        delivery: Delivery,
        kind: str,
        peer: str = "",
        url: str = "",
        payload: bytes = b"",
        sealed: bool = False,
        due: datetime,
    ) -> int:
        """Add a row; gives its id. It waits until it is due, or in memory as `Store.entrust` says.

        `OutboxRow.created` is this first `due`: a step does not know the time. `OutboxRow.trace` is that of the
        current work (ports/observer.py).
        """
        ...

    async def get(self, id: int) -> OutboxRow | None:  # noqa: A002 - the field's own name
        """The row, whoever holds its lease; None when it is done or dropped."""
        ...

    async def done(self, id: int) -> bool:  # noqa: A002 - the field's own name
        """The promise is kept; the row goes. False when it was done or dropped before."""
        ...

    async def retry(self, id: int, *, due: datetime, error: str) -> None:  # noqa: A002 - the field's own name
        """Record a failed attempt and try again at `due`. Raises `attempts` by one and ends the lease."""
        ...

    async def hold(self, id: int, *, until: datetime) -> bool:  # noqa: A002 - the field's own name
        """Keep the lease of a row that one has taken up until then. False when it was done or dropped."""
        ...

    async def drop(self, process: str, *, kind: str | None = None) -> int:
        """Remove the process's waiting MESSAGE rows (of one kind): they make no sense any more. Gives how many."""
        ...

    async def of(self, process: str) -> list[OutboxRow]:
        """Rows that wait for this process, in order."""
        ...


class Deadlines(Protocol):
    """When which records of this context have to be looked at."""

    async def put(self, kind: DeadlineKind, id: str, due: datetime) -> None:  # noqa: A002 - the field's own name
        """Look at the record at `due`, in place of any other moment that was set for it."""
        ...

    async def drop(self, kind: DeadlineKind, id: str) -> None:  # noqa: A002 - the field's own name
        """Look at it no more; again changes nothing."""
        ...


class Nonces(Protocol):
    """Token ids that were seen (D-03)."""

    async def claim(self, issuer: str, nonce: str, *, expires: datetime) -> bool:
        """True the first time; False when this issuer's nonce was claimed before.

        Held until `expires`, which must lie at most an hour ahead (D-02: five minutes).
        """
        ...


class Counters(Protocol):
    """Counters with reservations (usage-control §6). Never one too many, under any concurrency."""

    async def reserve(
        self, counter: str, amount: int, *, limit: int, reservation: str, expires: datetime
    ) -> bool:
        """Set `amount` aside when used + held + amount <= limit; False otherwise and nothing changed.

        A repeat of a reservation that was made answers True and changes nothing.

        Raises:
            InputError: `reservation.empty`, when the amount is below 1.
            ConflictError: `reservation.exists`, for another counter or amount.
            IntegrityError: `counter.missing`: the counter began once, and the store has it no more.
        """
        ...

    async def commit(self, reservation: str, *, amount: int) -> None:
        """Count the amount really used (0 .. reserved) and release the rest. Repeating changes nothing.

        Raises:
            NotFoundError: `reservation.not-found`. InputError: `reservation.exceeded`.
        """
        ...

    async def used(self, counter: str) -> tuple[int, int]:
        """(used, held) of the counter; (0, 0) when it does not exist."""
        ...

    async def forget(self, first: str, before: str) -> int:
        """Forget the counters from `first` up to but not including `before`, in the order of their names.

        One of which something is set aside stays. Gives how many are gone.
        """
        ...


class Quotas(Counters, Protocol):
    """The counters of a step, with all that is known of them."""

    async def mark(self, counter: str, at: datetime, *, last: datetime | None) -> bool:
        """Note a use at `at`, while the last one is still that of `last`; False otherwise and nothing changed.

        The first use stays the first for ever, and the last never moves back.

        Raises:
            IntegrityError: `counter.missing`, as of `reserve`.
        """
        ...

    async def marks(self, counter: str) -> tuple[datetime | None, datetime | None]:
        """The first and the last use that were noted, in UTC; None where there was none.

        Raises:
            IntegrityError: `counter.missing`, as of `reserve`.
        """
        ...

    async def missing(self, limit: int) -> list[str]:
        """Names of counters that began and are not in the store any more, `limit` of them at most."""
        ...

    async def expire(self, now: datetime) -> int:
        """Reservations past their time count in full (fail closed). Gives how many.

        What was settled a day before `now` is forgotten along the way.
        """
        ...


class Step(Protocol):
    """A transaction of one context."""

    context: str

    def of(self, kind: Kind[T]) -> Records[T]:
        """The records of this kind."""
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
        """Append an evidence entry (without an index yet, D-19) and its attached proofs.

        Raises:
            ConflictError: `entry.exists`. InputError: `context.foreign`. The step can go on.
        """
        ...

    async def alone(self, name: str) -> None:
        """Until this step ends, no other step of the context that asked for the same `name` goes on.

        For what is looked for and added where it is missing: there is no record yet that `lock` could hold.
        """
        ...

    async def census(self) -> Census:
        """How much there is of what, as this step sees it."""
        ...

    def publish(self, topic: str) -> None:
        """Notify the watchers of `topic` (a process id, or a kind) after the commit. Lost on a crash."""
        ...


class Store(Protocol):
    """The store of all contexts of a node."""

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        """Open a step; leaving the block commits durably, an exception rolls back.

        Args:
            lazy: leaving does not wait for the disk. Only for what makes itself again after a power cut (that
                a peer acknowledged our message: it is delivered once more). The next durable step makes it
                durable too, and a crash of the process alone loses nothing.

        Raises (on entering):
            ConflictError: `store.busy`, when another process holds the database longer than the limit.
            StoreError: `store.away`, when the database cannot be reached for as long.
        Raises (on leaving, and by every call inside):
            StoreError: `store.full`, `store.broken`, `store.away`, `store.locked`: nothing of the step is
                there. It also takes the place of an exception from the block, when that rested on another
                step which could not be kept.
            StoreError (on leaving): `store.unsure`: the database went away during the commit.
        """
        ...

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        """A consistent look without a lock; writing in it raises."""
        ...

    def quotas(self, context: str) -> Counters:
        """The counters of a context, outside of any step: each call is durable when it returns.

        Calls at the same moment share a transaction. Not to be called inside a step of the same task.
        """
        ...

    async def contexts(self) -> list[str]:
        """Ids of all contexts that have records."""
        ...

    async def claim(
        self, owner: str, *, now: datetime, lease_until: datetime, limit: int = 64
    ) -> list[OutboxRow]:
        """Lease rows that are due and not leased: of each process only its first row, those due longest first."""
        ...

    async def release(self, ids: Sequence[int], *, now: datetime) -> None:
        """Make these rows due now, whatever they wait for, and wake the dispatcher; a lease of someone stays."""
        ...

    def entrust(self, owner: str, *, lease: timedelta, take: Callable[[Sequence[OutboxRow]], None]) -> None:
        """Lease to `owner` each row that a step of this process adds from now on, and hand the row over.

        `take` gets it on the loop, after the commit; so it needs no claim. Only a row that stands first in its
        process is handed over; the others are claimed when their turn has come.

        Args:
            lease: how long beyond its time the row is `owner`'s alone. Then, or when `owner` is freed, it can be
                claimed as any other.
        """
        ...

    async def free(self, owner: str) -> None:
        """End all leases of this owner (on a graceful stop or a restart under the same name)."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next row becomes due or a lease ends; None when nothing waits."""
        ...

    async def deadlines(self, *, limit: int = 64) -> list[Deadline]:
        """The next moments at which something has to be looked at, over all contexts, the earliest first."""
        ...

    def watch(self, notify: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `notify` with the topics of each commit (on the loop); gives a function that ends it.

        Topic "outbox" is told whenever a row may have become claimable or is due at another time, "log"
        whenever entries were appended, "deadlines" whenever a moment was set. Where several workers share a store, commits of the others are told
        too, and two more topics: "deaf" when nothing has been heard of them for seconds, and "missed" when
        they can be heard again; what was told meanwhile is lost.
        """
        ...

    async def close(self) -> None:
        """Finish what runs, close all connections."""
        ...
