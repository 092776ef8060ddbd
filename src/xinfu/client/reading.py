"""Reads ranges of a file of a transfer in whole blocks, all from the version that was first read."""

import asyncio
from typing import Final

from xinfu.api import FileView
from xinfu.client import errors
from xinfu.client.transfer import TRIES, Transfer
from xinfu.errors import ConflictError, PeerError

_PAUSE_S: Final = 0.2


class Ranges:
    """Reads ranges of a file. Created by `ranges_of`."""

    def __init__(self, transfer: Transfer, file: FileView) -> None:
        self._transfer = transfer
        self.path = file.path
        self.size = file.size
        self.root = file.root

    async def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to but not including `end`; retries after a cut.

        Raises:
            RefusedError: the provider refuses, or stopped the transfer, with its reason.
            IntegrityError: `data.changed`: the provider has published anew. PeerError: `data.cut` again and again.
        """
        failures = 0
        while True:
            try:
                return await self._once(start, end)
            except (PeerError, ConflictError) as error:
                why = await self._transfer.why_cut(error)
                failures += 1
                if why is not error or failures == TRIES:
                    raise why from error
                await asyncio.sleep(_PAUSE_S * failures)

    async def _once(self, start: int, end: int) -> bytes:
        async with self._transfer.open(self.path, start=start, end=end) as incoming:
            if incoming.root != self.root or incoming.start != start or incoming.length != end - start:
                raise errors.DATA_CHANGED_SINCE_OPENED()
            return b"".join([chunk async for chunk in incoming.chunks()])


async def ranges_of(transfer: Transfer, path: str = "") -> Ranges:
    """Return a file of a started transfer, for reading by range; this costs no use.

    Raises:
        NotFoundError: `data.no-such-file`. ConflictError: `transfer.no-address`: it does not run.
        RefusedError: the provider refuses. PeerError: the provider does not give the length of its files.
    """
    for file in await transfer.files():
        if file.path == path:
            return Ranges(transfer, file)
    if not path:
        raise errors.DATA_NO_SUCH_FILE_IN_FOLDER()
    raise errors.DATA_NO_SUCH_FILE(path=path)
