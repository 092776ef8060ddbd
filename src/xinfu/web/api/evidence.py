"""Evidence: entries, receipts, checkpoints and tiles."""

import msgspec
from starlette.responses import Response

from xinfu.api import EntryView
from xinfu.services.evidence import receipts
from xinfu.web.api.listing import PAGING
from xinfu.web.api.operation import Call, Operation


async def list_entries(call: Call) -> list[EntryView]:
    after = call.whole("after", 0, least=0, most=999_999_999)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.log.find(
            process=call.query.get("process"), kind=call.query.get("kind"), after=after, limit=call.limit
        )
    return [
        EntryView(id=each.id, row=each.row, index=each.index, entry=msgspec.json.decode(each.canonical))
        for each in found
    ]


async def show_receipt(call: Call) -> Response:
    made = await receipts.receipt(call.parts, call.context.id, call.path["id"])
    return Response(made.to_bytes(), media_type="application/json")


async def list_receipts(call: Call) -> Response:
    made = await receipts.receipts_of_process(call.parts, call.context.id, call.query.get("process", ""))
    return Response(
        b"[" + b",".join(msgspec.json.encode(each) for each in made) + b"]", media_type="application/json"
    )


async def show_checkpoint(call: Call) -> Response:
    return Response(
        await receipts.checkpoint(call.parts, call.context.id), media_type="text/plain; charset=utf-8"
    )


async def show_tile(call: Call) -> Response:
    path = f"tile/{call.path['path']}"
    return Response(
        await receipts.tile(call.parts, call.context.id, path), media_type="application/octet-stream"
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/evidence/entries",
        summary="List the entries of the log, in order.",
        handler=list_entries,
        gives=list[EntryView],
        query={**PAGING, "process": "only this process", "kind": "only this kind"},
    ),
    Operation(
        method="GET",
        path="/evidence/receipts",
        summary="Show the receipts of all entries of a process.",
        handler=list_receipts,
        media="application/json",
        query={"process": "a negotiation or transfer"},
    ),
    Operation(
        method="GET",
        path="/evidence/receipts/{id}",
        summary="Show the receipt of an entry, which `xinfu verify` checks offline.",
        handler=show_receipt,
        media="application/json",
    ),
    Operation(
        method="GET",
        path="/evidence/checkpoint",
        summary="Show the newest signed checkpoint (C2SP tlog-checkpoint).",
        handler=show_checkpoint,
        media="text/plain",
    ),
    Operation(
        method="GET",
        path="/evidence/tile/{path:path}",
        summary="Read a tile or an entry bundle (C2SP tlog-tiles).",
        handler=show_tile,
        media="application/octet-stream",
    ),
]
