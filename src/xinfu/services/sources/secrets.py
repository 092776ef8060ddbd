"""Secrets of a context (密钥与口令): named in sources and callbacks, opened only for the call that needs them."""

from collections.abc import Collection

from msgspec.structs import replace

from xinfu.errors import InputError
from xinfu.ports.dataplane import Secrets
from xinfu.ports.records import SECRETS, SealedSecret
from xinfu.services.parts import RecordParts
from xinfu.services.sources import errors


def sealed_name(id_: str) -> str:
    """The name under which the keyring seals a secret."""
    return f"secret:{id_}"


async def save(parts: RecordParts, context: str, name: str, value: str) -> SealedSecret:
    """Store a secret under a name, replacing an earlier one.

    Raises:
        InputError: `secret.name-invalid`.
    """
    if not 0 < len(name) <= 256 or not name.isprintable() or name != name.strip():
        raise errors.SECRET_NAME_INVALID()
    envelope = _sealed(parts, context, name, value)
    now = parts.clock.now()
    async with parts.store.step(context) as step:
        known = await step.of(SECRETS).get(name)
        if known is None:
            made = SealedSecret(id=name, context=context, envelope=envelope, created=now, updated=now)
            await step.of(SECRETS).add(made)
        else:
            made = replace(await step.of(SECRETS).lock(name), envelope=envelope, updated=now)
            await step.of(SECRETS).save(made)
    return made


async def add(parts: RecordParts, context: str, name: str, value: str) -> SealedSecret:
    """Store a secret under a new name.

    Raises:
        ConflictError: `secret.exists`.
    """
    now = parts.clock.now()
    made = SealedSecret(
        id=name, context=context, envelope=_sealed(parts, context, name, value), created=now, updated=now
    )
    async with parts.store.step(context) as step:
        await step.of(SECRETS).add(made)
    return made


async def change(parts: RecordParts, context: str, name: str, value: str) -> SealedSecret:
    """Change the value of a stored secret.

    Raises:
        NotFoundError: `secret.not-found`.
    """
    async with parts.store.step(context) as step:
        known = await step.of(SECRETS).lock(name)
        made = replace(known, envelope=_sealed(parts, context, name, value), updated=parts.clock.now())
        await step.of(SECRETS).save(made)
    return made


async def remove(parts: RecordParts, context: str, name: str) -> None:
    """Delete a secret; sources that name it cannot be read from now on.

    Raises:
        NotFoundError: `secret.not-found`.
    """
    async with parts.store.step(context) as step:
        if not await step.of(SECRETS).remove(name):
            raise errors.SECRET_NOT_FOUND()


async def load_values(parts: RecordParts, context: str, names: Collection[str]) -> Secrets:
    """The values of these secrets.

    Raises:
        InputError: `secret.not-found`, by name. IntegrityError: the envelope was changed.
    """
    if not names:
        return Secrets(context=context)
    values: dict[str, str] = {}
    async with parts.store.view(context) as view:
        for name in names:
            found = await view.of(SECRETS).get(name)
            if found is None:
                raise errors.SECRET_NOT_FOUND_FOR_SOURCE(secret=name)
            values[name] = parts.keyring.open(
                found.envelope, context=context, name=sealed_name(name)
            ).decode()
    return Secrets(values, context=context)


def _missing(name: str) -> InputError:
    return errors.SECRET_NOT_FOUND_FOR_SOURCE(secret=name)


def _sealed(parts: RecordParts, context: str, name: str, value: str) -> bytes:
    return parts.keyring.seal(value.encode(), context=context, name=sealed_name(name))
