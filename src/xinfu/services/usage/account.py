"""The account of a transfer: the uses that a read pays for, and what a read that was cut gets back.

A use pays for as many bytes as the file is long. A read that would go beyond what was paid takes the next use
first, so resuming after a cut costs nothing. Bytes that were on their way when a read was cut may never have
arrived; each use credits them once, up to 16 MiB and never more than the file.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.errors import RefusedError
from xinfu.odrl import Decision
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, Grant, StoredManifest
from xinfu.ports.store import Step
from xinfu.services import grants
from xinfu.services.usage.decide import counter_name

ON_THEIR_WAY: Final = 16 * 1024 * 1024
"""Bytes that buffers between two machines may hold when a connection breaks."""
LOOKED_THROUGH: Final = 32
"""Files of a transfer that are looked through for uses to give back."""


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What a read took: `uses` beyond those that its transfer had paid, and the account as it left it."""

    grant: Grant
    uses: int
    reservations: tuple[str, ...]


async def pay(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    manifest: StoredManifest,
    length: int,
    *,
    spare: int = 0,
) -> Paid:
    """Pay for `length` bytes of a file: set aside the uses that the transfer has not paid yet, and count.

    Args:
        spare: uses that have to be left over under every rule that counts them.

    Raises:
        RefusedError: `count.exhausted`.
    """
    counted = grant.delivered.get(manifest.path, 0) + length
    uses = max(0, -(-max(1, counted) // max(1, manifest.size_bytes)) - grant.uses)
    reservations = await reserve(step, clock, decision, agreement, grant, uses, spare=spare)
    grant = replace(grant, uses=grant.uses + uses, delivered={**grant.delivered, manifest.path: counted})
    await step.grants.save(grant)
    return Paid(grant=grant, uses=uses, reservations=reservations)


async def reserve(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    uses: int,
    *,
    spare: int = 0,
) -> tuple[str, ...]:
    """Set `uses` aside under every rule that counts them; gives the reservations.

    Args:
        spare: uses that have to be left over under each of these rules.

    Raises:
        RefusedError: `count.exhausted`: less is left.
    """
    reservations: list[str] = []
    for rule in sorted(decision.reserve, key=lambda each: each.key) if uses else ():
        reservation = clock.new_id()
        counter = counter_name(agreement.id, rule.key)
        if not await step.quotas.reserve(
            counter, uses, limit=rule.limit - spare, reservation=reservation, expires=grant.until
        ):
            raise _exhausted(rule.limit)
        reservations.append(reservation)
    return tuple(reservations)


async def settle(
    step: Step, paid: Paid, manifest: StoredManifest, length: int, delivered: int, cut: int
) -> None:
    """Give back what was not delivered of the `length` bytes that were paid for, and keep what was.

    Args:
        cut: bytes of those delivered whose read broke off before its end.
    """
    # a token that was issued meanwhile took the account over
    grant = await grants.latest(step, paid.grant.transfer) or paid.grant
    path, credit = manifest.path, _credit(grant, manifest, cut)
    counted = max(0, grant.delivered.get(path, 0) - (length - delivered + credit))
    grant = replace(
        grant,
        delivered={**grant.delivered, path: counted},
        credited={**grant.credited, path: grant.credited.get(path, 0) + credit},
    )
    unused = await _unused(step, grant, paid) if delivered < length else 0
    for reservation in paid.reservations:
        await step.quotas.commit(reservation, amount=paid.uses - unused)
    await step.grants.save(replace(grant, uses=grant.uses - unused))


async def _unused(step: Step, grant: Grant, paid: Paid) -> int:
    """Uses of `paid` under which no byte has left, whatever file it is of; none where that is long to find out."""
    if not paid.uses or len(grant.delivered) > LOOKED_THROUGH:
        return 0
    needed = 0
    for path, delivered in grant.delivered.items():
        file = await step.manifests.get(f"{grant.dataset}/{path}")
        left = delivered + grant.credited.get(path, 0)
        needed = max(needed, -(-left // max(1, file.size_bytes if file is not None else 1)))
    return min(paid.uses, max(0, grant.uses - needed))


def _credit(grant: Grant, manifest: StoredManifest, cut: int) -> int:
    """Bytes of reads that broke off which may have been lost on their way, within what the paid uses allow."""
    allowed = grant.uses * min(ON_THEIR_WAY, manifest.size_bytes)
    left = allowed - grant.credited.get(manifest.path, 0)
    return max(0, min(cut, ON_THEIR_WAY, left))


def _exhausted(limit: int) -> RefusedError:
    return RefusedError(
        "count.exhausted",
        f"{limit} uses were granted, and {limit} are spent.",
        f"共许可使用 {limit} 次，已用完。",
        help_en="Negotiate again for more uses.",
        help_zh="如需更多次数，请重新协商。",
        facts={"limit": str(limit)},
    )
