"""Digital contracts, duties and payments, by which the parties of an agreement are bound."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from xinfu.api import (
    ContractView,
    DutyView,
    PaymentView,
)
from xinfu.client.contract import ANY_STATUS, Contract
from xinfu.client.duty import Duty
from xinfu.client.handle import Handle


class Obligations(Handle):
    """The calls of a node for digital contracts, duties and payments."""

    async def contract(self, id_: str, *, wait_s: int = 0) -> Contract:
        """Return a digital contract by our id or its number, or a draft by the id of its agreement.

        Args:
            wait_s: seconds to wait until the other party has sent it to us; at most 25.

        Raises:
            NotFoundError: `contract.not-found`.
        """
        query = {"until": ANY_STATUS, "wait": str(wait_s)} if wait_s else None
        view = await self._transport.get(f"/contracts/{quote(id_, safe='')}", ContractView, query)
        return Contract(self._transport, view)

    async def contracts(
        self,
        *,
        status: str | None = None,
        agreement: str | None = None,
        side: str | None = None,
        amends: str | None = None,
    ) -> AsyncIterator[Contract]:
        """Yield the matching digital contracts, oldest first.

        Args:
            agreement: a wire id.
            amends: the number of a contract, to select only its supplements.
        """
        query = {"status": status, "agreement": agreement, "side": side, "amends": amends}
        async for view in self._transport.pages("/contracts", ContractView, query):
            yield Contract(self._transport, view)

    async def duty(self, id_: str) -> Duty:
        """Return a duty by our id.

        Raises:
            NotFoundError: `duty.not-found`.
        """
        return Duty(self._transport, await self._transport.get(f"/duties/{quote(id_, safe='')}", DutyView))

    async def duties(
        self,
        *,
        state: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        action: str | None = None,
        transfer: str | None = None,
    ) -> AsyncIterator[Duty]:
        """Yield the matching duties, oldest first; `agreement` is our id."""
        query = {"state": state, "agreement": agreement, "peer": peer, "action": action, "transfer": transfer}
        async for view in self._transport.pages("/duties", DutyView, query):
            yield Duty(self._transport, view)

    async def payments(
        self, *, agreement: str | None = None, peer: str | None = None
    ) -> AsyncIterator[PaymentView]:
        """Yield the payments under agreements, oldest first; `agreement` is our id."""
        query = {"agreement": agreement, "peer": peer}
        async for view in self._transport.pages("/payments", PaymentView, query):
            yield view
