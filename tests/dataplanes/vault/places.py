"""A vault in a folder, and the short ways of the tests to write to it and read it."""

from pathlib import Path
from typing import Final

from xinfu.dataplanes.vault.folder import FolderVault
from xinfu.dataplanes.vault.folders import file_name, name_of
from xinfu.ports.vault import SealedContent, Spot
from xinfu.signers.keyring import MasterKeyring

OBJECT: Final = "urn:uuid:0190a0a0-0000-7000-8000-000000000001"
OTHER: Final = "urn:uuid:0190a0a0-0000-7000-8000-000000000002"
SPOT: Final = Spot(context="shop", agreement="urn:uuid:a", object=OBJECT)
MASTER: Final = b"m" * 32


def vault_in(folder: Path, master: bytes = MASTER) -> FolderVault:
    return FolderVault(folder, MasterKeyring([master]))


def file_of(folder: Path, spot: Spot) -> Path:
    """Where a sealed file lies."""
    return folder / "objects" / spot.context / name_of(spot.object) / file_name(spot.path)


def key_of(folder: Path, spot: Spot) -> Path:
    """Where the key of an object lies."""
    return folder / "keys" / spot.context / name_of(spot.object)


async def landed(
    vault: FolderVault, content: bytes, spot: Spot = SPOT, *, pieces: int = 1 << 20
) -> SealedContent:
    """Write `content`, in pieces of so many bytes."""
    await vault.make_key(spot.context, spot.object)
    async with vault.land(spot, goes_on=False) as landing:
        for at in range(0, len(content), pieces):
            await landing.write(content[at : at + pieces])
        return await landing.finish()


async def read(
    vault: FolderVault, sealed: SealedContent, start: int = 0, end: int | None = None, spot: Spot = SPOT
) -> bytes:
    """Bytes of a sealed file."""
    async with vault.open(spot, sealed) as opened:
        until = sealed.size_bytes if end is None else end
        return b"".join([chunk async for chunk in opened.chunks(start, until)])
