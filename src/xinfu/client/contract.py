"""A digital contract as a handle: begin it, sign it, file it, check it, print it."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from xinfu.api import ContractChecked, ContractView, RoundView
from xinfu.client.transport import Transport
from xinfu.client.waiting import wait_for_contract

ANY_STATUS: Final = "01,02,0301,0302,05,06"


class Contract:
    """One digital contract of the node. `view` is what it was when last looked at."""

    def __init__(self, transport: Transport, view: ContractView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of it, which stays."""
        return self.view.id

    @property
    def number(self) -> str:
        """The number that all parties use; a local id while it is a draft."""
        return self.view.number

    @property
    def status(self) -> str:
        """01, 02, 0301, 0302, 05 or 06, when last looked at."""
        return self.view.status

    async def refresh(self) -> "Contract":
        """Look again."""
        self.view = await self._transport.get(self._path, ContractView)
        return self

    async def wait(self, *until: str, timeout_s: float = 30) -> "Contract":
        """Wait until it is in one of these statuses, or in one that it never leaves.

        Args:
            until: for example "0301": all have signed; "05": the platform has filed and handed it out.

        Raises:
            PeerError: `wait.over`: not within `timeout_s`; whose signature is missing is told.
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
        """Begin it from its draft: the platform gives its number.

        Args:
            terms: supplementary terms in plain words, which all sign too.
            service_providers: further parties that sign, by their alias in the address book.
            sign_mode: "01" between the parties, "02" on the platform; None: as the node is set.

        Raises:
            ConflictError: `contract.no-platform`. RefusedError: `contract.term-unmapped`, `contract.party-code`.
        """
        body = {"terms": list(terms), "service_providers": list(service_providers), "sign_mode": sign_mode}
        return await self._act("begin", body)

    async def sign(self) -> "Contract":
        """Sign it for ourselves and tell the other parties; again: tell them again.

        Raises:
            ConflictError: `contract.draft`.
        """
        return await self._act("sign", {})

    async def file(self) -> "Contract":
        """File it with the platform, once all have signed; keeps the receipt.

        Raises:
            ConflictError: `contract.unsigned`.
        """
        return await self._act("file", {})

    async def amend(self, *terms: str) -> "Contract":
        """Begin a supplement that adds terms to it; gives the supplement, which counts once the same parties sign it.

        Raises:
            ConflictError: `contract.not-in-force`.
        """
        view = await self._transport.post(f"{self._path}/amend", ContractView, {"terms": terms})
        return Contract(self._transport, view)

    async def chain(self) -> list[ContractView]:
        """It with what it supplements and all its supplements, the first contract first."""
        return await self._transport.get(f"{self._path}/chain", list[ContractView])

    async def end(self, reason: str, *, clause: str | None = None) -> "Contract":
        """End it and its agreement; what runs under it stops, the others are told.

        Args:
            clause: the clause that lets us; without one it is recorded as our breach.
        """
        return await self._act("end", {"reason": reason, "clause": clause})

    async def report(self, actions: Sequence[str], result: str, *, details: str = "") -> "Contract":
        """Report what was done under it, by actions of the standard, to the other parties and the platform.

        Raises:
            ConflictError: `contract.not-filed-yet`.
        """
        return await self._act("report", {"actions": list(actions), "result": result, "details": details})

    async def feedback(self, result: str, details: Mapping[str, str] | None = None) -> "Contract":
        """Tell its provider a decision of ours: `allowed`, `denied` or `conditional`, with its grounds."""
        return await self._act("feedback", {"result": result, "details": dict(details or {})})

    async def stop(self, reason: str) -> "Contract":
        """As its provider: stop what the consumer does under it; the agreement can be resumed."""
        return await self._act("stop", {"reason": reason})

    async def prove(self) -> "Contract":
        """Hand the others and the platform receipts of what was done under it."""
        return await self._act("prove", {})

    async def check(self) -> ContractChecked:
        """What its signatures, and that of its receipt, are worth now."""
        return await self._transport.get(f"{self._path}/check", ContractChecked)

    async def document(self, *, pdf: bool = False) -> bytes:
        """It as a page to print, in Chinese and English: HTML, or `pdf`.

        Raises:
            XinfuError: `extra.missing`: the node cannot write PDF.
        """
        return await self._transport.raw("GET", f"{self._path}/document{'.pdf' if pdf else ''}")

    async def history(self) -> list[RoundView]:
        """Every round and change of it, oldest first."""
        return await self._transport.get(f"{self._path}/history", list[RoundView])

    async def text(self) -> bytes:
        """The canonical text that its parties sign."""
        return await self._transport.raw("GET", f"{self._path}/text")

    async def _act(self, act: str, body: Mapping[str, object]) -> "Contract":
        self.view = await self._transport.post(f"{self._path}/{act}", ContractView, body)
        return self

    @property
    def _path(self) -> str:
        return f"/contracts/{quote(self.view.id, safe='')}"
