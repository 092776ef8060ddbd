"""An agreement as a handle, blocking."""

from collections.abc import Coroutine, Mapping
from typing import Any

from xinfu.client import agreement as agreements
from xinfu.client.blocking.contract import Contract
from xinfu.client.blocking.duty import Duty
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.transfer import Transfer
from xinfu.client.views import AgreementView, PaymentView


class Agreement:
    """See `xinfu.client.Agreement`."""

    def __init__(self, loop: Loop, inner: agreements.Agreement) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> AgreementView:
        """What it was when last looked at."""
        return self._inner.view

    @property
    def id(self) -> str:
        """Our id of it."""
        return self._inner.id

    @property
    def state(self) -> str:
        """Its state when last looked at."""
        return self._inner.state

    def refresh(self) -> "Agreement":
        """Look again."""
        return self._same(self._inner.refresh())

    def contract(self) -> Contract:
        """Its digital contract: the draft that it comes to, until somebody begins it."""
        return Contract(self._loop, self._loop.wait(self._inner.contract()))

    def transfer(
        self,
        *,
        purpose: str | None = None,
        format: str = agreements.PULL,  # noqa: A002 - the API's name
        at: str | None = None,
        push_to: str | None = None,
        push_method: str = "POST",
        push_token: str | None = None,
        vault: bool = False,
        declared: Mapping[str, str] | None = None,
    ) -> Transfer:
        """Ask for its data; with `push_to` the provider sends it there."""
        asked = self._inner.transfer(
            purpose=purpose,
            format=format,
            at=at,
            push_to=push_to,
            push_method=push_method,
            push_token=push_token,
            vault=vault,
            declared=declared,
        )
        return Transfer(self._loop, self._loop.wait(asked))

    def transfers(self) -> list[Transfer]:
        """Its transfers, oldest first."""
        return [Transfer(self._loop, each) for each in self._loop.wait(self._inner.transfers())]

    def duties(self, *, state: str | None = None) -> list[Duty]:
        """What is owed under it, by either side, oldest first."""
        return [Duty(self._loop, each) for each in self._loop.wait(self._inner.duties(state=state))]

    def record_payment(self, *, receipt: str, amount: str, currency: str) -> PaymentView:
        """Record a payment that was made to us under it; the same receipt again changes nothing."""
        return self._loop.wait(self._inner.record_payment(receipt=receipt, amount=amount, currency=currency))

    def payments(self) -> list[PaymentView]:
        """What was settled under it, oldest first."""
        return self._loop.wait(self._inner.payments())

    def renew(self, by: "Agreement") -> "Agreement":
        """Let a new agreement with the same participant take its place; it stands until its own end."""
        return self._same(self._inner.renew(by._inner))

    def suspend(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """Stop all use under it for now."""
        return self._same(self._inner.suspend(reason, clause=clause))

    def resume(self, reason: str | None = None) -> "Agreement":
        """Let it be used again."""
        return self._same(self._inner.resume(reason))

    def terminate(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """End it."""
        return self._same(self._inner.terminate(reason, clause=clause))

    def _same(self, work: Coroutine[Any, Any, agreements.Agreement]) -> "Agreement":
        self._loop.wait(work)
        return self
