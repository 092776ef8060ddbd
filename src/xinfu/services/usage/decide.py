"""Situation -> PDP -> decision, for the uses of an agreement."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from xinfu import odrl
from xinfu.odrl import Decision, Fact, FactKind, Marks, Measure, Program, Situation
from xinfu.odrl.control.levels import DOWNLOAD, STORAGE
from xinfu.odrl.engine.any_address import from_anywhere
from xinfu.ports.records import AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_in_force, unmet_duties
from xinfu.services.parts import RecordParts
from xinfu.services.usage import purse
from xinfu.services.usage.facts import ENVIRONMENT, UNSEEN, VAULT, Channel, traits, transfer_of
from xinfu.services.usage.forms import BARE, is_so
from xinfu.services.usage.meters import readings

READ: Final = "read"
"""To read in a vault; what its provider is asked for then is to let the data land there."""

COUNTED: Final = frozenset({Measure.COUNT, Measure.BYTES, Measure.ELAPSED, Measure.INTERVAL})
"""What everyone counts who hands data out."""
AT_THE_NODE: Final = COUNTED | {Measure.METERED, Measure.ROWS}
"""What the data listener counts; rows only of sources that have rows."""

_PAID: Final = frozenset({Measure.COUNT, Measure.ROWS})
"""What comes with a use that was paid for: it can go on when the last of it is spent."""

Claims = Mapping[str, tuple[str, ...]]


async def decide(
    step: Step,
    parts: RecordParts,
    agreement: AgreementRecord,
    *,
    claims: Claims,
    purpose: str | None,
    now: datetime,
    transfer: str = "",
    action: str | None = None,
    environment: str | None = None,
    channel: Channel = UNSEEN,
    paid: int = 0,
    counted: frozenset[Measure] = COUNTED,
    assignee: str | None = None,
    explain: bool = False,
) -> Decision:
    """May the other side of `agreement` use its dataset now? Only the facts that the policy needs are fetched.

    Args:
        assignee: who uses it, where that is not the other side but we ourselves.
        explain: list every part of the policy with its verdict in `findings`.
        claims: what the consumer's credentials proved when it asked.
        purpose: declared by the consumer in a message that it signed; a declaration, shown as such.
        transfer: whose use it is; without one it is not known how the dataset is handed over.
        action: what is done; None: to hand the data over, for storage in the consumer's vault or to be downloaded.
        environment: where it is used, where we know that ourselves; None: what the consumer declared, if it did.
        counted: measures that the caller counts; what a policy says of others stays unknown.
        channel: how the data goes to whoever reads it, as far as we see that ourselves.
        paid: uses that the same transfer has already paid for; they do not count against it again.
    """
    program = program_of(agreement)
    counts, marks = await readings(step, agreement, program.needs, counted, now)
    if paid:
        counts, marks = _going_on(program.needs, paid, counts, marks)
    process = await transfer_of(step, transfer, program)
    where = environment or (process.environment if process is not None else None)
    known = await traits(step, agreement, process, program.needs) | channel.traits()
    late = await unmet_duties.overdue(step, agreement)
    if late is not None:
        return unmet_duties.deny(late)
    against = await contract_in_force.refusal(step, parts, agreement)
    if against is not None:
        return against
    situation = Situation(
        now=now,
        assignee=assignee or agreement.peer,
        claims=claims,
        action=action or (STORAGE if where == VAULT else DOWNLOAD),
        target=agreement.dataset,
        purpose=purpose,
        spatial=process.declared.get("spatial") if process is not None else None,
        counts=counts,
        marks=marks,
        traits=known | {ENVIRONMENT: (where,)} if where else known,
        agreed=agreement.concluded,
        settled=await purse.payment_facts(step, agreement, program, now, paid),
        fulfilled=await unmet_duties.done(step, agreement),
    )
    judge = from_anywhere if channel.is_open else odrl.evaluate
    decision = judge(program, situation, explain=explain)
    if await is_so(step, agreement, program, decision):
        return decision
    bare = odrl.compile(odrl.anchor(agreement.policy, agreement.concluded), registry=BARE)
    return judge(bare, situation, explain=explain)


def program_of(agreement: AgreementRecord) -> Program:
    """The policy of an agreement, compiled; its intervals begin when it was concluded."""
    return odrl.compile(odrl.anchor(agreement.policy, agreement.concluded))


def goes_by_claims(program: Program) -> bool:
    """Whether credentials can make a difference to what the policy says."""
    return any(fact.kind is FactKind.CLAIM for fact in program.needs)


def may_transform(program: Program) -> bool:
    """Whether data can leave under the policy in another form than its own."""
    return any(rule.transforms for rule in program.permissions)


def _going_on(
    needs: Iterable[Fact], paid: int, counts: Mapping[str, int], marks: Mapping[str, Marks]
) -> tuple[dict[str, int], dict[str, Marks]]:
    """The readings for a use that goes on: those it has paid for are not uses before it, and no time lies between."""
    meters = {fact.name: fact.meter.measure for fact in needs if fact.meter is not None}
    left = {key: max(0, spent - paid) if meters[key] in _PAID else spent for key, spent in counts.items()}
    first = {
        key: Marks(mark.first) if meters[key] is Measure.INTERVAL else mark for key, mark in marks.items()
    }
    return left, first
