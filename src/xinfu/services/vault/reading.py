"""Uses of landed data, through which every byte leaves the vault.

object has landed -> agreement is live -> policy says yes to this act, now, for this purpose; usage/enforcement.py has
the order of a use, and opening.py its two steps. No vault controls what a reader does with bytes once it has them:
that is left to the contract.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from xinfu.errors import RangeError, XinfuError
from xinfu.ports.records import StoredManifest
from xinfu.ports.vault import SealedFile, Vault
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts, PeerParts
from xinfu.services.usage.enforcement import Reading, Way, enforce
from xinfu.services.vault import objects
from xinfu.services.vault.asking import (
    VaultRequest,
    check_again,
)
from xinfu.services.vault.opening import (
    VaultOpening,
    describe_object,
    open_object,
    record_refusal,
    settle_object,
)


class VaultUse(Reading):
    """A use of an object, from its grant to its record."""

    def __init__(self, parts: Parts, opening: VaultOpening, sealed: SealedFile, run: Run) -> None:
        super().__init__(run, opening.until, parts.clock)
        self.span = opening.span
        self.root = opening.file.root
        self._chunks = sealed.chunks(opening.span.start, opening.span.end)
        self._first: bytes | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of the span has left."""
        return self.delivered == self.span.length

    async def begin(self) -> None:
        """Open the first chunk, so that damage is reported before a byte has left.

        Raises:
            IntegrityError: `vault.damaged`. StoreError: `vault.unreadable`.
        """
        self._first = await anext(self._chunks, b"")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the span; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement was stopped, the object destroyed, or the policy's time ran out.
            IntegrityError: `vault.damaged`.
        """
        if self._first is None:
            await self.begin()
        chunk, self._first = self._first or b"", None
        while chunk:
            self.check()
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
            chunk = await anext(self._chunks, b"")
        self.check()


def use(parts: Parts, vault: Vault, ask: VaultRequest) -> AbstractAsyncContextManager[VaultUse]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        NotFoundError: `vault.not-found`, `file.not-found`. ConflictError: `vault.not-landed`, `vault.destroyed`.
        CapacityError: `context.full`. RangeError: `range.unsatisfiable`.
        RefusedError: the agreement is not live, or the policy does not say yes.
        IntegrityError: `vault.damaged`. StoreError: `vault.*`.
    """
    return enforce(_VaultWay(parts, vault, ask))


async def head(parts: PeerParts, ask: VaultRequest) -> StoredManifest:
    """The record of a file, for a caller who may read it now; may take a use, on which the following read draws.

    Raises:
        As `use`.
    """
    try:
        return await describe_object(parts, ask)
    except XinfuError as error:
        await record_refusal(parts, ask, error)
        raise


class _VaultWay(Way[VaultOpening, VaultUse]):
    def __init__(self, parts: Parts, vault: Vault, ask: VaultRequest) -> None:
        super().__init__(parts, ask.context, ask.object)
        self._vault = vault
        self._ask = ask

    async def open(self, run: Run) -> VaultOpening:
        """Open the use; the refusal of a range discloses the file's length, so it is paid for like its record."""
        try:
            return await open_object(self.parts, self._ask, run)
        except RangeError:
            await describe_object(self.parts, self._ask)
            raise

    async def record_refusal(self, error: XinfuError) -> None:
        await record_refusal(self.parts, self._ask, error)

    @asynccontextmanager
    async def read(self, opening: VaultOpening, run: Run) -> AsyncIterator[VaultUse]:
        spot = objects.spot_of(opening.landed, self._ask.path)
        async with self._vault.open(spot, objects.sealed_of(opening.file)) as sealed:
            yield VaultUse(self.parts, opening, sealed, run)

    async def ask_again(self, _: VaultOpening) -> None:
        await check_again(self.parts, self._ask)

    async def settle(self, opening: VaultOpening, reading: VaultUse | None, outcome: str) -> None:
        delivered = reading.delivered if reading is not None else 0
        is_told = reading is not None and reading.is_told
        await settle_object(self.parts, opening, delivered, outcome, is_told=is_told)
