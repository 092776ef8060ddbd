"""Duties to delete (销毁) that this node owes: the vault fulfils them in time, and submits the proof.

Data under such a duty is destroyed shortly before the deadline, or at once if the agreement has ended, the delay that
the duty names is over, or its deadline has passed. The proof is submitted as observed by the node's own plane only if
the vault held all of the data: if some was fetched past the vault or exported from it, the vault destroys its part,
and a person has to delete the rest and prove that.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.dsp import Role
from xinfu.odrl.duties.life import DutyState, Trigger
from xinfu.odrl.duties.proofs import Assurance, Proof
from xinfu.ports.records import DUTIES, TRANSFERS, VAULT_OBJECTS, DutyRecord, VaultObject, VaultState
from xinfu.ports.store import Step
from xinfu.ports.vault import Vault
from xinfu.services.agreements import duty_proofs
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.usage.facts import VAULT
from xinfu.services.vault.destroying import AGREEMENT_OVER, DUE, Destruction, destroy, proof_of

EARLY: Final = timedelta(seconds=60)
"""So long before its deadline a duty is done, or halfway where there is less time than twice that."""
_OPEN: Final = (DutyState.DUE, DutyState.OVERDUE)
_LISTED: Final = 1000


class DutyHoldings(msgspec.Struct, frozen=True, kw_only=True):
    """The vault's part of the data under a duty, now or earlier; `whole`: none of it was given out past the vault."""

    landed: tuple[VaultObject, ...]
    whole: bool


async def due(parts: RecordParts, context: str, actions: frozenset[str]) -> list[DutyRecord]:
    """The duties of these kinds that are ours to do now, oldest first."""
    found: list[DutyRecord] = []
    after: str | None = None
    async with parts.store.view(context) as view:
        while page := await view.of(DUTIES).find(DUTIES.state.among(_OPEN), after=after, limit=1000):
            found += [each for each in page if each.owes and each.action in actions]
            after = page[-1].id
    return found


async def delete_due(parts: DataParts, vault: Vault, duty: DutyRecord) -> datetime | None:
    """Fulfil a duty to delete if it is time; otherwise return the moment at which it is.

    Raises:
        StoreError: a key is not where it was put, or the disk fails. ConflictError: the duty was done meanwhile.
    """
    async with parts.store.view(duty.context) as view:
        held = await _held(view, duty)
    there = [each for each in held.landed if each.state is not VaultState.DESTROYED]
    moment = _moment(duty)
    if there and moment is not None and moment > parts.clock.now():
        return moment
    cause = AGREEMENT_OVER if duty.trigger is Trigger.END else DUE
    for each in there:
        await destroy(parts, vault, each.context, each.id, cause)
    if held.landed and held.whole:
        proofs = [await proof_of(parts, each.context, each.id) for each in held.landed]
        await duty_proofs.fulfil(parts, duty.context, duty.id, proof_for(proofs))
    return None


def proof_for(destroyed: list[Destruction]) -> Proof:
    """The proof for a duty to delete: digests of everything destroyed, and the entry that records the destruction."""
    contents = [each.contents for each in destroyed if each.contents]
    roots = [root for each in destroyed for root in each.roots]
    keys = ", ".join(each.key[:16] for each in destroyed)
    return Proof(
        assurance=Assurance.OBSERVED,
        method=destroyed[0].method,
        digests=tuple([*contents, *roots][:_LISTED]),
        receipt=destroyed[-1].entry,
        statement=f"{len(destroyed)} objects, keys {keys}"[:_LISTED],
    )


def _moment(duty: DutyRecord) -> datetime | None:
    """The moment at which a duty is to be done; None: at once, because the event it waited for has happened."""
    waited = duty.opens is not None or duty.trigger is Trigger.END
    if duty.state is DutyState.OVERDUE or duty.deadline is None or waited:
        return None
    return duty.deadline - min(EARLY, (duty.deadline - duty.updated) / 2)


async def _held(view: Step, duty: DutyRecord) -> DutyHoldings:
    """The data that a duty covers: all data under its agreement, or that of the one transfer that triggered it."""
    where = (TRANSFERS.agreement.equals(duty.wire_id), TRANSFERS.role.equals(Role.CONSUMER))
    moved = await view.of(TRANSFERS).find(*where, limit=1000)
    if duty.transfer:
        moved = [each for each in moved if each.provider_pid == duty.transfer]
    landed: list[VaultObject] = []
    whole = True
    for each in moved:
        landed += await view.of(VAULT_OBJECTS).find(VAULT_OBJECTS.transfer.equals(each.id), limit=1000)
        past = await view.log.find(process=each.id, kind="data.received", limit=1)
        whole &= each.environment == VAULT or not past
    whole &= len(moved) < 1000 and not any(each.exported for each in landed)
    return DutyHoldings(landed=tuple(landed), whole=whole)
