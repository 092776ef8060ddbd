"""Transfers: start, follow, stop; and the bytes of a pull, checked on the way."""

import asyncio
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from xinfu.api import Checked, Page, TransferCheck, TransferView, Waiting
from xinfu.dsp import HTTP_PULL, HTTP_PUSH
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Act
from xinfu.services.agreements import lifecycle
from xinfu.services.fetching import fetch
from xinfu.services.fetching.declarations import declarations
from xinfu.services.identity import discover
from xinfu.services.processes import acts, check, push_target, requests
from xinfu.services.processes.transfer import TRANSFER
from xinfu.services.usage.facts import VAULT
from xinfu.services.usage.read_keys import read_key
from xinfu.services.vault import objects
from xinfu.web import errors
from xinfu.web.api.listing import PAGING, read_filters_with_peer
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import ReasonForm, to_view, transfer_view
from xinfu.web.api.standing import STUCK, list_processes, step_of
from xinfu.web.api.waiting import WAITING, wait_for
from xinfu.web.data.sending import NO_STORE, answer_with, head, stream, until_gone
from xinfu.web.media_types import media_type

_TERMINAL = frozenset({"COMPLETED", "TERMINATED"})


class PushForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address to which the provider sends the bytes, and the bearer token that it presents there."""

    url: str
    method: Literal["POST", "PUT"] = "POST"
    token: str | None = None


class TransferForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request of a transfer under one of our agreements as consumer, with a purpose (by default the agreement's).

    With `push_to` the provider sends the bytes there, and the format is HttpData-PUSH. With `vault` the signed request
    declares that the data lands in this node's vault, and this node gives it out in no other way. `declared` holds further
    facts about the use: `spatial`, `application`, `algorithm`, `machineLearningModels`, `systemDevice`, `executionEnv`.
    """

    agreement: str
    purpose: str | None = None
    format: str = HTTP_PULL
    at: str | None = None
    push_to: PushForm | None = None
    vault: bool = False
    declared: dict[str, str] = {}


async def request_transfer(call: Call) -> TransferView:
    form: TransferForm = call.body
    async with call.parts.store.view(call.context.id) as view:
        agreement = await view.of(AGREEMENTS).get(form.agreement)
        known = await view.of(NEGOTIATIONS).get(agreement.negotiation) if agreement else None
    if agreement is None:
        raise lifecycle.agreement_not_found()
    if known is not None and form.at is None:
        base = known.peer_base
    else:
        base = (await discover.find(call.parts, call.context.id, agreement.peer, at=form.at)).base
    to = form.push_to
    if to is not None and form.vault:
        raise errors.TRANSFER_VAULT_PUSH()
    environment, declared = declarations(form.declared, vault=form.vault)
    address = None if to is None else push_target.address_to(to.url, method=to.method, token=to.token)
    record = await requests.request_data(
        call.parts,
        call.context,
        agreement,
        requests.DataRequest(
            base=base,
            purpose=form.purpose,
            environment=environment,
            declared=declared,
            format=form.format if to is None else HTTP_PUSH,
            data_address=address,
        ),
    )
    return transfer_view(record)


async def list_transfers(call: Call) -> Page[TransferView]:
    async with call.parts.store.view(call.context.id) as view:
        where = await read_filters_with_peer(
            view,
            call,
            TRANSFERS.peer,
            TRANSFERS.state,
            TRANSFERS.role,
            TRANSFERS.dataset,
            TRANSFERS.agreement,
        )
        return await list_processes(call, view, TRANSFERS, _shown, where)


async def _shown(record: TransferProcess, step: Waiting | None) -> TransferView:
    return transfer_view(record, step)


async def show_transfer(call: Call) -> TransferView:
    async def look() -> TransferView:
        return await _show(call)

    return await wait_for(call, look, lambda shown: shown.state, _TERMINAL)


async def suspend(call: Call) -> TransferView:
    return await _act(call, Act.SUSPEND)


async def resume(call: Call) -> TransferView:
    return await _act(call, Act.START)


async def complete(call: Call) -> TransferView:
    return await _act(call, Act.COMPLETE)


async def terminate(call: Call) -> TransferView:
    return await _act(call, Act.TERMINATE)


async def content(call: Call) -> Response:
    """Return the bytes; the Range header gives the range, the query the path in a folder."""
    async with call.parts.store.view(call.context.id) as view:
        record = await view.of(TRANSFERS).get(call.path["id"])
    if record is not None and record.environment == VAULT:
        raise objects.for_vault_only()
    return FetchedBytes(call, _key(call))


class FetchedBytes(Response):
    """Response with the bytes of one fetch. The end of its agreement or transfer cuts it off, even if the client reads nothing."""

    def __init__(self, call: Call, key: str) -> None:
        self._call = call
        self._key = key
        super().__init__()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_with(scope, receive, send, self._answer)

    async def _answer(self, request: Request, send: Send) -> None:
        call = self._call
        fetching = fetch.fetch(
            call.parts,
            call.context.id,
            call.path["id"],
            path=call.query.get("path", ""),
            query=call.query.get("query", ""),
            range_=request.headers.get("range"),
            key=self._key,
        )
        ending: list[Message] = []

        async def but_the_end(message: Message) -> None:
            """Hold back the end of the answer until the read is recorded as complete."""
            if message.get("more_body", False):
                await send(message)
            else:
                ending.append(message)

        async with fetching as incoming:
            await send(head(206 if incoming.span.partial else 200, _headers(incoming)))
            gone = asyncio.create_task(until_gone(request.receive))
            try:
                await stream(incoming, gone, request.scope, but_the_end)
            finally:
                gone.cancel()
        for message in ending:
            await send(message)


def _headers(incoming: fetch.Incoming) -> dict[str, str]:
    headers = {"content-type": media_type(incoming.media_type), "cache-control": NO_STORE}
    if incoming.told:
        headers["content-length"] = str(incoming.span.length)
    if incoming.span.partial:
        headers["content-range"] = incoming.span.content_range
    if incoming.manifest is not None:
        headers["etag"] = f'"{incoming.manifest.root}"'
    return headers


async def files(call: Call) -> list[fetch.ListedFile]:
    query = call.query.get("query", "")
    return await fetch.list_files(call.parts, call.context.id, call.path["id"], query=query, key=_key(call))


def _key(call: Call) -> str:
    """The key of the read; "" for none."""
    return read_key(call.query["key"]) if "key" in call.query else ""


async def check_with_peer(call: Call) -> TransferCheck:
    checked = await check.check_process(call.parts, TRANSFER, call.context.id, call.path["id"])
    return TransferCheck(transfer=await _show(call), checked=to_view(checked, Checked))


async def _act(call: Call, act: Act) -> TransferView:
    form: ReasonForm = call.body
    reasons = acts.by_operator(form.reason)
    return transfer_view(
        await acts.act_on_transfer(call.parts, call.context.id, call.path["id"], act, reasons=reasons)
    )


async def _show(call: Call) -> TransferView:
    async with call.parts.store.view(call.context.id) as view:
        record = await view.of(TRANSFERS).get(call.path["id"])
        rows = await view.outbox.of(call.path["id"])
    if record is None:
        raise TRANSFER.not_found()
    return transfer_view(record, step_of(call, record, rows))


_QUERY = "the query to a table or another live source, as in a URL: format=csv&day=2024-01-31"
_KEY = "the key of the read: a repeat under the same key does not count as a second use"

OPERATIONS = [
    Operation(
        method="POST",
        path="/transfers",
        summary="Request the data of an agreement.",
        handler=request_transfer,
        takes=TransferForm,
        gives=TransferView,
        status=201,
    ),
    Operation(
        method="GET",
        path="/transfers",
        summary="List transfers.",
        handler=list_transfers,
        gives=Page[TransferView],
        query={
            **PAGING,
            **STUCK,
            "state": "only transfers in this state",
            "role": "only transfers in which we have this role",
            "peer": "only transfers with this participant: a DID, or an alias of the address book",
            "dataset": "only transfers of this dataset",
            "agreement": "only transfers under this agreement, by the id that both sides use",
        },
    ),
    Operation(
        method="POST",
        path="/transfers/{id}/check",
        summary="Ask the peer for its state of a transfer, and update ours accordingly.",
        handler=check_with_peer,
        name="check_transfer",
        gives=TransferCheck,
    ),
    Operation(
        method="GET",
        path="/transfers/{id}",
        summary="Show a transfer, at once or after waiting for a state.",
        handler=show_transfer,
        gives=TransferView,
        query=WAITING,
    ),
    *(
        Operation(
            method="POST",
            path=f"/transfers/{{id}}/{name}",
            summary=summary,
            handler=act,
            name=f"{name}_transfer",
            takes=ReasonForm,
            gives=TransferView,
        )
        for name, act, summary in [
            ("suspend", suspend, "Suspend a transfer."),
            ("resume", resume, "Resume a suspended transfer."),
            ("complete", complete, "Complete a transfer: state that all data has been transferred."),
            ("terminate", terminate, "End a transfer."),
        ]
    ),
    Operation(
        method="GET",
        path="/transfers/{id}/content",
        summary="Read the bytes of a started pull, with each chunk verified; supports Range.",
        handler=content,
        name="read_transfer",
        media="*/*",
        query={"path": "a file of a folder", "query": _QUERY, "key": _KEY},
    ),
    Operation(
        method="GET",
        path="/transfers/{id}/files",
        summary="List the files of a transfer if its dataset is a folder, or the complete result if it is a table.",
        handler=files,
        name="list_transfer_files",
        gives=list[fetch.ListedFile],
        query={"query": _QUERY, "key": _KEY},
    ),
]
