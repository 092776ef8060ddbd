"""Situation -> PDP -> decision, for the uses of an agreement."""

from collections.abc import Mapping
from datetime import datetime

from xinfu import odrl
from xinfu.odrl import Decision, Situation
from xinfu.ports.records import AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.usage.facts import traits

Claims = Mapping[str, tuple[str, ...]]


async def decide(
    step: Step,
    agreement: AgreementRecord,
    *,
    claims: Claims,
    purpose: str | None,
    now: datetime,
    transfer: str = "",
    action: str = "use",
    paid: int = 0,
    assignee: str | None = None,
) -> Decision:
    """May the other side of `agreement` use its dataset now? Only the facts that the policy needs are fetched.

    Args:
        assignee: who uses it, where that is not the other side but we ourselves.
        claims: what the consumer's credentials proved when it asked.
        purpose: declared by the consumer in a message that it signed; a declaration, shown as such.
        transfer: whose use it is; without one it is not known how the dataset is handed over.
        paid: uses that the same transfer has already paid for; they do not count against it again.
    """
    program = odrl.compile(odrl.anchored(agreement.policy, agreement.concluded))
    counts = {
        key: max(0, sum(await step.quotas.used(counter_name(agreement.id, key))) - paid)
        for key in program.counters
    }
    situation = Situation(
        now=now,
        assignee=assignee or agreement.peer,
        claims=claims,
        action=action,
        target=agreement.dataset,
        purpose=purpose,
        counts=counts,
        traits=await traits(step, agreement, transfer, program.needs),
        agreed=agreement.concluded,
    )
    return odrl.evaluate(program, situation)


def counter_name(agreement: str, key: str) -> str:
    """The store's name of a rule's counter under an agreement."""
    return f"{agreement}:{key}"
