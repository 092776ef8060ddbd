"""A negotiation as a handle: wait for its end, or decide by hand."""

from typing import Any
from urllib.parse import quote

from xinfu.api import AgreementView, Checked, Happening, NegotiationCheck, NegotiationView, Page
from xinfu.client import errors
from xinfu.client.agreement import Agreement
from xinfu.client.problems import ended
from xinfu.client.timeline import happenings
from xinfu.client.transport import Transport
from xinfu.client.waiting import wait_until


class Negotiation:
    """A negotiation of the node. `view` holds its state when it was last loaded."""

    def __init__(self, transport: Transport, view: NegotiationView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of the negotiation."""
        return self.view.id

    @property
    def state(self) -> str:
        """The state when last loaded."""
        return self.view.state

    async def refresh(self) -> "Negotiation":
        """Reload the negotiation from the node."""
        self.view = await self._transport.get(self._path, NegotiationView)
        return self

    async def reached(self, *states: str, timeout_s: float = 30) -> "Negotiation":
        """Wait for one of these states, or for FINALIZED or TERMINATED.

        Raises:
            PeerError: `wait.over`.
        """
        self.view = await wait_until(
            self._transport, self._path, NegotiationView, until=set(states), timeout_s=timeout_s
        )
        return self

    async def agreed(self, timeout_s: float = 30) -> Agreement:
        """Wait for the agreement.

        Raises:
            RefusedError: it was terminated, with the other side's rule and remedy. PeerError: `wait.over`.
        """
        await self.reached(timeout_s=timeout_s)
        if self.view.state != "FINALIZED":
            raise ended(
                ("negotiation", "协商"), peer=self.view.peer, code=self.view.code, reasons=self.view.reason
            )
        page = await self._transport.get("/agreements", Page[AgreementView], {"negotiation": self.id})
        if not page.items:
            raise errors.AGREEMENT_NOT_FOUND()
        return Agreement(self._transport, page.items[0])

    async def check(self) -> Checked:
        """Ask the peer for its state of the negotiation, and adopt it.

        Raises:
            ConflictError: `process.not-opened`. PeerError: the peer is unreachable.
        """
        told = await self._transport.post(f"{self._path}/check", NegotiationCheck)
        self.view = told.negotiation
        return told.checked

    async def accept(self) -> "Negotiation":
        """Accept the provider's offer."""
        return await self._act("accept")

    async def agree(self) -> "Negotiation":
        """Agree to the consumer's request or acceptance, as provider."""
        return await self._act("agree")

    async def verify(self) -> "Negotiation":
        """Verify the agreement, as consumer."""
        return await self._act("verify")

    async def finalize(self) -> "Negotiation":
        """Finalize a verified agreement, as provider."""
        return await self._act("finalize")

    async def counter(self, policy: dict[str, Any]) -> "Negotiation":
        """Send a counter-offer: the whole policy that we would accept.

        Raises:
            InputError: `policy.*`. ConflictError: it is not our turn.
        """
        return await self._act("counter", {"policy": policy})

    async def terminate(self, reason: str | None = None) -> "Negotiation":
        """End the negotiation, with a reason that the other side reads."""
        return await self._act("terminate", {"reason": reason})

    async def hold(self) -> "Negotiation":
        """Hold the negotiation for a person's decision."""
        return await self._act("hold")

    async def release(self) -> "Negotiation":
        """Release the negotiation to the stored answers."""
        return await self._act("release")

    async def timeline(self) -> list[Happening]:
        """Return the events of the negotiation from the evidence log, in order."""
        return await happenings(self._transport, self.id)

    @property
    def _path(self) -> str:
        return f"/negotiations/{quote(self.view.id, safe='')}"

    async def _act(self, act: str, body: object = None) -> "Negotiation":
        self.view = await self._transport.post(f"{self._path}/{act}", NegotiationView, body)
        return self
