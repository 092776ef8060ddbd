"""Queued notices to the other side's node about an agreement or a duty."""

from xinfu.dsp.notice import Notice, write_notice
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, outbox
from xinfu.ports.store import Step


async def promise_notice(
    step: Step, clock: Clock, agreement: AgreementRecord, kind: str, notice: Notice
) -> None:
    """Queue a notice to the other side, in the order of events; nothing is sent if it does not run xinfu."""
    told = outbox.NodeNotice(
        agreement=agreement.id, kind=kind, peer=agreement.peer, body=write_notice(notice)
    )
    await step.outbox.add(told, due=clock.now())
