"""The blocking handles. A type checker reads `handles.pyi`, which `make docs` writes from the async client."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

from xinfu.client import (
    agreement,
    catalog,
    contexts,
    contract,
    duty,
    grades,
    landing,
    negotiation,
    node,
    reading,
    settings,
    templates,
    transfer,
    vault,
)
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.reading import TransferFile
from xinfu.client.blocking.twin import Twin
from xinfu.client.landing import Landed
from xinfu.client.transfer import Progress
from xinfu.s3 import Keys as BucketKeys


class Agreement(Twin, of=agreement.Agreement): ...


class Answers(Twin, of=settings.Answers): ...


class Catalog(Twin, of=catalog.Catalog): ...


class Contexts(Twin, of=contexts.Contexts): ...


class Contract(Twin, of=contract.Contract): ...


class ContractTemplates(Twin, of=templates.ContractTemplates): ...


class Credentials(Twin, of=settings.Credentials): ...


class Dataset(Twin, of=catalog.Dataset): ...


class Duty(Twin, of=duty.Duty): ...


class Grades(Twin, of=grades.Grades): ...


class Keys(Twin, of=settings.Keys): ...


class Negotiation(Twin, of=negotiation.Negotiation): ...


class Node(Twin, of=node.Node): ...


class Participants(Twin, of=settings.Participants): ...


class Secrets(Twin, of=settings.Secrets): ...


class Transfer(Twin, of=transfer.Transfer, without=("listed", "why_cut")):
    def open(self, path: str = "") -> TransferFile:
        """Open a file as Python's own kind of file, to be read by range; see `xinfu.client.blocking.reading`.

        Args:
            path: a file of a folder.

        Raises:
            NotFoundError: `data.no-such-file`. ConflictError: it does not run. RefusedError: the provider refuses.
        """
        return TransferFile(self._loop, self._loop.wait(reading.ranges_of(self._inner, path)))

    def upload(
        self,
        place: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        keys: BucketKeys | None = None,
        progress: Progress | None = None,
        overwrite: bool = True,
    ) -> Landed:
        """Upload the transferred data to one's own bucket; see `xinfu.client.upload`."""
        return self._loop.wait(
            landing.upload(
                self._inner,
                place,
                endpoint=endpoint,
                region=region,
                keys=keys,
                progress=progress,
                overwrite=overwrite,
            )
        )


class Vault(Twin, of=vault.Vault): ...


class VaultObject(Twin, of=vault.VaultObject):
    def open(self, path: str = "", *, purpose: str | None = None) -> TransferFile:
        """Open a file as Python's own kind of file, to be read by range; see `xinfu.client.blocking.reading`."""
        return TransferFile(self._loop, self._loop.wait(vault.vault_ranges(self._inner, path, purpose)))


@contextmanager
def connect(
    url: str, api_key: str, *, context: str | None = None, traceparent: str | None = None
) -> Iterator[Node]:
    """Connect to a node for the duration of the block; see `xinfu.client.connect`."""
    loop = Loop()
    try:
        connection = node.connect(url, api_key, context=context, traceparent=traceparent)
        inner = loop.wait(_entered(connection))
        try:
            yield Node(loop, inner)
        finally:
            loop.wait(_left(connection))
    finally:
        loop.close()


async def _entered(connection: AbstractAsyncContextManager[node.Node]) -> node.Node:
    return await connection.__aenter__()


async def _left(connection: AbstractAsyncContextManager[node.Node]) -> None:
    await connection.__aexit__(None, None, None)
