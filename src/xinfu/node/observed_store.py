"""A store whose commits are observed; all else is the store's own."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType

from xinfu.ports.observer import Observer, WorkKind
from xinfu.ports.store import Step, Store


class ObservedStore:
    """Implements `Store` of ports/store.py over another one.

    Attributes:
        kept: the store itself.
    """

    def __init__(self, kept: Store, observer: Observer) -> None:
        self.kept = kept
        self._observer = observer
        self.view = kept.view
        self.quotas = kept.quotas
        self.contexts = kept.contexts
        self.claim = kept.claim
        self.release = kept.release
        self.entrust = kept.entrust
        self.free = kept.free
        self.next_due = kept.next_due
        self.deadlines = kept.deadlines
        self.watch = kept.watch
        self.close = kept.close

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        return ObservedTurn(self.kept.step(context, lazy=lazy), self._observer, context)


class ObservedTurn:
    """A turn of the store's; how its end goes is observed."""

    __slots__ = ("_context", "_observer", "_turn")

    def __init__(self, turn: AbstractAsyncContextManager[Step], observer: Observer, context: str) -> None:
        self._turn = turn
        self._observer = observer
        self._context = context

    async def __aenter__(self) -> Step:
        return await self._turn.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if error is not None:  # it is undone, not committed
            return await self._turn.__aexit__(kind, error, trace)
        with self._observer.work(WorkKind.COMMIT, context=self._context):
            return await self._turn.__aexit__(None, None, None)
