"""A digital contract as a handle, blocking."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from xinfu.client import contract as contracts
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import ContractChecked, ContractView, RoundView


class Contract:
    """See `xinfu.client.Contract`."""

    def __init__(self, loop: Loop, inner: contracts.Contract) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> ContractView:
        """What it was when last looked at."""
        return self._inner.view

    @property
    def id(self) -> str:
        """Our id of it."""
        return self._inner.id

    @property
    def number(self) -> str:
        """The number that all parties use."""
        return self._inner.number

    @property
    def status(self) -> str:
        """Its status when last looked at."""
        return self._inner.status

    def refresh(self) -> "Contract":
        """Look again."""
        return self._same(self._inner.refresh())

    def wait(self, *until: str, timeout_s: float = 30) -> "Contract":
        """Wait until it is in one of these statuses, or in one that it never leaves."""
        return self._same(self._inner.wait(*until, timeout_s=timeout_s))

    def begin(
        self,
        *,
        terms: Sequence[str] = (),
        service_providers: Sequence[str] = (),
        sign_mode: str | None = None,
    ) -> "Contract":
        """Begin it from its draft: the platform gives its number."""
        work = self._inner.begin(terms=terms, service_providers=service_providers, sign_mode=sign_mode)
        return self._same(work)

    def sign(self) -> "Contract":
        """Sign it for ourselves and tell the other parties."""
        return self._same(self._inner.sign())

    def file(self) -> "Contract":
        """File it with the platform, once all have signed."""
        return self._same(self._inner.file())

    def amend(self, *terms: str) -> "Contract":
        """Begin a supplement that adds terms to it; gives the supplement."""
        return Contract(self._loop, self._loop.wait(self._inner.amend(*terms)))

    def chain(self) -> list[ContractView]:
        """It with what it supplements and all its supplements."""
        return self._loop.wait(self._inner.chain())

    def end(self, reason: str, *, clause: str | None = None) -> "Contract":
        """End it and its agreement."""
        return self._same(self._inner.end(reason, clause=clause))

    def report(self, actions: Sequence[str], result: str, *, details: str = "") -> "Contract":
        """Report what was done under it to the other parties and the platform."""
        return self._same(self._inner.report(actions, result, details=details))

    def feedback(self, result: str, details: Mapping[str, str] | None = None) -> "Contract":
        """Tell its provider a decision of ours."""
        return self._same(self._inner.feedback(result, details))

    def stop(self, reason: str) -> "Contract":
        """As its provider: stop what the consumer does under it."""
        return self._same(self._inner.stop(reason))

    def prove(self) -> "Contract":
        """Hand the others and the platform receipts of what was done under it."""
        return self._same(self._inner.prove())

    def check(self) -> ContractChecked:
        """What its signatures, and that of its receipt, are worth now."""
        return self._loop.wait(self._inner.check())

    def document(self, *, pdf: bool = False) -> bytes:
        """It as a page to print: HTML, or `pdf`."""
        return self._loop.wait(self._inner.document(pdf=pdf))

    def history(self) -> list[RoundView]:
        """Every round and change of it, oldest first."""
        return self._loop.wait(self._inner.history())

    def text(self) -> bytes:
        """The canonical text that its parties sign."""
        return self._loop.wait(self._inner.text())

    def _same(self, work: Coroutine[Any, Any, contracts.Contract]) -> "Contract":
        self._loop.wait(work)
        return self
