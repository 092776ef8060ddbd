"""Duties: view and prove them; as the other side accept, refuse, waive or declare them breached."""

import msgspec

from xinfu.api import DutyView, Page
from xinfu.odrl import Duty
from xinfu.odrl.duties.life import DutyMove
from xinfu.odrl.duties.proofs import Proof, demand_of
from xinfu.ports.records import DUTIES, DutyRecord
from xinfu.services.agreements import duties, duty_proofs
from xinfu.web.api.listing import PAGING, page_of, read_filters_with_peer
from xinfu.web.api.operation import Call, Operation


class ProofForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof of a duty; the duty determines its fields. `digests` are SHA-256, lower-case hex."""

    method: str = ""
    digests: tuple[str, ...] = ()
    link: str = ""
    receipt: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""


class WordForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason, which the other side reads."""

    reason: str | None = None


def duty_view(record: DutyRecord) -> DutyView:
    wanted = demand_of(Duty(action=record.action))
    shown = {name: getattr(record, name) for name in DutyView.__struct_fields__ if hasattr(record, name)}
    return msgspec.convert(
        {**shown, "wants": wanted.fields, "by_both": wanted.by_both}, DutyView, from_attributes=True
    )


async def list_duties(call: Call) -> Page[DutyView]:
    async with call.parts.store.view(call.context.id) as view:
        where = await read_filters_with_peer(
            view, call, DUTIES.peer, DUTIES.state, DUTIES.agreement, DUTIES.action, DUTIES.transfer
        )
        return await page_of(view.of(DUTIES), call, *where, view=duty_view)


async def show_duty(call: Call) -> DutyView:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(DUTIES).get(call.path["id"])
    if found is None:
        raise duties.duty_not_found()
    return duty_view(found)


async def fulfil_duty(call: Call) -> DutyView:
    proof = msgspec.convert(call.body, Proof, from_attributes=True)
    given = proof if proof != Proof() else None
    return duty_view(await duty_proofs.fulfil(call.parts, call.context.id, call.path["id"], given))


async def refuse_proof(call: Call) -> DutyView:
    return await _decide(call, DutyMove.REFUSE)


async def waive_duty(call: Call) -> DutyView:
    return await _decide(call, DutyMove.WAIVE)


async def breach_duty(call: Call) -> DutyView:
    return await _decide(call, DutyMove.BREACH)


async def _decide(call: Call, move: DutyMove) -> DutyView:
    form: WordForm = call.body
    return duty_view(
        await duty_proofs.decide(call.parts, call.context.id, call.path["id"], move, reason=form.reason)
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/duties",
        summary="List duties, ours and those owed to us.",
        handler=list_duties,
        gives=Page[DutyView],
        query={
            **PAGING,
            "state": "only duties in this state",
            "agreement": "only duties of this agreement, by our id",
            "peer": "only duties with this participant: a DID, or an alias of the address book",
            "action": "only duties to do this",
            "transfer": "only duties that this transfer triggered, by the provider's pid",
        },
    ),
    Operation(method="GET", path="/duties/{id}", summary="Show a duty.", handler=show_duty, gives=DutyView),
    Operation(
        method="POST",
        path="/duties/{id}/fulfil",
        summary="Submit the proof of our own duty, or accept the other side's proof of its duty.",
        handler=fulfil_duty,
        takes=ProofForm,
        gives=DutyView,
    ),
    *(
        Operation(
            method="POST",
            path=f"/duties/{{id}}/{name}",
            summary=summary,
            handler=handler,
            takes=WordForm,
            gives=DutyView,
        )
        for name, handler, summary in [
            ("refuse", refuse_proof, "Refuse the proof that the other side submitted."),
            ("waive", waive_duty, "Waive a duty that the other side owes us."),
            ("breach", breach_duty, "Declare an overdue duty of the other side breached."),
        ]
    ),
]
