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
    """One agreement of the node. `view` is what it was when last looked at."""

    def __init__(self, transport: Transport, view: AgreementView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of it; `view.wire_id` is the one that both sides use."""
        return self.view.id

    @property
    def state(self) -> str:
        """ACTIVE, SUSPENDED, EXPIRED, FULFILLED or TERMINATED, when last looked at."""
        return self.view.state

    async def refresh(self) -> "Agreement":
        """Look again."""
        self.view = await self._transport.get(self._path, AgreementView)
        return self

    async def contract(self) -> Contract:
        """Its digital contract: the draft that it comes to, until somebody begins it.

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
        """Ask for its data.

        Args:
            purpose: what for; declared and signed. Without one, the purpose that was agreed on.
            push_to: an address to which the provider is to send the bytes, with `push_method` and, as a bearer
                token, `push_token`; the transfer is COMPLETED when they are there.
            vault: declare in the signed request that the data lands in the node's vault; it is given out in no other
                way then.
            declared: what else to state of the use in that request: `spatial`, `application`, `algorithm`,
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
        """Its transfers, oldest first."""
        query = {"agreement": self.view.wire_id}
        found = self._transport.pages("/transfers", TransferView, query)
        return [Transfer(self._transport, view) async for view in found]

    async def duties(self, *, state: str | None = None) -> list[Duty]:
        """What is owed under it, by either side, oldest first."""
        query = {"agreement": self.id, "state": state}
        return [
            Duty(self._transport, view) async for view in self._transport.pages("/duties", DutyView, query)
        ]

    async def record_payment(self, *, receipt: str, amount: str, currency: str) -> PaymentView:
        """Record a payment that was made to us under it; the same receipt again changes nothing.

        Args:
            amount: a decimal number above 0, such as "100.00".

        Raises:
            ConflictError: `payment.not-ours`, `payment.exists`, `payment.currency`. InputError: `payment.*`.
        """
        body = {"agreement": self.id, "receipt": receipt, "amount": amount, "currency": currency}
        return await self._transport.post("/payments", PaymentView, body)

    async def payments(self) -> list[PaymentView]:
        """What was settled under it, oldest first."""
        found = self._transport.pages("/payments", PaymentView, {"agreement": self.id})
        return [view async for view in found]

    async def renew(self, by: "Agreement") -> "Agreement":
        """Let a new agreement with the same participant take its place; it stands until its own end."""
        by.view = await self._transport.post(f"{self._path}/renew", AgreementView, {"by": by.id})
        return await self.refresh()

    async def suspend(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """Stop all use under it for now."""
        return await self._act("suspend", reason, clause)

    async def resume(self, reason: str | None = None) -> "Agreement":
        """Let it be used again."""
        return await self._act("resume", reason, None)

    async def terminate(self, reason: str | None = None, *, clause: str | None = None) -> "Agreement":
        """End it; running streams stop within a second. Without a `clause` it is recorded as our breach."""
        return await self._act("terminate", reason, clause)

    @property
    def _path(self) -> str:
        return f"/agreements/{quote(self.view.id, safe='')}"

    async def _act(self, act: str, reason: str | None, clause: str | None) -> "Agreement":
        body = {"reason": reason, "clause": clause}
        self.view = await self._transport.post(f"{self._path}/{act}", AgreementView, body)
        return self
