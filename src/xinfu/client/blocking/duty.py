"""A duty as a handle, blocking."""

from collections.abc import Coroutine, Sequence
from typing import Any

from xinfu.client import duty as duties
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import DutyView


class Duty:
    """See `xinfu.client.Duty`."""

    def __init__(self, loop: Loop, inner: duties.Duty) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> DutyView:
        """What it was when last looked at."""
        return self._inner.view

    @property
    def id(self) -> str:
        """Our id of it."""
        return self._inner.id

    @property
    def state(self) -> str:
        """Where it stood when last looked at."""
        return self._inner.state

    def refresh(self) -> "Duty":
        """Look again."""
        return self._same(self._inner.refresh())

    def fulfil(
        self,
        *,
        method: str = "",
        digests: Sequence[str] = (),
        link: str = "",
        receipt: str = "",
        amount: str = "",
        currency: str = "",
        statement: str = "",
    ) -> "Duty":
        """Hand in the proof of a duty of ours, or say yes to the other side's."""
        return self._same(
            self._inner.fulfil(
                method=method,
                digests=digests,
                link=link,
                receipt=receipt,
                amount=amount,
                currency=currency,
                statement=statement,
            )
        )

    def refuse(self, reason: str | None = None) -> "Duty":
        """Refuse the proof that the other side handed in."""
        return self._same(self._inner.refuse(reason))

    def waive(self, reason: str | None = None) -> "Duty":
        """Do without it; only who is owed can."""
        return self._same(self._inner.waive(reason))

    def breach(self, reason: str | None = None) -> "Duty":
        """Declare that the other side did not do it, once it is overdue."""
        return self._same(self._inner.breach(reason))

    def _same(self, work: Coroutine[Any, Any, duties.Duty]) -> "Duty":
        self._inner = self._loop.wait(work)
        return self
