"""May a caller use what its token opens: token -> grant -> transfer runs -> agreement is alive -> policy says yes."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu import odrl
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import RefusedError, UnauthorizedError
from xinfu.odrl import Decision, FactKind
from xinfu.ports.observer import follow
from xinfu.ports.records import AgreementRecord, AgreementState, Grant
from xinfu.ports.store import Step
from xinfu.services.agreements import life
from xinfu.services.parts import Parts
from xinfu.services.refusals import refused
from xinfu.services.usage import grants, keyed
from xinfu.services.usage.decide import AT_THE_NODE, Claims, decide
from xinfu.services.usage.doubt import must_know_the_time
from xinfu.services.usage.facts import Way
from xinfu.verdict import Verdict

STARTED: Final = "STARTED"
PUT_RIGHT: Final = timedelta(seconds=5)
"""By so much a clock may be put right; a token of a time that has not come was made while the clock was set ahead."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller of the data listener wants, and how it is seen to come.

    Attributes:
        path: "" for a source that is one file.
        key: what the caller calls this read, so that a repeat is no second use; "": nothing.
        address: whence it comes; "": that is not certain.
        encrypted: whether the answer travels encrypted.
    """

    context: str
    token: str
    transfer: str
    path: str = ""
    range: str | None = None
    address: str = ""
    encrypted: bool = False
    key: str = ""


async def known(step: Step, ask: Ask) -> Grant:
    """The grant that the token opens, whatever has become of it.

    Raises:
        UnauthorizedError: `data.token-refused`.
    """
    grant = await step.grants.get(grants.token_id(ask.token)) if ask.token else None
    if grant is None:
        raise UnauthorizedError(
            "data.token-refused",
            "The endpoint token opens nothing here.",
            "该端点令牌在此无效。",
            help_en="Use the token of the latest start message.",
            help_zh="请使用最近一次启动消息中的令牌。",
        )
    return grant


def is_running(transfer: TransferProcess) -> bool:
    """Whether bytes may flow: the transfer has started, or its start is on its way to the consumer."""
    return transfer.state == STARTED or transfer.sending == "START"


async def granted(step: Step, ask: Ask, now: datetime) -> tuple[Grant, AgreementRecord]:
    """The grant that the token opens, and its live agreement.

    Raises:
        UnauthorizedError: `data.token-refused`. RefusedError: of another transfer, closed, ended or expired.
    """
    grant = await known(step, ask)
    transfer = await step.transfers.get(grant.transfer)
    agreement = await step.agreements.get(grant.agreement)
    if grant.transfer != ask.transfer or transfer is None or agreement is None:
        raise RefusedError(
            "data.other-transfer", "The token belongs to another transfer.", "该令牌属于另一个传输。"
        )
    follow(transfer.id, transfer.trace)
    if agreement.state is not AgreementState.ACTIVE:
        raise life.ended(agreement)
    if grant.closed or grant.epoch != agreement.epoch or not is_running(transfer):
        raise grants.not_started(transfer)
    if not grant.created - PUT_RIGHT <= now < grant.until:
        raise RefusedError(
            "data.token-expired",
            "The endpoint token has expired.",
            "该端点令牌已过期。",
            help_en="Suspend and start the transfer again, or ask for a new one.",
            help_zh="请中止后重新启动该传输，或发起新的传输。",
        )
    return grant, agreement


async def claims_now(parts: Parts, ask: Ask) -> Claims:
    """What the consumer's credentials are worth at this use, asked only where the policy goes by them (J4).

    A yes without them that lets a part of the data leave is not the last word: with them more of it may.

    Raises:
        UnauthorizedError: `data.token-refused`. RefusedError: `clock.doubtful`.
    """
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant = await known(view, ask)
        must_know_the_time(parts.clock)
        agreement = await view.agreements.get(grant.agreement)
        shown = await view.log.attachments(grant.shown) if grant.shown else {}
        if agreement is None or "token" not in shown:
            return grant.claims
        bare = await _decided(view, ask, agreement, grant, {}, now)
    is_enough = bare.verdict is Verdict.YES and not (bare.transforms and _goes_by_claims(agreement))
    if is_enough or grant.closed:
        return {}
    return await parts.identity.proven(shown["token"].decode(), holder=agreement.peer)


def _goes_by_claims(agreement: AgreementRecord) -> bool:
    program = odrl.compile(odrl.anchored(agreement.policy, agreement.concluded))
    return any(fact.kind is FactKind.CLAIM for fact in program.needs)


async def allowed(
    step: Step, ask: Ask, agreement: AgreementRecord, grant: Grant, claims: Claims, now: datetime
) -> Decision:
    """The policy's yes to this use. A key that the caller gave is its own until the step ends.

    Raises:
        RefusedError: it says no, or cannot tell.
    """
    decision = await _decided(step, ask, agreement, grant, claims, now)
    if decision.verdict is not Verdict.YES:
        raise refused(decision)
    return decision


async def _decided(
    step: Step, ask: Ask, agreement: AgreementRecord, grant: Grant, claims: Claims, now: datetime
) -> Decision:
    paid = await keyed.paid(step, agreement, ask.key, now) if ask.key else grant.uses
    return await decide(
        step,
        agreement,
        claims=claims,
        purpose=grant.purpose,
        now=now,
        transfer=grant.transfer,
        way=Way(address=ask.address, encrypted=ask.encrypted),
        paid=paid,
        counted=AT_THE_NODE,
    )
