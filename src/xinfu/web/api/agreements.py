"""Agreements: view, import, suspend, resume, renew and end them."""

from typing import Any, Literal

import msgspec

from xinfu import odrl
from xinfu.api import AgreementView, Page
from xinfu.odrl import PolicyKind
from xinfu.ports.records import AGREEMENTS, AgreementState
from xinfu.services.agreements import lifecycle, renewal
from xinfu.web.api.listing import PAGING, page_of, read_filters_with_peer
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import ReasonForm, agreement_view


class AgreementForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agreement concluded elsewhere, to be imported unchanged."""

    wire_id: str
    peer: str
    dataset: str
    role: Literal["consumer", "provider"]
    policy: dict[str, Any]
    purpose: str | None = None


class RenewalForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our id of the new agreement, with the same participant about the same dataset."""

    by: str


async def list_agreements(call: Call) -> Page[AgreementView]:
    async with call.parts.store.view(call.context.id) as view:
        where = await read_filters_with_peer(
            view,
            call,
            AGREEMENTS.peer,
            AGREEMENTS.state,
            AGREEMENTS.role,
            AGREEMENTS.dataset,
            AGREEMENTS.negotiation,
            AGREEMENTS.wire_id,
        )
        return await page_of(view.of(AGREEMENTS), call, *where, view=agreement_view)


async def show_agreement(call: Call) -> AgreementView:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(AGREEMENTS).get(call.path["id"])
    if found is None:
        raise lifecycle.agreement_not_found()
    return agreement_view(found)


async def import_agreement(call: Call) -> AgreementView:
    form: AgreementForm = call.body
    policy = odrl.read(form.policy, kind=PolicyKind.AGREEMENT)
    record = await lifecycle.take_over(
        call.parts,
        call.context.id,
        wire_id=form.wire_id,
        peer=form.peer,
        dataset=form.dataset,
        role=form.role,
        policy=msgspec.structs.replace(policy, id=form.wire_id, target=form.dataset),
        purpose=form.purpose,
    )
    return agreement_view(record)


async def suspend_agreement(call: Call) -> AgreementView:
    return await _change(call, AgreementState.SUSPENDED)


async def resume_agreement(call: Call) -> AgreementView:
    return await _change(call, AgreementState.ACTIVE)


async def terminate_agreement(call: Call) -> AgreementView:
    return await _change(call, AgreementState.TERMINATED)


async def renew_agreement(call: Call) -> AgreementView:
    form: RenewalForm = call.body
    return agreement_view(await renewal.renew(call.parts, call.context.id, call.path["id"], form.by))


async def _change(call: Call, to: AgreementState) -> AgreementView:
    form: ReasonForm = call.body
    changed = await lifecycle.change(
        call.parts,
        call.context.id,
        call.path["id"],
        to,
        by=call.context.participant,
        clause=form.clause,
        reason=form.reason,
    )
    return agreement_view(changed)


OPERATIONS = [
    Operation(
        method="GET",
        path="/agreements",
        summary="List agreements.",
        handler=list_agreements,
        gives=Page[AgreementView],
        query={
            **PAGING,
            "state": "only agreements in this state",
            "role": "only agreements in which we have this role",
            "peer": "only agreements with this participant: a DID, or an alias of the address book",
            "dataset": "only agreements on this dataset",
            "negotiation": "only the agreement of this negotiation",
            "wire_id": "only the agreement with this id, which both sides use",
        },
    ),
    Operation(
        method="POST",
        path="/agreements",
        summary="Import an agreement that was made elsewhere.",
        handler=import_agreement,
        takes=AgreementForm,
        gives=AgreementView,
        status=201,
    ),
    Operation(
        method="GET",
        path="/agreements/{id}",
        summary="Show an agreement.",
        handler=show_agreement,
        gives=AgreementView,
    ),
    *(
        Operation(
            method="POST",
            path=f"/agreements/{{id}}/{name}",
            summary=summary,
            handler=act,
            takes=ReasonForm,
            gives=AgreementView,
        )
        for name, act, summary in [
            ("suspend", suspend_agreement, "Suspend all use under an agreement."),
            ("resume", resume_agreement, "Allow use under a suspended agreement again."),
            ("terminate", terminate_agreement, "End an agreement; running streams stop within a second."),
        ]
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/renew",
        summary="Renew an agreement: a new one replaces it, and it remains in force until its own end.",
        handler=renew_agreement,
        takes=RenewalForm,
        gives=AgreementView,
    ),
]
