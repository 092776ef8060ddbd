"""Digital contracts: look at them, and at the text that is signed."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from starlette.responses import Response

from xinfu.contracts import FilingReceipt, Status, digest_of, text_of
from xinfu.contracts.terms import PARTY_NAMES, STATUS_NAMES
from xinfu.evidence import Entry
from xinfu.ports.records import ContractRecord
from xinfu.ports.sealing import SealStanding
from xinfu.services import contracted
from xinfu.services.contracts import beginning, ending, executing, filing, seals, signing, usage
from xinfu.services.contracts.executing import Report
from xinfu.services.contracts.usage import FeedbackForm
from xinfu.web.api.listing import PAGING, asked, page_of
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import Page, PolicyView, policy_view
from xinfu.web.api.waiting import WAITING, waited_for
from xinfu.web.documents import ContractDocument, contract_document, page, paper


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


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature is worth: `verdict` yes, no or unknown; without `certified` it is a bare key's.

    `zh` and `en` say the reasons in words.
    """

    verdict: str
    certified: bool
    subject: str
    reasons: list[str]
    zh: str
    en: str


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """A party's signature; `standing` is null where it has not signed."""

    party: str
    name: str
    signed: datetime | None
    standing: StandingView | None


class ContractChecked(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures of a contract and of its receipt, checked now; `receipt` is null without one."""

    number: str
    digest: str
    holds: bool
    signatures: list[SignatureView]
    receipt: StandingView | None


class NoForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


class BeginForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a contract says beside the rules: terms in plain words, and further parties by alias, who sign too."""

    terms: tuple[str, ...] = ()
    service_providers: tuple[str, ...] = ()


async def begin_contract(call: Call) -> ContractView:
    form: BeginForm = call.body
    also = await beginning.service_providers(call.parts, call.context.id, form.service_providers)
    return contract_view(
        await beginning.take_up(call.parts, call.context.id, call.path["id"], terms=form.terms, also=also)
    )


async def sign_contract(call: Call) -> ContractView:
    return contract_view(await signing.sign(call.parts, call.context.id, call.path["id"]))


async def file_contract(call: Call) -> ContractView:
    return contract_view(await filing.file(call.parts, call.context.id, call.path["id"]))


class EndForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a contract ends; without a `clause` that allows it the end is recorded as our breach."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    clause: str | None = None


class StopForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the provider stops a use."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


async def end_contract(call: Call) -> ContractView:
    form: EndForm = call.body
    return contract_view(
        await ending.end(call.parts, call.context.id, call.path["id"], reason=form.reason, clause=form.clause)
    )


async def report_contract(call: Call) -> ContractView:
    return contract_view(await executing.report(call.parts, call.context.id, call.path["id"], call.body))


async def feed_back(call: Call) -> ContractView:
    return contract_view(await usage.tell(call.parts, call.context.id, call.path["id"], call.body))


async def stop_use(call: Call) -> ContractView:
    form: StopForm = call.body
    return contract_view(await usage.stop(call.parts, call.context.id, call.path["id"], reason=form.reason))


async def prove_contract(call: Call) -> ContractView:
    return contract_view(await usage.prove(call.parts, call.context.id, call.path["id"]))


async def check_contract(call: Call) -> ContractChecked:
    record = await contracted.found(call.parts, call.context.id, call.path["id"])
    found = await seals.standings(call.parts, record.contract)
    receipt = record.contract.filing
    filed = None if receipt is None else await seals.receipt_standing(call.parts, receipt)
    return ContractChecked(
        number=record.contract.number,
        digest=digest_of(record.contract),
        holds=seals.holds(record.contract, found, filed),
        signatures=[
            SignatureView(
                party=each.party.id,
                name=each.party.name,
                signed=each.signed,
                standing=_standing(each.standing),
            )
            for each in found
            if each.party.signs
        ],
        receipt=_standing(filed),
    )


def _standing(found: SealStanding | None) -> StandingView | None:
    if found is None:
        return None
    return StandingView(
        verdict=found.verdict.name.lower(),
        certified=found.certified,
        subject=found.subject,
        reasons=[str(each) for each in found.reasons],
        zh=found.sentence("zh"),
        en=found.sentence("en"),
    )


async def list_contracts(call: Call) -> Page[ContractView]:
    where = asked(call, "status", "agreement", "number", "side")
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.contracts, call, contract_view, where)


async def show_contract(call: Call) -> ContractView:
    async def look() -> ContractView:
        return contract_view(await contracted.found(call.parts, call.context.id, call.path["id"]))

    return await waited_for(call, look, lambda view: view.status, _LAST)


_LAST: Final = frozenset({str(Status.SIGNING_FAILED), str(Status.ENDED)})


async def print_contract(call: Call) -> Response:
    body = page(await _document(call))
    return Response(body, media_type="text/html; charset=utf-8", headers=_PAGE_HEADERS)


async def print_paper(call: Call) -> Response:
    body = await asyncio.to_thread(paper, await _document(call))
    return Response(body, media_type="application/pdf", headers=_PAGE_HEADERS)


async def _document(call: Call) -> ContractDocument:
    contract = (await contracted.found(call.parts, call.context.id, call.path["id"])).contract
    standings = await seals.standings(call.parts, contract)
    filed = None if contract.filing is None else await seals.receipt_standing(call.parts, contract.filing)
    return contract_document(contract, standings, filed)


_PAGE_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class RoundView(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a contract; `entry` is its entry in the log, beside which the text lies as it was then."""

    entry: str
    at: str
    event: str
    by: str
    before: str
    after: str
    version: int
    digest: str
    reason: str


async def show_history(call: Call) -> list[RoundView]:
    record = await contracted.found(call.parts, call.context.id, call.path["id"])
    async with call.parts.store.view(call.context.id) as view:
        found = await view.log.find(process=record.id, kind="contract.state", limit=1000)
    return [_round(Entry.from_bytes(each.canonical)) for each in found]


def _round(entry: Entry) -> RoundView:
    facts = entry.facts
    return RoundView(
        entry=entry.id,
        at=entry.at,
        event=str(facts["event"]),
        by=str(facts["by"]),
        before=str(facts["from"]),
        after=str(facts["to"]),
        version=int(str(facts.get("version", 1))),
        digest=str(facts["digest"]),
        reason=str(facts.get("reason", "")),
    )


async def show_round(call: Call) -> Response:
    record = await contracted.found(call.parts, call.context.id, call.path["id"])
    async with call.parts.store.view(call.context.id) as view:
        entries = await view.log.find(process=record.id, kind="contract.state", limit=1000)
        known = call.path["entry"] in {each.id for each in entries}
        kept = await view.log.attachments(call.path["entry"]) if known else {}
    if "text" not in kept:
        raise contracted.not_found()
    return Response(kept["text"], media_type="application/json")


async def show_text(call: Call) -> Response:
    record = await contracted.found(call.parts, call.context.id, call.path["id"])
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
        query=WAITING,
    ),
    *(
        Operation(
            method="POST",
            path=f"/contracts/{{id}}/{name}",
            summary=summary,
            handler=act,
            takes=takes,
            gives=ContractView,
        )
        for name, act, takes, summary in [
            (
                "begin",
                begin_contract,
                BeginForm,
                "Begin a contract from its draft: the platform gives its number.",
            ),
            ("sign", sign_contract, NoForm, "Sign it for ourselves, and tell the other parties."),
            ("file", file_contract, NoForm, "File it with the platform, and keep the receipt."),
            (
                "end",
                end_contract,
                EndForm,
                "End it and its agreement; the other parties and the platform are told.",
            ),
            (
                "report",
                report_contract,
                Report,
                "Report what was done under it to the others and the platform.",
            ),
            ("feedback", feed_back, FeedbackForm, "Tell its provider a decision that we took."),
            ("stop", stop_use, StopForm, "As its provider, stop what the consumer does under it."),
            (
                "prove",
                prove_contract,
                NoForm,
                "Hand the others and the platform receipts of what was done under it.",
            ),
        ]
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/check",
        summary="Check all its signatures, and that of its receipt.",
        handler=check_contract,
        gives=ContractChecked,
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/history",
        summary="Every round and change of it, oldest first.",
        handler=show_history,
        gives=list[RoundView],
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/history/{entry}",
        summary="The canonical text as it was after one of them.",
        handler=show_round,
        media="application/json",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/document",
        summary="The contract as a page to print, in Chinese and English.",
        handler=print_contract,
        media="text/html",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/document.pdf",
        summary="The same as a PDF with its letters embedded; needs the extra `print`.",
        handler=print_paper,
        media="application/pdf",
    ),
    Operation(
        method="GET",
        path="/contracts/{id}/text",
        summary="The canonical text that its parties sign.",
        handler=show_text,
        media="application/json",
    ),
]
