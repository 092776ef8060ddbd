"""Agreements: concluded by a negotiation, ended or suspended by either side.

An agreement is known to both sides by its wire id. Its end stops what runs under it at once, whatever the
contract says about who may end it: without a clause the end is recorded as the ender's breach (D-23).
"""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.errors import ConflictError, NotFoundError, RefusedError
from xinfu.odrl import Policy
from xinfu.ports.records import AgreementRecord, AgreementState
from xinfu.ports.store import Step
from xinfu.services.drafts import drafted
from xinfu.services.parts import Parts
from xinfu.services.proof import note
from xinfu.services.running import stop_topic


async def concluded(step: Step, parts: Parts, negotiation: ContractNegotiation) -> AgreementRecord:
    """Store the agreement of a finalized negotiation, in the caller's step."""
    agreement = negotiation.agreement
    if agreement is None:
        raise ConflictError("agreement.missing", "The negotiation holds no agreement.", "该协商没有协议。")
    now = parts.clock.now()
    record = AgreementRecord(
        id=parts.clock.new_id(),
        context=negotiation.context,
        wire_id=agreement.id,
        negotiation=negotiation.id,
        role="consumer" if negotiation.role is Role.CONSUMER else "provider",
        peer=negotiation.peer,
        dataset=negotiation.dataset,
        policy=agreement.policy,
        purpose=negotiation.purpose,
        concluded=now,
        updated=now,
    )
    await step.agreements.add(record)
    await drafted(step, parts, record)
    await note(
        step,
        parts.clock,
        "agreement.concluded",
        {
            "policy_digest": policy_digest(agreement.policy),
            "assigner": negotiation.provider,
            "assignee": negotiation.consumer,
            "local_id": record.id,
            "dataset": record.dataset,
        },
        process=negotiation.id,
        agreement=record.wire_id,
        peer=record.peer,
    )
    step.publish("agreements")
    return record


async def take_over(
    parts: Parts,
    context: str,
    *,
    wire_id: str,
    peer: str,
    dataset: str,
    role: Literal["consumer", "provider"],
    policy: Policy,
    purpose: str | None = None,
) -> AgreementRecord:
    """Store an agreement that was made elsewhere, under the id that both sides know.

    Raises:
        ConflictError: `agreement.exists`.
    """
    now = parts.clock.now()
    async with parts.store.step(context) as step:
        await step.alone(f"agreement {wire_id}")
        if await by_wire_id(step, wire_id, role) is not None:
            raise ConflictError("agreement.exists", "There is an agreement of this id.", "已有该标识的协议。")
        record = AgreementRecord(
            id=parts.clock.new_id(),
            context=context,
            wire_id=wire_id,
            negotiation="",
            role=role,
            peer=peer,
            dataset=dataset,
            policy=policy,
            purpose=purpose,
            concluded=now,
            updated=now,
        )
        await step.agreements.add(record)
        await drafted(step, parts, record)
        ours = parts.contexts.get(context).participant
        await note(
            step,
            parts.clock,
            "agreement.concluded",
            {
                "policy_digest": policy_digest(policy),
                "assigner": ours if role == "provider" else peer,
                "assignee": peer if role == "provider" else ours,
                "local_id": record.id,
                "dataset": dataset,
                "imported": True,
            },
            agreement=wire_id,
            peer=peer,
        )
    return record


async def by_wire_id(step: Step, wire_id: str, role: str) -> AgreementRecord | None:
    """The agreement that both sides call `wire_id`, in which we have `role`."""
    found = await step.agreements.find({"wire_id": wire_id, "role": role}, limit=1)
    return found[0] if found else None


async def change(
    parts: Parts,
    context: str,
    id_: str,
    to: AgreementState,
    *,
    by: str,
    clause: str | None = None,
    reason: str | None = None,
    retired: datetime | None = None,
) -> AgreementRecord:
    """Suspend, resume or terminate an agreement on our side; running uses stop within this call.

    Args:
        by: participant id of the one who does it.
        clause: the clause of the contract under which it is done; None is recorded as a breach.
        retired: since when, where the suspension is a retirement.

    Raises:
        NotFoundError: `agreement.not-found`.
        ConflictError: `agreement.over`.
    """
    async with parts.store.step(context) as step:
        record = await step.agreements.lock(id_)
        if record.state is AgreementState.TERMINATED:
            raise ConflictError("agreement.over", "The agreement has ended.", "该协议已经终止。")
        changed = replace(
            record,
            state=to,
            epoch=record.epoch + 1,
            ended_by=by if to is AgreementState.TERMINATED else record.ended_by,
            ended_clause=clause,
            reason=reason,
            retired=retired,
            updated=parts.clock.now(),
        )
        await step.agreements.save(changed)
        told = reason or ("breach" if clause is None else clause)
        if to is AgreementState.TERMINATED:
            await note(
                step,
                parts.clock,
                "agreement.terminated",
                {"reason": told, "by": by, "clause": clause or "", "breach": clause is None},
                agreement=record.wire_id,
                process=record.negotiation,
                peer=record.peer,
            )
        step.publish(record.id)
        if to is not AgreementState.ACTIVE:
            step.publish(stop_topic(context, ended(changed), agreement=record.id))
    if to is not AgreementState.ACTIVE:
        parts.running.stop(context, ended(changed), agreement=record.id)
    return changed


def ended(record: AgreementRecord) -> RefusedError:
    """Why nothing can be used under this agreement any more."""
    state = "suspended" if record.state is AgreementState.SUSPENDED else "terminated"
    state_zh = "中止" if record.state is AgreementState.SUSPENDED else "终止"
    return RefusedError(
        f"agreement.{state}",
        f"The agreement is {state}.",
        f"该协议已{state_zh}。",
        help_en="Negotiate again, or ask the other side why.",
        help_zh="请重新协商，或向对方了解原因。",
        facts={"agreement": record.wire_id, "reason": record.reason or ""},
    )


def not_found() -> NotFoundError:
    """No such agreement between us and the one who asks."""
    return NotFoundError("agreement.not-found", "There is no such agreement.", "没有这个协议。")


def policy_digest(policy: Policy) -> str:
    """SHA-256 of a policy in its wire form with sorted keys, lower-case hex."""
    return hashlib.sha256(msgspec.json.encode(odrl.write(policy), order="sorted")).hexdigest()
