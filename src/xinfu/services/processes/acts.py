"""Acts of our own operators on a process, one step each, whether by API or command line.

Messages of peers come in at `peer_messages`; both end in `steps.perform`.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.negotiation import State as NegotiationState
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.odrl import Policy, anchor
from xinfu.odrl import check as check_policy
from xinfu.ports.records import NEGOTIATIONS, TRANSFERS, Act, Order
from xinfu.services.agreements import lifecycle
from xinfu.services.offering import grading
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.processes import errors, starting, steps
from xinfu.services.processes.family import MessageContent
from xinfu.services.processes.negotiation import NEGOTIATION, waiting_event
from xinfu.services.processes.transfer import TRANSFER, stop_running
from xinfu.services.refusals import RefusalText


def by_operator(reason: str | None) -> tuple[RefusalText, ...]:
    """The reason that a person gave, as the other side reads it; empty if none was given."""
    return (RefusalText(code="operator.ended", message=reason, message_zh=reason),) if reason else ()


async def act_on_negotiation(
    parts: Parts, context: str, id_: str, act: Act, *, reasons: Sequence[RefusalText] = ()
) -> ContractNegotiation:
    """Take a step of a negotiation by hand.

    Raises:
        NotFoundError: `negotiation.not-found`. ConflictError: the state does not allow it; as `steps.perform`;
            `grade.terms-weaker`.
    """
    async with parts.store.step(context) as step:
        record = await step.of(NEGOTIATIONS).lock(id_)
        if record.role is Role.PROVIDER and act in {Act.OFFER, Act.AGREE}:
            await grading.check_terms(step, parts, record.dataset, record.offer)
        return await steps.perform(
            step, parts, NEGOTIATION, record, act, MessageContent(reasons=tuple(reasons))
        )


async def counter(parts: Parts, context: str, id_: str, terms: Policy) -> ContractNegotiation:
    """Propose other terms: a counter-offer of the consumer, a new offer of the provider.

    Args:
        terms: the rules; id and target are those of the offer that they answer.

    Raises:
        As `act_on_negotiation`. InputError: `policy.*`, where a provider's own terms could never hold.
    """
    async with parts.store.step(context) as step:
        record = await step.of(NEGOTIATIONS).lock(id_)
        offer = replace(terms, id=record.offer.id or "", target=record.dataset)
        if record.role is Role.PROVIDER:
            check_policy(anchor(offer, parts.clock.now()))
            await grading.check_terms(step, parts, record.dataset, offer)
        act = Act.COUNTER if record.role is Role.CONSUMER else Act.OFFER
        return await steps.perform(step, parts, NEGOTIATION, record, act, MessageContent(offer=offer))


async def hold_negotiation(parts: RecordParts, context: str, id_: str, *, held: bool) -> ContractNegotiation:
    """Let a negotiation wait for a person, or let it go on by its answers.

    Raises:
        NotFoundError: `negotiation.not-found`.
        ConflictError: `negotiation.over`.
    """
    async with parts.store.step(context) as step:
        record = await step.of(NEGOTIATIONS).lock(id_)
        if record.is_over:
            raise errors.NEGOTIATION_OVER(state=record.state)
        moved = replace(record, held=held, updated=parts.clock.now())
        await step.of(NEGOTIATIONS).save(moved)
        event = waiting_event(moved)
        if not held and event is not None:
            await steps.add_order(step, NEGOTIATION, moved, event, Order(), due=parts.clock.now())
        step.publish(id_)
        return moved


async def forget_negotiation(parts: RecordParts, context: str, id_: str) -> None:
    """Remove a negotiation that ended without an agreement.

    Raises:
        NotFoundError: `negotiation.not-found`. ConflictError: `negotiation.agreed`, `negotiation.not-over`.
    """
    async with parts.store.step(context) as step:
        record = await step.of(NEGOTIATIONS).lock(id_)
        if await lifecycle.of_negotiations(step, [id_]):
            raise errors.NEGOTIATION_AGREED()
        if record.state is not NegotiationState.TERMINATED:
            raise errors.NEGOTIATION_NOT_OVER(state=record.state)
        await step.of(NEGOTIATIONS).remove(id_)


async def act_on_transfer(
    parts: Parts,
    context: str,
    id_: str,
    act: Act,
    *,
    reasons: Sequence[RefusalText] = (),
    only_from: State | None = None,
) -> TransferProcess:
    """Take a step of a transfer by hand; streams that it ends are stopped after the commit.

    Args:
        only_from: the one state in which it may be taken; None for every state that the protocol allows.

    Raises:
        NotFoundError: `transfer.not-found`. ConflictError: the state does not allow it (`transfer.wrong-state`); as
            `steps.perform`.
    """
    claims = await starting.claims_now(parts, context, id_) if act is Act.START else {}
    async with parts.store.step(context) as step:
        record = await step.of(TRANSFERS).lock(id_)
        if only_from is not None and record.state is not only_from:
            raise errors.TRANSFER_WRONG_STATE(state=record.state, only_from=only_from)
        after = await steps.perform(
            step, parts, TRANSFER, record, act, MessageContent(claims=claims, reasons=tuple(reasons))
        )
    stop_running(parts, after)
    return after
