"""A duty as a handle: prove it, or decide on the proof of the other side."""

from collections.abc import Sequence
from urllib.parse import quote

from xinfu.api import DutyView
from xinfu.client.transport import Transport


class Duty:
    """A duty of the node. `view` holds its state when it was last loaded."""

    def __init__(self, transport: Transport, view: DutyView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of the duty."""
        return self.view.id

    @property
    def state(self) -> str:
        """The state when last loaded: pending, due, claimed, fulfilled, overdue and so on."""
        return self.view.state

    async def refresh(self) -> "Duty":
        """Reload the duty from the node."""
        self.view = await self._transport.get(self._path, DutyView)
        return self

    async def fulfil(
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
        """Submit the proof of our duty, or accept the proof of the other side; `view.wants` names the fields it takes.

        Args:
            digests: SHA-256, lower-case hex, of the proving documents.

        Raises:
            InputError: `duty.proof-incomplete`. ConflictError: `duty.wrong-state`, `duty.no-proof`.
        """
        proof = {
            "method": method,
            "digests": list(digests),
            "link": link,
            "receipt": receipt,
            "amount": amount,
            "currency": currency,
            "statement": statement,
        }
        self.view = await self._transport.post(f"{self._path}/fulfil", DutyView, proof)
        return self

    async def refuse(self, reason: str | None = None) -> "Duty":
        """Refuse the proof that the other side submitted."""
        return await self._act("refuse", reason)

    async def waive(self, reason: str | None = None) -> "Duty":
        """Waive the duty; only the side to which it is owed can."""
        return await self._act("waive", reason)

    async def breach(self, reason: str | None = None) -> "Duty":
        """Declare the other side's overdue duty breached; the agreement then allows no further use."""
        return await self._act("breach", reason)

    @property
    def _path(self) -> str:
        return f"/duties/{quote(self.view.id, safe='')}"

    async def _act(self, act: str, reason: str | None) -> "Duty":
        self.view = await self._transport.post(f"{self._path}/{act}", DutyView, {"reason": reason})
        return self
