"""The provider's side of renewing an endpoint token: who asks is proven, and everything is decided anew.

A refresh token alone opens nothing: it is bound to the consumer of the transfer, who signs each request with the
access token in its proof. Asking again with the same one gives the same answer, so a lost answer costs nothing.
What has ended, is suspended or is no longer permitted is not renewed.

Follows: Data Plane Signaling 1.0, Token Renewal (R-DPT-02 to 06); OAuth 2, RFC 6749 §6.
"""

import hmac
from datetime import datetime, timedelta

from xinfu.dsp.transfer import TransferProcess
from xinfu.evidence import instant
from xinfu.odrl import Decision
from xinfu.ports.records import AGREEMENTS, GRANTS, TRANSFERS, AgreementRecord, AgreementState, Grant
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import record_entry
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.exchange.tokens import claim, spend
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.processes import errors, starting
from xinfu.services.refusals import refused
from xinfu.services.usage import grants
from xinfu.services.usage.clock_check import check_clock
from xinfu.services.usage.decide import AT_THE_NODE, decide
from xinfu.services.usage.facts import channel_to
from xinfu.services.usage.grant_lookup import is_running
from xinfu.services.usage.grants import Claims, Tokens
from xinfu.verdict import Verdict


async def renew(parts: PeerParts, arrival: Arrival, refresh_token: str) -> Tokens:
    """The new tokens of a transfer that runs.

    Raises:
        RefusedError: `data.refresh-refused`: the tokens are none of ours, or not this participant's; else why the
            transfer, its agreement or its policy gives nothing now; `clock.doubtful`.
        UnauthorizedError: `token.refused`: the proof was used before.
    """
    check_clock(parts.clock)
    context, now = arrival.context, parts.clock.now()
    async with spend(parts.store, arrival):
        async with parts.store.view(context.id) as view:
            transfer = (await _named(view, arrival, refresh_token))[1].id
        claims = await starting.claims_now(parts, context.id, transfer)
        async with parts.store.step(context.id) as step:
            await claim(step, arrival)
            await grants.hold_account(step, transfer)
            grant, moving = await _named(step, arrival, refresh_token)
            agreement = await _alive(step, grant, moving)
            until = (await _permitted(step, parts, context, agreement, grant, claims, now)).until
            tokens = await grants.renew(step, parts.keyring, context, grant, now=now, until=until)
            if not grant.successor:
                await _record(step, parts, arrival, moving, now + timedelta(seconds=tokens.expires_in))
            return tokens


async def _named(step: Step, arrival: Arrival, refresh_token: str) -> tuple[Grant, TransferProcess]:
    """The grant that both tokens name, and its transfer, whose consumer is the one who asks."""
    grant = await step.of(GRANTS).get(grants.token_id(arrival.caller.access_token or ""))
    transfer = await step.of(TRANSFERS).get(grant.transfer) if grant else None
    if grant is None or transfer is None or transfer.peer != arrival.peer or not grant.refresh:
        raise errors.DATA_REFRESH_REFUSED()
    if not hmac.compare_digest(grant.refresh, grants.token_id(refresh_token)):
        raise errors.DATA_REFRESH_REFUSED()
    return grant, transfer


async def _alive(step: Step, grant: Grant, transfer: TransferProcess) -> AgreementRecord:
    """The agreement under which the transfer runs."""
    agreement = await step.of(AGREEMENTS).get(grant.agreement)
    if agreement is None or agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.agreement_not_found() if agreement is None else lifecycle.ended(agreement)
    if grant.closed or grant.epoch != agreement.epoch or not is_running(transfer):
        raise grants.not_started(transfer)
    return agreement


async def _permitted(
    step: Step,
    parts: RecordParts,
    context: Context,
    agreement: AgreementRecord,
    grant: Grant,
    claims: Claims,
    now: datetime,
) -> Decision:
    """The policy's yes."""
    paid = (await grants.account(step, grant)).uses
    decision = await decide(
        step,
        parts,
        agreement,
        claims=claims,
        purpose=grant.purpose,
        now=now,
        transfer=grant.transfer,
        channel=channel_to(context.data_base),
        paid=paid,
        counted=AT_THE_NODE,
    )
    if decision.verdict is not Verdict.YES:
        raise refused(decision)
    return decision


async def _record(
    step: Step, parts: RecordParts, arrival: Arrival, transfer: TransferProcess, until: datetime
) -> None:
    """The proof itself is not kept: it holds an endpoint token."""
    facts = {"until": instant(until), "key": arrival.caller.issuer_key}
    agreement = transfer.agreement_id
    await record_entry(
        step,
        parts.clock,
        "token.renewed",
        facts,
        process=transfer.id,
        agreement=agreement,
        peer=transfer.peer,
    )
