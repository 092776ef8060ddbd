"""Digital contracts: view them, their signatures and their signed text; print them."""

import asyncio
from typing import Final

from starlette.responses import Response

from xinfu.api import ContractChecked, ContractView, Page, RoundView, SignatureView
from xinfu.contracts import DigitalContract, Status, digest_of, text_of
from xinfu.evidence import Entry
from xinfu.ports.records import CONTRACTS, ContractRecord
from xinfu.ports.sealing import SealStanding
from xinfu.services.agreements import contract_draft, contract_record, seals
from xinfu.web.api.contract_views import contract_view, round_view, standing_view
from xinfu.web.api.listing import PAGING, page_of, read_filters
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.waiting import WAITING, wait_for
from xinfu.web.documents import ContractDocument, contract_document, page, paper


async def check_contract(call: Call) -> ContractChecked:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    found = await seals.standings(call.parts, record.contract)
    filed = await _receipt(call, record.contract)
    return ContractChecked(
        number=record.contract.number,
        digest=digest_of(record.contract),
        holds=seals.holds(record.contract, found, filed),
        signatures=[
            SignatureView(
                party=each.party.id,
                name=each.party.name,
                signed=each.signed,
                standing=standing_view(each.standing),
            )
            for each in found
            if each.party.signs
        ],
        receipt=standing_view(filed),
    )


async def _receipt(call: Call, contract: DigitalContract) -> SealStanding | None:
    receipt = contract.filing
    return None if receipt is None else await seals.receipt_standing(call.parts, contract, receipt)


_FILTERS: Final = (
    CONTRACTS.status,
    CONTRACTS.agreement,
    CONTRACTS.number,
    CONTRACTS.side,
    CONTRACTS.amends,
)


async def list_contracts(call: Call) -> Page[ContractView]:
    agreement = call.query.get(CONTRACTS.agreement.name)
    async with call.parts.store.view(call.context.id) as view:
        page = await page_of(view.of(CONTRACTS), call, *read_filters(call, *_FILTERS), view=contract_view)
        if page.total or agreement is None:
            return page
        draft = await contract_draft.of_agreement(view, call.parts, agreement)
    given = {each.name: call.query[each.name] for each in _FILTERS if each.name in call.query}
    if draft is None or not given.items() <= _found_by(draft).items():
        return page
    return Page(items=[contract_view(draft)], next=None, total=1)


def _found_by(draft: ContractRecord) -> dict[str, str]:
    """Return the values by which queries find a draft, which no table holds."""
    status, side = draft.contract.status.value, draft.side.value
    return {"agreement": draft.agreement, "status": status, "side": side, "number": draft.contract.number}


async def show_contract(call: Call) -> ContractView:
    async def look() -> ContractView | None:
        record = await contract_record.sought(call.parts, call.context.id, call.path["id"])
        return None if record is None else contract_view(record)

    shown = await wait_for(call, look, lambda view: view.status if view else "", _LAST)
    if shown is None:
        raise contract_record.contract_not_found()
    return shown


_LAST: Final = frozenset({str(Status.SIGNING_FAILED), str(Status.ENDED)})


async def print_contract(call: Call) -> Response:
    body = page(await _document(call))
    return Response(body, media_type="text/html; charset=utf-8", headers=_PAGE_HEADERS)


async def print_paper(call: Call) -> Response:
    body = await asyncio.to_thread(paper, await _document(call))
    return Response(body, media_type="application/pdf", headers=_PAGE_HEADERS)


async def _document(call: Call) -> ContractDocument:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    contract = record.contract
    async with call.parts.store.view(call.context.id) as view:
        chain = [each.contract for each in await contract_record.chain(view, record)]
    standings = await seals.standings(call.parts, contract)
    filed = await _receipt(call, contract)
    amending = [each for each in chain if each.amends == contract.number]
    return contract_document(contract, standings, filed, amending)


_PAGE_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


async def show_history(call: Call) -> list[RoundView]:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    async with call.parts.store.view(call.context.id) as view:
        found = await view.log.find(process=record.id, kind="contract.state", limit=1000)
    return [round_view(Entry.from_bytes(each.canonical)) for each in found]


async def show_round(call: Call) -> Response:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    async with call.parts.store.view(call.context.id) as view:
        entries = await view.log.find(process=record.id, kind="contract.state", limit=1000)
        known = call.path["entry"] in {each.id for each in entries}
        kept = await view.log.attachments(call.path["entry"]) if known else {}
    if "text" not in kept:
        raise contract_record.contract_not_found()
    return Response(kept["text"], media_type="application/json")


async def show_chain(call: Call) -> list[ContractView]:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    async with call.parts.store.view(call.context.id) as view:
        return [contract_view(each) for each in await contract_record.chain(view, record)]


async def show_text(call: Call) -> Response:
    record = await contract_record.find_contract(call.parts, call.context.id, call.path["id"])
    return Response(text_of(record.contract), media_type="application/json")


OPERATIONS = [
    Operation(
        method="GET",
        path="/contracts",
        summary="List digital contracts that were begun; `agreement` gives the draft of an agreement.",
        handler=list_contracts,
        gives=Page[ContractView],
        query={
            **PAGING,
            "status": f"only contracts in this status: {', '.join(Status)}",
            "agreement": "only the contract of the agreement with this id, which both sides use",
            "number": "only the contract with this number",
            "amends": "only supplements of the contract with this number",
            "side": "only contracts that we hold as a `party`, or as the `platform`",
        },
    ),
    Operation(
        method="GET",
        path="/contracts/{id}",
        summary="Show a digital contract by our id or its number, or a draft by its agreement; wait until it exists.",
        handler=show_contract,
        gives=ContractView,
        query=WAITING,
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/check",
        summary="Check all signatures of a contract, and the signature of its receipt.",
        handler=check_contract,
        gives=ContractChecked,
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/history",
        summary="List every round and change of a contract, oldest first.",
        handler=show_history,
        gives=list[RoundView],
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/history/{entry}",
        summary="Show the canonical text of a contract after one of its changes.",
        handler=show_round,
        media="application/json",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/chain",
        summary="List a contract with the contract it supplements and all supplements, the first contract first.",
        handler=show_chain,
        gives=list[ContractView],
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/document",
        summary="Show a contract as a page to print, in Chinese and English.",
        handler=print_contract,
        media="text/html",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/document.pdf",
        summary="Show a contract as a PDF with embedded fonts; needs the extra `print`.",
        handler=print_paper,
        media="application/pdf",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/text",
        summary="Show the canonical text that the parties of a contract sign.",
        handler=show_text,
        media="application/json",
    ),
]
