"""Admission of a caller: its grant and agreement are live, and the policy says yes now.

`meet` runs before a step opens: it refuses strangers, who so never hold up the writer, judges credentials, and finds
out whether the source is live. `admit` evaluates the policy in a view, `admit_use` in the step that takes a use.
"""

from datetime import datetime

import msgspec

from xinfu.odrl import Decision
from xinfu.ports.records import AGREEMENTS, ASSETS, AgreementRecord, Asset, Grant
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_in_force
from xinfu.services.agreements.contract_draft import find_record
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.refusals import refused
from xinfu.services.usage import grants, read_keys
from xinfu.services.usage.clock_check import check_clock
from xinfu.services.usage.decide import AT_THE_NODE, Claims, decide, goes_by_claims, may_transform, program_of
from xinfu.services.usage.facts import Channel
from xinfu.services.usage.grant_lookup import ReadRequest, find_grant, find_live_grant
from xinfu.verdict import Verdict


class CallerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a caller that are known before a step opens for it.

    Attributes:
        claims: what its credentials prove, looked up only if the policy depends on them.
        is_live: what it reads comes into being as it is read: its source is live, or it leaves in another form.
        is_kept: an answer of a live source may be kept.
    """

    claims: Claims
    is_live: bool
    is_kept: bool


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """The records that a use is based on, and the policy's decision, which is YES.

    Attributes:
        grant: the one that the token opens. account: the one that keeps the account of its transfer.
        asset: None: it is gone.
    """

    grant: Grant
    account: Grant
    agreement: AgreementRecord
    asset: Asset | None
    decision: Decision


async def meet(parts: DataParts, ask: ReadRequest) -> CallerFacts:
    """Look up the facts about a caller before a step opens: its claims, and whether it reads a live source.

    The policy is evaluated here only if it asks for credentials (J4) or for another form of the data. A yes without
    credentials that lets only a part of the data leave is not final: with credentials more of it may leave.

    Raises:
        UnauthorizedError: `data.token-refused`. RefusedError: `clock.doubtful`, `contract.differs`.
    """
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant = await find_grant(view, ask)
        check_clock(parts.clock)
        agreement = await view.of(AGREEMENTS).get(grant.agreement)
        asset = await view.of(ASSETS).get(grant.dataset)
        shown = await view.log.attachments(grant.shown) if grant.shown else {}
        is_live = asset is not None and asset.source.facts.is_live
        is_kept = asset is None or not is_live or asset.source.facts.is_kept
        claims: Claims = {} if "token" in shown else grant.claims
        caller = CallerFacts(claims=claims, is_live=is_live, is_kept=is_kept)
        if agreement is None or grant.closed:
            return caller
        contract = await find_record(view, agreement.wire_id)
        program = program_of(agreement)
        asks = "token" in shown and goes_by_claims(program)
        forms = not is_live and may_transform(program)
        bare = None
        if asks or forms:
            bare = await _decided(view, parts, ask, agreement, grant, claims, now)
    await contract_in_force.verify(parts, agreement, contract)
    if bare is None:
        return caller
    if not asks or (bare.verdict is Verdict.YES and not bare.transforms):
        return msgspec.structs.replace(caller, is_live=is_live or bool(bare.transforms))
    claims = await parts.identity.proven(shown["token"].decode(), holder=agreement.peer)
    if forms:
        async with parts.store.view(ask.context) as view:
            is_live = bool((await _decided(view, parts, ask, agreement, grant, claims, now)).transforms)
    return CallerFacts(claims=claims, is_live=is_live, is_kept=is_kept)


async def admit(view: Step, parts: RecordParts, ask: ReadRequest, claims: Claims, now: datetime) -> Admission:
    """Admit a look at the dataset; it takes no use.

    Raises:
        UnauthorizedError: `data.token-refused`. RefusedError: of another transfer, closed, ended or expired, or the
            policy says no, or cannot tell.
    """
    grant, agreement = await find_live_grant(view, ask, now)
    return await _admitted(view, parts, ask, claims, now, grant, await grants.account(view, grant), agreement)


async def admit_use(
    step: Step, parts: RecordParts, ask: ReadRequest, claims: Claims, now: datetime, *, run: Run | None = None
) -> Admission:
    """Admit a use, and lock the account of its transfer and the key that the caller gave until the step ends.

    Args:
        run: gets the agreement that it runs under; None: nothing flows.

    Raises:
        UnauthorizedError, RefusedError: as `admit`.
    """
    await grants.hold_account(step, ask.transfer)
    grant, agreement = await find_live_grant(step, ask, now)
    account = await grants.take_up(step, grant, now)
    if run is not None:
        run.under(agreement.id, agreement.epoch)
    return await _admitted(step, parts, ask, claims, now, grant, account, agreement)


async def _admitted(
    step: Step,
    parts: RecordParts,
    ask: ReadRequest,
    claims: Claims,
    now: datetime,
    grant: Grant,
    account: Grant,
    agreement: AgreementRecord,
) -> Admission:
    asset = await step.of(ASSETS).get(grant.dataset)
    decision = await _decided(step, parts, ask, agreement, account, claims, now)
    if decision.verdict is not Verdict.YES:
        raise refused(decision)
    return Admission(grant=grant, account=account, agreement=agreement, asset=asset, decision=decision)


async def _decided(
    step: Step,
    parts: RecordParts,
    ask: ReadRequest,
    agreement: AgreementRecord,
    grant: Grant,
    claims: Claims,
    now: datetime,
) -> Decision:
    paid = await read_keys.count_paid(step, agreement, ask.key, now) if ask.key else grant.uses
    return await decide(
        step,
        parts,
        agreement,
        claims=claims,
        purpose=grant.purpose,
        now=now,
        transfer=grant.transfer,
        channel=Channel(address=ask.address, encrypted=ask.encrypted),
        paid=paid,
        counted=AT_THE_NODE,
    )
