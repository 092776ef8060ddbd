"""Suspend, restart or end the transfers of an agreement together with it.

The other side reads the reason in the protocol's own message, whatever software it runs. Running uses were
stopped right after the step that changed the agreement; here each transfer gets its message, a few in each step.
"""

from collections.abc import Sequence
from typing import Final

from xinfu.dsp import Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.errors import ConflictError
from xinfu.ports.records import AGREEMENTS, TRANSFERS, Act, AgreementRecord, AgreementState, OutboxRow, outbox
from xinfu.services.agreements import lifecycle
from xinfu.services.parts import Parts
from xinfu.services.processes import starting, steps
from xinfu.services.processes.family import MessageContent
from xinfu.services.processes.transfer import TRANSFER
from xinfu.services.refusals import refusal_text

AT_ONCE: Final = 16
"""Transfers that get their message in one step."""
_SUSPENDED: Final = "agreement.suspended"
_OPEN: Final = tuple(each for each in State if not each.is_terminal)


async def follow(parts: Parts, row: OutboxRow, stop: outbox.TransferStop) -> None:
    """Bring every open transfer in line with the current state of its agreement.

    Raises:
        ConflictError: `transfer.busy`: a message of ours is on its way, so that it is tried again.
    """
    async with parts.store.view(row.context) as view:
        record = await view.of(AGREEMENTS).get(stop.agreement)
    busy: ConflictError | None = None
    after: str | None = None
    while record is not None:
        async with parts.store.view(row.context) as view:
            where = (
                TRANSFERS.agreement.equals(record.wire_id),
                TRANSFERS.role.equals(Role(record.role)),
                TRANSFERS.state.among(_OPEN),
            )
            page = await view.of(TRANSFERS).find(*where, after=after, limit=AT_ONCE)
        if not page:
            break
        after = page[-1].id
        busy = await _follow(parts, record, page) or busy
    if busy is not None:
        raise busy
    async with parts.store.step(row.context) as step:
        await step.outbox.done(row.id)


async def _follow(
    parts: Parts, record: AgreementRecord, page: Sequence[TransferProcess]
) -> ConflictError | None:
    busy: ConflictError | None = None
    claims = {
        each.id: await starting.claims_now(parts, record.context, each.id)
        for each in page
        if _act(record, each) is Act.START
    }
    async with parts.store.step(record.context) as step:
        for each in page:
            moving = await step.of(TRANSFERS).lock(each.id)
            act = _act(record, moving)
            reasons = () if act is Act.START else (refusal_text(lifecycle.ended(record)),)
            said = MessageContent(claims=claims.get(each.id, {}), reasons=reasons)
            try:
                await steps.perform(step, parts, TRANSFER, moving, act, said)
            except ConflictError as error:
                busy = error if error.code == "transfer.busy" else busy
    return busy


def _act(record: AgreementRecord, moving: TransferProcess) -> Act:
    """The act by which a transfer follows its agreement."""
    match record.state:
        case AgreementState.ACTIVE:
            ours = moving.state is State.SUSPENDED and moving.suspended_by is moving.role
            return Act.START if ours and moving.code == _SUSPENDED else Act.NOTHING
        case AgreementState.SUSPENDED:
            return Act.SUSPEND if moving.state is State.STARTED else Act.NOTHING
    return Act.NOTHING if moving.is_over else Act.TERMINATE
