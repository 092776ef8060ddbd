"""Data planes of others that were registered with a context: kept and shown, as the management API of EDC asks."""

from xinfu.ports.records import DATA_PLANES, RegisteredPlane
from xinfu.services.parts import RecordParts


async def save_plane(parts: RecordParts, plane: RegisteredPlane) -> None:
    """Keep a data plane, in place of the one of its id."""
    async with parts.store.step(plane.context) as step:
        await step.of(DATA_PLANES).remove(plane.id)
        await step.of(DATA_PLANES).add(plane)


async def remove_plane(parts: RecordParts, context: str, id_: str) -> bool:
    """Remove a data plane; False where there is none of this id."""
    async with parts.store.step(context) as step:
        return await step.of(DATA_PLANES).remove(id_)
