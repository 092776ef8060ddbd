"""The people at a party's node: they open processes and act in them, as the native API lets them."""

from random import Random
from typing import Final

from msgspec.structs import replace
from tests.simulation.party import Side
from tests.simulation.template import AGREEMENT, CONSUMER, DATASET, PROVIDER, template

from xinfu.dsp import Role
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import ConflictError
from xinfu.odrl import AtomicConstraint, Policy
from xinfu.ports.records import (
    AGREEMENTS,
    ANSWERS,
    NEGOTIATIONS,
    TRANSFERS,
    Act,
    AgreementRecord,
    Answer,
    Event,
)
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.agreements.lifecycle import AgreementChange, AgreementMove
from xinfu.services.processes import requests, starting, steps
from xinfu.services.processes.family import MessageContent
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.transfer import TRANSFER, stop_running
from xinfu.services.refusals import RefusalText

ENDED: Final = (RefusalText(code="operator.ended", message="Enough.", message_zh="到此为止。"),)
_FITS: Final = {
    (Role.PROVIDER, cn.State.REQUESTED): (Act.AGREE, Act.OFFER, Act.OFFER),
    (Role.CONSUMER, cn.State.OFFERED): (Act.ACCEPT, Act.COUNTER),
    (Role.PROVIDER, cn.State.ACCEPTED): (Act.AGREE,),
    (Role.CONSUMER, cn.State.AGREED): (Act.VERIFY,),
    (Role.PROVIDER, cn.State.VERIFIED): (Act.FINALIZE,),
}
_MOVES: Final = {
    tp.State.REQUESTED: (Act.START,),
    tp.State.STARTED: (Act.SUSPEND, Act.SUSPEND, Act.SUSPEND, Act.COMPLETE),
    tp.State.SUSPENDED: (Act.START,),
}


def other_terms() -> Policy:
    """An offer with a rule more than the provider's."""
    offer = template().offer
    until = AtomicConstraint(left="dateTime", operator="lt", right="2090-01-01T00:00:00Z")
    permission = offer.permissions[0]
    return replace(offer, permissions=(replace(permission, constraints=(*permission.constraints, until)),))


async def lay_down(party: Side, on: Event, do: tuple[Act, ...]) -> None:
    """A standing rule: on this event do these acts."""
    now = party.clock.now()
    rule = Answer(id=str(on), context=party.name, on=on, do=do, created=now, updated=now)
    async with party.parts.store.step(party.name) as step:
        if await step.of(ANSWERS).get(rule.id) is None:
            await step.of(ANSWERS).add(rule)


async def open_what_is_missing(party: Side, opening: str) -> None:
    """Begin, or go on where a crash came between."""
    if opening == "agreement":
        return
    if opening == "transfer":
        await open_transfer(party)
        return
    await open_negotiation(party, opening)
    if opening == "all" and (made := await concluded(party)):
        await open_transfer(party, made)


async def open_negotiation(party: Side, opening: str) -> None:
    """Ask for an agreement, or offer one, unless that was done already."""
    async with party.parts.store.view(party.name) as view:
        if await view.of(NEGOTIATIONS).find(limit=1):
            return
    offer = template().offer if opening != "other-terms" else other_terms()
    if party.name == PROVIDER:
        await requests.offer_agreement(
            party.parts, party.context, peer=_did(CONSUMER), base=_base(CONSUMER), offer=offer
        )
    else:
        await request(party, offer)


async def request(party: Side, offer: Policy) -> None:
    """Ask the provider for an agreement on `offer`."""
    await requests.request_agreement(
        party.parts, party.context, peer=_did(PROVIDER), base=_base(PROVIDER), offer=offer
    )


async def open_transfer(party: Side, agreement: AgreementRecord | None = None) -> None:
    """Ask for the data, unless that was done already."""
    async with party.parts.store.step(party.name) as step:
        if await step.of(TRANSFERS).find(limit=1):
            return
        chosen = agreement or await lifecycle.by_wire_id(step, AGREEMENT, "consumer")
    assert chosen is not None
    await requests.request_data(
        party.parts, party.context, chosen, requests.DataRequest(base=_base(PROVIDER))
    )


async def concluded(party: Side) -> AgreementRecord | None:
    """The agreement that was negotiated, once there is one."""
    async with party.parts.store.view(party.name) as view:
        found = await view.of(AGREEMENTS).find(AGREEMENTS.dataset.equals(DATASET), limit=10)
    return next((each for each in found if each.negotiation), None)


async def change(party: Side, move: AgreementMove) -> str:
    """Change the standing agreement, as a person does, or as what is counted there says."""
    role = Role.PROVIDER if party.name == PROVIDER else Role.CONSUMER
    own = party.context.participant
    wanted = AgreementChange(move=move, by=own, clause=f"clause of {role}", reason=f"{move} by the {role}")
    async with party.parts.store.step(party.name) as step:
        found = await lifecycle.by_wire_id(step, AGREEMENT, role)
        assert found is not None
        record = await step.of(AGREEMENTS).lock(found.id)
        try:
            await lifecycle.apply(step, party.parts, record, wanted)
        except ConflictError as error:
            refused = f"would {move}: {error.code}"
            raise _UndoneError(refused) from error
    return f"does {move}"


async def act(party: Side, wanted: Act | None, rng: Random) -> str:
    """Do `wanted`, or what fits, in the newest process; gives what was done, or why not."""
    after: TransferProcess | None = None
    async with party.parts.store.step(party.name) as step:
        transfers = await step.of(TRANSFERS).find(limit=1, newest_first=True)
        negotiations = await step.of(NEGOTIATIONS).find(limit=1, newest_first=True)
        try:
            if transfers:
                chosen = wanted or _choose(rng, _MOVES.get(transfers[0].state or tp.State.TERMINATED, ()))
                after = await _move(step, party, transfers[0], chosen)
            elif negotiations:
                chosen = wanted or _choose_in(rng, negotiations[0])
                await _negotiate(step, party, negotiations[0], chosen, rng)
            else:
                return "has nothing to act in"
        except ConflictError as error:
            refused = f"would {chosen}: {error.code}"
            raise _UndoneError(refused) from error
    if after is not None:
        stop_running(party.parts, after)
    return f"does {chosen}"


class _UndoneError(Exception):
    """Leaves the step without a trace in the store."""


async def acts(party: Side, wanted: Act | AgreementMove | None, rng: Random) -> str:
    """As `act` or `change`; what was refused is told as well."""
    try:
        if isinstance(wanted, AgreementMove):
            return await change(party, wanted)
        return await act(party, wanted, rng)
    except _UndoneError as undone:
        return str(undone)


async def _negotiate(step: Step, party: Side, record: ContractNegotiation, chosen: Act, rng: Random) -> None:
    offer = None
    if chosen in {Act.OFFER, Act.COUNTER}:
        offer = rng.choice([template().offer, other_terms()])
    reasons = ENDED if chosen is Act.TERMINATE else ()
    said = MessageContent(offer=offer, reasons=reasons)
    await steps.perform(step, party.parts, NEGOTIATION, record, chosen, said)


async def _move(step: Step, party: Side, record: TransferProcess, chosen: Act) -> TransferProcess:
    claims = await starting.claims_of(step, record)
    reasons = ENDED if chosen is Act.TERMINATE else ()
    said = MessageContent(claims=claims, reasons=reasons)
    return await steps.perform(step, party.parts, TRANSFER, record, chosen, said)


def _choose_in(rng: Random, record: ContractNegotiation) -> Act:
    state = record.state
    return _choose(rng, () if state is None else _FITS.get((record.role, state), ()))


def _choose(rng: Random, fitting: tuple[Act, ...]) -> Act:
    if not fitting or rng.random() < 0.1:
        return rng.choice([Act.ACCEPT, Act.AGREE, Act.HOLD, Act.SUSPEND, Act.START, Act.VERIFY])
    return rng.choice(fitting)


def _did(name: str) -> str:
    return f"did:web:{name}"


def _base(name: str) -> str:
    return f"https://{name}/dsp/{name}/2025-1"
