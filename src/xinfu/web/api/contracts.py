"""Digital contracts: look at them, and at the text that is signed."""

from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from xinfu.contracts import FilingReceipt, Status, digest_of, text_of
from xinfu.contracts.terms import PARTY_NAMES, STATUS_NAMES
from xinfu.ports.records import ContractRecord
from xinfu.services.contracts import records
from xinfu.web.api.listing import PAGING, asked, page_of
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import Page, PolicyView, policy_view


class ContractPartyView(msgspec.Struct, frozen=True, kw_only=True):
    """A party. `type` is a code of the standard, `signed` when it signed."""

    type: str
    type_zh: str
    type_en: str
    participant: str
    entity: str
    name: str
    connector: str
    signed: datetime | None


class FilingView(msgspec.Struct, frozen=True, kw_only=True):
    """The filing receipt (备案回执)."""

    hash: str
    platform: str
    filed: datetime


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
    """A digital contract. `number` is a local id while it is a draft; `agreement` is a wire id."""

    id: str
    number: str
    draft: bool
    name: str
    abstract: str
    status: str
    status_zh: str
    status_en: str
    sign_mode: str
    side: str
    agreement: str
    begun_by: str
    version: int
    digest: str
    begins: datetime
    ends: datetime | None
    parties: list[ContractPartyView]
    products: list[dict[str, Any]]
    policy: PolicyView
    terms: list[str]
    signed: datetime | None
    filing: FilingView | None
    created: datetime
    updated: datetime


def contract_view(record: ContractRecord) -> ContractView:
    """A contract, shown."""
    contract = record.contract
    signed = {each.party: each.at for each in contract.signatures}
    zh, en = STATUS_NAMES[contract.status]
    return ContractView(
        id=record.id,
        number=contract.number,
        draft=not contract.is_numbered,
        name=contract.name,
        abstract=contract.abstract,
        status=contract.status,
        status_zh=zh,
        status_en=en,
        sign_mode=contract.sign_mode,
        side=record.side,
        agreement=record.agreement,
        begun_by=record.begun_by,
        version=contract.version,
        digest=digest_of(contract),
        begins=contract.begins,
        ends=contract.ends,
        parties=[
            ContractPartyView(
                type=party.type,
                type_zh=PARTY_NAMES[party.type][0],
                type_en=PARTY_NAMES[party.type][1],
                participant=party.participant,
                entity=party.entity,
                name=party.name,
                connector=party.node,
                signed=signed.get(party.id),
            )
            for party in contract.parties
        ],
        products=[msgspec.to_builtins(each) for each in contract.products],
        policy=policy_view(contract.policy),
        terms=list(contract.terms),
        signed=contract.signed,
        filing=None if contract.filing is None else _filing(contract.filing),
        created=record.created,
        updated=record.updated,
    )


def _filing(receipt: FilingReceipt) -> FilingView:
    return FilingView(hash=receipt.hash, platform=receipt.platform, filed=receipt.filed)


async def list_contracts(call: Call) -> Page[ContractView]:
    where = asked(call, "status", "agreement", "number", "side")
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.contracts, call, contract_view, where)


async def show_contract(call: Call) -> ContractView:
    return contract_view(await records.found(call.parts, call.context.id, call.path["id"]))


async def show_text(call: Call) -> Response:
    record = await records.found(call.parts, call.context.id, call.path["id"])
    return Response(text_of(record.contract), media_type="application/json")


OPERATIONS = [
    Operation(
        method="GET",
        path="/contracts",
        summary="List digital contracts.",
        handler=list_contracts,
        gives=Page[ContractView],
        query={
            **PAGING,
            "status": f"only these: {', '.join(Status)}",
            "agreement": "only that of the agreement that both sides call so",
            "number": "only the one of this number",
            "side": "only those that we hold as a `party`, or as the `platform`",
        },
    ),
    Operation(
        method="GET",
        path="/contracts/{id}",
        summary="Show a digital contract, by our id or by its number.",
        handler=show_contract,
        gives=ContractView,
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/text",
        summary="The canonical text that its parties sign.",
        handler=show_text,
        media="application/json",
    ),
]
