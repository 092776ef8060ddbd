"""Objects of the vault and their files: find, describe and save them."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from xinfu.errors import NotFoundError, RefusedError
from xinfu.evidence import canonical
from xinfu.evidence.entry import Fact
from xinfu.ports.records import MANIFESTS, VAULT_OBJECTS, StoredManifest, VaultObject, VaultState
from xinfu.ports.store import Step
from xinfu.ports.vault import SealedContent, Spot, destroyed
from xinfu.services.vault import errors

TOPIC: Final = "vault"
"""Told when an object has landed, and when it is no more."""
GONE: Final = frozenset({VaultState.DESTROYING, VaultState.DESTROYED})
"""States in which nothing of an object can be had any more."""


def spot_of(landed: VaultObject, path: str) -> Spot:
    """The place of an object's file in the vault."""
    return Spot(context=landed.context, agreement=landed.wire_id, object=landed.id, path=path)


def sealed_of(file: StoredManifest) -> SealedContent:
    """How a file of an object is sealed."""
    return SealedContent(size_bytes=file.size_bytes, root=file.root, salt=bytes.fromhex(file.stamp))


def file_of(
    landed: VaultObject, path: str, *, size_bytes: int, root: str, salt: bytes = b""
) -> StoredManifest:
    """The record of an object's file; it has no salt while the file is still arriving."""
    return StoredManifest(
        id=f"{landed.id}/{path}",
        context=landed.context,
        asset=landed.id,
        path=path,
        stamp=salt.hex(),
        size_bytes=size_bytes,
        root=root,
        chunks=b"",
    )


async def files_of(step: Step, landed: VaultObject) -> AsyncIterator[StoredManifest]:
    """The files of an object that are there, ordered by path."""
    after: str | None = None
    while page := await step.of(MANIFESTS).find(MANIFESTS.asset.equals(landed.id), after=after, limit=1000):
        for file in page:
            if file.stamp:
                yield file
        after = page[-1].id


def contents(files: Sequence[StoredManifest]) -> str:
    """The digest that names all that an object holds: SHA-256 over paths, sizes and roots, as RFC 8785 writes them."""
    listed = [{"path": each.path, "root": each.root, "size": each.size_bytes} for each in files]
    return hashlib.sha256(canonical(listed)).hexdigest()


def object_facts(landed: VaultObject) -> dict[str, Fact]:
    """The facts about an object in every evidence entry that names it."""
    return {
        "object": landed.id,
        "dataset": landed.dataset,
        "key": landed.key,
        "contents": landed.contents,
        "files": landed.files,
        "bytes": landed.size_bytes,
    }


async def must_find(step: Step, id_: str) -> VaultObject:
    """The object.

    Raises:
        NotFoundError: `vault.not-found`.
    """
    found = await step.of(VAULT_OBJECTS).get(id_)
    if found is None:
        raise not_found()
    return found


async def lock(step: Step, id_: str) -> VaultObject:
    """The object, held until the step ends.

    Raises:
        NotFoundError: `vault.not-found`.
    """
    await must_find(step, id_)
    return await step.of(VAULT_OBJECTS).lock(id_)


async def save(step: Step, landed: VaultObject, now: datetime) -> VaultObject:
    """Save an object with the current time and notify those that wait for it."""
    saved = msgspec.structs.replace(landed, updated=now)
    await step.of(VAULT_OBJECTS).save(saved)
    step.publish(landed.id)
    return saved


def not_found() -> NotFoundError:
    """No such object, or not for the one who asks."""
    return errors.VAULT_NOT_FOUND()


def for_vault_only() -> RefusedError:
    """We declared that this transfer's data lands in the vault, so that is where it goes."""
    return errors.VAULT_ONLY()


def must_be_whole(landed: VaultObject) -> None:
    """Refuse what cannot be read.

    Raises:
        ConflictError: `vault.destroyed`, `vault.not-landed`.
    """
    if landed.state in GONE:
        raise destroyed()
    if landed.state is not VaultState.LANDED:
        raise errors.VAULT_NOT_LANDED(state=landed.state)
