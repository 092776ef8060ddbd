"""Secrets that sources name: stored and listed by name; no call gives a value back."""

import msgspec

from xinfu.api import Page, SecretView
from xinfu.ports.records import SECRETS, SealedSecret
from xinfu.services.sources import secrets
from xinfu.web.api.listing import PAGING, page_of
from xinfu.web.api.operation import Call, Operation


class SecretForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value of a secret to store."""

    value: str

    def __repr__(self) -> str:
        return "SecretForm(…)"


async def list_secrets(call: Call) -> Page[SecretView]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(SECRETS), call, view=secret_view)


async def save_secret(call: Call) -> SecretView:
    form: SecretForm = call.body
    return secret_view(await secrets.save(call.parts, call.context.id, call.path["id"], form.value))


async def delete_secret(call: Call) -> None:
    await secrets.remove(call.parts, call.context.id, call.path["id"])


def secret_view(record: SealedSecret) -> SecretView:
    """A secret, shown without its value."""
    return SecretView(id=record.id, created=record.created, updated=record.updated)


OPERATIONS = [
    Operation(
        method="GET",
        path="/secrets",
        summary="List the names of secrets.",
        handler=list_secrets,
        gives=Page[SecretView],
        query=PAGING,
    ),
    Operation(
        method="PUT",
        path="/secrets/{id:path}",
        summary="Store or replace a secret under a name, for use by sources.",
        handler=save_secret,
        takes=SecretForm,
        gives=SecretView,
    ),
    Operation(method="DELETE", path="/secrets/{id:path}", summary="Delete a secret.", handler=delete_secret),
]
