"""The vault (受控存储): let data land, read it by range under its agreement, destroy it with proof."""

import asyncio
from datetime import timedelta
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from xinfu.api import ControlView, FileView, May, Page, VaultView
from xinfu.ports.records import VAULT_OBJECTS, StoredManifest, VaultObject, VaultState
from xinfu.services.refusals import refusal_texts
from xinfu.services.vault import objects, passes
from xinfu.services.vault.asking import VaultRequest
from xinfu.services.vault.destroying import Destruction
from xinfu.services.vault.passes import FreshPass
from xinfu.services.vault.reading import VaultUse
from xinfu.services.vault.vaults import Vaults
from xinfu.web.api.listing import PAGING, page_of, read_filters
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.waiting import WAITING, wait_for
from xinfu.web.data.sending import NO_STORE, answer_with, head, still_there, stream, until_gone
from xinfu.web.media_types import BYTES

_GONE: Final = frozenset({str(VaultState.DESTROYED)})
_LAST: Final = frozenset({str(VaultState.STOPPED), str(VaultState.LANDED)}) | _GONE
"""States in which nothing happens by itself, unless the contract says so."""


CONTROL: Final = (
    ControlView(
        level="environment",
        zh="本节点按协议判定并记录每次读取：时间、目的声明、次数；协议终止即停止读取，销毁密钥后无法再读。",
        en="This node judges and records each read by the agreement: time, declared purpose, number of uses; an end of"
        " the agreement stops what is being read, and after its key is destroyed nothing can be read.",
    ),
    ControlView(
        level="contract",
        zh="读取者如何处理已读到的内容，以及销毁前对整个节点所作的备份，仅由合约约束。",
        en="What a reader does with bytes that it was shown, and copies of the whole node that were made before, are"
        " bound by contract only.",
    ),
)
"""Said with each object, so that nobody takes the vault for more than it is."""


class LandForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The transfer to land in the vault; `query` is the query of a table or another live source, as in a URL."""

    transfer: str
    query: str = ""


class PassForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The purpose of a pass, and its lifetime in seconds."""

    purpose: str | None = None
    life_s: int = 900


def vault_view(landed: VaultObject) -> VaultView:
    """An object, shown."""
    return VaultView(
        id=landed.id,
        state=str(landed.state),
        transfer=landed.transfer,
        query=landed.query,
        agreement=landed.wire_id,
        peer=landed.peer,
        dataset=landed.dataset,
        purpose=landed.purpose,
        files=landed.files,
        size_bytes=landed.size_bytes,
        verified=landed.verified,
        contents=landed.contents,
        key=landed.key,
        code=landed.code,
        reason=landed.reason,
        exported=landed.exported,
        proof=landed.proof,
        created=landed.created,
        updated=landed.updated,
        control=list(CONTROL),
    )


async def land(call: Call) -> VaultView:
    form: LandForm = call.body
    return vault_view(await call.vaults.land(call.context.id, form.transfer, form.query))


async def list_objects(call: Call) -> Page[VaultView]:
    async with call.parts.store.view(call.context.id) as view:
        where = read_filters(call, VAULT_OBJECTS.state, VAULT_OBJECTS.dataset, VAULT_OBJECTS.transfer)
        return await page_of(view.of(VAULT_OBJECTS), call, *where, view=vault_view)


async def show_object(call: Call) -> VaultView:
    async def look() -> VaultView:
        async with call.parts.store.view(call.context.id) as view:
            return vault_view(await objects.must_find(view, call.path["id"]))

    last = _GONE if call.query.get("until") else _LAST
    return await wait_for(call, look, lambda shown: shown.state, last)


async def list_files(call: Call) -> list[FileView]:
    async with call.parts.store.view(call.context.id) as view:
        landed = await objects.must_find(view, call.path["id"])
        objects.must_be_whole(landed)
        return [_file_view(each) async for each in objects.files_of(view, landed)]


async def may_use(call: Call) -> May:
    decision = await call.vaults.may(_ask(call, _action(call)))
    return May(
        verdict=decision.verdict.name.lower(),
        reasons=[msgspec.to_builtins(each) for each in refusal_texts(decision.reasons)],
    )


async def issue_pass(call: Call) -> FreshPass:
    form: PassForm = call.body
    async with call.parts.store.view(call.context.id) as view:
        objects.must_be_whole(await objects.must_find(view, call.path["id"]))
    return passes.issue(
        call.parts,
        call.context.id,
        call.path["id"],
        purpose=form.purpose,
        life=timedelta(seconds=max(0, min(form.life_s, 10**6))),
    )


async def content(call: Call) -> Response:
    """The bytes, read in the vault; ranges and paths as the query and the Range header say."""
    return await _bytes(call, "read")


async def export(call: Call) -> Response:
    """Return the bytes for export, to be stored outside the vault in the clear."""
    return await _bytes(call, "reproduce")


async def destroy(call: Call) -> Destruction:
    return await call.vaults.destroy(call.context.id, call.path["id"])


async def proof(call: Call) -> Destruction:
    return await call.vaults.proof(call.context.id, call.path["id"])


async def _bytes(call: Call, action: Literal["read", "reproduce"]) -> Response:
    ask = _ask(call, action)
    if call.request.method == "HEAD":
        file = await call.vaults.head(ask)
        return Response(headers=_headers(file.root, file.size_bytes))
    return VaultBytes(call.vaults, ask)


class VaultBytes(Response):
    """Response with the bytes of one use. A stop cuts it off before its end, even if the client reads nothing."""

    def __init__(self, vaults: Vaults, ask: VaultRequest) -> None:
        self._vaults = vaults
        self._ask = ask
        super().__init__()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_with(scope, receive, send, self._answer)

    async def _answer(self, request: Request, send: Send) -> None:
        async with self._vaults.use(self._ask) as held:
            await held.begin()
            still_there(request.scope)
            held.tell()
            await send(head(206 if held.span.partial else 200, _held_headers(held)))
            gone = asyncio.create_task(until_gone(request.receive))
            try:
                await stream(held, gone, request.scope, send)
            finally:
                gone.cancel()


def _ask(call: Call, action: Literal["read", "reproduce"]) -> VaultRequest:
    """Return the vault request of a call; a pass opens only its own object, for its own purpose.

    Raises:
        NotFoundError: `vault.not-found`.
    """
    passed, id_ = call.access.passed, call.path["id"]
    if passed is not None and passed.object != id_:
        raise objects.not_found()
    return VaultRequest(
        context=call.context.id,
        object=id_,
        path=call.query.get("path", ""),
        range=call.request.headers.get("range"),
        action=action,
        purpose=passed.purpose if passed is not None else call.query.get("purpose"),
    )


def _action(call: Call) -> Literal["read", "reproduce"]:
    return "reproduce" if call.query.get("action") == "reproduce" else "read"


def _headers(root: str, length: int) -> dict[str, str]:
    return {
        "content-type": BYTES,
        "content-length": str(length),
        "accept-ranges": "bytes",
        "etag": f'"{root}"',
        "cache-control": NO_STORE,
        "x-content-type-options": "nosniff",
    }


def _held_headers(held: VaultUse) -> dict[str, str]:
    headers = _headers(held.root, held.span.length)
    return headers | ({"content-range": held.span.content_range} if held.span.partial else {})


def _file_view(file: StoredManifest) -> FileView:
    return FileView(path=file.path, size=file.size_bytes, root=file.root)


_BYTES = {
    "path": "a file of an object that is a folder",
    "purpose": "the purpose; without it the purpose of the transfer",
}

OPERATIONS = [
    Operation(
        method="POST",
        path="/vault",
        summary="Land the data of a transfer in the vault, or resume a stopped landing.",
        handler=land,
        name="land_in_vault",
        takes=LandForm,
        gives=VaultView,
        status=201,
    ),
    Operation(
        method="GET",
        path="/vault",
        summary="List the objects of the vault.",
        handler=list_objects,
        name="list_vault",
        gives=Page[VaultView],
        query={
            **PAGING,
            "state": "only objects in this state",
            "dataset": "only objects of this dataset",
            "transfer": "only the object of this transfer",
        },
    ),
    Operation(
        method="GET",
        path="/vault/{id}",
        summary="Show an object of the vault, at once or after waiting until it has landed, stopped or been destroyed.",
        handler=show_object,
        name="show_vault_object",
        gives=VaultView,
        query=WAITING,
    ),
    Operation(
        method="GET",
        path="/vault/{id}/files",
        summary='List the files of an object; an object that is one file lists it with the path "".',
        handler=list_files,
        name="list_vault_files",
        gives=list[FileView],
    ),
    Operation(
        method="GET",
        path="/vault/{id}/may",
        summary="Explain whether an object may be read or exported now for a purpose, and why not; takes no use.",
        handler=may_use,
        name="may_use_vault_object",
        gives=May,
        query={"action": "`read`, or `reproduce`: to export it in the clear", "purpose": _BYTES["purpose"]},
    ),
    Operation(
        method="GET",
        path="/vault/{id}/content",
        summary="Read a file in the vault under its agreement; supports Range, and accepts a pass.",
        handler=content,
        name="read_vault_object",
        media="*/*",
        query=_BYTES,
        passes=True,
    ),
    Operation(
        method="GET",
        path="/vault/{id}/export",
        summary="Export a file from the vault in the clear, if its policy permits the action `reproduce`.",
        handler=export,
        name="export_vault_object",
        media="*/*",
        query=_BYTES,
    ),
    Operation(
        method="POST",
        path="/vault/{id}/passes",
        summary="Make a short-lived pass with which a tool reads an object without the node's key.",
        handler=issue_pass,
        name="issue_vault_pass",
        takes=PassForm,
        gives=FreshPass,
        status=201,
    ),
    Operation(
        method="POST",
        path="/vault/{id}/destroy",
        summary="Destroy an object with proof: its key is overwritten, and nothing of it can be read again.",
        handler=destroy,
        name="destroy_vault_object",
        gives=Destruction,
    ),
    Operation(
        method="GET",
        path="/vault/{id}/proof",
        summary="Show the proof of an object's destruction; the receipt of its entry proves it offline.",
        handler=proof,
        name="show_vault_proof",
        gives=Destruction,
    ),
]
