"""A digital contract as a handle, blocking."""

from xinfu.client import contract as contracts
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import ContractView


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
    def status(self) -> str:
        """Its status when last looked at."""
        return self._inner.status

    def refresh(self) -> "Contract":
        """Look again."""
        self._loop.wait(self._inner.refresh())
        return self

    def text(self) -> bytes:
        """The canonical text that its parties sign."""
        return self._loop.wait(self._inner.text())
