"""An agreement as a handle: use it, stop it, end it."""

from collections.abc import Mapping
from urllib.parse import quote

from xinfu.api import AgreementView, ContractView, DutyView, PaymentView, TransferView
from xinfu.client.contract import Contract
from xinfu.client.duty import Duty
from xinfu.client.transfer import Transfer
from xinfu.client.transport import Transport

PULL = "HttpData-PULL"


class Agreement:
    """An agreement of the node. `view` holds its state when it was last loaded."""

    def __init__(self, transport: Transport, view: AgreementView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of the agreement; `view.wire_id` is the id that both sides use."""
        return self.view.id

    @property
    def state(self) -> str:
        """ACTIVE, SUSPENDED, EXPIRED, FULFILLED or TERMINATED, when last loaded."""
        return self.view.state

    async def refresh(self) -> "Agreement":
        """Reload the agreement from the node."""
        self.view = await self._transport.get(self._path, AgreementView)
        return self

    async def contract(self) -> Contract:
        """Return the digital contract of the agreement, or its draft until a party begins the contract.

        Raises:
            NotFoundError: `contract.not-found`.
        """
        view = await self._transport.get(f"/contracts/{quote(self.view.id, safe='')}", ContractView)
        return Contract(self._transport, view)

    async def transfer(
        self,
        *,
        purpose: str | None = None,
        format: str = PULL,  # noqa: A002 - the API's name
        at: str | None = None,
        push_to: str | None = None,
        push_method: str = "POST",
        push_token: str | None = None,
        vault: bool = False,
        declared: Mapping[str, str] | None = None,
    ) -> Transfer:
        """Request a transfer of the data.

        Args:
            purpose: purpose of the use, declared and signed; by default the purpose in the agreement.
            push_to: an address to which the provider is to send the bytes, with `push_method` and, as a bearer
                token, `push_token`; the transfer is COMPLETED when they are there.
            vault: declare in the signed request that the data lands in the node's vault; it is given out in no other
                way then.
            declared: further facts about the use, for that request: `spatial`, `application`, `algorithm`,
                `machineLearningModels`, `systemDevice`, `executionEnv`.

        Raises:
            RefusedError: the agreement is not alive. ConflictError: we are its provider.
        """
        target = {"url": push_to, "method": push_method, "token": push_token}
        body = {
            "agreement": self.id,
            "purpose": purpose,
            "format": format,
            "at": at,
            "push_to": None if push_to is None else target,
            "vault": vault,
            "declared": dict(declared or {}),
        }
        return Transfer(self._transport, await self._transport.post("/transfers", TransferView, body))

    async def transfers(self) -> list[Transfer]:
        """Return the transfers under the agreement, oldest first."""
        query = {"agreement": self.view.wire_id}
        found = self._transport.pages("/transfers", TransferView, query)
        return [Transfer(self._transport, view) async for view in found]

    async def duties(self, *, state: str | None = None) -> list[Duty]:
        """Return the duties of both sides under the agreement, oldest first."""
        query = {"agreement": self.id, "state": state}
        return [
            Duty(self._transport, view) async for view in self._transport.pages("/duties", DutyView, query)
        ]

    async def record_payment(self, *, receipt: str, amount: str, currency: str) -> PaymentView:
        """Record a payment made to us under the agreement; recording the same receipt again changes nothing.

        Args:
            amount: a decimal number above 0, such as "100.00".

        Raises:
            ConflictError: `payment.not-ours`, `payment.exists`, `payment.currency`. InputError: `payment.*`.
        """
        body = {"agreement": self.id, "receipt": receipt, "amount": amount, "currency": currency}
        return await self._transport.post("/payments", PaymentView, body)

    async def payments(self) -> list[PaymentView]:
        """Return the payments under the agreement, oldest first."""
        found = self._transport.pages("/payments", PaymentView, {"agreement": self.id})
        return [view async for view in found]

    async def renew(self, by: "Agreement") -> "Agreement":
        """Replace this agreement by a new one with the same participant; this one remains valid until its own end."""
        by.view = await self._transport.post(f"{self._path}/renew", AgreementView, {"by": by.id})
        return await self.refresh()

    async def suspend(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """Suspend all use under the agreement."""
        return await self._act("suspend", reason, clause)

    async def resume(self, reason: str | None = None) -> "Agreement":
        """Resume use under the agreement."""
        return await self._act("resume", reason, None)

    async def terminate(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """End the agreement; running streams stop within a second. Without a `clause` the end is recorded as our breach."""
        return await self._act("terminate", reason, clause)

    @property
    def _path(self) -> str:
        return f"/agreements/{quote(self.view.id, safe='')}"

    async def _act(self, act: str, reason: str | None, clause: str | None) -> "Agreement":
        body = {"reason": reason, "clause": clause}
        self.view = await self._transport.post(f"{self._path}/{act}", AgreementView, body)
        return self
