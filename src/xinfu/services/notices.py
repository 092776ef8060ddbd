"""Notices that are promised: what the other side's node is to be told of an agreement or a duty."""

from typing import Final

from xinfu.dsp.notice import Notice, write_notice
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, Delivery
from xinfu.ports.store import Step

FAMILY: Final = "agreement"


async def promise(step: Step, clock: Clock, agreement: AgreementRecord, kind: str, notice: Notice) -> None:
    """Tell the other side, in the order in which things happened; where it is no xinfu node nothing is sent."""
    await step.outbox.add(
        family=FAMILY,
        process=f"notices {agreement.id}",
        delivery=Delivery.NOTICE,
        kind=kind,
        peer=agreement.peer,
        payload=write_notice(notice),
        due=clock.now(),
    )
