"""A digital contract as a handle: look at it, and at the text that is signed."""

from urllib.parse import quote

from xinfu.client.transport import Transport
from xinfu.client.views import ContractView


class Contract:
    """One digital contract of the node. `view` is what it was when last looked at."""

    def __init__(self, transport: Transport, view: ContractView) -> None:
        self._transport = transport
        self.view = view

    @property
    def id(self) -> str:
        """Our id of it; `view.number` is the one that all parties use, once a platform has given it."""
        return self.view.id

    @property
    def status(self) -> str:
        """01, 02, 0301, 0302, 05 or 06, when last looked at."""
        return self.view.status

    async def refresh(self) -> "Contract":
        """Look again."""
        self.view = await self._transport.get(self._path, ContractView)
        return self

    async def text(self) -> bytes:
        """The canonical text that its parties sign."""
        return await self._transport.raw("GET", f"{self._path}/text")

    @property
    def _path(self) -> str:
        return f"/contracts/{quote(self.view.id, safe='')}"
