"""Evidence: entries, receipts, checkpoints and tiles."""

from datetime import datetime
from typing import Final

import msgspec
from starlette.responses import Response

from xinfu.api import EntryView
from xinfu.evidence.terms import TERMS
from xinfu.odrl.values.moments import moment_of
from xinfu.ports.log import EntrySearch
from xinfu.services.evidence import receipts
from xinfu.services.evidence.search import find_entries
from xinfu.web.api.listing import PAGING, query_of_peer
from xinfu.web.api.operation import Call, Operation

LARGEST_ROW: Final = 2**53 - 1


async def list_entries(call: Call) -> list[EntryView]:
    after = call.whole("after", 0, least=0, most=LARGEST_ROW)
    async with call.parts.store.view(call.context.id) as view:
        terms = await query_of_peer(view, call, *TERMS)
    search = EntrySearch(
        terms=terms,
        process=call.query.get("process"),
        since=_moment(call, "since"),
        until=_moment(call, "until"),
        start=after or None,
        newest_first=call.query.get("order") == "newest",
        limit=call.limit,
    )
    found = await find_entries(call.parts, call.context.id, search)
    return [
        EntryView(id=each.id, row=each.row, index=each.index, entry=msgspec.json.decode(each.canonical))
        for each in found
    ]


def _moment(call: Call, name: str) -> datetime | None:
    return moment_of(f"query.{name}", call.query[name]) if call.query.get(name) else None


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
        summary="Find entries of the log, in the order of their times.",
        handler=list_entries,
        gives=list[EntryView],
        query={
            "after": "the row of the last entry of the page before",
            "limit": PAGING["limit"],
            "order": "`newest`: newest first",
            "process": "only this process",
            "kind": "only this kind",
            "contract": "only what was done under this digital contract: its number, or our id of it",
            "strategy": "only what names this strategy of a contract",
            "agreement": "only what was done under this agreement: the id on the wire, or our id of it",
            "dataset": "only what concerns this dataset",
            "peer": "only what concerns this participant: a DID, or an alias of the address book",
            "outcome": "only what came out like this: `completed`, or the code of a refusal",
            "since": "not before this moment",
            "until": "before this moment",
        },
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
