"""Situation -> PDP -> decision, for the uses of an agreement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from xinfu import odrl
from xinfu.odrl import Decision, Situation
from xinfu.ports.records import AgreementRecord
from xinfu.ports.store import Step
from xinfu.services import duties
from xinfu.services.usage.facts import ENVIRONMENT, VAULT, declared, traits

READ: Final = "read"

Claims = Mapping[str, tuple[str, ...]]


async def decide(
    step: Step,
    agreement: AgreementRecord,
    *,
    claims: Claims,
    purpose: str | None,
    now: datetime,
    transfer: str = "",
    action: str | None = None,
    environment: str | None = None,
    paid: int = 0,
    assignee: str | None = None,
) -> Decision:
    """May the other side of `agreement` use its dataset now? Only the facts that the policy needs are fetched.

    Args:
        assignee: who uses it, where that is not the other side but we ourselves.
        claims: what the consumer's credentials proved when it asked.
        purpose: declared by the consumer in a message that it signed; a declaration, shown as such.
        transfer: whose use it is; without one it is not known how the dataset is handed over.
        action: what is done; None: to hand the data over, which is to read where it lands in the consumer's vault.
        environment: where it is used, where we know that ourselves; None: what the consumer declared, if it did.
        paid: uses that the same transfer has already paid for; they do not count against it again.
    """
    program = odrl.compile(odrl.anchored(agreement.policy, agreement.concluded))
    counts = {
        key: max(0, sum(await step.quotas.used(counter_name(agreement.id, key))) - paid)
        for key in program.counters
    }
    where = environment or await declared(step, transfer, program)
    known = await traits(step, agreement, transfer, program.needs)
    late = await duties.overdue(step, agreement)
    if late is not None:
        return duties.denied(late)
    situation = Situation(
        now=now,
        assignee=assignee or agreement.peer,
        claims=claims,
        action=action or (READ if where == VAULT else "use"),
        target=agreement.dataset,
        purpose=purpose,
        counts=counts,
        traits=known | {ENVIRONMENT: (where,)} if where else known,
        agreed=agreement.concluded,
        fulfilled=await duties.done(step, agreement),
    )
    return odrl.evaluate(program, situation)


def counter_name(agreement: str, key: str) -> str:
    """The store's name of a rule's counter under an agreement."""
    return f"{agreement}:{key}"
