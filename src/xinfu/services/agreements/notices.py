"""Queued notices to the other side's node about an agreement or a duty."""

from datetime import timedelta
from typing import Final

from xinfu.dsp.notice import Notice, write_notice
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, Delivery, OutboxRow
from xinfu.ports.store import Step

FAMILY: Final = "agreement"


_BEFORE: Final = "notices "


async def promise_notice(
    step: Step,
    clock: Clock,
    agreement: AgreementRecord,
    kind: str,
    notice: Notice,
    *,
    process: str | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """Queue a notice to the other side, in the order of events; nothing is sent if it does not run xinfu.

    Args:
        process: the queue of the row, in place of the agreement's notices.
        after: how long to wait first.
    """
    await step.outbox.add(
        family=FAMILY,
        process=process or f"{_BEFORE}{agreement.id}",
        delivery=Delivery.NOTICE,
        kind=kind,
        peer=agreement.peer,
        payload=encode_notice(notice),
        due=clock.now() + after,
    )


def agreement_of(row: OutboxRow) -> str:
    """Our id of the agreement that a notice is about."""
    return row.process.rpartition(" ")[2]


def encode_notice(notice: Notice) -> bytes:
    """Encode a notice as it is sent."""
    return write_notice(notice)
