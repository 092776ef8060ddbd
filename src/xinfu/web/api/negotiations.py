"""Negotiations: open them, view them, and decide them by hand."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from xinfu import odrl
from xinfu.api import Checked, Happening, NegotiationCheck, NegotiationView, Page, Waiting
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.odrl import Policy, PolicyKind
from xinfu.ports.records import ASSETS, NEGOTIATIONS, POLICIES, Act
from xinfu.services.fetching.asking import ProviderRequest, ask
from xinfu.services.identity import discover
from xinfu.services.offering import offers
from xinfu.services.offering.grading import grade_of, is_withheld
from xinfu.services.offering.stating import state_policy
from xinfu.services.processes import acts, check, requests
from xinfu.services.processes.counters import difference_of
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.standing import NextMover
from xinfu.services.refusals import RefusalText
from xinfu.web import errors
from xinfu.web.api import shapes
from xinfu.web.api.listing import PAGING, read_filters_with_peer
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import ReasonForm, negotiation_view
from xinfu.web.api.standing import STUCK, list_processes, step_of
from xinfu.web.api.waiting import WAITING, wait_for

_TERMINAL = frozenset({"FINALIZED", "TERMINATED"})


class NegotiationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request of a negotiation. Without `offer` it asks for the first offer of the dataset, unchanged.

    A consumer must give the declarations that an offer needs (a purpose, an environment, an application), because the
    agreement would allow no use without them. `anyway` skips this check; a counter-offer is always sent unchanged.

    Attributes:
        participant: DID or alias of the other side; `at` overrides its known address.
        offer: id of one of its offers.
        shown: the policy of that offer as the catalog showed it; if its rules have changed, no request is sent.
        policy: terms that differ from the offer, as a counter-offer from the start.
        purpose: what the data will be used for; declared, signed and recorded.
        declared: what else will be declared when the data is transferred, as there; so is `vault`.
        role: "provider" opens with an offer of ours to the participant.
    """

    participant: str
    dataset: str
    at: str | None = None
    offer: str | None = None
    shown: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    purpose: str | None = None
    declared: dict[str, str] = {}
    vault: bool = False
    anyway: bool = False
    role: Literal["consumer", "provider"] = "consumer"


class CounterForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A counter-offer: the whole policy that we would accept."""

    policy: dict[str, Any]


async def open_negotiation(call: Call) -> NegotiationView:
    form: NegotiationForm = call.body
    context = call.context
    if form.role == "provider":
        found = await discover.find(call.parts, context.id, form.participant, at=form.at)
        offer = await _own_offer(call, form)
        record = await requests.offer_agreement(
            call.parts, context, peer=found.participant, base=found.base, offer=offer
        )
        return negotiation_view(record)
    question = ProviderRequest(**{name: getattr(form, name) for name in ProviderRequest.__struct_fields__})
    return negotiation_view(await ask(call.parts, context, question))


async def list_negotiations(call: Call) -> Page[NegotiationView]:
    async with call.parts.store.view(call.context.id) as view:
        where = await read_filters_with_peer(
            view, call, NEGOTIATIONS.peer, NEGOTIATIONS.state, NEGOTIATIONS.role, NEGOTIATIONS.dataset
        )

        async def shown(record: ContractNegotiation, step: Waiting | None) -> NegotiationView:
            waits = step is not None and step.whom == NextMover.PERSON
            difference = (
                await difference_of(view, call.context, record, call.parts.clock.now()) if waits else None
            )
            return negotiation_view(record, step, difference)

        return await list_processes(call, view, NEGOTIATIONS, shown, where)


async def show_negotiation(call: Call) -> NegotiationView:
    async def look() -> NegotiationView:
        return await _show(call, call.path["id"])

    return await wait_for(call, look, lambda shown: shown.state, _TERMINAL)


async def timeline(call: Call) -> list[Happening]:
    async with call.parts.store.view(call.context.id) as view:
        stored = await view.log.find(process=call.path["id"], limit=1000)
    found = []
    for each in stored:
        entry = msgspec.json.decode(each.canonical, type=dict[str, Any])
        found.append(
            Happening(
                entry=each.id,
                at=datetime.fromisoformat(entry["at"]),
                kind=each.kind,
                facts=entry["facts"],
            )
        )
    return found


async def accept(call: Call) -> NegotiationView:
    return await _act(call, Act.ACCEPT)


async def agree(call: Call) -> NegotiationView:
    return await _act(call, Act.AGREE)


async def verify(call: Call) -> NegotiationView:
    return await _act(call, Act.VERIFY)


async def finalize(call: Call) -> NegotiationView:
    return await _act(call, Act.FINALIZE)


async def counter(call: Call) -> NegotiationView:
    terms = await state_policy(
        call.parts, call.context.id, odrl.read(call.body.policy, kind=PolicyKind.OFFER)
    )
    return negotiation_view(await acts.counter(call.parts, call.context.id, call.path["id"], terms))


async def terminate(call: Call) -> NegotiationView:
    form: ReasonForm = call.body
    return await _act(call, Act.TERMINATE, acts.by_operator(form.reason))


async def hold(call: Call) -> NegotiationView:
    return negotiation_view(
        await acts.hold_negotiation(call.parts, call.context.id, call.path["id"], held=True)
    )


async def release(call: Call) -> NegotiationView:
    return negotiation_view(
        await acts.hold_negotiation(call.parts, call.context.id, call.path["id"], held=False)
    )


async def check_with_peer(call: Call) -> NegotiationCheck:
    checked = await check.check_process(call.parts, NEGOTIATION, call.context.id, call.path["id"])
    return NegotiationCheck(
        negotiation=await _show(call, call.path["id"]), checked=shapes.to_view(checked, Checked)
    )


async def _act(call: Call, act: Act, reasons: tuple[RefusalText, ...] = ()) -> NegotiationView:
    done = await acts.act_on_negotiation(call.parts, call.context.id, call.path["id"], act, reasons=reasons)
    return negotiation_view(done)


async def _show(call: Call, id_: str) -> NegotiationView:
    async with call.parts.store.view(call.context.id) as view:
        record = await view.of(NEGOTIATIONS).get(id_)
        if record is None:
            raise NEGOTIATION.not_found()
        rows = await view.outbox.of(id_)
        suggest = not record.is_over
        difference = await difference_of(view, call.context, record, call.parts.clock.now(), suggest=suggest)
    return negotiation_view(record, step_of(call, record, rows), difference)


async def _own_offer(call: Call, form: NegotiationForm) -> Policy:
    async with call.parts.store.view(call.context.id) as view:
        asset = await view.of(ASSETS).get(form.dataset)
        grade = None if asset is None else grade_of(asset, call.context)
        for under in await view.offerings.of(form.dataset):
            policy = await view.of(POLICIES).get(under.contract)
            if policy is not None and not is_withheld(policy.policy, grade, call.parts.clock.now()):
                ours = offers.offer_of(under.definition, form.dataset, policy)
                if form.offer in {None, ours.id}:
                    return msgspec.structs.replace(ours, target=form.dataset)
    raise errors.OFFER_NOT_FOUND()


_ACTS = [
    ("accept", accept, "Accept the provider's offer."),
    ("agree", agree, "Agree to the consumer's request, or to its acceptance."),
    ("verify", verify, "Verify the provider's agreement."),
    ("finalize", finalize, "Finalize a verified agreement."),
    ("hold", hold, "Hold a negotiation until a person decides."),
    ("release", release, "Release a held negotiation to its stored answers."),
]


OPERATIONS = [
    Operation(
        method="POST",
        path="/negotiations",
        summary="Open a negotiation.",
        handler=open_negotiation,
        takes=NegotiationForm,
        gives=NegotiationView,
        status=201,
    ),
    Operation(
        method="GET",
        path="/negotiations",
        summary="List negotiations.",
        handler=list_negotiations,
        gives=Page[NegotiationView],
        query={
            **PAGING,
            **STUCK,
            "state": "only negotiations in this state",
            "role": "only negotiations in which we have this role",
            "peer": "only negotiations with this participant: a DID, or an alias of the address book",
            "dataset": "only negotiations on this dataset",
        },
    ),
    Operation(
        method="POST",
        path="/negotiations/{id}/check",
        summary="Ask the peer for its state of a negotiation, and update ours accordingly.",
        handler=check_with_peer,
        name="check_negotiation",
        gives=NegotiationCheck,
    ),
    Operation(
        method="GET",
        path="/negotiations/{id}",
        summary="Show a negotiation, at once or after waiting for a state.",
        handler=show_negotiation,
        gives=NegotiationView,
        query=WAITING,
    ),
    Operation(
        method="GET",
        path="/negotiations/{id}/timeline",
        summary="Show the history of a negotiation, from the evidence log.",
        handler=timeline,
        gives=list[Happening],
    ),
    *(
        Operation(
            method="POST",
            path=f"/negotiations/{{id}}/{name}",
            summary=summary,
            handler=act,
            name=f"{name}_negotiation",
            gives=NegotiationView,
        )
        for name, act, summary in _ACTS
    ),
    Operation(
        method="POST",
        path="/negotiations/{id}/counter",
        summary="Send a counter-offer.",
        handler=counter,
        name="counter_negotiation",
        takes=CounterForm,
        gives=NegotiationView,
    ),
    Operation(
        method="POST",
        path="/negotiations/{id}/terminate",
        summary="End a negotiation.",
        handler=terminate,
        name="terminate_negotiation",
        takes=ReasonForm,
        gives=NegotiationView,
    ),
]
