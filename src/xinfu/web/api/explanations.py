"""Explains whether X may do Y with Z now, and why; and who could use a dataset under unpublished terms."""

from datetime import datetime
from typing import Any

import msgspec

from xinfu import odrl
from xinfu.api import DryRun, ExplanationView, Fault, LandedView, PartView
from xinfu.services.explain import explain as explaining
from xinfu.services.explain import own_use
from xinfu.services.explain.explain import Explanation, UseQuestion
from xinfu.services.explain.own_use import OwnQuestion
from xinfu.services.offering.stating import participant, with_participants
from xinfu.services.refusals import RefusalText
from xinfu.web import errors
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import policy_view


class DryRunForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms to try on every known participant."""

    policy: dict[str, Any]
    dataset: str = "urn:xinfu:any"
    action: str = "use"
    purpose: str | None = None
    at: datetime | None = None


async def explain(call: Call) -> ExplanationView:
    query = call.query
    action, purpose = query.get("action") or "use", query.get("purpose") or None
    at = query.get("at", "").replace(" ", "+") or None  # a query reads a bare plus as a blank
    who, provider = await _participant(call, "participant"), await _participant(call, "provider")
    if who in {None, call.context.participant}:
        question = OwnQuestion(
            agreement=query.get("agreement") or None,
            dataset=query.get("dataset") or None,
            provider=provider,
            action=action,
            purpose=purpose,
            vault=query.get("vault") == "true",
            at=at,
        )
        if question.agreement is None and question.dataset is None:
            raise errors.EXPLAIN_MISSING()
        return _view(action, purpose, await own_use.explain_own(call.parts, call.context.id, question))
    if not query.get("dataset"):
        raise errors.EXPLAIN_MISSING()
    asked = UseQuestion(
        participant=who,
        dataset=query["dataset"],
        action=action,
        purpose=purpose,
        at=at,
    )
    return _view(action, purpose, await explaining.explain(call.parts, call.context.id, asked))


async def _participant(call: Call, name: str) -> str | None:
    """Return the participant that a query value names by DID or alias; None without the value.

    Raises:
        InputError: `participant.no-alias`.
    """
    named = call.query.get(name)
    if not named:
        return None
    async with call.parts.store.view(call.context.id) as view:
        return await participant(view, call.context, named)


async def dry_run(call: Call) -> DryRun:
    form: DryRunForm = call.body
    policy = odrl.read(form.policy)
    odrl.check(odrl.anchor(policy, form.at or call.parts.clock.now()))
    async with call.parts.store.view(call.context.id) as view:
        policy = await with_participants(view, call.context, policy)
    question = UseQuestion(
        participant="", dataset=form.dataset, action=form.action, purpose=form.purpose, at=form.at
    )
    found = await explaining.dry_run(call.parts, call.context.id, policy, question)
    items = [_view(form.action, form.purpose, each) for _, each in found]
    return DryRun(items=items, able=sum(each.negotiable == each.use == "yes" for each in items))


def _view(action: str, purpose: str | None, found: Explanation) -> ExplanationView:
    decision = found.decision
    return ExplanationView(
        participant=found.participant,
        dataset=found.dataset,
        action=action,
        purpose=purpose,
        at=found.at,
        may=found.verdict.name.lower(),
        basis=found.basis.value,
        under=found.under,
        reasons=[_fault(each) for each in found.told],
        negotiable=found.negotiable.name.lower() if found.negotiable is not None else None,
        use=decision.verdict.name.lower() if decision and found.negotiable is not None else None,
        until=decision.until if decision else None,
        duties=[each.action for each in decision.duties] if decision else [],
        parts=[_part(each) for each in decision.findings] if decision else [],
        policy=policy_view(found.policy) if found.policy else None,
        proven={name: list(values) for name, values in found.claims.items()},
        vault=[
            LandedView(
                object=each.object,
                may=each.verdict.name.lower(),
                reasons=[_fault(one) for one in each.told],
            )
            for each in found.landed
        ],
    )


def _fault(told: RefusalText) -> Fault:
    return Fault(
        code=told.code,
        detail=told.message,
        detail_zh=told.message_zh,
        help=told.help,
        help_zh=told.help_zh,
    )


def _part(reason: odrl.Reason) -> PartView:
    return PartView(
        code=reason.code,
        verdict=reason.verdict,
        rule=reason.rule,
        path=reason.path,
        operand=reason.operand,
        operator=reason.operator,
        wanted=list(reason.wanted),
        found=list(reason.found),
        zh=odrl.sentence(reason, "zh"),
        en=odrl.sentence(reason, "en"),
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/explanation",
        summary="Explain whether a participant may use our dataset now, or whether we may use another's, and why.",
        handler=explain,
        gives=ExplanationView,
        query={
            "participant": "the participant: a DID, or an alias of the address book; without it we ourselves",
            "dataset": "the dataset",
            "agreement": "for our own use: under this agreement, by our id",
            "provider": "for our own use: under an agreement with this participant, by its DID or alias",
            "vault": "for our own use: `true` as if the data landed in our vault",
            "action": "the action; `use` without it",
            "purpose": "the declared purpose; without it the agreed one",
            "at": "the time, with its offset; without it now",
        },
    ),
    Operation(
        method="POST",
        path="/dry-run",
        summary="Try terms on every known participant, to see who could agree to them and use a dataset.",
        handler=dry_run,
        takes=DryRunForm,
        gives=DryRun,
    ),
]
