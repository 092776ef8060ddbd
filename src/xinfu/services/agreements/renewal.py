"""Renewal of agreements: the old and the new one refer to each other, and the old one runs until its own end."""

from msgspec.structs import replace

from xinfu.dsp.notice import AgreementNotice
from xinfu.evidence.entry import Fact
from xinfu.ports.records import AGREEMENTS, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import errors, notices
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import RecordParts


async def renew(parts: RecordParts, context: str, id_: str, by_id: str) -> AgreementRecord:
    """Renew an old agreement, which runs until its own end, by a new one; return the new one.

    Args:
        by_id: our id of the new one: with the same participant, about the same dataset, in the same role.

    Raises:
        NotFoundError: `agreement.not-found`. ConflictError: `agreement.no-renewal`.
    """
    async with parts.store.step(context) as step:
        first, second = sorted([id_, by_id])  # in one order, so that two renewals never wait for each other
        held = {each: await step.of(AGREEMENTS).lock(each) for each in (first, second)}
        old, new = held[id_], held[by_id]
        await link(step, parts, old, new, by=parts.contexts.get(context).participant)
        notice = AgreementNotice(
            agreement=old.wire_id, move="renew", at=parts.clock.now(), renewed_by=new.wire_id
        )
        await notices.promise_notice(step, parts.clock, old, "agreement-renew", notice)
        found = await step.of(AGREEMENTS).get(by_id)
        assert found is not None
        return found


async def link(
    step: Step, parts: RecordParts, old: AgreementRecord, new: AgreementRecord, *, by: str
) -> None:
    """Link the two agreements to each other in the caller's step, which holds both; a repeat changes nothing.

    Raises:
        ConflictError: `agreement.no-renewal`.
    """
    same = (old.peer, old.dataset, old.role) == (new.peer, new.dataset, new.role)
    if (
        not same
        or old.id == new.id
        or old.renewed_by not in {None, new.wire_id}
        or new.renews not in {None, old.wire_id}
    ):
        raise errors.AGREEMENT_NO_RENEWAL()
    if old.renewed_by == new.wire_id:
        return
    now = parts.clock.now()
    await step.of(AGREEMENTS).save(replace(old, renewed_by=new.wire_id, updated=now))
    await step.of(AGREEMENTS).save(replace(new, renews=old.wire_id, updated=now))
    facts: dict[str, Fact] = {
        "from": str(old.state),
        "to": str(old.state),
        "by": by,
        "renewed_by": new.wire_id,
    }
    await record_entry(
        step,
        parts.clock,
        "agreement.state",
        facts,
        agreement=old.wire_id,
        process=old.negotiation,
        peer=old.peer,
    )
    step.publish(old.id)
    step.publish(new.id)
