"""The account of a transfer: the uses that its reads pay for, and the credit for reads that were cut off.

A use pays for as many bytes as the file is long. A read that would go beyond what was paid takes the next use
first, so resuming after a cut costs nothing. Where bytes are counted, each byte that left counts. Bytes that were
on their way when a read was cut may never have arrived; each use credits them once, up to 16 MiB and never more
than the file.

Disclosing a file's length or digests counts as handing it out: where a rule counts uses, it takes a use, on which the
following read draws, and it is refused when no use is left.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.odrl import Decision, Measure, Reserve
from xinfu.ports.clock import Clock
from xinfu.ports.records import GRANTS, MANIFESTS, AgreementRecord, Grant, StoredManifest
from xinfu.ports.store import Step
from xinfu.services.usage import grants, meters, purse, read_keys
from xinfu.services.usage.meters import Reservation, Taker, record_use_on, set_aside
from xinfu.services.usage.read_keys import OpenKeyedRead

ON_THEIR_WAY: Final = 16 * 1024 * 1024
"""Bytes that buffers between two machines may hold when a connection breaks."""
LEFT_OVER: Final = 16
"""How many times the bytes that a series takes have to be left over when it is begun."""
LOOKED_THROUGH: Final = 32
"""Files of a transfer that are looked through for uses to give back."""


class ReadPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment for a read: the `uses` that it took beyond those already paid, and the account after it.

    A read under a key does not change the account of its transfer.
    """

    grant: Grant
    uses: int
    held: tuple[Reservation, ...]
    begun: OpenKeyedRead | None = None


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
) -> ReadPayment:
    """Pay for `length` bytes of a file: set aside these bytes and the uses that the transfer has not paid yet.

    Args:
        spare: uses that have to be left over under every rule that counts them, and then many more bytes too.

    Raises:
        RefusedError: `count.exhausted`, `bytes.exhausted`, `time.too-soon`.
    """
    counted = grant.delivered.get(manifest.path, 0) + length
    uses = max(0, -(-max(1, counted) // max(1, manifest.size_bytes)) - grant.uses)
    held = await take(step, clock, decision, agreement, grant, uses=uses, size_bytes=length, spare=spare)
    delivered, told = (
        {**grant.delivered, manifest.path: counted},
        {**grant.told, manifest.path: manifest.root},
    )
    grant = replace(grant, uses=grant.uses + uses, delivered=delivered, told=told)
    await step.of(GRANTS).save(grant)
    return ReadPayment(grant=grant, uses=uses, held=held)


async def pay_once(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    begun: OpenKeyedRead,
    length: int,
) -> ReadPayment:
    """Pay for `length` bytes of a read under a key, and for a use unless it is a repeat.

    Raises:
        As `pay`.
    """
    uses = int(begun.pays)
    held = await take(step, clock, decision, agreement, grant, uses=uses, size_bytes=length)
    await step.of(GRANTS).save(grant)
    return ReadPayment(grant=grant, uses=uses, held=held, begun=begun)


def counts(decision: Decision) -> bool:
    """Whether a use takes something: a rule counts uses, or has a price for each."""
    return any(each.meter.measure is Measure.COUNT or each.price is not None for each in decision.reserve)


def is_paid(grant: Grant, files: Iterable[StoredManifest]) -> bool:
    """Whether at least one byte of one of these files is paid for and has not left yet."""
    left = (grant.uses * max(1, each.size_bytes) - grant.delivered.get(each.path, 0) for each in files)
    return grant.uses > 0 and any(each > 0 for each in left)


def knows(grant: Grant, file: StoredManifest, root: str) -> bool:
    """Whether an earlier answer gave the reader the file's current root, so that confirming it discloses nothing."""
    return grant.uses > 0 and root == file.root == grant.told.get(file.path)


async def pay_to_tell(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    files: Sequence[StoredManifest],
) -> int:
    """Pay for disclosing these files, and return the uses taken: 1, or 0 if no rule counts or a use is paid already.

    Raises:
        As `pay`.
    """
    if not counts(decision) or is_paid(grant, files):
        return 0
    held = await take(step, clock, decision, agreement, grant, uses=1)
    await meters.settle(step, held, {Measure.COUNT: 1})
    told = {each.path: each.root for each in files} if len(files) == 1 else {}
    await step.of(GRANTS).save(replace(grant, uses=grant.uses + 1, told={**grant.told, **told}))
    return 1


async def take(
    step: Step,
    clock: Clock,
    decision: Decision,
    agreement: AgreementRecord,
    grant: Grant,
    *,
    uses: int,
    size_bytes: int = 0,
    rows: int = 0,
    spare: int = 0,
) -> tuple[Reservation, ...]:
    """Reserve the uses, bytes and rows of a read under every rule that counts them, and record when a use begins.

    Args:
        uses: those that begin with this read.
        spare: as for `pay`.

    Raises:
        RefusedError: `*.exhausted`: less is left, or less was paid. `time.too-soon`.
    """
    taker = Taker(agreement=agreement, expires=grant.until)
    if uses:
        await record_use_on(step, taker, decision.reserve, clock.now())
    amounts = {Measure.COUNT: uses, Measure.BYTES: size_bytes, Measure.ROWS: rows}
    left_over = {Measure.COUNT: spare, Measure.BYTES: LEFT_OVER * size_bytes} if spare else {}
    reserves = [_less(each, left_over.get(each.meter.measure, 0)) for each in decision.reserve]
    held = await set_aside(step.quotas, clock, taker, reserves, amounts)
    for each in decision.reserve:
        held += await purse.spend(step, clock, taker, each, uses=uses, spare=spare)
    return held


def _less(reserve: Reserve, left_over: int) -> Reserve:
    """The reserve with a lower limit, so that no other reader is refused for uses that a series may give back."""
    limit = reserve.limit
    return reserve if limit is None or not left_over else replace(reserve, limit=limit - left_over)


async def settle_read(
    step: Step,
    paid: ReadPayment,
    manifest: StoredManifest,
    length: int,
    delivered: int,
    cut: int,
    *,
    is_told: bool = False,
) -> None:
    """Give back the undelivered part of the `length` bytes that were paid for, and count the delivered part.

    Args:
        cut: bytes of those delivered whose read broke off before its end.
        is_told: a head has left that says what the file is; the use of the read stays taken.
    """
    if paid.begun is not None:
        uses = await read_keys.end(step, paid.begun, delivered=delivered > 0 or length == 0 or is_told)
        await meters.settle(step, paid.held, {Measure.COUNT: uses, Measure.BYTES: delivered})
        return
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
    unused = min(unused, max(0, paid.uses - 1)) if is_told else unused
    await meters.settle(step, paid.held, {Measure.COUNT: paid.uses - unused, Measure.BYTES: delivered})
    await step.of(GRANTS).save(replace(grant, uses=grant.uses - unused))


async def _unused(step: Step, grant: Grant, paid: ReadPayment) -> int:
    """The uses of `paid` under which no byte of any file has left; 0 if there are too many files to look through."""
    if not paid.uses or len(grant.delivered) > LOOKED_THROUGH:
        return 0
    needed = 0
    for path, delivered in grant.delivered.items():
        file = await step.of(MANIFESTS).get(f"{grant.dataset}/{path}")
        left = delivered + grant.credited.get(path, 0)
        needed = max(needed, -(-left // max(1, file.size_bytes if file is not None else 1)))
    return min(paid.uses, max(0, grant.uses - needed))


def _credit(grant: Grant, manifest: StoredManifest, cut: int) -> int:
    """The bytes of an interrupted read that may have been lost on their way, within what the paid uses allow."""
    allowed = grant.uses * min(ON_THEIR_WAY, manifest.size_bytes)
    left = allowed - grant.credited.get(manifest.path, 0)
    return max(0, min(cut, ON_THEIR_WAY, left))
