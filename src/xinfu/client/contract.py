"""A digital contract as a handle: begin it, sign it, file it, check it, print it."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from xinfu.api import ContractChecked, ContractView, RoundView
from xinfu.client.transport import Transport
from xinfu.client.waiting import wait_for_contract

ANY_STATUS: Final = "01,02,0301,0302,05,06"


class Contract:
    """A digital contract of the node. `view` holds its state when it was last loaded."""

    def __init__(self, transport: Transport, view: ContractView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of the contract, which never changes."""
        return self.view.id

    @property
    def number(self) -> str:
        """The contract number that all parties use; a local id while it is a draft."""
        return self.view.number

    @property
    def status(self) -> str:
        """01, 02, 0301, 0302, 05 or 06, when last loaded."""
        return self.view.status

    async def refresh(self) -> "Contract":
        """Reload the contract from the node."""
        self.view = await self._transport.get(self._path, ContractView)
        return self

    async def wait(self, *until: str, timeout_s: float = 30) -> "Contract":
        """Wait for one of these statuses, or for a final one.

        Args:
            until: for example "0301" (all have signed) or "05" (the platform has filed and distributed it).

        Raises:
            PeerError: `wait.over`: not within `timeout_s`; it names the parties whose signatures are missing.
        """
        self.view = await wait_for_contract(self._transport, self._path, until=until, timeout_s=timeout_s)
        return self

    async def begin(
        self,
        *,
        terms: Sequence[str] = (),
        service_providers: Sequence[str] = (),
        sign_mode: str | None = None,
    ) -> "Contract":
        """Begin the contract from its draft: the platform assigns its number.

        Args:
            terms: supplementary terms in plain words, which all parties sign.
            service_providers: further parties that sign, by their alias in the address book.
            sign_mode: "01" between the parties, "02" on the platform; by default as configured.

        Raises:
            ConflictError: `contract.no-platform`. RefusedError: `contract.term-unmapped`, `contract.party-code`.
        """
        body = {"terms": list(terms), "service_providers": list(service_providers), "sign_mode": sign_mode}
        return await self._act("begin", body)

    async def sign(self) -> "Contract":
        """Sign the contract for ourselves and notify the other parties; repeating it notifies them again.

        Raises:
            ConflictError: `contract.draft`.
        """
        return await self._act("sign", {})

    async def file(self) -> "Contract":
        """File the contract with the platform after all have signed, and store the receipt.

        Raises:
            ConflictError: `contract.unsigned`.
        """
        return await self._act("file", {})

    async def amend(self, *terms: str) -> "Contract":
        """Begin and return a supplement that adds terms; it takes effect once the same parties have signed it.

        Raises:
            ConflictError: `contract.not-in-force`.
        """
        view = await self._transport.post(f"{self._path}/amend", ContractView, {"terms": terms})
        return Contract(self._transport, view)

    async def chain(self) -> list[ContractView]:
        """Return the contract with its base contract and all supplements, oldest first."""
        return await self._transport.get(f"{self._path}/chain", list[ContractView])

    async def end(self, reason: str, *, clause: str | None = None) -> "Contract":
        """End the contract and its agreement; running use stops, and the other parties are notified.

        Args:
            clause: the clause that allows us to end it; without one the end is recorded as our breach.
        """
        return await self._act("end", {"reason": reason, "clause": clause})

    async def report(self, actions: Sequence[str], result: str, *, details: str = "") -> "Contract":
        """Report actions of the standard under the contract to the other parties and the platform.

        Raises:
            ConflictError: `contract.not-filed-yet`.
        """
        return await self._act("report", {"actions": list(actions), "result": result, "details": details})

    async def feedback(self, result: str, details: Mapping[str, str] | None = None) -> "Contract":
        """Send the provider our decision: `allowed`, `denied` or `conditional`, with its grounds."""
        return await self._act("feedback", {"result": result, "details": dict(details or {})})

    async def stop(self, reason: str) -> "Contract":
        """Stop the consumer's use under the contract, as its provider; the agreement can be resumed."""
        return await self._act("stop", {"reason": reason})

    async def prove(self) -> "Contract":
        """Send the other parties and the platform receipts of what was done under the contract."""
        return await self._act("prove", {})

    async def check(self) -> ContractChecked:
        """Verify the signatures of the contract and of its receipt now."""
        return await self._transport.get(f"{self._path}/check", ContractChecked)

    async def document(self, *, pdf: bool = False) -> bytes:
        """Return the contract as a printable page in Chinese and English: HTML, or PDF with `pdf`.

        Raises:
            XinfuError: `extra.missing`: the node cannot write PDF.
        """
        return await self._transport.raw("GET", f"{self._path}/document{'.pdf' if pdf else ''}")

    async def history(self) -> list[RoundView]:
        """Return every round and change of the contract, oldest first."""
        return await self._transport.get(f"{self._path}/history", list[RoundView])

    async def text(self) -> bytes:
        """Return the canonical text that the parties sign."""
        return await self._transport.raw("GET", f"{self._path}/text")

    async def _act(self, act: str, body: Mapping[str, object]) -> "Contract":
        self.view = await self._transport.post(f"{self._path}/{act}", ContractView, body)
        return self

    @property
    def _path(self) -> str:
        return f"/contracts/{quote(self.view.id, safe='')}"
