"""Secrets of a context (密钥与口令): named in sources and callbacks, opened only for the call that needs them."""

from collections.abc import Collection

from xinfu.errors import InputError
from xinfu.ports.dataplane import NO_SECRETS, Secrets
from xinfu.services.parts import Parts


def sealed_name(id_: str) -> str:
    """The name under which the keyring seals a secret."""
    return f"secret:{id_}"


async def opened(parts: Parts, context: str, names: Collection[str]) -> Secrets:
    """The values of these secrets.

    Raises:
        InputError: `secret.not-found`, by name. IntegrityError: the envelope was changed.
    """
    if not names:
        return NO_SECRETS
    values: dict[str, str] = {}
    async with parts.store.view(context) as view:
        for name in names:
            found = await view.secrets.get(name)
            if found is None:
                raise _missing(name)
            values[name] = parts.keyring.open(
                found.envelope, context=context, name=sealed_name(name)
            ).decode()
    return Secrets(values)


def _missing(name: str) -> InputError:
    return InputError(
        "secret.not-found",
        f"The source needs a secret called {name!r}, and there is none.",
        f"数据源需要名为 {name!r} 的密钥或口令，但尚未存入。",
        help_en="Store it first, then try again.",
        help_zh="请先存入该密钥或口令，再重试。",
        facts={"secret": name},
    )
