"""Policy decisions on uses of landed data, made by this node under the same policy that the provider applies.

For an object time never runs backwards: setting the clock back reopens nothing.
"""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from xinfu.odrl import Decision
from xinfu.ports.records import (
    AGREEMENTS,
    GRANTS,
    MANIFESTS,
    AgreementRecord,
    AgreementState,
    Grant,
    StoredManifest,
    VaultObject,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_in_force, lifecycle
from xinfu.services.agreements.contract_draft import find_record
from xinfu.services.identity import known_claims
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.refusals import refused
from xinfu.services.usage.clock_check import check_clock
from xinfu.services.usage.decide import READ, Claims, decide, goes_by_claims, program_of
from xinfu.services.usage.facts import OUTSIDE, VAULT, Channel
from xinfu.services.vault import errors, objects
from xinfu.verdict import Verdict


class VaultRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A requested use of an object of the vault.

    Attributes:
        action: to read it here, or to export it, which is ODRL's "make copies" and TC609's 复制.
        purpose: None: the one that its transfer was asked for.
    """

    context: str
    object: str
    path: str = ""
    range: str | None = None
    action: Literal["read", "reproduce"] = "read"
    purpose: str | None = None


class VaultFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a request for an object that has landed whole, under a live agreement.

    Attributes:
        account: what was read of it so far; None before the first use.
        now: the time at which the policy is evaluated.
    """

    landed: VaultObject
    agreement: AgreementRecord
    account: Grant | None
    now: datetime


async def check_again(parts: PeerParts, ask: VaultRequest) -> None:
    """Check that a use in progress may go on.

    Raises:
        RefusedError: it may not.
    """
    claims = await own_claims(parts, ask)
    async with parts.store.view(ask.context) as view:
        standing = await load_facts(view, parts, ask)
        await permit(view, parts, ask, standing, claims)


async def may(parts: PeerParts, ask: VaultRequest) -> Decision:
    """The policy's decision on this act on a whole file now, with the reasons of a no; takes no use.

    Raises:
        NotFoundError, ConflictError, RefusedError: as `use`, but for the policy's own no.
    """
    claims = await own_claims(parts, ask)
    async with parts.store.view(ask.context) as view:
        standing = await load_facts(view, parts, ask)
        file = await view.of(MANIFESTS).get(f"{standing.landed.id}/{ask.path}")
        if file is not None and not _is_paid(standing.account, file):
            standing = replace(standing, account=None)
        return await decision_on(view, parts, ask, standing, claims)


def _is_paid(account: Grant | None, file: StoredManifest) -> bool:
    """Whether the whole file can be read again under the uses already paid."""
    if account is None:
        return False
    counted = account.delivered.get(file.path, 0) + file.size_bytes
    return counted <= account.uses * file.size_bytes


async def load_facts(step: Step, parts: RecordParts, ask: VaultRequest) -> VaultFacts:
    """Load the facts of a request; the object has to be readable.

    Raises:
        NotFoundError: `vault.not-found`. ConflictError: `vault.not-landed`, `vault.destroyed`.
        RefusedError: the agreement is not alive; `clock.doubtful`.
    """
    check_clock(parts.clock)
    landed = await objects.must_find(step, ask.object)
    objects.must_be_whole(landed)
    agreement = await step.of(AGREEMENTS).get(landed.agreement)
    if agreement is None:
        raise lifecycle.agreement_not_found()
    if agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.ended(agreement)
    account = await step.of(GRANTS).get(account_id(landed))
    now = max(parts.clock.now(), landed.seen)
    return VaultFacts(landed=landed, agreement=agreement, account=account, now=now)


async def file_in(step: Step, landed: VaultObject, path: str) -> StoredManifest:
    """The record of a file of an object.

    Raises:
        NotFoundError: `file.not-found`.
    """
    found = await step.of(MANIFESTS).get(f"{landed.id}/{path}")
    if found is None or found.asset != landed.id or not found.stamp:
        raise errors.FILE_NOT_FOUND()
    return found


def account_id(landed: VaultObject) -> str:
    """The id under which the account of an object is stored."""
    return f"vault:{landed.id}"


async def decision_on(
    step: Step, parts: RecordParts, ask: VaultRequest, standing: VaultFacts, claims: Claims
) -> Decision:
    """The policy's decision on the requested use."""
    account = standing.account
    return await decide(
        step,
        parts,
        standing.agreement,
        claims=claims,
        purpose=ask.purpose or standing.landed.purpose,
        now=standing.now,
        transfer=standing.landed.transfer,
        action=ask.action,
        environment=VAULT if ask.action == READ else OUTSIDE,
        channel=Channel(encrypted=ask.action == READ),
        paid=0 if account is None else account.uses,
        assignee=parts.contexts.get(ask.context).participant,
    )


async def permit(
    step: Step, parts: RecordParts, ask: VaultRequest, standing: VaultFacts, claims: Claims
) -> Decision:
    """The policy's decision, which is YES.

    Raises:
        RefusedError: the first reason why it is not.
    """
    decision = await decision_on(step, parts, ask, standing, claims)
    if decision.verdict is not Verdict.YES:
        raise refused(decision)
    return decision


async def own_claims(parts: PeerParts, ask: VaultRequest) -> Claims:
    """The claims that our own credentials prove now; empty if the policy does not need them.

    Raises:
        RefusedError: `contract.differs`.
    """
    async with parts.store.view(ask.context) as view:
        standing = await load_facts(view, parts, ask)
        contract = await find_record(view, standing.agreement.wire_id)
        bare = None
        if goes_by_claims(program_of(standing.agreement)):
            bare = await decision_on(view, parts, ask, standing, {})
    await contract_in_force.verify(parts, standing.agreement, contract)
    if bare is None or bare.verdict is Verdict.YES:
        return {}
    return await known_claims.own_claims(parts, ask.context)
