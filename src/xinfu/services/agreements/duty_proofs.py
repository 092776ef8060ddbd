"""Proofs of duties: submit, check, accept or refuse them.

The debtor proves a duty; the creditor accepts or refuses a proof that needs its confirmation, waives the duty, or
declares it breached. Each act is one step, with its entry of evidence and a queued notice to the other side's node.
"""

from typing import Any, Final

from msgspec.structs import replace

from xinfu.odrl import Duty, Policy
from xinfu.odrl.duties.life import DutyMove, DutyState, duty_at
from xinfu.odrl.duties.proofs import Assurance, Proof, demand_of, missing_fields
from xinfu.ports.clock import Clock
from xinfu.ports.records import AGREEMENTS, DUTIES, AgreementRecord, DutyRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import errors
from xinfu.services.agreements.duties import (
    are_consequences_done,
    duty_not_found,
    move_duty,
    promise_duty_state,
)
from xinfu.services.evidence.notes import policy_digest
from xinfu.services.parts import RecordParts

_READ: Final = frozenset({"reviewPolicy", "acceptTracking", "obtainConsent"})
"""Duties whose proof has to name the policy."""
_CONSENT: Final = "obtainConsent"
"""The proof names the consent as well as the policy that was consented to."""


async def fulfil(parts: RecordParts, context: str, id_: str, proof: Proof | None) -> DutyRecord:
    """Submit the proof of a duty that we owe, or accept the submitted proof of a duty that we are owed.

    Args:
        proof: None if the other side has submitted one. A plane of this node submits what it did with the
            assurance OBSERVED.

    Raises:
        NotFoundError: `duty.not-found`. ConflictError: `duty.no-proof`, `duty.wrong-state`, `duty.not-owed`.
        InputError: `duty.proof-incomplete`.
    """
    async with parts.store.step(context) as step:
        record, agreement = await _held(step, id_)
        if record.watches:
            raise errors.DUTY_NOT_OWED()
        proof = proof or (None if record.owes else record.proof)
        if proof is None:
            raise errors.DUTY_NO_PROOF()
        if record.owes:
            return await prove(step, parts.clock, agreement, record, proof)
        return await accept(step, parts.clock, agreement, record, proof)


async def decide(
    parts: RecordParts, context: str, id_: str, decided: DutyMove, *, reason: str | None
) -> DutyRecord:
    """Refuse the proof of a duty that we are owed, waive the duty or declare it breached; notify the other side.

    Raises:
        NotFoundError: `duty.not-found`. ConflictError: `duty.not-owed`, `duty.wrong-state`.
    """
    async with parts.store.step(context) as step:
        record, agreement = await _held(step, id_)
        if record.owes or record.watches:
            raise errors.DUTY_NOT_OWED()
        changes: dict[str, Any] = {"proof": None} if decided is DutyMove.REFUSE else {}
        record = await move_duty(
            step, parts.clock, record, decided, by=agreement.role, reason=reason, **changes
        )
        await promise_duty_state(step, parts.clock, agreement, record)
        return record


async def prove(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof
) -> DutyRecord:
    """Submit the proof of a duty that we owe, in the caller's step, which holds the duty; the other side decides.

    Raises:
        As `fulfil`.
    """
    _check(agreement.policy, record, proof)
    record = await move_duty(step, clock, record, DutyMove.CLAIM, by=agreement.role, proof=proof)
    await promise_duty_state(step, clock, agreement, record)
    return record


async def prove_duty(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof, *, by: str
) -> DutyRecord:
    """Take the proof from the side that owes the duty; if the duty needs both sides, it waits for our decision.

    Raises:
        InputError: `duty.proof-incomplete`. ConflictError: `duty.wrong-state`.
    """
    duty = _check(agreement.policy, record, proof)
    if proof.assurance is not Assurance.OBSERVED:
        proof = replace(proof, assurance=Assurance.SELF_DECLARED)  # nobody else's word is its to give
    if demand_of(duty).by_both:
        return await move_duty(step, clock, record, DutyMove.CLAIM, by=by, proof=proof)
    return await _count(step, clock, record, proof, by=by)


async def accept(
    step: Step, clock: Clock, agreement: AgreementRecord, record: DutyRecord, proof: Proof
) -> DutyRecord:
    """Accept a proof, from us or from the other side, in the caller's step, which holds the duty.

    Raises:
        As `fulfil`.
    """
    _check(agreement.policy, record, proof)
    both = replace(proof, assurance=max(proof.assurance, Assurance.COUNTER_SIGNED, key=list(Assurance).index))
    record = await _count(step, clock, record, both, by=agreement.role)
    await promise_duty_state(step, clock, agreement, record)
    return record


async def _count(step: Step, clock: Clock, record: DutyRecord, proof: Proof, *, by: str) -> DutyRecord:
    """Apply a sufficient proof: fulfil the duty, or remedy an overdue one once all its consequences are done."""
    if record.state is not DutyState.OVERDUE:
        return await move_duty(step, clock, record, DutyMove.FULFIL, by=by, proof=proof)
    record = await move_duty(step, clock, record, DutyMove.CLAIM, by=by, proof=proof)
    if await are_consequences_done(step, record):
        return await move_duty(step, clock, record, DutyMove.REMEDY, by=by)
    return record


async def _held(step: Step, id_: str) -> tuple[DutyRecord, AgreementRecord]:
    """Lock the duty, and return it with its agreement."""
    record = await step.of(DUTIES).lock(id_)
    agreement = await step.of(AGREEMENTS).get(record.agreement)
    if agreement is None:
        raise duty_not_found()
    return record, agreement


def _names_policy(duty: Duty, proof: Proof, digest: str) -> bool:
    others = [each for each in proof.digests if each != digest]
    return digest in proof.digests and (bool(others) or duty.action != _CONSENT)


def _check(policy: Policy, record: DutyRecord, proof: Proof) -> Duty:
    """Check that the proof has the fields that the duty demands, and return the duty."""
    duty = duty_at(policy, record.key)
    if duty is None:
        raise duty_not_found()
    missing = list(missing_fields(duty, proof))
    if duty.action in _READ and not _names_policy(duty, proof, policy_digest(policy)):
        missing.append("digests")
    if missing:
        names = ", ".join(missing)
        raise errors.DUTY_PROOF_INCOMPLETE(fields=names, action=duty.action)
    return duty
