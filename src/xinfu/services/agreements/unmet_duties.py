"""The effect of duties on a use: an overdue duty refuses it, and a precondition allows it once it is done."""

from xinfu.evidence import instant
from xinfu.odrl import Decision, Effect, Policy, Reason
from xinfu.odrl.duties.life import DutyState, owed_duties
from xinfu.ports.records import DUTIES, AgreementRecord, DutyRecord
from xinfu.ports.store import Step
from xinfu.services.agreements.duty_parties import holds_up
from xinfu.verdict import Verdict


async def overdue(step: Step, agreement: AgreementRecord) -> DutyRecord | None:
    """A duty owed to the provider that is overdue or breached, and so blocks all uses; None if there is none."""
    if not _has_duties(agreement.policy):
        return None
    where = (
        DUTIES.agreement.equals(agreement.id),
        DUTIES.state.among((DutyState.OVERDUE, DutyState.BREACHED)),
    )
    found = await step.of(DUTIES).find(*where, limit=1000)
    return next((each for each in found if holds_up(each, agreement.role)), None)


def deny(late: DutyRecord) -> Decision:
    """The refusal of a use because of an overdue or breached duty, with the duty's key and deadline."""
    since = instant(late.deadline) if late.deadline else ""
    code = "duty.overdue" if late.state is DutyState.OVERDUE else "duty.breached"
    reason = Reason(
        code=code,
        verdict="no",
        rule=late.key,
        path=late.key,
        operand=late.action,
        action=late.action,
        wanted=(since,),
    )
    return Decision(effect=Effect.DENY, verdict=Verdict.NO, reasons=(reason,))


async def done(step: Step, agreement: AgreementRecord) -> frozenset[str]:
    """The keys of the agreement's duties that are done, without those of single transfers."""
    if not _has_duties(agreement.policy):
        return frozenset()
    where = (DUTIES.agreement.equals(agreement.id), DUTIES.transfer.equals(""))
    return frozenset(
        each.key for each in await step.of(DUTIES).find(*where, limit=1000) if each.state.is_done
    )


def _has_duties(policy: Policy) -> bool:
    return next(owed_duties(policy), None) is not None
