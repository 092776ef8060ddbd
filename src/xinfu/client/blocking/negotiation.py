"""A negotiation as a handle, blocking."""

from collections.abc import Coroutine
from typing import Any

from xinfu.client import negotiation as negotiations
from xinfu.client.blocking.agreement import Agreement
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import Checked, Happening, NegotiationView


class Negotiation:
    """See `xinfu.client.Negotiation`."""

    def __init__(self, loop: Loop, inner: negotiations.Negotiation) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> NegotiationView:
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

    def refresh(self) -> "Negotiation":
        """Look again."""
        return self._same(self._inner.refresh())

    def reached(self, *states: str, timeout_s: float = 30) -> "Negotiation":
        """Wait for one of these states, or for its end."""
        return self._same(self._inner.reached(*states, timeout_s=timeout_s))

    def agreed(self, timeout_s: float = 30) -> Agreement:
        """Wait for the agreement."""
        return Agreement(self._loop, self._loop.wait(self._inner.agreed(timeout_s)))

    def check(self) -> Checked:
        """Ask the peer how it stands there, and go by what it says."""
        return self._loop.wait(self._inner.check())

    def accept(self) -> "Negotiation":
        """Accept the provider's offer."""
        return self._same(self._inner.accept())

    def agree(self) -> "Negotiation":
        """As provider: agree."""
        return self._same(self._inner.agree())

    def verify(self) -> "Negotiation":
        """As consumer: verify the agreement."""
        return self._same(self._inner.verify())

    def finalize(self) -> "Negotiation":
        """As provider: finalize a verified agreement."""
        return self._same(self._inner.finalize())

    def counter(self, policy: dict[str, Any]) -> "Negotiation":
        """Send other terms."""
        return self._same(self._inner.counter(policy))

    def terminate(self, reason: str | None = None) -> "Negotiation":
        """End it."""
        return self._same(self._inner.terminate(reason))

    def hold(self) -> "Negotiation":
        """Let it wait for a person."""
        return self._same(self._inner.hold())

    def release(self) -> "Negotiation":
        """Let it go on by its answers."""
        return self._same(self._inner.release())

    def timeline(self) -> list[Happening]:
        """What happened, in order."""
        return self._loop.wait(self._inner.timeline())

    def _same(self, work: Coroutine[Any, Any, negotiations.Negotiation]) -> "Negotiation":
        self._loop.wait(work)
        return self
